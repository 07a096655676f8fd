"""The pod of a node that is away is made anew elsewhere; when the node is back there are two, and nobody minds."""

from kemu.kit import Wiring
from kemu.objects import core
from tests.zoo import WIDGETS, Species, alive, pod, widget


def _pods(cache, found):
    """The pods of a widget that nobody has told to go, in order of their names."""
    owned = [each for each in cache.list(core.Pod) if each.metadata.owner_references[0].uid == found.metadata.uid]
    going = [each for each in owned if each.metadata.deletion_timestamp is None]
    return sorted(going, key=lambda each: each.metadata.name)


def _away(cache, each):
    """Whether the node of a pod has not been heard of for a while."""
    node = cache.get(core.Node, each.spec.node_name) if each.spec.node_name else None
    conditions = node.status.conditions if node is not None else ()
    return any(each.type == "Ready" and each.status == "Unknown" for each in conditions)


def bug(api, cache, key):
    found = alive(cache, key)
    if found is not None and not [each for each in _pods(cache, found) if not _away(cache, each)]:
        api.create(pod(found))


def right(api, cache, key):
    """What is too much goes, first what is away."""
    found = alive(cache, key)
    if found is None:
        return
    pods = sorted(_pods(cache, found), key=lambda each: not _away(cache, each))
    for spare in pods[:-1]:
        if not _away(cache, spare):
            api.delete(spare, spare.metadata.name, spare.metadata.namespace)
    if not [each for each in pods if not _away(cache, each)]:
        api.create(pod(found))


def _everybody(cache, old, new):
    return [f"{each.metadata.namespace}/{each.metadata.name}" for each in cache.list(WIDGETS)]


WIRING = Wiring("widgets", reconciles=WIDGETS, owns=(core.Pod,), watches=((core.Node, _everybody),))
SPECIES = Species("two_after_outage", WIRING, bug, right, [widget()], nodes=2)
