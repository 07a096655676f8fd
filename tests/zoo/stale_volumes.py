"""Volumes of replicas that are not to be seen are deleted: those of a replica that is only late go as well."""

from kemu.kit import Wiring
from kemu.objects import core
from tests.zoo import WIDGETS, Species, config, widget


def _volume(key):
    return f"{key}-data"


def keep(api, cache, key):
    """Each widget has a volume (a Secret here)."""
    found = cache.get(WIDGETS, key)
    if found is not None and found.metadata.deletion_timestamp is None and cache.get(core.Secret, _volume(key)) is None:
        metadata = config(found, f"{found.metadata.name}-data", owned=False).metadata
        api.create(core.Secret(metadata=metadata))


def _reconcile(api, cache, key, live):
    keep(api, cache, key)
    for secret in cache.list(core.Secret, "default"):
        name = secret.metadata.name.removesuffix("-data")
        if not live(name):
            api.delete(core.Secret, secret.metadata.name, "default", uid=secret.metadata.uid)


def bug(api, cache, key):
    _reconcile(api, cache, key, lambda name: cache.get(WIDGETS, f"default/{name}") is not None)


def right(api, cache, key):
    """Before it deletes, it asks the server."""
    resource = api.resources.of(WIDGETS)
    _reconcile(
        api,
        cache,
        key,
        lambda name: cache.get(WIDGETS, f"default/{name}") is not None or api.find(resource, name, "default") is not None,
    )


def recreate(cluster):
    cluster.delete("widgets/b")
    cluster.create(widget("b"))


SPECIES = Species(
    "stale_volumes",
    Wiring(
        "widgets",
        reconciles=WIDGETS,
        watches=((core.Secret, lambda cache, old, new: ("default/a",)),),
        expects=False,
    ),
    bug,
    right,
    [widget("a"), widget("b"), "10s", recreate, "10s"],
)
