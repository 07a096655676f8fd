"""What an attempt found, node by node: frozen tables, which are made when somebody looks at them.

Most attempts are never looked at. Until then an attempt with a ledger keeps a `Sheet`, whose chunks it shares with
other attempts; the first look makes the tables and lets go of it. Findings are equal if their tables are, however they
came about.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import attrs

from ...values.frozen import EMPTY_MAP, FrozenMap
from .framework import Status


class Tables(NamedTuple):
    """The tables of one attempt."""

    feasible: tuple[str, ...] = ()
    """Nodes that passed all filters."""
    refused: FrozenMap[str, Status] = EMPTY_MAP
    """Why each node that was looked at was refused."""
    scores: FrozenMap[str, FrozenMap[str, int]] = EMPTY_MAP
    """Weighted score of every feasible node, by plugin; empty when there was no choice."""
    totals: FrozenMap[str, int] = EMPTY_MAP
    """Total score of every feasible node; empty when there was no choice."""


class Source(Protocol):
    """A frozen value from which tables can be made."""

    def tables(self) -> Tables: ...


class _Made:
    """Holds what the tables are made from, until they are."""

    __slots__ = ("_source",)

    _source: Source | None


@attrs.frozen(init=False)
class Findings(_Made):
    """The tables of one attempt, given or made from a source."""

    feasible: tuple[str, ...]
    refused: FrozenMap[str, Status]
    scores: FrozenMap[str, FrozenMap[str, int]]
    totals: FrozenMap[str, int]

    def __init__(self, found: Tables | Source) -> None:
        if isinstance(found, Tables):
            self._take(found)
        else:
            object.__setattr__(self, "_source", found)

    def _take(self, tables: Tables) -> None:
        for name, table in zip(Tables._fields, tables, strict=True):
            object.__setattr__(self, name, table)
        object.__setattr__(self, "_source", None)

    def __getattr__(self, name: str) -> Any:
        """A table that is not made yet."""
        if name not in Tables._fields or self._source is None:
            raise AttributeError(name)
        self._take(self._source.tables())
        return getattr(self, name)

    def __reduce__(self) -> tuple[Any, ...]:
        found = Tables(self.feasible, self.refused, self.scores, self.totals) if self._source is None else self._source
        return (Findings, (found,))


NOTHING_FOUND = Findings(Tables())
