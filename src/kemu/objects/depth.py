"""How deep a document may be nested, whichever language it is written in."""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 200
"""How deep JSON and YAML may be nested: each level costs several frames of Python's stack in what reads it later."""

TOO_MANY = 10_000_000
"""More values than this at one depth are taken for an object that holds itself."""

TOO_DEEP = "exceeded max depth"


def depth_of(value: Any) -> int:
    """How deep lists and objects are nested in a JSON value, at most one more than the limit."""
    level, depth = [value], 0
    while depth <= MAX_DEPTH and len(level) < TOO_MANY:
        level = [each for each in level if isinstance(each, (dict, list, tuple))]
        if not level:
            return depth
        depth += 1
        level = [item for each in level for item in (each.values() if isinstance(each, dict) else each)]
    return MAX_DEPTH + 1
