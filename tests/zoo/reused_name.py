"""What it has made is found by its name: that of an earlier object of the same name is taken for its own."""

from kemu.kit import Wiring
from kemu.objects import core
from tests.zoo import WIDGETS, Species, config, widget


def bug(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is None or found.metadata.deletion_timestamp is not None:
        return
    if cache.get(core.ConfigMap, key) is None:
        api.create(config(found, found.metadata.name, title=found.spec["title"]))


def right(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is None or found.metadata.deletion_timestamp is not None:
        return
    had = cache.get(core.ConfigMap, key)
    if had is not None and had.metadata.owner_references[0].uid != found.metadata.uid:
        api.delete(core.ConfigMap, found.metadata.name, found.metadata.namespace, uid=had.metadata.uid)
    elif had is None:
        api.create(config(found, found.metadata.name, title=found.spec["title"]))
    elif had.data["title"] != found.spec["title"]:
        api.patch(had, {"data": {"title": found.spec["title"]}})


def again(cluster):
    cluster.delete("widgets/a")
    cluster.create(widget(title="new"))


SPECIES = Species(
    "reused_name",
    Wiring("widgets", reconciles=WIDGETS, owns=(core.ConfigMap,), expects=False),
    bug,
    right,
    [widget(title="old"), "10s", again],
)
