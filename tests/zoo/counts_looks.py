"""How often something happened is counted by how often it looked: who starts anew counts again."""

import attrs

from tests.zoo import ALONE, Species, alive, status, widget


@attrs.frozen
class Seen:
    """The generation that was counted."""

    generation: int = 0


def bug(api, cache, memory, key):
    found = alive(cache, key)
    if found is not None and memory.generation != found.metadata.generation:
        api.remember(Seen(found.metadata.generation))
        api.update_status(found.evolve(status={"changes": status(found).get("changes", 0) + 1}))


def right(api, cache, memory, key):
    found = alive(cache, key)
    if found is not None and status(found).get("changes") != found.metadata.generation:
        api.update_status(found.evolve(status={"changes": found.metadata.generation}))


SPECIES = Species("counts_looks", attrs.evolve(ALONE, memory=Seen), bug, right, [widget(size=1)])
