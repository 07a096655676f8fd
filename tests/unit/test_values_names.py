"""Names, labels, keys, percentages and frozen JSON."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable

import pytest

from kemu.values import names
from kemu.values.frozen import EMPTY_MAP, FrozenMap, freeze, thaw
from kemu.values.identity import GroupResource, GroupVersion, GroupVersionKind, GroupVersionResource, ObjectName
from kemu.values.int_or_string import is_percentage, scaled
from kemu.values.integers import integer


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (names.is_dns1123_label, ["a", "0", "a-b"], ["", "A", "-a", "a-", "a.b", "a" * 64]),
        (names.is_dns1123_subdomain, ["a", "a.b-c.d", "a" * 253], ["", "a..b", ".a", "A", "a_b", "a" * 254]),
        (names.is_dns1123_subdomain_with_underscore, ["_a._b", "a_b"], ["a_", "__a", "A"]),
        (names.is_dns1035_label, ["a", "a-0"], ["0a", "", "a.b", "a" * 64]),
        (names.is_wildcard_dns1123_subdomain, ["*.example.com"], ["*", "a.*", "example.com"]),
        (names.is_qualified_name, ["a", "A_b.C", "x.io/Name"], ["", "/a", "x.io/", "a/b/c", "-a", "x" * 64, "A.io/a"]),
        (names.is_valid_label_value, ["", "a", "A_b.c-d"], ["-a", "a b", "x" * 64]),
        (names.is_c_identifier, ["_a1"], ["1a", ""]),
        (names.is_env_var_name, ["A", "a.b-c", "-x"], ["1A", "", "..x"]),
        (names.is_relaxed_env_var_name, ["1 A", "~"], ["", "a=b", "\u00e4", "a\tb"]),
        (names.is_config_map_key, ["a", ".a", "A_b-c.d"], ["", ".", "..", "..a", "a/b"]),
        (names.is_valid_port_name, ["http", "a-1"], ["", "1", "a--b", "-a", "a" * 16, "A"]),
        (names.is_valid_percent, ["0%", "100%"], ["%", "5", "-5%"]),
        (names.is_http_header_name, ["X-A"], ["", "a b"]),
        (names.is_path_segment_name, ["a:b", ""], [".", "..", "a/b", "a%b"]),
    ],
)
def test_rules_for_names(rule: Callable[[str], tuple[str, ...]], good: list[str], bad: list[str]):
    """What each rule lets through and what it refuses."""
    assert {value: rule(value) for value in good} == dict.fromkeys(good, ())
    assert [value for value in bad if not rule(value)] == []


@pytest.mark.parametrize(
    ("complaints", "texts"),
    [
        (names.is_dns1123_label("a.b"), ("must not contain dots",)),
        (
            names.is_dns1123_label("A"),
            (
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
                "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
            ),
        ),
        (names.is_dns1123_subdomain("a" * 254), ("must be no more than 253 characters",)),
        (names.is_qualified_name("a" * 254 + "/b"), ("prefix part must be no more than 253 bytes",)),
        (names.is_valid_label_value("x" * 64), ("must be no more than 63 bytes",)),
        (names.is_valid_port_num(0), ("must be between 1 and 65535, inclusive",)),
        (names.is_in_range(5, 1, 9), ()),
        (names.is_path_segment_name("a/b%"), ("may not contain '/'", "may not contain '%'")),
        (names.is_config_map_key("..a"), ("must not start with '..'",)),
    ],
)
def test_complaints_about_names(complaints: tuple[str, ...], texts: tuple[str, ...]):
    """The texts of a real API server."""
    assert complaints == texts


@pytest.mark.parametrize(
    ("value", "total", "up", "down"),
    [(3, 10, 3, 3), ("25%", 10, 3, 2), ("0%", 10, 0, 0), ("100%", 7, 7, 7), ("150%", 3, 5, 4), ("1%", 0, 0, 0)],
)
def test_percentages_are_scaled(value: int | str, total: int, up: int, down: int):
    """A number stands for itself, a percentage for its share, rounded up or down."""
    assert scaled(value, total, round_up=True) == up
    assert scaled(value, total, round_up=False) == down


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("5", "invalid value for IntOrString: invalid type: string is not a percentage"),
        (
            "x%",
            'invalid value for IntOrString: invalid value "x%": strconv.Atoi: parsing "x": invalid syntax',
        ),
    ],
)
def test_text_that_is_no_percentage_is_refused(value: str, complaint: str):
    """Go's words."""
    assert not is_percentage(value)
    with pytest.raises(ValueError) as refused:
        scaled(value, 10, round_up=True)
    assert str(refused.value) == complaint


def test_frozen_maps_cannot_be_changed():
    """Every way to change a dict is refused; changed copies are made instead."""
    frozen = FrozenMap({"a": 1})
    for change in (
        lambda: frozen.update(b=2),
        lambda: frozen.pop("a"),
        lambda: frozen.clear(),
        lambda: frozen.setdefault("b", 2),
        lambda: frozen.__setitem__("b", 2),
        lambda: frozen.__delitem__("a"),
        lambda: frozen.__ior__({"b": 2}),
        lambda: setattr(frozen, "_hash", 1),
    ):
        with pytest.raises(TypeError):
            change()
    assert frozen.with_(b=2) == frozen | {"b": 2} == {"a": 1, "b": 2}
    assert frozen.without("a") == EMPTY_MAP
    assert frozen.copy() is frozen


def test_frozen_maps_are_values():
    """Equal maps have equal hashes, whatever the order of their keys."""
    one, other = FrozenMap(a=1, b=2), FrozenMap(b=2, a=1)
    assert one == other == {"a": 1, "b": 2}
    assert hash(one) == hash(other)
    assert pickle.loads(pickle.dumps(one)) == one
    assert type(pickle.loads(pickle.dumps(one))) is FrozenMap


def test_json_is_frozen_and_thawed():
    """All the way down, and back to what it was."""
    value = {"a": [1, {"b": None}], "c": "d", "e": 1.5}
    frozen = freeze(value)
    assert frozen == {"a": (1, {"b": None}), "c": "d", "e": 1.5}
    assert hash(frozen) == hash(freeze(value))
    assert thaw(frozen) == value
    assert json.loads(json.dumps(frozen)) == value


@pytest.mark.parametrize(
    ("text", "parsed", "written"),
    [
        ("v1", ("", "v1"), "v1"),
        ("apps/v1", ("apps", "v1"), "apps/v1"),
        ("", ("", ""), ""),
    ],
)
def test_groups_and_versions(text: str, parsed: tuple[str, str], written: str):
    """As manifests write them."""
    assert GroupVersion.parse(text) == parsed
    assert str(GroupVersion.parse(text)) == written


def test_kinds_resources_and_objects_are_written_as_in_error_texts():
    """And read from what people type."""
    assert str(GroupVersionKind.parse("apps/v1", "Deployment")) == "apps/v1, Kind=Deployment"
    assert GroupVersionKind("", "v1", "Pod").api_version == "v1"
    assert str(GroupVersionResource("", "v1", "pods")) == "/v1, Resource=pods"
    assert GroupVersionResource.parse("deployments.v1.apps") == ("apps", "v1", "deployments")
    assert GroupVersionResource.parse("pods") is None
    assert str(GroupResource.parse("deployments.apps")) == "deployments.apps"
    assert str(GroupResource.parse("pods")) == "pods"
    assert (ObjectName.parse("ns/a"), ObjectName.parse("a")) == (("ns", "a"), ("", "a"))
    assert (str(ObjectName("ns", "a")), str(ObjectName("", "a"))) == ("ns/a", "a")
    with pytest.raises(ValueError, match="unexpected GroupVersion string: a/b/c"):
        GroupVersion.parse("a/b/c")
    with pytest.raises(ValueError, match='unexpected key format: "a/b/c"'):
        ObjectName.parse("a/b/c")


@pytest.mark.parametrize(
    ("text", "bits", "number"),
    [
        ("5", 64, 5),
        ("+05", 64, 5),
        ("-3", 64, -3),
        ("0", 64, 0),
        ("-0", 64, 0),
        ("9223372036854775807", 64, 2**63 - 1),
        ("-9223372036854775808", 64, -(2**63)),
        ("2147483647", 32, 2**31 - 1),
        *((text, 64, None) for text in ("", "+", " 5", "5 ", "5_0", "0x5", "5.0", "\u00b2", "\u0663", "+-5", "5\n")),
        ("9223372036854775808", 64, None),
        ("2147483648", 32, None),
        ("9" * 5000, 64, None),
        ("0" * 5000 + "7", 64, 7),
    ],
)
def test_numbers_are_read_as_go_reads_them(text, bits, number):
    assert integer(text, bits) == number
