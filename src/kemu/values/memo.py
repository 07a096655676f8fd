"""What was found out about a value, for as long as the same value keeps coming.

Everything stamped from one template shares its specification, so a walk over it needs to be done once. A memo knows a
value by identity and holds it, so that an identity never means two values; what is oldest is forgotten first. Only
pure functions of frozen values may be remembered: whether something was remembered changes how long an answer takes,
never the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SIZE = 512
"""How many values a memo holds at least, if it does not say; it holds at most twice as many."""


class Memo:
    """A function of one frozen value that is computed once while the value is among the last `size`. O(1)."""

    __slots__ = ("_function", "_older", "_recent", "_size")

    def __init__(self, function: Callable[[Any], Any], size: int = SIZE) -> None:
        self._function = function
        self._size = size
        self._recent: dict[int, tuple[Any, Any]] = {}
        self._older: dict[int, tuple[Any, Any]] = {}

    def __call__(self, value: Any) -> Any:
        found = self._recent.get(id(value))
        if found is None:
            found = self._older.get(id(value)) or (value, self._function(value))
            self.keep(*found)
        return found[1]

    def keep(self, value: Any, result: Any) -> None:
        """Remember an answer that is known already."""
        if len(self._recent) >= self._size:
            self._older, self._recent = self._recent, {}
        self._recent[id(value)] = (value, result)
