"""What it has made is not watched: nobody notices that somebody has deleted it, until the next restart."""

from kemu.kit import Wiring
from kemu.objects import core
from tests.zoo import OWNER, WIDGETS, Species, alive, config, widget

BLIND = Wiring("widgets", reconciles=WIDGETS, reads=(core.ConfigMap,), expects=False)


def right(api, cache, key):
    found = alive(cache, key)
    if found is not None and cache.get(core.ConfigMap, key) is None:
        api.create(config(found, found.metadata.name))


SPECIES = Species("child_unwatched", BLIND, right, right, [widget()], right_wiring=OWNER)
