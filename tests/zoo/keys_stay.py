"""What it owns is patched with what is wished for: keys that nobody wishes for any more stay."""

from kemu.objects import core, evolve
from tests.zoo import OWNER, Species, alive, config, widget


def bug(api, cache, key):
    found, made = alive(cache, key), cache.get(core.ConfigMap, key)
    if found is not None and made is None:
        api.create(config(found, found.metadata.name, **found.spec["data"]))
    elif found is not None and {**made.data, **found.spec["data"]} != dict(made.data):
        api.patch(made, {"data": dict(found.spec["data"])})


def right(api, cache, key):
    found, made = alive(cache, key), cache.get(core.ConfigMap, key)
    if found is not None and made is None:
        api.create(config(found, found.metadata.name, **found.spec["data"]))
    elif found is not None and dict(made.data) != dict(found.spec["data"]):
        api.update(evolve(made, data=dict(found.spec["data"])))


SPECIES = Species("keys_stay", OWNER, bug, right, [widget(data={"a": "1"}), "5s", widget(data={"b": "2"}), "5s"])
