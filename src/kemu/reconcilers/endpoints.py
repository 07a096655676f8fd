"""Keep the Endpoints of every Service that has a selector.

Imitates  the endpoints controller of Kubernetes 1.36
Wakes on  Service; Pod it selects; Endpoints that go, or that are there when it starts
Writes    Endpoints create, update and delete; events about those that it could not write
Differs   nothing known
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from math import ceil
from typing import Any

import attrs

from .. import errors
from ..kit import DONE, Api, Cache, Result, Wiring, key_of, split
from ..kit.endpoint_sets import (
    HEADLESS,
    INDEXES,
    LEADER,
    annotated,
    has_endpoints,
    hostname_of,
    in_order,
    is_headless,
    pods_behind,
    services_of_pod,
    target_port,
)
from ..kit.trigger_time import Triggers, last_change
from ..objects import core, evolve, meta
from ..objects.pods import is_ready
from ..values.frozen import FrozenMap

COMPONENT = "endpoint-controller"
MANAGED = "endpoints.kubernetes.io/managed-by"
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
MOST = 1000
"""How many addresses Endpoints have at most."""

Addresses = dict[Any, bool]
"""Addresses, and whether they are ready."""


def _gone_or_left(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """Endpoints that go are made again; and those that are there when the controller starts may be of a Service that
    has gone meanwhile. What is listed is older than the list, and what comes later is as new as what was seen of it."""
    if new is None:
        return (key_of(old),)
    metadata = new.metadata
    listed = old is None and int(metadata.resource_version) < cache.revision
    return (key_of(new),) if listed and LEADER not in metadata.annotations else ()


WIRING = Wiring(
    "endpoints-controller",
    account="endpoint-controller",
    reconciles=core.Service,
    watches=((core.Pod, services_of_pod), (core.Endpoints, _gone_or_left)),
    indexes=INDEXES,
    memory=Triggers,
)


def reconcile(api: Api, cache: Cache, memory: Triggers, key: str) -> Result:
    """Write what the Service's pods add up to, if it differs; what is called as a Service that is gone goes."""
    namespace, name = split(key)
    service: Any = cache.get(core.Service, key)
    found: Any = cache.get(core.Endpoints, key)
    if service is None:
        if found is not None:
            try:
                api.delete(core.Endpoints, name, namespace)
            except errors.NotFound:
                return DONE
        return DONE
    if not has_endpoints(service):
        return DONE
    pods = pods_behind(cache, service)
    since, remembered = last_change(memory, service, pods)
    api.remember(remembered)
    subsets = decide(service, pods)
    shown = truncated(subsets)
    labels = _labels(service)
    over = shown is not subsets
    if found is not None and _is_current(found, shown, labels, over):
        return DONE
    annotations = dict(annotated(FrozenMap() if found is None else found.metadata.annotations, since))
    annotations.pop(OVER_CAPACITY, None)
    if over:
        annotations[OVER_CAPACITY] = "truncated"
    described = {"labels": labels, "annotations": FrozenMap(annotations)}
    new = found if found is not None else core.Endpoints(metadata=meta.ObjectMeta(name=name, namespace=namespace))
    new = evolve(new, metadata=evolve(new.metadata, **described), subsets=shown)
    _write(api, new, service, created=found is None)
    return DONE


def _is_current(found: Any, subsets: Any, labels: FrozenMap[str, str], over: bool) -> bool:
    metadata = found.metadata
    return bool(
        found.subsets == subsets and metadata.labels == labels and (OVER_CAPACITY in metadata.annotations) == over
    )


def _labels(service: Any) -> FrozenMap[str, str]:
    labels = {key: value for key, value in service.metadata.labels.items() if key != HEADLESS}
    if is_headless(service):
        labels[HEADLESS] = ""
    return FrozenMap({**labels, MANAGED: COMPONENT})


def _write(api: Api, new: Any, service: Any, *, created: bool) -> None:
    try:
        if created:
            api.create(new)
        else:
            api.update(new)
    except errors.ApiError as problem:
        if created and problem.caused_by("NamespaceTerminating"):
            return
        verb = "Create" if created else "Update"
        what = f"{service.metadata.namespace}/{service.metadata.name}"
        which = f"for service {what}" if created else what
        api.event(
            new, "Warning", f"FailedTo{verb}Endpoint", f"Failed to {verb.lower()} endpoint {which}: {problem.message}"
        )
        raise


def decide(service: Any, pods: Sequence[Any]) -> tuple[Any, ...]:
    """Pure: the subsets, one for all ports that the same addresses have; ports and addresses in order."""
    offered: dict[Any, Addresses] = {}
    found = [(_ip(service, pod), pod) for pod in pods]
    for ip, pod in sorted(
        [each for each in found if each[0]], key=lambda each: (ip_address(each[0]).packed, each[1].metadata.uid)
    ):
        if pod.metadata.deletion_timestamp is not None and not service.spec.publish_not_ready_addresses:
            continue
        address = _address(service, pod, ip)
        ready = bool(is_ready(pod) or service.spec.publish_not_ready_addresses)
        for port in _ports(service, pod):
            offered.setdefault(port, {})[address] = ready
    by_addresses: dict[tuple[Any, ...], list[Any]] = {}
    for port, addresses in offered.items():
        by_addresses.setdefault(tuple(addresses.items()), []).append(port)
    return tuple(
        core.EndpointSubset(
            addresses=tuple([address for address, ready in addresses if ready]),
            not_ready_addresses=tuple([address for address, ready in addresses if not ready]),
            ports=in_order(port for port in ports if port is not None),
        )
        for addresses, ports in by_addresses.items()
    )


def _ports(service: Any, pod: Any) -> Iterable[Any]:
    """The ports of a Service that a pod has; None stands for those of a headless Service that names none."""
    if not service.spec.ports:
        return (None,) if service.spec.cluster_ip == "None" else ()
    found = []
    for port in service.spec.ports:
        number = target_port(pod, port)
        if number is not None:
            found.append(
                core.EndpointPort(name=port.name, port=number, protocol=port.protocol, app_protocol=port.app_protocol)
            )
    return found


def _ip(service: Any, pod: Any) -> str:
    """The address of a pod that is of the Service's first family; empty if it has none."""
    spec, own = service.spec, pod.status.pod_ip
    if spec.ip_families:
        longer = spec.ip_families[0] == "IPv6"
    else:
        longer = ":" in (own if spec.cluster_ip in (None, "", "None") else spec.cluster_ip)
    listed = [each.ip for each in pod.status.pod_ips] or [own]
    return next((each for each in listed if (":" in each) == longer), "")


def _address(service: Any, pod: Any, ip: str) -> Any:
    metadata = pod.metadata
    return core.EndpointAddress(
        ip=ip,
        hostname=hostname_of(pod, service),
        node_name=pod.spec.node_name,
        target_ref={"kind": "Pod", "namespace": metadata.namespace, "name": metadata.name, "uid": metadata.uid},
    )


def truncated(subsets: tuple[Any, ...]) -> tuple[Any, ...]:
    """Pure: the subsets with at most a thousand addresses, ready ones first; the same tuple if there are no more.

    Each subset is cut in proportion, rounded up, as long as there is room.
    """
    ready = sum(len(each.addresses) for each in subsets)
    unready = sum(len(each.not_ready_addresses) for each in subsets)
    if ready + unready <= MOST:
        return subsets
    cut, total, most = ("addresses", ready, MOST) if ready > MOST else ("not_ready_addresses", unready, MOST - ready)
    room, kept = most, []
    for subset in subsets:
        held = getattr(subset, cut)
        number = min(ceil(len(held) * most / total), room)
        room -= number
        changed = attrs.evolve(subset, **{cut: held[:number]})
        kept.append(attrs.evolve(changed, not_ready_addresses=()) if ready > MOST else changed)
    return tuple(kept)
