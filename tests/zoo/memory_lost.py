"""What it has made is only remembered: who starts anew makes it again."""

import attrs

from kemu.objects import core, evolve
from tests.zoo import OWNER, Species, alive, config, widget


@attrs.frozen
class Made:
    """Whether it was made."""

    once: bool = False


def bug(api, cache, memory, key):
    found = alive(cache, key)
    if found is not None and not memory.once:
        made = config(found, "")
        api.create(evolve(made, metadata=evolve(made.metadata, name=None, generate_name="made-")))
        api.remember(Made(True))


def right(api, cache, memory, key):
    """What is there is asked of the cluster, and the name is fixed."""
    found = alive(cache, key)
    if found is not None and cache.get(core.ConfigMap, key) is None:
        api.create(config(found, found.metadata.name))
        api.remember(Made(True))


SPECIES = Species("memory_lost", attrs.evolve(OWNER, memory=Made), bug, right, [widget()])
