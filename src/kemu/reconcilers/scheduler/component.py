"""The scheduler as a component of the cluster: it follows its cache, and each unit of work is one pod's attempt.

Imitates  kube-scheduler of Kubernetes 1.36
Wakes on  Pod, Node, and what the enabled plugins wait for (volumes, claims, classes, device claims, namespaces)
Writes    bindings, Pod status (PodScheduled, nominatedNodeName), evictions, PersistentVolume, PersistentVolumeClaim,
          events
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ...entropy import Entropy
from ...errors import UsageError
from ...kit import Cache, Client, EventRecorder
from ...loop import Loop
from ...objects import Node, Pod, evolve
from . import algorithm, config
from .algorithm import Result, Search
from .attempts import ERROR, SCHEDULED, UNSCHEDULABLE, Attempt, Attempts
from .batching import MAX_NODES, Batch
from .events import ASSIGNED_POD_ADD, ASSIGNED_POD_DELETE, NODE, Action, ClusterEvent, node_events, pod_events
from .explain import Explanation, ReadOnlyWriter, WhatIf, answers, explain, what_if
from .extenders import Extender
from .framework import POINTS, Code, CycleState, Framework, Handle, Status, implements
from .ledgers import Ledgers
from .nodes import Snapshot
from .nominations import Nominations
from .placement import CONTEXT_KINDS, EVENT_KINDS, CacheListers, Placement, bind, type_of
from .plugins import REGISTRY
from .queue import FLUSH_PERIOD, UNSCHEDULABLE_TIMEOUT, QueuedPod, SchedulingQueue
from .shapes import PodInfo
from .ties import Ties
from .volumes import AssumedVolumes
from .writer import Writer

NAME = "kube-scheduler"
_POLL_SECONDS = 1.0
_LONGEST_WAIT = 900.0
_PREEMPTION_SECONDS = 0.01
"""How long evictions take, which go on beside the scheduling: that long the pod that preempts is not tried again."""
_RETRY_SECONDS = 1.0
"""How long they take if they fail: a client asks a server that is not available again after a second."""
_CANCELLED = "context canceled"


def _visible(pod: Any | None) -> Any | None:
    """The scheduler does not see pods that have finished."""
    return None if pod is None or pod.status.phase in ("Succeeded", "Failed") else pod


class Scheduler:
    """Attached to the loop as `kube-scheduler`. `config` is a KubeSchedulerConfiguration (dict, YAML or path).

    Raises UsageError for a configuration that kube-scheduler would refuse.
    """

    def __init__(
        self,
        *,
        client: Client,
        cache: Cache,
        recorder: EventRecorder,
        loop: Loop,
        entropy: Entropy,
        ties: str = "random",
        config: Mapping[str, Any] | str | Path | None = None,
        extenders: Sequence[Extender] = (),
        _like: Scheduler | None = None,
    ) -> None:
        self.client, self.cache, self.loop, self.entropy = client, cache, loop, entropy
        self.recorder = recorder
        self.ties = Ties(self._below, steady=ties == "heap")
        self._drawing = ("", 0, 0)
        """Whose attempt chance is drawn for, the number of that attempt, and how many draws it has had."""
        self._source = config
        self._extenders = tuple(extenders)
        self._custom: list[tuple[Any, tuple[str, ...]]] = [] if _like is None else list(_like._custom)
        self.listers = CacheListers(cache)
        if _like is None:
            self.snapshot, self.search = Snapshot(), Search()
            self.nominations = Nominations(self.snapshot.touch)
            volumes = AssumedVolumes(self.listers)
            self.writer = Writer(client, recorder, volumes)
            self.attempts = Attempts()
        else:
            self.snapshot = _like.snapshot.fork()
            self.nominations = _like.nominations.fork(self.snapshot.touch)
            self.search = Search(_like.search.start)
            self.writer = _like.writer.fork(client, recorder, _like.writer.volumes.fork(self.listers))
            self.attempts = Attempts(_like.attempts)
        self._build()
        self._working = self._backing_off = self._flushing = False
        self._placements: dict[str, Placement] = {}
        if _like is None:
            configuration = self.configuration
            self.queue = SchedulingQueue(
                self.profiles,
                self._now,
                initial_backoff=configuration.initial_backoff,
                max_backoff=configuration.max_backoff,
            )
        else:
            self.queue = _like.queue.fork(self.profiles, self._now)
            self._working, self._backing_off = _like._working, _like._backing_off
            self._flushing = _like._flushing
            for name, batch in _like.batches.items():
                self.batches[name].copy_from(batch)
            for uid, placement in _like._placements.items():
                queued = self.queue.find(uid) or placement.queued.copy()
                self._placements[uid] = placement.fork(queued)
        loop.attach(NAME, self)
        self._subscribe()

    def fork(self, *, client: Client, cache: Cache, recorder: EventRecorder, loop: Loop, entropy: Entropy) -> Scheduler:
        """The scheduler of a forked cluster: it goes on exactly as this one would."""
        return Scheduler(
            client=client,
            cache=cache,
            recorder=recorder,
            loop=loop,
            entropy=entropy,
            ties="heap" if self.ties.steady else "random",
            config=self._source,
            extenders=self._extenders,
            _like=self,
        )

    def _build(self) -> None:
        self.configuration = config.Configuration(self._source)
        self.profiles = self._frameworks(self.snapshot, self.nominations, self.writer, self._below, self._turn_back)
        self._remember()

    def _remember(self) -> None:
        """Start with nothing remembered between attempts."""
        self.ledgers = Ledgers(self.profiles, self.snapshot, self.nominations)
        self.batches = {name: Batch(framework, self.listers) for name, framework in self.profiles.items()}

    def _frameworks(
        self,
        snapshot: Snapshot,
        nominations: Nominations,
        writer: Any,
        below: Callable[[int], int],
        turn_back: Callable[[str, str], bool],
    ) -> dict[str, Framework]:
        """The profiles with their plugins, working on a snapshot."""
        found: dict[str, Framework] = {}
        for profile in self.configuration.profiles:
            handle = Handle(snapshot, self.listers)
            handle.nominated = nominations.on
            handle.extenders = self._extenders
            handle.writer = writer
            handle.below = below
            handle.now = self._unix
            handle.turn_back = turn_back
            found[profile.name] = config.build(profile, REGISTRY, handle)
        for plugin, names in self._custom:
            self._install(found, plugin, names)
        return found

    # -- questions

    def explain(self, pod: Any) -> Explanation:
        """Why a pod ("namespace/name" or a Pod) is where it is, or nowhere; node by node.

        For a pod that has been scheduled: its last attempt, as long as that is remembered. Otherwise the pod is
        tried on a copy of the cluster as it is now. Raises UsageError for a pod that the scheduler does not know.
        """
        key = pod if isinstance(pod, str) else f"{pod.metadata.namespace}/{pod.metadata.name}"
        known = self.listers.get("Pod", key)
        if known is None:
            raise UsageError(f"the scheduler knows no pod {key!r}")
        if known.spec.node_name:
            attempt = next((a for a in reversed(self.attempts) if a.pod == key and a.node), None)
            if attempt is None:
                return Explanation(key, SCHEDULED, known.spec.node_name, "bound without this scheduler", ())
            return Explanation(key, SCHEDULED, attempt.node, "", answers(attempt.result, self.snapshot.order))
        profiles, snapshot = self._copy()
        if known.spec.scheduler_name not in profiles:
            raise UsageError(f"pod {key!r} is left to another scheduler: {known.spec.scheduler_name!r}")
        return explain(profiles[known.spec.scheduler_name], snapshot, snapshot.info(known))

    def what_if(self, pods: Iterable[Any]) -> list[WhatIf]:
        """Where these pods (Pod objects) would go if they were created now, one after the other. Changes nothing."""
        profiles, snapshot = self._copy()
        default = next(iter(profiles))
        found = []
        for index, pod in enumerate(pods):
            changes: dict[str, Any] = {"metadata.uid": f"what-if-{index}"}
            if not pod.metadata.namespace:
                changes["metadata.namespace"] = "default"
            if not pod.spec.scheduler_name:
                changes["spec.scheduler_name"] = default
            elif pod.spec.scheduler_name not in profiles:
                raise UsageError(f"there is no scheduler profile {pod.spec.scheduler_name!r}")
            found.append(evolve(pod, changes))
        return what_if(profiles, snapshot, found)

    def _copy(self) -> tuple[dict[str, Framework], Snapshot]:
        snapshot = self.snapshot.fork()
        nominations = self.nominations.fork(snapshot.touch)
        writer = ReadOnlyWriter(self.writer.volumes.fork(self.listers))
        return self._frameworks(snapshot, nominations, writer, lambda limit: 0, lambda uid, plugin: False), snapshot

    def _now(self) -> float:
        return self.loop.clock.now

    def _unix(self) -> float:
        return self.loop.clock.unix

    def _below(self, limit: int) -> int:
        if limit <= 1:
            return 0
        pod, attempt, count = self._drawing
        self._drawing = (pod, attempt, count + 1)
        return self.entropy.below(limit, "tie", pod, attempt, count)

    # -- custom plugins

    def register(self, plugin: Any, *, profiles: Iterable[str] | None = None) -> None:
        """Add a plugin of your own: an object, or a class that is called with (args, handle).

        It takes part in every extension point for which it has a method (see `framework.py`), after the plugins that
        are there already; its `weight` (default 1) is that of its score. Raises UsageError without a `name`, for a
        name that is taken and for a method that may only exist once.
        """
        names = tuple(self.profiles) if profiles is None else tuple(profiles)
        self._install(self.profiles, plugin, names)
        self._custom.append((plugin, names))
        self.queue.register()
        self._remember()

    def add_extender(self, extender: Extender) -> None:
        """Have an extender asked about every pod of every profile; see `extenders.py`."""
        self._extenders += (extender,)
        for framework in self.profiles.values():
            framework.handle.extenders = self._extenders
        self.queue.register()
        self._remember()

    @staticmethod
    def _install(profiles: Mapping[str, Framework], plugin: Any, names: Sequence[str]) -> None:
        for name in names:
            framework = profiles.get(name)
            if framework is None:
                raise UsageError(f"there is no scheduler profile {name!r}; there are {', '.join(profiles)}")
            made = plugin({}, framework.handle) if isinstance(plugin, type) else plugin
            if not getattr(made, "name", ""):
                raise UsageError(f"a scheduler plugin needs a name: give {made!r} an attribute `name`")
            if any(p.name == made.name for p in framework.all_plugins()):
                raise UsageError(f"the profile {name!r} has a plugin {made.name!r} already")
            for point in POINTS:
                if implements(made, point):
                    if point == "less":
                        raise UsageError("the order of the queue comes from the profile; a plugin cannot add another")
                    before = framework.plugins[point]
                    framework.plugins[point] = (made, *before) if point == "bind" else (*before, made)
            framework.weights[made.name] = int(getattr(made, "weight", 1))

    # -- following the cluster

    def _subscribe(self) -> None:
        self.cache.subscribe(Pod, self._pod_changed)
        self.cache.subscribe(Node, self._node_changed)
        for kind in CONTEXT_KINDS:
            self.cache.subscribe(type_of(kind), self._context_changed)
        for kind in EVENT_KINDS:
            self.cache.subscribe(type_of(kind), partial(self._object_changed, kind))

    def _context_changed(self, cls: Any, old: Any | None, new: Any | None) -> None:
        self.ledgers.context += 1

    def _object_changed(self, kind: str, cls: Any, old: Any | None, new: Any | None) -> None:
        if kind == "DeviceClass":
            self.ledgers.clear()
        action = Action.ADD if old is None else Action.DELETE if new is None else Action.UPDATE
        self._move(ClusterEvent(kind, action), old, new)

    def _move(self, event: ClusterEvent, old: Any, new: Any, only: Callable[[PodInfo], bool] | None = None) -> None:
        self.queue.move(event, old, new, only)
        self._wake()

    def _node_changed(self, cls: Any, old: Any | None, new: Any | None) -> None:
        if new is None:
            self._move(ClusterEvent(NODE, Action.DELETE), old, None)
            self.snapshot.node_changed(old, None)
            return
        self.snapshot.node_changed(old, new)
        if old is None:
            self._move(ClusterEvent(NODE, Action.ADD), None, new)
            return
        for event in node_events(old, new):
            self._move(event, old, new)

    def _pod_changed(self, cls: Any, old: Any | None, new: Any | None) -> None:
        old, new = _visible(old), _visible(new)
        if old is None and new is None:
            return
        if new is None:
            self._pod_gone(old)
        elif old is not None and old.spec.node_name:
            self._placed_pod_changed(old, new)
        elif new.spec.node_name:
            if old is not None and self._mine(old):
                self.queue.delete(old.metadata.uid)
                self.nominations.remove(old.metadata.uid)
            self.snapshot.place(self.snapshot.info(new), new.spec.node_name)
            self._move(ASSIGNED_POD_ADD, None, new)
        elif old is None:
            if self._mine(new):
                info = self.snapshot.info(new)
                self.queue.add(info)
                self.nominations.add(info)
                self._wake()
        elif self._mine(old):
            self._pending_pod_changed(old, new)

    def _mine(self, pod: Any) -> bool:
        return pod.spec.scheduler_name in self.profiles

    def _placed_pod_changed(self, old: Any, new: Any) -> None:
        self.snapshot.place(self.snapshot.info(new), new.spec.node_name)
        for event in pod_events(old, new):
            self._move(event, old, new)

    def _pending_pod_changed(self, old: Any, new: Any) -> None:
        uid = new.metadata.uid
        if self.snapshot.is_assumed(uid):
            if new.metadata.deletion_timestamp is not None and old.metadata.deletion_timestamp is None:
                self._assumed_pod_deleted(uid, new)
            return
        info = self.snapshot.info(new)
        self.queue.update(old, info)
        before = old.status.nominated_node_name
        self.nominations.update(before, info)
        if before and before != new.status.nominated_node_name:
            self._move(ASSIGNED_POD_DELETE, old, None, lambda pod: pod.priority <= (old.spec.priority or 0))
        self._wake()

    def _pod_gone(self, old: Any) -> None:
        uid = old.metadata.uid
        if old.spec.node_name:
            self.snapshot.remove(uid)
            self._move(ASSIGNED_POD_DELETE, old, None)
            return
        if not self._mine(old):
            return
        self.queue.delete(uid)
        self.nominations.remove(uid)
        if self.snapshot.is_assumed(uid):
            self._assumed_pod_deleted(uid, old)
        elif old.status.nominated_node_name:
            self._move(ASSIGNED_POD_DELETE, old, None, lambda pod: pod.priority <= (old.spec.priority or 0))

    def _assumed_pod_deleted(self, uid: str, pod: Any) -> None:
        placement = self._placements.get(uid)
        if placement is not None and not placement.permitted:
            placement.refused = Status(Code.UNSCHEDULABLE, "removed")
            self.loop.schedule(NAME, ("placement", uid))
        else:
            self.snapshot.remove(uid)
        if placement is not None:
            pod = evolve(pod, {"spec.node_name": placement.node})
        self._move(ASSIGNED_POD_DELETE, pod, None)

    # -- units of work

    def _wake(self) -> None:
        if not self._working and self.queue.ready():
            self._working = True
            self.loop.schedule(NAME, ("attempt",))
        if not self._backing_off:
            end = self.queue.next_backoff()
            if end is not None:
                self._backing_off = True
                self.loop.schedule_at(NAME, ("backoff",), math.floor(max(end, self._now())) + 1.0)
        if not self._flushing:
            since = self.queue.oldest_waiting()
            if since is not None:
                self._flushing = True
                due = math.floor((since + UNSCHEDULABLE_TIMEOUT) / FLUSH_PERIOD) * FLUSH_PERIOD + FLUSH_PERIOD
                self.loop.schedule_at(NAME, ("flush",), due)

    def run(self, item: tuple[Hashable, ...]) -> None:
        """One unit of work: a scheduling attempt, a step of a pending binding, or a timer of the queue."""
        what = item[0]
        if what == "attempt":
            self._working = False
            queued = self.queue.pop()
            if queued is not None:
                self._attempt(queued)
        elif what == "backoff":
            self._backing_off = False
            self.queue.flush_backoff()
        elif what == "flush":
            self._flushing = False
            self.queue.flush_leftover()
        elif what == "release":
            self.queue.release(str(item[1]))
        elif what == "activate":
            self.queue.release(str(item[1]))
            self.queue.activate(str(item[1]))
        elif what == "placement":
            placement = self._placements.get(str(item[1]))
            if placement is not None:
                self._continue(placement)
        self._wake()

    def _attempt(self, queued: QueuedPod) -> None:
        info = queued.info
        pod, uid = info.pod, info.uid
        if pod.metadata.deletion_timestamp is not None:
            self.writer.event(
                pod, "Warning", "FailedScheduling", f"skip schedule deleting pod: {info.key}", "Scheduling"
            )
            self.queue.done(uid)
            return
        if self.snapshot.is_assumed(uid):
            self.queue.done(uid)
            return
        self._drawing = (info.key, queued.attempts, 0)
        framework = self.profiles[pod.spec.scheduler_name]
        state = CycleState()
        result = self._evaluate(framework, info, state)
        if not result.node:
            if result.status is None:
                algorithm.post_filter(framework, info, state, result, len(self.snapshot))
            elif result.nominated is None:
                result.nominated = ""
            self._reject(queued, result)
            return
        self._assume(queued, framework, result, state)

    def _evaluate(self, framework: Framework, info: PodInfo, state: CycleState) -> Result:
        percentage = self._percentage(framework)
        batch = self.batches[framework.name]
        if batch.possible and len(self.snapshot) <= MAX_NODES:
            return self._evaluate_batched(framework, batch, info, state)
        ledger = self.ledgers.find(framework, info)
        if ledger is not None:
            result = ledger.attempt(self.search, percentage, self.ties)
            prepared = ledger.state if result.node else ledger.trial_state()
            state.update(prepared)
            state.skip_filter = prepared.skip_filter
            return result
        return algorithm.evaluate(
            framework, info, self.snapshot, self.search, state, percentage=percentage, ties=self.ties
        )

    def _evaluate_batched(self, framework: Framework, batch: Batch, info: PodInfo, state: CycleState) -> Result:
        signature, cycle, now = batch.sign(info), self.queue.cycle, self._now()
        result = algorithm.evaluate(
            framework,
            info,
            self.snapshot,
            self.search,
            state,
            percentage=self._percentage(framework),
            ties=self.ties,
            hint=lambda prepared: batch.hint(framework, info, prepared, signature, cycle, now),
        )
        if result.node:
            batch.store(signature, result, cycle, now)
        return result

    def _percentage(self, framework: Framework) -> int:
        return self.configuration.percentage if framework.percentage is None else framework.percentage

    # -- a pod that fits

    def _assume(self, queued: QueuedPod, framework: Framework, result: Result, state: CycleState) -> None:
        info, node = queued.info, result.node
        self.snapshot.place(info, node, assumed=True)
        self.nominations.remove(info.uid)
        placement = Placement(queued, result, state)
        for plugin in framework.plugins["reserve"]:
            status = plugin.reserve(state, info, node)
            if status is not None and status.code is not Code.SUCCESS:
                if not status.rejected:
                    status = Status(Code.ERROR, f'running Reserve plugin "{plugin.name}": {status.message}')
                self._undo(placement, framework, Status(status.code, *status.reasons, plugin=plugin.name))
                return
        self._placements[info.uid] = placement
        status = self._permit(placement, framework)
        if status is not None:
            self._undo(placement, framework, status)
            return
        self._continue(placement)

    def _permit(self, placement: Placement, framework: Framework) -> Status | None:
        info = placement.queued.info
        for plugin in framework.plugins["permit"]:
            status, seconds = plugin.permit(placement.state, info, placement.node)
            if status is None or status.code is Code.SUCCESS:
                continue
            if status.rejected:
                return Status(status.code, *status.reasons, plugin=plugin.name)
            if status.code is not Code.WAIT:
                return Status(Code.ERROR, f'running Permit plugin "{plugin.name}": {status.message}')
            seconds = min(seconds, _LONGEST_WAIT)
            placement.waiting_for[plugin.name] = (seconds, self._now() + seconds)
        for _, end in placement.waiting_for.values():
            self.loop.schedule_at(NAME, ("placement", info.uid), end)
        return None

    @property
    def waiting_pods(self) -> Mapping[str, tuple[str, ...]]:
        """Pods that a Permit plugin makes wait: {"namespace/name": names of the plugins}."""
        return {p.queued.info.key: tuple(p.waiting_for) for p in self._placements.values() if not p.permitted}

    def allow(self, pod: str, plugin: str) -> None:
        """Give a waiting pod ("namespace/name") the permission of one plugin."""
        for placement in self._waiting(pod):
            if placement.waiting_for.pop(plugin, None) is not None and placement.permitted:
                self.loop.schedule(NAME, ("placement", placement.queued.info.uid))

    def refuse(self, pod: str, plugin: str, reason: str) -> None:
        """Turn a waiting pod away."""
        for placement in self._waiting(pod):
            placement.refused = Status(Code.UNSCHEDULABLE, reason, plugin=plugin)
            self.loop.schedule(NAME, ("placement", placement.queued.info.uid))

    def _waiting(self, pod: str) -> list[Placement]:
        return [p for p in self._placements.values() if p.queued.info.key == pod and not p.permitted]

    def _turn_back(self, uid: str, plugin: str) -> bool:
        """Take the place from a pod that is not bound yet; False when there is no such pod."""
        placement = self._placements.get(uid)
        if placement is None or not placement.turn_back(plugin):
            return False
        self.loop.schedule(NAME, ("placement", uid))
        return True

    def _continue(self, placement: Placement) -> None:
        """Go on with the binding cycle as far as it gets."""
        info, node, state = placement.queued.info, placement.node, placement.state
        framework = self.profiles[info.pod.spec.scheduler_name]
        if not placement.entered:
            placement.entered = True
            works = any(
                implements(p, "has_work") and p.has_work(state, info, node) for p in framework.plugins["pre_bind"]
            )
            if works or not placement.permitted:
                self.writer.nominate(info.pod, node)
        refusal = placement.refused
        if refusal is None and not placement.permitted:
            refusal = placement.overdue(self._now())
            if refusal is None:
                return
        if refusal is not None:
            self._undo(placement, framework, refusal)
            return
        if not placement.interrupted:
            self.queue.done(info.uid)
        failure = self._pre_bind(framework, placement)
        if failure is not None and failure.code is Code.WAIT:
            return
        failure = failure or bind(framework, self._extenders, placement)
        if failure is not None:
            self._undo(placement, framework, failure, late=True)
            return
        del self._placements[info.uid]
        self.attempts.append(Attempt(info.key, SCHEDULED, placement.result, "", self._now()))
        note = f"Successfully assigned {info.key} to {node}"
        self.writer.event(info.pod, "Normal", "Scheduled", note, "Binding")
        for plugin in framework.plugins["post_bind"]:
            plugin.post_bind(state, info, node)

    def _pre_bind(self, framework: Framework, placement: Placement) -> Status | None:
        """None when everything is ready, WAIT when a plugin has work under way."""
        info = placement.queued.info
        for plugin in framework.plugins["pre_bind"]:
            status: Status | None = plugin.pre_bind(placement.state, info, placement.node)
            if status is None or status.code is Code.SUCCESS:
                continue
            running = f'running PreBind plugin "{plugin.name}"'
            if status.code is Code.WAIT:
                placement.interrupted = f"{running}: {getattr(plugin, 'cancelled', _CANCELLED)}"
                self.loop.schedule(NAME, ("placement", info.uid), delay=getattr(plugin, "poll_seconds", _POLL_SECONDS))
                return status
            return status if status.rejected else Status(Code.ERROR, f"{running}: {status.message}")
        return None

    def _undo(self, placement: Placement, framework: Framework, status: Status, *, late: bool = False) -> None:
        """The pod could not be bound after all: give back what was reserved and put it back into the queue.

        A refusal that comes `late`, when the binding has begun, is nobody's verdict about the node.
        """
        queued, node = placement.queued, placement.node
        info = queued.info
        self._placements.pop(info.uid, None)
        for plugin in reversed(framework.plugins["reserve"]):
            if implements(plugin, "unreserve"):
                plugin.unreserve(placement.state, info, node)
        self.snapshot.remove(info.uid)
        only = (lambda pod: pod.uid != info.uid) if status.rejected else None
        result = Result()
        result.nominated = ""
        result.status = status
        if status.rejected and not late:
            text = algorithm.fit_message(1, dict.fromkeys(status.reasons, 1))
            result.status = Status(status.code, text)
            result.rejectors = [status.plugin] if status.plugin else []
        self._reject(queued, result)
        self._move(ASSIGNED_POD_DELETE, evolve(info.pod, {"spec.node_name": node}), None, only)

    # -- a pod that does not fit

    def _reject(self, queued: QueuedPod, result: Result) -> None:
        info, status = queued.info, result.status
        assert status is not None
        rejected = status.rejected
        outcome = UNSCHEDULABLE if rejected else ERROR
        self.attempts.append(Attempt(info.key, outcome, result, status.message, self._now()))
        current = self.listers.get("Pod", info.key)
        if current is None or current.spec.node_name or current.metadata.uid != info.uid:
            self.queue.done(info.uid)
        else:
            queued.info = info if current is info.pod else PodInfo(current, self.snapshot.shapes.of(current, info))
            queued.held = bool(result.nominated)
            self.queue.reject(queued, result.rejectors if rejected else ())
            if queued.held:
                what, delay = ("activate", _RETRY_SECONDS) if result.refused else ("release", _PREEMPTION_SECONDS)
                self.loop.schedule(NAME, (what, info.uid), delay=delay)
            if result.nominated is not None or current.status.nominated_node_name:
                self.nominations.add(queued.info, result.nominated)
        reason = "Unschedulable" if rejected else "SchedulerError"
        self.writer.event(info.pod, "Warning", "FailedScheduling", status.message, "Scheduling")
        self.writer.reject(queued.info.pod, reason, status.message, result.nominated)
