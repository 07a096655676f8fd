"""Quantity: an exact amount of a resource, such as `100m` CPUs or `1536Mi` bytes.

A quantity is a whole number of billionths ("nanos") and a notation in which it likes to be written: `decimal`
(`12M`), `binary` (`12Mi`) or `exponent` (`12e6`). Finer amounts are rounded away from zero, so that nobody asks for
something and gets nothing. Comparison, equality and hash look at the amount alone: `Quantity("1024Mi") ==
Quantity("1Gi")`.

The text is canonical as in Kubernetes: the largest suffix that leaves a whole number. Like there, a text that is
canonical enough (whole thousands aside) is kept as it was written: `1.500` stays `1.500`, `1000m` becomes `1`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache, total_ordering
from typing import Any, NoReturn

FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
NUMERIC = "unable to parse numeric part of quantity"
SUFFIX = "unable to parse quantity's suffix"

DECIMAL = "decimal"
BINARY = "binary"
EXPONENT = "exponent"

NANO = 1_000_000_000
MAX_BINARY = ((1 << 63) - 1) * NANO
_MAX_FAST_DIGITS = 18
_MAX_EXPONENT = 10_000
_MAX_DIGITS = 4_000

_DECIMAL_SUFFIXES = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY_SUFFIXES = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_BY_EXPONENT = {exponent: suffix for suffix, exponent in _DECIMAL_SUFFIXES.items()}
_BINARY_BY_EXPONENT = {0: "", **{exponent: suffix for suffix, exponent in _BINARY_SUFFIXES.items()}}

_SHAPE = re.compile(r"([+-]?)([0-9]*)(\.[0-9]*)?([eEinumkKMGTP]*[-+]?[0-9]*)", re.ASCII)


@total_ordering
class Quantity:
    """An exact, immutable, hashable amount. Raises ValueError with the API server's text for what it cannot read."""

    __slots__ = ("_text", "nanos", "notation")

    nanos: int
    """The amount in billionths."""
    notation: str
    """How it likes to be written: `decimal`, `binary` or `exponent`."""
    _text: str | None

    def __new__(cls, value: str | int | float | Decimal | Quantity = 0) -> Quantity:
        if type(value) is str:
            return _parse(value)
        if isinstance(value, Quantity):
            return value
        if isinstance(value, bool):
            raise TypeError("a quantity is text or a number, not a bool")
        if isinstance(value, int):
            return cls.of_nanos(value * NANO)
        if isinstance(value, (float, Decimal)):
            return _parse(_plain(value))
        if isinstance(value, str):
            return _parse(str(value))
        raise TypeError(f"a quantity is text or a number, not {type(value).__name__}")

    @classmethod
    def of_nanos(cls, nanos: int, notation: str = DECIMAL, text: str | None = None) -> Quantity:
        """The quantity of so many billionths."""
        self = object.__new__(cls)
        put = object.__setattr__
        put(self, "nanos", nanos)
        put(self, "notation", notation)
        put(self, "_text", text)
        return self

    @classmethod
    def binary(cls, value: int) -> Quantity:
        """A whole amount that is written with binary suffixes: `Quantity.binary(1 << 30)` is `1Gi`."""
        return cls.of_nanos(value * NANO, BINARY)

    def value(self) -> int:
        """The amount in whole units, rounded up."""
        return -(-self.nanos // NANO)

    def milli_value(self) -> int:
        """The amount in thousandths, rounded up."""
        return -(-self.nanos // 1_000_000)

    def sign(self) -> int:
        """-1, 0 or 1."""
        return (self.nanos > 0) - (self.nanos < 0)

    def __add__(self, other: Quantity) -> Quantity:
        if not isinstance(other, Quantity):
            return NotImplemented
        return Quantity.of_nanos(self.nanos + other.nanos, self.notation if self.nanos else other.notation)

    def __sub__(self, other: Quantity) -> Quantity:
        if not isinstance(other, Quantity):
            return NotImplemented
        return Quantity.of_nanos(self.nanos - other.nanos, self.notation if self.nanos else other.notation)

    def __mul__(self, factor: int) -> Quantity:
        if not isinstance(factor, int):
            return NotImplemented
        return Quantity.of_nanos(self.nanos * factor, self.notation)

    __rmul__ = __mul__

    def __neg__(self) -> Quantity:
        return Quantity.of_nanos(-self.nanos, self.notation)

    def __eq__(self, other: object) -> bool:
        return self.nanos == other.nanos if isinstance(other, Quantity) else NotImplemented

    def __lt__(self, other: Quantity) -> bool:
        return self.nanos < other.nanos if isinstance(other, Quantity) else NotImplemented

    def __bool__(self) -> bool:
        return self.nanos != 0

    def __hash__(self) -> int:
        return hash(self.nanos)

    def __float__(self) -> float:
        return self.nanos / NANO

    def __str__(self) -> str:
        text = self._text
        if text is None:
            text = _canonical(self.nanos, self.notation)
            object.__setattr__(self, "_text", text)
        return text

    def __repr__(self) -> str:
        return f"Quantity({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Quantity.of_nanos, (self.nanos, self.notation, str(self)))

    def __copy__(self) -> Quantity:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Quantity:
        return self

    def _refuse(self, *_: object) -> NoReturn:
        raise AttributeError("a Quantity cannot be changed")

    __setattr__ = __delattr__ = _refuse


def parse_quantity(text: str) -> Quantity:
    """Read a quantity; spaces around it are ignored, as in JSON bodies. Raises ValueError."""
    return _parse(text.strip())


def _plain(value: float | Decimal) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if not number.is_finite():
        raise ValueError(NUMERIC)
    return f"{number:f}"


@lru_cache(maxsize=8192)
def _parse(text: str) -> Quantity:
    if not text:
        raise ValueError(FORMAT_WRONG)
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise ValueError(FORMAT_WRONG)
    sign, whole, point, suffix = shape.groups()
    if suffix in _DECIMAL_SUFFIXES:
        notation, exponent = DECIMAL, _DECIMAL_SUFFIXES[suffix]
    elif suffix in _BINARY_SUFFIXES:
        notation, exponent = BINARY, _BINARY_SUFFIXES[suffix]
    else:
        notation, exponent = EXPONENT, _exponent_of(suffix)
    number, fraction = whole.lstrip("0") or "0", (point or "")[1:]
    if not whole and not fraction and (point or suffix):
        raise ValueError(NUMERIC)
    digits = number + fraction
    if len(digits) > _MAX_DIGITS:
        raise ValueError(NUMERIC)
    if notation == BINARY:
        scaled = int(digits) * (1 << exponent) * NANO
        nanos = _up(scaled, 10 ** len(fraction))
        nanos = min(nanos, MAX_BINARY)
        if 0 < nanos < NANO:
            notation = DECIMAL
        precision = _MAX_FAST_DIGITS - 3 - len(number) - int(exponent * 3 / 10) - 1 if not fraction else -1
        keep = precision >= 0 and exponent % 10 == 0 and int(digits) & 7 != 0
    else:
        scale = exponent - len(fraction)
        nanos = int(digits) * 10 ** (scale + 9) if scale >= -9 else _up(int(digits), 10 ** (-9 - scale))
        fast = len(digits) <= _MAX_FAST_DIGITS and scale >= -9
        keep = fast and scale % 3 == 0 and not digits.endswith("000") and digits[0] != "0"
    return Quantity.of_nanos(-nanos if sign == "-" else nanos, notation, text if keep or text == "0" else None)


def _exponent_of(suffix: str) -> int:
    if suffix[:1] not in ("e", "E") or re.fullmatch(r"[+-]?[0-9]+", suffix[1:]) is None:
        raise ValueError(SUFFIX)
    exponent = int(suffix[1:])
    if abs(exponent) > _MAX_EXPONENT:
        raise ValueError(SUFFIX)
    return exponent


def _up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def _canonical(nanos: int, notation: str) -> str:
    if nanos == 0:
        return "0"
    if notation == BINARY and abs(nanos) >= 1024 * NANO and nanos % NANO == 0:
        mantissa, exponent = nanos // NANO, 0
        while mantissa % 1024 == 0 and exponent < 60:
            mantissa //= 1024
            exponent += 10
        return f"{mantissa}{_BINARY_BY_EXPONENT[exponent]}"
    mantissa, exponent = nanos, -9
    while mantissa % 1000 == 0 and (notation == EXPONENT or exponent < 18):
        mantissa //= 1000
        exponent += 3
    if notation == EXPONENT:
        return f"{mantissa}e{exponent}" if exponent else str(mantissa)
    return f"{mantissa}{_DECIMAL_BY_EXPONENT[exponent]}"
