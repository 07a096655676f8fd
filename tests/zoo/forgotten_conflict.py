"""A conflict is taken for somebody else's success, and the key is not looked at again."""

from kemu import errors
from kemu.kit import Wiring
from tests.zoo import WIDGETS, Species, widget


def labelled(found):
    return found.evolve(status={"size": found.spec["size"]})


def bug(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is None or (found.status or {}).get("size") == found.spec["size"]:
        return
    try:
        api.update_status(labelled(found))
    except errors.Conflict:
        return


def right(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is not None and (found.status or {}).get("size") != found.spec["size"]:
        api.update_status(labelled(found))


SPECIES = Species(
    "forgotten_conflict", Wiring("widgets", reconciles=WIDGETS, expects=False), bug, right, [widget(size=3)]
)
