"""It says that it has observed the newest generation, and has looked at an older one."""

from tests.zoo import ALONE, WIDGETS, Species, alive, status, widget


def _said(found, generation):
    return {"size": found.spec["size"], "observedGeneration": generation}


def bug(api, cache, key):
    found = alive(cache, key)
    live = None if found is None else api.find(api.resources.of(WIDGETS), found.metadata.name, found.metadata.namespace)
    if live is not None and status(live).get("observedGeneration") != live.metadata.generation:
        api.update_status(live.evolve(status=_said(found, live.metadata.generation)))


def right(api, cache, key):
    found = alive(cache, key)
    if found is not None and status(found).get("observedGeneration") != found.metadata.generation:
        api.update_status(found.evolve(status=_said(found, found.metadata.generation)))


def grow(cluster):
    cluster.patch("widgets", "a", {"spec": {"size": 5}}, type="merge")


SPECIES = Species("lying_generation", ALONE, bug, right, [widget(size=1), "5s", grow])
