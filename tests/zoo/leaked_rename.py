"""What was made under the name that was asked for before is left behind when another name is asked for."""

from kemu.kit import Wiring
from kemu.objects import core
from tests.zoo import WIDGETS, Species, config, widget


def _make(api, cache, found):
    name = found.spec["target"]
    if cache.get(core.ConfigMap, f"{found.metadata.namespace}/{name}") is None:
        api.create(config(found, name))


def bug(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is not None and found.metadata.deletion_timestamp is None:
        _make(api, cache, found)


def right(api, cache, key):
    found = cache.get(WIDGETS, key)
    if found is None or found.metadata.deletion_timestamp is not None:
        return
    _make(api, cache, found)
    for had in cache.owned(core.ConfigMap, by=found):
        if had.metadata.name != found.spec["target"]:
            api.delete(core.ConfigMap, had.metadata.name, had.metadata.namespace, uid=had.metadata.uid)


def rename(cluster):
    cluster.patch("widgets", "a", {"spec": {"target": "two"}}, type="merge")


SPECIES = Species(
    "leaked_rename",
    Wiring("widgets", reconciles=WIDGETS, owns=(core.ConfigMap,), expects=False),
    bug,
    right,
    [widget(target="one"), "10s", rename],
)
