"""A write that was not answered is taken for one that did nothing, and is made again under another name."""

import attrs

from kemu import errors
from kemu.objects import core
from tests.zoo import OWNER, Species, alive, config, widget


@attrs.frozen
class Attempts:
    """How often it was tried."""

    failed: int = 0


def _make(api, cache, memory, key, name):
    found = alive(cache, key)
    if found is None or cache.owned(core.ConfigMap, by=found):
        return
    try:
        api.create(config(found, name(found.metadata.name)))
    except (errors.Timeout, errors.InternalError):
        api.remember(Attempts(memory.failed + 1))
        raise


def bug(api, cache, memory, key):
    if memory.failed:
        found = alive(cache, key)
        if found is not None and f"a-{memory.failed}" not in [
            e.metadata.name for e in cache.owned(core.ConfigMap, by=found)
        ]:
            api.create(config(found, f"{found.metadata.name}-{memory.failed}"))
        return
    _make(api, cache, memory, key, lambda name: name)


def right(api, cache, memory, key):
    _make(api, cache, memory, key, lambda name: name)


SPECIES = Species("assumes_failed", attrs.evolve(OWNER, memory=Attempts), bug, right, [widget()])
