"""A quota is full for a moment: it says so, and never tries again."""

from kemu import errors
from kemu.objects import core
from tests.zoo import OWNER, Species, alive, config, status, widget


def _make(api, cache, found, refused):
    if cache.get(core.ConfigMap, f"{found.metadata.namespace}/{found.metadata.name}") is None:
        try:
            api.create(config(found, found.metadata.name))
        except errors.Forbidden:
            refused(found)
            return
    if status(found).get("phase") != "Ready":
        api.update_status(found.evolve(status={"phase": "Ready"}))


def bug(api, cache, key):
    found = alive(cache, key)
    if found is None or status(found).get("phase") == "QuotaExceeded":
        return

    def refused(found):
        api.update_status(found.evolve(status={"phase": "QuotaExceeded"}))

    _make(api, cache, found, refused)


def right(api, cache, key):
    """It says so, and fails, so that the queue brings it back."""
    found = alive(cache, key)
    if found is None:
        return

    def refused(found):
        if status(found).get("phase") != "QuotaExceeded":
            api.update_status(found.evolve(status={"phase": "QuotaExceeded"}))
        raise errors.Forbidden("the quota is exceeded, for now")

    _make(api, cache, found, refused)


SPECIES = Species("gives_up_at_quota", OWNER, bug, right, [widget()])
