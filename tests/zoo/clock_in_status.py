"""The status says when it was looked at last, which is never the same."""

from kemu.kit import Result
from tests.zoo import ALONE, Species, alive, status, widget


def bug(api, cache, key):
    found = alive(cache, key)
    if found is not None:
        api.update_status(found.evolve(status={"phase": "Ready", "checked": str(api.stamp())}))
        return Result(after="30s")
    return None


def right(api, cache, key):
    found = alive(cache, key)
    if found is not None and status(found).get("phase") != "Ready":
        api.update_status(found.evolve(status={"phase": "Ready", "since": str(api.stamp())}))
    return Result(after="30s") if found is not None else None


SPECIES = Species("clock_in_status", ALONE, bug, right, [widget()])
