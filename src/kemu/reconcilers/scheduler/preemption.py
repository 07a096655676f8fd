"""Preemption: which pods would have to go so that another fits, on which node, and what is said when none would do.

Pure but for the chance in `below`: nothing is deleted here. See `plugins/default_preemption.py` for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from .algorithm import Verdicts
from .framework import Code, CycleState, Framework, Status, error, unresolvable
from .nodes import NodeInfo, Snapshot
from .shapes import PodInfo
from .terms import LabelMatcher, label_matcher

NO_VICTIMS = "No preemption victims found for incoming pod"
NOT_HELPFUL = "Preemption is not helpful for scheduling"
_OFFSET = 1 << 31
_NOT_STARTED = 1 << 62


class Budget:
    """A PodDisruptionBudget as preemption reads it: selector and disruptions still allowed."""

    __slots__ = ("allowed", "disrupted", "namespace", "selector")

    def __init__(self, budget: Any) -> None:
        self.namespace: str = budget.metadata.namespace
        self.selector: LabelMatcher = label_matcher(budget.spec.selector)
        self.allowed: int = budget.status.disruptions_allowed
        self.disrupted = budget.status.disrupted_pods

    def covers(self, pod: PodInfo) -> bool:
        """Whether evicting the pod would use up a disruption. An empty selector covers nothing here."""
        return (
            self.namespace == pod.shape.namespace
            and not self.selector.empty
            and self.selector.matches(pod.shape.labels)
            and pod.pod.metadata.name not in self.disrupted
        )


class Candidate:
    """A node with the pods that would have to leave it, most important first; `harm` orders candidates."""

    __slots__ = ("harm", "name", "victims", "violations")

    def __init__(self, name: str, victims: Sequence[PodInfo], violations: int) -> None:
        self.name = name
        self.victims = tuple(victims)
        self.violations = violations
        self.harm = _harm(self.victims, violations)


Found = tuple[Candidate | None, Status | None]
"""The candidate, or why there is none."""


def split_by_budget(pods: Iterable[PodInfo], budgets: Sequence[Budget]) -> tuple[list[PodInfo], list[PodInfo]]:
    """Pods whose eviction would break a budget, and the others; each eviction in turn uses up the budgets."""
    left = [budget.allowed for budget in budgets]
    breaking: list[PodInfo] = []
    harmless: list[PodInfo] = []
    for pod in pods:
        broken = False
        if pod.shape.labels:
            for index, budget in enumerate(budgets):
                if budget.covers(pod):
                    left[index] -= 1
                    broken = broken or left[index] < 0
        (breaking if broken else harmless).append(pod)
    return breaking, harmless


def start_time(pod: PodInfo) -> int:
    """When the pod started in seconds since 1970; a pod that has not started comes after all that have."""
    started = pod.pod.status.start_time
    return _NOT_STARTED if started is None else int(started)


def select_victims(
    framework: Framework,
    state: CycleState,
    pod: PodInfo,
    node: NodeInfo,
    budgets: Sequence[Budget],
    allowed: Callable[[PodInfo], bool],
) -> Found:
    """The fewest and least important pods that must leave the node. `state` and `node` are copies and get changed.

    All pods of lower priority are taken off; when the pod then fits, as many as possible are put back, first those
    whose budget would be broken, then the others, the most important first.
    """
    potential = [other for other in node.pods.values() if other.priority < pod.priority and allowed(other)]
    if not potential:
        return None, unresolvable(NO_VICTIMS)
    for other in potential:
        node.remove(other.uid)
        framework.remove_pod(state, pod, other, node)
    status = framework.filter_with_nominated(state, pod, node)
    if status is not None:
        return None, status
    potential.sort(key=lambda other: (-other.priority, start_time(other)))
    breaking, harmless = split_by_budget(potential, budgets)
    victims: list[PodInfo] = []
    violations = 0
    for group, counts in ((breaking, 1), (harmless, 0)):
        for other in group:
            node.add(other)
            framework.add_pod(state, pod, other, node)
            if framework.filter_with_nominated(state, pod, node) is not None:
                node.remove(other.uid)
                framework.remove_pod(state, pod, other, node)
                victims.append(other)
                violations += counts
    if breaking and harmless:
        victims.sort(key=lambda other: (-other.priority, start_time(other)))
    if not victims:
        return None, error(f'expected at least one victim pod on node "{node.name}"')
    return Candidate(node.name, victims, violations), None


def dry_run(
    names: Sequence[str], offset: int, enough: int, known: Mapping[str, Found], trial: Callable[[str], Found]
) -> tuple[list[Candidate], Verdicts]:
    """Try nodes from `offset` on until there are enough candidates, one of them without a broken budget.

    What a trial on a node would find may be `known` already.
    """
    clean: list[Candidate] = []
    breaking: list[Candidate] = []
    verdicts = Verdicts()
    verdicts.absent = unresolvable(NOT_HELPFUL)
    find, left = known.get, enough
    for name in chain(names[offset:], names[:offset]):
        candidate, status = find(name) or trial(name)
        if candidate is None:
            verdicts.explicit[name] = status or unresolvable(NO_VICTIMS)
            continue
        if candidate.violations:
            breaking.append(candidate)
        else:
            clean.append(candidate)
        left -= 1
        if left <= 0 and clean:
            break
    return clean + breaking, verdicts


class Trials:
    """Results of trials for one shape, each kept until its node (or what is nominated to it) changes."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.known: dict[str, Found] = {}
        self._seen = snapshot.journal.end

    def refresh(self) -> None:
        """Forget what has changed. O(changes)."""
        journal = self._snapshot.journal
        changes = journal.since(self._seen)
        if changes is None:
            self.known.clear()
        else:
            for _, name, _, _ in changes:
                self.known.pop(name, None)
        self._seen = journal.end

    def find(self, name: str, trial: Callable[[NodeInfo], Found]) -> Found:
        """The result for a node that is not known, by `trial`."""
        found = self.known[name] = trial(self._snapshot[name])
        return found


def best_candidate(candidates: Sequence[Candidate], below: Callable[[int], int]) -> Candidate:
    """The candidate that does least harm.

    In this order: fewest broken budgets; lowest priority of the most important victim; smallest sum of priorities;
    fewest victims; the most important victims started latest; by chance.
    """
    least = min(candidate.harm for candidate in candidates)
    equal = [candidate for candidate in candidates if candidate.harm == least]
    return equal[below(len(equal))] if len(equal) > 1 else equal[0]


def _harm(victims: Sequence[PodInfo], violations: int) -> tuple[int, int, int, int, int]:
    if not victims:
        return violations, 0, 0, 0, 0
    highest = max(v.priority for v in victims)
    earliest = min(start_time(v) for v in victims if v.priority == highest)
    total = sum(v.priority + _OFFSET for v in victims)
    return violations, victims[0].priority, total, len(victims), -earliest


def failed(verdicts: Verdicts) -> Status | None:
    """The first error among the verdicts of a dry run."""
    return next((s for _, s in verdicts.items() if s.code is Code.ERROR), None)
