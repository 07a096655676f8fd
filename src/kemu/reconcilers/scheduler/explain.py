"""Why a pod is where it is, or is nowhere: node by node, as data and as a table. And what would happen if.

Nothing here changes the cluster: the questions are answered on a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from . import algorithm
from .algorithm import Search
from .findings import Findings
from .framework import CycleState, Framework, Status
from .nodes import Snapshot
from .shapes import PodInfo
from .ties import Ties


class NodeAnswer(NamedTuple):
    """What one node said: the plugin that refused and its reasons, or the scores."""

    node: str
    feasible: bool
    plugin: str
    reasons: tuple[str, ...]
    scores: Mapping[str, int]
    total: int | None


class Explanation(NamedTuple):
    """The answer for one pod; `str()` of it is a table.

    `outcome` is scheduled, unschedulable, gated or error; `chosen` the node (or "" ), `nodes` the answers, best first.
    """

    pod: str
    outcome: str
    chosen: str
    message: str
    nodes: tuple[NodeAnswer, ...]

    def __str__(self) -> str:
        lines = [f"pod {self.pod}: {self.outcome}" + (f" on {self.chosen}" if self.chosen else "")]
        if self.message:
            lines.append(self.message)
        if self.nodes:
            lines += ["", *_table(self.nodes)]
        return "\n".join(lines)


class WhatIf(NamedTuple):
    """Where a pod would go: `node`, or "" and the message that its user would see."""

    pod: str
    node: str
    message: str
    feasible: tuple[str, ...]


def _table(nodes: Sequence[NodeAnswer]) -> list[str]:
    plugins = list(dict.fromkeys(plugin for answer in nodes for plugin in answer.scores))
    rows = [["NODE", "TOTAL", *plugins, "REFUSED BY", "REASONS"]]
    for answer in nodes:
        scores = [str(answer.scores[plugin]) if plugin in answer.scores else "-" for plugin in plugins]
        total = "-" if answer.total is None else str(answer.total)
        rows.append([answer.node, total, *scores, answer.plugin or "-", "; ".join(answer.reasons) or "-"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def answers(found: Findings, order: Iterable[str] = (), absent: Status | None = None) -> tuple[NodeAnswer, ...]:
    """The nodes of an attempt: feasible ones by total, then the refused ones in their order.

    If none was looked at, `absent` stands for all nodes in `order`.
    """
    totals, scores = found.totals, found.scores
    feasible = [
        NodeAnswer(name, True, "", (), {p: row[name] for p, row in scores.items() if name in row}, totals.get(name))
        for name in found.feasible
    ]
    feasible.sort(key=lambda answer: -(answer.total or 0))
    refusals: Iterable[tuple[str, Status]] = found.refused.items()
    if not feasible and not found.refused and absent is not None and absent.reasons:
        refusals = ((name, absent) for name in order)
    refused = [NodeAnswer(name, False, status.plugin, status.reasons, {}, None) for name, status in refusals]
    return (*feasible, *refused)


def explain(framework: Framework, snapshot: Snapshot, pod: PodInfo) -> Explanation:
    """Try a pod on a copy of the cluster: every node is looked at, whatever `percentageOfNodesToScore` says."""
    for plugin in framework.plugins["pre_enqueue"]:
        status = plugin.pre_enqueue(pod)
        if status is not None and status.rejected:
            return Explanation(pod.key, "gated", "", status.message, ())
    state = CycleState()
    result = algorithm.evaluate(
        framework, pod, snapshot, Search(), state, percentage=100, ties=Ties(lambda limit: 0, steady=True)
    )
    if result.node:
        return Explanation(pod.key, "scheduled", result.node, "", answers(result.findings(snapshot.places)))
    if result.status is None:
        algorithm.post_filter(framework, pod, state, result, len(snapshot))
    assert result.status is not None
    outcome = "unschedulable" if result.status.rejected else "error"
    found = answers(result.findings(snapshot.places), snapshot.order, result.verdicts.absent)
    return Explanation(pod.key, outcome, "", result.status.message, found)


def what_if(profiles: Mapping[str, Framework], snapshot: Snapshot, pods: Iterable[Any]) -> list[WhatIf]:
    """Try pods one after the other on a copy of the cluster; each takes its place before the next is tried."""
    found: list[WhatIf] = []
    for pod in pods:
        info = snapshot.info(pod)
        answer = explain(profiles[pod.spec.scheduler_name], snapshot, info)
        feasible = tuple(a.node for a in answer.nodes if a.feasible)
        found.append(WhatIf(info.key, answer.chosen, answer.message, feasible))
        if answer.chosen:
            snapshot.place(info, answer.chosen)
    return found


class ReadOnlyWriter:
    """Stands in for the writer while questions are answered: preemption is decided, nobody is evicted."""

    def __init__(self, volumes: Any) -> None:
        self.volumes = volumes

    def preempt(self, victim: Any, preemptor: Any, node_name: str, *, in_memory: bool = False) -> Status | None:
        """Nothing."""
        return None

    def clear_nomination(self, pod: Any) -> None:
        """Nothing."""

    def update_status(self, obj: Any) -> Any:
        """Nothing."""
        return obj
