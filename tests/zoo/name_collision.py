"""What it makes in one namespace for all bears the name of whom it is for, but not the namespace: two take the same."""

import attrs

from kemu.objects import core, meta
from tests.zoo import ALONE, Species, alive, widget

SHARED = "kube-public"
LABEL = "example.com/widget"


def _reconcile(api, cache, key, name):
    found = alive(cache, key)
    had = cache.get(core.ConfigMap, f"{SHARED}/{name}")
    if found is None:
        if had is not None and had.data["for"] == key:
            api.delete(core.ConfigMap, name, SHARED, uid=had.metadata.uid)
    elif had is None:
        metadata = meta.ObjectMeta(name=name, namespace=SHARED, labels={LABEL: key.replace("/", ".")})
        api.create(core.ConfigMap(metadata=metadata, data={"for": key}))
    elif had.data["for"] != key:
        api.patch(had, {"data": {"for": key}})


def bug(api, cache, key):
    _reconcile(api, cache, key, key.partition("/")[2])


def right(api, cache, key):
    _reconcile(api, cache, key, key.replace("/", "."))


def _key(cache, old, new):
    label = (old or new).metadata.labels.get(LABEL)
    return () if label is None else (label.replace(".", "/", 1),)


def elsewhere(cluster):
    cluster.apply({**widget(), "metadata": {"name": "a", "namespace": "kube-system"}})


WIRING = attrs.evolve(ALONE, watches=((core.ConfigMap, _key),))
SPECIES = Species("name_collision", WIRING, bug, right, [widget(), "5s", elsewhere])
