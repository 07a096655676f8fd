"""Source text to tokens."""

from __future__ import annotations

import re
from typing import NamedTuple

from .errors import Issue


class Token(NamedTuple):
    """A piece of source: its kind (`op`, `name`, `int`, ...), its text, and where it begins."""

    kind: str
    text: str
    at: int


_ESCAPE = r"\\(?:[abfnrtv\"'\\?`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})"
_BEGUN = r"\\(?:[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?"
"""An escape that does not go on."""
_PLAIN = [
    rf'"""(?:{_ESCAPE}|[^\\])*?"""',
    rf"'''(?:{_ESCAPE}|[^\\])*?'''",
    rf'"(?:{_ESCAPE}|[^\\"\n\r])*"',
    rf"'(?:{_ESCAPE}|[^\\'\n\r])*'",
]
_RAW = [r'[rR]"""(?:.|\n)*?"""', r"[rR]'''(?:.|\n)*?'''", r'[rR]"[^"\n\r]*"', r"[rR]'[^'\n\r]*'"]
_STRING = "|".join([*_RAW, *_PLAIN])
_TOKEN = re.compile(
    rf"""(?P<space>[\t \r\n\f]+|//[^\n]*)
  |(?P<bytes>[bB](?:{_STRING}))
  |(?P<string>{_STRING})
  |(?P<double>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
  |(?P<uint>0x[0-9a-fA-F]+[uU]|\d+[uU])
  |(?P<int>0x[0-9a-fA-F]+|\d+)
  |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
  |(?P<escaped>`[A-Za-z0-9_.\-/ ]+`)
  |(?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{{}}])""",
    re.VERBOSE | re.ASCII,
)
WORDS = ("in", "true", "false", "null")
"""Names that the grammar has for itself."""


def tokens(source: str) -> tuple[list[Token], list[Issue]]:
    """The tokens of a source, the last of them `<EOF>`, and what is no token."""
    found: list[Token] = []
    issues: list[Issue] = []
    place = 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            bad = _unknown(source, place)
            issues.append(Issue(place, f"Syntax error: token recognition error at: '{bad}'"))
            place += len(bad)
            continue
        kind = str(match.lastgroup)
        if kind != "space":
            text = match.group()
            found.append(Token("word" if kind == "name" and text in WORDS else kind, text, place))
        place = match.end()
    found.append(Token("end", "<EOF>", len(source)))
    return found, issues


def _unknown(source: str, place: int) -> str:
    """The text that is given up: a letter, an operator cut short with what follows, or a string that does not end."""
    letter = source[place]
    if letter in "|&=":
        return source[place : place + 2]
    if letter in "\"'":
        begun = re.compile(rf"{letter}(?:{_ESCAPE}|[^\\{letter}\n\r])*(?:{_BEGUN})?").match(source, place)
        assert begun is not None
        return source[place : begun.end() + 1]
    return letter


_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPED = re.compile(_ESCAPE)


def unquote(text: str) -> str:
    """The text that a string token stands for."""
    raw = text[0] in "rR"
    text = text[1:] if raw else text
    width = 3 if len(text) >= 6 and text[:3] in ('"""', "'''") else 1
    inner = text[width:-width]
    return inner if raw else _ESCAPED.sub(lambda match: chr(_code(match.group())), inner)


def unquote_bytes(text: str) -> bytes:
    """The bytes that a bytes token stands for: escapes by number are bytes, all else is UTF-8."""
    text = text[1:]
    if text[0] in "rR":
        return unquote(text).encode()
    width = 3 if len(text) >= 6 and text[:3] in ('"""', "'''") else 1
    inner, found, place = text[width:-width], bytearray(), 0
    for match in _ESCAPED.finditer(inner):
        found += inner[place : match.start()].encode()
        found += bytes([_code(match.group())]) if match.group()[1] not in "uU" else chr(_code(match.group())).encode()
        place = match.end()
    return bytes(found + inner[place:].encode())


def _code(escape: str) -> int:
    letter = escape[1]
    if letter in "xXuU":
        return int(escape[2:], 16)
    if letter in "0123":
        return int(escape[1:], 8)
    return ord(_LETTERS.get(letter, letter))
