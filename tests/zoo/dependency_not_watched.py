"""What it needs is not there yet: it waits, and nothing ever wakes it."""

import attrs

from kemu.kit import Result
from kemu.objects import core
from tests.zoo import OWNER, Species, alive, config, widget

SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "password"}}


def bug(api, cache, key):
    found = alive(cache, key)
    if found is not None and cache.get(core.Secret, "default/password") and not cache.get(core.ConfigMap, key):
        api.create(config(found, found.metadata.name))


def right(api, cache, key):
    """It looks again."""
    bug(api, cache, key)
    waits = alive(cache, key) is not None and cache.get(core.Secret, "default/password") is None
    return Result(after="30s") if waits else None


SPECIES = Species(
    "dependency_not_watched", attrs.evolve(OWNER, reads=(core.Secret,)), bug, right, [widget(), "1m", SECRET, "2m"]
)
