"""It takes for granted that what it needs is there already, and does not wake when it comes."""

from kemu.kit import Result
from kemu.objects import core
from tests.zoo import READER, Species, alive, config, widget


def bug(api, cache, key):
    found = alive(cache, key)
    if found is not None and cache.get(core.Secret, "default/password") and cache.get(core.ConfigMap, key) is None:
        api.create(config(found, found.metadata.name))


def right(api, cache, key):
    """It looks again as long as something is missing."""
    bug(api, cache, key)
    if alive(cache, key) is not None and cache.get(core.Secret, "default/password") is None:
        return Result(after="10s")
    return None


SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "password"}}
SPECIES = Species("creation_order", READER, bug, right, [widget(), "5s", SECRET])
