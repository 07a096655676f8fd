"""The owner of what it makes is not named as its controller, so that it is never woken by it."""

from kemu.objects import core, evolve
from tests.zoo import OWNER, Species, alive, config, widget


def _keep(api, cache, key, controller):
    found = alive(cache, key)
    if found is None or cache.get(core.ConfigMap, key) is not None:
        return
    made = config(found, found.metadata.name)
    owners = tuple([evolve(each, controller=controller) for each in made.metadata.owner_references])
    api.create(evolve(made, metadata=evolve(made.metadata, owner_references=owners)))


def bug(api, cache, key):
    _keep(api, cache, key, controller=None)


def right(api, cache, key):
    _keep(api, cache, key, controller=True)


SPECIES = Species("owner_not_controller", OWNER, bug, right, [widget()])
