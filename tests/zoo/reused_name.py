"""What it has made is found by its name: that of an earlier object of the same name is taken for its own."""

from kemu.kit import Wiring
from kemu.objects import core, evolve
from tests.zoo import WIDGETS, Species, config, widget

OWNER = "example.com/widget"


def _make(api, found):
    made = config(found, found.metadata.name, owned=False, title=found.spec["title"])
    api.create(evolve(made, metadata=evolve(made.metadata, labels={OWNER: found.metadata.uid})))


def _reconcile(api, cache, key, stale):
    found, had = cache.get(WIDGETS, key), cache.get(core.ConfigMap, key)
    if had is not None and OWNER in had.metadata.labels and stale(found, had):
        api.delete(core.ConfigMap, had.metadata.name, had.metadata.namespace, uid=had.metadata.uid)
    elif found is not None and had is None:
        _make(api, found)


def bug(api, cache, key):
    _reconcile(api, cache, key, lambda found, had: found is None)


def right(api, cache, key):
    _reconcile(api, cache, key, lambda found, had: found is None or had.metadata.labels[OWNER] != found.metadata.uid)


def _key(cache, old, new):
    metadata = (old or new).metadata
    return (f"{metadata.namespace}/{metadata.name}",)


def again(cluster):
    cluster.delete("widgets/a")
    cluster.create(widget(title="new"))


SPECIES = Species(
    "reused_name",
    Wiring("widgets", reconciles=WIDGETS, watches=((core.ConfigMap, _key),), expects=False),
    bug,
    right,
    [widget(title="old"), "10s", again],
)
