"""The owner is set in a second write: who ends in between leaves something that nobody owns."""

from kemu.objects import core, evolve
from tests.zoo import OWNER, Species, alive, config, widget


def bug(api, cache, key):
    found = alive(cache, key)
    if found is not None and cache.get(core.ConfigMap, key) is None:
        owned = config(found, found.metadata.name)
        made = api.create(config(found, found.metadata.name, owned=False))
        api.update(evolve(made, metadata=evolve(made.metadata, owner_references=owned.metadata.owner_references)))


def right(api, cache, key):
    found = alive(cache, key)
    if found is not None and cache.get(core.ConfigMap, key) is None:
        api.create(config(found, found.metadata.name))


SPECIES = Species("owner_second", OWNER, bug, right, [widget()])
