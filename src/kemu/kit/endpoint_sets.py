"""Which pods stand behind a Service, and on which ports: what Endpoints and EndpointSlices have in common."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from operator import attrgetter
from typing import Any

from .. import errors
from ..objects import core, discovery
from ..objects.pods import is_finished, is_ready
from ..values.frozen import FrozenMap
from ..values.times import Time
from ..wellknown import SERVICE_NAME
from .cache import Cache
from .indexes import BY_LABEL, BY_SELECTOR, Index, selected, selecting, selector_in
from .process import Api
from .wiring import Mapper, key_of

CHANGED_AT = "endpoints.kubernetes.io/last-change-trigger-time"
HEADLESS = "service.kubernetes.io/headless"
LEADER = "control-plane.alpha.kubernetes.io/leader"
"""What Endpoints are annotated with that are only a lock."""
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"

RETRY = (1.0, 1000.0)
"""Seconds until endpoints that were refused are tried again, at first and at most."""

FNV_OFFSET, FNV_PRIME = 0x6C62272E07BB014262B821756295C58D, 2**88 + 0x13B

LONGEST_NAME = 252
"""How long a name may be that is to be followed by a dash."""


def _service_of(piece: Any) -> Iterable[str]:
    """The Service that an EndpointSlice belongs to, as `namespace/name`."""
    name = piece.metadata.labels.get(SERVICE_NAME)
    return (f"{piece.metadata.namespace}/{name}",) if name else ()


BY_SERVICE = Index("service", _service_of, attrgetter("metadata.labels"))
"""EndpointSlices by the key of their Service."""

INDEXES = ((core.Service, BY_SELECTOR), (core.Pod, BY_LABEL))
"""What looking for the pods of Services, and for the Services of pods, needs."""


def has_endpoints(service: Any) -> bool:
    """Whether there is anything to do for a Service: one that is only another name has no endpoints."""
    return bool(service.spec.selector) and service.spec.type != "ExternalName"


def slices_of(cache: Cache, key: str, manager: str) -> list[Any]:
    """The EndpointSlices of a Service that are of one controller, in order of their names; needs `BY_SERVICE`."""
    found = cache.indexed(discovery.EndpointSlice, BY_SERVICE, key)
    return sorted(
        [each for each in found if each.metadata.labels.get(MANAGED_BY) == manager], key=lambda each: each.metadata.name
    )


def services_of_slice(manager: str) -> Mapper:
    """Whom a change of an EndpointSlice wakes: the Services that it has belonged to under a controller."""

    def mapper(cache: Cache, old: Any, new: Any) -> Iterable[str]:
        found: dict[str, None] = {}
        for piece in (old, new):
            if piece is not None and piece.metadata.labels.get(MANAGED_BY) == manager:
                found |= dict.fromkeys(_service_of(piece))
        return tuple(found)

    return mapper


def is_headless(service: Any) -> bool:
    """Whether a Service has no address of its own."""
    return service.spec.cluster_ip in (None, "", "None")


def labels_of(service: Any, manager: str) -> FrozenMap[str, str]:
    """The labels of the EndpointSlices of a Service: its own, but for those that say what a slice is."""
    labels = dict(service.metadata.labels)
    labels.pop(HEADLESS, None)
    if is_headless(service):
        labels[HEADLESS] = ""
    return FrozenMap({**labels, SERVICE_NAME: service.metadata.name, MANAGED_BY: manager})


def prefix_of(name: str) -> str:
    """How the names of EndpointSlices begin that are made for something of this name."""
    return f"{name}-" if len(name) <= LONGEST_NAME else name


def create_slice(api: Api, piece: Any) -> bool:
    """Create an EndpointSlice; False if its namespace is on its way out, where nothing can be created any more."""
    try:
        api.create(piece)
    except errors.Forbidden as problem:
        if problem.caused_by("NamespaceTerminating"):
            return False
        raise
    return True


def annotated(annotations: FrozenMap[str, str], since: Time | None) -> FrozenMap[str, str]:
    """The annotations of endpoints that are out of date since a moment; None if nobody can say since when."""
    kept = {key: value for key, value in annotations.items() if key != CHANGED_AT}
    return FrozenMap(kept if since is None else {**kept, CHANGED_AT: str(since)})


def services_of_pod(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """The Services that select a pod now, or selected it before, if its endpoint may have changed.

    O(labels, and the Services that ask for one of them).
    """
    same = old is not None and new is not None and old.metadata.labels == new.metadata.labels
    found = [selecting(cache, core.Service, pod) for pod in ((new,) if same else (old, new)) if pod is not None]
    if not any(found) or (same and _endpoint_of(old) == _endpoint_of(new)):
        return ()
    return tuple(dict.fromkeys([key_of(service) for services in found for service in services]))


def _endpoint_of(pod: Any) -> tuple[Any, ...]:
    """All of a pod but its labels by whose change its Services are looked at.

    That it ends is not: who ends by itself was not ready any more before, and is listed until something else changes.
    """
    spec, status = pod.spec, pod.status
    going = pod.metadata.deletion_timestamp is not None
    return (
        going,
        spec.hostname,
        spec.subdomain,
        status.pod_ips,
        is_ready(pod),
        going and is_finished(pod),
    )


def pods_behind(cache: Cache, service: Any) -> list[Any]:
    """The pods that a Service selects and that have an address and have not ended. O(the pods with such a label)."""
    found = selected(cache, core.Pod, selector_in(service), service.metadata.namespace)
    return [pod for pod in found if pod.status.pod_ip and not is_finished(pod)]


def target_port(pod: Any, port: Any) -> int | None:
    """The number of a Service port on a pod: a named one is looked up in its containers."""
    target = port.target_port
    if isinstance(target, int):
        return target or port.port
    if not target:
        return int(port.port)
    containers: Iterable[Any] = (
        *pod.spec.containers,
        *(each for each in pod.spec.init_containers if each.restart_policy == "Always"),
    )
    for container in containers:
        for candidate in container.ports:
            if candidate.name == target and (candidate.protocol or "TCP") == (port.protocol or "TCP"):
                return int(candidate.container_port)
    return None


def in_order(ports: Iterable[Any]) -> tuple[Any, ...]:
    """Ports as a subset or a slice lists them: by a hash of how Go would print them, so that the order says nothing."""
    found = tuple(ports)
    return found if len(found) < 2 else tuple(sorted(found, key=_hash_of))


@lru_cache(maxsize=1000)
def _hash_of(port: Any) -> int:
    """The FNV-1a hash of a port, in 128 bits. What is optional in Go is printed as a pointer."""
    protocol = ("v1.Protocol", port.protocol)
    if isinstance(port, discovery.EndpointPort):
        fields = (
            ("Name", "*string", port.name),
            ("Protocol", f"*{protocol[0]}", protocol[1]),
            ("Port", "*int32", port.port),
        )
    else:
        fields = (("Name", "string", port.name or ""), ("Port", "int32", port.port), ("Protocol", *protocol))
    value = FNV_OFFSET
    printed = [
        f"{name}:({type}){_printed(text)}"
        for name, type, text in (*fields, ("AppProtocol", "*string", port.app_protocol))
    ]
    for byte in f"(v1.EndpointPort){{{' '.join(printed)}}}".encode():
        value = (value ^ byte) * FNV_PRIME % 2**128
    return value


def _printed(value: Any) -> str:
    return "<nil>" if value is None else str(value)


def hostname_of(pod: Any, service: Any) -> str | None:
    """The name under which the pod can be found within a headless Service."""
    same = pod.spec.subdomain == service.metadata.name and pod.metadata.namespace == service.metadata.namespace
    return pod.spec.hostname if pod.spec.hostname and same else None
