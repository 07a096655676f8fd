"""The finalizer goes when the dependent is deleted; if somebody else has deleted it before, the finalizer stays."""

from kemu import errors
from kemu.kit import Wiring
from kemu.objects import core, evolve
from tests.zoo import WIDGETS, Species, config, widget

FINALIZER = "example.com/cleanup"


def _reconcile(api, cache, key, *, patient):
    found = cache.get(WIDGETS, key)
    if found is None:
        return
    name, namespace = found.metadata.name, found.metadata.namespace
    if found.metadata.deletion_timestamp is not None:
        if FINALIZER not in found.metadata.finalizers:
            return
        try:
            api.delete(core.ConfigMap, name, namespace)
        except errors.NotFound:
            if not patient:
                return
        api.update(found.evolve(metadata=evolve(found.metadata, finalizers=())))
        return
    if FINALIZER not in found.metadata.finalizers:
        api.update(found.evolve(metadata=evolve(found.metadata, finalizers=(FINALIZER,))))
    elif cache.get(core.ConfigMap, key) is None:
        api.create(config(found, name, owned=False))


def bug(api, cache, key):
    _reconcile(api, cache, key, patient=False)


def right(api, cache, key):
    _reconcile(api, cache, key, patient=True)


SPECIES = Species(
    "stuck_finalizer",
    Wiring("widgets", reconciles=WIDGETS, reads=(core.ConfigMap,), expects=False),
    bug,
    right,
    [widget(), "10s"],
)
