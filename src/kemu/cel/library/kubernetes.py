"""What Kubernetes adds: quantities, addresses, URLs, semantic versions and named formats."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from typing import Any

from ...values import formats, names, urls
from ...values.quantity import NANO, Quantity
from ..declarations import Overload, Row, overloads
from ..errors import EvaluationError
from ..values import MAX_INT, MIN_INT, NONE, Optional, Special, optional


class Held(Special):
    """A special value that is made of another one: equal, hashed and written as that one is."""

    __slots__ = ("value",)
    value: Any

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.value == getattr(other, "value", None)

    def __hash__(self) -> int:
        return hash((self.cel_type, self.value))

    def __str__(self) -> str:
        return str(self.value)


class QuantityValue(Held):
    """An amount of a resource."""

    cel_type = "kubernetes.Quantity"


class IP(Held):
    """An address."""

    cel_type = "net.IP"


class CIDR(Held):
    """An address and how many bits of it name a network."""

    cel_type = "net.CIDR"


class URL(Held):
    """A URL."""

    cel_type = "kubernetes.URL"


class Format(Held):
    """A format by its name."""

    cel_type = "kubernetes.NamedFormat"


class Semver(Held):
    """A semantic version: three numbers, what comes before its release, and its build. Builds do not count."""

    __slots__ = ("text",)
    cel_type = "kubernetes.Semver"

    def __init__(self, value: Any, text: str) -> None:
        super().__init__(value)
        self.text = text

    def __str__(self) -> str:
        return self.text


def _holds(parse: Callable[..., Any]) -> Callable[..., bool]:
    """Whether something can be parsed."""

    def check(*arguments: Any) -> bool:
        try:
            parse(*arguments)
        except EvaluationError:
            return False
        return True

    return check


# Quantities


def _quantity(text: str) -> QuantityValue:
    try:
        return QuantityValue(Quantity(text))
    except ValueError as problem:
        raise EvaluationError(str(problem)) from None


def _is_integer(held: QuantityValue) -> bool:
    nanos = held.value.nanos
    return nanos % NANO == 0 and MIN_INT <= nanos // NANO <= MAX_INT


def _as_integer(held: QuantityValue) -> int:
    if not _is_integer(held):
        raise EvaluationError("cannot convert value to integer")
    return int(held.value.nanos // NANO)


def _order(one: Held, other: Held) -> int:
    return (one.value > other.value) - (one.value < other.value)


def _sum(one: QuantityValue, other: Any) -> QuantityValue:
    return QuantityValue(one.value + (Quantity(other) if isinstance(other, int) else other.value))


def _difference(one: QuantityValue, other: Any) -> QuantityValue:
    return QuantityValue(one.value - (Quantity(other) if isinstance(other, int) else other.value))


_QUANTITY = "kubernetes.Quantity"
_QUANTITIES: list[Row] = [
    ("quantity", f"(string) -> {_QUANTITY}", _quantity),
    ("isQuantity", "(string) -> bool", _holds(_quantity)),
    ("sign", f"{_QUANTITY}.() -> int", lambda held: (held.value.nanos > 0) - (held.value.nanos < 0)),
    ("asApproximateFloat", f"{_QUANTITY}.() -> double", lambda held: held.value.nanos / NANO),
    ("asInteger", f"{_QUANTITY}.() -> int", _as_integer),
    ("isInteger", f"{_QUANTITY}.() -> bool", _is_integer),
    ("add", f"{_QUANTITY}.({_QUANTITY}) -> {_QUANTITY}", _sum),
    ("add", f"{_QUANTITY}.(int) -> {_QUANTITY}", _sum),
    ("sub", f"{_QUANTITY}.({_QUANTITY}) -> {_QUANTITY}", _difference),
    ("sub", f"{_QUANTITY}.(int) -> {_QUANTITY}", _difference),
]

# Addresses


def _address(text: str) -> Any:
    shown = json.dumps(text)
    if "%" in text:
        raise EvaluationError(f"IP address {shown} with zone value is not allowed")
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        problem = f"ParseAddr({shown}): unable to parse IP"
        raise EvaluationError(f"IP Address {shown} parse error during conversion from string: {problem}") from None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        raise EvaluationError(f"IPv4-mapped IPv6 address {shown} is not allowed")
    return found


def _ip(text: str) -> IP:
    return IP(_address(text))


def _cidr(text: str) -> CIDR:
    before = "network address parse error during conversion from string: "
    _, slash, bits = text.partition("/")
    try:
        found = ipaddress.ip_interface(text)
    except ValueError:
        problem = f"netip.ParsePrefix({json.dumps(text)}): " + ("unable to parse IP" if slash else "no '/'")
        raise EvaluationError(f"{before}{before}{problem}") from None
    if not slash or not bits.isdigit() or (len(bits) > 1 and bits[0] == "0"):
        raise EvaluationError(f"{before}{before}netip.ParsePrefix({json.dumps(text)}): no '/'")
    if isinstance(found, ipaddress.IPv6Interface) and found.ip.ipv4_mapped is not None:
        raise EvaluationError(f"{before}IPv4-mapped IPv6 address {json.dumps(text)} is not allowed")
    return CIDR(found)


def _contains_ip(held: CIDR, other: Any) -> bool:
    address = _address(other) if isinstance(other, str) else other.value
    return address.version == held.value.version and address in held.value.network


def _contains_cidr(held: CIDR, other: Any) -> bool:
    inner = (_cidr(other) if isinstance(other, str) else other).value.network
    return inner.version == held.value.version and inner.subnet_of(held.value.network)


def _masked(held: CIDR) -> CIDR:
    network = held.value.network
    return CIDR(ipaddress.ip_interface(f"{network.network_address}/{network.prefixlen}"))


def _is_link_local(held: IP) -> bool:
    return bool(held.value.is_link_local)


def _is_link_local_multicast(held: IP) -> bool:
    address = held.value
    inside = ipaddress.ip_network("224.0.0.0/24" if address.version == 4 else "ff02::/16")
    return address in inside


def _is_global_unicast(held: IP) -> bool:
    address = held.value
    everywhere = address.version == 4 and str(address) == "255.255.255.255"
    local = address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local
    return not everywhere and not local


_ADDRESSES: list[Row] = [
    ("ip", "(string) -> net.IP", _ip),
    ("family", "net.IP.() -> int", lambda held: held.value.version),
    ("ip.isCanonical", "(string) -> bool", lambda text: str(_address(text)) == text),
    ("isUnspecified", "net.IP.() -> bool", lambda held: held.value.is_unspecified),
    ("isLoopback", "net.IP.() -> bool", lambda held: held.value.is_loopback),
    ("isLinkLocalMulticast", "net.IP.() -> bool", _is_link_local_multicast),
    ("isLinkLocalUnicast", "net.IP.() -> bool", _is_link_local),
    ("isGlobalUnicast", "net.IP.() -> bool", _is_global_unicast),
    ("isIP", "(string) -> bool", _holds(_ip)),
    ("string", "(net.IP) -> string", str),
    ("cidr", "(string) -> net.CIDR", _cidr),
    ("containsIP", "net.CIDR.(string) -> bool", _contains_ip),
    ("containsIP", "net.CIDR.(net.IP) -> bool", _contains_ip),
    ("containsCIDR", "net.CIDR.(string) -> bool", _contains_cidr),
    ("containsCIDR", "net.CIDR.(net.CIDR) -> bool", _contains_cidr),
    ("ip", "net.CIDR.() -> net.IP", lambda held: IP(held.value.ip)),
    ("prefixLength", "net.CIDR.() -> int", lambda held: held.value.network.prefixlen),
    ("masked", "net.CIDR.() -> net.CIDR", _masked),
    ("isCIDR", "(string) -> bool", _holds(_cidr)),
    ("string", "(net.CIDR) -> string", str),
]

# URLs


def _url(text: str) -> URL:
    try:
        urls.parse_request_uri(text)
        return URL(urls.parse_url(text))
    except ValueError as problem:
        raise EvaluationError(f"URL parse error during conversion from string: {problem}") from None


_URL = "kubernetes.URL"
_URLS: list[Row] = [
    ("url", f"(string) -> {_URL}", _url),
    ("isURL", "(string) -> bool", _holds(_url)),
    ("getScheme", f"{_URL}.() -> string", lambda held: held.value.scheme),
    ("getHost", f"{_URL}.() -> string", lambda held: held.value.host),
    ("getHostname", f"{_URL}.() -> string", lambda held: held.value.hostname),
    ("getPort", f"{_URL}.() -> string", lambda held: held.value.port),
    ("getEscapedPath", f"{_URL}.() -> string", lambda held: held.value.path),
    ("getQuery", f"{_URL}.() -> map(string, list(string))", lambda held: held.value.queries),
]

# Semantic versions

_VERSION = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)(?:-([^+]*))?(?:\+(.*))?", re.ASCII | re.DOTALL)
_IDENTIFIER = re.compile(r"[0-9A-Za-z-]+", re.ASCII)


def _semver(text: str, normalize: bool = False) -> Semver:
    given = _normalized(text) if normalize else text
    if not given:
        raise EvaluationError("Version string empty")
    match = _VERSION.fullmatch(given)
    if match is None:
        count = given.count(".")
        text = (
            "No Major.Minor.Patch elements found"
            if count < 2
            else f"Invalid character(s) found in version {json.dumps(given)}"
        )
        raise EvaluationError(text)
    numbers = match.groups()[:3]
    for name, number in zip(("Major", "Minor", "Patch"), numbers, strict=True):
        if len(number) > 1 and number[0] == "0":
            raise EvaluationError(f"{name} number must not contain leading zeroes {json.dumps(number)}")
    before = _identifiers(match[4], "prerelease", "Numeric PreRelease version must not contain leading zeroes")
    _identifiers(match[5], "build meta data", "")
    key = tuple([(0, int(each), "") if each.isdigit() else (1, 0, each) for each in before])
    return Semver((*map(int, numbers), not before, key), given)


def _identifiers(text: str | None, name: str, zeros: str) -> list[str]:
    if text is None:
        return []
    found = text.split(".")
    for each in found:
        if _IDENTIFIER.fullmatch(each) is None:
            problem = (
                f"Invalid character(s) found in {name} {json.dumps(each)}" if each else f"{name.capitalize()} is empty"
            )
            raise EvaluationError(problem)
        if zeros and each.isdigit() and len(each) > 1 and each[0] == "0":
            raise EvaluationError(f"{zeros} {json.dumps(each)}")
    return found


def _normalized(text: str) -> str:
    """A version without `v`, without leading zeros, and with all three numbers."""
    parts = text.removeprefix("v").split(".", 2)
    for place, part in enumerate(parts):
        if len(part) > 1:
            rest = part.lstrip("0")
            parts[place] = rest if rest and rest[0].isdigit() else f"0{rest}"
    if len(parts) < 3:
        if any(mark in parts[-1] for mark in "+-"):
            raise EvaluationError("short version cannot contain PreRelease/Build meta data")
        parts += ["0"] * (3 - len(parts))
    return ".".join(parts)


_SEMVER = "kubernetes.Semver"
_VERSIONS: list[Row] = [
    ("semver", f"(string) -> {_SEMVER}", _semver),
    ("semver", f"(string, bool) -> {_SEMVER}", _semver),
    ("isSemver", "(string) -> bool", _holds(_semver)),
    ("isSemver", "(string, bool) -> bool", _holds(_semver)),
    ("major", f"{_SEMVER}.() -> int", lambda held: held.value[0]),
    ("minor", f"{_SEMVER}.() -> int", lambda held: held.value[1]),
    ("patch", f"{_SEMVER}.() -> int", lambda held: held.value[2]),
]
_COMPARED: list[Row] = [
    row
    for kind in (_QUANTITY, _SEMVER)
    for row in (
        ("isGreaterThan", f"{kind}.({kind}) -> bool", lambda one, other: _order(one, other) > 0),
        ("isLessThan", f"{kind}.({kind}) -> bool", lambda one, other: _order(one, other) < 0),
        ("compareTo", f"{kind}.({kind}) -> int", _order),
    )
]

# Formats


def _prefixed(check: Callable[[str], tuple[str, ...]]) -> Callable[[str], tuple[str, ...]]:
    """A rule for what stands before a generated suffix: it may end with a dash."""
    return lambda text: check(f"{text[:-1]}a" if text.endswith("-") else text)


def _named(form: str, complaint: str) -> Callable[[str], tuple[str, ...]]:
    return lambda text: () if formats.holds(form, text) else (complaint,)


def _uri(text: str) -> tuple[str, ...]:
    try:
        urls.parse_request_uri(text)
    except ValueError as problem:
        return (str(problem),)
    return ()


_RULES: dict[str, Callable[[str], tuple[str, ...]]] = {
    "dns1123Label": names.is_dns1123_label,
    "dns1123Subdomain": names.is_dns1123_subdomain,
    "dns1035Label": names.is_dns1035_label,
    "qualifiedName": names.is_qualified_name,
    "dns1123LabelPrefix": _prefixed(names.is_dns1123_label),
    "dns1123SubdomainPrefix": _prefixed(names.is_dns1123_subdomain),
    "dns1035LabelPrefix": _prefixed(names.is_dns1035_label),
    "labelValue": names.is_valid_label_value,
    "uri": _uri,
    "uuid": _named("uuid", "does not match the UUID format"),
    "byte": _named("byte", "invalid base64"),
    "date": _named("date", "invalid date"),
    "datetime": _named("datetime", "invalid datetime"),
}


def _constant(name: str) -> Callable[[], Format]:
    found = Format(name)
    return lambda: found


def _validated(form: Format, text: str) -> Optional:
    complaints = tuple(_RULES[form.value](text))
    return optional(complaints) if complaints else NONE


_FORMAT = "kubernetes.NamedFormat"
_FORMATS: list[Row] = [
    *[(f"format.{name}", f"() -> {_FORMAT}", _constant(name)) for name in _RULES],
    (
        "format.named",
        f"(string) -> optional({_FORMAT})",
        lambda name: optional(Format(name)) if name in _RULES else NONE,
    ),
    ("validate", f"{_FORMAT}.(string) -> optional(list(string))", _validated),
]

KUBERNETES: tuple[Overload, ...] = overloads([*_QUANTITIES, *_ADDRESSES, *_URLS, *_VERSIONS, *_COMPARED, *_FORMATS])
