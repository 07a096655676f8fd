"""The record of scheduling attempts, for people and for tests."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from .algorithm import Result

LIMIT = 2000
"""How many attempts are remembered."""

SCHEDULED, UNSCHEDULABLE, ERROR = "scheduled", "unschedulable", "error"


class Attempt:
    """One attempt to schedule a pod.

    `pod` is "namespace/name", `outcome` one of scheduled, unschedulable, error; `node` the chosen node or "";
    `message` what the user was told. The tables are computed from the retained results when they are read:
    `feasible` (nodes), `filtered` ({node: reasons}), `scores` ({plugin: {node: weighted score}}) and `final_scores`
    ({node: total}); they show the values at the time of the attempt.
    """

    __slots__ = ("message", "node", "nominated", "outcome", "pod", "result", "time")

    def __init__(self, pod: str, outcome: str, result: Result, message: str, time: float) -> None:
        self.pod = pod
        self.outcome = outcome
        self.node = result.node if outcome == SCHEDULED else ""
        self.nominated = result.nominated
        self.message = message
        self.time = time
        self.result = result

    @property
    def feasible(self) -> Sequence[str]:
        """Nodes that passed all filters."""
        return self.result.feasible

    @property
    def filtered(self) -> Mapping[str, Sequence[str]]:
        """Why each refused node was refused."""
        return {name: list(status.reasons) for name, status in self.result.verdicts.items()}

    @property
    def scores(self) -> Mapping[str, Mapping[str, int]]:
        """Weighted score of every feasible node, by plugin; empty when there was no choice."""
        return self.result.scores

    @property
    def final_scores(self) -> Mapping[str, int]:
        """Total score of every feasible node; empty when there was no choice."""
        return self.result.totals

    def __repr__(self) -> str:
        where = f" on {self.node}" if self.node else ""
        return f"<Attempt {self.pod} {self.outcome}{where}: {self.message}>"


class Attempts(deque[Attempt]):
    """A bounded record, oldest first."""

    def __init__(self, attempts: Any = ()) -> None:
        super().__init__(attempts, maxlen=LIMIT)
