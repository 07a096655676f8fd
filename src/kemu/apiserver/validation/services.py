"""Rules for Services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...values import names
from ..failures import FieldError, duplicate, invalid_value, not_supported, required
from .metadata import labels
from .pods import PORT, PROTOCOLS

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
AFFINITIES = ("ClientIP", "None")


def service_created(service: Any) -> Iterator[FieldError]:
    """What may be wrong with a Service."""
    spec = service.spec
    headless = spec.cluster_ip == "None"
    if not spec.ports and not headless and spec.type != "ExternalName":
        yield required("spec.ports")
    if spec.type == "ExternalName":
        if not spec.external_name:
            yield required("spec.externalName")
        else:
            for text in names.is_dns1123_subdomain(spec.external_name.removesuffix(".")):
                yield invalid_value("spec.externalName", spec.external_name, text)
    seen_names: dict[str, None] = {}
    for index, port in enumerate(spec.ports):
        yield from _port(port, f"spec.ports[{index}]", len(spec.ports) > 1, seen_names)
    yield from labels(spec.selector, "spec.selector")
    if spec.session_affinity not in AFFINITIES:
        yield (
            not_supported("spec.sessionAffinity", spec.session_affinity, AFFINITIES)
            if spec.session_affinity
            else required("spec.sessionAffinity")
        )
    if spec.type not in TYPES:
        yield not_supported("spec.type", spec.type, TYPES) if spec.type else required("spec.type")
    taken: dict[tuple[Any, Any], None] = {}
    for index, port in enumerate(spec.ports):
        key = (port.protocol, port.port)
        if key in taken:
            yield duplicate(f"spec.ports[{index}]", port)
        taken[key] = None


def _port(port: Any, where: str, must_be_named: bool, seen: dict[str, None]) -> Iterator[FieldError]:
    if must_be_named and not port.name:
        yield required(f"{where}.name")
    elif port.name:
        for text in names.is_dns1123_label(port.name):
            yield invalid_value(f"{where}.name", port.name, text)
        if port.name in seen:
            yield duplicate(f"{where}.name", port.name)
        seen[port.name] = None
    if not 1 <= (port.port or 0) <= 65535:
        yield invalid_value(f"{where}.port", port.port or 0, PORT)
    if not port.protocol:
        yield required(f"{where}.protocol")
    elif port.protocol not in PROTOCOLS:
        yield not_supported(f"{where}.protocol", port.protocol, PROTOCOLS)
    target = port.target_port
    if isinstance(target, int):
        if not 1 <= target <= 65535:
            yield invalid_value(f"{where}.targetPort", target, PORT)
    elif target:
        for text in names.is_valid_port_name(target):
            yield invalid_value(f"{where}.targetPort", target, text)


def service_updated(new: Any, old: Any) -> Iterator[FieldError]:
    """What may be wrong with a changed Service: its first cluster IP stays while its type needs one."""
    before, after = old.spec, new.spec
    if before.type != "ExternalName" and after.type != "ExternalName" and before.cluster_ip != after.cluster_ip:
        yield invalid_value("spec.clusterIPs[0]", list(after.cluster_ips), "may not change once set")
    yield from service_created(new)
