"""Two have a condition each in one status. One writes the whole list as it saw it, without saying what it has read."""

import attrs

from tests.zoo import ALONE, Species, alive, status, widget


def _with(found, type):
    """The conditions of a widget with one more, or None if it is there."""
    had = list(status(found).get("conditions", ()))
    return None if any(each["type"] == type for each in had) else [*had, {"type": type, "status": "True"}]


def _writes(type):
    def reconcile(api, cache, key):
        found = alive(cache, key)
        conditions = None if found is None else _with(found, type)
        if conditions is not None:
            api.update_status(found.evolve(status={**status(found), "conditions": conditions}))

    return reconcile


def bug(api, cache, memory, key):
    found = alive(cache, key)
    conditions = None if found is None or memory.told else _with(found, "Checked")
    if conditions is not None:
        api.patch(found, {"status": {"conditions": conditions}}, subresource="status")
        api.remember(Told(True))


def right(api, cache, memory, key):
    _writes("Checked")(api, cache, key)


@attrs.frozen
class Told:
    """Whether its condition was written."""

    told: bool = False


RIVAL = attrs.evolve(ALONE, name="prober")
SPECIES = Species(
    "conditions_replaced",
    attrs.evolve(ALONE, memory=Told),
    bug,
    right,
    [widget()],
    rivals=((RIVAL, _writes("Probed")),),
)
