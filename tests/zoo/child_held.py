"""What it has made has a finalizer, which it takes away from nothing: what is deleted stays for ever."""

from kemu.objects import core, evolve
from tests.zoo import OWNER, Species, alive, config, widget

FINALIZER = "example.com/hold"


def bug(api, cache, key):
    found = alive(cache, key)
    if found is not None and cache.get(core.ConfigMap, key) is None:
        made = config(found, found.metadata.name)
        api.create(evolve(made, metadata=evolve(made.metadata, finalizers=(FINALIZER,))))


def right(api, cache, key):
    """What goes is let go, whether its widget is there or not."""
    had = cache.get(core.ConfigMap, key)
    if had is not None and had.metadata.deletion_timestamp is not None and FINALIZER in had.metadata.finalizers:
        left = tuple([each for each in had.metadata.finalizers if each != FINALIZER])
        api.update(evolve(had, metadata=evolve(had.metadata, finalizers=left)))
    elif had is None:
        bug(api, cache, key)


SPECIES = Species("child_held", OWNER, bug, right, [widget()])
