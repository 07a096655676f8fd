"""How kubectl shows the kinds that people look at most: pods, workloads, services, nodes, events.

A printer gives the cells of one object in the order of the kind's columns. `plain_printers.py` has the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..values.durations import human_duration
from ..values.selectors import selector_of

Cells = list[Any]
NONE = "<none>"
UNKNOWN = "<unknown>"


def age(moment: Any, now: float) -> str:
    """How long ago, as kubectl writes it."""
    return UNKNOWN if moment is None else human_duration(max(0.0, int(now) - int(moment)))


def joined(values: Iterable[str]) -> str:
    return ",".join(values) or NONE


def labels_text(values: Mapping[str, str]) -> str:
    return joined(f"{key}={value}" for key, value in sorted(values.items()))


# Pods


def pod(obj: Any, now: float) -> Cells:
    """Ready, Status, Restarts and Age, with the same reading of the container states as kubectl's."""
    status, spec = obj.status, obj.spec
    by_name = {each.name: each for each in status.container_statuses}
    sidecars = [container for container in spec.init_containers if container.restart_policy == "Always"]
    init_by_name = {each.name: each for each in status.init_container_statuses}
    ready = sum(1 for each in by_name.values() if each.ready and each.state and each.state.running)
    ready += sum(1 for each in sidecars if init_by_name.get(each.name) and init_by_name[each.name].ready)
    total = len(spec.containers) + len(sidecars)
    nominated = status.nominated_node_name or NONE
    gates = _readiness_gates(obj)
    return [
        obj.metadata.name,
        f"{ready}/{total}",
        pod_status(obj),
        _restarts(obj, now),
        age(obj.metadata.creation_timestamp, now),
        status.pod_ip or NONE,
        spec.node_name or NONE,
        nominated,
        gates,
    ]


def _readiness_gates(obj: Any) -> str:
    gates = obj.spec.readiness_gates
    if not gates:
        return NONE
    true = {condition.type for condition in obj.status.conditions if condition.status == "True"}
    return f"{sum(1 for gate in gates if gate.condition_type in true)}/{len(gates)}"


def _restarts(obj: Any, now: float) -> str:
    count, last = 0, None
    initialising = pod_status(obj).startswith("Init:")
    sidecars = {each.name for each in obj.spec.init_containers if each.restart_policy == "Always"}
    for each in obj.status.init_container_statuses:
        if initialising or each.name in sidecars:
            count += each.restart_count
            last = _later(last, each)
    if not initialising:
        for each in obj.status.container_statuses:
            count += each.restart_count
            last = _later(last, each)
    return f"{count} ({age(last, now)} ago)" if count and last is not None else str(count)


def _later(moment: Any, status: Any) -> Any:
    ended = status.last_state.terminated if status.last_state else None
    finished = ended.finished_at if ended else None
    return finished if finished is not None and (moment is None or finished > moment) else moment


def pod_status(obj: Any) -> str:
    """The one word that kubectl shows for a pod's state."""
    status = obj.status
    reason = status.reason or status.phase or ""
    if any(c.type == "PodScheduled" and c.reason == "SchedulingGated" for c in status.conditions):
        reason = "SchedulingGated"
    waiting_for_init = _init_reason(obj)
    if waiting_for_init:
        reason = waiting_for_init
    else:
        reason = _container_reason(obj, reason)
    if obj.metadata.deletion_timestamp is not None:
        if status.reason == "NodeLost":
            return "Unknown"
        if status.phase not in ("Failed", "Succeeded"):
            return "Terminating"
    return reason


def _init_reason(obj: Any) -> str:
    restarts = {each.name: each.restart_policy == "Always" for each in obj.spec.init_containers}
    for index, each in enumerate(obj.status.init_container_statuses):
        state = each.state
        ended = state.terminated if state else None
        waiting = state.waiting if state else None
        if ended is not None and ended.exit_code == 0:
            continue
        if restarts.get(each.name) and each.started:
            continue
        if ended is not None:
            if ended.reason:
                return f"Init:{ended.reason}"
            return f"Init:Signal:{ended.signal}" if ended.signal else f"Init:ExitCode:{ended.exit_code}"
        if waiting is not None and waiting.reason and waiting.reason != "PodInitializing":
            return f"Init:{waiting.reason}"
        return f"Init:{index}/{len(obj.spec.init_containers)}"
    return ""


def _container_reason(obj: Any, reason: str) -> str:
    running = False
    for each in reversed(obj.status.container_statuses):
        state = each.state
        if state is None:
            continue
        if state.waiting is not None and state.waiting.reason:
            reason = state.waiting.reason
        elif state.terminated is not None:
            ended = state.terminated
            reason = ended.reason or (f"Signal:{ended.signal}" if ended.signal else f"ExitCode:{ended.exit_code}")
        elif each.ready and state.running is not None:
            running = True
    if reason == "Completed" and running:
        ready = any(c.type == "Ready" and c.status == "True" for c in obj.status.conditions)
        return "Running" if ready else "NotReady"
    return reason


# Workloads


def containers_of(template: Any) -> tuple[str, str]:
    containers = template.spec.containers
    return ",".join(each.name for each in containers), ",".join(each.image or "" for each in containers)


def deployment(obj: Any, now: float) -> Cells:
    names, images = containers_of(obj.spec.template)
    status = obj.status
    return [
        obj.metadata.name,
        f"{status.ready_replicas or 0}/{obj.spec.replicas or 0}",
        status.updated_replicas or 0,
        status.available_replicas or 0,
        age(obj.metadata.creation_timestamp, now),
        names,
        images,
        str(selector_of(obj.spec.selector)),
    ]


def replica_set(obj: Any, now: float) -> Cells:
    names, images = containers_of(obj.spec.template)
    return [
        obj.metadata.name,
        obj.spec.replicas or 0,
        obj.status.replicas or 0,
        obj.status.ready_replicas or 0,
        age(obj.metadata.creation_timestamp, now),
        names,
        images,
        str(selector_of(obj.spec.selector)),
    ]


# Everything else


def service(obj: Any, now: float) -> Cells:
    spec = obj.spec
    external = joined(spec.external_ips)
    if spec.type == "ExternalName":
        external = spec.external_name or NONE
    elif spec.type == "LoadBalancer":
        ingress = [each.ip or each.hostname or "" for each in obj.status.load_balancer.ingress]
        external = ",".join([*ingress, *spec.external_ips]) or "<pending>"
    ports = joined(
        f"{port.port}:{port.node_port}/{port.protocol}" if port.node_port else f"{port.port}/{port.protocol}"
        for port in spec.ports
    )
    cluster_ip = spec.cluster_ip or NONE
    return [
        obj.metadata.name,
        spec.type,
        cluster_ip,
        external,
        ports,
        age(obj.metadata.creation_timestamp, now),
        labels_text(spec.selector),
    ]


def node(obj: Any, now: float) -> Cells:
    ready = next((c.status for c in obj.status.conditions if c.type == "Ready"), "Unknown")
    words = ["Ready" if ready == "True" else "NotReady" if ready == "False" else "Unknown"]
    words = words if any(c.type == "Ready" for c in obj.status.conditions) else ["Unknown"]
    if obj.spec.unschedulable:
        words.append("SchedulingDisabled")
    roles = sorted(
        label.removeprefix("node-role.kubernetes.io/")
        for label in obj.metadata.labels
        if label.startswith("node-role.kubernetes.io/")
    )
    info = obj.status.node_info
    addresses = {each.type: each.address for each in reversed(obj.status.addresses)}
    return [
        obj.metadata.name,
        ",".join(words),
        joined(roles),
        age(obj.metadata.creation_timestamp, now),
        info.kubelet_version if info else "",
        addresses.get("InternalIP", NONE),
        addresses.get("ExternalIP", NONE),
        (info.os_image if info else "") or UNKNOWN,
        (info.kernel_version if info else "") or UNKNOWN,
        (info.container_runtime_version if info else "") or UNKNOWN,
    ]


def namespace(obj: Any, now: float) -> Cells:
    return [obj.metadata.name, obj.status.phase or "", age(obj.metadata.creation_timestamp, now)]


def event(obj: Any, now: float) -> Cells:
    involved = obj.involved_object
    first = obj.first_timestamp or _whole(obj.event_time)
    last = obj.last_timestamp or first
    if obj.series is not None:
        last = _whole(obj.series.last_observed_time) or last
    count = obj.series.count if obj.series is not None else obj.count or 1
    source = obj.source.component if obj.source else ""
    target = f"{(involved.kind or '').lower()}/{involved.name}" if involved.name else (involved.kind or "").lower()
    host = f", {obj.source.host}" if obj.source and obj.source.host else ""
    return [
        age(last, now),
        obj.type or "",
        obj.reason or "",
        target,
        involved.field_path or "",
        (source or obj.reporting_component or "") + host,
        (obj.message or "").strip(),
        age(first, now),
        count,
        obj.metadata.name,
    ]


def _whole(moment: Any) -> Any:
    return None if moment is None else int(moment) // 1_000_000


def config_map(obj: Any, now: float) -> Cells:
    return [obj.metadata.name, len(obj.data) + len(obj.binary_data), age(obj.metadata.creation_timestamp, now)]


def secret(obj: Any, now: float) -> Cells:
    return [obj.metadata.name, obj.type or "", len(obj.data), age(obj.metadata.creation_timestamp, now)]


def endpoints(obj: Any, now: float) -> Cells:
    shown: list[str] = []
    for subset in obj.subsets:
        for address in subset.addresses:
            shown += [f"{address.ip}:{port.port}" for port in subset.ports] or [address.ip]
    return [obj.metadata.name, some(shown), age(obj.metadata.creation_timestamp, now)]


def some(values: Sequence[str], limit: int = 3) -> str:
    if len(values) <= limit:
        return joined(values)
    return ",".join(values[:limit]) + f" + {len(values) - limit} more..."


def endpoint_slice(obj: Any, now: float) -> Cells:
    ports = some([str(port.port) if port.port is not None else "*" for port in obj.ports])
    if not obj.ports:
        ports = "<unset>"
    addresses = [address for endpoint in obj.endpoints for address in endpoint.addresses]
    shown = some(addresses) if addresses else "<unset>"
    return [obj.metadata.name, obj.address_type, ports, shown, age(obj.metadata.creation_timestamp, now)]


def lease(obj: Any, now: float) -> Cells:
    return [obj.metadata.name, obj.spec.holder_identity or "", age(obj.metadata.creation_timestamp, now)]


PRINTERS: Mapping[str, Callable[[Any, float], Cells]] = {
    "pods": pod,
    "deployments.apps": deployment,
    "replicasets.apps": replica_set,
    "services": service,
    "nodes": node,
    "namespaces": namespace,
    "events": event,
    "configmaps": config_map,
    "secrets": secret,
    "endpoints": endpoints,
    "endpointslices.discovery.k8s.io": endpoint_slice,
    "leases.coordination.k8s.io": lease,
}
