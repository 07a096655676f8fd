"""What was found out about a value, for as long as the same value keeps coming.

Everything stamped from one template shares its specification, so a walk over it needs to be done once. A memo knows a
value by identity and holds it, so that an identity never means two values; what is oldest is forgotten first. Only
pure functions of frozen values may be remembered: whether something was remembered changes how long an answer takes,
never the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .frozen import FrozenMap

SIZE = 512
"""How many values a memo holds at least, if it does not say; it holds at most twice as many."""


class Lately:
    """A table of the last `size` entries at least, and twice as many at most: what is oldest is forgotten first."""

    __slots__ = ("_older", "_recent", "_size")

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._recent: dict[Any, Any] = {}
        self._older: dict[Any, Any] = {}

    def get(self, key: Any) -> Any | None:
        """What was kept for a key, which is among the newest then, or None. O(1)."""
        found = self._recent.get(key)
        if found is None:
            found = self._older.get(key)
            if found is not None:
                self.keep(key, found)
        return found

    def keep(self, key: Any, entry: Any) -> None:
        """Keep an entry for a key, as the newest. O(1)."""
        if len(self._recent) >= self._size:
            self._older, self._recent = self._recent, {}
        self._recent[key] = entry

    def __len__(self) -> int:
        return len(self._recent) + len(self._older)


class Memo(Lately):
    """A function of one frozen value that is computed once while the value is among the last `size`. O(1)."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[Any], Any], size: int = SIZE) -> None:
        super().__init__(size)
        self._function = function

    def __call__(self, value: Any) -> Any:
        found = self._recent.get(id(value))
        if found is None:
            found = Lately.get(self, id(value))
            if found is None:
                found = (value, self._function(value))
                Lately.keep(self, id(value), found)
        return found[1]


_joined = Lately()
"""By the identities of two maps: both of them, and the map that they make."""


def joined(one: FrozenMap[Any, Any], other: FrozenMap[Any, Any]) -> FrozenMap[Any, Any]:
    """One map with the entries of another: the first as it is if it has them all, and the same map for the same two."""
    pair = id(one), id(other)
    known = _joined.get(pair)
    if known is None:
        merged = FrozenMap({**one, **other}) if one else other
        known = one, other, one if merged == one else merged
        _joined.keep(pair, known)
    return known[2]
