"""It locks what it works on with an object that it deletes afterwards: who ends in between leaves it locked."""

import attrs

from kemu import errors
from kemu.objects import core
from tests.zoo import OWNER, Species, alive, config, status, widget


def _work(api, found):
    api.update_status(found.evolve(status={"title": found.spec["title"]}))


def bug(api, cache, key):
    found = alive(cache, key)
    if found is None or status(found).get("title") == found.spec["title"]:
        return
    try:
        lock = api.create(config(found, f"{found.metadata.name}-lock"))
    except errors.AlreadyExists:
        return
    _work(api, found)
    api.delete(lock, lock.metadata.name, lock.metadata.namespace)


def right(api, cache, key):
    """The lock says whose it is; who finds its own goes on."""
    found = alive(cache, key)
    if found is None:
        return
    name, namespace = f"{found.metadata.name}-lock", found.metadata.namespace
    if status(found).get("title") != found.spec["title"]:
        try:
            api.create(config(found, name, of="me"))
        except errors.AlreadyExists:
            assert api.get(core.ConfigMap, name, namespace).data["of"] == "me"
        _work(api, found)
    lock = cache.get(core.ConfigMap, f"{namespace}/{name}")
    if lock is not None and lock.metadata.deletion_timestamp is None:
        try:
            api.delete(lock, name, namespace, uid=lock.metadata.uid)
        except (errors.NotFound, errors.Conflict):
            return


SPECIES = Species("lock_left", attrs.evolve(OWNER), bug, right, [widget(title="one")])
