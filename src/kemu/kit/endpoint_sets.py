"""Which pods stand behind a Service, and on which ports: what Endpoints and EndpointSlices have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..objects import core
from ..values.selectors import selector_of_map
from .cache import Cache
from .wiring import key_of


def services_of_pod(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """The Services that select a pod now, or selected it before."""
    keys: dict[str, None] = {}
    for pod in (old, new):
        if pod is None:
            continue
        for service in cache.list(core.Service, pod.metadata.namespace):
            if service.spec.selector and selector_of_map(service.spec.selector).matches(pod.metadata.labels):
                keys[key_of(service)] = None
    return tuple(keys)


def pods_behind(cache: Cache, service: Any) -> list[Any]:
    """The pods that a Service selects and that have an address and have not ended."""
    selector = selector_of_map(service.spec.selector)
    return [
        pod
        for pod in cache.list(core.Pod, service.metadata.namespace)
        if selector.matches(pod.metadata.labels)
        and pod.status.pod_ip
        and pod.status.phase not in ("Succeeded", "Failed")
    ]


def is_ready(pod: Any) -> bool:
    """Whether the pod's Ready condition is true."""
    return any(condition.type == "Ready" and condition.status == "True" for condition in pod.status.conditions)


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


def hostname_of(pod: Any, service: Any) -> str | None:
    """The name under which the pod can be found within a headless Service."""
    same = pod.spec.subdomain == service.metadata.name and pod.metadata.namespace == service.metadata.namespace
    return pod.spec.hostname if pod.spec.hostname and same else None
