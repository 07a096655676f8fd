"""The patterns of shells and their programs: POSIX regular expressions, and globs.

Both run as automata (see `values.regexes`), in time in proportion to the text: no script stops the world with `(a+)+$`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from ..values.regexes import Regex, RegexError, compiled
from .program import ShellError

CLASSES = {
    "[:space:]": r"\s",
    "[:blank:]": r" \t",
    "[:digit:]": "0-9",
    "[:alpha:]": "A-Za-z",
    "[:alnum:]": "A-Za-z0-9",
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
    "[:xdigit:]": "0-9A-Fa-f",
    "[:punct:]": re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
}

Segment = tuple[str, bool]
"""A piece of text, and whether it was quoted (and so means only itself)."""


@lru_cache(maxsize=256)
def regex(
    pattern: str, *, extended: bool = False, fixed: bool = False, ignore_case: bool = False, only: str = ""
) -> Regex:
    """A POSIX regular expression, basic or extended, or a `fixed` text.

    `only` is `line` if it must be all of the text, and `word` if it must be words of it. Raises ShellError for a
    malformed one, and for what takes more than an automaton.
    """
    found = re.escape(pattern) if fixed else _expression(pattern, extended)
    if only:
        found = f"^(?:{found})$" if only == "line" else rf"\b(?:{found})\b"
    try:
        return compiled(("(?i)" if ignore_case else "") + found)
    except RegexError:
        raise ShellError(f"bad regex '{pattern}'") from None


def _expression(pattern: str, extended: bool) -> str:
    result, at = "", 0
    while at < len(pattern):
        char = pattern[at]
        following = pattern[at + 1 : at + 2]
        if char == "\\" and following:
            if following.isdigit():
                raise ShellError(f"not simulated: the back-reference in regex '{pattern}'")
            swaps = not extended and following in "(){}|+?"
            result += following if swaps else r"\b" if following in "<>" else "\\" + following
            at += 1
        elif char == "[":
            end = pattern.find("]", at + (3 if following == "^" else 2))
            while end > 0 and pattern[at:end].count("[:") > pattern[at:end].count(":]"):
                end = pattern.find("]", end + 1)
            if end < 0:
                raise ShellError(f"bad regex '{pattern}'")
            inside = pattern[at + 1 : end].replace("\\", "\\\\")
            for name, characters in CLASSES.items():
                inside = inside.replace(name, characters)
            result += "[" + inside + "]"
            at = end
        elif not extended and (char in "(){}|+?" or (char == "*" and not result)):
            result += "\\" + char
        else:
            result += char
        at += 1
    return result


class Glob:
    """A shell pattern. Quoted text in it means only itself."""

    __slots__ = ("_parts", "directories")

    def __init__(self, segments: Iterable[Segment]) -> None:
        self._parts, self.directories = _glob(segments)

    def fits(self, text: str) -> bool:
        """Whether it is all of a text."""
        found = _joined(self._parts)
        return found is not None and found.extent(text, shortest=False) == len(text)

    def trimmed(self, value: str, operator: str) -> str:
        """`${name#pattern}` and its kin: a text without the shortest or longest part that fits at one end."""
        from_end, shortest = operator.startswith("%"), len(operator) == 1
        found = _joined(self._parts[::-1] if from_end else self._parts)
        cut = None if found is None else found.extent(value[::-1] if from_end else value, shortest=shortest)
        return value if cut is None else value[: len(value) - cut] if from_end else value[cut:]

    def replaced(self, value: str, new: str, most: int = -1) -> str:
        """A text in which what fits is replaced, all or so many."""
        found = _joined(self._parts)
        return value if found is None or not self._parts else found.replaced(value, lambda _: new, most)


def unglobbed(text: str) -> str:
    """The pattern that only a text fits."""
    return re.sub(r"[*?\[]", r"[\g<0>]", text)


@lru_cache(maxsize=256)
def _joined(parts: tuple[str, ...]) -> Regex | None:
    """None for a pattern that nothing fits, such as one of a range that ends before it begins."""
    try:
        return compiled("(?s:" + "".join(parts) + ")")
    except RegexError:
        return None


def _glob(segments: Iterable[Segment]) -> tuple[tuple[str, ...], int]:
    """The regular expressions of which it is made, one for each place in a text, and how many `/` are in it."""
    parts: list[str] = []
    directories = 0
    for text, quoted in segments:
        directories += text.count("/")
        at = 0
        while at < len(text):
            char = text[at]
            end = text.find("]", at + 2) if char == "[" else -1
            if quoted or char not in "*?[" or (char == "[" and end < 0):
                parts.append(re.escape(char))
            elif char == "*":
                if parts[-1:] != [".*"]:
                    parts.append(".*")
            elif char == "?":
                parts.append(".")
            else:
                inside = text[at + 1 : end]
                parts.append("[" + ("^" + inside[1:] if inside[0] in "!^" else inside).replace("\\", "\\\\") + "]")
                at = end
            at += 1
    return tuple(parts), directories


def separated(text: str, separator: str) -> list[str]:
    """The pieces of a text between what fits a regular expression."""
    pieces, place = [], 0
    for (begin, end), *_ in regex(separator, extended=True).all_spans(text):
        if end > begin:
            pieces.append(text[place:begin])
            place = end
    return [*pieces, text[place:]]


def outside_quotes(text: str, separators: str) -> list[str]:
    """The pieces of a text between separators that stand in no double quotes."""
    pieces, quoted = [""], False
    for char in text:
        quoted ^= char == '"'
        if char in separators and not quoted:
            pieces.append("")
        else:
            pieces[-1] += char
    return pieces


def substituted(found: Regex, line: str, new: Callable[[Callable[[int], str]], str], most: int) -> tuple[str, int]:
    """A line in which what fits is replaced, and how many times. `new` is handed what gives the text of a group."""
    count = 0

    def one(spans: tuple[tuple[int, int], ...]) -> str:
        nonlocal count
        count += 1

        def group(number: int) -> str:
            begin, end = spans[number] if number < len(spans) else (-1, -1)
            return line[begin:end] if begin >= 0 else ""

        return new(group)

    return found.replaced(line, one, most), count
