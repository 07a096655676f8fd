"""Several write their part of one object, each the whole of it as it saw it: parts of others get lost."""

import attrs

from kemu.objects import core, evolve
from tests.zoo import ALONE, Species, alive, status, widget

SHARE = "default/share"


def _add(api, cache, found, write):
    shared, name = cache.get(core.ConfigMap, SHARE), found.metadata.name
    if shared is None:
        api.create(core.ConfigMap(metadata={"name": "share", "namespace": "default"}, data={name: "1"}))
    elif name not in shared.data:
        write(shared, {**shared.data, name: "1"})
    else:
        return
    api.update_status(found.evolve(status={"shared": True}))


def bug(api, cache, key):
    found = alive(cache, key)
    if found is None or status(found).get("shared"):
        return

    def write(shared, data):
        live = api.get(core.ConfigMap, "share", "default")
        metadata = evolve(shared.metadata, resource_version=live.metadata.resource_version)
        api.update(evolve(shared, metadata=metadata, data=data))

    _add(api, cache, found, write)


def right(api, cache, key):
    found = alive(cache, key)
    shared = cache.get(core.ConfigMap, SHARE)
    if found is None or (status(found).get("shared") and shared is not None and found.metadata.name in shared.data):
        return
    if shared is not None and found.metadata.name in shared.data:
        api.update_status(found.evolve(status={"shared": True}))
        return
    _add(api, cache, found, lambda shared, data: api.update(evolve(shared, data=data)))


WIRING = attrs.evolve(ALONE, reads=(core.ConfigMap,))
SPECIES = Species("lost_share", WIRING, bug, right, [widget("a"), "5s", widget("b"), widget("c")])
