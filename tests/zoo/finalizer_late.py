"""Something is made before the finalizer stands that would clean it up: who deletes in between leaves it behind."""

from contextlib import suppress

import attrs

from kemu import errors
from kemu.objects import core, evolve
from tests.zoo import ALONE, WIDGETS, Species, alive, config, widget

FINALIZER = "example.com/cleanup"


def _make(api, cache, key, found):
    if cache.get(core.ConfigMap, key) is None:
        api.create(config(found, found.metadata.name, owned=False))


def _hold(api, found):
    if FINALIZER not in found.metadata.finalizers:
        found = api.update(found.evolve(metadata=evolve(found.metadata, finalizers=(FINALIZER,))))
    return found


def _let_go(api, key, found):
    if found is not None and FINALIZER in found.metadata.finalizers:
        with suppress(errors.NotFound):
            api.delete(core.ConfigMap, found.metadata.name, found.metadata.namespace)
        api.update(found.evolve(metadata=evolve(found.metadata, finalizers=())))


def bug(api, cache, key):
    found = alive(cache, key)
    if found is None:
        _let_go(api, key, cache.get(WIDGETS, key))
        return
    _make(api, cache, key, found)
    _hold(api, found)


def right(api, cache, key):
    found = alive(cache, key)
    if found is None:
        _let_go(api, key, cache.get(WIDGETS, key))
        return
    _make(api, cache, key, _hold(api, found))


def remove(cluster):
    cluster.delete("widgets/a")


WIRING = attrs.evolve(ALONE, reads=(core.ConfigMap,))
SPECIES = Species("finalizer_late", WIRING, bug, right, [widget(), remove])
