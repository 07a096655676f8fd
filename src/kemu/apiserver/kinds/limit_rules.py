"""What limits and quotas may say: of which resources, in which order of size, for which pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...values import names
from ...values.quantity import Quantity
from ..failures import FieldError, duplicate, forbidden_field, invalid_inside, invalid_value, required
from ..rows import below
from .amounts import QUOTA, Named, container_resource, is_shared, resource_name

TYPES = ("Pod", "Container", "PersistentVolumeClaim")
MAX_MILLI = (2**63 - 1) // 1000
"""Beyond, an amount has no thousandths in 64 bits."""


# Limits


def limits(items: Sequence[Any]) -> Iterator[FieldError]:
    """Each type of object is limited once, and its limits fit together."""
    seen: set[str] = set()
    for index, item in enumerate(items):
        where = f"[{index}]"
        problems = [invalid_value(f"{where}.type", item.type, text) for text in names.is_qualified_name(item.type)]
        if not problems and "/" not in item.type and item.type not in TYPES:
            text = "must be a standard limit type or fully qualified"
            problems.append(invalid_value(f"{where}.type", item.type, text))
        yield from problems
        if item.type in seen:
            yield duplicate(f"{where}.type", item.type)
        seen.add(item.type)
        yield from below(where, _limit(item))


def _limit(item: Any) -> Iterator[FieldError]:
    named: Named = container_resource if item.type in ("Pod", "Container") else resource_name
    of_pods = item.type == "Pod"
    given = {"max": item.max, "min": item.min}
    if not of_pods:
        given |= {"default": item.default, "defaultRequest": item.default_request}
    given["maxLimitRequestRatio"] = item.max_limit_request_ratio
    for part in ("max", "min"):
        yield from _names(part, given[part], named)
    if of_pods:
        for part, values in (("default", item.default), ("defaultRequest", item.default_request)):
            if values:
                yield forbidden_field(part, "may not be specified when `type` is 'Pod'")
    else:
        for part in ("default", "defaultRequest"):
            yield from _names(part, given[part], named)
    if item.type == "PersistentVolumeClaim" and "storage" not in item.min and "storage" not in item.max:
        yield required("limits", "either minimum or maximum storage value is required, but neither was provided")
    yield from _names("maxLimitRequestRatio", item.max_limit_request_ratio, named)
    for name in sorted(set().union(*given.values())):
        yield from _in_order(name, {part: values.get(name) for part, values in given.items()})


def _names(part: str, values: Mapping[str, Any], named: Named) -> Iterator[FieldError]:
    for name in values:
        yield from (problem._replace(field=f"{part}[{name}]") for problem in named(name))


WORDS = {
    "min": "min value",
    "max": "max value",
    "default": "default value",
    "defaultRequest": "default request value",
}
ORDER = (
    ("min", "max", "min", "min", WORDS["max"]),
    ("min", "defaultRequest", "defaultRequest", "defaultRequest", WORDS["defaultRequest"]),
    ("defaultRequest", "max", "defaultRequest", "defaultRequest", WORDS["max"]),
    ("defaultRequest", "default", "defaultRequest", "defaultRequest", "default limit value"),
    ("min", "default", "default", "min", WORDS["default"]),
    ("default", "max", "default", "max", WORDS["max"]),
)
"""Pairs of which the first is not greater than the second: where that is said, of which value, and how the second is
called."""


def _in_order(name: str, given: Mapping[str, Quantity | None]) -> Iterator[FieldError]:
    for less, more, where, shown, called in ORDER:
        low, high = given.get(less), given.get(more)
        if low is not None and high is not None and low > high:
            text = f"{WORDS[less]} {low} is greater than {called} {high}"
            yield invalid_value(f"{where}[{name}]", given[shown], text)
    ratio, low, high = given["maxLimitRequestRatio"], given["min"], given["max"]
    where = f"maxLimitRequestRatio[{name}]"
    if ratio is not None and ratio < Quantity(1):
        yield invalid_value(where, ratio, f"ratio {ratio} is less than 1")
    if ratio is not None and low is not None and high is not None:
        asked, most = _ratio(ratio, low, high)
        if asked > most:
            yield invalid_value(where, ratio, f"ratio {ratio} is greater than max/min = {most:.6f}")
    request, limit = given.get("defaultRequest"), given.get("default")
    if request is not None and limit is not None and request != limit and not is_shared(name):
        text = f"default value {limit} must equal to defaultRequest value {request} in {name}"
        yield invalid_value(f"defaultRequest[{name}]", request, text)


def _ratio(ratio: Quantity, low: Quantity, high: Quantity) -> tuple[float, float]:
    """The ratio that is allowed, and what the bounds leave room for, in thousandths as far as these can be counted."""
    asked, least, most = float(ratio.value()), low.value(), high.value()
    if max(ratio.value(), least, most) < MAX_MILLI:
        asked, least, most = ratio.milli_value() / 1000, low.milli_value(), high.milli_value()
    return asked, most / least if least else float("inf")


# Quotas

OF_PODS = frozenset(("pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"))
OF_CLAIMS = frozenset(("persistentvolumeclaims", "requests.storage"))
SCOPES: Mapping[str, frozenset[str]] = {
    "Terminating": OF_PODS,
    "NotTerminating": OF_PODS,
    "BestEffort": frozenset(("pods",)),
    "NotBestEffort": OF_PODS,
    "PriorityClass": OF_PODS,
    "CrossNamespacePodAffinity": OF_PODS,
    "VolumeAttributesClass": OF_CLAIMS,
}
"""For which pods or claims a quota can be, and which of its resources are theirs."""

OPPOSITES = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
EXISTING = ("BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity")
EXISTS = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)


def _misplaced(scope: str, hard: Mapping[str, Any]) -> int:
    """How many of the resources are not those of a scope."""
    theirs = SCOPES.get(scope)
    standard = [name for name in hard if name in QUOTA or name.startswith(("hugepages-", "requests.hugepages-"))]
    return 0 if theirs is None else sum([name not in theirs for name in standard])


def scopes(spec: Any) -> Iterator[FieldError]:
    """The scopes of a quota exist, fit its resources, and do not exclude each other."""
    chosen, where = spec.scopes, "scopes"
    for scope in chosen:
        if scope not in SCOPES:
            yield invalid_value(where, chosen, "unsupported scope")
        for _ in range(_misplaced(scope, spec.hard)):
            yield invalid_value(where, chosen, "unsupported scope applied to resource")
    for pair in OPPOSITES:
        if all(scope in chosen for scope in pair):
            yield invalid_value(where, chosen, "conflicting scopes")
    if spec.scope_selector is not None:
        yield from below("scopeSelector.matchExpressions", _selected(spec))


def _selected(spec: Any) -> Iterator[FieldError]:
    chosen: set[str] = set()
    for expression in spec.scope_selector.match_expressions:
        scope, operator, values = expression.scope_name, expression.operator, expression.values
        if scope not in SCOPES:
            yield invalid_value("scopeName", scope, "unsupported scope")
        for _ in range(_misplaced(scope, spec.hard)):
            yield invalid_inside("", spec.scope_selector, "unsupported scope applied to resource")
        if scope in EXISTING and operator != "Exists":
            yield invalid_value("operator", operator, EXISTS)
        if operator in ("In", "NotIn"):
            if not values:
                text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
                yield required("values", text)
        elif operator in ("Exists", "DoesNotExist"):
            if values:
                text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
                yield invalid_value("values", values, text)
        else:
            yield invalid_value("operator", operator, "not a valid selector operator")
        chosen.add(scope)
    for pair in OPPOSITES:
        if chosen.issuperset(pair):
            yield invalid_value("", spec.scopes, "conflicting scopes")


def scopes_stay(new: Any, old: Any) -> Iterator[FieldError]:
    """A quota stays for the pods that it was made for."""
    if set(new.spec.scopes) != set(old.spec.scopes):
        yield invalid_value("spec.scopes", new.spec.scopes, "field is immutable")
