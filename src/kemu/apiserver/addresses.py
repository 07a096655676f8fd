"""The IPAddress objects of Services: a cluster IP is taken as long as there is one of its name.

A server writes them with the Service that they belong to. What somebody else does to them is looked at, and repaired,
as by the repair loop of a real server: a cluster IP without an object gets one, and an object that belongs to no
Service goes after a minute.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from ..loop import Loop
from ..objects import core, meta, networking, scheme
from ..objects.events import Event
from ..objects.references import reference_to
from ..values.times import MicroTime
from ..wellknown import APISERVER
from . import own_writes
from .changes import Change
from .kinds.addresses import cluster_ips, held

if TYPE_CHECKING:
    from .server import ApiServer

ADDRESSES = "ip-addresses"
"""What it is called on the loop."""

SERVICES = scheme.find("services")
OBJECTS = scheme.find("ipaddresses")
EVENTS = scheme.find("events.events.k8s.io")
NOTICED = frozenset({SERVICES.group_resource, OBJECTS.group_resource})
"""The keys of the kinds that it goes by."""

FAMILY = "ipaddress.kubernetes.io/ip-family"
MANAGED_BY = "ipaddress.kubernetes.io/managed-by"
ALLOCATOR = "ipallocator.k8s.io"
REPORTER = "ipallocator-repair-controller"

ORPHANED = 60.0
"""Seconds after which an address goes whose Service is not there: so long a request may be under way."""


def address_of(service: Any, address: str) -> Any:
    """The object of one of a Service's addresses."""
    family = "IPv6" if ":" in address else "IPv4"
    return networking.IPAddress(
        metadata=meta.ObjectMeta(name=address, labels={FAMILY: family, MANAGED_BY: ALLOCATOR}),
        spec={"parentRef": _reference(service)},
    )


def _reference(service: Any) -> dict[str, str]:
    metadata = service.metadata
    return {"resource": "services", "namespace": metadata.namespace, "name": metadata.name}


class Addresses:
    """Attached to the loop. It remembers nothing."""

    __slots__ = ("_loop", "_server")

    def __init__(self, server: ApiServer, loop: Loop) -> None:
        self._server = server
        self._loop = loop
        loop.attach(ADDRESSES, self)

    def notice(self, change: Change) -> None:
        """A Service or an address was written (`NOTICED`)."""
        if change.resource.key == SERVICES.group_resource:
            self._keep_up(change.old, change.new)
        elif change.actor != APISERVER:
            self._loop.schedule(ADDRESSES, ("look", (change.old if change.new is None else change.new).metadata.name))

    def _keep_up(self, old: Any | None, new: Any | None) -> None:
        """Give a Service the objects of its addresses, and take those that it no longer has."""
        before, after = (() if each is None else cluster_ips(each) for each in (old, new))
        if before == after:
            return
        resource = self._server.resources.of(OBJECTS)
        for address in before:
            if address not in after and self._find(address) is not None:
                own_writes.deleted(self._server, resource, address)
        for address in after:
            if address not in before and self._find(address) is None:
                own_writes.created(self._server, resource, address_of(new, address))

    def _find(self, address: str) -> Any | None:
        return self._server.desk.find(networking.IPAddress, None, address)

    def run(self, item: tuple[Hashable, ...]) -> None:
        """Look whether an address and its Service know of each other."""
        name = str(item[1])
        address, services = self._find(name), self._server.desk.holders(core.Service, held)
        for service in services.under(name):
            self._mend(name, address, service)
            return
        if address is not None and address.metadata.labels.get(MANAGED_BY) == ALLOCATOR:
            self._drop(address)

    def _mend(self, name: str, address: Any | None, service: Any) -> None:
        """Make the object of an address that a Service holds what it has to be."""
        wanted = address_of(service, name)
        resource = self._server.resources.of(OBJECTS)
        family = wanted.metadata.labels[FAMILY]
        if address is None:
            text = f"Cluster IP [{family}]: {name} is not allocated; repairing"
            self._tell(service, "ClusterIPNotAllocated", "ClusterIPAllocation", text)
        elif address.spec != wanted.spec:
            whose = f"{service.metadata.namespace}/{service.metadata.name}"
            text = f"the ClusterIP [{family}]: {name} for Service {whose} has a wrong reference; repairing"
            self._tell(service, "ClusterIPNotAllocated", "ClusterIPAllocation", text)
        elif all(address.metadata.labels.get(key) == value for key, value in wanted.metadata.labels.items()):
            return
        if address is not None:
            own_writes.deleted(self._server, resource, name)
        own_writes.created(self._server, resource, wanted)

    def _drop(self, address: Any) -> None:
        """Let go of an object that the server made, or seems to have made, for a Service that does not hold it."""
        parent, name = address.spec.parent_ref, address.metadata.name
        whose = f"{parent.namespace or ''}/{parent.name}"
        if parent.group or parent.resource != "services":
            said = "{" + f"{parent.group or ''} {parent.resource} {parent.namespace or ''} {parent.name}" + "}"
            text = f"IPAddress {name} appears to have been modified, not referencing a Service {said}: cleaning up"
            self._gone(address, "IPAddressNotAllocated", text)
        elif self._server.desk.find(core.Service, parent.namespace, parent.name) is not None:
            text = f"IPAddress: {name} for Service {whose} has a wrong reference; cleaning up"
            self._gone(address, "IPAddressWrongReference", text)
        else:
            clock = self._server.clock
            left = float(address.metadata.creation_timestamp) + ORPHANED - clock.unix
            if left > 0:
                self._loop.schedule_at(ADDRESSES, ("look", name), clock.now + left)
                return
            text = f"IPAddress: {name} for Service {whose} appears to have leaked: cleaning up"
            self._gone(address, "IPAddressNotAllocated", text)

    def _gone(self, address: Any, reason: str, text: str) -> None:
        self._tell(address, reason, "IPAddressAllocation", text)
        own_writes.deleted(self._server, self._server.resources.of(OBJECTS), address.metadata.name)

    def _tell(self, about: Any, reason: str, action: str, note: str) -> None:
        server, metadata = self._server, about.metadata
        event = Event(
            metadata=meta.ObjectMeta(
                name=f"{metadata.name}.{server.store.revision:016x}", namespace=metadata.namespace or "default"
            ),
            event_time=MicroTime(server.clock.unix),
            reporting_controller=REPORTER,
            reporting_instance=f"{REPORTER}-{APISERVER}",
            action=action,
            reason=reason,
            regarding=reference_to(about),
            note=note,
            type="Warning",
        )
        own_writes.created(server, server.resources.of(EVENTS), event)
