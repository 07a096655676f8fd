"""It waits for a Secret by asking again and again, instead of being woken by it."""

from kemu.kit import Result
from kemu.objects import core
from tests.zoo import READER, Species, alive, config, widget


def _wait(api, cache, key, patience):
    found = alive(cache, key)
    if found is None:
        return None
    if cache.get(core.Secret, "default/credentials") is None:
        return Result(after=patience)
    if cache.get(core.ConfigMap, key) is None:
        api.create(config(found, found.metadata.name))
    return None


def bug(api, cache, key):
    return _wait(api, cache, key, "50ms")


def right(api, cache, key):
    return _wait(api, cache, key, "30s")


SPECIES = Species("polls_fast", READER, bug, right, [widget()])
