"""What it is to make is made in a row; at the first that is there already it takes all of them for made."""

from kemu import errors
from kemu.objects import core
from tests.zoo import OWNER, Species, alive, config, widget

PARTS = ("config", "script", "theme")


def bug(api, cache, key):
    found = alive(cache, key)
    try:
        for part in PARTS if found is not None else ():
            api.create(config(found, f"{found.metadata.name}-{part}"))
    except errors.AlreadyExists:
        return


def right(api, cache, key):
    found = alive(cache, key)
    for part in PARTS if found is not None else ():
        if cache.get(core.ConfigMap, f"{key}-{part}") is None:
            api.create(config(found, f"{found.metadata.name}-{part}"))


SPECIES = Species("first_error_ends", OWNER, bug, right, [widget()])
