"""What becomes of a pod that could not be scheduled: the record, its place in the queue, its condition, the event."""

from __future__ import annotations

from .algorithm import Result
from .attempts import ERROR, UNSCHEDULABLE, Attempt
from .desk import Desk
from .queued import QueuedPod
from .shapes import PodInfo

_PREEMPTION_SECONDS = 0.01
"""How long evictions take, which go on beside the scheduling: that long the pod that preempts is not tried again."""
_RETRY_SECONDS = 1.0
"""How long they take if they fail: a client asks a server that is not available again after a second."""


def reject(desk: Desk, queued: QueuedPod, result: Result) -> None:
    """An attempt failed, for `result.status`."""
    info, status = queued.info, result.status
    assert status is not None
    outcome = UNSCHEDULABLE if status.rejected else ERROR
    found = result.findings(desk.snapshot.places)
    desk.state.attempts.append(Attempt(info.key, outcome, "", result.nominated, status.message, desk.clock(), found))
    current = desk.known(info.key)
    now = info
    if current is None or current.spec.node_name or current.metadata.uid != info.uid:
        desk.queue.done(info.uid)
    else:
        if current is not info.pod:
            now = PodInfo(current, info)
            queued = queued.but(info=now)
        held = bool(result.nominated)
        desk.queue.reject(queued, result.rejectors if status.rejected else (), held=held)
        if held:
            what, delay = ("activate", _RETRY_SECONDS) if result.refused else ("release", _PREEMPTION_SECONDS)
            desk.schedule(what, info.uid, delay=delay)
        if result.nominated is not None or current.status.nominated_node_name:
            desk.nominations.add(now, result.nominated)
    reason = "Unschedulable" if status.rejected else "SchedulerError"
    desk.writer.event(info.pod, "Warning", "FailedScheduling", status.message, "Scheduling")
    desk.writer.reject(now.pod, reason, status.message, result.nominated)
