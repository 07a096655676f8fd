"""That something exists already is taken for a failure: who ended after making it never gets on."""

from contextlib import suppress

from kemu import errors
from tests.zoo import ALONE, Species, alive, config, status, widget


def _reconcile(api, cache, key, fine):
    found = alive(cache, key)
    if found is None or status(found).get("made"):
        return
    with suppress(*fine):
        api.create(config(found, found.metadata.name))
    api.update_status(found.evolve(status={"made": True}))


def bug(api, cache, key):
    _reconcile(api, cache, key, ())


def right(api, cache, key):
    _reconcile(api, cache, key, (errors.AlreadyExists,))


SPECIES = Species("already_exists", ALONE, bug, right, [widget()])
