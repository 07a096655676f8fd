"""That it has switched something off is remembered, and when it is switched on again, it still is."""

import attrs

from kemu import errors
from kemu.objects import core
from tests.zoo import OWNER, Species, alive, config, widget


@attrs.frozen
class Off:
    """Whether it was switched off."""

    off: bool = False


def _delete(api, copy):
    try:
        api.delete(copy, copy.metadata.name, copy.metadata.namespace)
    except errors.NotFound:
        return


def bug(api, cache, memory, key):
    found = alive(cache, key)
    if found is None or memory.off:
        return
    if not found.spec["on"]:
        api.remember(Off(True))
    right(api, cache, memory, key)


def right(api, cache, memory, key):
    found, copy = alive(cache, key), cache.get(core.ConfigMap, key)
    if found is None:
        return
    if found.spec["on"] and copy is None:
        api.create(config(found, found.metadata.name))
    elif not found.spec["on"] and copy is not None:
        _delete(api, copy)


SPECIES = Species(
    "toggled_memory",
    attrs.evolve(OWNER, memory=Off),
    bug,
    right,
    [widget(on=True), "5s", widget(on=False), "5s", widget(on=True)],
)
