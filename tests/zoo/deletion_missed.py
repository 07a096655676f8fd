"""It acts when a Secret comes and when it goes. After a relist it may see only that another one has the name."""

import attrs

from kemu.objects import core
from tests.zoo import OWNER, WIDGETS, Species, alive, config, widget

SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token"}}


def reconcile(api, cache, key):
    """A copy of the token, as long as there is one."""
    found, token, copy = alive(cache, key), cache.get(core.Secret, "default/token"), cache.get(core.ConfigMap, key)
    if found is None:
        return
    if token is None:
        if copy is not None:
            api.delete(copy, copy.metadata.name, copy.metadata.namespace)
    elif copy is None:
        api.create(config(found, found.metadata.name, of=token.metadata.annotations["of"]))
    elif copy.data["of"] != token.metadata.annotations["of"]:
        api.patch(copy, {"data": {"of": token.metadata.annotations["of"]}})


def _comes_or_goes(cache, old, new):
    return _changes(cache, old, new) if old is None or new is None else ()


def _changes(cache, old, new):
    return [f"{each.metadata.namespace}/{each.metadata.name}" for each in cache.list(WIDGETS)]


def token(value):
    return {**SECRET, "metadata": {"name": "token", "annotations": {"of": value}}}


def rotate(cluster):
    """The old token is deleted, and a new one made at once."""
    cluster.delete("secret/token")
    cluster.create(token("two"))


def wiring(mapper):
    return attrs.evolve(OWNER, watches=((core.Secret, mapper),))


SPECIES = Species(
    "deletion_missed",
    wiring(_comes_or_goes),
    reconcile,
    reconcile,
    [token("one"), widget(), "1m", rotate],
    right_wiring=wiring(_changes),
)
