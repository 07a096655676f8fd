"""The vocabulary of validation: the words that stand to the right of a path in the tables of `kinds/`.

What reads them is in `rows.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from ..objects.schema import Type, shape_of
from ..values import names, urls
from . import failures
from .failures import FieldError
from .rows import (
    NONE,
    Check,
    Rule,
    Spec,
    below,
    bound,
    each,
    one_of_words,
    reader,
    struct,
)

NEGATIVE = "must be greater than or equal to 0"
_NUMBERS = (int, bool)


# Words for one value


def _always(check: Check) -> Callable[[Type], Check]:
    return lambda held: check


def _failing(text: str) -> Callable[[Any], tuple[FieldError, ...]]:
    return lambda value: (failures.invalid_value("", value, text),)


def demand(detail: str = "", *, zero: bool = False) -> Rule:
    """The field must be set; nothing else is said of one that is not. With `zero`, a zero counts as unset."""
    problem = (failures.required("", detail),)

    def check(value: Any) -> Iterable[FieldError]:
        return NONE if value or (not zero and value.__class__ in _NUMBERS) else problem

    return Rule("required", _always(check), unset=True, last=True)


required = demand()
nonzero = demand(zero=True)


def one_of(*options: str) -> Rule:
    """One of these words, where the type declares none (or the server knows fewer)."""
    return Rule("one_of", _always(one_of_words(options)))


def at_least(least: int, text: str = "") -> Rule:
    """A number that is not smaller than this."""
    wrong = _failing(text or f"must be greater than or equal to {least}")
    return Rule("at_least", _always(lambda value: NONE if value >= least else wrong(value)))


def between(low: int, high: int, text: str = "") -> Rule:
    """A number in a range, both ends included."""
    wrong = _failing(text or names.out_of_range(low, high))
    return Rule("between", _always(lambda value: NONE if low <= value <= high else wrong(value)))


def port(value: int | str) -> Iterable[FieldError]:
    """A port by number, or by the name of a container's port."""
    if isinstance(value, int):
        return NONE if 1 <= value <= 65535 else _failing(names.out_of_range(1, 65535))(value)
    return [failures.invalid_value("", value, text) for text in names.is_valid_port_name(value)]


port_number = between(1, 65535)
positive = at_least(1, "must be greater than zero")
not_negative = at_least(0)
user_id = between(0, 2**31 - 1)
file_mode = between(0, 0o777, "must be a number between 0 and 0777 (octal), both inclusive")


def named(name: str, problems_of: Callable[[str], Sequence[str]], *, empty: bool = False) -> Rule:
    """A text that one of the rules of names accepts; with `empty`, one that is empty is judged, too."""

    def check(value: str | None) -> Iterable[FieldError]:
        problems = problems_of(value or "")
        return [failures.invalid_value("", value or "", text) for text in problems] if problems else NONE

    return Rule(name, _always(check), unset=empty)


dns_label = named("dns_label", names.is_dns1123_label)
dns_subdomain = named("dns_subdomain", names.is_dns1123_subdomain)
port_name = named("port_name", names.is_valid_port_name)
path_segment = named("path_segment", names.is_path_segment_name)
qualified_name = named("qualified_name", names.is_qualified_name)
label_key = named("label_key", names.is_qualified_name, empty=True)
config_key = named("config_key", names.is_config_map_key)
ip_address = named("ip_address", names.is_strict_ip)
cidr = named("cidr", names.is_strict_cidr)


def domain_prefixed_path(name: str) -> Iterable[FieldError]:
    """A path that begins with a domain, such as the name of who looks after an object."""
    domain, slash, path = name.partition("/")
    if not slash or not domain or not path:
        return (failures.invalid_value("", name, 'must be a domain-prefixed path (such as "acme.io/foo")'),)
    return [failures.invalid_value("", domain, text) for text in names.is_dns1123_subdomain(domain)]


def count_or_percent(value: int | str) -> Iterable[FieldError]:
    """A count, or a percentage."""
    if isinstance(value, int):
        return NONE if value >= 0 else _failing(NEGATIVE)(value)
    problems = names.is_valid_percent(value)
    return [failures.invalid_value("", value, text) for text in problems]


def at_most_all(value: int | str) -> Iterable[FieldError]:
    """A count, or a percentage of no more than all."""
    if isinstance(value, str) and not names.is_valid_percent(value) and int(value[:-1]) > 100:
        return _failing("must not be greater than 100%")(value)
    return NONE


def at_most_bytes(limit: int) -> Rule:
    """A text of no more than so many bytes."""
    problem = (failures.too_long("", limit),)
    return Rule("at_most_bytes", _always(lambda value: problem if len(value.encode()) > limit else NONE))


def at_most_items(limit: int) -> Rule:
    """A list of no more than so many items."""
    return Rule(
        "at_most_items",
        _always(lambda value: (failures.too_many("", len(value), limit),) if len(value) > limit else NONE),
    )


def no_backsteps(path: str) -> Iterable[FieldError]:
    """A path that never leads back."""
    return _failing("must not contain '..'")(path) if ".." in path.split("/") else NONE


def relative_path(path: str) -> Iterable[FieldError]:
    """A path below the folder that it is read in."""
    found = [*_failing("must be a relative path")(path)] if path.startswith("/") else []
    return [*found, *no_backsteps(path)]


def local_path(path: str) -> Iterable[FieldError]:
    """The same of a file that is written beside the server's own, whose names begin with two dots."""
    found = [*relative_path(path)]
    if path.startswith("..") and not path.startswith("../"):
        found += _failing("must not start with '..'")(path)
    return found


def refused(text: str) -> Rule:
    """The field may not be set."""
    problem = (failures.forbidden_field("", text),)
    return Rule("refused", _always(lambda value: problem))


# Words for structures


def exactly_one_of(*fields: str, none: str, several: str) -> Rule:
    """Exactly one of these fields is set: `none` is said where none is, `several` of each but the first."""

    def bind(held: Type) -> Check:
        readers = [(name, reader(held.cls, name)[0]) for name in fields] if held.cls is not None else []

        def check(value: Any) -> Iterable[FieldError]:
            given = [name for name, read in readers if read(value) is not None]
            if not given:
                return (failures.required("", none),)
            return [failures.forbidden_field(name, several) for name in given[1:]]

        return check

    return Rule("exactly_one_of", bind)


def union(
    sources: Mapping[str, Spec],
    *,
    none: str,
    several: str,
    shown: Mapping[str, str] = MappingProxyType({}),
    refused_as: Mapping[str, str] = MappingProxyType({}),
    beside: Collection[str] = (),
) -> Rule:
    """Exactly one of these fields is set, and follows its rule: `none` is said where none is, `several` of more.

    Where complaints name a field differently, `shown` has the name in those of what is in it, `refused_as` that of one
    too many. One that may stand `beside` others is judged, and not refused.
    """

    def bind(held: Type) -> Check:
        assert held.cls is not None
        by_json = shape_of(held.cls).by_json
        read = attrgetter(*[by_json[name].name for name in sources])
        kinds = [(name, bound(spec, by_json[name].type)) for name, spec in sources.items()]

        def check(value: Any) -> Iterable[FieldError]:
            given = [(kind, source) for kind, source in zip(kinds, read(value), strict=True) if source is not None]
            if not given:
                return (failures.required("", none),)
            (name, follows), source = given[0]
            problems = follows(source)
            found = [*below(shown.get(name, name), problems)] if problems else []
            for (other, rule), more in given[1:]:
                if other in beside:
                    found += below(shown.get(other, other), rule(more))
                else:
                    found.append(failures.forbidden_field(refused_as.get(other, other), several))
            return found

        return check

    return Rule("union", bind)


REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?"
REASON_MAX, MESSAGE_MAX = 1024, 32 * 1024
_reason = re.compile(REASON, re.ASCII)
_REASON_TEXT = names.no_match(
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric "
    "characters or '_,:', and must end with an alphanumeric character or '_'",
    REASON,
    "my_name",
    "MY_NAME",
    "MyName",
    "ReasonA,ReasonB",
    "ReasonA:ReasonB",
)


def conditions(values: Sequence[Any]) -> Iterator[FieldError]:
    """Conditions of the kind that all kinds of today have, each type once."""
    seen: set[str] = set()
    for index, condition in enumerate(values):
        if condition.type in seen:
            yield failures.duplicate(f"[{index}].type", condition.type)
        seen.add(condition.type)
        yield from below(f"[{index}]", _condition(condition))


def _condition(condition: Any) -> Iterator[FieldError]:
    for text in names.is_qualified_name(condition.type):
        yield failures.invalid_value("type", condition.type, text)
    if condition.status not in ("False", "True", "Unknown"):
        yield failures.not_supported("status", condition.status, ("False", "True", "Unknown"))
    if (condition.observed_generation or 0) < 0:
        text = "must be greater than or equal to zero"
        yield failures.invalid_value("observedGeneration", condition.observed_generation, text)
    if condition.last_transition_time is None:
        yield failures.required("lastTransitionTime")
    if not condition.reason:
        yield failures.required("reason")
    else:
        if _reason.fullmatch(condition.reason) is None:
            yield failures.invalid_value("reason", condition.reason, _REASON_TEXT)
        if len(condition.reason.encode()) > REASON_MAX:
            yield failures.too_long("reason", REASON_MAX)
    if len(condition.message.encode()) > MESSAGE_MAX:
        yield failures.too_long("message", MESSAGE_MAX)


def webhook_url(text: str, path: str) -> Iterator[FieldError]:
    """Where a webhook is called that is no service."""
    form = "; desired format: https://host[/path]"
    try:
        url = urls.parse_url(text)
    except ValueError as problem:
        yield failures.required(path, f"url must be a valid URL: {problem}{form}")
        return
    if url.scheme != "https":
        yield failures.invalid_value(path, url.scheme, f"'https' is the only allowed URL scheme{form}")
    if not url.host:
        yield failures.invalid_value(path, url.host, f"host must be specified{form}")
    if url.user:
        yield failures.invalid_value(path, url.user, "user information is not permitted in the URL")
    if url.fragment:
        yield failures.invalid_value(path, url.fragment, "fragments are not permitted in the URL")
    if url.query:
        yield failures.invalid_value(path, url.query, "query parameters are not permitted in the URL")


def labels(values: Mapping[str, str], path: str = "") -> Iterator[FieldError]:
    """Keys and values of a set of labels."""
    for key in sorted(values):
        for text in names.is_qualified_name(key):
            yield failures.invalid_value(path, key, text)
        for text in names.is_valid_label_value(values[key]):
            yield failures.invalid_value(path, values[key], text)


def quantity_not_negative(values: Mapping[str, Any]) -> Iterator[FieldError]:
    """Amounts by name, none of them negative."""
    for name, amount in values.items():
        if amount.milli_value() < 0:
            yield failures.invalid_value(f"[{name}]", str(amount), NEGATIVE)


def requirement_of_labels(expression: Any) -> Iterator[FieldError]:
    """One expression of a label selector."""
    if expression.operator in ("In", "NotIn"):
        if not expression.values:
            yield failures.required("values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif expression.operator in ("Exists", "DoesNotExist"):
        if expression.values:
            yield failures.forbidden_field(
                "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            )
    else:
        yield failures.invalid_value("operator", expression.operator, "not a valid selector operator")
    for text in names.is_qualified_name(expression.key):
        yield failures.invalid_value("key", expression.key, text)
    for index, value in enumerate(expression.values):
        for text in names.is_valid_label_value(value):
            yield failures.invalid_value(f"values[{index}]", value, text)


label_selector = struct({"matchLabels": labels, "matchExpressions": each(requirement_of_labels)}, declared=False)
"""A selector of labels that can be read."""
