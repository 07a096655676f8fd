"""Two controllers each write the whole of what they share: what one has written the other undoes."""

from kemu.kit import Wiring
from kemu.objects import core
from tests.zoo import WIDGETS, Species, config, widget


def _shared(api, cache, key, *, whole):
    found = cache.get(WIDGETS, key)
    if found is None or found.metadata.deletion_timestamp is not None:
        return
    had = cache.get(core.ConfigMap, key)
    if had is None:
        api.create(config(found, found.metadata.name, mine="1", theirs="1"))
        return
    wanted = {"mine": "1", "theirs": None if whole else "1"}
    if (had.data.get("mine"), had.data.get("theirs")) != tuple(wanted.values()):
        api.patch(had, {"data": wanted})


def bug(api, cache, key):
    _shared(
        api,
        cache,
        key,
        whole=bool(len(cache.owned(core.ConfigMap, by=_widget(cache, key)) if _widget(cache, key) else ())),
    )
    found = cache.get(core.ConfigMap, key)
    if found is not None and "theirs" not in found.data:
        api.patch(found, {"data": {"theirs": "1"}})


def _widget(cache, key):
    return cache.get(WIDGETS, key)


def right(api, cache, key):
    _shared(api, cache, key, whole=False)


SPECIES = Species(
    "two_fight", Wiring("widgets", reconciles=WIDGETS, owns=(core.ConfigMap,), expects=False), bug, right, [widget()]
)
