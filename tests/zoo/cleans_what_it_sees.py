"""It cleans up what its informer shows: what it has made just before is not there yet, and stays for ever."""

from kemu.kit import Wiring
from kemu.objects import core, evolve
from tests.zoo import WIDGETS, Species, config, widget

FINALIZER = "example.com/clean"

READS = Wiring("widgets", reconciles=WIDGETS, reads=(core.ConfigMap,), expects=False)


def _reconcile(api, cache, key, there):
    found = cache.get(WIDGETS, key)
    if found is None:
        return
    metadata = found.metadata
    if metadata.deletion_timestamp is None:
        if FINALIZER not in metadata.finalizers:
            found = api.update(evolve(found, metadata=evolve(metadata, finalizers=(*metadata.finalizers, FINALIZER))))
        if there(api, cache, key) is None:
            api.create(config(found, metadata.name, owned=False))
        return
    if there(api, cache, key) is not None:
        api.delete(core.ConfigMap, metadata.name, metadata.namespace)
    left = tuple([each for each in metadata.finalizers if each != FINALIZER])
    if left != metadata.finalizers:
        api.update(evolve(found, metadata=evolve(metadata, finalizers=left)))


def bug(api, cache, key):
    _reconcile(api, cache, key, lambda api, cache, key: cache.get(core.ConfigMap, key))


def right(api, cache, key):
    """The server itself is asked."""
    _reconcile(api, cache, key, lambda api, cache, key: api.find(core.ConfigMap, *reversed(key.split("/"))))


def delete_a(cluster):
    cluster.delete("widgets/a")


SPECIES = Species("cleans_what_it_sees", READS, bug, right, [widget(), "5s", delete_a])
