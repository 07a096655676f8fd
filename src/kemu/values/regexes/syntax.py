"""The syntax of RE2 to a tree."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import attrs

MAX_CODE = sys.maxunicode
MAX_REPEAT = 1000
MAX_DEPTH = 200
MAX_SIZE = 10_000
"""How many nodes a tree may have once repetitions are written out."""

Ranges = tuple[tuple[int, int], ...]
"""Sets of code points: sorted ranges, ends included."""


class RegexError(ValueError):
    """A text that is no regular expression."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"error parsing regexp: {code}: `{text}`")


@attrs.frozen
class Chars:
    """One character out of a set."""

    ranges: Ranges


@attrs.frozen
class Sequence:
    """One after another; nothing at all if there are none."""

    parts: tuple[Any, ...]


@attrs.frozen
class Choice:
    """One of several, the first that leads to a match."""

    parts: tuple[Any, ...]


@attrs.frozen
class Repeat:
    """A part again and again: at least and at most so often (None: without end)."""

    part: Any
    least: int
    most: int | None
    greedy: bool


@attrs.frozen
class Edge:
    """A place: `begin`, `end` (of the text), `line_begin`, `line_end`, `word`, `inside` (no edge of a word)."""

    kind: str


@attrs.frozen
class Group:
    """A part whose place is remembered: the group of a number, from 1 on."""

    part: Tree
    number: int


Tree = Chars | Sequence | Choice | Repeat | Edge | Group


def parse(pattern: str) -> Tree:
    """The tree of a regular expression. Raises RegexError."""
    parser = _Parser(pattern)
    tree = parser.choice(0)
    if parser.place < len(pattern):
        raise RegexError("unexpected )", pattern)
    if _size(tree) > MAX_SIZE:
        raise RegexError("expression too large", pattern)
    return tree


def _size(tree: Tree) -> int:
    match tree:
        case Repeat():
            return 1 + _size(tree.part) * max(1, tree.least, tree.most or 0)
        case Sequence() | Choice():
            return 1 + sum([_size(each) for each in tree.parts])
        case Group():
            return _size(tree.part)
    return 1


_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_NAMED = re.compile(r"\(\?P?<([A-Za-z0-9_]+)>")
_REPEAT = re.compile(r"\{(\d+)(,(\d*))?\}", re.ASCII)


class _Parser:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0
        self.flags: frozenset[str] = frozenset()
        self.groups = 0

    def at(self, text: str) -> bool:
        return self.pattern.startswith(text, self.place)

    def choice(self, depth: int) -> Tree:
        if depth > MAX_DEPTH:
            raise RegexError("expression nests too deeply", self.pattern)
        flags = self.flags
        parts = [self.sequence(depth)]
        while self.at("|"):
            self.place += 1
            parts.append(self.sequence(depth))
        self.flags = flags
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def sequence(self, depth: int) -> Tree:
        parts: list[Tree] = []
        while self.place < len(self.pattern) and self.pattern[self.place] not in "|)":
            part = self.part(depth)
            if part is not None:
                parts.append(self.repeated(part))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def repeated(self, part: Tree) -> Tree:
        """A part with the operators behind it. Raises RegexError for two in a row."""
        before = None
        while (found := self.repetition()) is not None:
            start, least, most = found
            greedy = not self.at("?")
            self.place += not greedy
            text = self.pattern[start : self.place]
            if before is not None:
                raise RegexError("invalid nested repetition operator", self.pattern[before : self.place])
            if max(least, most or 0) > MAX_REPEAT or (most is not None and least > most):
                raise RegexError("invalid repeat count", text)
            part = Repeat(part, least, most, greedy != ("U" in self.flags))
            before = start
        return part

    def repetition(self) -> tuple[int, int, int | None] | None:
        start = self.place
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        found = simple.get(self.pattern[start : start + 1])
        if found is not None:
            self.place += 1
            return start, *found
        match = _REPEAT.match(self.pattern, start)
        if match is None:
            return None
        self.place = match.end()
        least = int(match[1])
        return start, least, least if match[2] is None else int(match[3]) if match[3] else None

    def part(self, depth: int) -> Tree | None:
        """The next part; None where only flags are set."""
        letter = self.pattern[self.place]
        if letter == "(":
            return self.group(depth)
        if letter == "[":
            return self.bracket()
        if letter == "\\":
            return self.escape()
        start = self.place
        if self.repetition() is not None:
            raise RegexError("missing argument to repetition operator", self.pattern[start : self.place])
        self.place += 1
        if letter == ".":
            return Chars(((0, MAX_CODE),) if "s" in self.flags else _negated(((10, 10),)))
        if letter == "^":
            return Edge("line_begin" if "m" in self.flags else "begin")
        if letter == "$":
            return Edge("line_end" if "m" in self.flags else "end")
        return self.chars(((ord(letter), ord(letter)),))

    def chars(self, ranges: Ranges) -> Chars:
        return Chars(_folded(ranges) if "i" in self.flags else ranges)

    def group(self, depth: int) -> Tree | None:
        start, number = self.place, 0
        before = self.flags
        if self.at("(?"):
            named = _NAMED.match(self.pattern, start)
            match = _FLAGS.match(self.pattern, start)
            if named is not None:
                self.place = named.end()
                self.groups = number = self.groups + 1
            elif match is not None:
                self.flags = (self.flags | set(match[1])) - set(match[2] or "")
                self.place = match.end()
                if match[3] == ")":
                    return None
            else:
                code = "invalid named capture" if self.at("(?P<") else "invalid or unsupported Perl syntax"
                raise RegexError(code, self.pattern[start : start + 3 + self.at("(?<")])
        else:
            self.place += 1
            self.groups = number = self.groups + 1
        tree = self.choice(depth + 1)
        if not self.at(")"):
            raise RegexError("missing closing )", self.pattern)
        self.place += 1
        self.flags = before
        return Group(tree, number) if number else tree

    def escape(self) -> Tree:
        edges = {"A": "begin", "z": "end", "b": "word", "B": "inside"}
        letter = self.pattern[self.place + 1 : self.place + 2]
        if letter in edges and letter:
            self.place += 2
            return Edge(edges[letter])
        if letter == "Q":
            end = self.pattern.find("\\E", self.place)
            text = self.pattern[self.place + 2 : end if end >= 0 else None]
            self.place = end + 2 if end >= 0 else len(self.pattern)
            return Sequence(tuple([self.chars(((ord(each), ord(each)),)) for each in text]))
        return self.chars(self.escaped())

    def escaped(self) -> Ranges:
        """The characters that an escape stands for."""
        start = self.place
        letter = self.pattern[start + 1 : start + 2]
        if not letter:
            raise RegexError("trailing backslash at end of expression", "")
        if letter in _PERL:
            self.place += 2
            return _PERL[letter]
        if letter in "pP":
            return self.property()
        self.place += 2
        if letter in _LETTERS:
            return ((_LETTERS[letter], _LETTERS[letter]),)
        match = _NUMBER.match(self.pattern, start)
        if match is not None:
            self.place = match.end()
            code = int(match[1] or match[2], 16) if match[1] or match[2] else int(match[3], 8)
            if code <= MAX_CODE:
                return ((code, code),)
        if match is None and ord(letter) < 128 and not letter.isalnum():
            return ((ord(letter), ord(letter)),)
        raise RegexError("invalid escape sequence", self.pattern[start : self.place])

    def property(self) -> Ranges:
        match = re.compile(r"\\([pP])(?:\{(\^?)([^}]*)\}|(.))", re.DOTALL).match(self.pattern, self.place)
        if match is None:
            raise RegexError("invalid character class range", self.pattern[self.place :])
        ranges = _category(match[3] or match[4] or "")
        if ranges is None:
            raise RegexError("invalid character class range", match.group())
        self.place = match.end()
        return _negated(ranges) if (match[1] == "P") != bool(match[2]) else ranges

    def bracket(self) -> Tree:
        start = self.place
        self.place += 1
        negative = self.at("^")
        self.place += negative
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self.at("]"):
            if self.place >= len(self.pattern):
                raise RegexError("missing closing ]", self.pattern[start:])
            if self.at("-") and not first and not self.at("-]"):
                raise RegexError("invalid character class range", self.pattern[self.place : self.place + 2])
            first = False
            ranges += self.named_class() or self.range()
        self.place += 1
        found = _joined(ranges)
        found = _folded(found) if "i" in self.flags else found
        return Chars(_negated(found) if negative else found)

    def named_class(self) -> Ranges:
        if not self.at("[:"):
            return ()
        end = self.pattern.find(":]", self.place)
        if end < 0:
            return ()
        text = self.pattern[self.place : end + 2]
        name = text[2:-2]
        ranges = _POSIX.get(name.removeprefix("^"))
        if ranges is None:
            raise RegexError("invalid character class range", text)
        self.place = end + 2
        return _negated(ranges) if name.startswith("^") else ranges

    def range(self) -> Ranges:
        start = self.place
        low = self.single()
        if not self.at("-") or self.at("-]") or len(low) != 1 or low[0][0] != low[0][1]:
            return low
        self.place += 1
        if self.place >= len(self.pattern):
            raise RegexError("missing closing ]", self.pattern[self.pattern.rfind("[", 0, start) :])
        high = self.single()
        if len(high) != 1 or high[0][0] != high[0][1] or high[0][0] < low[0][0]:
            raise RegexError("invalid character class range", self.pattern[start : self.place])
        return ((low[0][0], high[0][0]),)

    def single(self) -> Ranges:
        if self.at("\\"):
            return self.escaped()
        code = ord(self.pattern[self.place])
        self.place += 1
        return ((code, code),)


def _joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Ranges in their order, those that touch made one."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def _negated(ranges: Ranges) -> Ranges:
    found, start = [], 0
    for low, high in ranges:
        if start < low:
            found.append((start, low - 1))
        start = high + 1
    return (*found, (start, MAX_CODE)) if start <= MAX_CODE else tuple(found)


def _folded(ranges: Ranges) -> Ranges:
    """Ranges with the other case of their letters (of ranges that are no larger than an alphabet)."""
    more = list(ranges)
    for low, high in ranges:
        for code in range(low, min(high, low + 2048) + 1):
            for other in (chr(code).lower(), chr(code).upper()):
                if len(other) == 1:
                    more.append((ord(other), ord(other)))
    return _joined(more)


@lru_cache(maxsize=64)
def _category(name: str) -> Ranges | None:
    """The characters of a general category; None if there is none of that name."""
    if name == "Any":
        return ((0, MAX_CODE),)
    if name not in _CATEGORIES:
        return None
    codes = [code for code in range(MAX_CODE + 1) if unicodedata.category(chr(code)).startswith(name)]
    return _joined([(code, code) for code in codes])


_CATEGORIES = frozenset(
    (
        *("C", "Cc", "Cf", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No"),
        *("P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs"),
    )
)
_NUMBER = re.compile(r"\\(?:x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|([1-7][0-7]{1,2}|0[0-7]{0,2}))", re.ASCII)
_LETTERS = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = ((9, 10), (12, 13), (32, 32))
_PERL = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_PERL |= {letter.upper(): _negated(ranges) for letter, ranges in _PERL.items()}
_POSIX: dict[str, Ranges] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": _DIGIT,
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": _WORD,
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}
