"""Probes and hooks: how a kubelet asks a container how it is.

A probe runs every `periodSeconds`, counts successes and failures, and changes what the container is said to be once a
threshold is reached. Startup holds the other two back until it has succeeded once.

A probe that has passed and cannot but pass until a known moment says nothing new until then: it is not run before, and
never again if there is no such moment. Of one that fails each failure is an event.
"""

from __future__ import annotations

from math import ceil, floor, inf
from typing import TYPE_CHECKING, Any

import attrs

from ...clock import exact
from ...containers import pages
from ...containers.calls import Call
from ...runtime_fake import RuntimeRefused
from ...values.evolving import evolved
from ...values.frozen import FrozenMap
from .answering import answered
from .worker import SYNCING, ProbeState, Slot, Worker

if TYPE_CHECKING:
    from .fleet import Kubelets


TICK_LEAD = 0.02
"""Seconds that a tick comes before what its kubelet does at the same moment, such as to start a container."""


@attrs.frozen
class Answer:
    """What came of a probe's or hook's action: whether it passed (None: it could not be carried out, so that nobody
    knows), what it said, how many seconds it took, and for how many more it could not come to anything else (0 where
    nobody can know)."""

    passed: bool | None
    output: str = ""
    seconds: float = 0.0
    steady: float = 0.0
    code: int = 0
    """The exit code of a command."""
    answered: bool = False
    """Whether somebody has answered over HTTP, whatever it was."""


KINDS = ("startup_probe", "liveness_probe", "readiness_probe")
INITIALLY = {"startup_probe": None, "liveness_probe": True, "readiness_probe": False}
"""What a probe counts as before it has said anything."""

TITLES = {"startup_probe": "Startup", "liveness_probe": "Liveness", "readiness_probe": "Readiness"}


def begin(kubelets: Kubelets, worker: Worker, container: Any, kind: str) -> Worker:
    """Start probing a container that has just started.

    A probe ticks from the moment on at which the volumes of its pod were mounted, whatever the container does
    meanwhile, and from that of the last prompt. Ticks before the container has run for `initialDelaySeconds` mean
    nothing.
    """
    probe = getattr(container, kind)
    first = worker.slot(container.name).ticks.get(kind, worker.mounted)
    return _tick(kubelets, worker, container.name, kind, first, probe, _probed_from(kubelets, worker, container, probe))


def _probed_from(kubelets: Kubelets, worker: Worker, container: Any, probe: Any) -> float:
    """When a container may first be probed. That it has started counts in whole seconds of the clock."""
    current = kubelets.runtime.container(worker.slot(container.name).container)
    started = 0.0 if current is None or current.started_at is None else current.started_at
    epoch = kubelets.unix - kubelets.now
    return exact(floor(exact(started + epoch)) - epoch + float(probe.initial_delay_seconds or 0))


def _tick(
    kubelets: Kubelets, worker: Worker, name: str, kind: str, last: float, probe: Any, earliest: float = 0.0
) -> Worker:
    """Have a probe run at its next tick, so many periods after the `last` one."""
    period = float(probe.period_seconds or 10)
    periods = max(floor((kubelets.now - last) / period + 1e-9) + 1, ceil((earliest - last) / period - 1e-9))
    return _run_at(kubelets, worker, name, kind, exact(last + periods * period))


def _run_at(kubelets: Kubelets, worker: Worker, name: str, kind: str, moment: float) -> Worker:
    slot = worker.slot(name)
    kubelets.loop.schedule_at("kubelet", ("probe", worker.uid, name, kind, slot.container), moment)
    return worker.with_slot(name, evolved(slot, ticks=FrozenMap({**slot.ticks, kind: moment})))


def prompt(kubelets: Kubelets, worker: Worker) -> Worker:
    """Probe readiness at once wherever a sync finds a container that is not ready, and count its ticks from then on.

    That a probe has met a new attempt is itself a result, for which the pod is synced when its kubelet next asks the
    runtime; and once more the time after, if there were several, since the first result is in work by then.
    """
    met = 0
    for container in (*worker.pod.spec.containers, *worker.pod.spec.init_containers):
        if not _is_unready(kubelets, worker, container):
            continue
        slot = worker.slot(container.name)
        met += slot.asked != slot.container
        item = ("probe", worker.uid, container.name, "readiness_probe", slot.container, True)
        kubelets.loop.schedule("kubelet", item)
        slot = evolved(slot, prompted=kubelets.now, asked=slot.container)
        worker = worker.with_slot(container.name, slot)
    for times in range(min(met, 2)):
        kubelets.relist(worker, times)
    return worker


def _is_unready(kubelets: Kubelets, worker: Worker, container: Any) -> bool:
    """Whether a container runs whose readiness its pod waits for, and whose attempt was not asked just now."""
    slot = worker.slot(container.name)
    if container.readiness_probe is None or not slot.started or slot.ready:
        return False
    if slot.prompted == kubelets.now and slot.asked == slot.container:
        return False
    return kubelets.runs(worker, container.name)


def resume(kubelets: Kubelets, worker: Worker, name: str, *, later: bool = False) -> Worker:
    """The readiness of a container may be another one from now on: it is asked at its next tick, if it was left out.

    `later` says that a tick of this very moment is over.
    """
    container, slot = worker.container(name), worker.slot(name)
    last = slot.ticks.get("readiness_probe")
    if container is None or last is None:
        return worker
    period = float(container.readiness_probe.period_seconds or 10)
    passed = (kubelets.now - last) / period
    moment = exact(last + (floor(passed + 1e-9) + 1 if later and passed >= 0 else ceil(passed - 1e-9)) * period)
    return worker if moment == last else _run_at(kubelets, worker, name, "readiness_probe", moment)


def ended(kubelets: Kubelets, worker: Worker, name: str) -> None:
    """A container has ended: its probes find it so at their first tick after its kubelet has."""
    container, slot = worker.container(name), worker.slot(name)
    for kind in KINDS:
        probe = getattr(container, kind, None)
        last = slot.ticks.get(kind)
        if probe is None or last is None:
            continue
        period, seen = float(probe.period_seconds or 10), kubelets.relist_of(worker)
        moment = exact(last + ceil((seen - last) / period - 1e-9) * period)
        kubelets.loop.schedule_at("kubelet", ("unprobed", worker.uid, name, kind, slot.container), moment)


def gone(kubelets: Kubelets, worker: Worker, name: str, kind: str, probed: str) -> Worker:
    """A probe finds that its container has ended: that is a failure, and where it is news, the pod is synced."""
    slot, current = worker.slot(name), kubelets.current(worker, name)
    if slot.container != probed or current is None or current.state != "exited" or worker.phase != SYNCING:
        return worker
    state = slot.probes.get(kind) or ProbeState()
    if _known(state, kind) is not False:
        kubelets.queue(worker)
    failed = evolved(state, result=False)
    return worker.with_slot(name, evolved(slot, probes=FrozenMap({**slot.probes, kind: failed})))


def run(kubelets: Kubelets, worker: Worker, name: str, kind: str, probed: str, prompted: bool = False) -> Worker:
    """One probe of one container, at its tick or because it was prompted; the worker with what was learnt.

    `probed` is the id of the attempt that is asked: what was scheduled for an earlier one means nothing.
    """
    slot = worker.slot(name)
    current = kubelets.runtime.container(slot.container) if slot.container else None
    container = worker.container(name)
    if slot.container != probed or current is None or current.state != "running" or container is None:
        return worker
    if worker.phase != "syncing" and kind != "readiness_probe":
        return worker
    if not prompted and slot.ticks.get(kind, 0.0) > kubelets.now:
        return worker  # a prompt has moved its ticks
    probe = getattr(container, kind)
    if kind == "startup_probe" and slot.started:
        return _met(kubelets, worker, container, probe) if slot.carried else worker
    waits = slot.failed_probe or (kind != "startup_probe" and not slot.started)
    if waits or kubelets.now < _probed_from(kubelets, worker, container, probe):
        return _tick(kubelets, worker, name, kind, kubelets.now, probe)
    ago = 0.0 if slot.prompted is not None and kind == "readiness_probe" else TICK_LEAD
    answer = attempt(kubelets, worker, container, probe, float(probe.timeout_seconds or 1), ago)
    if slot.declared_unready and kind == "readiness_probe":
        answer = Answer(False, "declared unready")
    pause = _pause(slot.probes.get(kind), answer, float(probe.period_seconds or 10))
    if pause != inf:
        worker = _run_at(kubelets, worker, name, kind, exact(kubelets.now + pause))
    if answer.seconds > 0:
        item = ("probed", worker.uid, name, kind, probed, answer.passed, answer.output)
        kubelets.loop.schedule("kubelet", item, delay=answer.seconds)
        return worker
    return result(kubelets, worker, name, kind, probed, answer.passed, answer.output)


def _met(kubelets: Kubelets, worker: Worker, container: Any, probe: Any) -> Worker:
    """A startup probe meets an attempt that passed for started because the one before it was: it no longer does."""
    slot = evolved(worker.slot(container.name), carried=False, started=False, ready=False)
    kubelets.queue(worker)
    return _tick(kubelets, worker.with_slot(container.name, slot), container.name, "startup_probe", kubelets.now, probe)


def _pause(state: ProbeState | None, answer: Answer, period: float) -> float:
    """Seconds until a probe may next say anything new: its period, or as many of them as it cannot but pass."""
    if not answer.passed or answer.steady <= period or state is None or not state.result:
        return period
    return inf if answer.steady == inf else floor(answer.steady / period) * period or period


def result(
    kubelets: Kubelets, worker: Worker, name: str, kind: str, probed: str, passed: bool | None, output: str
) -> Worker:
    """Count one probe's result, and act once a threshold is reached. An unknown one counts for nothing."""
    slot = worker.slot(name)
    container = worker.container(name)
    if slot.container != probed or container is None:
        return worker
    if passed is None:
        text = f"{TITLES[kind]} probe errored and resulted in unknown state: {output}"
        kubelets.event(worker, "Warning", "Unhealthy", text, name)
        return worker
    probe = getattr(container, kind)
    state = slot.probes.get(kind) or ProbeState()
    if passed:
        state = evolved(state, successes=state.successes + 1, failures=0)
    else:
        state = evolved(state, successes=0, failures=state.failures + 1)
        kubelets.event(worker, "Warning", "Unhealthy", f"{TITLES[kind]} probe failed: {output}", name)
    reached = state.successes >= (probe.success_threshold or 1) or state.failures >= (probe.failure_threshold or 3)
    verdict = passed if reached else _known(state, kind)
    changed = verdict != _known(state, kind)
    state = evolved(state, result=verdict)
    if reached and not passed and kind in ("startup_probe", "liveness_probe"):
        state = ProbeState(result=False)
    slot = evolved(slot, probes=FrozenMap({**slot.probes, kind: state}))
    worker = worker.with_slot(name, slot)
    if kind in ("startup_probe", "liveness_probe") and reached and not passed:
        kubelets.queue(worker)
        return worker.with_slot(name, evolved(slot, failed_probe=kind.removesuffix("_probe")))
    if changed:
        worker = worker.with_slot(name, _verdict(container, slot, kind, bool(verdict)))
        kubelets.queue(worker)
    return worker


def _known(state: ProbeState, kind: str) -> bool | None:
    """What a probe has found out, or counts as before it has."""
    return INITIALLY[kind] if state.result is None else state.result


def _verdict(container: Any, slot: Slot, kind: str, passed: bool) -> Slot:
    if kind == "startup_probe":
        return evolved(slot, started=passed, ready=passed and container.readiness_probe is None)
    if kind == "readiness_probe":
        return evolved(slot, ready=passed)
    return slot


def attempt(
    kubelets: Kubelets, worker: Worker, container: Any, action: Any, timeout: float, ago: float = 0.0
) -> Answer:
    """Run a probe's or hook's action, so many seconds before what else happens now."""
    slot = worker.slot(container.name)
    exec_action = action._exec
    if exec_action is not None:
        try:
            found = kubelets.runtime.exec(slot.container, tuple(exec_action.command), timeout, ago=ago)
        except RuntimeRefused as refusal:
            return Answer(False, str(refusal))
        if found.seconds >= timeout and timeout != inf:
            text = f'command timed out: "{" ".join(exec_action.command)}" timed out after {timeout:g}s'
            return Answer(False, text, timeout)
        if found.refused:
            return Answer(None, found.output)
        return Answer(found.exit_code == 0, found.output, found.seconds, found.steady, code=found.exit_code)
    if getattr(action, "sleep", None) is not None:
        return Answer(True, seconds=float(action.sleep.seconds))
    return _network(kubelets, worker, container, action, timeout)


def _network(kubelets: Kubelets, worker: Worker, container: Any, action: Any, timeout: float) -> Answer:
    get = action.http_get
    target = get or action.tcp_socket or getattr(action, "grpc", None)
    if target is None:
        return Answer(True)
    port = _port(container, target.port)
    if port is None:
        return Answer(None, f'strconv.Atoi: parsing "{target.port}": invalid syntax')
    if getattr(target, "host", None):
        return _elsewhere(kubelets, worker, target, port)
    current = kubelets.runtime.container(worker.slot(container.name).container)
    if current is None or not kubelets.runtime.listens(current, port):
        where = f"{worker.ip}:{port}"
        refused = f"dial tcp {where}: connect: connection refused"
        if get is not None:
            scheme = (get.scheme or "HTTP").lower()
            return Answer(False, f'Get "{scheme}://{where}{get.path or "/"}": {refused}')
        return Answer(False, refused)
    if get is not None and current.script.program:
        path = get.path or "/"
        found = answered(kubelets, worker, current, port, Call(path, worker.ip, patience=timeout))
        return Answer(False, f'Get "{path}": {found}') if isinstance(found, str) else _judged(found[0])
    ran = exact(kubelets.now - (current.started_at or 0.0))
    # what a script declares holds until it says otherwise
    steady = current.script.steady_after(ran) if current.machine is None else 0.0
    code = current.script.http_status_after(ran)
    if get is not None and pages.is_gone(current, get.path or "/"):
        code = 404
    return Answer(True, steady=steady) if get is None else _judged(code, steady)


def _judged(code: int, steady: float = 0.0) -> Answer:
    """What an HTTP status says of a container."""
    if not 200 <= code < 400:
        return Answer(False, f"HTTP probe failed with statuscode: {code}", steady=steady, answered=True)
    return Answer(True, steady=steady)


def _elsewhere(kubelets: Kubelets, worker: Worker, target: Any, port: int) -> Answer:
    """Ask what listens somewhere else than in the pod."""
    path = getattr(target, "path", None)
    namespace = worker.pod.metadata.namespace
    found = kubelets.network.fetch(target.host, port, "" if path is None else path or "/", namespace, worker.ip)
    if isinstance(found, str):
        return Answer(False, found)
    return _judged(found[0])


def _port(container: Any, port: int | str) -> int | None:
    """The number of a port that is given by it, or by the name under which the container has it; None for neither."""
    if isinstance(port, int):
        return port
    named = next((each.container_port for each in container.ports if each.name == port), None)
    return int(port) if named is None and port.isdecimal() else named
