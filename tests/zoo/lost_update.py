"""It reads the object anew for its resourceVersion, and writes what it saw before: what others wrote is lost."""

from kemu.kit import Wiring
from kemu.objects import core, evolve
from tests.zoo import WIDGETS, Species, config, widget


def _wanted(cache, key):
    found = cache.get(WIDGETS, key)
    if found is None or found.metadata.deletion_timestamp is not None:
        return None, None
    return found, cache.get(core.ConfigMap, key)


def bug(api, cache, key):
    found, had = _wanted(cache, key)
    if found is None:
        return
    if had is None:
        api.create(config(found, found.metadata.name, title=found.spec["title"]))
    elif had.data["title"] != found.spec["title"]:
        live = api.get(core.ConfigMap, had.metadata.name, had.metadata.namespace)
        metadata = evolve(had.metadata, resource_version=live.metadata.resource_version)
        api.update(evolve(had, metadata=metadata, data={"title": found.spec["title"]}))


def right(api, cache, key):
    found, had = _wanted(cache, key)
    if found is None:
        return
    if had is None:
        api.create(config(found, found.metadata.name, title=found.spec["title"]))
    elif had.data["title"] != found.spec["title"]:
        api.update(evolve(had, data={"title": found.spec["title"]}))


def rename(cluster):
    cluster.patch("widgets", "a", {"spec": {"title": "new"}}, type="merge")


SPECIES = Species(
    "lost_update",
    Wiring("widgets", reconciles=WIDGETS, owns=(core.ConfigMap,), expects=False),
    bug,
    right,
    [widget(title="old"), "10s", rename],
)
