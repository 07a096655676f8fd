"""The values of expressions. JSON values are themselves; what JSON does not have is here.

Python's `1 == True == 1.0` is not the language's: use `equal` and `kind_of`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import attrs

from ..values.durations import parse_nanoseconds
from ..values.times import Time
from .errors import EvaluationError

MAX_INT = (1 << 63) - 1
MIN_INT = -(1 << 63)
MAX_UINT = (1 << 64) - 1
NO_OVERLOAD = "no such overload"


class Uint(int):
    """An unsigned integer of 64 bits, which is another type than `int`."""

    __slots__ = ()


@attrs.frozen(order=True)
class Duration:
    """A length of time in nanoseconds."""

    nanoseconds: int

    def __str__(self) -> str:
        return f"{plain_float(self.nanoseconds / 1e9)}s"


@attrs.frozen(order=True)
class Timestamp:
    """A moment in nanoseconds since 1970, written in the zone (seconds east of UTC) in which it was given."""

    nanoseconds: int
    zone: int = attrs.field(default=0, order=False, eq=False)

    def at(self, zone: int = 0) -> datetime:
        """The moment on a calendar, in a zone. Raises EvaluationError outside of the years 1 to 9999."""
        try:
            return _EPOCH + timedelta(seconds=self.nanoseconds // 1_000_000_000 + zone)
        except OverflowError:
            raise EvaluationError("timestamp overflow") from None

    def __str__(self) -> str:
        moment, part = self.at(self.zone), self.nanoseconds % 1_000_000_000
        fraction = f".{part:09d}".rstrip("0") if part else ""
        zone = (
            "Z"
            if not self.zone
            else f"{'+-'[self.zone < 0]}{abs(self.zone) // 3600:02d}:{abs(self.zone) // 60 % 60:02d}"
        )
        return f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + fraction + zone


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FRACTION = re.compile(r"[.,](\d+)(?=Z|[+-]\d\d:\d\d$)")


@attrs.frozen
class Optional:
    """A value that may be absent."""

    value: Any = None
    present: bool = False


NONE = Optional()


def optional(value: Any) -> Optional:
    """A value that is there."""
    return Optional(value, True)


@attrs.frozen
class TypeValue:
    """A type as a value: what `type(x)` gives, and what `int` or `list` stand for."""

    name: str


class Special:
    """The root of values that only certain functions know, such as quantities; `cel_type` is the name of their type."""

    __slots__ = ()
    cel_type: ClassVar[str] = ""


_KINDS: dict[type, str] = {
    bool: "bool",
    int: "int",
    float: "double",
    str: "string",
    bytes: "bytes",
    type(None): "null",
    Uint: "uint",
    Duration: "duration",
    Timestamp: "timestamp",
    Optional: "optional_type",
    TypeValue: "type",
    tuple: "list",
    list: "list",
    dict: "map",
}
_NAMES = {
    "null": "null_type",
    "duration": "google.protobuf.Duration",
    "timestamp": "google.protobuf.Timestamp",
}


def kind_of(value: Any) -> str:
    """The kind of a value's type (`int`, `list`, ...), or the name of a type of its own."""
    found = _KINDS.get(value.__class__)
    return found if found is not None else _kind_of_other(value)


def _kind_of_other(value: Any) -> str:
    if isinstance(value, Special):
        return value.cel_type
    for base in (bool, str, float, int, bytes, tuple, list):
        if isinstance(value, base):
            return _KINDS[base]
    if isinstance(value, Mapping):
        return "map"
    raise EvaluationError(f"unsupported conversion to ref.Val: ({type(value).__name__})")


def type_name(value: Any) -> str:
    """The name of a value's type, as complaints say it."""
    kind = kind_of(value)
    return _NAMES.get(kind, kind)


def equal(one: Any, other: Any) -> bool:
    """Whether two values are equal: numbers by amount, all else only within one type."""
    first, second = kind_of(one), kind_of(other)
    if first != second:
        numbers = first in NUMBERS and second in NUMBERS
        return numbers and one == other
    if first == "list":
        return _equal_lists(one, other)
    if first == "map":
        return _equal_maps(one, other)
    if first == "optional_type":
        return one.present == other.present and (not one.present or equal(one.value, other.value))
    return bool(one == other)


def _equal_lists(one: Any, other: Any) -> bool:
    keyed = getattr(one, "equals", None)
    if keyed is not None:
        return bool(keyed(other))
    return len(one) == len(other) and all(equal(a, b) for a, b in zip(one, other, strict=True))


def _equal_maps(one: Any, other: Any) -> bool:
    if len(one) != len(other):
        return False
    return all(key in other and equal(held, other[key]) for key, held in one.items())


NUMBERS = ("int", "uint", "double")


def compare(one: Any, other: Any) -> int:
    """-1, 0 or 1. Raises EvaluationError for what has no order."""
    first, second = kind_of(one), kind_of(other)
    if first in NUMBERS and second in NUMBERS:
        if one != one or other != other:
            raise EvaluationError("NaN values cannot be ordered")
    elif first != second or first not in ORDERED:
        raise EvaluationError(NO_OVERLOAD)
    if first == "string":
        one, other = one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass")
    return (one > other) - (one < other)


ORDERED = ("bool", "string", "bytes", "duration", "timestamp")


def parse_timestamp(text: str) -> Timestamp:
    """The moment that a text names. Raises ValueError."""
    seconds = int(Time.parse(text))
    fraction = _FRACTION.search(text)
    zone = (
        0
        if text.endswith(("Z", "z"))
        else (1 - 2 * (text[-6] == "-")) * (int(text[-5:-3]) * 3600 + int(text[-2:]) * 60)
    )
    return Timestamp(seconds * 1_000_000_000 + int((fraction[1] if fraction else "")[:9].ljust(9, "0")), zone)


def parse_duration(text: str) -> Duration:
    """The length of time that a text names, as in Go. Raises ValueError."""
    return Duration(parse_nanoseconds(text))


def plain_float(number: float) -> str:
    """A number without an exponent, as short as can be."""
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    if math.isnan(number):
        return "NaN"
    text = repr(number)
    if "e" in text:
        from decimal import Decimal

        text = format(Decimal(text), "f")
    return text.removesuffix(".0")


def short_float(number: float) -> str:
    """A number as Go's `%g` writes it: with an exponent if it is large or small."""
    if math.isinf(number) or math.isnan(number) or number == 0:
        return plain_float(number)
    mantissa, exponent = _scientific(number)
    power = int(exponent)
    if -4 <= power < 6:
        return plain_float(number)
    return f"{mantissa.removesuffix('.0')}e{'-' if power < 0 else '+'}{abs(power):02d}"


def _scientific(number: float) -> list[str]:
    """The mantissa and the exponent of a number, with as many digits as it needs."""
    for digits in range(18):
        text = f"{number:.{digits}e}"
        if float(text) == number:
            return text.split("e")
    raise AssertionError("17 digits tell every number from the others")
