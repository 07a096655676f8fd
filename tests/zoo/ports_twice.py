"""A number is given out that no other has in the informer's view: two get the same one if it lags."""

from kemu.objects import evolve
from tests.zoo import ALONE, WIDGETS, Species, alive, status, widget


def bug(api, cache, key):
    found = alive(cache, key)
    if found is None or "port" in status(found):
        return
    taken = [status(each).get("port") for each in cache.list(WIDGETS, found.metadata.namespace)]
    port = next(number for number in range(30000, 32768) if number not in taken)
    api.update_status(evolve(found, status={"port": port}))


def right(api, cache, key):
    """A widget's number follows from the widget."""
    found = alive(cache, key)
    if found is None or "port" in status(found):
        return
    port = 30000 + sum(ord(letter) * (place + 1) for place, letter in enumerate(found.metadata.name)) % 2768
    api.update_status(evolve(found, status={"port": port}))


SPECIES = Species("ports_twice", ALONE, bug, right, [widget("a"), widget("b")])
