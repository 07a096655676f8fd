"""Quantities: what can be read, how it is written, and exact arithmetic."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kemu.values.quantity import FORMAT_WRONG, NUMERIC, SUFFIX, Quantity, parse_quantity

NANO = 10**9


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        ("0", 0),
        ("0Ki", 0),
        ("+", 0),
        ("1", NANO),
        ("-1", -NANO),
        ("1.", NANO),
        (".5", NANO // 2),
        ("5n", 5),
        ("4u", 4_000),
        ("3m", 3_000_000),
        ("8k", 8_000 * NANO),
        ("1E", 10**18 * NANO),
        ("1e3", 1_000 * NANO),
        ("1E-3", NANO // 1_000),
        ("1.3E+6", 1_300_000 * NANO),
        ("8Ki", 8_192 * NANO),
        ("3Ei", 3 * 2**60 * NANO),
        ("0.5Mi", 524_288 * NANO),
        ("100.035Ki", 102_435_840_000_000),
    ],
)
def test_text_is_read_exactly(text: str, nanos: int):
    """Decimal, binary and exponent notation, with and without fractions."""
    assert Quantity(text).nanos == nanos


@pytest.mark.parametrize(
    ("text", "nanos"),
    [("0.1n", 1), ("3.001n", 4), ("1.1E-9", 2), ("0.00000012345", 124), ("0.000000000001Ki", 2), ("-0.1n", -1)],
)
def test_amounts_finer_than_a_billionth_are_rounded_away_from_zero(text: str, nanos: int):
    """Whoever asks for something gets something."""
    assert Quantity(text).nanos == nanos


@pytest.mark.parametrize("text", ["9Ei", "9223372036854775807Ki", "12345Ei"])
def test_binary_amounts_are_capped(text: str):
    """A binary quantity never exceeds the largest signed 64-bit number."""
    assert Quantity(text).value() == 2**63 - 1


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1024Mi", "1Gi"),
        ("307200Ki", "300Mi"),
        ("1025024Mi", "1001Gi"),
        ("5000m", "5"),
        ("0.5", "500m"),
        ("1000M", "1G"),
        ("0.001T", "1G"),
        ("1000u", "1m"),
        ("1.08", "1080m"),
        ("1080000000n", "1080m"),
        (".001e12", "1e9"),
        ("1000e-12", "1e-9"),
        ("00", "0"),
        ("0.5Ki", "512"),
        ("1.1Ki", "1126400m"),
        ("3000000000000000000000", "3000E"),
        ("1000000", "1M"),
        ("1.500", "1.500"),
        ("+5", "+5"),
        ("1500Mi", "1500Mi"),
        ("1023Ki", "1023Ki"),
        ("100m", "100m"),
        ("1e3", "1e3"),
    ],
)
def test_text_is_written_canonically(text: str, canonical: str):
    """The largest suffix that leaves a whole number; text that already has one is kept as it was written."""
    assert str(Quantity(text)) == canonical


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", FORMAT_WRONG),
        ("1.1.M", FORMAT_WRONG),
        ("1+1.0M", FORMAT_WRONG),
        ("0.1am", FORMAT_WRONG),
        ("aoeu", FORMAT_WRONG),
        ("1 ", FORMAT_WRONG),
        ("0.1mi", SUFFIX),
        (".5i", SUFFIX),
        ("-3.01i", SUFFIX),
        ("-3.01e-", SUFFIX),
        ("1ki", SUFFIX),
        (".", NUMERIC),
    ],
)
def test_unreadable_text_gets_the_real_complaint(text: str, complaint: str):
    """The texts of a real API server."""
    with pytest.raises(ValueError) as refused:
        Quantity(text)
    assert str(refused.value) == complaint


def test_space_is_forgiven_in_bodies_only():
    """JSON bodies may have spaces around a quantity."""
    assert parse_quantity(" 1 ") == Quantity("1")


def test_values_round_up():
    """Whole units and thousandths are never less than the amount."""
    assert Quantity("1001m").value() == 2
    assert Quantity("-1001m").value() == -1
    assert Quantity("1n").milli_value() == 1
    assert Quantity("2").milli_value() == 2000


def test_arithmetic_keeps_the_notation_of_the_first_amount():
    """Zero has no notation of its own."""
    assert str(Quantity("1Gi") + Quantity("1Gi")) == "2Gi"
    assert str(Quantity("0") + Quantity("1Gi")) == "1Gi"
    assert str(Quantity("1Gi") - Quantity("1Gi")) == "0"
    assert str(Quantity("100m") * 3) == "300m"
    assert str(-Quantity("1k")) == "-1k"


def test_equality_and_hash_look_at_the_amount():
    """Notation is not part of the value."""
    assert Quantity("1024Mi") == Quantity("1Gi") == Quantity.binary(2**30) == Quantity(2**30)
    assert hash(Quantity("1")) == hash(Quantity("1000m"))
    assert Quantity("1") != "1"
    assert Quantity("1Ki") > Quantity("1k")


def test_numbers_become_quantities():
    """Whole numbers, decimals and floats by their shortest text."""
    assert Quantity(3) == Quantity("3")
    assert Quantity(0.1) == Quantity(Decimal("0.1")) == Quantity("100m")
    with pytest.raises(TypeError):
        Quantity(True)


@given(st.integers(-(2**80), 2**80), st.sampled_from(["decimal", "binary", "exponent"]))
def test_what_is_written_is_read_back(nanos: int, notation: str):
    """The amount survives, except that binary ones are capped; without a suffix, a text does not say it is binary."""
    written = Quantity.of_nanos(nanos, notation)
    read = Quantity(str(written))
    assert read == written or abs(nanos) > 2**63 * NANO
    assert notation == "binary" or str(read) == str(written)


def test_quantities_are_values():
    """Immutable, picklable, and their own copies."""
    amount = Quantity("1.500")
    assert str(pickle.loads(pickle.dumps(amount))) == "1.500"
    assert copy.deepcopy(amount) is amount
    with pytest.raises(AttributeError):
        amount.nanos = 1
