"""The binding cycle: from the decision for a node to the binding, by way of reserving, permits and pre-binding.

A step goes as far as it gets. What has to wait stands in the state as a `Placement` until its next step.
"""

from __future__ import annotations

import attrs

from ...objects import evolve
from ...values.frozen import FrozenMap
from .algorithm import Result, fit_message
from .attempts import SCHEDULED, Attempt
from .desk import Desk
from .events import ASSIGNED_POD_DELETE
from .following import move
from .framework import Code, CycleState, Framework, Status, answered, implements
from .placement import Placement, bind
from .queued import QueuedPod
from .rejection import reject
from .shapes import PodInfo

_POLL_SECONDS = 1.0
_LONGEST_WAIT = 900.0
_CANCELLED = "context canceled"


def assume(desk: Desk, queued: QueuedPod, framework: Framework, result: Result, decided: CycleState) -> None:
    """A pod has its node: count it there, reserve what it needs, and begin to bind it."""
    info, node = queued.info, result.node
    desk.snapshot.place(info, node, assumed=True)
    desk.nominations.remove(info.uid)
    placement = Placement(queued, node, result.findings(desk.snapshot.places))
    state = decided.decided(framework, node)
    refusal = _reserve(framework, placement, state)
    if refusal is None:
        waiting_for, refusal = _permit(desk, framework, placement, state)
        if waiting_for:
            placement = attrs.evolve(placement, waiting_for=FrozenMap(waiting_for))
    if refusal is not None:
        _undo(desk, placement, state, refusal)
        return
    _step(desk, placement, state)


def proceed(desk: Desk, placement: Placement) -> None:
    """Go on with a pod that had to wait."""
    _step(desk, placement, placement.state())


def _reserve(framework: Framework, placement: Placement, state: CycleState) -> Status | None:
    for plugin in framework.plugins["reserve"]:
        status = plugin.reserve(state, placement.queued.info, placement.node)
        if status is not None and answered(plugin, "reserve", status).code is not Code.SUCCESS:
            if not status.rejected:
                status = Status(Code.ERROR, f'running Reserve plugin "{plugin.name}": {status.message}')
            return Status(status.code, *status.reasons, plugin=plugin.name)
    return None


def _permit(
    desk: Desk, framework: Framework, placement: Placement, state: CycleState
) -> tuple[dict[str, tuple[float, float]], Status | None]:
    """Whom the pod has to wait for, and how long; or a refusal."""
    waiting_for: dict[str, tuple[float, float]] = {}
    for plugin in framework.plugins["permit"]:
        status, seconds = plugin.permit(state, placement.queued.info, placement.node)
        if status is None or answered(plugin, "permit", status).code is Code.SUCCESS:
            continue
        if status.rejected:
            return {}, Status(status.code, *status.reasons, plugin=plugin.name)
        if status.code is not Code.WAIT:
            return {}, Status(Code.ERROR, f'running Permit plugin "{plugin.name}": {status.message}')
        seconds = min(seconds, _LONGEST_WAIT)
        waiting_for[plugin.name] = (seconds, desk.clock() + seconds)
    for seconds, _ in waiting_for.values():
        desk.schedule("placement", placement.queued.info.uid, delay=seconds)
    return waiting_for, None


def _step(desk: Desk, placement: Placement, state: CycleState) -> None:
    """Go on with the binding cycle as far as it gets."""
    info = placement.queued.info
    framework = desk.profiles[info.pod.spec.scheduler_name]
    if not placement.entered:
        _nominate(desk, framework, placement, state)
    refusal = placement.refused
    if refusal is None and not placement.permitted:
        refusal = placement.overdue(desk.clock())
        if refusal is None:
            _wait(desk, placement, state)
            return
    if refusal is not None:
        _undo(desk, placement, state, refusal)
        return
    if not placement.interrupted:
        desk.queue.done(info.uid)
    failure, interrupted = _pre_bind(desk, framework, placement, state)
    if interrupted:
        _wait(desk, attrs.evolve(placement, interrupted=interrupted), state)
        return
    failure = failure or bind(framework, desk.extenders, placement, state)
    if failure is not None:
        _undo(desk, placement, state, failure, late=True)
        return
    if placement.entered:
        del desk.state.placements[info.uid]
    desk.state.attempts.append(Attempt(info.key, SCHEDULED, placement.node, None, "", desk.clock(), placement.found))
    note = f"Successfully assigned {info.key} to {placement.node}"
    desk.writer.event(info.pod, "Normal", "Scheduled", note, "Binding")
    for plugin in framework.plugins["post_bind"]:
        plugin.post_bind(state, info, placement.node)


def _nominate(desk: Desk, framework: Framework, placement: Placement, state: CycleState) -> None:
    """Show where the pod is going to be, if it will not be there at once."""
    info, node = placement.queued.info, placement.node
    works = any(implements(p, "has_work") and p.has_work(state, info, node) for p in framework.plugins["pre_bind"])
    if works or not placement.permitted:
        desk.writer.nominate(info.pod, node)


def _wait(desk: Desk, placement: Placement, state: CycleState) -> None:
    desk.state.placements[placement.queued.info.uid] = attrs.evolve(
        placement, entered=True, remembered=FrozenMap(state)
    )


def _pre_bind(desk: Desk, framework: Framework, placement: Placement, state: CycleState) -> tuple[Status | None, str]:
    """(why it failed, what is to be said if a plugin that has work under way is interrupted)."""
    info = placement.queued.info
    for plugin in framework.plugins["pre_bind"]:
        status: Status | None = plugin.pre_bind(state, info, placement.node)
        if status is None or answered(plugin, "pre_bind", status).code is Code.SUCCESS:
            continue
        running = f'running PreBind plugin "{plugin.name}"'
        if status.code is Code.WAIT:
            desk.schedule("placement", info.uid, delay=getattr(plugin, "poll_seconds", _POLL_SECONDS))
            return None, f"{running}: {getattr(plugin, 'cancelled', _CANCELLED)}"
        return (status if status.rejected else Status(Code.ERROR, f"{running}: {status.message}")), ""
    return None, ""


def _undo(desk: Desk, placement: Placement, state: CycleState, status: Status, *, late: bool = False) -> None:
    """The pod could not be bound after all: give back what was reserved and put it back into the queue.

    A refusal that comes `late`, when the binding has begun, is nobody's verdict about the node.
    """
    info, node = placement.queued.info, placement.node
    framework = desk.profiles[info.pod.spec.scheduler_name]
    desk.state.placements.pop(info.uid, None)
    for plugin in reversed(framework.plugins["reserve"]):
        if implements(plugin, "unreserve"):
            plugin.unreserve(state, info, node)
    desk.snapshot.remove(info.uid)
    result = Result()
    result.nominated = ""
    result.status = status
    if status.rejected and not late:
        result.status = Status(status.code, fit_message(1, dict.fromkeys(status.reasons, 1)))
        result.rejectors = [status.plugin] if status.plugin else []
    reject(desk, placement.queued, result)

    def other(pod: PodInfo) -> bool:
        return pod.uid != info.uid

    bound = evolve(info.pod, {"spec.node_name": node})
    move(desk, ASSIGNED_POD_DELETE, bound, None, other if status.rejected else None)
