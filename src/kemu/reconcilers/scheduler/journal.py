"""The journal of a snapshot: what changed, so that whoever keeps results can bring them up to date.

Entries are numbered. They stand in chunks that are never changed once they are full, so that a fork shares them.

Complexity: `append` O(1); `since` O(result); `fork` O(n / 256).
"""

from __future__ import annotations

from collections.abc import Iterator

from .shapes import PodInfo

Entry = tuple[str, str, PodInfo | None, PodInfo | None]
"""(kind of change, name of the node, the pod that was there before if there was one, the one that is there now)"""

_CHUNK = 256
_LIMIT = 8
"""How many full chunks are kept at least; twice as many at most."""


class Journal:
    """Numbered entries, of which the oldest are dropped."""

    __slots__ = ("_full", "_open", "start")

    def __init__(self) -> None:
        self._full: list[list[Entry]] = []
        self._open: list[Entry] = []
        self.start = 0
        """The number of the oldest entry that is kept."""

    def fork(self) -> Journal:
        """An independent journal of the same."""
        twin = Journal()
        twin._full = self._full.copy()
        twin._open = self._open.copy()
        twin.start = self.start
        return twin

    @property
    def end(self) -> int:
        """The number that the next entry will have."""
        return self.start + len(self._full) * _CHUNK + len(self._open)

    def append(self, kind: str, name: str, before: PodInfo | None = None, after: PodInfo | None = None) -> None:
        """Write an entry."""
        self._open.append((kind, name, before, after))
        if len(self._open) == _CHUNK:
            self._full.append(self._open)
            self._open = []
            if len(self._full) > 2 * _LIMIT:
                del self._full[:_LIMIT]
                self.start += _LIMIT * _CHUNK

    def since(self, number: int) -> Iterator[Entry] | None:
        """The entries from a number on; None if some of them are gone."""
        first = number - self.start
        if first < 0:
            return None
        row, column = divmod(first, _CHUNK)
        if row == len(self._full):
            return iter(self._open[column:])
        return self._across(row, column)

    def _across(self, row: int, column: int) -> Iterator[Entry]:
        yield from self._full[row][column:]
        for chunk in self._full[row + 1 :]:
            yield from chunk
        yield from self._open
