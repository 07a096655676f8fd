"""A widget of which it has seen this version already is not looked at: what has become of its parts goes unnoticed."""

import attrs

from kemu.kit import Wiring
from kemu.objects import core
from tests.zoo import OWNER, WIDGETS, Species, alive, config, widget


@attrs.frozen
class Seen:
    version: str = ""


REMEMBERS = Wiring("widgets", reconciles=WIDGETS, owns=(core.ConfigMap,), memory=Seen, expects=False)


def bug(api, cache, memory, key):
    found = alive(cache, key)
    if found is None or memory.version == found.metadata.resource_version:
        return
    right(api, cache, key)
    api.remember(Seen(found.metadata.resource_version))


def right(api, cache, key):
    found = alive(cache, key)
    if found is not None and cache.get(core.ConfigMap, key) is None:
        api.create(config(found, found.metadata.name))


SPECIES = Species("same_version_skipped", REMEMBERS, bug, right, [widget()], right_wiring=OWNER)
