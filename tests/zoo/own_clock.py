"""It trusts its own clock: what was made in the future, by that, is not looked at again."""

from kemu.kit import Result
from tests.zoo import ALONE, Species, alive, status, widget


def _age(api, found):
    """Seconds since it was made, by the clock of this process."""
    return int(api.stamp()) - int(found.metadata.creation_timestamp)


def bug(api, cache, key):
    found = alive(cache, key)
    if found is not None and _age(api, found) >= 0 and not status(found):
        api.update_status(found.evolve(status={"phase": "Ready"}))


def right(api, cache, key):
    found = alive(cache, key)
    if found is None or status(found):
        return None
    if _age(api, found) < 0:
        return Result(after=-_age(api, found))
    api.update_status(found.evolve(status={"phase": "Ready"}))
    return None


SPECIES = Species("own_clock", ALONE, bug, right, [widget()])
