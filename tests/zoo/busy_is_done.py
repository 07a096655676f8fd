"""What a busy server refuses (429) is taken for something that will be done later by itself, and is marked as done."""

from kemu import errors
from tests.zoo import ALONE, Species, alive, status, widget

DONE = "example.com/done"


def right(api, cache, key):
    found = alive(cache, key)
    if found is None or found.metadata.annotations.get(DONE) == found.spec["title"]:
        return
    _work(api, found)
    api.patch(found, {"metadata": {"annotations": {DONE: found.spec["title"]}}})


def bug(api, cache, key):
    try:
        right(api, cache, key)
    except errors.TooManyRequests:
        found = alive(cache, key)
        api.patch(found, {"metadata": {"annotations": {DONE: found.spec["title"]}}})


def _work(api, found):
    if status(found).get("title") != found.spec["title"]:
        api.update_status(found.evolve(status={"title": found.spec["title"]}))


SPECIES = Species("busy_is_done", ALONE, bug, right, [widget(title="one")])
