"""The JSONPath of printer columns and waits: names, indexes, `*`, and filters such as `[?(@.type=="Ready")]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

_STEP = re.compile(
    r"""
    \.?(?P<name>[^.\[\]{}()]+) |
    \[\s*(?P<index>-?\d+)\s*\] |
    \[\s*(?P<all>\*)\s*\] |
    \['(?P<quoted>[^']*)'\] |
    \[\?\(\s*@\.?(?P<left>[^=!<>\s]*)\s*(?:(?P<operator>==|!=)\s*(?P<right>[^)]*?)\s*)?\)\]
    """,
    re.VERBOSE,
)

Step = tuple[str, Any]


def find(value: Any, path: str) -> list[Any]:
    """Every value at a path such as `.status.conditions[0].type`; nothing where the path leads nowhere.

    A backslash before a dot makes it part of a name. Raises ValueError for what is no such path.
    """
    found = [value]
    for kind, argument in steps(path.strip()):
        found = [each for at in found for each in _below(at, kind, argument)]
    return found


@lru_cache(maxsize=1024)
def steps(path: str) -> tuple[Step, ...]:
    """What a path consists of: (`name`, a name), (`index`, a number), (`all`, None), (`filter`, ...).

    Raises ValueError for what is no such path.
    """
    text = path.removeprefix("{").removesuffix("}").replace(r"\.", "\0")
    found: list[Step] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            raise ValueError(f"unrecognized path {path!r}")
        found.append(_step(match))
        at = match.end()
    return tuple(found)


def _step(match: re.Match[str]) -> Step:
    if match["index"] is not None:
        return ("index", int(match["index"]))
    if match["left"] is not None:
        right = match["right"]
        return ("filter", (match["left"], match["operator"], None if right is None else right.strip("\"'")))
    if match["all"] or match["name"] == "*":
        return ("all", None)
    return ("name", (match["quoted"] if match["quoted"] is not None else match["name"]).replace("\0", "."))


def _below(value: Any, kind: str, argument: Any) -> Iterator[Any]:
    if kind == "name":
        if isinstance(value, Mapping) and argument in value:
            yield value[argument]
        return
    items = list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    if kind == "index":
        if -len(items) <= argument < len(items):
            yield items[argument]
    elif kind == "all":
        yield from items
    else:
        left, operator, right = argument
        for item in items:
            held = find(item, left)
            if operator is None:
                fits = bool(held)
            else:
                fits = bool(held) and (_plain(held[0]) == right) is (operator == "==")
            if fits:
                yield item


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
