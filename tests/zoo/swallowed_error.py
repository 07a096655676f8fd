"""An error of a write is logged, and the key is taken for done."""

from kemu import errors
from kemu.objects import core
from tests.zoo import OWNER, Species, alive, config, widget


def right(api, cache, key):
    found = alive(cache, key)
    if found is not None and cache.get(core.ConfigMap, key) is None:
        api.create(config(found, found.metadata.name))


def bug(api, cache, key):
    try:
        right(api, cache, key)
    except errors.ApiError:
        return


SPECIES = Species("swallowed_error", OWNER, bug, right, [widget()])
