"""What it has seen while paused counts as done: when the pause is over nothing happens."""

from kemu.objects import core, evolve
from tests.zoo import OWNER, Species, alive, config, status, widget


def _keep(api, cache, found, key):
    had = cache.get(core.ConfigMap, key)
    if had is None:
        api.create(config(found, found.metadata.name, title=found.spec["title"]))
    elif had.data["title"] != found.spec["title"]:
        api.update(evolve(had, data={"title": found.spec["title"]}))


def bug(api, cache, key):
    found = alive(cache, key)
    if found is None or status(found).get("done") == found.spec["title"]:
        return
    if not found.spec.get("paused"):
        _keep(api, cache, found, key)
    api.update_status(evolve(found, status={"done": found.spec["title"]}))


def right(api, cache, key):
    found = alive(cache, key)
    if found is None or found.spec.get("paused"):
        return
    _keep(api, cache, found, key)
    if status(found).get("done") != found.spec["title"]:
        api.update_status(evolve(found, status={"done": found.spec["title"]}))


def pause(cluster):
    cluster.patch("widgets", "a", {"spec": {"paused": True}}, type="merge")


def rename(cluster):
    cluster.patch("widgets", "a", {"spec": {"title": "two"}}, type="merge")


def go_on(cluster):
    cluster.patch("widgets", "a", {"spec": {"paused": False}}, type="merge")


SPECIES = Species("pause_is_done", OWNER, bug, right, [widget(title="one"), pause, rename, "5s", go_on])
