"""One scheduling attempt: which nodes are feasible, which is best, and what is said when none is.

This is the plain computation, node by node. `ledger.py` reaches the same results incrementally; where the two could
differ, this one is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import attrs

from ...values.frozen import FrozenMap
from ...values.state import State
from .findings import Findings, Tables
from .framework import Code, CycleState, Framework, PostFilterResult, Status, error, unresolvable, unschedulable
from .nodes import NodeInfo, Snapshot
from .shapes import PodInfo
from .ties import Ties

MIN_FEASIBLE = 100
"""Clusters smaller than this are always searched completely, and at least as many feasible nodes are looked for."""

MIN_PERCENTAGE = 5

NO_NODES = "no nodes available to schedule pods"
EXTENDER = "Extender"
SCORING = "applying score defaultWeights on Score plugins"


_UNSEEN = unresolvable()


class Verdicts:
    """Why each node was refused: explicit statuses, and one for every node that was not looked at."""

    def __init__(self) -> None:
        self.explicit: dict[str, Status] = {}
        self.absent = _UNSEEN

    def __len__(self) -> int:
        return len(self.explicit)

    def __getitem__(self, name: str) -> Status:
        return self.explicit.get(name, self.absent)

    def items(self) -> Iterator[tuple[str, Status]]:
        """Nodes that were looked at, with their statuses."""
        return iter(self.explicit.items())

    def code(self, name: str) -> Code:
        """The code for a node."""
        return self[name].code

    def histogram(self, total: int) -> dict[str, int]:
        """How many of `total` nodes have each reason."""
        reasons: dict[str, int] = {}
        for status in self.explicit.values():
            for reason in status.reasons:
                reasons[reason] = reasons.get(reason, 0) + 1
        missing = total - len(self.explicit)
        if missing > 0:
            for reason in self.absent.reasons:
                reasons[reason] = reasons.get(reason, 0) + missing
        return reasons

    def count(self, code: Code) -> int:
        """How many nodes that were looked at were refused with a code."""
        return sum(status.code is code for status in self.explicit.values())

    def hopeful(self, order: Sequence[str]) -> Sequence[str]:
        """The nodes on which preemption might help, out of all in order."""
        return [name for name in order if self.code(name) is Code.UNSCHEDULABLE]

    def plugins(self) -> list[str]:
        """The plugins that refused nodes."""
        return sorted({status.plugin for status in self.explicit.values() if status.plugin and status.rejected})


def fit_message(total: int, reasons: Mapping[str, int], pre_filter: str = "", post_filter: str = "") -> str:
    """The text of a FailedScheduling event: `0/3 nodes are available: 2 Insufficient cpu, ...`."""
    text = f"0/{total} nodes are available:"
    if pre_filter:
        text += f" {pre_filter}."
    elif reasons:
        text += f" {', '.join(sorted(f'{count} {reason}' for reason, count in reasons.items()))}."
    return f"{text} {post_filter}" if post_filter else text


def nodes_to_find(total: int, percentage: int | None) -> int:
    """How many feasible nodes are enough for a cluster of `total` nodes; 0 or None percent means adaptive."""
    if total < MIN_FEASIBLE:
        return total
    if not percentage:
        percentage = max(50 - total // 125, MIN_PERCENTAGE)
    return max(total * percentage // 100, MIN_FEASIBLE)


class Result:
    """What an attempt came to.

    `node` is the chosen node or "". `scores` is {plugin: {node: weighted score}}. A rejected pod has `status`, whose
    message is what the user sees; `rejectors` are the plugins to blame.
    """

    feasible: Sequence[str] = ()
    scores: Mapping[str, Mapping[str, int]] = {}
    totals: Mapping[str, int] = {}

    def __init__(self) -> None:
        self.node = ""
        self.evaluated = 0
        self.verdicts: Any = Verdicts()
        self.status: Status | None = None
        self.rejectors: list[str] = []
        self.nominated: str | None = None
        self.refused = False
        self.pre_filter_message = ""
        self.hinted = False

    def findings(self, places: Mapping[str, int]) -> Findings:
        """What was found, for the record: nodes in their order, in whichever order they were looked at."""
        feasible = tuple(sorted(self.feasible, key=places.__getitem__))
        refused = FrozenMap(self.verdicts.items())
        scores = FrozenMap({plugin: FrozenMap(row) for plugin, row in self.scores.items()})
        return Findings(Tables(feasible, refused, scores, FrozenMap(self.totals)))


@attrs.define(eq=False)
class Search(State):
    """Where the next search for feasible nodes starts: it moves on with every attempt."""

    start: int = 0


def find_feasible(
    framework: Framework,
    state: CycleState,
    pod: PodInfo,
    nodes: Sequence[NodeInfo],
    search: Search,
    percentage: int | None,
    verdicts: Verdicts,
) -> tuple[list[NodeInfo], Status | None]:
    """Nodes that pass all filters, from `search.start` on, until there are enough of them.

    Nodes refused after the last one needed still count as looked at, up to the next feasible one: that is what the
    real scheduler comes to, whose workers stop when they find one too many.
    """
    enough = nodes_to_find(len(nodes), percentage)
    if not framework.scoring and not any(e.filters or e.prioritizes for e in framework.handle.extenders):
        enough = 1
    feasible: list[NodeInfo] = []
    total = len(nodes)
    if not total:
        return feasible, None
    start = search.start % total
    for index in range(total):
        node = nodes[(start + index) % total]
        status = framework.filter_with_nominated(state, pod, node)
        if status is None:
            if len(feasible) == enough:
                break
            feasible.append(node)
        elif not status.rejected:
            return feasible, status
        else:
            verdicts.explicit[node.name] = status
    return feasible, None


def _pass_extenders(
    framework: Framework, pod: PodInfo, feasible: list[NodeInfo], verdicts: Verdicts
) -> tuple[list[NodeInfo], Status | None]:
    for extender in framework.handle.extenders:
        if not feasible:
            break
        if not extender.filters or not extender.interested(pod):
            continue
        try:
            kept, failed, hopeless = extender.filter(pod, feasible)
        except extender.failure as problem:
            if extender.ignorable:
                continue
            return [], error(str(problem))
        for name, text in hopeless.items():
            verdicts.explicit[name] = unresolvable(text)
        for name, text in failed.items():
            if name not in hopeless:
                verdicts.explicit[name] = unschedulable(text)
        feasible = kept
    return feasible, None


def prioritize(
    framework: Framework, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]
) -> tuple[dict[str, dict[str, int]], dict[str, int], Status | None]:
    """Score feasible nodes: ({plugin: {node: weighted score}}, {node: total}, error)."""
    extenders = framework.handle.extenders
    if not framework.scoring and not extenders:
        return {}, {node.name: 1 for node in nodes}, None
    status = framework.pre_score(state, pod, nodes)
    if status is not None:
        return {}, {}, status
    try:
        table = framework.score(state, pod, nodes)
    except ValueError as problem:
        return {}, {}, error(f"{SCORING}: {problem}")
    columns = zip(*(scores.values() for scores in table.values()), strict=True)
    totals = dict(zip((node.name for node in nodes), map(sum, columns) if table else repeat(0), strict=bool(table)))
    for extender in extenders:
        if extender.prioritizes and extender.interested(pod):
            scores = table[extender.name] = extender.scores(pod, nodes)
            for name in totals.keys() & scores.keys():
                totals[name] += scores[name]
    return table, totals, None


def evaluate(
    framework: Framework,
    pod: PodInfo,
    snapshot: Snapshot,
    search: Search,
    state: CycleState,
    *,
    percentage: int | None,
    ties: Ties,
    hint: Callable[[CycleState], str] | None = None,
) -> Result:
    """Filter and score every node for one pod and choose. PostFilter is not run here; see `post_filter`."""
    result, verdicts = Result(), Verdicts()
    result.verdicts = verdicts
    if not len(snapshot):
        result.status = unresolvable(NO_NODES)
        return result
    limit, rejection, limiting = framework.pre_filter(state, pod)
    if rejection is not None:
        if not rejection.rejected:
            result.status = error(rejection.message)
            return result
        verdicts.absent = rejection
        result.pre_filter_message = rejection.message
        result.rejectors = sorted({*limiting, *([rejection.plugin] if rejection.plugin else [])})
        return result
    feasible, problem = _feasible(framework, pod, snapshot, search, state, percentage, result, limit, limiting, hint)
    if problem is not None:
        result.status = problem
        return result
    result.feasible = [node.name for node in feasible]
    result.evaluated = len(feasible) + len(verdicts)
    if not feasible:
        result.rejectors = sorted({*limiting, *verdicts.plugins(), *result.rejectors})
        return result
    if len(feasible) == 1:
        result.node = feasible[0].name
        return result
    table, totals, problem = prioritize(framework, state, pod, feasible)
    if problem is not None:
        result.status = problem
        return result
    result.scores, result.totals = table, totals
    result.node = ties.choose(result.feasible, totals)
    return result


def _feasible(
    framework: Framework,
    pod: PodInfo,
    snapshot: Snapshot,
    search: Search,
    state: CycleState,
    percentage: int | None,
    result: Result,
    limit: frozenset[str] | None,
    limiting: Iterable[str],
    hint: Callable[[CycleState], str] | None,
) -> tuple[list[NodeInfo], Status | None]:
    verdicts: Verdicts = result.verdicts
    hinted = hint(state) if hint is not None else ""
    first = pod.pod.status.nominated_node_name or hinted
    node = snapshot.node(first) if first else None
    if node is not None:
        found, problem = find_feasible(framework, state, pod, [node], Search(), percentage, verdicts)
        if problem is None:
            found, problem = _pass_extenders(framework, pod, found, verdicts)
        if problem is None and found:
            result.hinted = bool(hinted) and first == hinted
            return found, None
    total = len(snapshot)
    if limit is None:
        nodes = list(snapshot.nodes())
    else:
        places = snapshot.places
        nodes = [snapshot[name] for name in sorted((n for n in limit if n in places), key=places.__getitem__)]
        names = " ".join(limiting)
        verdicts.absent = unresolvable(f"node(s) didn't satisfy plugin(s) [{names}]")
    found, problem = find_feasible(framework, state, pod, nodes, search, percentage, verdicts)
    search.start = (search.start + len(found) + len(verdicts)) % total
    if problem is not None:
        return found, problem
    kept, problem = _pass_extenders(framework, pod, found, verdicts)
    if len(kept) != len(found):
        result.rejectors.append(EXTENDER)
    return kept, problem


def post_filter(framework: Framework, pod: PodInfo, state: CycleState, result: Result, total: int) -> None:
    """Nothing fits: run PostFilter and complete `result.status`, `result.nominated`."""
    said = ""
    if framework.plugins["post_filter"]:
        outcome: PostFilterResult = framework.post_filter(state, pod, result.verdicts)
        said = "" if outcome.status is None else outcome.status.message
        result.nominated = outcome.nominated
        result.refused = outcome.refused
    reasons = {} if result.pre_filter_message else result.verdicts.histogram(total)
    result.status = unschedulable(fit_message(total, reasons, result.pre_filter_message, said))
