"""When to look again is only known to who began: after a restart nobody does."""

from kemu.kit import Result
from tests.zoo import ALONE, Species, alive, status, widget

WAIT = 60


def _begin(api, found):
    api.update_status(found.evolve(status={"began": int(api.stamp())}))
    return Result(after=WAIT)


def bug(api, cache, key):
    found = alive(cache, key)
    if found is None or "ended" in status(found):
        return None
    if "began" not in status(found):
        return _begin(api, found)
    if int(api.stamp()) >= status(found)["began"] + WAIT:
        api.update_status(found.evolve(status={**status(found), "ended": True}))
    return None


def right(api, cache, key):
    found = alive(cache, key)
    if found is None or "ended" in status(found):
        return None
    if "began" not in status(found):
        return _begin(api, found)
    left = status(found)["began"] + WAIT - int(api.stamp())
    if left > 0:
        return Result(after=left)
    api.update_status(found.evolve(status={**status(found), "ended": True}))
    return None


SPECIES = Species("lost_timer", ALONE, bug, right, [widget()])
