"""Parts of documents that have been read before.

A client that makes many objects from one template sends the same `spec` again and again, and a server that knows it
by its content needs neither to read it twice nor to look twice at what is found: it is the very same value, which
whoever remembers things of values by identity (`values/memo.py`) knows already.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable
from typing import Any

from ..values.memo import Lately

SIZE = 512
"""How many parts are remembered at least, by one recollection; it remembers at most twice as many."""

LARGEST = 1 << 16
"""The bytes of the largest part that is remembered."""

EXACT = 2
"""The last form of `marshal` in which equal content is written alike, however its objects share parts."""


class Recall:
    """A pure function of plain JSON that is computed once for equal content. O(bytes of the content), at C's pace.

    Content is equal if the order of names and the classes of all values are equal as well: `1` is not `True`.
    """

    __slots__ = ("_function", "_known")

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self._known = Lately(SIZE)

    def __call__(self, data: Any) -> Any:
        try:
            content = marshal.dumps(data, EXACT)
        except ValueError:  # not of plain classes, or too deep for it
            return self._function(data)
        found = self._known.get(content)
        if found is None:
            found = self._function(data)
            if len(content) <= LARGEST:
                self._known.keep(content, found)
        return found
