"""What two widgets share goes with the first of them."""

from kemu.kit import Wiring
from kemu.objects import core, evolve
from tests.zoo import WIDGETS, Species, config, widget

FINALIZER = "example.com/share"

READS = Wiring("widgets", reconciles=WIDGETS, reads=(core.ConfigMap,), expects=False)


def _reconcile(api, cache, key, others):
    found = cache.get(WIDGETS, key)
    if found is None:
        return
    metadata = found.metadata
    if metadata.deletion_timestamp is None:
        if FINALIZER not in metadata.finalizers:
            found = api.update(evolve(found, metadata=evolve(metadata, finalizers=(*metadata.finalizers, FINALIZER))))
        if api.find(core.ConfigMap, "shared", metadata.namespace) is None:
            api.create(config(found, "shared", owned=False))
        return
    if not others(api, found) and api.find(core.ConfigMap, "shared", metadata.namespace) is not None:
        api.delete(core.ConfigMap, "shared", metadata.namespace)
    left = tuple([each for each in metadata.finalizers if each != FINALIZER])
    if left != metadata.finalizers:
        api.update(evolve(found, metadata=evolve(metadata, finalizers=left)))


def bug(api, cache, key):
    _reconcile(api, cache, key, lambda api, found: [])


def right(api, cache, key):
    """It goes with the last of them."""

    def others(api, found):
        widgets = api.list(api.named(WIDGETS), found.metadata.namespace)
        return [each for each in widgets if each.metadata.deletion_timestamp is None]

    _reconcile(api, cache, key, others)


def delete_a(cluster):
    cluster.delete("widgets/a")


SPECIES = Species("shared_child", READS, bug, right, [widget("a"), widget("b"), "5s", delete_a])
