"""It counts what its informer shows: while that lags behind its own writes, it makes more than asked."""

from kemu.kit import Wiring
from kemu.objects import core, evolve
from tests.zoo import WIDGETS, Species, config, widget


def owned(cache, found):
    return cache.owned(core.ConfigMap, by=found)


def bug(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is None or found.metadata.deletion_timestamp is not None:
        return
    had = owned(cache, found)
    for _ in range(found.spec["size"] - len(had)):
        made = config(found, "")
        api.create(evolve(made, metadata=evolve(made.metadata, name=None, generate_name="part-")))


def right(api, cache, key):
    """Names are drawn from what is asked for: who makes one twice is told that it exists."""
    found = cache.get(WIDGETS, key)
    if found is None or found.metadata.deletion_timestamp is not None:
        return
    names = {each.metadata.name for each in owned(cache, found)}
    for number in range(found.spec["size"]):
        if f"{found.metadata.name}-{number}" not in names:
            api.create(config(found, f"{found.metadata.name}-{number}"))


def grow(cluster):
    cluster.patch("widgets", "a", {"spec": {"size": 3}}, type="merge")


SPECIES = Species(
    "more_than_asked",
    Wiring("widgets", reconciles=WIDGETS, owns=(core.ConfigMap,), expects=False),
    bug,
    right,
    [widget(size=2), "10s", grow],
)
