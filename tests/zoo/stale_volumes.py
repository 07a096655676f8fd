"""The volumes of replicas that are not to be seen are deleted: who sees the past for a while deletes those of live
ones."""

from kemu.kit import Wiring
from kemu.objects import core
from tests.zoo import WIDGETS, Species, config, widget


def _volume(found):
    metadata = config(found, f"{found.metadata.name}-data", owned=False).metadata
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return core.PersistentVolumeClaim(metadata=metadata, spec=spec)


def _reconcile(api, cache, key, live):
    found, had = cache.get(WIDGETS, key), cache.get(core.PersistentVolumeClaim, f"{key}-data")
    if found is not None and had is None:
        api.create(_volume(found))
    elif found is None and had is not None and not live():
        api.delete(core.PersistentVolumeClaim, had.metadata.name, had.metadata.namespace)


def bug(api, cache, key):
    _reconcile(api, cache, key, lambda: False)


def right(api, cache, key):
    """Before it deletes, it asks the server."""
    resource, (namespace, name) = api.resources.of(WIDGETS), key.split("/")
    _reconcile(api, cache, key, lambda: api.find(resource, name, namespace) is not None)


def _key(cache, old, new):
    metadata = (old or new).metadata
    return (f"{metadata.namespace}/{metadata.name.removesuffix('-data')}",)


def leave(cluster):
    cluster.delete("widgets/a")


def come_back(cluster):
    cluster.create(widget())


SPECIES = Species(
    "stale_volumes",
    Wiring("widgets", reconciles=WIDGETS, watches=((core.PersistentVolumeClaim, _key),), expects=False),
    bug,
    right,
    [widget(), "10s", leave, "10s", come_back, "10s"],
)
