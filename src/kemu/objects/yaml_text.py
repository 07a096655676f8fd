"""YAML to JSON values, as Kubernetes tools read it: YAML 1.1, in which `yes`, `no`, `on` and `off` are booleans, dates
are text and keys become text; the last of two equal keys wins.

The values are built from the parser's events, never by recursion, so that no text can exhaust the stack: its depth,
and how much it stands for once aliases are written out, are counted and limited.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import attrs
import yaml

from .depth import MAX_DEPTH, TOO_DEEP, depth_of

MAX_NODES = 200_000
"""How many values a YAML document may stand for, with its aliases written out."""

MENDING = 1_000_000
"""How many letters are read again, at most, to mend the escape that only Kubernetes' YAML reader knows."""

EXCESSIVE = "document contains excessive aliasing"

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@attrs.define(eq=False)
class _Open:
    """A collection whose end has not been read yet."""

    value: Any
    anchor: str | None
    before: int
    """How many nodes had been counted when it began."""
    key: str | None = None
    merge: bool = False
    """Whether the next value is that of a `<<`."""
    inherited: list[dict[str, Any]] = attrs.field(factory=list)


class Composer:
    """Builds the documents of one stream of events. `repeated` are the lines and keys that set something again."""

    def __init__(self) -> None:
        self.repeated: list[tuple[int, str]] = []
        self.nodes = 0
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int, int]] = {}
        self._unfinished: set[str] = set()

    def document(self, events: Iterator[Any]) -> Any:
        """The value of one document, whose start has been read. Raises YAMLError."""
        self._anchors, self._unfinished, self._stack = {}, set(), []
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                value: Any = _scalar(event)
                self._count(1)
                self._anchor(event.anchor, value, 1, 0)
            elif isinstance(event, yaml.AliasEvent):
                value = self._alias(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._open(event)
                continue
            elif isinstance(event, yaml.CollectionEndEvent):
                value = self._close()
            else:
                continue
            if not self._stack:
                return value
            self._place(value, event)
        return None

    def _count(self, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise yaml.YAMLError(EXCESSIVE)

    def _open(self, event: Any) -> None:
        self._count(1)
        if len(self._stack) >= MAX_DEPTH:
            raise yaml.YAMLError(f"{TOO_DEEP} of {MAX_DEPTH}")
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        if event.anchor:
            self._unfinished.add(event.anchor)
        self._stack.append(_Open(value, event.anchor, self.nodes - 1))

    def _close(self) -> Any:
        done = self._stack.pop()
        value = done.value
        for source in done.inherited:
            value = {**source, **value}
        if done.anchor:
            self._unfinished.discard(done.anchor)
            self._anchor(done.anchor, value, self.nodes - done.before, depth_of(value))
        return value

    def _anchor(self, name: str | None, value: Any, nodes: int, depth: int) -> None:
        if name:
            self._anchors[name] = (value, nodes, depth)

    def _alias(self, event: Any) -> Any:
        """What an alias stands for: it counts as if it were written out."""
        if event.anchor in self._unfinished:
            raise yaml.YAMLError(f"anchor '{event.anchor}' value contains itself")
        if event.anchor not in self._anchors:
            raise yaml.YAMLError(f"unknown anchor '{event.anchor}' referenced")
        value, nodes, depth = self._anchors[event.anchor]
        self._count(nodes)
        if len(self._stack) + depth > MAX_DEPTH:
            raise yaml.YAMLError(f"{TOO_DEEP} of {MAX_DEPTH}")
        return value

    def _place(self, value: Any, event: Any) -> None:
        """Put a finished value into the collection around it."""
        around = self._stack[-1]
        if isinstance(around.value, list):
            around.value.append(value)
        elif around.merge:
            around.merge = False
            around.inherited += _merged(value)
        elif around.key is None:
            if isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]:
                around.merge = True
                return
            key = _key(value)
            if key in around.value:
                self.repeated.append((event.start_mark.line + 1, key))
            around.key = key
        else:
            around.value[around.key] = value
            around.key = None


def _merged(value: Any) -> list[dict[str, Any]]:
    """The mappings that a `<<` brings in, the first of which counts most."""
    sources = value if isinstance(value, list) else [value]
    if not all(isinstance(source, dict) for source in sources):
        raise yaml.YAMLError("map merge requires map or sequence of maps as the value")
    return list(sources)


def documents(text: str) -> Iterator[tuple[Any, list[tuple[int, str]]]]:
    """The values of the documents of a stream, each with the lines and keys that set something again.

    Raises YAMLError.
    """
    text = _mended(text)
    composer = Composer()
    events = _events(text)
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            composer.repeated, composer.nodes = [], 0
            value = composer.document(events)
            yield value, composer.repeated


def _events(text: str) -> Iterator[Any]:
    try:
        loader = _Loader(text)
    except UnicodeEncodeError:
        loader = _Loader(text.encode("utf-8", "replace").decode())
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def _mended(text: str) -> str:
    """The text with every `\\'` in double quotes made a plain `'`, which Kubernetes' reader knows as an escape, too."""
    left = MENDING if "\\'" in text else 0
    while left > 0:
        problem = _unknown_escape(text)
        if problem is None:
            return text
        start = problem.context_mark.index
        quoted = _QUOTED.match(text, start)
        stop = quoted.end() if quoted is not None else len(text)
        text = text[:start] + _ESCAPED.sub(_unescaped, text[start:stop]) + text[stop:]
        left -= stop
    return text


def _unknown_escape(text: str) -> Any:
    """The error at the first `\\'` in double quotes; None if there is none."""
    try:
        for _ in _events(text):
            pass
    except yaml.MarkedYAMLError as error:
        mark, unknown = error.problem_mark, (error.problem or "").startswith("found unknown escape character")
        if unknown and mark is not None and text[mark.index : mark.index + 2] in ("\\'", "'"):
            return error
    except yaml.YAMLError:
        pass
    return None


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def _unescaped(found: re.Match[str]) -> str:
    return "'" if found[1] == "'" else found[0]


_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_LONGEST_INTEGER = 80
"""Letters: whatever is longer than this is beyond 64 bits in every notation (or full of underscores)."""


def _key(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, (dict, list)):
        raise yaml.YAMLError(f"invalid map key: {json.dumps(value)}")
    return str(value) if isinstance(value, int) else json.dumps(value)


def _scalar(event: Any) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    number = _number(text)
    return text if number is None else number


def _number(text: str) -> int | float | None:
    """A number in any of the ways of YAML 1.1; None for what is text, such as a number that nothing can hold."""
    if not text or text[0] not in "+-.0123456789":
        return None
    if len(text) <= _LONGEST_INTEGER and _INTEGER.fullmatch(text) is not None:
        value = _integer(text.replace("_", ""))
        if value is not None and -(1 << 63) <= value < 1 << 64:
            return value
    if _FLOAT.fullmatch(text) is not None:
        number = float(text.replace("_", ""))
        if number in (float("inf"), float("-inf")):
            return None
        return int(number) if number.is_integer() and abs(number) < 1e21 else number
    return None


def _integer(digits: str) -> int | None:
    sign = -1 if digits[0] == "-" else 1
    digits = digits.lstrip("+-")
    try:
        if digits.startswith("0") and digits[1:].isdigit():
            return sign * int(digits, 8)
        return sign * int(digits, 0)
    except ValueError:
        return None


_WORDS = {
    "mapping values are not allowed here": "mapping values are not allowed in this context",
    "exceeded maximum nesting depth": f"{TOO_DEEP} of {MAX_DEPTH}",
}
"""Where the reader of Kubernetes says it in other words."""


def complaint(error: yaml.YAMLError) -> str:
    """What Kubernetes' reader says about a text that is not YAML."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return f"yaml: {error}" if not isinstance(error, yaml.reader.ReaderError) else f"yaml: {error.reason}"
    problem = _WORDS.get(error.problem or "", error.problem or "")
    line = 0
    if error.problem_mark is not None and error.problem_mark.line:
        line = error.problem_mark.line + isinstance(error, yaml.scanner.ScannerError)
    elif error.context_mark is not None:
        line = error.context_mark.line
    return f"yaml: line {line}: {problem}" if line else f"yaml: {problem}"
