"""What is there is compared as a whole with what should be, and the server has added defaults: it is never right."""

from kemu.kit import Wiring
from kemu.objects import core
from tests.zoo import WIDGETS, Species, alive, config, widget

SERVER = Wiring("widgets", reconciles=WIDGETS, owns=(core.Service,), expects=False)


def _keep(api, cache, key, differs):
    found = alive(cache, key)
    if found is None:
        return
    metadata = config(found, found.metadata.name).metadata
    wanted = core.Service(metadata=metadata, spec={"selector": {"app": "a"}, "ports": [{"port": found.spec["port"]}]})
    had = cache.get(core.Service, key)
    if had is None:
        api.create(wanted)
    elif differs(had, wanted):
        api.delete(core.Service, had.metadata.name, had.metadata.namespace, uid=had.metadata.uid)


def bug(api, cache, key):
    _keep(api, cache, key, lambda had, wanted: had.spec.ports != wanted.spec.ports)


def right(api, cache, key):
    """Only what was asked for is compared."""

    def ports(service):
        return [each.port for each in service.spec.ports]

    _keep(api, cache, key, lambda had, wanted: ports(had) != ports(wanted))


SPECIES = Species("fights_defaults", SERVER, bug, right, [widget(port=80)])
