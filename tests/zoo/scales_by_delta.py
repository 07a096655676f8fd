"""What is wanted more than at the last time is added to what there is: done twice, it is too much."""

from kemu.objects import core, evolve
from tests.zoo import OWNER, Species, alive, config, status, widget


def _scale(api, cache, key, wanted_of):
    found, made = alive(cache, key), cache.get(core.ConfigMap, key)
    if found is None:
        return
    size, had = found.spec["size"], status(found).get("size", 0)
    if made is None:
        api.create(config(found, found.metadata.name, size="0"))
        return
    wanted = str(wanted_of(int(made.data["size"]), size, had))
    if made.data["size"] != wanted:
        api.update(evolve(made, data={"size": wanted}))
    if had != size:
        api.update_status(found.evolve(status={"size": size}))


def bug(api, cache, key):
    _scale(api, cache, key, lambda there, size, had: there + size - had)


def right(api, cache, key):
    _scale(api, cache, key, lambda there, size, had: size)


SPECIES = Species("scales_by_delta", OWNER, bug, right, [widget(size=2), "5s", widget(size=3)])
