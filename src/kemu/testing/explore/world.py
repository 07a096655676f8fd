"""One run: a scenario in a cluster of its own, that asks at every point where something else could happen.

A run goes through *acts*: the steps of the scenario, each with the time that passes after it, then calm, then the
deletion of all that users have made, and calm again. It leaves marks on the way: snapshots from which it can be resumed
with another plan. Only what concerns the processes in `focus` is offered; what else happens goes its usual way.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from sys import getrefcount
from typing import Any

import attrs

from ... import errors
from ...apiserver.request import Answer, Request
from ...checks import GuaranteeBroken, evaluate, no_double_binding, observed_generation
from ...cluster import Cluster, Snapshot
from ...faults import ACTS
from ...loop import Work
from ...reconcilers.scheduler import NAME as SCHEDULER
from .disturbances import UNSEEN, disturbances, outages
from .offers import (
    NO_QUORUM,
    RUDE,
    SKEWED,
    SKEWS,
    WRITES,
    Choice,
    Decider,
    Plan,
    nothing,
    sights,
)
from .tape import Recorder

BUILT_IN = "kube-controller-manager"

Action = Callable[[Cluster], Any]

REPEATS = 60
"""So often the same unit of work comes up at one moment before it is a hot loop."""

ROUNDS = 6
"""So often it comes up before who decides on the past is shown the present; and before nothing is offered any more."""


GOES_ON = 40
"""In so many different seconds of calm a controller makes objects of a kind before it is one that never ends."""

OFTEN = 180
"""So often in a minute a controller may ask to be called again."""

RESTLESS = 60.0
"""Seconds of the last calm in which something may go wrong still."""

WRITING = ("create", "update", "patch", "delete")
"""The verbs just before which a user may do something."""

OWN_REFERENCES = 2
"""How often a cluster is held that only its run has: by that, and by who counts."""

NODES = 3
"""So many of the nodes that are equally good for a pod are tried."""


@attrs.frozen
class Act:
    """Something that a user does, and how many seconds pass before the next act; 0 is until all is done."""

    name: str
    do: Action
    pause: float = 0.0
    said: Any = None
    """What the scenario says of it: a manifest, or a function."""


@attrs.frozen
class Mark:
    """A point of a run from which it can go on in another way: a snapshot, and what was done and offered until then."""

    snapshot: Snapshot
    position: int
    until: float
    offered: dict[str, int]
    taken: Plan
    units: int
    stages: tuple[int, ...] = ()
    """The revisions at which the acts were over."""


@attrs.define
class Course:
    """What all runs of an exploration have in common."""

    acts: tuple[Act, ...]
    until: float
    faults: frozenset[str]
    focus: tuple[str, ...]
    always: tuple[Action, ...] = ()


class Run:
    """One run from a mark on. `marks` are those that it left, with the offers that were made there and not taken."""

    def __init__(self, course: Course, mark: Mark, plan: Plan = (), decide: Decider = nothing) -> None:
        self.course = course
        self.cluster = cluster = mark.snapshot.open()
        self.position, self.until, self.units = mark.position, mark.until, mark.units
        self.offered = dict(mark.offered)
        self.taken, self.stages = mark.taken, mark.stages
        self._plan = {(choice.offer, choice.nth): choice for choice in plan}
        self._decide = decide
        self.marks: list[tuple[Mark, tuple[Choice, ...]]] = []
        self.marking = False
        self.cut_short = ""
        self.known: Callable[[Run], bool] = lambda run: False
        """Whether another run has been where this one is, of which a snapshot was taken just now."""
        self.recorder: Recorder | None = None
        """Who takes the run down, if anybody does."""
        self._inside = False
        self._moment = -1.0
        self._checked = cluster.store.revision
        """Up to which revision it was looked whether all is well."""
        self._repeats: dict[tuple[str, tuple[Any, ...]], int] = {}
        self._makes: dict[tuple[str, str], dict[int, None]] = {}
        """In which seconds of calm a controller has made objects of a kind."""
        self._looks: dict[tuple[str, tuple[Any, ...]], tuple[float, int]] = {}
        """How often a controller has asked to be called again, and since when that is counted."""
        self._mark: Mark | None = None
        parts = cluster.parts
        self.processes = tuple([parts.processes[name] for name in course.focus if name in parts.processes])
        self._caches = {process.cache.name: process for process in self.processes}
        self._names = {process.name: process for process in self.processes}
        self.actors = {name: None for process in self.processes for name in (*process.program.specs, process.name)}

    def end(self) -> None:
        """Take the cluster apart, if nobody else has it."""
        if getrefcount(self.cluster) <= OWN_REFERENCES:
            self.cluster.parts.take_apart()

    # Going on

    def go(self, end: int) -> bool:
        """Go on until the act of this number is over; whether it came there, or to a state that is known already.

        Raises AssertionError for what breaks on the way.
        """
        driver, faults, scheduler = self.cluster.parts.driver, self.cluster.faults, self.cluster.parts.scheduler
        driver.choose, self._moment = self._next, -1.0
        faults.ask(self._meet)
        if scheduler is not None:
            scheduler.ask(self._tie if self._wanted("tie") else None)
        try:
            while True:
                driver.run_to(self.until)
                while self.cluster.now < self.until:  # it was put off on the way
                    driver.run_to(self.until)
                self._between()
                if self.position == end:
                    return True
                self._perform()
        except _Joined:
            return False
        finally:
            driver.choose = None
            faults.ask(None)
            if scheduler is not None:
                scheduler.ask(None)

    def _perform(self) -> None:
        """The next act of the user."""
        act = self.course.acts[self.position]
        self._tell("user", act.name)
        self.position += 1
        self._inside, before = True, self.taken
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", errors.KemuWarning)
                act.do(self.cluster)
        except (errors.NotReached, errors.ApiError) as problem:
            if not (before or self.taken):
                raise
            self.cut_short = str(problem)
        finally:
            self._inside = False
        self.stages = (*self.stages, self.cluster.store.revision)
        self.until = self.cluster.now + act.pause

    # What could happen instead

    def _ask(self, offers: Sequence[str]) -> str:
        """Which of some offers is taken, if any."""
        offered, planned, taken = self.offered, self._plan, None
        for offer in offers:
            offered[offer] = number = offered.get(offer, 0) + 1
            if planned and taken is None:
                taken = planned.get((offer, number))
        if taken is None:
            if self.taken:
                offers = self._that_go_with_others(offers)
            said = self._decide(offers) if offers else ""
            if said in offers:
                taken = Choice(said, offered[said])
        if taken is None:
            if self._mark is not None and offers:
                self.marks.append((self._mark, tuple([Choice(offer, offered[offer]) for offer in offers])))
            return ""
        self.taken = (*self.taken, taken)
        return taken.offer

    def _that_go_with_others(self, offers: Sequence[str]) -> Sequence[str]:
        """The offers that may be taken after what was taken already: what is rude comes alone."""
        if any(choice.rude for choice in self.taken):
            return ()
        return [offer for offer in offers if not offer.startswith(RUDE)]

    def _leave_mark(self) -> None:
        if self.marking and not self._inside:
            snapshot = self.cluster.snapshot()
            if len(self.taken) >= len(self._plan) and self.known(self):
                raise _Joined
            self._mark = Mark(
                snapshot,
                self.position,
                self.until,
                dict(self.offered),
                self.taken,
                self.units,
                self.stages,
            )

    def _wanted(self, kind: str) -> bool:
        return kind in self.course.faults

    def _next(self, until: float) -> Work | None:
        """The unit of work that comes next."""
        work = self._chosen(until)
        if work is not None and self.recorder is not None:
            self.recorder.begins(*self._described(work), work.serial)
        return work

    def _chosen(self, until: float) -> Work | None:
        """The unit of work that comes next, taken from the loop."""
        loop = self.cluster.loop
        if self.recorder is not None:
            self.recorder.ended()
        while True:
            due = loop.due(until)
            if not due:
                return None
            self._note(due[0])
            offers = self._offers(due)
            if offers or (self._may_ask(due[0]) and self._repeats.get(due[0][3:], 0) < ROUNDS):
                self._leave_mark()
            said = self._ask(tuple(offers)) if offers else ""
            if not said:
                return loop.take(due[0])
            work = offers[said]()
            if work is not None:
                return loop.take(work)

    def _tell(self, who: str, what: str) -> None:
        """Take down that somebody does something that is no unit of work."""
        if self.recorder is not None:
            self.recorder.begins(who, what)

    def _described(self, work: Work) -> tuple[str, str]:
        """Who a unit of work is for, and what it is; of a delivery, of which kinds."""
        who, what = self.cluster.loop.described(work)
        words = " ".join(map(str, what))
        seer = self._caches.get(work.target)
        if seer is None:
            return who, words
        return who, f"{words} {', '.join([kind.kind.plural for kind in seer.cache.unseen()])}"

    def _may_ask(self, work: Work) -> bool:
        """Whether one of the controllers that are tried out may write now, or a pod may get a node."""
        if work.target == SCHEDULER:
            return self._wanted("tie") and work.item[0] == "attempt"
        return work.target in self._names and work.item[0] == "key"

    def _note(self, work: Work) -> None:
        """A unit of work comes up. Raises AssertionError for what broke in the one before, or for a hot loop."""
        self.units += 1
        revision = self.cluster.store.revision
        if revision > self._checked:
            observed_generation(self.cluster, self._checked + 1)
            no_double_binding(self.cluster, self._checked + 1)
            for check in self.course.always:
                evaluate(check, self.cluster)
            self._count(self._checked + 1)
            self._checked = revision
        if work.due != self._moment:
            self._moment = work.due
            self._repeats.clear()
        if work.item[:1] != ("deliver",):
            same = (work.target, work.item)
            self._repeats[same] = times = self._repeats.get(same, 0) + 1
            if times == ROUNDS:
                self._show_the_present()
            if times > REPEATS and self._is_about_the_same(work):
                who, what = self.cluster.loop.described(work)
                raise GuaranteeBroken("no write storm", f"{who} {' '.join(map(str, what))} comes up again and again")
        if work.item[:1] == ("timer",) and work.target in self._names:
            self._count_look(work)

    def _is_about_the_same(self, work: Work) -> bool:
        """Whether what comes up again and again is about the same thing each time. The scheduler may have many pods to
        look at: from here on it is counted how often each of them comes up."""
        scheduler = self.cluster.parts.scheduler
        if work.target != SCHEDULER or work.item[0] != "attempt":
            return True
        of = (work.target, (*work.item, scheduler.turn))
        self._repeats[of] = times = self._repeats.get(of, 0) + 1
        return times > REPEATS

    def _count_look(self, work: Work) -> None:
        """Raise AssertionError for a controller that asks to be called again, and again, and again."""
        of = (work.target, work.item)
        since, times = self._looks.get(of, (work.due, 0))
        if work.due - since > 60.0:
            since, times = work.due, 0
        self._looks[of] = (since, times + 1)
        if times >= OFTEN:
            who, what = self.cluster.loop.described(work)
            raise GuaranteeBroken("no hot loop", f"{who} looks at {what[1]} more than {OFTEN} times a minute")

    def _count(self, since: int) -> None:
        """Raise AssertionError for a controller that goes on and on making objects in calm: to wait for the end of it
        would take long. O(changes from a revision on)"""
        if self.position != len(self.course.acts) - 1:
            return
        built_in = self.course.focus == (BUILT_IN,)
        for change in self.cluster.api.log.since(since):
            if change.old is None and change.actor in self.actors and not (built_in and change.resource.key in UNSEEN):
                seconds = self._makes.setdefault((change.actor, change.kind), {})
                seconds[int(change.time)] = None
                if len(seconds) > GOES_ON:
                    text = f"{change.actor} makes one {change.kind} after the other, {change.name} was the last"
                    raise GuaranteeBroken("no write storm", text)

    def _show_the_present(self) -> None:
        """Somebody may be deciding on the past again and again. In a real cluster each round takes a while, so that who
        is late has caught up after some of them (D-130)."""
        loop = self.cluster.loop
        held = [work for work in loop.waiting() if work.target == "faults" and work.item[0] in ("release", "expire")]
        for work in held:
            loop.cancel(work.serial)
            self.cluster.faults.run(work.item)
        for process in self.processes:
            process.cache.hasten()

    def _offers(self, due: list[Work]) -> dict[str, Callable[[], Work | None]]:
        """What could be instead of the first of what is due, and how it is done."""
        found: dict[str, Callable[[], Work | None]] = {}
        first = due[0]
        if (
            first.item[:1] == ("elect",)
            or self._repeats.get((first.target, first.item), 0) >= ROUNDS
            or self._is_calm()
        ):
            return found
        seer = self._caches.get(first.target)
        if seer is not None:
            for kind in seer.cache.unseen():
                found |= self._sights(seer.name, kind.kind.plural, kind.key)
        if self._wanted("next"):
            for work in self._others(due):
                who, what = self.cluster.loop.described(work)
                found.setdefault(f"next: {who} {' '.join(map(str, what))}", partial(_same, work))
        if self._wanted("early") and self._may_be_early():
            concerns = seer is not None or first.target in self._names
            if concerns:
                act = self.course.acts[self.position]
                found[f"early: {act.name}"] = self._perform
        if self._wanted("no-quorum") and first.target in self._names and self.position < len(self.course.acts) - 1:
            who, what = self.cluster.loop.described(first)
            found[f"no-quorum: for {NO_QUORUM:g}s from {who} {' '.join(map(str, what))} on"] = self._no_quorum
        return found

    def _is_calm(self) -> bool:
        """Whether nothing goes wrong any more, so that who has failed often enough has time to try again."""
        return (
            self.position == len(self.course.acts) - 1 and self.until - self.cluster.now < self.course.until - RESTLESS
        )

    def _may_be_early(self) -> bool:
        """Whether there is an act of the user that could come now and not later."""
        return not self._inside and self.position < len(self.course.acts) - 2

    def _no_quorum(self) -> None:
        """Nobody reads or writes for a while, and users wait until it is over."""
        self.cluster.faults.no_quorum(NO_QUORUM)
        self.until = max(self.until, self.cluster.now + 2 * NO_QUORUM)

    def _others(self, due: list[Work]) -> list[Work]:
        """What could come before the first of what is due: of each controller and cache one, if it is about the focus.

        Two deliveries change places without a trace, so that only one order of them is tried.
        """
        first, delivery = due[0], due[0].item[:1] == ("deliver",)
        mine = first.target in self._caches or first.target in self._names
        found, seen = [], {(first.target, first.item[2:3])}
        for work in due[1:]:
            of = (work.target, work.item[2:3])
            if of in seen or work.item[:1] == ("elect",) or (delivery and work.item[:1] == ("deliver",)):
                continue
            seen.add(of)
            if mine or work.target in self._caches or work.target in self._names:
                found.append(work)
        return found

    def _sights(self, seer: str, plural: str, kind: str) -> dict[str, Callable[[], None]]:
        """How the next changes of a kind may reach a process."""
        faults = self.cluster.faults
        return {
            sight.offer: partial(getattr(faults, sight.fault), seer, kind, *sight.values)
            for sight in sights(seer, plural)
            if sight.kind in self.course.faults
        }

    def _tie(self, pod: str, count: int, drawn: int) -> int:
        """Several nodes are equally good for a pod: which of them does it get?"""
        places = [place for place in range(min(count, NODES)) if place != drawn]
        offers = {f"tie: {SCHEDULER} gives {pod} node {place + 1} of {count}": place for place in places}
        said = self._ask(tuple(offers))
        return offers[said] if said else drawn

    def _meet(self, request: Request, following: Callable[[Request], Answer]) -> Answer:
        """A request comes by: what becomes of it?"""
        resource = request.resource
        if request.actor not in self.actors or resource is None or resource.key in UNSEEN or self._is_calm():
            return following(request)
        where = f"{resource.key}/{request.subresource}" if request.subresource else resource.key
        name = f"{request.namespace}/{request.name}" if request.namespace else request.name
        about = f"{request.verb} {where} {name} by {request.actor}"
        offers = [f"{act}: {about}" for act in WRITES.get(request.verb, ()) if self._wanted(act)]
        if request.verb in WRITING and self._wanted("meanwhile") and self._may_be_early():
            offers.append(f"meanwhile: {self.course.acts[self.position].name}, just before {about}")
        said = self._ask(offers) if offers else ""
        if said.startswith("meanwhile:"):
            self._perform()
            return following(request)
        return ACTS[said.partition(":")[0]](request, following) if said else following(request)

    def _between(self) -> None:
        """All is done, and the next act is still to come: what could happen here that nobody asked for?"""
        offers: dict[str, Callable[[], Any]] = {}
        if self.recorder is not None:
            self.recorder.ended()
        if self.position >= len(self.course.acts) - 1:
            return
        if self._wanted("restart"):
            for process in self.processes:
                offers[f"restart: {process.name}"] = process.fall
        if self._wanted("two-leaders"):
            for process in self.processes:
                if process.program.rivals and process.state.running and not process.leads:
                    offers[f"two-leaders: {process.name} leads as well"] = process.election.usurp
        if self._wanted("past") and len(self.processes) == len(self.course.focus):
            for process in self.processes:
                for place, revision in enumerate(self.stages[:-1]):
                    name = f"past: {process.name} sees again what was after {self.course.acts[place].name}"
                    offers[name] = partial(self.cluster.faults.past, process.name, revision)
        if self._wanted("skew"):
            for process in self.processes:
                for skew in SKEWS:
                    name = f"skew: {process.name} is {skew:+g}s ahead for {SKEWED:g}s"
                    offers[name] = partial(self.cluster.faults.skew, process.name, skew, SKEWED)
        offers |= outages(self.cluster, self.course.faults)
        offers |= disturbances(self.cluster, self.processes, self.actors, self.course.faults)
        if offers:
            self._leave_mark()
            said = self._ask(tuple(offers))
            if said:
                self._tell("somebody", said)
                if offers[said]() is False:
                    self.cut_short = f"it could not be {said}"
                self.cluster.parts.driver.run_to(self.cluster.now + 1.0)


def _same(work: Work) -> Work:
    return work


class _Joined(Exception):
    """The run has come into a state in which another one has been."""
