"""The first pod is the primary: the first by the name of its node, which is chance, and changes when a pod moves."""

from kemu.kit import Wiring
from kemu.objects import core
from tests.zoo import WIDGETS, Species, alive, pod, status, widget


def _lead(api, cache, key, order):
    found = alive(cache, key)
    if found is None:
        return
    names = [f"{found.metadata.name}-{number}" for number in range(2)]
    pods = [cache.get(core.Pod, f"{found.metadata.namespace}/{name}") for name in names]
    for name, there in zip(names, pods, strict=True):
        if there is None:
            api.create(pod(found, name))
    if all(there is not None and there.spec.node_name for there in pods):
        primary = min(pods, key=order).metadata.name
        if status(found).get("primary") != primary:
            api.update_status(found.evolve(status={"primary": primary}))


def bug(api, cache, key):
    _lead(api, cache, key, lambda each: (each.spec.node_name, each.metadata.name))


def right(api, cache, key):
    _lead(api, cache, key, lambda each: each.metadata.name)


WIRING = Wiring("widgets", reconciles=WIDGETS, owns=(core.Pod,))
SPECIES = Species("primary_by_node", WIRING, bug, right, [widget()], nodes=2)
