"""What woke it is taken to be there still when it looks."""

from tests.zoo import ALONE, WIDGETS, Species, alive, status, widget


def right(api, cache, key):
    if alive(cache, key) is not None:
        bug(api, cache, key)


def bug(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found.spec["title"] != status(found).get("title"):
        api.update_status(found.evolve(status={"title": found.spec["title"]}))


SPECIES = Species("missing_object", ALONE, bug, right, [widget(title="one")])
