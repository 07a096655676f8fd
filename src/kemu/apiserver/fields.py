"""Field selectors: which fields of which resource may be selected on, and how their values read.

`metadata.name` and `metadata.namespace` work everywhere; the table holds the rest, as in Kubernetes. A field that is
not listed is refused with the text of the real server.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from .. import errors
from ..values.selectors import FieldSelector
from .resources import Resource

SELECTABLE: dict[str, tuple[str, ...]] = {
    "pods": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.podIPs",
        "status.nominatedNodeName",
    ),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase",),
    "secrets": ("type",),
    "services": ("spec.clusterIP", "spec.type"),
    "replicationcontrollers": ("status.replicas",),
    "replicasets.apps": ("status.replicas",),
    "jobs.batch": ("status.successful",),
    "events": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    "events.events.k8s.io": (
        "regarding.kind",
        "regarding.namespace",
        "regarding.name",
        "regarding.uid",
        "regarding.apiVersion",
        "regarding.resourceVersion",
        "regarding.fieldPath",
        "reason",
        "reportingController",
        "source",
        "type",
    ),
    "certificatesigningrequests.certificates.k8s.io": ("spec.signerName",),
    "resourceslices.resource.k8s.io": ("spec.nodeName", "spec.driver"),
}


def _pod_ips(pod: Any) -> str:
    return ",".join(ip.ip for ip in pod.status.pod_ips)


def _event_source(event: Any) -> str:
    source = event.source if hasattr(event, "source") else event.deprecated_source
    return (source.component if source else None) or getattr(event, "reporting_component", "") or ""


READERS: dict[str, Callable[[Any], Any]] = {
    "spec.hostNetwork": lambda pod: bool(pod.spec.host_network),
    "spec.unschedulable": lambda node: bool(node.spec.unschedulable),
    "status.podIPs": _pod_ips,
    "status.replicas": lambda obj: obj.status.replicas or 0,
    "status.successful": lambda job: job.status.succeeded or 0,
    "source": _event_source,
}
"""Fields whose value is not simply what the object says there."""


def _attribute(path: str) -> Callable[[Any], Any]:
    letters = {"podIP": "pod_ip", "clusterIP": "cluster_ip"}
    names = [
        letters.get(part) or "".join("_" + c.lower() if c.isupper() else c for c in part) for part in path.split(".")
    ]
    return lambda obj: reduce(lambda at, name: getattr(at, name, None), names, obj)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def matcher(resource: Resource, selector: FieldSelector | None) -> Callable[[Any], bool] | None:
    """A test for one object, or None if everything matches. Raises BadRequest for a field that is not selectable."""
    if selector is None or not selector.requirements:
        return None
    known = SELECTABLE.get(resource.key, ())
    tests: list[tuple[Callable[[Any], Any], bool, str]] = []
    for field, operator, value in selector.requirements:
        if field not in ("metadata.name", "metadata.namespace") and field not in known:
            raise errors.BadRequest(unsupported(resource, field))
        tests.append((READERS.get(field) or _attribute(field), operator != "!=", value))
    return lambda obj: all((_text(read(obj)) == value) is wanted for read, wanted, value in tests)


def unsupported(resource: Resource, field: str) -> str:
    """The complaint about a field that this resource cannot be selected by."""
    if resource.key not in SELECTABLE:
        return f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"'
    if resource.key == "jobs.batch":
        return f'field label "{field}" not supported for Job'
    return f"field label not supported: {field}"
