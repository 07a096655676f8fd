"""Where a pod may run: selectors of nodes, affinity, tolerations, spread over a topology."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ....objects import meta
from ....objects.schema import Type
from ....values import names
from ...failures import FieldError, duplicate, forbidden_field, invalid_value, not_supported, required
from ...rows import below, each, struct
from ...rules import between, demand, label_selector

WEIGHT = between(1, 100, "must be in the range 1-100")
SELECTS = label_selector.bind(Type("struct", meta.LabelSelector))
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


# Nodes


def _node_requirement(expression: Any) -> Iterator[FieldError]:
    """What is asked of the label of a node, but for the form of the values."""
    values = expression.values
    if expression.operator in ("In", "NotIn"):
        if not values:
            yield required("values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif expression.operator in ("Exists", "DoesNotExist"):
        if values:
            yield forbidden_field("values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    elif expression.operator in ("Gt", "Lt"):
        if len(values) != 1:
            yield required("values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
    else:
        yield invalid_value("operator", expression.operator, "not a valid selector operator")
    for text in names.is_qualified_name(expression.key):
        yield invalid_value("key", expression.key, text)


def _label_values(expression: Any) -> Iterator[FieldError]:
    for index, value in enumerate(expression.values):
        for text in names.is_valid_label_value(value):
            yield invalid_value(f"values[{index}]", value, text)


def _node_field(expression: Any) -> Iterator[FieldError]:
    """What is asked of the node itself: of its name."""
    if expression.operator not in ("In", "NotIn"):
        yield invalid_value("operator", expression.operator, "not a valid selector operator")
    elif len(expression.values) != 1:
        yield required("values", "must be only one value when `operator` is 'In' or 'NotIn' for node field selector")
    if expression.key != "metadata.name":
        yield invalid_value("key", expression.key, "not a valid field selector key")
        return
    for index, value in enumerate(expression.values):
        for text in names.is_dns1123_subdomain(value):
            yield invalid_value(f"values[{index}]", value, text)


FIELDS = each(_node_field)
NODE_SELECTOR = struct(
    {
        "nodeSelectorTerms": (
            demand("must have at least one node selector term"),
            each(
                struct(
                    {"matchExpressions": each((_node_requirement, _label_values)), "matchFields": FIELDS},
                    declared=False,
                )
            ),
        )
    },
    declared=False,
)
"""A selector of nodes that is met or not."""

PREFERRED = struct(
    {
        "weight": WEIGHT,
        "preference": struct({"matchExpressions": each(_node_requirement), "matchFields": FIELDS}, declared=False),
    },
    declared=False,
)
NODE_AFFINITY = struct(
    {
        "requiredDuringSchedulingIgnoredDuringExecution": NODE_SELECTOR,
        "preferredDuringSchedulingIgnoredDuringExecution": each(PREFERRED),
    },
    declared=False,
)


# Other pods


def _namespaces(term: Any) -> Iterator[FieldError]:
    for name in term.namespaces:
        for text in names.is_dns1123_label(name):
            yield invalid_value("namespace", name, text)


def label_keys(holder: Any) -> Iterator[FieldError]:
    """Keys of labels that the pod's own values are compared with, beside a selector."""
    mismatched = getattr(holder, "mismatch_label_keys", ())
    selector = holder.label_selector
    for name, keys in (("matchLabelKeys", holder.match_label_keys), ("mismatchLabelKeys", mismatched)):
        if keys and selector is None:
            yield forbidden_field(name, "must not be specified when labelSelector is not set")
        elif keys:
            for index, key in enumerate(keys):
                for text in names.is_qualified_name(key):
                    yield invalid_value(f"{name}[{index}]", key, text)
    if selector is not None and holder.match_label_keys:
        places = {key: index for index, key in enumerate(holder.match_label_keys)}
        selected = dict.fromkeys(selector.match_labels)
        for expression in selector.match_expressions:
            if expression.key in places and expression.key in selected:
                text = "exists in both matchLabelKeys and labelSelector"
                yield invalid_value(f"[{places[expression.key]}]", expression.key, text)
            selected[expression.key] = None
    others = frozenset(mismatched)
    for index, key in enumerate(holder.match_label_keys):
        if key in others:
            text = "exists in both matchLabelKeys and mismatchLabelKeys"
            yield invalid_value(f"matchLabelKeys[{index}]", key, text)


def _topology_key(term: Any) -> Iterator[FieldError]:
    if not term.topology_key:
        yield required("topologyKey", "can not be empty")
    for text in names.is_qualified_name(term.topology_key):
        yield invalid_value("topologyKey", term.topology_key, text)


TERM = struct(
    {"labelSelector": label_selector, "namespaceSelector": label_selector},
    _namespaces,
    label_keys,
    _topology_key,
    declared=False,
)
TERMS = struct(
    {
        "requiredDuringSchedulingIgnoredDuringExecution": each(TERM),
        "preferredDuringSchedulingIgnoredDuringExecution": each(
            struct({"weight": WEIGHT, "podAffinityTerm": TERM}, declared=False)
        ),
    },
    declared=False,
)
AFFINITY = struct({"nodeAffinity": NODE_AFFINITY, "podAffinity": TERMS, "podAntiAffinity": TERMS}, declared=False)


# Topologies


def spread(constraints: Sequence[Any]) -> Iterator[FieldError]:
    """Constraints of a topology, each key and action once."""
    last = {(each_one.topology_key, each_one.when_unsatisfiable): index for index, each_one in enumerate(constraints)}
    for index, constraint in enumerate(constraints):
        repeated = last[constraint.topology_key, constraint.when_unsatisfiable] != index
        yield from below(f"[{index}]", _constraint(constraint, repeated))


def _constraint(constraint: Any, repeated: bool) -> Iterator[FieldError]:
    action = constraint.when_unsatisfiable
    if constraint.max_skew <= 0:
        yield invalid_value("maxSkew", constraint.max_skew, "must be greater than zero")
    if not constraint.topology_key:
        yield required("topologyKey", "can not be empty")
    if action not in ("DoNotSchedule", "ScheduleAnyway"):
        yield not_supported("whenUnsatisfiable", action, ("DoNotSchedule", "ScheduleAnyway"))
    if repeated:
        yield duplicate("{topologyKey, whenUnsatisfiable}", f"{{{constraint.topology_key}, {action}}}")
    domains = constraint.min_domains
    if domains is not None:
        if domains <= 0:
            yield invalid_value("minDomains", domains, "must be greater than zero")
        if action != "DoNotSchedule":
            text = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
            yield invalid_value("minDomains", domains, text)
    for name, policy in (
        ("nodeAffinityPolicy", constraint.node_affinity_policy),
        ("nodeTaintsPolicy", constraint.node_taints_policy),
    ):
        if policy not in (None, "Honor", "Ignore"):
            yield not_supported(name, policy, ("Honor", "Ignore"))
    yield from label_keys(constraint)
    if constraint.label_selector is not None:
        yield from below("labelSelector", SELECTS(constraint.label_selector))


# Tolerations


def tolerates(toleration: Any) -> Iterator[FieldError]:
    """What a toleration says fits together."""
    key, operator, effect = toleration.key, toleration.operator or "", toleration.effect or ""
    if key:
        for text in names.is_qualified_name(key):
            yield invalid_value("key", key, text)
    elif operator != "Exists":
        text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        yield invalid_value("operator", operator, text)
    if toleration.toleration_seconds is not None and effect != "NoExecute":
        yield invalid_value("effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
    value = toleration.value or ""
    if operator in ("Equal", ""):
        problems = names.is_valid_label_value(value)
        if problems:
            yield invalid_value("operator", value, ";".join(problems))
    elif operator == "Exists":
        if value:
            yield invalid_value("operator", value, "value must be empty when `operator` is 'Exists'")
    elif operator in ("Lt", "Gt"):
        yield not_supported("operator", operator, ("Equal", "Exists", "Lt", "Gt"))
    else:
        yield not_supported("operator", operator, ("Equal", "Exists"))
    if effect and effect not in EFFECTS:
        yield not_supported("effect", effect, EFFECTS)


TOLERATIONS = each(tolerates, memo=True)
