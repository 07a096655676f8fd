"""What names, labels and keys may look like, and what a real API server says about those that may not.

Every rule is a function from a text to a tuple of complaints; an empty tuple means that the text is fine. Lengths are
counted in bytes, as there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Complaints = tuple[str, ...]

KNOWN = 4096
"""How many texts each rule remembers its answer for: the same few names come again and again."""

LABEL_MAX = 63
SUBDOMAIN_MAX = 253
NO_ADDRESS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_UNDERSCORED = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_EDGES = "must start and end with an alphanumeric character"
_KEY_TEXT = f"must consist of alphanumeric characters, '-', '_' or '.', and {_EDGES}"
_LOWER = "must consist of lower case alphanumeric characters"
_SUBDOMAIN_TEXT = f"a lowercase RFC 1123 subdomain {_LOWER}, '-' or '.', and {_EDGES}"


def too_long(limit: int, unit: str = "characters") -> str:
    """The complaint about a text of more than `limit` bytes. Rules differ in whether they call them characters."""
    return f"must be no more than {limit} {unit}"


def no_match(text: str, pattern: str, *examples: str) -> str:
    """The complaint about a text that does not follow a pattern."""
    used = f"regex used for validation is '{pattern}')"
    if not examples:
        return f"{text} ({used}"
    return f"{text} (e.g. " + " or ".join(f"'{example}', " for example in examples) + used


def out_of_range(low: int, high: int) -> str:
    """The complaint about a number outside of its range."""
    return f"must be between {low} and {high}, inclusive"


def _rule(
    pattern: str, text: str, *examples: str, limit: int | None = None, unit: str = "characters"
) -> Callable[[str], Complaints]:
    compiled = re.compile(pattern, re.ASCII)
    mismatch = no_match(text, pattern, *examples)

    @lru_cache(KNOWN)
    def check(value: str) -> Complaints:
        found = []
        if limit is not None and _length(value) > limit:
            found.append(too_long(limit, unit))
        if compiled.fullmatch(value) is None:
            found.append(mismatch)
        return tuple(found)

    return check


def _length(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))


is_dns1123_subdomain = _rule(_SUBDOMAIN, _SUBDOMAIN_TEXT, "example.com", limit=SUBDOMAIN_MAX)
"""The names of most objects: labels joined by dots, 253 bytes at most."""

is_dns1123_subdomain_with_underscore = _rule(
    rf"{_UNDERSCORED}(\.{_UNDERSCORED})*",
    f"a lowercase RFC 1123 subdomain {_LOWER}, '_', '-' or '.', and {_EDGES}",
    "example.com",
    limit=SUBDOMAIN_MAX,
)
"""A search domain of a pod's DNS configuration."""

is_dns1035_label = _rule(
    "[a-z]([-a-z0-9]*[a-z0-9])?",
    f"a DNS-1035 label {_LOWER} or '-', start with an alphabetic character, and end with an alphanumeric character",
    "my-name",
    "abc-123",
    limit=LABEL_MAX,
)
"""A label that starts with a letter: the names of services."""

is_wildcard_dns1123_subdomain = _rule(
    rf"\*\.{_SUBDOMAIN}",
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    "*.example.com",
    limit=SUBDOMAIN_MAX,
)
"""The host of an ingress rule that stands for all names below a domain."""

is_valid_label_value = _rule(
    f"({_KEY})?",
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and " + _EDGES,
    "MyValue",
    "my_value",
    "12345",
    limit=LABEL_MAX,
    unit="bytes",
)
"""The value of a label."""

is_c_identifier = _rule(
    "[A-Za-z_][A-Za-z0-9_]*",
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric "
    "characters or '_'",
    "my_name",
    "MY_NAME",
    "MyName",
)
"""A name in the C language."""

is_valid_percent = _rule(
    "[0-9]+%", "a valid percent string must be a numeric string followed by an ending '%'", "1%", "93%"
)
"""A percentage such as `25%`."""

is_http_header_name = _rule(
    "[-A-Za-z0-9]+", "a valid HTTP header must consist of alphanumeric characters or '-'", "X-Header-Name"
)
"""The name of an HTTP header."""

_prefix = _rule(_SUBDOMAIN, _SUBDOMAIN_TEXT, "example.com", limit=SUBDOMAIN_MAX, unit="bytes")
_env_var = _rule(
    "[-._a-zA-Z][-._a-zA-Z0-9]*",
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not "
    "start with a digit",
    "my.env-name",
    "MY_ENV.NAME",
    "MyEnvName1",
)
_config_map_key = _rule(
    "[-._a-zA-Z0-9]+",
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    "key.name",
    "KEY_NAME",
    "key-name",
    limit=SUBDOMAIN_MAX,
)
_label_pattern = re.compile(_LABEL, re.ASCII)
_subdomain_pattern = re.compile(_SUBDOMAIN, re.ASCII)
_key_pattern = re.compile(_KEY, re.ASCII)
_LABEL_MISMATCH = no_match(f"a lowercase RFC 1123 label {_LOWER} or '-', and {_EDGES}", _LABEL, "my-name", "123-abc")
_KEY_MISMATCH = no_match(_KEY_TEXT, _KEY, "MyName", "my.name", "123-abc")


@lru_cache(KNOWN)
def is_dns1123_label(value: str) -> Complaints:
    """One label of a DNS name, 63 bytes at most: namespaces, containers, ports."""
    found = []
    if _length(value) > LABEL_MAX:
        found.append(too_long(LABEL_MAX))
    if _label_pattern.fullmatch(value) is None:
        found.append("must not contain dots" if _subdomain_pattern.fullmatch(value) else _LABEL_MISMATCH)
    return tuple(found)


@lru_cache(KNOWN)
def is_qualified_name(value: str) -> Complaints:
    """The key of a label: a name, or a DNS subdomain, a slash and a name."""
    prefix, slash, name = value.rpartition("/")
    if not prefix and not slash and len(value) <= LABEL_MAX and _key_pattern.fullmatch(value) is not None:
        return ()
    if "/" in prefix:
        return (
            f"a valid label key {_KEY_MISMATCH} with an optional DNS subdomain prefix and '/' "
            "(e.g. 'example.com/MyName')",
        )
    found = []
    if slash and not prefix:
        found.append("prefix part must be non-empty")
    elif slash:
        found += [f"prefix part {complaint}" for complaint in _prefix(prefix)]
    if not name:
        found.append("name part must be non-empty")
    elif _length(name) > LABEL_MAX:
        found.append("name part " + too_long(LABEL_MAX, "bytes"))
    if _key_pattern.fullmatch(name) is None:
        found.append(f"name part {_KEY_MISMATCH}")
    return tuple(found)


def is_env_var_name(value: str) -> Complaints:
    """The name of an environment variable, by the older and narrower rule."""
    return _env_var(value) + _no_parent_folder(value)


def is_relaxed_env_var_name(value: str) -> Complaints:
    """The name of an environment variable: printable ASCII without an equals sign."""
    found = [] if value else ["environment variable name must be non-empty"]
    if any(not " " <= letter <= "~" or letter == "=" for letter in value):
        found.append("a valid environment variable name must consist only of printable ASCII characters other than '='")
    return tuple(found)


def is_config_map_key(value: str) -> Complaints:
    """A key in the data of a config map or secret: it can become the name of a file."""
    return _config_map_key(value) + _no_parent_folder(value)


@lru_cache(KNOWN)
def is_domain_name(value: str) -> Complaints:
    """The name of a machine in DNS: several labels, maybe with a dot at the end."""
    name = value.removesuffix(".")
    found = is_dns1123_subdomain(name)
    if found:
        return (",".join(found),)
    if "." not in name:
        return ("should be a domain with at least two segments separated by dots",)
    labels = [",".join(is_dns1123_label(label)) for label in name.split(".")]
    return next(((text,) for text in labels if text), ())


def is_valid_port_num(port: int) -> Complaints:
    """The number of a port."""
    return is_in_range(port, 1, 65535)


def is_in_range(value: int, low: int, high: int) -> Complaints:
    """A number between two bounds, both included."""
    return () if low <= value <= high else (out_of_range(low, high),)


def is_valid_ip(value: str) -> Complaints:
    """An address of IPv4 or IPv6, however it is written."""
    return () if address_of(value) is not None else (NO_ADDRESS,)


@lru_cache(KNOWN)
def is_strict_ip(value: str) -> Complaints:
    """An address of IPv4 or IPv6 in the form that everybody reads alike."""
    plain = address_of(value)
    if plain is None:
        return (NO_ADDRESS,)
    found = []
    if _leading_zeros(value):
        found.append("must not have leading 0s")
    if isinstance(plain, IPv6Address) and plain.ipv4_mapped is not None:
        found.append("must not be an IPv4-mapped IPv6 address")
    return tuple(found)


@lru_cache(KNOWN)
def is_canonical_ip(value: str) -> Complaints:
    """An address in the one form that is its own."""
    found = is_strict_ip(value)
    if not found and str(address_of(value)) != value:
        found = (f"must be in canonical form ({json.dumps(str(address_of(value)))})",)
    return found


@lru_cache(KNOWN)
def is_strict_cidr(value: str) -> Complaints:
    """A range of addresses, written by its first address and the length of what they share."""
    text, slash, length = value.partition("/")
    plain = address_of(text)
    digits = length.isascii() and length.isdigit()
    if plain is None or not slash or not digits or int(length) > plain.max_prefixlen:
        return ("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",)
    if _leading_zeros(text) or (len(length) > 1 and length[0] == "0"):
        return ("must not have leading 0s in IP or prefix length",)
    if isinstance(plain, IPv6Address) and plain.ipv4_mapped is not None:
        return ("must not have an IPv4-mapped IPv6 address",)
    if int(plain) % (1 << (plain.max_prefixlen - int(length))):
        return ("must not have bits set beyond the prefix length",)
    return ()


@lru_cache(KNOWN)
def is_canonical_cidr(value: str) -> Complaints:
    """The same in the one form that is its own."""
    found = is_strict_cidr(value)
    if not found and str(ip_network(value)) != value:
        found = (f"must be in canonical form ({json.dumps(str(ip_network(value)))})",)
    return found


def address_of(value: str) -> IPv4Address | IPv6Address | None:
    """The address that a text means, also with zeros before its numbers; None if it means none."""
    parts = value.split(".")
    if len(parts) == 4 and ":" not in value:
        if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
            return None
        value = ".".join(str(int(part)) for part in parts)
    elif "%" in value:
        return None
    try:
        return ip_address(value)
    except ValueError:
        return None


def network_of(value: str) -> IPv4Network | IPv6Network | None:
    """The range of addresses that a text means, also with zeros before its numbers; None if it means none."""
    text, slash, length = value.partition("/")
    plain = address_of(text)
    if plain is None or not slash or not (length.isascii() and length.isdigit()) or int(length) > plain.max_prefixlen:
        return None
    return ip_network(f"{plain}/{int(length)}", strict=False)


def _leading_zeros(value: str) -> bool:
    return "." in value and any(len(part) > 1 and part[0] == "0" for part in value.rpartition(":")[2].split("."))


@lru_cache(KNOWN)
def is_valid_port_name(port: str) -> Complaints:
    """The name of a port: up to 15 lower case letters, digits and single hyphens, with a letter among them."""
    found = []
    if _length(port) > 15:
        found.append(too_long(15))
    if re.fullmatch(r"[-a-z0-9]+", port, re.ASCII) is None:
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if re.search(r"[a-z]", port) is None:
        found.append("must contain at least one letter (a-z)")
    if "--" in port:
        found.append("must not contain consecutive hyphens")
    if port and (port[0] == "-" or port[-1] == "-"):
        found.append("must not begin or end with a hyphen")
    return tuple(found)


def is_path_segment_name(name: str) -> Complaints:
    """A name that can stand between two slashes of a URL: the names of roles."""
    if name in (".", ".."):
        return (f"may not be '{name}'",)
    return is_path_segment_prefix(name)


def is_path_segment_prefix(name: str) -> Complaints:
    """What may stand before a generated suffix in such a name."""
    return tuple(f"may not contain '{part}'" for part in ("/", "%") if part in name)


def _no_parent_folder(value: str) -> Complaints:
    if value in (".", ".."):
        return (f"must not be '{value}'",)
    return ("must not start with '..'",) if value.startswith("..") else ()


@lru_cache(KNOWN)
def is_interface_address(value: str) -> Complaints:
    """The address of an interface, with the length of what its network shares, in the one form that is its own."""
    plain, network = address_of(value.partition("/")[0]), network_of(value)
    if plain is None or network is None:
        return ("must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)",)
    bits = network.prefixlen
    if isinstance(plain, IPv6Address) and plain.ipv4_mapped is not None:
        plain, bits = plain.ipv4_mapped, bits - 96 if bits > 32 else bits
    canonical = f"{plain}/{bits}"
    return () if value == canonical else (f"must be in canonical form ({json.dumps(canonical)})",)
