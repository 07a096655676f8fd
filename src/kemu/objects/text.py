"""Bytes to JSON values: what a request body or a manifest holds, before anybody knows its type.

JSON is read by Python's own parser; only when it gives up does a small scanner go over the text again to say, in Go's
words, which character is wrong. YAML is read in `yaml_text.py`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import ManifestError
from .depth import MAX_DEPTH, TOO_DEEP, depth_of
from .recall import Recall

INFINITE = (float("inf"), float("-inf"))


class DecodeError(ValueError):
    """A body that cannot be read; the text is the API server's."""


class Repeated(dict[str, Any]):
    """A JSON object in which some names occurred more than once. As a dict it holds the last of each.

    `pairs` are all entries in their order.
    """

    __slots__ = ("pairs",)
    pairs: list[tuple[str, Any]]

    def __reduce__(self) -> tuple[Any, ...]:
        return (dict, (dict(self),))


class Written(float):
    """A number with a fraction or an exponent, and the text that stood for it."""

    __slots__ = ("text",)
    text: str

    def __reduce__(self) -> tuple[Any, ...]:
        return (float, (float(self),))


class YamlMapping(dict[str, Any]):
    """A YAML document in which keys were set twice. `complaints` are what a strict reader says about it."""

    __slots__ = ("complaints",)
    complaints: tuple[str, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return (dict, (dict(self),))


def read(body: bytes | str, media_type: str = "application/json") -> Any:
    """The JSON value in a body. Raises DecodeError with the API server's text.

    Names that occur twice are not lost: see `Repeated` and `YamlMapping`.
    """
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    return read_yaml(text) if "yaml" in media_type else read_json(text)


def read_json(text: str) -> Any:
    """The JSON value in a text. Raises DecodeError with Go's text."""
    text = _whole_text(text)
    try:
        value = _READER.decode(text)
    except RecursionError:
        raise DecodeError(TOO_DEEP) from None
    except json.JSONDecodeError as problem:
        raise DecodeError(syntax_error(text) or str(problem)) from None
    if text.count("{") + text.count("[") > MAX_DEPTH and depth_of(value) > MAX_DEPTH:
        raise DecodeError(TOO_DEEP)
    return value


_ESCAPE = re.compile(
    r"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


def _whole_character(escape: re.Match[str]) -> str:
    """Half of a surrogate pair is no character: it becomes the replacement character, as in Go."""
    return "\\ufffd" if escape["half"] else escape[0]


def _whole_text(text: str) -> str:
    """A text without halves of surrogate pairs, written out or escaped."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _ESCAPE.sub(_whole_character, text) if "\\u" in text else text


def sent(value: Any) -> tuple[Any, str | None]:
    """A Python value as it arrives when it is sent as JSON; and what keeps it from that.

    Its dicts and lists are not those of the value, which may change, and are not to be changed: where the `spec` of two
    documents is alike, the very same arrives twice.
    """
    if value.__class__ is not dict or "spec" not in value:
        return _sent(value)
    spec = _sent_spec(value["spec"])
    rest, problem = _sent({**value, "spec": None})
    if spec is None or problem is not None:
        return _sent(value)
    rest["spec"] = spec
    return rest, None


def _sent(value: Any) -> tuple[Any, str | None]:
    try:
        text = _strict_text(value)
        if text.count("{") + text.count("[") > MAX_DEPTH and depth_of(value) > MAX_DEPTH:
            return None, _TOO_NESTED
        text.encode()
        return json.loads(text), None
    except UnicodeEncodeError:
        return None, "it holds half of a surrogate pair"
    except (TypeError, ValueError, RecursionError) as problem:
        if depth_of(value) > MAX_DEPTH:
            return None, _TOO_NESTED
        if isinstance(problem, RecursionError):
            raise
        return None, str(problem)


_sent_spec = Recall(lambda spec: (_sent({"spec": spec})[0] or {}).get("spec"))
_TOO_NESTED = f"it is nested more than {MAX_DEPTH} deep"
_strict_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def duplicates(value: Any) -> list[str]:
    """The complaints about names that occur twice, in the order of the text."""
    if isinstance(value, YamlMapping):
        return list(value.complaints)
    if not _repeats(value):
        return []
    found: list[str] = []
    _collect(value, "", found)
    return list(dict.fromkeys(found))


def _repeats(value: Any) -> bool:
    """Whether a name occurs twice anywhere."""
    kind = value.__class__
    if kind is dict or kind is list:
        for item in value.values() if kind is dict else value:
            inner = item.__class__
            if inner is Repeated or ((inner is dict or inner is list) and _repeats(item)):
                return True
        return False
    return kind is Repeated


def load_all(text: str) -> list[Any]:
    """The documents of a YAML stream or of a row of JSON texts, without empty ones. Raises ManifestError."""
    documents = json_stream(text)
    if documents is not None:
        return documents
    import yaml

    from . import yaml_text

    try:
        return [value for value, _ in yaml_text.documents(text) if value is not None]
    except yaml.YAMLError as error:
        raise ManifestError(yaml_text.complaint(error)) from None


def json_stream(text: str) -> list[Any] | None:
    """The values of JSON texts one after the other; None when it is no such thing. (YAML forbids the tabs of JSON.)"""
    rest = _whole_text(text).strip()
    if not rest.startswith(("{", "[")):
        return None
    decoder = json.JSONDecoder(parse_float=_written, parse_int=_whole, parse_constant=_no_constant)
    found = []
    at = 0
    while at < len(rest):
        try:
            value, at = decoder.raw_decode(rest, at)
        except (ValueError, RecursionError):
            return None
        if depth_of(value) > MAX_DEPTH:
            return None
        found.append(value)
        while at < len(rest) and rest[at].isspace():
            at += 1
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        found = Repeated(pairs)
        found.pairs = pairs
    return found


def _written(text: str) -> Written:
    number = Written(text)
    number.text = text
    if number in INFINITE:
        raise DecodeError(f"json: cannot unmarshal number {text} into Go value of type float64")
    return number


def _whole(text: str) -> int | float:
    """A whole number; one that is beyond 64 bits is the number nearest to it that a float64 can hold."""
    return int(text) if len(text) < 20 else _large(text)


def _large(text: str) -> int | float:
    number = _written(text)
    return int(text) if -(1 << 63) <= int(text) < 1 << 64 else number


def _no_constant(text: str) -> Any:
    raise json.JSONDecodeError(text, text, 0)


def _collect(value: Any, path: str, found: list[str]) -> None:
    if isinstance(value, dict):
        seen = set()
        for name, item in value.pairs if isinstance(value, Repeated) else value.items():
            here = f"{path}.{name}" if path else name
            if name in seen:
                found.append(f'duplicate field "{here}"')
            seen.add(name)
            _collect(item, here, found)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _collect(item, f"{path}[{index}]", found)


_READER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_written, parse_int=_whole, parse_constant=_no_constant
)


def read_yaml(text: str) -> Any:
    """The JSON value of the first document of a YAML text; None when there is none. Raises DecodeError."""
    import yaml

    from . import yaml_text

    try:
        value, repeated = next(yaml_text.documents(text), (None, []))
    except yaml.YAMLError as error:
        raise DecodeError(yaml_text.complaint(error)) from None
    if repeated and isinstance(value, dict):
        value = YamlMapping(value)
        lines = "".join(f"\n  line {line}: key {json.dumps(key)} already set in map" for line, key in repeated)
        value.complaints = (f"yaml: unmarshal errors:{lines}",)
    return value


# --- what is wrong with a JSON text, in Go's words --------------------------------------------------------------------

_SPACE = " \t\r\n"
_LITERALS = {"t": "true", "f": "false", "n": "null"}


_PLAIN = r'(?:-?(?:0|[1-9][0-9]{0,99})|true|false|null|"[^"\\\x00-\x1f]*+")'
_GAP = r"[ \t\r\n]*+"
_ITEMS = re.compile(f"(?:{_GAP}{_PLAIN}{_GAP},)*+")
_MEMBERS = re.compile(f'(?:{_GAP}"[^"\\\\\\x00-\\x1f]*+"{_GAP}:{_GAP}{_PLAIN}{_GAP},)*+')
_LETTERS = re.compile(r'[^"\\\x00-\x1f]*+')
"""Runs of what is certainly right, over which the scanner goes at once."""


class _Wrong(Exception):
    pass


def syntax_error(text: str) -> str | None:
    """Go's complaint about a text that is not JSON; None when it is."""
    scanner = _Scanner(text)
    try:
        scanner.value()
        scanner.space()
        if scanner.at < len(text):
            scanner.refuse("after top-level value")
    except _Wrong as wrong:
        return str(wrong)
    except RecursionError:
        return TOO_DEEP
    return None


class _Scanner:
    """Walks over JSON and stops at the first character that cannot stand where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def refuse(self, where: str) -> None:
        if self.at >= len(self.text):
            raise _Wrong("unexpected end of JSON input")
        raise _Wrong(f"invalid character {_quoted_character(self.text[self.at])} {where}")

    def space(self) -> str:
        while self.at < len(self.text) and self.text[self.at] in _SPACE:
            self.at += 1
        return self.text[self.at] if self.at < len(self.text) else ""

    def value(self) -> None:
        found = self.space()
        if found == "{":
            self.members()
        elif found == "[":
            self.items()
        elif found == '"':
            self.string()
        elif found in _LITERALS and found:
            self.literal(_LITERALS[found])
        elif found == "-" or found.isdigit():
            self.number()
        else:
            self.refuse("looking for beginning of value")

    def members(self) -> None:
        self.at += 1
        if self.space() == "}":
            self.at += 1
            return
        while True:
            self.at = _MEMBERS.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.space() != '"':
                self.refuse("looking for beginning of object key string")
            self.string()
            if self.space() != ":":
                self.refuse("after object key")
            self.at += 1
            self.value()
            found = self.space()
            if found not in (",", "}"):
                self.refuse("after object key:value pair")
            self.at += 1
            if found == "}":
                return

    def items(self) -> None:
        self.at += 1
        if self.space() == "]":
            self.at += 1
            return
        while True:
            self.at = _ITEMS.match(self.text, self.at).end()  # type: ignore[union-attr]
            self.value()
            found = self.space()
            if found not in (",", "]"):
                self.refuse("after array element")
            self.at += 1
            if found == "]":
                return

    def string(self) -> None:
        self.at += 1
        while True:
            self.at = _LETTERS.match(self.text, self.at).end()  # type: ignore[union-attr]
            found = self.text[self.at : self.at + 1]
            if found == "\\":
                self.at += 1
                self.escape()
            elif found == '"':
                self.at += 1
                return
            elif not found or found < " ":
                self.refuse("in string literal")
            else:
                self.at += 1

    def escape(self) -> None:
        found = self.text[self.at : self.at + 1]
        if not found or found not in 'bfnrt\\/"u':
            self.refuse("in string escape code")
        self.at += 1
        if found == "u":
            for _ in range(4):
                if self.text[self.at : self.at + 1] not in set("0123456789abcdefABCDEF"):
                    self.refuse("in \\u hexadecimal character escape")
                self.at += 1

    def literal(self, word: str) -> None:
        for index in range(1, len(word)):
            self.at += 1
            if self.text[self.at : self.at + 1] != word[index]:
                self.refuse(f"in literal {word} (expecting {_quoted_character(word[index])})")
        self.at += 1

    def number(self) -> None:
        if self.text[self.at] == "-":
            self.at += 1
            if not self.text[self.at : self.at + 1].isdigit():
                self.refuse("in numeric literal")
        if self.text[self.at] == "0":
            self.at += 1
        else:
            self.digits("in numeric literal")
        if self.text[self.at : self.at + 1] == ".":
            self.at += 1
            self.digits("after decimal point in numeric literal")
        if self.text[self.at : self.at + 1] in ("e", "E"):
            self.at += 1
            if self.text[self.at : self.at + 1] in ("+", "-"):
                self.at += 1
            self.digits("in exponent of numeric literal")

    def digits(self, where: str) -> None:
        if not self.text[self.at : self.at + 1].isdigit():
            self.refuse(where)
        while self.text[self.at : self.at + 1].isdigit():
            self.at += 1


def _quoted_character(letter: str) -> str:
    """A character as Go quotes it; of a letter beyond ASCII, Go sees the first byte only."""
    letter = chr(letter.encode("utf-8", "surrogateescape" if "\udc80" <= letter <= "\udcff" else "surrogatepass")[0])
    if letter == "'":
        return "'\\''"
    if letter == '"':
        return "'\"'"
    if letter.isprintable():
        return f"'{letter}'"
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
    code = named.get(letter) or (f"\\x{ord(letter):02x}" if ord(letter) < 128 else f"\\u{ord(letter):04x}")
    return f"'{code}'"
