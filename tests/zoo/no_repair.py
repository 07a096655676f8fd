"""What the status says is there is never looked for again: who deletes it waits for ever."""

from contextlib import suppress

from kemu import errors
from kemu.objects import core
from tests.zoo import OWNER, Species, alive, config, status, widget


def _make(api, found):
    with suppress(errors.AlreadyExists):
        api.create(config(found, found.metadata.name))


def bug(api, cache, key):
    found = alive(cache, key)
    if found is None or status(found).get("made"):
        return
    _make(api, found)
    api.update_status(found.evolve(status={"made": True}))


def right(api, cache, key):
    found = alive(cache, key)
    if found is None:
        return
    if cache.get(core.ConfigMap, key) is None:
        _make(api, found)
    if not status(found).get("made"):
        api.update_status(found.evolve(status={"made": True}))


SPECIES = Species("no_repair", OWNER, bug, right, [widget()])
