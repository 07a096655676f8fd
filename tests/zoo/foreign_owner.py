"""What it makes in another namespace names an owner that cannot own it, and is collected again and again."""

from kemu.kit import Wiring
from kemu.objects import core, evolve
from tests.zoo import WIDGETS, Species, config, widget

ELSEWHERE = "kube-public"


def _made(api, cache, key, *, owned):
    found = cache.get(WIDGETS, key)
    if found is None or found.metadata.deletion_timestamp is not None:
        return
    if cache.get(core.ConfigMap, f"{ELSEWHERE}/{found.metadata.name}") is None:
        made = config(found, found.metadata.name, owned=owned)
        metadata = evolve(made.metadata, namespace=ELSEWHERE, labels={"example.com/widget": found.metadata.name})
        api.create(evolve(made, metadata=metadata))


def bug(api, cache, key):
    _made(api, cache, key, owned=True)


def right(api, cache, key):
    """It cleans up by itself."""
    if cache.get(WIDGETS, key) is None:
        name = key.partition("/")[2]
        had = cache.get(core.ConfigMap, f"{ELSEWHERE}/{name}")
        if had is not None and "example.com/widget" in had.metadata.labels:
            api.delete(core.ConfigMap, name, ELSEWHERE, uid=had.metadata.uid)
        return
    _made(api, cache, key, owned=False)


def _widget_of(cache, old, new):
    metadata = (old if new is None else new).metadata
    return (f"default/{metadata.name}",) if metadata.namespace == ELSEWHERE else ()


SPECIES = Species(
    "foreign_owner",
    Wiring("widgets", reconciles=WIDGETS, watches=((core.ConfigMap, _widget_of),), expects=False),
    bug,
    right,
    [widget()],
)
