"""It takes away all finalizers when it is done, also that of another one, who has still to clean up."""

import attrs

from kemu.objects import core
from tests.zoo import ALONE, OWNER, WIDGETS, Species, config, widget

MINE, OTHER = "example.com/mine", "example.com/other"


def _keeps(mine, remove):
    def reconcile(api, cache, key):
        found = cache.get(WIDGETS, key)
        if found is None:
            return
        finalizers = list(found.metadata.finalizers)
        if found.metadata.deletion_timestamp is None:
            if mine not in finalizers:
                _write(api, found, [*finalizers, mine])
        elif mine in finalizers:
            remove(api, found, finalizers)

    return reconcile


def _write(api, found, finalizers):
    api.patch(found, {"metadata": {"resourceVersion": found.metadata.resource_version, "finalizers": finalizers}})


def _all(api, found, finalizers):
    _write(api, found, [])


def _one(api, found, finalizers):
    _write(api, found, [each for each in finalizers if each != MINE])


def others(api, cache, key):
    """Keeps something outside of the widget's life, and removes it before it lets the widget go."""
    outside = cache.get(core.ConfigMap, f"{key}-outside")

    def remove(api, found, finalizers):
        if outside is not None:
            api.delete(outside, outside.metadata.name, outside.metadata.namespace)
        _write(api, found, [each for each in finalizers if each != OTHER])

    _keeps(OTHER, remove)(api, cache, key)
    found = cache.get(WIDGETS, key)
    if outside is None and found is not None and OTHER in found.metadata.finalizers:
        if found.metadata.deletion_timestamp is None:
            api.create(config(found, f"{found.metadata.name}-outside", owned=False))


WIRING = attrs.evolve(OWNER, name="other", owns=(), reads=(core.ConfigMap,))
SPECIES = Species(
    "all_finalizers", ALONE, _keeps(MINE, _all), _keeps(MINE, _one), [widget()], rivals=((WIRING, others),)
)
