"""What a kubelet remembers of one pod: plain values, one frozen record a pod.

The life of a pod on its node is this table; `phase` below is the worker's, not the pod's:

    phase         on                                to
    -----------   -------------------------------   -----------
    syncing       deletion, eviction, deadline      terminating
    syncing       all containers ended for good     terminating
    terminating   all containers stopped            terminated
    terminated    status written, object gone       (forgotten)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ...clock import exact
from ...values.evolving import evolved
from ...values.frozen import FrozenMap

SYNCING = "syncing"
TERMINATING = "terminating"
TERMINATED = "terminated"

TRANSITIONS: Mapping[tuple[str, str], str] = {
    (SYNCING, "stop"): TERMINATING,
    (TERMINATING, "stopped"): TERMINATED,
}

MOUNT_SECONDS = 0.3
"""How long a kubelet takes until a new pod's volumes are mounted: it looks at them every 300 ms."""

CRASH_FIRST = 10.0
"""Seconds of the first crash-loop back-off; it doubles with every restart."""

CRASH_MAX = 300.0
CRASH_FORGET = 600.0
"""A container that ran longer than this starts its back-off anew."""

PULL_FIRST = 10.0
PULL_MAX = 300.0


@attrs.frozen(kw_only=True)
class ProbeState:
    """How far one probe of one container has got."""

    successes: int = 0
    failures: int = 0
    result: bool | None = None


@attrs.frozen(kw_only=True)
class Stopping:
    """How a container is stopped: its hook runs first, and a sidecar waits for its turn."""

    begun: float
    grace: float
    """When its kubelet began to, and the seconds that it has from then on."""
    hooked: float
    """When its preStop hook has ended, or has no more time; the beginning, without one."""
    failed: bool = False
    """Whether the hook has failed by then."""
    cut: float = 0.0
    """Until when the hook, a command in the container, fails if that ends: for ever, where it takes too long."""


@attrs.frozen
class Hook:
    """A postStart hook that is under way: of which container, until when, and what comes of it."""

    container: str
    until: float
    passed: bool
    message: str


@attrs.frozen(kw_only=True)
class Halt:
    """A sync in its middle: it waits until containers have stopped, a hook has ended, or an image is there.

    Then it starts those in `starts`, or goes on with the end of the `whole` pod, which it has stopped. Whatever happens
    to the pod meanwhile, its kubelet does all of this first.
    """

    names: tuple[str, ...] = ()
    hook: Hook | None = None
    pull: str = ""
    """The container whose image is fetched."""
    starts: tuple[str, ...] = ()
    whole: bool = False
    since: float = 0.0
    """When the end of the whole pod began."""


@attrs.frozen(kw_only=True)
class Slot:
    """One container of the pod as the kubelet sees it, over all its attempts."""

    container: str = ""
    """The id of the current attempt in the runtime, or nothing yet."""
    restarts: int = 0
    last: str = ""
    """The id of the attempt before, which is kept for its state and log."""
    waiting: str = ""
    message: str = ""
    """Why it is not running, as far as the last sync knows."""
    ended: float | None = None
    """When the attempt before ended."""
    backoff: float = 0.0
    backoff_at: float = 0.0
    backoff_for: tuple[Any, ...] = ()
    """Seconds of the crash-loop back-off, when it was last set, and of what: another image begins a new one."""
    pull_backoff: float = 0.0
    pull_after: float = 0.0
    before: Any = None
    """What the pod's status said of it when this kubelet first saw the pod: of an earlier life of the machine."""
    adopted: Any = None
    """Its status when its kubelet took over an attempt that ran already: what stays shown of that one."""
    pulled_at: float | None = None
    """When the pull that is under way ends, and how long it has waited for others and lasted; None without one."""
    pull_waits: float = 0.0
    pull_lasts: float = 0.0
    started: bool = False
    carried: bool = False
    """Whether it counts as started because the attempt was that has just been replaced: as long as its startup probe
    has not met the new one."""
    ready: bool = False
    probes: FrozenMap[str, ProbeState] = FrozenMap()
    actuated: Any = None
    """The resources that the current attempt has been given."""
    earlier: int = 0
    """How many restarts there were before the runtime forgot its attempts."""
    ticks: FrozenMap[str, float] = FrozenMap()
    """By probe: when it ticks next, or did last."""
    prompted: float | None = None
    """When a sync last asked for its readiness."""
    declared_unready: bool = False
    """Whether its readiness probe fails whatever it would say."""
    asked: str = ""
    """The attempt that was."""
    failed_probe: str = ""
    """The probe that has condemned the current attempt, `liveness` or `startup`."""
    stopping: Stopping | None = None
    """How the current attempt is stopped, from when its kubelet has begun to."""


NO_SLOT = Slot()


@attrs.frozen(kw_only=True)
class Resize:
    """How far a resize of a pod is, by the generations that asked for it; None where there is none.

    The times are seconds since 1970, and say since when it is so.
    """

    deferred: int | None = None
    deferred_at: float = 0.0
    message: str = ""
    """Why it is deferred."""
    in_progress: int | None = None
    started: float = 0.0


@attrs.frozen(kw_only=True)
class Worker:
    """One pod on one node."""

    uid: str
    key: str
    node: str
    pod: Any
    """The pod as this kubelet last saw it."""
    phase: str = SYNCING
    static: bool = False
    """Whether it comes from a manifest on its machine: `pod` is not in the API then, only its mirror pod."""
    gone_at: float | None = None
    """When the manifest of a static pod has gone."""
    sandbox: str = ""
    sandbox_attempt: int = 0
    ip: str = ""
    started_at: float = 0.0
    lag: float = 0.0
    """How many seconds late its kubelet gets to it."""
    slots: FrozenMap[str, Slot] = FrozenMap()
    reason: str = ""
    message: str = ""
    rejected: bool = False
    """Whether the kubelet did not take the pod, for `reason` and `message`."""
    failed: bool = False
    """Whether the kubelet itself ended the pod, with `reason` and `message`."""
    disruption: str = ""
    """Why its node has ended the pod, which was well."""
    waits_for: tuple[str, ...] = ()
    """The pods that end to make room for it."""
    begun: bool = False
    """Once it has stopped, whether the turn of its main containers had come."""
    grace: float | None = None
    halt: Halt | None = None
    erred: bool = False
    backoff_ends: float | None = None
    """Whether the sync could not do all that it was to do, and when the first back-off ends that has held it."""
    held: FrozenMap[str, Any] = FrozenMap()
    """By container, the resources that its node has granted where the pod asks for others by now."""
    resize: Resize | None = None
    sandbox_ready: bool = False
    """Whether its sandbox is there: it is stopped with the last container of the pod."""
    volume_backoff: float = 0.0
    volumes_ready: bool = False
    unmounted_at: float | None = None
    """When the volumes of a pod that has ended are unmounted: it is not deleted before."""
    wakes: float | None = None
    """When the next sync is due that nothing else asks for."""

    @classmethod
    def met(cls, pod: Any, **more: Any) -> Worker:
        """The record of a pod that a kubelet sees for the first time. What ran on its machine before is not there any
        more, and will start once again: that counts, unless the pod is deleted, or its last end is known and stands for
        the one that nobody saw."""
        slots = {}
        for status in (*pod.status.init_container_statuses, *pod.status.container_statuses):
            lost = status.state.running is not None
            unseen = lost and status.last_state.terminated is None and pod.metadata.deletion_timestamp is None
            again = status.state.terminated is not None or unseen
            if lost or again or status.restart_count:
                slots[status.name] = Slot(restarts=status.restart_count + again, before=status)
        return cls(uid=pod.metadata.uid, pod=pod, slots=FrozenMap(slots), **more)

    def refused(self, reason: str, message: str) -> Worker:
        """The record of a pod that its node does not take: it has ended before it began."""
        return evolved(self, phase=TERMINATED, rejected=True, reason=reason, message=message)

    def slot(self, name: str) -> Slot:
        """What is known of a container; an empty record if nothing is."""
        return self.slots.get(name) or NO_SLOT

    @property
    def mounted(self) -> float:
        """When the volumes of the pod are mounted."""
        return exact(self.started_at + self.lag + (MOUNT_SECONDS if self.pod.spec.volumes else 0.0))

    def container(self, name: str) -> Any | None:
        """A container of any kind by its name."""
        spec = self.pod.spec
        every = (*spec.containers, *spec.init_containers, *spec.ephemeral_containers)
        return next((each for each in every if each.name == name), None)

    def allocated(self, container: Any) -> Any:
        """The resources that the node has granted to a container."""
        return self.held.get(container.name, container.resources) if self.held else container.resources

    def with_slot(self, name: str, slot: Slot) -> Worker:
        """The worker with one container's record replaced."""
        return evolved(self, slots=FrozenMap({**self.slots, name: slot}))

    @property
    def is_to_end(self) -> bool:
        """Whether its pod was deleted, ended by its node, or taken from its machine."""
        return self.pod.metadata.deletion_timestamp is not None or self.failed or self.gone_at is not None

    def moved(self, event: str) -> Worker:
        """The worker in the phase that an event leads to; the same if the event means nothing in this phase."""
        phase = TRANSITIONS.get((self.phase, event))
        return self if phase is None else evolved(self, phase=phase)


def is_only_told(old: Any, new: Any) -> bool:
    """Whether of a pod nothing has changed but its status, which somebody else has written.

    A kubelet says what is so when it next looks through all statuses, every ten seconds; a pod whose readiness others
    decide it looks at now.
    """
    if (old.spec is not new.spec and old.spec != new.spec) or new.spec.readiness_gates:
        return False
    had, has = old.metadata, new.metadata
    return all(getattr(had, name) == getattr(has, name) for name in _OF_INTEREST)


_OF_INTEREST = ("labels", "annotations", "deletion_timestamp", "deletion_grace_period_seconds", "finalizers")
