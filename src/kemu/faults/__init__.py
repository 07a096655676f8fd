"""Faults: what goes wrong in real clusters, when a test says so.

    cluster.faults.conflict(on="update deployments", times=2)
    cluster.faults.crash("my-operator", after="create configmaps")
    cluster.faults.stale("my-operator", "pods", for_="10s")

A fault is one of two things: a rule about requests (`rules.py`), which is laid around the API server's door behind all
wrappers, or something done to a process, an informer or a node for a while. What is declared is a part of the cluster's
state; what ends by itself ends as a unit of work. The three patterns that the literature on controllers names:

- *intermediate state*: a controller ends between two of its writes (`crash`)
- *unobserved state*: it never sees a state that was there for a while (`unobserved`)
- *stale state*: it decides on a past that it has already left (`stale`, `late`)
"""

from __future__ import annotations

from collections.abc import Hashable
from math import inf
from typing import TYPE_CHECKING, Any

import attrs

from ..apiserver.request import Answer, Request
from ..clock import exact
from ..errors import UsageError
from ..kit import Cache, Process
from ..values.durations import Duration, offset_of, seconds_of
from .rules import ACTS, CRASHES, Act, FaultsState, Next, Rule, parsed

if TYPE_CHECKING:
    from ..assembly import Assembly

__all__ = ["ACTS", "Fault", "Faults", "FaultsState"]

SELDOM = ("conflict", "unavailable", "timeout-after", "too-many")
"""What `random` does if nothing else is said."""


class Fault:
    """One rule that was declared: how often it has hit, and a way to take it back."""

    __slots__ = ("_faults", "_number")

    def __init__(self, faults: Faults, number: int) -> None:
        self._faults = faults
        self._number = number

    @property
    def hits(self) -> int:
        """How many requests it has hit so far. What was taken back, or is used up and forgotten, says 0."""
        return next((rule.hit for rule in self._faults.state.rules if rule.number == self._number), 0)

    def lift(self) -> None:
        """It hits nothing any more."""
        self._faults.lift(self._number)

    def __repr__(self) -> str:
        return f"<fault {self._number}: {self.hits} hits>"


class Faults:
    """The faults of one cluster. Nothing is wrapped around the door as long as no rule is declared."""

    def __init__(self, parts: Assembly, state: FaultsState | None = None) -> None:
        self._parts = parts
        self.state = state or FaultsState()
        self._asked: Act | None = None
        parts.loop.attach("faults", self)
        self._set(self.state.rules)

    # Requests

    def conflict(self, on: str = "update", **more: Any) -> Fault:
        """409 Conflict, as if somebody else had just written the object."""
        return self.inject("conflict", on, **more)

    def too_many(self, on: str = "*", **more: Any) -> Fault:
        """429 Too Many Requests, with a Retry-After of one second."""
        return self.inject("too-many", on, **more)

    def error(self, on: str = "*", **more: Any) -> Fault:
        """500 Internal Server Error."""
        return self.inject("error", on, **more)

    def unavailable(self, on: str = "*", **more: Any) -> Fault:
        """503 Service Unavailable."""
        return self.inject("unavailable", on, **more)

    def timeout(self, on: str = "*", *, after: bool = False, **more: Any) -> Fault:
        """504 Timeout; with `after` the write has taken effect, and who sent it does not know."""
        return self.inject("timeout-after" if after else "timeout", on, **more)

    def overtaken(self, on: str = "update", **more: Any) -> Fault:
        """Somebody else annotates the object just before the request: who asks for the version that it read meets a
        conflict, who does not may undo what that somebody did."""
        return self.inject("overtaken", on, **more)

    def quota(self, on: str = "create", **more: Any) -> Fault:
        """403 Forbidden: a quota is exceeded."""
        return self.inject("quota", on, **more)

    def webhook(self, on: str = "write", *, fails: bool = False, **more: Any) -> Fault:
        """An admission webhook denies the request; or it `fails` to answer."""
        return self.inject("webhook-fails" if fails else "webhook-denies", on, **more)

    def no_quorum(self, for_: Duration = "10s") -> Fault:
        """The store has no quorum for a while: every read and write, whoever makes it, ends in an error."""
        return self.inject("no-quorum", "*", times=inf, for_=for_)

    def inject(
        self,
        act: str,
        on: str,
        *,
        by: str = "",
        name: str = "*",
        times: float = 1,
        skip: int = 0,
        rate: float = 1.0,
        for_: Duration | None = None,
    ) -> Fault:
        """Let requests meet a fault, by its name in `rules.ACTS`.

        `on` is a verb (`write`, `read` and `*` are several) and a kind with its subresource, as in "update
        pods/status"; `by` a process, a controller or a user; `name` a wildcard for `name` or `namespace/name`. The
        first `skip` requests that fit are let through, at most `times` are hit, each with a chance of `rate`, until
        `for_` is over.

        Raises UsageError for what no request could ever meet.
        """
        if act not in ACTS:
            raise UsageError(f"there is no fault {act!r}: there are {', '.join(ACTS)}")
        if not 0 < rate <= 1 or not times > 0 or skip < 0:
            raise UsageError(
                f"a fault needs a rate in (0, 1], times of at least 1, at least 0 to skip: {rate=}, {times=}, {skip=}"
            )
        if act in CRASHES:
            self._processes(by)
        verb, resource = parsed(on)
        until = inf if for_ is None else self._after(for_)
        number = self.state.declared = self.state.declared + 1
        rule = Rule(number, act, verb, resource, name, by, skip, times, rate, until)
        self._set((*self.state.rules, rule))
        return Fault(self, number)

    def random(
        self,
        rate: float = 0.05,
        acts: tuple[str, ...] = SELDOM,
        *,
        on: str = "write",
        by: str = "",
        for_: Duration | None = None,
    ) -> tuple[Fault, ...]:
        """Let a share of all requests fail, drawn from the cluster's seed: `rate` for each of the faults named."""
        return tuple([self.inject(act, on, by=by, times=inf, rate=rate, for_=for_) for act in acts])

    def lift(self, number: int | None = None) -> None:
        """Take back a rule, or all of them."""
        self._set(tuple([rule for rule in self.state.rules if number is not None and rule.number != number]))

    def ask(self, chooser: Act | None) -> None:
        """Have somebody decide about each request that no rule hits: a function like those in `ACTS`. Forks do not."""
        self._asked = chooser
        self._set(self.state.rules)

    def _set(self, rules: tuple[Rule, ...]) -> None:
        self.state.rules = rules
        self._parts.api.break_with(self._meet if rules or self._asked else None)

    def _meet(self, request: Request, following: Next) -> Answer:
        """A request comes by: the first rule that hits it decides what becomes of it."""
        now, chance = self._parts.clock.now, self._parts.entropy
        by = self.senders(request.actor)
        for place, rule in enumerate(self.state.rules):
            if not rule.fits(request, now, by):
                continue
            met = rule.met + 1
            hits = met > rule.skip and (rule.rate >= 1 or chance.fraction("fault", rule.number, met) < rule.rate)
            rules = self.state.rules
            self.state.rules = (*rules[:place], attrs.evolve(rule, met=met, hit=rule.hit + hits), *rules[place + 1 :])
            if hits:
                return ACTS[rule.act](request, following)
        return following(request) if self._asked is None else self._asked(request, following)

    def senders(self, actor: str) -> tuple[str, ...]:
        """The names by which a sender is known: its own, and those of the process in which it runs."""
        for process in self._parts.processes.values():
            if actor in process.program.specs or actor == process.name:
                return (actor, process.name, process.program.name)
        return (actor,)

    # Processes and what they see

    def crash(self, process: str, *, after: str = "", before: str = "", **more: Any) -> Fault | None:
        """The process ends, and starts anew after its back-off: at once, or at a request of its own, such as
        `after="create pods"`, which leaves an *intermediate state*. `skip=1` lets the first such request pass.

        Raises UsageError for a process without controllers.
        """
        if after or before:
            return self.inject("crash-after" if after else "crash-before", after or before, by=process, **more)
        for each in self._processes(process):
            if each.state.running:
                each.fall()
        return None

    def late(self, process: str, kind: Any, by: Duration) -> None:
        """From now on everything of a kind reaches the process so much later."""
        for cache in self._caches(process):
            cache.delay(kind, seconds_of(by))

    def stale(self, process: str, kind: Any, for_: Duration) -> None:
        """*Stale state*: for a while nothing of a kind reaches the process; then it sees one after the other."""
        self._hold(process, kind, for_, "release")

    def unobserved(self, process: str, kind: Any, for_: Duration) -> None:
        """*Unobserved state*: for a while nothing of a kind reaches the process, and then its watch has expired: it
        lists what there is by then, and what came and went in between it never sees."""
        self._hold(process, kind, for_, "expire")

    def past(self, process: str, revision: int, for_: Duration = "10s") -> None:
        """The process restarts, and lists from an API server that lags: it sees the past of a revision once more, and
        for a while nothing newer."""
        for each in self._processes(process):
            each.crash()
            each.start(revision)
            for resource in each.cache.kinds.resources():
                self._later(for_, "release", process, resource.key)

    def expire(self, process: str, kind: Any) -> None:
        """The watch of a kind has expired: the process lists anew."""
        for cache in self._caches(process):
            cache.expire(kind)

    def drop(self, process: str, kind: Any, count: int = 1, for_: Duration | None = None) -> None:
        """The next changes of a kind never reach the process; a later one of the same object does. After `for_`, if it
        is given, the watch has expired, and the process lists what there is by then."""
        for cache in self._caches(process):
            cache.miss(kind, count)
        if for_ is not None:
            self._later(for_, "expire", process, self._parts.api.resources.of(kind).key)

    def duplicate(self, process: str, kind: Any, count: int = 1) -> None:
        """The process is told twice of the next changes of a kind."""
        for cache in self._caches(process):
            cache.repeat(kind, count)

    def two_leaders(self, process: str) -> None:
        """Of several replicas one more leads for a moment, as after a pause in which its lease ran out: until it finds
        that it cannot renew. Raises UsageError if there is no other replica."""
        rivals = [each for each in self._processes(process) if each.state.running and not each.leads]
        if not rivals:
            raise UsageError(f"{process} has no replica that waits to lead: give it replicas=2")
        rivals[0].election.usurp()

    def skew(self, process: str, by: Duration, for_: Duration | None = None) -> None:
        """The clock of the process's machine is ahead, or with a negative duration behind; until it is set right after
        `for_`, if that is given."""
        for each in self._processes(process):
            each.state.skew = offset_of(by)
        if for_ is not None:
            self._later(for_, "right-clock", process)

    def _hold(self, process: str, kind: Any, for_: Duration, end: str) -> None:
        for cache in self._caches(process):
            cache.hold(kind)
        self._later(for_, end, process, self._parts.api.resources.of(kind).key)

    # Nodes

    def node_crash(self, node: str, for_: Duration = "10m") -> None:
        """The machine is gone at once, and back, empty, after a while."""
        self._parts.kubelets.handle(node).crash()
        self._later(for_, "boot", node)

    def kubelet_restart(self, node: str, for_: Duration = "10s") -> None:
        """The kubelet stops and is back after a while; containers live on."""
        self._parts.kubelets.handle(node).stop_kubelet()
        self._later(for_, "start-kubelet", node)

    def partition(self, node: str, for_: Duration = "1m") -> None:
        """The network does not lead to a node for a while."""
        self._parts.kubelets.handle(node).partition()
        self._later(for_, "heal", node)

    def slow_node(self, node: str, by: Duration, kinds: tuple[str, ...] = ("pods",)) -> None:
        """From now on everything of some kinds reaches a node so much later."""
        for kind in kinds:
            self._parts.kubelets.views.own(node).delay(kind, seconds_of(by))

    # What ends by itself

    def _after(self, for_: Duration) -> float:
        return exact(self._parts.clock.now + seconds_of(for_))

    def _later(self, for_: Duration, what: str, *about: Hashable) -> None:
        self._parts.loop.schedule_at("faults", (what, *about), self._after(for_))

    def run(self, item: tuple[Hashable, ...]) -> None:
        """Something is over."""
        what, about, *more = map(str, item)
        kubelets = self._parts.kubelets
        if what in ("release", "expire"):
            for cache in self._caches(about):
                kind = self._parts.api.resources.of(more[0])
                cache.release(kind) if what == "release" else cache.expire(kind)
        elif what == "right-clock":
            self.skew(about, 0)
        else:
            ends = {"boot": kubelets.boot, "start-kubelet": kubelets.start_kubelet, "heal": kubelets.heal}
            ends[what](about)

    # Who is meant

    def _processes(self, name: str) -> tuple[Process, ...]:
        """The processes with controllers of a name. Raises UsageError if there is none."""
        parts = self._parts
        found = parts.replicas(name) or tuple(each for each in (parts.processes.get(name),) if each)
        if not found:
            raise UsageError(f"there is no process {name!r} with controllers: there are {', '.join(parts.processes)}")
        return found

    def _caches(self, name: str) -> tuple[Cache, ...]:
        """What is seen by a process, the scheduler, or the kubelet of a node. Raises UsageError."""
        kind, _, node = name.partition("/")
        if kind == "kubelet" and node:
            return (self._parts.kubelets.views.own(node),)
        if name == "kube-scheduler" and self._parts.scheduler is not None:
            return (self._parts.scheduler.cache,)
        return tuple([process.cache for process in self._processes(name)])
