"""What is about to go is still provided for: what its clean-up deletes is made again at once."""

from kemu.objects import core, evolve
from tests.zoo import OWNER, WIDGETS, Species, config, widget

FINALIZER = "example.com/cleanup"


def _reconcile(api, cache, key, *, looks):
    found = cache.get(WIDGETS, key)
    if found is None:
        return
    going = found.metadata.deletion_timestamp is not None
    had = cache.get(core.ConfigMap, key)
    if not going and FINALIZER not in found.metadata.finalizers:
        api.update(found.evolve(metadata=evolve(found.metadata, finalizers=(FINALIZER,))))
    elif had is None and not (going and looks):
        api.create(config(found, found.metadata.name))
    elif had is not None and going:
        api.delete(core.ConfigMap, had.metadata.name, had.metadata.namespace, uid=had.metadata.uid)
    elif going:
        api.update(found.evolve(metadata=evolve(found.metadata, finalizers=())))


def bug(api, cache, key):
    _reconcile(api, cache, key, looks=False)


def right(api, cache, key):
    _reconcile(api, cache, key, looks=True)


SPECIES = Species("ignores_deletion", OWNER, bug, right, [widget()])
