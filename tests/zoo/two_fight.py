"""Two controllers share an object, and one of them writes the whole of it: what the other has written it undoes."""

import attrs

from kemu.objects import core
from tests.zoo import OWNER, Species, alive, config, widget


def _write(api, cache, key, wanted):
    """Make what is shared, or change what differs; None takes an entry away."""
    found, had = alive(cache, key), cache.get(core.ConfigMap, key)
    if found is None:
        return
    if had is None:
        api.create(config(found, found.metadata.name, **{name: value for name, value in wanted.items() if value}))
    elif any(had.data.get(name) != value for name, value in wanted.items()):
        api.patch(had, {"data": wanted})


def bug(api, cache, key):
    had = cache.get(core.ConfigMap, key)
    others = () if had is None else [name for name in had.data if name != "mine"]
    _write(api, cache, key, {"mine": "1", **dict.fromkeys(others)})


def right(api, cache, key):
    _write(api, cache, key, {"mine": "1"})


def rival(api, cache, key):
    _write(api, cache, key, {"theirs": "1"})


SPECIES = Species("two_fight", OWNER, bug, right, [widget()], rivals=((attrs.evolve(OWNER, name="rival"), rival),))
