"""What was observed once is taken for done: a later specification is never looked at."""

from kemu.kit import Wiring
from tests.zoo import WIDGETS, Species, widget


def status_of(found):
    return {"size": found.spec["size"], "observedGeneration": found.metadata.generation}


def bug(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is not None and not (found.status or {}).get("observedGeneration"):
        api.update_status(found.evolve(status=status_of(found)))


def right(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is not None and (found.status or {}).get("observedGeneration") != found.metadata.generation:
        api.update_status(found.evolve(status=status_of(found)))


def grow(cluster):
    cluster.patch("widgets", "a", {"spec": {"size": 5}}, type="merge")


SPECIES = Species(
    "old_generation",
    Wiring("widgets", reconciles=WIDGETS, expects=False),
    bug,
    right,
    [widget(size=1), grow],
)
