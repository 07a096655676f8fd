"""What an admission webhook denies is taken for wrong for ever, though the webhook may change its mind."""

from kemu import errors
from kemu.kit import Result
from kemu.objects import core
from tests.zoo import OWNER, Species, alive, config, status, widget


def _make(api, cache, key, found):
    """Whether the ConfigMap is there, or was made."""
    try:
        if cache.get(core.ConfigMap, key) is None:
            api.create(config(found, found.metadata.name))
    except errors.ApiError as problem:
        if "denied the request" not in str(problem):
            raise
        return False
    return True


def _say(api, found, phase):
    if status(found).get("phase") != phase:
        api.update_status(found.evolve(status={"phase": phase}))


def bug(api, cache, key):
    found = alive(cache, key)
    if found is not None and status(found).get("phase") != "Denied":
        _say(api, found, "Ready" if _make(api, cache, key, found) else "Denied")


def right(api, cache, key):
    """It looks again after a while."""
    found = alive(cache, key)
    if found is None:
        return None
    made = _make(api, cache, key, found)
    _say(api, found, "Ready" if made else "Denied")
    return None if made else Result(after="1m")


SPECIES = Species("denied_for_good", OWNER, bug, right, [widget()])
