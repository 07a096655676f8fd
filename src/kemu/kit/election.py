"""Leader election, as client-go does it: who holds a Lease leads, and renews it every two seconds.

A rival looks at the lease every two seconds and a bit. It takes it over once the record has not changed for the
duration that it says, by the rival's own clock. A leader that could not renew for ten seconds leads no longer: its
process ends, and starts again as one that knows nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from .. import errors
from ..objects import coordination, evolve, meta
from ..values.state import State
from ..values.times import MicroTime
from .client import Client
from .recorder import EventRecorder

if TYPE_CHECKING:
    from .process import Process

LEASE_SECONDS = 15
"""How long a lease counts after its last renewal."""

RENEW_DEADLINE = 10.0
"""Seconds without a renewal after which a leader gives up."""

RETRY_SECONDS = 2.0
JITTER = 1.2
"""A rival waits up to this many periods more."""

NAMESPACE = "kube-system"


@attrs.define(eq=False)
class ElectionState(State):
    """What a candidate knows."""

    leading: bool = False
    renewed: float = 0.0
    """When it last got the lease."""
    seen: str = ""
    """The lease as it was last seen, and since when it is so."""
    seen_at: float = 0.0
    attempts: int = 0

    def clear(self) -> None:
        """Know nothing any more."""
        self.leading, self.renewed, self.seen, self.seen_at, self.attempts = False, 0.0, "", 0.0, 0


class Election:
    """One candidate: a process that wants the lease of its program."""

    __slots__ = ("_process", "state")

    def __init__(self, process: Process, state: ElectionState) -> None:
        self._process = process
        self.state = state

    def begin(self) -> None:
        """Become a candidate."""
        self._again(0.0)

    def run(self) -> None:
        """Try to get the lease, or to renew it."""
        process, state = self._process, self.state
        now = self._client.now
        if self._acquired():
            state.renewed = now
            if not state.leading:
                state.leading = True
                self._say("became leader")
                process.begin()
            self._again(RETRY_SECONDS)
        elif state.leading and now - state.renewed >= RENEW_DEADLINE:
            self._say("stopped leading")
            process.fall()
        else:
            state.attempts += 1
            more = 0.0
            if not state.leading:
                more = RETRY_SECONDS * JITTER * self._client.entropy.fraction("elect", process.name, state.attempts)
            self._again(RETRY_SECONDS + more)

    def usurp(self) -> None:
        """Lead without the lease, as one does that was suspended while it ran out: until no renewal succeeds."""
        self.state.leading, self.state.renewed = True, self._client.now
        self._process.begin()

    def release(self) -> None:
        """Give the lease up, so that another can have it at once."""
        try:
            lease: Any = self._client.get(coordination.Lease, self._process.program.name, NAMESPACE)
            if lease.spec.holder_identity == self._process.name:
                spec = evolve(lease.spec, holder_identity="", lease_duration_seconds=1, renew_time=self._stamp())
                self._client.update(evolve(lease, spec=spec))
        except errors.ApiError:
            return

    @property
    def _client(self) -> Client:
        process = self._process
        return Client(process.server, process.name, user=process.program.user, manager=process.program.name)

    def _again(self, delay: float) -> None:
        self._process.queue.later("elect", delay)

    def _acquired(self) -> bool:
        client, process = self._client, self._process
        name, me = process.program.name, process.name
        try:
            lease: Any = client.find(coordination.Lease, name, NAMESPACE)
            if lease is None:
                client.create(self._fresh(name, me))
                return True
            if self._counts(lease) and lease.spec.holder_identity != me:
                return False
            client.update(evolve(lease, spec=self._taken(lease.spec, me)))
        except errors.ApiError:
            return False
        return True

    def _fresh(self, name: str, me: str) -> Any:
        spec = coordination.LeaseSpec(
            holder_identity=me,
            lease_duration_seconds=LEASE_SECONDS,
            acquire_time=self._stamp(),
            renew_time=self._stamp(),
            lease_transitions=0,
        )
        return coordination.Lease(metadata=meta.ObjectMeta(name=name, namespace=NAMESPACE), spec=spec)

    def _taken(self, spec: Any, me: str) -> Any:
        changes: dict[str, Any] = {"renew_time": self._stamp(), "lease_duration_seconds": LEASE_SECONDS}
        if spec.holder_identity != me:
            transitions = (spec.lease_transitions or 0) + 1
            changes |= {"holder_identity": me, "acquire_time": self._stamp(), "lease_transitions": transitions}
        return evolve(spec, **changes)

    def _counts(self, lease: Any) -> bool:
        """Whether somebody holds the lease still, by this candidate's own clock."""
        spec, now = lease.spec, self._client.now
        text = f"{spec.holder_identity} {spec.renew_time} {spec.acquire_time} {spec.lease_transitions}"
        if text != self.state.seen:
            self.state.seen, self.state.seen_at = text, now
        return bool(spec.holder_identity) and self.state.seen_at + (spec.lease_duration_seconds or 0) > now

    def _stamp(self) -> MicroTime:
        return MicroTime(round(self._client.unix * 1_000_000))

    def _say(self, what: str) -> None:
        process = self._process
        try:
            lease: Any = self._client.get(coordination.Lease, process.program.name, NAMESPACE)
        except errors.ApiError:
            return
        else:
            recorder = EventRecorder(self._client, process.program.name, state=process.state.events)
            recorder.event(lease, "Normal", "LeaderElection", f"{process.name} {what}")
