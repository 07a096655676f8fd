"""The downward API: what a container is told of its pod and of its resources. Everything is pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

DEFAULTED = ("cpu", "memory", "ephemeral-storage")
"""The resources of which a container without a limit is told what its node has."""


def field_value(pod: Any, path: str, ip: str, host_ip: str) -> str:
    """What the downward API gives for a field of the pod."""
    name, bracket, key = path.partition("['")
    if bracket:
        values = pod.metadata.labels if name == "metadata.labels" else pod.metadata.annotations
        return str(values.get(key.removesuffix("']"), ""))
    if path in ("metadata.labels", "metadata.annotations"):
        return _listed(pod.metadata.labels if path == "metadata.labels" else pod.metadata.annotations)
    table = {
        "metadata.name": pod.metadata.name,
        "metadata.namespace": pod.metadata.namespace,
        "metadata.uid": pod.metadata.uid,
        "spec.nodeName": pod.spec.node_name,
        "spec.serviceAccountName": pod.spec.service_account_name,
        "status.hostIP": host_ip,
        "status.hostIPs": host_ip,
        "status.podIP": ip,
        "status.podIPs": ip,
    }
    return str(table.get(path) or "")


def _listed(values: Mapping[str, str]) -> str:
    """A map as a text: a line for each pair, in the order of the keys, the values quoted."""
    return "\n".join(f"{key}={json.dumps(values[key], ensure_ascii=False)}" for key in sorted(values))


def resource_value(pod: Any, container: Any, reference: Any, allocatable: Mapping[str, Any]) -> str:
    """What the downward API gives for a resource of a container: of the one that the reference names, or this one.

    A limit that is not set is what the pod as a whole may use, or what its node has.
    """
    named = reference.container_name
    if named:
        every = (*pod.spec.containers, *pod.spec.init_containers)
        container = next((each for each in every if each.name == named), container)
    where, _, name = reference.resource.partition(".")
    amounts = container.resources.requests if where == "requests" else container.resources.limits
    amount = amounts.get(name)
    if where == "limits" and name in DEFAULTED and (amount is None or not amount.nanos):
        whole = pod.spec.resources.limits if pod.spec.resources is not None else {}
        amount = whole.get(name) or allocatable.get(name)
    if amount is None:
        return "0"
    divisor = reference.divisor
    if name == "cpu":
        unit = divisor.milli_value() if divisor is not None and divisor.nanos else 1000
        return str(-(-amount.milli_value() // unit))
    unit = divisor.value() if divisor is not None and divisor.nanos else 1
    return str(-(-amount.value() // unit))
