"""DefaultPreemption: when no node fits, make room by evicting pods of lower priority from the best node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ....objects.conditions import find_condition
from ..algorithm import fit_message
from ..events import POD, Action, Registration
from ..framework import Code, CycleState, Framework, Handle, Plugin, PostFilterResult, Status, error, unschedulable
from ..nodes import NodeInfo
from ..preemption import (
    NO_VICTIMS,
    NOT_HELPFUL,
    Budget,
    Candidate,
    Found,
    Trials,
    best_candidate,
    dry_run,
    failed,
    select_victims,
)
from ..shapes import PodInfo, Shape
from ..tallies import Depends, dependence

_SHAPES = 16
"""For how many shapes trials are kept."""


class _Book:
    """Trials by shape, as long as the budgets stay the same."""

    def __init__(self, budgets: tuple[Any, ...]) -> None:
        self.budgets = budgets
        self.trials: dict[Shape, Trials] = {}


class DefaultPreemption(Plugin):
    """Finds victims and has them evicted."""

    name = "DefaultPreemption"

    def __init__(self, args: Mapping[str, Any], handle: Handle) -> None:
        super().__init__(args, handle)
        self.percentage = int(args.get("minCandidateNodesPercentage", 10))
        self.absolute = int(args.get("minCandidateNodesAbsolute", 100))

    def post_filter(self, state: CycleState, pod: PodInfo, verdicts: Any) -> PostFilterResult:
        """Nominate the node where least harm is done and evict there; say why when there is none."""
        result = self._preempt(state, pod, verdicts)
        status = result.status
        if status is not None and status.message:
            result.status = Status(status.code, f"preemption: {status.message}")
        return result

    def eligible(self, pod: PodInfo, verdicts: Any) -> str:
        """Why the pod may not preempt now, empty when it may."""
        if pod.pod.spec.preemption_policy == "Never":
            return "not eligible due to preemptionPolicy=Never."
        nominated = pod.pod.status.nominated_node_name
        if nominated and verdicts[nominated].code is not Code.UNRESOLVABLE:
            node = self.handle.snapshot.node(nominated)
            for other in () if node is None else node.pods.values():
                if other.priority < pod.priority and _leaving(other):
                    return "not eligible due to a terminating pod on the nominated node."
        return ""

    def victim_allowed(self, victim: PodInfo) -> bool:
        """For subclasses: whether a pod of lower priority may be evicted."""
        return True

    def _preempt(self, state: CycleState, pod: PodInfo, verdicts: Any) -> PostFilterResult:
        handle = self.handle
        snapshot, framework = handle.snapshot, handle.framework
        reason = self.eligible(pod, verdicts)
        if reason:
            return PostFilterResult(unschedulable(reason))
        lowest = snapshot.lowest_priority()
        if lowest is None or lowest >= pod.priority:
            return self._nobody(verdicts.count(Code.UNSCHEDULABLE), len(snapshot))
        nodes = verdicts.hopeful(snapshot.order)
        candidates: list[Candidate] = []
        found: Any = None
        if nodes:
            known, trial = self._trial(framework, state, pod)
            offset = handle.below(len(nodes))
            candidates, found = dry_run(nodes, offset, self._enough(len(nodes)), known, trial)
        if not candidates:
            return self._hopeless(found, len(snapshot))
        candidates, problem = self._ask_extenders(pod, candidates)
        if problem is not None:
            return PostFilterResult(problem)
        if not candidates:
            return PostFilterResult(unschedulable("no candidate node for preemption"))
        best = best_candidate(candidates, handle.below)
        refused = self._evict(pod, best)
        return PostFilterResult(None, best.name, refused=refused)

    def _trial(
        self, framework: Framework, state: CycleState, pod: PodInfo
    ) -> tuple[Mapping[str, Found], Callable[[str], Found]]:
        """What is known, and what finds the victims on a node. What depends on the node alone is kept until then."""
        raw = tuple(self.handle.listers.list("PodDisruptionBudget"))
        book: _Book | None = self.handle.scratch.get(self.name)
        if book is None or raw != book.budgets:
            book = self.handle.scratch[self.name] = _Book(raw)
        budgets, snapshot = [Budget(b) for b in raw], self.handle.snapshot

        def plain(node: NodeInfo) -> Found:
            return select_victims(framework, state.clone(), pod, node.copy(), budgets, self.victim_allowed)

        active = (p for p in framework.plugins["filter"] if p.name not in state.skip_filter)
        alone = all(dependence(p, pod.shape) <= Depends.NODE_PODS for p in active)
        if not alone or pod.pod.status.nominated_node_name:
            return {}, lambda name: plain(snapshot[name])
        trials = book.trials.pop(pod.shape, None) or Trials(snapshot)
        trials.refresh()
        book.trials[pod.shape] = trials
        if len(book.trials) > _SHAPES:
            del book.trials[next(iter(book.trials))]
        return trials.known, lambda name: trials.find(name, plain)

    @staticmethod
    def _nobody(nodes: int, total: int) -> PostFilterResult:
        """The answer when there is no pod of lower priority in the whole cluster."""
        reasons = {text: count for text, count in ((NO_VICTIMS, nodes), (NOT_HELPFUL, total - nodes)) if count}
        return PostFilterResult(unschedulable(fit_message(total, reasons)), "")

    def _enough(self, nodes: int) -> int:
        return min(max(nodes * self.percentage // 100, self.absolute), nodes)

    def _hopeless(self, found: Any, total: int) -> PostFilterResult:
        if found is None:
            reasons = {NOT_HELPFUL: total}
        else:
            problem = failed(found)
            if problem is not None:
                return PostFilterResult(error(problem.message))
            reasons = found.histogram(total)
        return PostFilterResult(unschedulable(fit_message(total, reasons)), "")

    def _ask_extenders(self, pod: PodInfo, candidates: list[Candidate]) -> tuple[list[Candidate], Status | None]:
        for extender in self.handle.extenders:
            if extender.preempts and extender.interested(pod) and candidates:
                try:
                    candidates = extender.preempt(pod, candidates)
                except extender.failure as problem:
                    if not extender.ignorable:
                        return [], error(str(problem))
        return candidates, None

    def _evict(self, pod: PodInfo, best: Candidate) -> bool:
        """Evict the victims; whether one of them could not be."""
        writer = self.handle.writer
        for other in self.handle.nominated(best.name):
            if other.priority < pod.priority:
                writer.clear_nomination(other.pod)
        for victim in best.victims:
            if not victim.terminating:
                turned_back = self.handle.turn_back(victim.uid, self.name)
                refusal = writer.preempt(victim.pod, pod.pod, best.name, in_memory=turned_back)
                if refusal is not None:
                    return True
        return False

    def events(self) -> Iterable[Registration]:
        """Deletions are noticed, but they wake a pod only on behalf of the plugins that rejected it."""
        return (Registration(POD, Action.DELETE, "after_pod_deleted"),)

    def after_pod_deleted(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """Never by itself."""
        return False


def _leaving(pod: PodInfo) -> bool:
    """Whether a pod is terminating because the scheduler preempted it."""
    if not pod.terminating:
        return False
    condition = find_condition(pod.pod.status.conditions, "DisruptionTarget")
    return condition is not None and condition.status == "True" and condition.reason == "PreemptionByScheduler"
