"""Strings by their characters, regular expressions on them, and joining."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...values import regexes
from ..declarations import Overload, overloads
from ..errors import EvaluationError
from .text import formatted, shown

_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_UPPER = {code: code - 32 for code in range(97, 123)}
_LOWER = {code: code + 32 for code in range(65, 91)}
_QUOTED = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
_QUOTED |= {"\\": "\\\\", '"': '\\"'}


def _inside(index: int, length: int) -> int:
    if not 0 <= index <= length:
        raise EvaluationError(f"index out of range: {index}")
    return index


def _char_at(text: str, index: int) -> str:
    _inside(index, len(text))
    return text[index : index + 1]


def _index_of(text: str, part: str, start: int = 0) -> int:
    if not part:
        return start
    if start < 0:
        raise EvaluationError(f"index out of range: {start}")
    return text.find(part, start)


def _last_index_of(text: str, part: str, start: int | None = None) -> int:
    if not part:
        return len(text) if start is None else start
    if start is None:
        return text.rfind(part)
    if start < 0:
        raise EvaluationError(f"index out of range: {start}")
    return -1 if start >= len(text) else text.rfind(part, 0, start + len(part))


def _replaced(text: str, old: str, new: str, most: int = -1) -> str:
    return text.replace(old, new, max(most, -1))


def _split(text: str, separator: str, most: int = -1) -> tuple[str, ...]:
    if most == 0:
        return ()
    if separator:
        return tuple(text.split(separator, most - 1 if most > 0 else -1))
    if 0 < most < len(text):
        return (*text[: most - 1], text[most - 1 :])
    return tuple(text)


def _substring(text: str, start: int, end: int | None = None) -> str:
    if end is not None and start > end:
        raise EvaluationError(f"invalid substring range. start: {start}, end: {end}")
    _inside(start, len(text))
    return text[start : None if end is None else _inside(end, len(text))]


def _joined(items: Any, separator: str = "") -> str:
    for each in items:
        if not isinstance(each, str):
            raise EvaluationError(f"join: invalid input: {shown(each)}")
    return separator.join(items)


def _regex(run: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a text and a pattern, with the pattern compiled."""

    def call(text: str, pattern: str, *more: int) -> Any:
        try:
            return run(text, regexes.compiled(pattern), *more)
        except regexes.RegexError as problem:
            raise EvaluationError(f"Illegal regex: {problem}") from None

    return call


def _found(text: str, regex: regexes.Regex) -> str:
    place = regex.find(text)
    return "" if place is None else text[slice(*place)]


def _all_found(text: str, regex: regexes.Regex, most: int = -1) -> tuple[str, ...]:
    return tuple(regex.find_all(text, most))


STRINGS: tuple[Overload, ...] = overloads(
    [
        ("charAt", "string.(int) -> string", _char_at),
        ("indexOf", "string.(string) -> int", _index_of),
        ("indexOf", "string.(string, int) -> int", _index_of),
        ("lastIndexOf", "string.(string) -> int", _last_index_of),
        ("lastIndexOf", "string.(string, int) -> int", _last_index_of),
        ("lowerAscii", "string.() -> string", lambda text: text.translate(_LOWER)),
        ("upperAscii", "string.() -> string", lambda text: text.translate(_UPPER)),
        ("replace", "string.(string, string) -> string", _replaced),
        ("replace", "string.(string, string, int) -> string", _replaced),
        ("split", "string.(string) -> list(string)", _split),
        ("split", "string.(string, int) -> list(string)", _split),
        ("substring", "string.(int) -> string", _substring),
        ("substring", "string.(int, int) -> string", _substring),
        ("trim", "string.() -> string", lambda text: text.strip(_SPACES)),
        ("format", "string.(list(dyn)) -> string", formatted),
        ("strings.quote", "(string) -> string", lambda text: '"' + "".join([_QUOTED.get(c, c) for c in text]) + '"'),
        ("join", "list(string).() -> string", _joined),
        ("join", "list(string).(string) -> string", _joined),
        ("find", "string.(string) -> string", _regex(_found)),
        ("findAll", "string.(string) -> list(string)", _regex(_all_found)),
        ("findAll", "string.(string, int) -> list(string)", _regex(_all_found)),
    ]
)
