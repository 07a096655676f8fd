"""How kubectl shows pods: Ready, Status, Restarts and Age, with the same reading of the container states."""

from __future__ import annotations

from typing import Any

from ....objects.conditions import find_condition
from ....objects.pods import is_finished, is_ready
from ...cells import NONE, age


def pod_cells(obj: Any, now: float) -> list[Any]:
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
    scheduled = find_condition(status.conditions, "PodScheduled")
    if scheduled is not None and scheduled.reason == "SchedulingGated":
        reason = "SchedulingGated"
    waiting_for_init = _init_reason(obj)
    if waiting_for_init:
        reason = waiting_for_init
    else:
        reason = _container_reason(obj, reason)
    if obj.metadata.deletion_timestamp is not None:
        if status.reason == "NodeLost":
            return "Unknown"
        if not is_finished(obj):
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
        return "Running" if is_ready(obj) else "NotReady"
    return reason


ENDS = {
    "Succeeded": ("Succeeded", "The pod has completed successfully."),
    "Failed": ("Failed", "The pod failed."),
}


def pod_row(pod: Any) -> list[dict[str, str]]:
    """What a table says of the whole row of a Pod: whether it has ended."""
    if pod.status.phase not in ENDS:
        return []
    reason, message = ENDS[pod.status.phase]
    return [{"type": "Completed", "status": "True", "reason": reason, "message": message}]
