"""A Secret is copied when the copy is made; that it changes later wakes nobody."""

import attrs

from kemu.objects import core, evolve
from tests.zoo import OWNER, WIDGETS, Species, alive, config, widget


def reconcile(api, cache, key):
    found, secret, copy = alive(cache, key), cache.get(core.Secret, "default/token"), cache.get(core.ConfigMap, key)
    if found is None or secret is None:
        return
    value = secret.metadata.annotations["value"]
    if copy is None:
        api.create(config(found, found.metadata.name, value=value))
    elif copy.data["value"] != value:
        api.update(evolve(copy, data={"value": value}))


def _everybody(cache, old, new):
    return [f"{each.metadata.namespace}/{each.metadata.name}" for each in cache.list(WIDGETS)]


def token(value):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token", "annotations": {"value": value}}}


SPECIES = Species(
    "misses_rotation",
    attrs.evolve(OWNER, reads=(core.Secret,)),
    reconcile,
    reconcile,
    [token("one"), widget(), token("two")],
    right_wiring=attrs.evolve(OWNER, watches=((core.Secret, _everybody),)),
)
