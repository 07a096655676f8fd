"""The scheduling queue: pods that can be tried now, pods in backoff, and pods that wait for an event.

::

    created -> [pre_enqueue] -> active -> in flight -> bound
                    |             ^          |
                  gated           |          v rejected
                    |          backoff <- unschedulable (an event its rejectors asked for, or five minutes)

* Active: by the profile's QueueSort. When it is empty the backoff queue is popped, by end of backoff and priority.
* Backoff: 1 s after the first attempt, doubling up to 10 s, in whole windows of a second.
* Unschedulable: woken by an event that a plugin which rejected the pod registered for and whose hint says yes.
* In flight: events that arrive while a pod is tried are remembered, so that none is lost.

Complexity: O(log n) to add, pop and move a pod, O(1) to tell what comes next; an event looks at the pods that wait for
it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .events import WILDCARD, ClusterEvent, pod_events
from .framework import Code, Framework, answered
from .interests import Interests
from .queued import InFlight, QueuedPod, QueueIndex, QueueState, Where
from .shapes import PodInfo

UNSCHEDULABLE_TIMEOUT = 300.0
"""After so many seconds without an event that helps, a pod is tried anyway."""

FLUSH_PERIOD = 30.0
_WINDOW = 1.0


class QueueRules:
    """How pods are queued. Wiring, which forks share."""

    def __init__(
        self,
        profiles: Mapping[str, Framework],
        extenders: Sequence[Any] = (),
        *,
        initial_backoff: float = 1.0,
        max_backoff: float = 10.0,
    ) -> None:
        self.profiles = profiles
        self.interests = Interests(profiles, extenders)
        self.initial_backoff = initial_backoff
        self.max_backoff = max_backoff

    def backoff_end(self, failures: int, timestamp: float) -> float:
        """Start of the window in which a pod may be tried again that has failed so often, the last time then."""
        if not failures or not self.max_backoff:
            return -math.inf
        duration = self.max_backoff
        if self.initial_backoff <= self.max_backoff / (1 << min(failures - 1, 62)):
            duration = self.initial_backoff * (1 << (failures - 1))
        return math.floor((timestamp + duration) / _WINDOW) * _WINDOW


class SchedulingQueue:
    """See the module. It works on a state; `index` are the tables for it, `now` reads the clock."""

    __slots__ = ("_interests", "index", "now", "rules", "state")

    def __init__(
        self,
        rules: QueueRules,
        now: Callable[[], float],
        state: QueueState | None = None,
        index: QueueIndex | None = None,
    ) -> None:
        self.rules = rules
        self.now = now
        self.state = state or QueueState()
        self._interests = rules.interests
        self.index = index or QueueIndex.of(self.state, self._interests.order)

    # -- reading

    def __len__(self) -> int:
        return len(self.state.pods)

    @property
    def active(self) -> list[QueuedPod]:
        """Pods that can be tried now, in no particular order. O(n)."""
        return [queued for queued in self.state.pods.values() if queued.where is Where.ACTIVE]

    def ready(self) -> bool:
        """Whether `pop` would return a pod."""
        return self.next() is not None

    def next_backoff(self) -> float | None:
        """When the next pod leaves its backoff."""
        queued = self.index.first_end(self.state)
        return None if queued is None else queued.backoff_end

    def oldest_waiting(self) -> float | None:
        """Since when the longest-waiting unschedulable pod that is not gated has waited."""
        queued = self.index.longest_waiting(self.state)
        return None if queued is None else queued.timestamp

    def _over(self, queued: QueuedPod) -> bool:
        """Whether the backoff of a pod is over."""
        return queued.backoff_end < math.floor(self.now() / _WINDOW) * _WINDOW

    # -- moving

    def _put(self, queued: QueuedPod) -> None:
        """Put a pod where it says that it is."""
        uid, pods = queued.info.uid, self.state.pods
        before = pods.get(uid)
        if before is not None:
            self.index.leave(before)
        pods[uid] = queued
        self.index.enter(queued)

    def _take(self, uid: str) -> QueuedPod | None:
        queued = self.state.pods.pop(uid, None)
        if queued is not None:
            self.index.leave(queued)
        return queued

    def _judged(self, queued: QueuedPod) -> QueuedPod:
        """The pod with the plugin that keeps it out of the queue now, if one does."""
        framework = self.rules.profiles[queued.info.pod.spec.scheduler_name]
        plugins = framework.plugins["pre_enqueue"]
        if queued.gate:
            plugins = (*(p for p in plugins if p.name == queued.gate), *(p for p in plugins if p.name != queued.gate))
        for plugin in plugins:
            status = plugin.pre_enqueue(queued.info)
            if status is not None and answered(plugin, "pre_enqueue", status).code is not Code.SUCCESS:
                rejectors = queued.rejectors
                if plugin.name not in rejectors:
                    rejectors += (plugin.name,)
                return queued.but(gate=plugin.name, rejectors=rejectors, where=Where.WAITING)
        return queued.but(gate="") if queued.gate else queued

    def _enqueue(self, queued: QueuedPod, where: Where) -> None:
        """Put a pod into a part of the queue, unless it is gated."""
        queued = self._judged(queued)
        if queued.where is not where and not queued.gate:
            queued = queued.but(where=where)
        self._put(queued)

    def _requeue(self, queued: QueuedPod) -> None:
        self._enqueue(queued, Where.ACTIVE if self._over(queued) else Where.BACKOFF)

    def add(self, info: PodInfo) -> None:
        """A pod without a node appeared."""
        self.state.serial += 1
        self._enqueue(QueuedPod(info, self.now(), self.state.serial), Where.ACTIVE)

    def next(self) -> QueuedPod | None:
        """The pod that `pop` would return."""
        return self.index.first_active(self.state) or self.index.first_poppable(self.state)

    def pop(self) -> QueuedPod | None:
        """The pod to try now; it is in flight until `done` or `reject`."""
        state, queued = self.state, self.next()
        if queued is None:
            return None
        uid = queued.info.uid
        del state.pods[uid]
        state.cycle += 1
        state.in_flight[uid] = InFlight(queued, state.happenings)
        return queued

    def release(self, uid: str) -> None:
        """The evictions for a pod that was `held` are done: it may be popped out of its backoff."""
        queued = self.state.pods.get(uid)
        if queued is not None and queued.held:
            self._put(queued.but(held=False))

    def done(self, uid: str) -> None:
        """The attempt is over and the pod needs no further one."""
        state = self.state
        if state.in_flight.pop(uid, None) is None or not state.happened:
            return
        needed = next((flight.since for _, flight in state.in_flight.items()), state.happenings)
        for number in range(state.happenings - len(state.happened), needed):
            del state.happened[number]

    def _missed(self, uid: str) -> list[tuple[ClusterEvent, Any, Any]]:
        """What happened during the attempt."""
        state = self.state
        flight = state.in_flight.get(uid)
        if flight is None:
            return []
        return [*flight.own, *(state.happened[number] for number in range(flight.since, state.happenings))]

    def reject(
        self, queued: QueuedPod, rejectors: Iterable[str], pending: Iterable[str] = (), *, held: bool = False
    ) -> None:
        """The attempt failed: wait for an event, or back off when one arrived meanwhile or there is nobody to blame.

        A pod that is `held` stays in its backoff until `release`.
        """
        rejectors, pending, now = tuple(rejectors), tuple(pending), self.now()
        blamed = bool(rejectors or pending)
        rejections = queued.rejections + 1 if blamed else queued.rejections
        errors = 0 if blamed else queued.errors + 1
        queued = queued.but(
            where=Where.WAITING,
            timestamp=now,
            attempts=queued.attempts + 1,
            rejections=rejections,
            errors=errors,
            backoff_end=self.rules.backoff_end(errors or rejections, now),
            rejectors=rejectors,
            pending=pending,
            gate="",
            held=held,
        )
        uid = queued.info.uid
        missed = self._missed(uid)
        self.done(uid)
        if not blamed or any(self._helps(queued, event, old, new) for event, old, new in missed):
            self._requeue(queued)
        else:
            self._put(queued)

    # -- changes of the pods themselves

    def update(self, old: Any, info: PodInfo) -> None:
        """A queued pod changed."""
        uid, events = info.uid, pod_events(old, info.pod)
        flight = self.state.in_flight.get(uid)
        if flight is not None:
            own = (*flight.own, *((event, old, info.pod) for event in events))
            self.state.in_flight[uid] = InFlight(flight.queued.but(info=info), flight.since, own)
            return
        queued = self.state.pods.get(uid)
        if queued is None:
            self.add(info)
            return
        queued = queued.but(info=info)
        self._put(queued)
        if queued.where is Where.WAITING:
            self._woken(queued, [(event, old, info.pod) for event in events])

    def _woken(self, queued: QueuedPod, events: Iterable[tuple[ClusterEvent, Any, Any]]) -> None:
        """Requeue a waiting pod for the first event that helps it; a gated one may stay where it is."""
        for event, old, new in events:
            if self._helps(queued, event, old, new):
                self._requeue(queued)
                after = self.state.pods[queued.info.uid]
                if after.where is not Where.WAITING:
                    return
                queued = after

    def delete(self, uid: str) -> None:
        """A pod was deleted or bound by somebody else."""
        self._take(uid)

    # -- events

    def _helps(self, queued: QueuedPod, event: ClusterEvent, old: Any, new: Any) -> bool:
        plugins = queued.rejectors + queued.pending
        if not plugins or event == WILDCARD:
            return True
        for plugin, hint in self._interests.asked(queued.info.pod.spec.scheduler_name, plugins, event):
            if hint is None or getattr(plugin, hint)(queued.info, old, new):
                return True
        return False

    def move(self, event: ClusterEvent, old: Any, new: Any, only: Callable[[PodInfo], bool] | None = None) -> None:
        """Something happened in the cluster: wake the pods it can help."""
        interests, state = self._interests, self.state
        if not interests.interesting(event):
            return
        concerned: list[QueuedPod] = []
        for group, uids in self.index.groups.items():
            profile, rejectors, pending, gate = group
            if gate and event != WILDCARD and not interests.asked(profile, (gate,), event):
                continue
            plugins = rejectors + pending
            if plugins and event != WILDCARD and not interests.asked(profile, plugins, event):
                continue
            concerned.extend(state.pods[uid] for uid in uids)
        self._move(concerned, event, old, new, only)
        if state.in_flight:
            state.happened[state.happenings] = (event, old, new)
            state.happenings += 1

    def _move(
        self,
        pods: Iterable[QueuedPod],
        event: ClusterEvent,
        old: Any,
        new: Any,
        only: Callable[[PodInfo], bool] | None,
    ) -> None:
        for queued in pods:
            if only is not None and not only(queued.info):
                continue
            if self._helps(queued, event, old, new):
                self._requeue(queued)

    def activate(self, uid: str) -> None:
        """Try a pod now, whatever it waits for."""
        queued = self.state.pods.get(uid)
        if queued is not None and queued.where is Where.WAITING:
            self._enqueue(queued, Where.ACTIVE)
        elif queued is not None and queued.where is Where.BACKOFF:
            self._put(queued.but(where=Where.ACTIVE))
        elif uid in self.state.in_flight:
            flight = self.state.in_flight[uid]
            own = (*flight.own, (WILDCARD, None, None))
            self.state.in_flight[uid] = InFlight(flight.queued, flight.since, own)

    def flush_backoff(self) -> None:
        """Activate the pods whose backoff is over."""
        while (queued := self.index.first_end(self.state)) is not None and self._over(queued):
            self._put(queued.but(where=Where.ACTIVE))

    def flush_leftover(self) -> None:
        """Give pods that waited five minutes another try. O(those, and gated pods)."""
        gated = [self.state.pods[uid] for uid in self.index.gated()]
        self._move([queued for queued in gated if self._left_over(queued)], WILDCARD, None, None, None)
        while (queued := self.index.longest_waiting(self.state)) is not None and self._left_over(queued):
            self._requeue(queued)

    def _left_over(self, queued: QueuedPod) -> bool:
        return self.now() - queued.timestamp > UNSCHEDULABLE_TIMEOUT
