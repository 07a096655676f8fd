"""That something exists already is taken for a failure: who ended after making it never gets on."""

from kemu import errors
from kemu.objects import core
from tests.zoo import ALONE, Species, alive, config, status, widget


def _reconcile(api, cache, key, fine):
    found = alive(cache, key)
    if found is None or status(found).get("made"):
        return
    try:
        api.create(config(found, found.metadata.name))
    except errors.AlreadyExists:
        if not fine(found):
            raise
    api.update_status(found.evolve(status={"made": True}))


def bug(api, cache, key):
    _reconcile(api, cache, key, lambda found: False)


def right(api, cache, key):
    """What it has made itself is as good as made now."""

    def own(found):
        had = api.get(core.ConfigMap, found.metadata.name, found.metadata.namespace)
        return had.metadata.owner_references[0].uid == found.metadata.uid

    _reconcile(api, cache, key, own)


SPECIES = Species("already_exists", ALONE, bug, right, [widget()])
