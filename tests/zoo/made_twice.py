"""What was made is remembered in the status: who ends in between makes it again."""

from kemu.kit import Wiring
from kemu.objects import core, evolve
from tests.zoo import WIDGETS, Species, config, widget


def _made(api, found, name):
    made = config(found, name)
    if not name:
        made = evolve(made, metadata=evolve(made.metadata, name=None, generate_name="made-"))
    return api.create(made)


def bug(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is None or found.metadata.deletion_timestamp is not None or (found.status or {}).get("made"):
        return
    _made(api, found, "")
    api.update_status(found.evolve(status={"made": True}))


def right(api, cache, key):
    """What is made has a name that follows from whom it is for."""
    found = cache.get(WIDGETS, key)
    if found is None or found.metadata.deletion_timestamp is not None:
        return
    if cache.get(core.ConfigMap, f"{key}-made") is None:
        _made(api, found, f"{found.metadata.name}-made")
    if not (found.status or {}).get("made"):
        api.update_status(found.evolve(status={"made": True}))


SPECIES = Species(
    "made_twice", Wiring("widgets", reconciles=WIDGETS, owns=(core.ConfigMap,), expects=False), bug, right, [widget()]
)
