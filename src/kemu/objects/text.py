"""Bytes to JSON values: what a request body or a manifest holds, before anybody knows its type.

JSON is read by Python's own parser; only when it gives up does a small scanner go over the text again to say, in Go's
words, which character is wrong. YAML is YAML 1.1 as Kubernetes tools read it: `yes`, `no`, `on` and `off` are
booleans, dates are text, keys become text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from ..errors import ManifestError

TOO_DEEP = "exceeded max depth"
MAX_DIGITS = 4000
MAX_NODES = 2_000_000
"""A YAML text that stands for more than this, by aliases of aliases, is refused."""

_PLAIN = "plain"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's loader, which leaves the meaning of plain scalars to us."""

    def resolve(self, kind: type, value: Any, implicit: Any) -> Any:
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else "tag:yaml.org,2002:str"
        return super().resolve(kind, value, implicit)


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
    if "\\u" in text:
        text = _ESCAPE.sub(_whole_character, text)
    try:
        return json.loads(text, object_pairs_hook=_object, parse_float=_written, parse_constant=_no_constant)
    except RecursionError:
        raise DecodeError(TOO_DEEP) from None
    except ValueError:
        pass
    complaint = syntax_error(text)
    if complaint is not None:
        raise DecodeError(complaint)
    return json.loads(
        text, object_pairs_hook=_object, parse_float=_written, parse_int=_huge, parse_constant=_no_constant
    )


_ESCAPE = re.compile(
    r"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


def _whole_character(escape: re.Match[str]) -> str:
    """Half of a surrogate pair is no character: it becomes the replacement character, as in Go."""
    return "\\ufffd" if escape["half"] else escape[0]


def duplicates(value: Any) -> list[str]:
    """The complaints about names that occur twice, in the order of the text."""
    if isinstance(value, YamlMapping):
        return list(value.complaints)
    found: list[str] = []
    _collect(value, "", found)
    return list(dict.fromkeys(found))


def load_all(text: str) -> list[Any]:
    """The documents of a YAML stream or of a row of JSON texts, without empty ones. Raises ManifestError."""
    documents = _json_stream(text)
    if documents is not None:
        return documents
    try:
        values = [_Yaml().plain(node) for node in _nodes(text)]
    except yaml.YAMLError as error:
        raise ManifestError(_yaml_complaint(error)) from None
    return [value for value in values if value is not None]


def _json_stream(text: str) -> list[Any] | None:
    """The values of JSON texts one after the other; None when it is no such thing. (YAML forbids the tabs of JSON.)"""
    rest = text.strip()
    if not rest.startswith(("{", "[")):
        return None
    found = []
    while rest:
        try:
            value, end = json.JSONDecoder().raw_decode(rest)
        except (ValueError, RecursionError):
            return None
        found.append(value)
        rest = rest[end:].lstrip()
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
    return number


def _huge(text: str) -> int | float:
    """A whole number; one of thousands of digits stays the text that it is, since nothing can hold it."""
    return int(text) if len(text) < MAX_DIGITS else _written(text)


def _no_constant(text: str) -> Any:
    raise ValueError(text)


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


# --- YAML -----------------------------------------------------------------------------------------------------------


def read_yaml(text: str) -> Any:
    """The JSON value of the first document of a YAML text; None when there is none. Raises DecodeError."""
    try:
        node = next(_nodes(text), None)
        if node is None:
            return None
        reader = _Yaml()
        value = reader.plain(node)
    except yaml.YAMLError as error:
        raise DecodeError(_yaml_complaint(error)) from None
    if reader.repeated and isinstance(value, dict):
        value = YamlMapping(value)
        lines = "".join(f"\n  line {line}: key {json.dumps(key)} already set in map" for line, key in reader.repeated)
        value.complaints = (f"yaml: unmarshal errors:{lines}",)
    return value


def _nodes(text: str) -> Iterator[yaml.Node]:
    loader = _Loader(text)
    try:
        while loader.check_node():
            yield loader.get_node()
    finally:
        loader.dispose()


_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})


class _Yaml:
    """Turns YAML nodes into JSON values, by the rules of the YAML reader that Kubernetes uses.

    `repeated` are the lines and keys that set something a second time.
    """

    def __init__(self) -> None:
        self.repeated: list[tuple[int, str]] = []
        self.left = MAX_NODES

    def plain(self, node: yaml.Node) -> Any:
        """The JSON value of a node. Raises YAMLError when aliases make it too large."""
        self.left -= 1
        if self.left < 0:
            raise yaml.YAMLError("document contains excessive aliasing")
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item) for item in node.value]
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node)
        return _plain_scalar(node.tag, node.value)

    def mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        """The JSON object of a mapping, with what `<<` brings in."""
        found: dict[str, Any] = {}
        inherited: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _PLAIN and key_node.value == "<<":
                for source in value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]:
                    inherited = {**self.plain(source), **inherited}
                continue
            key = _key(self.plain(key_node))
            if key in found:
                self.repeated.append((key_node.start_mark.line + 1, key))
            found[key] = self.plain(value_node)
        return {**inherited, **found} if inherited else found


def _key(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return str(value) if isinstance(value, int) else json.dumps(value)


def _plain_scalar(tag: str, text: str) -> Any:
    if tag == "tag:yaml.org,2002:str":
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
    if not text or text[0] not in "+-.0123456789":
        return None
    if _INTEGER.fullmatch(text) is not None:
        digits = text.replace("_", "")
        sign = -1 if digits[0] == "-" else 1
        digits = digits.lstrip("+-")
        if digits.startswith("0") and digits[1:].isdigit():
            return sign * int(digits, 8)
        return sign * int(digits, 0)
    if _FLOAT.fullmatch(text) is not None:
        value = float(text.replace("_", ""))
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    return None


_LIBYAML_WORDS = {
    "mapping values are not allowed here": "mapping values are not allowed in this context",
}


def _yaml_complaint(error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError):
        return f"yaml: {error}"
    problem = _LIBYAML_WORDS.get(error.problem or "", error.problem or "")
    line = 0
    if error.problem_mark is not None and error.problem_mark.line:
        line = error.problem_mark.line + isinstance(error, yaml.scanner.ScannerError)
    elif error.context_mark is not None:
        line = error.context_mark.line
    return f"yaml: line {line}: {problem}" if line else f"yaml: {problem}"


# --- what is wrong with a JSON text, in Go's words --------------------------------------------------------------------

_SPACE = " \t\r\n"
_LITERALS = {"t": "true", "f": "false", "n": "null"}


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
    letter = chr(letter.encode("utf-8", "surrogatepass")[0])
    if letter == "'":
        return "'\\''"
    if letter == '"':
        return "'\"'"
    if letter.isprintable():
        return f"'{letter}'"
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
    code = named.get(letter) or (f"\\x{ord(letter):02x}" if ord(letter) < 128 else f"\\u{ord(letter):04x}")
    return f"'{code}'"
