"""What belongs to a widget is found by the beginning of its name: with `a` goes what belongs to `a-b`."""

from kemu.kit import Wiring
from kemu.objects import core, evolve
from tests.zoo import WIDGETS, Species, config, widget

FINALIZER = "example.com/clean"


READS = Wiring("widgets", reconciles=WIDGETS, reads=(core.ConfigMap,), expects=False)


def _reconcile(api, cache, key, belongs):
    found = cache.get(WIDGETS, key)
    if found is None:
        return
    metadata, name = found.metadata, f"{found.metadata.name}-settings"
    if metadata.deletion_timestamp is None:
        if FINALIZER not in metadata.finalizers:
            found = api.update(evolve(found, metadata=evolve(metadata, finalizers=(*metadata.finalizers, FINALIZER))))
        if cache.get(core.ConfigMap, f"{metadata.namespace}/{name}") is None:
            api.create(config(found, name, owned=False))
        return
    for each in api.list(core.ConfigMap, metadata.namespace):
        if belongs(each.metadata.name, found):
            api.delete(core.ConfigMap, each.metadata.name, metadata.namespace)
    left = tuple([each for each in metadata.finalizers if each != FINALIZER])
    if left != metadata.finalizers:
        api.update(evolve(found, metadata=evolve(metadata, finalizers=left)))


def bug(api, cache, key):
    _reconcile(api, cache, key, lambda name, found: name.startswith(f"{found.metadata.name}-"))


def right(api, cache, key):
    _reconcile(api, cache, key, lambda name, found: name == f"{found.metadata.name}-settings")


def delete_a(cluster):
    cluster.delete("widgets/a")


SPECIES = Species("cleans_by_prefix", READS, bug, right, [widget("a"), widget("a-b"), "10s", delete_a])
