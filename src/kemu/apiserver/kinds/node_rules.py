"""What may be said of a node, and what of it stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ...values import names
from ..failures import FieldError, duplicate_inside, forbidden_field, invalid_value, not_supported, required
from ..rows import below
from .amounts import amount
from .pods.placement import EFFECTS

FEATURE = re.compile(r"[A-Z][a-zA-Z0-9]*(/[a-zA-Z][a-zA-Z0-9]*)*", re.ASCII)
FEATURE_MAX = 253
ONCE = 'except from "" to valid'


def taints(given: Sequence[Any]) -> Iterator[FieldError]:
    """Taints, each key and effect once. Complaints have them among the metadata."""
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(given):
        where = f"metadata.taints[{index}]"
        yield from (invalid_value(f"{where}.key", taint.key, text) for text in names.is_qualified_name(taint.key))
        problems = names.is_valid_label_value(taint.value or "")
        if problems:
            yield invalid_value(f"{where}.value", taint.value, ";".join(problems))
        if not taint.effect:
            yield required(f"{where}.effect")
        elif taint.effect not in EFFECTS:
            yield not_supported(f"{where}.effect", taint.effect, EFFECTS)
        if (taint.key, taint.effect) in seen:
            problem = duplicate_inside(where, taint)
            yield problem._replace(text=f"{problem.text}: taints must be unique by key and effect pair")
        seen.add((taint.key, taint.effect))


def node(obj: Any) -> Iterator[FieldError]:
    """The taints and resources of a node, and what it declares."""
    yield from taints(obj.spec.taints)
    yield from node_status(obj)


def node_status(obj: Any) -> Iterator[FieldError]:
    """What a node says of itself."""
    for part, values in (("capacity", obj.status.capacity), ("allocatable", obj.status.allocatable)):
        for name, value in values.items():
            yield from below(f"status.{part}.{name}", amount(name, value))
    features = obj.status.declared_features
    for index, feature in enumerate(features):
        where = f"status.declaredFeatures[{index}]"
        if len(feature) > FEATURE_MAX or FEATURE.fullmatch(feature) is None:
            yield invalid_value(where, feature, f'invalid feature name "{feature}": {_feature_form(feature)}')
        if index and features[index - 1] == feature:
            yield FieldError(where, "FieldValueDuplicate", f'Duplicate value: "{feature}"')
        elif index and features[index - 1] > feature:
            yield invalid_value(where, feature, "list must be sorted alphabetically")


def _feature_form(feature: str) -> str:
    if len(feature) > FEATURE_MAX:
        return f"must be no more than {FEATURE_MAX} characters"
    return (
        "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or "
        "MyFeature/mySubFeature), and contain only alphanumeric characters and slashes"
    )


def ranges(obj: Any) -> Iterator[FieldError]:
    """The addresses of a node's pods: one range of each family."""
    cidrs, where = obj.spec.pod_cidrs, "spec.podCIDRs"
    for index, cidr in enumerate(cidrs):
        yield from (invalid_value(f"{where}[{index}]", cidr, text) for text in names.is_strict_cidr(cidr))
    if len(cidrs) > 2 or (len(cidrs) == 2 and len({":" in cidr for cidr in cidrs}) < 2):
        yield invalid_value(where, list(cidrs), "may specify no more than one CIDR for each IP family")


def node_changes(new: Any, old: Any) -> Iterator[FieldError]:
    """A node keeps its addresses and its identity."""
    yield from taints(new.spec.taints)
    seen: set[Any] = set()
    for index, address in enumerate(new.status.addresses):
        if address in seen:
            yield duplicate_inside(f"status.addresses[{index}]", address)
        seen.add(address)
    now, was = new.spec.pod_cidrs, old.spec.pod_cidrs
    if was:
        differing = 1 if len(now) != len(was) else sum([a != b for a, b in zip(now, was, strict=True)])
        for _ in range(differing):
            yield forbidden_field("spec.podCIDRs", f"node updates may not change podCIDR {ONCE}")
    if old.spec.provider_id and old.spec.provider_id != new.spec.provider_id:
        yield forbidden_field("spec.providerID", f"node updates may not change providerID {ONCE}")
    if new.spec.external_id != old.spec.external_id:
        yield forbidden_field("spec.externalID", "may not be updated")
