"""The metadata of what it owns is written as it would be made anew: what others have put there is gone."""

from kemu.objects import core, evolve
from tests.zoo import OWNER, Species, alive, config, widget


def _update(api, cache, key, merged):
    found, made = alive(cache, key), cache.get(core.ConfigMap, key)
    if found is None:
        return
    size = str(found.spec["size"])
    if made is None:
        made = config(found, found.metadata.name)
        api.create(evolve(made, metadata=evolve(made.metadata, annotations={"size": size})))
    elif made.metadata.annotations.get("size") != size:
        api.update(evolve(made, metadata=evolve(made.metadata, annotations=merged(made, size))))


def bug(api, cache, key):
    _update(api, cache, key, lambda made, size: {"size": size})


def right(api, cache, key):
    _update(api, cache, key, lambda made, size: {**made.metadata.annotations, "size": size})


SPECIES = Species("overwrites_annotations", OWNER, bug, right, [widget(size=1), "5s", widget(size=2), "5s"])
