"""Any error of a look at the server is taken for an answer: that there is no such object."""

from kemu import errors
from kemu.objects import core
from tests.zoo import ALONE, Species, alive, status, widget


def _reconcile(api, cache, key, absence):
    found = alive(cache, key)
    if found is None or status(found).get("phase"):
        return
    try:
        api.get(core.Secret, "password", "default")
        phase = "Open"
    except absence:
        phase = "Locked"
    api.update_status(found.evolve(status={"phase": phase}))


def bug(api, cache, key):
    _reconcile(api, cache, key, errors.ApiError)


def right(api, cache, key):
    _reconcile(api, cache, key, errors.NotFound)


SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "password"}}
SPECIES = Species("error_is_absence", ALONE, bug, right, [SECRET, widget()])
