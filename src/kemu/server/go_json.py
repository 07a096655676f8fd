"""JSON as Go's encoding/json reads it: the same values, and the same words for what is wrong.

A value is read into what it is in Python, except that numbers keep their text (`Number`) and base64 stays text: what
they become depends on the field they are for.
"""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any


class JsonError(ValueError):
    """Text that Go would not read; the message is Go's."""


class Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


DEPTH = 300
"""How deep values may be nested: no message of etcd's needs more, and Python reads no deeper than it can call."""

MOST_DIGITS = 20
"""No number of a message has more; what is longer is not even looked at."""

_SPACE = " \t\r\n"
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def _quoted(character: str) -> str:
    if character == "'":
        return r"'\''"
    if character == '"':
        return "'\"'"
    named = {"\n": r"\n", "\t": r"\t", "\r": r"\r", "\0": r"\x00", "\\": "\\\\"}
    return f"'{named.get(character, character)}'"


class Reader:
    """Reads one JSON value after the other from a text. `at` is where the next one begins."""

    def __init__(self, text: str, end: str = "unexpected EOF") -> None:
        self.text = text
        self.at = 0
        self.end = end
        self._depth = 0

    def more(self) -> bool:
        """Whether anything but space is left."""
        self._skip()
        return self.at < len(self.text)

    def value(self) -> Any:
        """The next value. Raises JsonError."""
        first = self._next("looking for beginning of value")
        if first in "{[":
            self._depth += 1
            if self._depth > DEPTH:
                raise JsonError("exceeded max depth")
            nested = self._object() if first == "{" else self._array()
            self._depth -= 1
            return nested
        if first == '"':
            return self._string()
        if first in "-0123456789":
            return self._number(first)
        for word, meaning in (("true", True), ("false", False), ("null", None)):
            if first == word[0]:
                for expected in word[1:]:
                    if self.at >= len(self.text):
                        raise JsonError(self.end)
                    if self.text[self.at] != expected:
                        raise self._bad(self.text[self.at], f"in literal {word} (expecting {_quoted(expected)})")
                    self.at += 1
                return meaning
        raise self._bad(first, "looking for beginning of value")

    def _skip(self) -> None:
        text, at = self.text, self.at
        while at < len(text) and text[at] in _SPACE:
            at += 1
        self.at = at

    def _next(self, _: str) -> str:
        self._skip()
        if self.at >= len(self.text):
            raise JsonError(self.end)
        self.at += 1
        return self.text[self.at - 1]

    @staticmethod
    def _bad(character: str, where: str) -> JsonError:
        return JsonError(f"invalid character {_quoted(character)} {where}")

    def _object(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        where = "looking for beginning of object key string"
        first = self._next(where)
        if first == "}":
            return found
        while True:
            if first != '"':
                raise self._bad(first, where)
            key = self._string()
            colon = self._next("after object key")
            if colon != ":":
                raise self._bad(colon, "after object key")
            found[key] = self.value()
            comma = self._next("after object key:value pair")
            if comma == "}":
                return found
            if comma != ",":
                raise self._bad(comma, "after object key:value pair")
            first = self._next(where)

    def _array(self) -> list[Any]:
        found: list[Any] = []
        self._skip()
        if self.text[self.at : self.at + 1] == "]":
            self.at += 1
            return found
        while True:
            found.append(self.value())
            comma = self._next("after array element")
            if comma == "]":
                return found
            if comma != ",":
                raise self._bad(comma, "after array element")

    def _string(self) -> str:
        text = self.text
        stop = text.find('"', self.at)
        plain = text[self.at : stop]
        if stop >= 0 and "\\" not in plain and plain.isprintable():
            self.at = stop + 1
            return plain
        out: list[str] = []
        while True:
            if self.at >= len(text):
                raise JsonError(self.end)
            character = text[self.at]
            self.at += 1
            if character == '"':
                return "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if character < " ":
                raise self._bad(character, "in string literal")
            out.append(self._escape() if character == "\\" else character)

    def _escape(self) -> str:
        if self.at >= len(self.text):
            raise JsonError(self.end)
        character = self.text[self.at]
        self.at += 1
        if character != "u":
            if character not in _ESCAPES:
                raise self._bad(character, "in string escape code")
            return _ESCAPES[character]
        digits = self.text[self.at : self.at + 4]
        for digit in digits:
            if digit not in "0123456789abcdefABCDEF":
                raise self._bad(digit, "in \\u hexadecimal character escape")
        if len(digits) < 4:
            raise JsonError(self.end)
        self.at += 4
        return chr(int(digits, 16))

    def _number(self, first: str) -> Number:
        begin = self.at - 1
        if first == "-":
            first = self._digit("in numeric literal")
        if first != "0":
            self._digits()
        if self.text[self.at : self.at + 1] == ".":
            self.at += 1
            self._digit("after decimal point in numeric literal")
            self._digits()
        if self.text[self.at : self.at + 1] in ("e", "E"):
            self.at += 1
            if self.text[self.at : self.at + 1] in ("+", "-"):
                self.at += 1
            self._digit("in exponent of numeric literal")
            self._digits()
        return Number(self.text[begin : self.at])

    def _digit(self, where: str) -> str:
        if self.at >= len(self.text):
            raise JsonError(self.end)
        character = self.text[self.at]
        if character not in "0123456789":
            raise self._bad(character, where)
        self.at += 1
        return character

    def _digits(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in "0123456789":
            self.at += 1


def kind_of(value: Any) -> str:
    """What Go calls the kind of a JSON value when it does not fit."""
    if isinstance(value, Number):
        return "number"
    return {str: "string", bool: "bool", list: "array", dict: "object"}[type(value)]


def mismatch(value: Any, go_type: str, with_text: bool = False) -> JsonError:
    """The error for a value of the wrong kind."""
    told = f"number {value}" if with_text else kind_of(value)
    return JsonError(f"json: cannot unmarshal {told} into Go value of type {go_type}")


def integer(value: Any, bits: int = 64, go_type: str = "") -> int:
    """A whole number from a JSON number, or from a string that holds one."""
    go_type = go_type or f"int{bits}"
    if isinstance(value, Number) or not isinstance(value, str):
        if not isinstance(value, Number):
            raise mismatch(value, go_type)
        number = value
    else:
        raw = json.dumps(value, ensure_ascii=False)[1:-1]  # Go reads the string as it was written
        inner = Reader(raw, end="unexpected end of JSON input")
        found = inner.value()
        if inner.more():
            raise JsonError(f"invalid character {_quoted(inner.text[inner.at])} after top-level value")
        if found is None:
            return 0
        if not isinstance(found, Number):
            raise mismatch(found, go_type)
        number = found
    digits = number.lstrip("-")
    if not digits.isdigit() or len(digits) > MOST_DIGITS or not -(1 << bits - 1) <= int(number) < 1 << bits - 1:
        raise mismatch(number, go_type, with_text=True)
    return int(number)


def binary(value: Any) -> bytes:
    """Bytes from a base64 string, or from a list of numbers."""
    if isinstance(value, list):
        numbers = [_byte(each) for each in value]
        return bytes(numbers)
    if not isinstance(value, str) or isinstance(value, Number):
        raise mismatch(value, "[]uint8")
    try:
        plain = value.encode("ascii")
        if len(plain) % 4 == 0 and b"\n" not in plain and b"\r" not in plain:
            return b64decode(plain, validate=True)
    except ValueError:
        pass
    raise_at = _bad_base64(value)
    if raise_at is not None:
        raise JsonError(f"illegal base64 data at input byte {raise_at}")
    return b64decode(value)


def _byte(value: Any) -> int:
    if value is None:
        return 0
    if not isinstance(value, Number):
        raise mismatch(value, "uint8")
    if not value.isdigit() or len(value) > MOST_DIGITS or int(value) > 255:
        raise mismatch(value, "uint8", with_text=True)
    return int(value)


def _bad_base64(text: str) -> int | None:
    """Where Go stops reading base64, or None if it reads all of it."""
    data = text.encode("utf-8").decode("latin-1")
    at, size = 0, len(data)
    while True:
        taken = 0
        while taken < 4:
            if at == size:
                return None if taken == 0 else at - taken
            character = data[at]
            at += 1
            if character in _ALPHABET:
                taken += 1
            elif character in "\r\n":
                continue
            elif character != "=" or taken < 2:
                return at - 1
            else:
                return _bad_padding(data, at, taken)


def _bad_padding(data: str, at: int, taken: int) -> int | None:
    def skip(at: int) -> int:
        while at < len(data) and data[at] in "\r\n":
            at += 1
        return at

    if taken == 2:
        at = skip(at)
        if at == len(data):
            return at
        if data[at] != "=":
            return at - 1
        at += 1
    at = skip(at)
    return at if at < len(data) else None
