"""Each look is recorded as an event that says something else: nothing is counted up, and the store fills."""

from kemu.kit import Result
from kemu.objects import core
from tests.zoo import OWNER, Species, alive, config, widget


def bug(api, cache, key):
    found = alive(cache, key)
    if found is None:
        return None
    if cache.get(core.ConfigMap, key) is None:
        api.create(config(found, found.metadata.name))
    api.event(found, "Normal", "Synced", f"synced after {api.now:.3f}s")
    return Result(after="10s")


def right(api, cache, key):
    """What has changed is told, and nothing else."""
    found = alive(cache, key)
    if found is None:
        return None
    if cache.get(core.ConfigMap, key) is None:
        api.create(config(found, found.metadata.name))
        api.event(found, "Normal", "Synced", "made what is needed")
    return Result(after="5m")


SPECIES = Species("event_storm", OWNER, bug, right, [widget()])
