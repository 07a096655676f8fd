"""The status says Ready before the work is done: who ends in between never does it."""

from kemu.kit import Wiring
from kemu.objects import core
from tests.zoo import WIDGETS, Species, config, widget


def bug(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is None or (found.status or {}).get("phase") == "Ready":
        return
    api.update_status(found.evolve(status={"phase": "Ready"}))
    api.create(config(found, found.metadata.name))


def right(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is None:
        return
    if cache.get(core.ConfigMap, key) is None:
        api.create(config(found, found.metadata.name))
    if (found.status or {}).get("phase") != "Ready":
        api.update_status(found.evolve(status={"phase": "Ready"}))


SPECIES = Species(
    "status_first", Wiring("widgets", reconciles=WIDGETS, owns=(core.ConfigMap,), expects=False), bug, right, [widget()]
)
