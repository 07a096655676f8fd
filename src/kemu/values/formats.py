"""The string formats that a schema may name. A format that is not listed holds for every text."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import date

from . import names
from .durations import parse_nanoseconds
from .urls import parse_request_uri

_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})"
_OBJECT_ID = r"[0-9a-fA-F]{24}"
_UUID = r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"
_EMAIL = rf'(?:[^<>@"]*<)?\s*(?:{_ATOM}(?:\.{_ATOM})*|"[^"]*")@(?:{_ATOM}(?:\.{_ATOM})*|\[[^\]]*\])\s*>?'
_CARD = (
    r"(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|(?:222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"
    r"|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35[0-9]{3})[0-9]{11}"
    r"|6[27][0-9]{14})"
)
_PART = r"\s*(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*"
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:.[0-9]+)?(?:z|[+-][0-9]{2}:[0-9]{2})", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_LABEL = re.compile(r"[^\W_](?:[^\W_]|-(?=.))*", re.DOTALL)
_SPAN = re.compile(r"\d+\s*([A-Za-zµ]+)", re.ASCII)
_UNITS = ("ns", "us", "µs", "ms", "s", "m", "h", "hr", "d", "w", "wk")
_LONG_UNITS = ("nano", "micro", "milli", "sec", "min", "hour", "day", "week")


def holds(form: str, text: str) -> bool:
    """Whether a text has a format."""
    check = _FORMATS.get(form.replace("-", ""))
    return check is None or check(text)


def known(form: str, kind: str) -> bool:
    """Whether values of a type of a schema are checked for a format: others are only taken note of."""
    if kind in ("", "string"):
        return form.replace("-", "") in _FORMATS
    return form in {"integer": ("int32", "int64"), "number": ("float", "double")}.get(kind, ())


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return check


def _like(pattern: str, flags: int = 0) -> Callable[[str], bool]:
    compiled = re.compile(pattern, flags | (0 if "\\u0080" in pattern else re.ASCII))
    return lambda text: compiled.fullmatch(text) is not None


def _ipv4(text: str) -> bool:
    return "." in text and names.address_of(text) is not None


def _ipv6(text: str) -> bool:
    return ":" in text and "%" not in text and _parses(ipaddress.IPv6Address)(text)


def _hostname(text: str) -> bool:
    labels = text.split(".")
    if len(text) > 255 or any(len(each) > 63 for each in labels):
        return False
    if not all(_LABEL.fullmatch(each) or _symbolic(each) for each in labels):
        return False
    return len(labels) == 1 or (len(labels[-1]) > 1 and labels[-1].isalpha())


def _symbolic(label: str) -> bool:
    """A label with symbols in it, such as a heart."""
    import unicodedata

    inside = all(
        unicodedata.category(each)[0] in "SL" or (each.isascii() and (each.isalnum() or each == "-")) for each in label
    )
    return bool(label) and inside and label[0] != "-" and label[-1] != "-"


def _duration(text: str) -> bool:
    if _parses(parse_nanoseconds)(text):
        return True
    units = [match.lower() for match in _SPAN.findall(text)]
    return any(unit in _UNITS or unit.startswith(_LONG_UNITS) for unit in units)


def _date(text: str) -> bool:
    return _DAY.fullmatch(text) is not None and _parses(date.fromisoformat)(text)


def _date_time(text: str) -> bool:
    day, mark, clock = text.lower().partition("t")
    match = _CLOCK.fullmatch(clock)
    if not mark or not _date(day) or match is None:
        return False
    return match[1] <= "23" and match[2] <= "59" and match[3] <= "59"


def _mac(text: str) -> bool:
    for mark, width in ((":", 2), ("-", 2), (".", 4)):
        parts = text.split(mark)
        if len(parts) * width in (12, 16, 40) and all(re.fullmatch(f"[0-9A-Fa-f]{{{width}}}", part) for part in parts):
            return True
    return False


def _isbn10(text: str) -> bool:
    digits = re.sub(r"[\s-]+", "", text)
    if re.fullmatch(r"[0-9]{9}[0-9X]", digits, re.ASCII) is None:
        return False
    return sum([(place + 1) * (10 if each == "X" else int(each)) for place, each in enumerate(digits)]) % 11 == 0


def _isbn13(text: str) -> bool:
    digits = re.sub(r"[\s-]+", "", text)
    if re.fullmatch(r"[0-9]{13}", digits, re.ASCII) is None:
        return False
    return sum([(3 if place % 2 else 1) * int(each) for place, each in enumerate(digits)]) % 10 == 0


def _credit_card(text: str) -> bool:
    digits = re.sub(r"[^0-9]+", "", text)
    if re.fullmatch(_CARD, digits) is None:
        return False
    doubled = [int(each) * (1 + place % 2) for place, each in enumerate(reversed(digits))]
    return sum([each - 9 * (each > 9) for each in doubled]) % 10 == 0


_FORMATS: dict[str, Callable[[str], bool]] = {
    "bsonobjectid": _like(_OBJECT_ID),
    "uri": _parses(parse_request_uri),
    "email": _like(_EMAIL),
    "hostname": _hostname,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "cidr": lambda text: names.network_of(text) is not None,
    "mac": _mac,
    "uuid": _like(_UUID, re.IGNORECASE),
    "uuid3": _like(r"[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE),
    "uuid4": _like(r"[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}", re.IGNORECASE),
    "uuid5": _like(r"[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}", re.IGNORECASE),
    "isbn": lambda text: _isbn10(text) or _isbn13(text),
    "isbn10": _isbn10,
    "isbn13": _isbn13,
    "creditcard": _credit_card,
    "ssn": _like(r"\d{3}[- ]?\d{2}[- ]?\d{4}"),
    "hexcolor": _like("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"),
    "rgbcolor": _like(rf"rgb\({_PART},{_PART},{_PART}\)"),
    "byte": _like(_BASE64),
    "password": lambda text: True,
    "date": _date,
    "duration": _duration,
    "datetime": _date_time,
    "k8sshortname": lambda text: not names.is_dns1123_label(text),
    "k8slongname": lambda text: not names.is_dns1123_subdomain(text),
}
