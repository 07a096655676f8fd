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

Complexity: O(log n) to add and pop; an event looks at every unschedulable pod.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import Any

from .algorithm import EXTENDER
from .events import EVERYTHING, WILDCARD, ClusterEvent, Registration, pod_events, registered
from .framework import Code
from .shapes import PodInfo

UNSCHEDULABLE_TIMEOUT = 300.0
"""After so many seconds without an event that helps, a pod is tried anyway."""

FLUSH_PERIOD = 30.0
_WINDOW = 1.0


class _Named:
    """Stands in the registrations for something that is not a plugin."""

    def __init__(self, name: str) -> None:
        self.name = name


_EXTENDERS = _Named(EXTENDER)


class QueuedPod:
    """A pod in the queue with what happened to it so far. Times are seconds since the start of the cluster."""

    __slots__ = (
        "attempts",
        "backoff_end",
        "errors",
        "gate",
        "held",
        "info",
        "initial",
        "pending",
        "rejections",
        "rejectors",
        "serial",
        "timestamp",
    )

    def __init__(self, info: PodInfo, now: float, serial: int) -> None:
        self.info = info
        self.timestamp = now
        self.initial: float | None = None
        self.serial = serial
        self.attempts = 0
        self.rejections = 0
        self.errors = 0
        self.backoff_end: float | None = None
        self.rejectors: tuple[str, ...] = ()
        self.pending: tuple[str, ...] = ()
        self.gate = ""
        self.held = False

    def copy(self) -> QueuedPod:
        """An independent copy."""
        twin = QueuedPod.__new__(QueuedPod)
        for name in QueuedPod.__slots__:
            setattr(twin, name, getattr(self, name))
        return twin


_Group = tuple[str, tuple[str, ...], tuple[str, ...], str]
"""Pods that wait for the same events: (profile, rejecting plugins, pending plugins, gating plugin)."""


class _Entry:
    """A heap entry ordered by a `less` function, then by arrival."""

    __slots__ = ("less", "queued", "serial")

    def __init__(self, queued: QueuedPod, serial: int, less: Callable[[Any, Any], bool]) -> None:
        self.queued = queued
        self.serial = serial
        self.less = less

    def __lt__(self, other: _Entry) -> bool:
        if self.less(self.queued, other.queued):
            return True
        if self.less(other.queued, self.queued):
            return False
        return self.serial < other.serial


class SchedulingQueue:
    """See the module. `profiles` maps scheduler names to frameworks; `now` reads the clock."""

    def __init__(
        self,
        profiles: Mapping[str, Any],
        now: Callable[[], float],
        *,
        initial_backoff: float = 1.0,
        max_backoff: float = 10.0,
    ) -> None:
        self.profiles = profiles
        self.now = now
        self.initial_backoff = initial_backoff
        self.max_backoff = max_backoff
        self.cycle = 0
        self._serial = 0
        self._active: dict[str, QueuedPod] = {}
        self._heap: list[_Entry] = []
        self._backoff: dict[str, QueuedPod] = {}
        self._backoff_heap: list[tuple[float, _Entry]] = []
        self._waiting: dict[str, QueuedPod] = {}
        self._groups: dict[_Group, dict[str, QueuedPod]] = {}
        self._group_of: dict[str, _Group] = {}
        self._in_flight: dict[str, QueuedPod] = {}
        self._missed: dict[str, list[tuple[ClusterEvent, Any, Any]]] = {}
        self.register()

    def register(self) -> None:
        """Find out what the plugins of the profiles wait for; to be called again when plugins are added."""
        framework = next(iter(self.profiles.values()))
        self._less = framework.plugins["less"][0].less
        self._registrations: dict[str, list[tuple[Any, Registration]]] = {}
        for name, profile in self.profiles.items():
            rows: list[tuple[Any, Registration]] = []
            for plugin in profile.all_plugins():
                rows.extend((plugin, registration) for registration in plugin.events())
            if profile.handle.extenders:
                rows.extend((_EXTENDERS, registration) for registration in EVERYTHING)
            self._registrations[name] = rows
        self._of_interest: dict[ClusterEvent, bool] = {}
        self._hints: dict[tuple[str, tuple[str, ...], ClusterEvent], list[tuple[Any, str | None]]] = {}

    def fork(self, profiles: Mapping[str, Any], now: Callable[[], float]) -> SchedulingQueue:
        """An independent queue with the same pods."""
        twin = SchedulingQueue(profiles, now, initial_backoff=self.initial_backoff, max_backoff=self.max_backoff)
        twin.cycle, twin._serial = self.cycle, self._serial
        copies: dict[str, QueuedPod] = {}

        def copied(pods: dict[str, QueuedPod]) -> dict[str, QueuedPod]:
            for uid, queued in pods.items():
                copies[uid] = queued.copy()
            return {uid: copies[uid] for uid in pods}

        twin._active, twin._backoff = copied(self._active), copied(self._backoff)
        for queued in twin._backoff.values():
            twin._push_backoff(queued)
        twin._in_flight = copied(self._in_flight)
        for queued in copied(self._waiting).values():
            twin._wait(queued)
        twin._heap = [
            _Entry(twin._active[e.queued.info.uid], e.serial, twin._less)
            for e in self._heap
            if self._active.get(e.queued.info.uid) is e.queued
        ]
        heapify(twin._heap)
        twin._missed = {uid: list(events) for uid, events in self._missed.items()}
        return twin

    # -- reading

    def __len__(self) -> int:
        return len(self._active) + len(self._backoff) + len(self._waiting)

    @property
    def active(self) -> list[QueuedPod]:
        """Pods that can be tried now, in no particular order."""
        return list(self._active.values())

    @property
    def waiting(self) -> list[QueuedPod]:
        """Pods that wait for an event, the gated ones among them."""
        return list(self._waiting.values())

    def find(self, uid: str) -> QueuedPod | None:
        """A queued (or in-flight) pod, or None."""
        for pods in (self._active, self._backoff, self._waiting, self._in_flight):
            if uid in pods:
                return pods[uid]
        return None

    def ready(self) -> bool:
        """Whether `pop` would return a pod."""
        return bool(self._active) or any((q.rejectors or q.pending) and not q.held for q in self._backoff.values())

    def next_backoff(self) -> float | None:
        """When the next pod leaves its backoff."""
        return min((self.backoff_end(q) for q in self._backoff.values()), default=None)

    # -- backoff

    def backoff_end(self, queued: QueuedPod) -> float:
        """Start of the window in which the pod may be tried again."""
        count = queued.errors or queued.rejections
        if not count or not self.max_backoff:
            return -math.inf
        if queued.backoff_end is None:
            duration = self.max_backoff
            if self.initial_backoff <= self.max_backoff / (1 << min(count - 1, 62)):
                duration = self.initial_backoff * (1 << (count - 1))
            queued.backoff_end = math.floor((queued.timestamp + duration) / _WINDOW) * _WINDOW
        return queued.backoff_end

    def _backing_off(self, queued: QueuedPod) -> bool:
        return self.backoff_end(queued) >= math.floor(self.now() / _WINDOW) * _WINDOW

    # -- moving

    def _gated(self, queued: QueuedPod) -> bool:
        framework = self.profiles[queued.info.pod.spec.scheduler_name]
        plugins = framework.plugins["pre_enqueue"]
        ordered = [p for p in plugins if p.name == queued.gate] + [p for p in plugins if p.name != queued.gate]
        for plugin in ordered:
            status = plugin.pre_enqueue(queued.info)
            if status is not None and status.code is not Code.SUCCESS:
                queued.gate = plugin.name
                if plugin.name not in queued.rejectors:
                    queued.rejectors += (plugin.name,)
                return True
        queued.gate = ""
        return False

    def _wait(self, queued: QueuedPod) -> None:
        uid = queued.info.uid
        self._unwait(uid)
        self._waiting[uid] = queued
        group = (queued.info.pod.spec.scheduler_name, queued.rejectors, queued.pending, queued.gate)
        self._group_of[uid] = group
        self._groups.setdefault(group, {})[uid] = queued

    def _unwait(self, uid: str) -> QueuedPod | None:
        queued = self._waiting.pop(uid, None)
        if queued is not None:
            group = self._group_of.pop(uid)
            pods = self._groups[group]
            del pods[uid]
            if not pods:
                del self._groups[group]
        return queued

    def _activate(self, queued: QueuedPod, *, from_backoff: bool = False) -> bool:
        uid = queued.info.uid
        if not from_backoff and self._gated(queued):
            self._wait(queued)
            return False
        if queued.initial is None:
            queued.initial = self.now()
        self._unwait(uid)
        self._backoff.pop(uid, None)
        self._active[uid] = queued
        self._push(queued)
        return True

    def _push(self, queued: QueuedPod) -> None:
        heappush(self._heap, _Entry(queued, queued.serial, self._less))

    def _back_off(self, queued: QueuedPod) -> bool:
        uid = queued.info.uid
        if self._gated(queued):
            self._wait(queued)
            return False
        self._unwait(uid)
        self._backoff[uid] = queued
        self._push_backoff(queued)
        return True

    def _push_backoff(self, queued: QueuedPod) -> None:
        """A pod that failed with an error is never popped out of its backoff, one that preempts not yet."""
        if (queued.rejectors or queued.pending) and not queued.held:
            heappush(self._backoff_heap, (self.backoff_end(queued), _Entry(queued, queued.serial, self._less)))

    def add(self, info: PodInfo) -> None:
        """A pod without a node appeared."""
        self._serial += 1
        self._activate(QueuedPod(info, self.now(), self._serial))

    def pop(self) -> QueuedPod | None:
        """The pod to try now; it is in flight until `done` or `reject`."""
        queued = None
        while self._heap:
            entry = heappop(self._heap)
            uid = entry.queued.info.uid
            if self._active.get(uid) is entry.queued:
                queued = self._active.pop(uid)
                break
        if queued is None:
            queued = self._pop_backoff()
            if queued is None:
                return None
        uid = queued.info.uid
        queued.attempts += 1
        self.cycle += 1
        self._in_flight[uid] = queued
        self._missed[uid] = []
        return queued

    def _pop_backoff(self) -> QueuedPod | None:
        while self._backoff_heap:
            end, entry = heappop(self._backoff_heap)
            queued = entry.queued
            if self._backoff.get(queued.info.uid) is queued and self.backoff_end(queued) == end:
                del self._backoff[queued.info.uid]
                return queued
        return None

    def release(self, uid: str) -> None:
        """The evictions for a pod that was `held` are done: it may be popped out of its backoff."""
        queued = self.find(uid)
        if queued is not None and queued.held:
            queued.held = False
            if uid in self._backoff:
                self._push_backoff(queued)

    def done(self, uid: str) -> None:
        """The attempt is over and the pod needs no further one."""
        self._in_flight.pop(uid, None)
        self._missed.pop(uid, None)

    def reject(self, queued: QueuedPod, rejectors: Iterable[str], pending: Iterable[str] = ()) -> None:
        """The attempt failed: wait for an event, or back off when one arrived meanwhile or there is nobody to blame."""
        uid = queued.info.uid
        queued.rejectors, queued.pending, queued.gate = tuple(rejectors), tuple(pending), ""
        if queued.rejectors or queued.pending:
            queued.rejections += 1
            queued.errors = 0
        else:
            queued.errors += 1
        queued.timestamp, queued.backoff_end = self.now(), None
        missed = self._missed.get(uid, [])
        self.done(uid)
        if not queued.rejectors and not queued.pending:
            self._requeue(queued, True)
            return
        if any(self._helps(queued, event, old, new) for event, old, new in missed):
            self._requeue(queued, True)
        else:
            self._wait(queued)

    def _requeue(self, queued: QueuedPod, backoff: bool) -> None:
        if backoff and self._backing_off(queued):
            self._back_off(queued)
        else:
            self._activate(queued)

    # -- changes of the pods themselves

    def update(self, old: Any, info: PodInfo) -> None:
        """A queued pod changed."""
        uid, events = info.uid, pod_events(old, info.pod)
        if uid in self._in_flight:
            self._in_flight[uid].info = info
            self._missed[uid].extend((event, old, info.pod) for event in events)
            return
        if uid in self._active:
            queued = self._active[uid]
            moved = info.priority != queued.info.priority
            queued.info = info
            if moved:
                self._push(queued)
            return
        if uid in self._backoff:
            self._backoff[uid].info = info
            return
        if uid in self._waiting:
            queued = self._waiting[uid]
            queued.info = info
            for event in events:
                if self._helps(queued, event, old, info.pod):
                    self._unwait(uid)
                    self._requeue(queued, True)
                    if uid not in self._waiting:
                        break
            return
        self.add(info)

    def delete(self, uid: str) -> None:
        """A pod was deleted or bound by somebody else."""
        for pods in (self._active, self._backoff):
            pods.pop(uid, None)
        self._unwait(uid)

    # -- events

    def _asked(self, profile: str, plugins: tuple[str, ...], event: ClusterEvent) -> list[tuple[Any, str | None]]:
        """(plugin, hint) of everything that these plugins registered for an event."""
        key = (profile, plugins, event)
        found = self._hints.get(key)
        if found is None:
            found = self._hints[key] = [
                (plugin, registration.hint)
                for plugin, registration in self._registrations[profile]
                if plugin.name in plugins and registered(registration, event)
            ]
        return found

    def _helps(self, queued: QueuedPod, event: ClusterEvent, old: Any, new: Any) -> bool:
        plugins = queued.rejectors + queued.pending
        if not plugins or event == WILDCARD:
            return True
        for plugin, hint in self._asked(queued.info.pod.spec.scheduler_name, plugins, event):
            if hint is None or getattr(plugin, hint)(queued.info, old, new):
                return True
        return False

    def _interesting(self, event: ClusterEvent) -> bool:
        known = self._of_interest.get(event)
        if known is None:
            known = event == WILDCARD or any(
                registered(r, event) for rows in self._registrations.values() for _, r in rows
            )
            self._of_interest[event] = known
        return known

    def move(self, event: ClusterEvent, old: Any, new: Any, only: Callable[[PodInfo], bool] | None = None) -> None:
        """Something happened in the cluster: wake the pods it can help."""
        if not self._interesting(event):
            return
        for group, pods in list(self._groups.items()):
            profile, rejectors, pending, gate = group
            if gate and event != WILDCARD and not self._asked(profile, (gate,), event):
                continue
            plugins = rejectors + pending
            if plugins and event != WILDCARD and not self._asked(profile, plugins, event):
                continue
            self._move(list(pods.values()), event, old, new, only)
        for events in self._missed.values():
            events.append((event, old, new))

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
                self._unwait(queued.info.uid)
                self._requeue(queued, True)

    def activate(self, uid: str) -> None:
        """Try a pod now, whatever it waits for."""
        queued = self._unwait(uid)
        if queued is not None:
            self._activate(queued)
            return
        queued = self._backoff.pop(uid, None)
        if queued is not None:
            self._activate(queued, from_backoff=True)
        elif uid in self._missed:
            self._missed[uid].append((WILDCARD, None, None))

    def flush_backoff(self) -> None:
        """Activate the pods whose backoff is over."""
        over = [q for q in self._backoff.values() if not self._backing_off(q)]
        over.sort(key=lambda q: (self.backoff_end(q), q.serial))
        for queued in over:
            self._activate(queued, from_backoff=True)

    def flush_leftover(self) -> None:
        """Give pods that waited five minutes another try."""
        due = [q for q in self._waiting.values() if self.now() - q.timestamp > UNSCHEDULABLE_TIMEOUT]
        self._move(due, WILDCARD, None, None, None)

    def oldest_waiting(self) -> float | None:
        """Since when the longest-waiting unschedulable pod that is not gated has waited."""
        return min((q.timestamp for q in self._waiting.values() if not q.gate), default=None)
