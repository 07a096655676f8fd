"""Which pods stand behind a Service, and on which ports: what Endpoints and EndpointSlices have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..objects import core
from ..objects.pods import is_finished, is_ready
from .cache import Cache
from .indexes import BY_LABEL, BY_SELECTOR, selected, selecting, selector_in
from .wiring import key_of

INDEXES = ((core.Service, BY_SELECTOR), (core.Pod, BY_LABEL))
"""What looking for the pods of Services, and for the Services of pods, needs."""


def has_endpoints(service: Any) -> bool:
    """Whether there is anything to do for a Service: one that is only another name has no endpoints."""
    spec, going = service.spec, service.metadata.deletion_timestamp is not None
    return bool(spec.selector) and spec.type != "ExternalName" and not going


def services_of_pod(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """The Services that select a pod now, or selected it before, if its endpoint may have changed.

    O(labels, and the Services that ask for one of them).
    """
    if old is not None and new is not None and _endpoint_of(old) == _endpoint_of(new):
        return ()
    keys: dict[str, None] = {}
    same = old is not None and new is not None and old.metadata.labels == new.metadata.labels
    for pod in (new,) if same else (old, new):
        if pod is not None:
            keys |= dict.fromkeys(map(key_of, selecting(cache, core.Service, pod)))
    return tuple(keys)


def _endpoint_of(pod: Any) -> tuple[Any, ...]:
    """All of a pod that endpoints show, or are chosen by."""
    metadata, spec, status = pod.metadata, pod.spec, pod.status
    return (
        metadata.labels,
        metadata.deletion_timestamp is None,
        spec.node_name,
        spec.hostname,
        spec.subdomain,
        status.pod_ip,
        status.pod_ips,
        is_finished(pod),
        is_ready(pod),
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


def hostname_of(pod: Any, service: Any) -> str | None:
    """The name under which the pod can be found within a headless Service."""
    same = pod.spec.subdomain == service.metadata.name and pod.metadata.namespace == service.metadata.namespace
    return pod.spec.hostname if pod.spec.hostname and same else None
