"""The generation that is noted as observed is read anew after the work: a change meanwhile is taken for done."""

from tests.zoo import OWNER, WIDGETS, Species, alive, config, status, widget


def work(api, cache, key, generation_of):
    """Write what the cache says, unless it was done for that generation."""
    found = alive(cache, key)
    if found is None or status(found).get("observedGeneration") == found.metadata.generation:
        return
    name, namespace = found.metadata.name, found.metadata.namespace
    wanted = config(found, name, size=str(found.spec["size"]))
    stored = api.find(type(wanted), name, namespace)
    if stored is None:
        api.create(wanted)
    elif stored.data != wanted.data:
        api.patch(stored, {"data": dict(wanted.data)})
    api.patch(found, {"status": {"observedGeneration": generation_of(api, found)}}, subresource="status")


def bug(api, cache, key):
    work(
        api,
        cache,
        key,
        lambda api, found: api.get(api.named(WIDGETS), found.metadata.name, "default").metadata.generation,
    )


def right(api, cache, key):
    work(api, cache, key, lambda api, found: found.metadata.generation)


def grow(cluster):
    cluster.patch("widgets", "a", {"spec": {"size": 5}}, type="merge")


SPECIES = Species("marks_newer", OWNER, bug, right, [widget(size=1), grow])
