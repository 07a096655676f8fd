"""What seems to be too much is deleted, whoever owns it: two of a kind delete what the other one has made."""

from kemu.objects import core
from tests.zoo import OWNER, Species, alive, config, widget


def _reconcile(api, cache, key, mine):
    found = alive(cache, key)
    if found is None:
        return
    name = f"{found.metadata.name}-config"
    if cache.get(core.ConfigMap, f"default/{name}") is None:
        api.create(config(found, name))
    for each in mine(found):
        if each.metadata.name.endswith("-config") and each.metadata.name != name:
            api.delete(core.ConfigMap, each.metadata.name, "default", uid=each.metadata.uid)


def bug(api, cache, key):
    _reconcile(api, cache, key, lambda found: cache.list(core.ConfigMap, "default"))


def right(api, cache, key):
    _reconcile(api, cache, key, lambda found: cache.owned(core.ConfigMap, by=found))


SPECIES = Species("selector_too_wide", OWNER, bug, right, [widget("a"), "5s", widget("b")])
