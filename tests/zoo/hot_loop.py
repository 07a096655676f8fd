"""Each look is written down in the status, which is a reason to look again."""

from kemu.kit import Wiring
from tests.zoo import WIDGETS, Species, widget


def bug(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is not None:
        api.update_status(found.evolve(status={"looks": (found.status or {}).get("looks", 0) + 1}))


def right(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is not None and not (found.status or {}).get("seen"):
        api.update_status(found.evolve(status={"seen": True}))


SPECIES = Species("hot_loop", Wiring("widgets", reconciles=WIDGETS, expects=False), bug, right, [widget()])
