"""What flow schemas and priority levels may say: which requests they mean, and how many of them run at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from ...values import names
from ..failures import FieldError, duplicate, invalid_value, not_supported, not_supported_inside
from ..failures import forbidden_field as forbidden
from ..failures import required as missing
from ..rows import below

EXEMPT, LIMITED = "Exempt", "Limited"
PRECEDENCE_MAX = 10000
VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch")
METHODS = ("ByNamespace", "ByUser")
SUBJECTS = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}
"""What a kind of subject is told by."""
ATTRIBUTES = {"Group": "group", "ServiceAccount": "service_account", "User": "user"}
QUEUES_MAX = 10_000_000
HASH_BITS_MAX = 60
"""The bits of the hash by which a flow is dealt its queues."""
NO_NAMESPACE = "resource rules that are not cluster scoped must supply at least one namespace"
NAMESPACE = "each member of this list must be '*' or a DNS-1123 label; "


# Flow schemas


def precedence(obj: Any) -> Iterator[FieldError]:
    """Which schema wins: only one of them may be the first of all."""
    field, value = "spec.matchingPrecedence", obj.spec.matching_precedence
    if value <= 0:
        yield invalid_value(field, value, "must be a positive value")
    if value > PRECEDENCE_MAX:
        yield invalid_value(field, value, f"must not be greater than {PRECEDENCE_MAX}")
    if value == 1 and obj.metadata.name != "exempt":
        yield invalid_value(field, value, "only the schema named 'exempt' may have matchingPrecedence 1")


def schema(spec: Any) -> Iterator[FieldError]:
    """Which requests a schema means, and where it sends them."""
    method = spec.distinguisher_method
    if method is not None and method.type not in METHODS:
        yield not_supported_inside("distinguisherMethod.type", method, METHODS)
    target = spec.priority_level_configuration
    name = (target.name if target is not None else "") or ""
    if not name:
        yield missing("priorityLevelConfiguration.name", "must reference a priority level")
    else:
        for text in names.is_dns1123_subdomain(name):
            yield invalid_value("priorityLevelConfiguration.name", name, text)
    for index, rule in enumerate(spec.rules):
        yield from below(f"rules[{index}]", _rule(rule))


def _rule(rule: Any) -> Iterator[FieldError]:
    if not rule.subjects:
        yield missing("subjects", "subjects must contain at least one value")
    for index, subject in enumerate(rule.subjects):
        yield from below(f"subjects[{index}]", _subject(subject))
    if not rule.resource_rules and not rule.non_resource_rules:
        yield missing("", "at least one of resourceRules and nonResourceRules has to be non-empty")
    for index, each in enumerate(rule.resource_rules):
        yield from below(f"resourceRules[{index}]", _resources(each))
    for index, each in enumerate(rule.non_resource_rules):
        yield from below(f"nonResourceRules[{index}]", _paths(each))


def _subject(subject: Any) -> Iterator[FieldError]:
    if subject.kind not in SUBJECTS:
        yield not_supported("kind", subject.kind, tuple(SUBJECTS))
        return
    field, value = SUBJECTS[subject.kind], getattr(subject, ATTRIBUTES[subject.kind])
    if value is None:
        yield missing(field, f"{field} is required when subject kind is '{subject.kind}'")
    else:
        yield from below(field, _named(value, account=subject.kind == "ServiceAccount"))
    for kind in ("ServiceAccount", "User", "Group"):
        if kind != subject.kind and getattr(subject, ATTRIBUTES[kind]) is not None:
            other = SUBJECTS[kind]
            yield forbidden(other, f"{other} is forbidden when subject kind is not '{kind}'")


def _named(value: Any, *, account: bool) -> Iterator[FieldError]:
    if not value.name:
        yield missing("name")
    elif account and value.name != "*":
        yield from (invalid_value("name", value.name, text) for text in names.is_dns1123_subdomain(value.name))
    if not account:
        return
    if not value.namespace:
        yield missing("namespace", "must specify namespace for service account")
    else:
        yield from (
            invalid_value("namespace", value.namespace, text) for text in names.is_dns1123_label(value.namespace)
        )


def _verbs(verbs: Sequence[str]) -> Iterator[FieldError]:
    if not verbs:
        yield missing("verbs", "verbs must contain at least one value")
    elif "*" in verbs:
        yield from _alone("verbs", verbs, "verbs")
    elif not set(verbs) <= set(VERBS):
        yield not_supported("verbs", verbs, VERBS)


def _alone(field: str, values: Sequence[str], what: str) -> Iterator[FieldError]:
    if "*" in values and len(values) > 1:
        yield invalid_value(field, values, f"if '*' is present, must not specify other {what}")


def _resources(rule: Any) -> Iterator[FieldError]:
    yield from _verbs(rule.verbs)
    for field, values, what in (("apiGroups", rule.api_groups, "api group"), ("resources", rule.resources, "resource")):
        if not values:
            yield missing(field, f"resource rules must supply at least one {what}")
        yield from _alone(field, values, f"{what}s")
    if not rule.namespaces and not rule.cluster_scope:
        yield missing("namespaces", NO_NAMESPACE)
    elif "*" in rule.namespaces:
        yield from _alone("namespaces", rule.namespaces, "namespaces")
    else:
        for index, name in enumerate(rule.namespaces):
            for text in names.is_dns1123_label(name):
                yield invalid_value(f"namespaces[{index}]", name, NAMESPACE + text)


def _paths(rule: Any) -> Iterator[FieldError]:
    yield from _verbs(rule.verbs)
    paths = rule.non_resource_urls
    if not paths:
        yield missing("nonResourceURLs", "nonResourceURLs must contain at least one value")
    elif "*" in paths:
        yield from _alone("nonResourceURLs", paths, "non-resource URLs")
    else:
        for index, path in enumerate(paths):
            text = _wrong_path(path)
            if text:
                yield invalid_value(f"nonResourceURLs[{index}]", path, text)


def _wrong_path(path: str) -> str:
    if not path:
        return "must not be empty"
    if path == "/":
        return ""
    if not path.startswith("/"):
        return "must start with slash"
    if " " in path:
        return "must not contain white-space"
    if "//" in path:
        return "must not contain double slash"
    stars = path.count("*")
    return "wildcard can only do suffix matching" if stars > 1 or (stars and not path.endswith("/*")) else ""


def statuses(conditions: Sequence[Any]) -> Iterator[FieldError]:
    """Conditions have a type, each its own."""
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        if condition.type in seen:
            yield duplicate(f"[{index}].type", condition.type or "")
        seen.add(condition.type)
        if not condition.type:
            yield missing(f"[{index}].type")


# Priority levels


def exempt_is_called_so(obj: Any) -> Iterator[FieldError]:
    """What is never limited has a name of its own."""
    if (obj.metadata.name == "exempt") != (obj.spec.type == EXEMPT):
        yield invalid_value("spec.type", obj.spec.type or "", "must be 'Exempt' if and only if `name` is 'exempt'")


def level(spec: Any) -> Iterator[FieldError]:
    """How many requests of a level run at once."""
    if spec.type == EXEMPT:
        if spec.limited is not None:
            yield forbidden("limited", "must be nil if the type is not Limited")
        if spec.exempt is not None:
            yield from below("exempt", _shares(spec.exempt))
    elif spec.type == LIMITED:
        if spec.exempt is not None:
            yield forbidden("exempt", "must be nil if the type is Limited")
        if spec.limited is None:
            yield missing("limited", "must not be empty when type is Limited")
        else:
            yield from below("limited", _limited(spec.limited))
    else:
        yield not_supported("type", spec.type or "", (EXEMPT, LIMITED))


def _shares(part: Any) -> Iterator[FieldError]:
    shares = part.nominal_concurrency_shares
    if shares is not None and shares < 0:
        yield invalid_value("nominalConcurrencyShares", shares, "must be a non-negative integer")
    yield from _lendable(part)


def _lendable(part: Any) -> Iterator[FieldError]:
    if part.lendable_percent is not None and not 0 <= part.lendable_percent <= 100:
        yield invalid_value("lendablePercent", part.lendable_percent, "must be between 0 and 100, inclusive")


def _limited(limited: Any) -> Iterator[FieldError]:
    if (limited.nominal_concurrency_shares or 0) < 0:
        yield invalid_value(
            "nominalConcurrencyShares", limited.nominal_concurrency_shares, "must be a non-negative integer"
        )
    response = limited.limit_response
    kind = response.type if response is not None else ""
    queuing = response.queuing if response is not None else None
    if kind == "Reject":
        if queuing is not None:
            yield forbidden("limitResponse.queuing", "must be nil if limited.limitResponse.type is not Limited")
    elif kind == "Queue":
        if queuing is None:
            yield missing("limitResponse.queuing", "must not be empty if limited.limitResponse.type is Limited")
        else:
            yield from below("limitResponse.queuing", _queues(queuing))
    else:
        yield not_supported("limitResponse.type", kind or "", ("Queue", "Reject"))
    yield from _lendable(limited)
    borrows = limited.borrowing_limit_percent
    if borrows is not None and borrows < 0:
        yield invalid_value("borrowingLimitPercent", borrows, "if specified, must be a non-negative integer")


def _queues(queuing: Any) -> Iterator[FieldError]:
    """Each flow is dealt a hand of queues; the hash that deals them has only so many bits."""
    queues, hand = queuing.queues or 0, queuing.hand_size or 0
    if (queuing.queue_length_limit or 0) <= 0:
        yield invalid_value("queueLengthLimit", queuing.queue_length_limit or 0, "must be positive")
    if queues <= 0:
        yield invalid_value("queues", queues, "must be positive")
    elif queues > QUEUES_MAX:
        yield invalid_value("queues", queues, f"must not be greater than {QUEUES_MAX}")
    if hand <= 0:
        yield invalid_value("handSize", hand, "must be positive")
    elif hand > queues:
        yield invalid_value("handSize", hand, f"should not be greater than queues ({queues})")
    elif math.ceil(math.log2(queues) * hand) > HASH_BITS_MAX:
        text = (
            f"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than {HASH_BITS_MAX}"
        )
        yield invalid_value("handSize", hand, text)
