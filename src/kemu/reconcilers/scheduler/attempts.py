"""The record of scheduling attempts, for people and for tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from ...values.fork_map import ForkMap
from ...values.state import State
from .findings import Findings

LIMIT = 2000
"""How many attempts are remembered."""

SCHEDULED, UNSCHEDULABLE, ERROR = "scheduled", "unschedulable", "error"


@attrs.frozen(repr=False)
class Attempt:
    """One attempt to schedule a pod.

    `pod` is "namespace/name", `outcome` one of scheduled, unschedulable, error; `node` the chosen node or "";
    `message` what the user was told. The tables show the values at the time of the attempt: `feasible` (nodes),
    `filtered` ({node: reasons}), `scores` ({plugin: {node: weighted score}}) and `final_scores` ({node: total}).
    """

    pod: str
    outcome: str
    node: str
    nominated: str | None
    message: str
    time: float
    found: Findings

    @property
    def feasible(self) -> Sequence[str]:
        """Nodes that passed all filters."""
        return self.found.feasible

    @property
    def filtered(self) -> Mapping[str, Sequence[str]]:
        """Why each refused node was refused."""
        return {name: list(status.reasons) for name, status in self.found.refused.items()}

    @property
    def scores(self) -> Mapping[str, Mapping[str, int]]:
        """Weighted score of every feasible node, by plugin; empty when there was no choice."""
        return self.found.scores

    @property
    def final_scores(self) -> Mapping[str, int]:
        """Total score of every feasible node; empty when there was no choice."""
        return self.found.totals

    def __repr__(self) -> str:
        where = f" on {self.node}" if self.node else ""
        return f"<Attempt {self.pod} {self.outcome}{where}: {self.message}>"


@attrs.define(eq=False)
class Attempts(State, Sequence[Attempt]):
    """A bounded record, oldest first."""

    numbered: ForkMap[int, Attempt] = attrs.field(factory=ForkMap)
    _next: int = 0
    """The number of the next attempt."""

    def append(self, attempt: Attempt) -> None:
        """Record an attempt; the oldest one is forgotten when there are too many. O(1)."""
        self.numbered[self._next] = attempt
        self._next += 1
        if len(self.numbered) > LIMIT:
            del self.numbered[self._next - 1 - LIMIT]

    def __len__(self) -> int:
        return len(self.numbered)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return list(self)[index]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self.numbered[self._next + index - (len(self) if index >= 0 else 0)]

    def __iter__(self) -> Iterator[Attempt]:
        return iter(self.numbered.values())
