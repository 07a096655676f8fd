"""What was made stays as it was, whatever is wished for later."""

from kemu.objects import core
from tests.zoo import OWNER, Species, alive, config, widget


def bug(api, cache, key):
    found = alive(cache, key)
    if found is not None and cache.get(core.ConfigMap, key) is None:
        api.create(config(found, found.metadata.name, title=found.spec["title"]))


def right(api, cache, key):
    found, had = alive(cache, key), cache.get(core.ConfigMap, key)
    if found is not None and had is not None and had.data["title"] != found.spec["title"]:
        api.patch(had, {"data": {"title": found.spec["title"]}})
    else:
        bug(api, cache, key)


def change(cluster):
    cluster.patch("widgets", "a", {"spec": {"title": "new"}}, type="merge")


SPECIES = Species("no_propagation", OWNER, bug, right, [widget(title="old"), "5s", change])
