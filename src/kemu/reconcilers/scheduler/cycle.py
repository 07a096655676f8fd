"""The scheduling cycle: one attempt to find a node for one pod."""

from __future__ import annotations

from functools import partial

import attrs

from . import algorithm
from .advised import decide
from .algorithm import Result
from .batching import MAX_NODES, NO_BATCH, Batching
from .binding import assume
from .desk import Desk
from .framework import CycleState, Framework
from .queued import QueuedPod
from .rejection import reject
from .shapes import PodInfo


def attempt(desk: Desk, queued: QueuedPod) -> None:
    """Try one pod: it gets a node, or is put back into the queue."""
    info = queued.info
    pod, uid = info.pod, info.uid
    if pod.metadata.deletion_timestamp is not None:
        note = f"skip schedule deleting pod: {info.key}"
        desk.writer.event(pod, "Warning", "FailedScheduling", note, "Scheduling")
        desk.queue.done(uid)
        return
    if desk.snapshot.is_assumed(uid):
        desk.queue.done(uid)
        return
    desk.state.drawing = (info.key, queued.attempts + 1, 0)
    framework = desk.profiles[pod.spec.scheduler_name]
    state = CycleState()
    result = _evaluate(desk, framework, info, state)
    if result.node:
        assume(desk, queued, framework, result, state)
        return
    if result.status is None:
        algorithm.post_filter(framework, info, state, result, len(desk.snapshot))
    elif result.nominated is None:
        result.nominated = ""
    reject(desk, queued, result)


def _evaluate(desk: Desk, framework: Framework, info: PodInfo, state: CycleState) -> Result:
    batching = desk.wiring.batching[framework.name]
    if batching.possible and len(desk.snapshot) <= MAX_NODES:
        return _evaluate_batched(desk, framework, batching, info, state)
    percentage, search = desk.wiring.percentage(framework), desk.state.search
    ledger = desk.ledgers.find(framework, info)
    if ledger is not None:
        return decide(ledger, info, search, state, percentage=percentage, ties=desk.ties)
    return algorithm.evaluate(framework, info, desk.snapshot, search, state, percentage=percentage, ties=desk.ties)


def _evaluate_batched(desk: Desk, framework: Framework, batching: Batching, info: PodInfo, state: CycleState) -> Result:
    """An attempt that may be proposed a node which an identical pod left over, and leaves some over itself."""
    name, batches = framework.name, desk.state.batches
    signature, cycle, now = batching.sign(info), desk.state.queue.cycle, desk.clock()
    batch = batches.get(name, NO_BATCH)
    proposed = partial(_propose, desk, framework, info) if batching.usable(batch, signature, cycle, now) else None
    result = algorithm.evaluate(
        framework,
        info,
        desk.snapshot,
        desk.state.search,
        state,
        percentage=desk.wiring.percentage(framework),
        ties=desk.ties,
        hint=proposed,
    )
    if result.node:
        batches[name] = batching.after(batches.get(name, NO_BATCH), signature, result, cycle, now)
    return result


def _propose(desk: Desk, framework: Framework, info: PodInfo, prepared: CycleState) -> str:
    """The best node of those left over, which is taken off them; "" if the one that was chosen last has room yet."""
    batches, name = desk.state.batches, framework.name
    batch = batches[name]
    if not desk.wiring.batching[name].full(batch, info, prepared):
        return ""
    batches[name] = attrs.evolve(batch, nodes=batch.nodes[1:])
    return batch.nodes[0]
