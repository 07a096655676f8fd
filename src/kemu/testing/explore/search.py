"""Which runs to make.

First the one in which nothing goes wrong. Then, systematically, those that deviate from it once: each offer that was
made is taken, from the mark before it, and the run goes on until it comes into a state in which another one has been.
Then those that deviate from these once more, and so on: whatever breaks, breaks with the fewest deviations first. In
between, with what is left of the budget, come walks at random and runs with priorities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from math import inf
from operator import itemgetter
from typing import Any

import attrs
from sortedcontainers import SortedKeyList

from ...checks import GuaranteeBroken
from ...cluster import Cluster
from ...entropy import Entropy
from ...errors import ApiError, NotReached, UsageError
from ...fingerprints import state_hash
from ...turns import WALL
from ...values.durations import Duration, seconds_of
from ...values.garbage import seldom
from ...values.memo import Lately
from . import verdict
from .offers import Decider, Plan, Priorities, Walk, faults_of, nothing, plan_of
from .report import Broken, Inputs, Report
from .scenario import acts_of, name_of, root_of, whole, written
from .tape import Recorder
from .world import BUILT_IN, Course, Mark, Run

STRATEGIES = ("auto", "exhaustive", "random", "pct")

WAITING = 5_000
"""So many plans wait to be tried at most: what comes after them would hardly be reached, and each holds a snapshot."""

STATES = 250_000
"""So many states are remembered at least: a run that comes back to an older one goes on."""

SORTS = 100_000
"""So many sorts of plans are told apart before all are as good as new."""

SEEN = ("late", "expire", "drop", "duplicate")
"""The offers about what a process sees of a kind."""


def explore(
    setup: Any,
    scenario: Any,
    *,
    checks: Iterable[Callable[[Cluster], Any]] = (),
    faults: str | Iterable[str] = "all",
    until: Duration = "30m",
    budget: Duration = "10s",
    strategy: str = "auto",
    seed: int = 0,
    processes: Iterable[str] = (),
    runs: float = inf,
    most: int = 1,
) -> Report:
    """Look for a way in which a scenario breaks: other orders, and faults at the worst moments.

    `setup` is a cluster, or a function that makes one, or that is given one; `scenario` what its users do: a function
    of a cluster, or a list of such functions, of manifests, and of durations that pass. `checks` are functions of a
    cluster that raise AssertionError or give back False where something is wrong in calm, or, marked with
    `checks.always`, after any step; those of `verdict.py` come on top. `faults` says what may go wrong
    (`offers.KINDS`). `until` is how much virtual time calm has, `budget` how much real time the exploration (or so many
    `runs`). What is tried out are the `processes` with controllers that `setup` has added, or the built-in ones if
    there are none; it ends when `most` things have broken.

    Raises UsageError, and whatever the scenario raises when nothing goes wrong.
    """
    if strategy not in STRATEGIES:
        raise UsageError(f"a strategy is one of {', '.join(STRATEGIES)}, not {strategy!r}")
    search = Search(
        setup, scenario, tuple(checks), faults_of(faults), seconds_of(until), strategy, seed, tuple(processes)
    )
    search.most, search.most_runs = most, runs
    return search.go(budget)


def replay(
    setup: Any,
    scenario: Any,
    plan: Iterable[Any] = (),
    *,
    steps: Sequence[int] | None = None,
    checks: Iterable[Callable[[Cluster], Any]] = (),
    until: Duration = "30m",
    seed: int = 0,
    processes: Iterable[str] = (),
) -> Cluster:
    """Make one run again, with the deviations of a plan; gives back the cluster at its end.

    `steps` are those of the scenario that are kept. Raises AssertionError where it breaks.
    """
    search = Search(setup, scenario, tuple(checks), faults_of("all"), seconds_of(until), "auto", seed, tuple(processes))
    if steps is not None:
        search.keep(steps)
    broken = search.judged(plan_of(plan))
    if broken is not None:
        raise GuaranteeBroken(broken[0], broken[1])
    return search.last.cluster


class Search:
    """One exploration, which can be resumed."""

    def __init__(
        self,
        setup: Any,
        scenario: Any,
        checks: tuple[Callable[[Cluster], Any], ...],
        faults: frozenset[str],
        until: float,
        strategy: str,
        seed: int,
        processes: tuple[str, ...],
    ) -> None:
        self._setup, self._seed = setup, seed
        self._named = (name_of(setup), tuple(map(name_of, checks)), processes)
        self.root = root_of(setup, seed)
        self.strategy = strategy
        self.chance = Entropy(seed)
        self.checks = [each for each in checks if not getattr(each, "always", False)]
        always = tuple([each for each in checks if getattr(each, "always", False)])
        focus = processes or tuple([name for name in self.root.parts.processes if name != BUILT_IN]) or (BUILT_IN,)
        self.acts = acts_of(scenario)
        self.kept = tuple(range(len(self.acts)))
        self.course = Course(whole(self.acts, until), until, faults, focus, always)
        self.reference = verdict.Reference()
        self.report = Report(search=self)
        self.most, self.most_runs = 1, inf
        self._waiting: SortedKeyList[tuple[int, int, int, Mark, Plan]] = SortedKeyList(key=itemgetter(0, 1, 2))
        """What is to be tried: few deviations first, and of these the first of each sort before the second. It holds
        the `WAITING` that come first; each has a snapshot."""
        self._put = 0
        self._sorts: dict[tuple[Any, ...], int] = {}
        self._states = Lately(STATES)
        """The states that were told apart, and in which run each was met first."""
        self._told_apart = 0
        self._number = 0
        """Of the run that was made last."""
        self._length = 1
        self._walks = 0
        self._begun = False
        self.record: Callable[[Run], Recorder] | None = None
        """Makes who takes each run down, if anybody does."""
        self.last: Run

    def keep(self, steps: Sequence[int]) -> None:
        """Let only some steps of the scenario happen; what is compared is found anew."""
        self.kept = tuple(steps)
        self.course = attrs.evolve(self.course, acts=whole([self.acts[each] for each in steps], self.course.until))
        self.reference = verdict.Reference()

    # One run

    def start(self) -> Mark:
        """The mark at which every run begins."""
        return Mark(self.root.snapshot(), 0, self.root.now, {}, (), 0)

    def run(self, mark: Mark, plan: Plan = (), decide: Decider = nothing, *, marking: bool = False) -> Run:
        """Make one run, which is the `last` one then. What breaks is raised as an AssertionError."""
        self._number += 1
        run = self.last = Run(self.course, mark, plan, decide)
        if self.record is not None:
            run.recorder = self.record(run)
        if marking:
            run.marking, run.known = True, self._known
        try:
            if run.position < len(self.course.acts) and not run.go(len(self.course.acts) - 1):
                return run
            if run.position == len(self.course.acts) - 1:
                first = self.reference.calm is None
                verdict.calm(run, self.checks, self.reference)
                if first and run.actors:
                    verdict.idempotent(run)
                    if self.course.focus != (BUILT_IN,):  # a Deployment keeps its history
                        verdict.follows_from_wishes(run, lambda: root_of(self._setup, self._seed))
            if run.go(len(self.course.acts)):
                verdict.gone(run, self.reference)
        except AssertionError:
            raise
        except Exception as problem:
            if not _of_a_reconcile(problem):
                raise
            text = f"{type(problem).__name__}: {problem}; {'; '.join(problem.__notes__)}"
            raise GuaranteeBroken("no exception", text) from problem
        return run

    def judged(self, plan: Plan) -> tuple[str, str] | None:
        """What breaks in a run with this plan, compared with one without: the name of the guarantee, and how.

        A scenario that cannot be gone through even if nothing goes wrong breaks nothing.
        """
        try:
            if self.reference.gone is None:
                self.run(self.start())
            if plan:
                self.run(self.start(), plan)
        except AssertionError as problem:
            return _told(problem)
        except (ApiError, NotReached):
            return None
        return None

    def _known(self, run: Run) -> bool:
        edits = tuple([choice.offer for choice in run.taken if choice.offer.startswith("overtaken")])
        # whether an edit was undone is not seen of a state
        state = (run.position, edits, state_hash(run.cluster.parts, sealed=True))
        met = self._states.get(state)
        if met is None:
            self._states.keep(state, self._number)
            self._told_apart += 1
            return False
        return bool(met != self._number)  # who comes back to where this very run has been goes in circles

    # Many runs

    def go(self, budget: Duration) -> Report:
        """Try until the budget is spent, enough has broken, or nothing is left."""
        report, began = self.report, WALL.now()
        deadline, limit = began + seconds_of(budget), report.runs + self.most_runs
        with seldom:
            for mark, plan, decide in self._runs():
                self._try(mark, plan, decide)
                if len(report.failures) >= self.most or WALL.now() > deadline or report.runs >= limit:
                    break
        report.states = self._told_apart
        report.seconds += WALL.now() - began
        return report

    def _runs(self) -> Iterator[tuple[Mark, Plan, Decider | None]]:
        """What to try next; without a decider it leaves marks."""
        if not self._begun:
            self._begun = True
            yield self.start(), (), None
        systematic, turn = self.strategy in ("auto", "exhaustive"), 0
        while True:
            if systematic and self._waiting:
                *_, mark, plan = self._waiting.pop(0)
                self.report.depth = max(self.report.depth, len(plan) - 1)
                yield mark, plan, None
                if self.strategy == "exhaustive" or len(plan) < 2:
                    continue
            elif self.strategy == "exhaustive":
                self.report.exhausted = not self.report.dropped
                return
            turn += 1
            self._walks += 1
            random = self.strategy == "random" or (self.strategy == "auto" and turn % 2)
            decide = Walk(self.chance, self._walks) if random else Priorities(self.chance, self._walks, self._length)
            yield self.start(), (), decide

    def _try(self, mark: Mark, plan: Plan, decide: Decider | None) -> None:
        report = self.report
        report.runs += 1
        try:
            run = self.run(mark, plan, decide or nothing, marking=decide is None)
        except AssertionError as problem:
            run = self.last
            self._broke(problem, whole=mark.units == 0)
        else:
            for left, offers in run.marks if decide is None else ():
                for choice in offers:
                    self._put_off(left, (*run.taken, choice))
        report.units += run.units - mark.units
        self._length = max(self._length, sum(run.offered.values()))
        for choice in run.taken[len(mark.taken) :]:
            key = _covered(choice.offer)
            report.coverage[key] = report.coverage.get(key, 0) + 1
        run.end()

    def _put_off(self, mark: Mark, plan: Plan) -> None:
        """Try a plan later, from a mark."""
        sort = (len(plan), *[choice.offer if choice.rude else _covered(choice.offer) for choice in plan])
        if len(self._sorts) > SORTS:
            self._sorts.clear()
        self._sorts[sort] = nth = self._sorts.get(sort, 0) + 1
        self._put += 1
        self._waiting.add((len(plan), nth, self._put, mark, plan))
        if len(self._waiting) > WAITING:
            self._waiting.pop()
            self.report.dropped += 1

    def _broke(self, problem: AssertionError, whole: bool) -> None:
        from .shrink import shrunk

        began = WALL.now()
        guarantee, text = _told(problem)
        self.report.failures.append(shrunk(self, self.last.taken, guarantee, text, whole=whole))
        self.report.shrinking += WALL.now() - began

    def broken(self, plan: Plan, guarantee: str, text: str) -> Broken:
        """What broke, for people."""
        setup, checks, processes = self._named
        scenario = tuple([written(self.acts[each]) for each in self.kept])
        inputs = Inputs(setup, scenario, checks, self._seed, self.course.until, processes)
        timeline = str(self.last.cluster.timeline())
        return Broken(guarantee, text, plan, inputs, self.kept, timeline, self.report.runs)


def _told(problem: AssertionError) -> tuple[str, str]:
    """The name of what broke, and how."""
    if isinstance(problem, GuaranteeBroken):
        return problem.name, str(problem).removeprefix(f"{problem.name}: ")
    return "check", str(problem) or type(problem).__name__


def _of_a_reconcile(problem: Exception) -> bool:
    return any(" after the start" in note for note in getattr(problem, "__notes__", ()))


@lru_cache(maxsize=8192)
def _covered(offer: str) -> tuple[str, str, str]:
    """Who, which kind, and what, of an offer."""
    what, _, about = offer.partition(": ")
    words = about.split(" ")
    if " by " in about:
        return (words[-1], words[1], what)
    return (words[0], words[3] if what in SEEN and len(words) > 3 else "", what)


__all__ = ["Search", "explore", "replay"]
