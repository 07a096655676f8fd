"""Validation: every complaint about an object, in the order in which a real server lists them.

First come the rules that hold for everything (names, labels, owners, finalizers), then those of the kind's policy.
They only look; they change nothing. What is the very same value as before is not looked at again, so a status write
costs nothing but its status.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from ..objects import Struct
from ..objects.schema import shape_of
from .by_schema import field_error, field_errors
from .failures import FieldError
from .metadata import created_metadata, updated_metadata
from .policy import Judge
from .resources import Resource
from .rows import MANY

PLAIN = (
    *("apiextensions.k8s.io", "apiregistration.k8s.io"),
    *("admissionregistration.k8s.io", "coordination.k8s.io", "node.k8s.io"),
)
"""The groups that are asked of metadata what all servers ask, and not what only the server of the core asks."""

WHOLE = ("", "scale")
"""The writes of which a changed object is judged as a whole."""


def created(resource: Resource, obj: Any) -> tuple[FieldError, ...]:
    """Every complaint about a new object."""
    policy = resource.policy
    judge = _judge(resource)
    if judge is not None:
        return tuple(islice(judge(obj, None), MANY))
    extension = _is_extension(resource)
    about_it = created_metadata(obj.metadata, resource.namespaced, policy.name_check, extension=extension)
    problems = [*islice(about_it, MANY)]
    for about in policy.metadata_rules:
        problems += islice(about(obj, None), MANY)
    if found := resource.kind.violations(obj, None):
        problems += islice(field_errors(found), MANY)
    problems += policy.bound(type(obj)).rows(obj)
    for check in policy.create_rules:
        problems += islice(check(obj), MANY)
    return tuple(problems)


def updated(
    resource: Resource, new: Any, old: Any, subresource: str, warn: Callable[[str], None] | None = None
) -> tuple[FieldError, ...]:
    """Every complaint about a changed object, written as a whole or through a subresource.

    Whoever listens is warned of what the rules of a schema do not allow, and forgive because it has not changed.
    """
    judge = _judge(resource)
    if judge is not None:
        return tuple(islice(judge(new, old), MANY))
    checks, extension = resource.policy.metadata_checks, _is_extension(resource)
    problems = [*islice(updated_metadata(new.metadata, old.metadata, checks, extension=extension), MANY)]
    if new.metadata is not old.metadata:
        for about in resource.policy.metadata_rules:
            problems += islice(about(new, old), MANY)
    if found := resource.kind.violations(new, old, subresource):
        by_schema = list(islice(found, MANY))
        problems += field_errors([each for each in by_schema if not each.forgiven])
        for each in by_schema:
            if each.forgiven and warn is not None:
                warn(str(field_error(each)))
    bound = resource.policy.bound(type(new))
    if subresource == "status":
        if new.status is not old.status:
            problems += bound.status(new, old)
            for compare in resource.policy.status_update:
                problems += islice(compare(new, old), MANY)
    elif (subresource in WHOLE and _differs(new, old)) or subresource in resource.policy.through:
        judged = bound.changed(new, old)
        compared: list[FieldError] = []
        for compare in bound.comparisons if subresource in WHOLE else resource.policy.through[subresource]:
            compared += islice(compare(new, old), MANY)
        problems += [*compared, *judged] if resource.policy.judged_last else [*judged, *compared]
    return tuple(problems)


def _judge(resource: Resource) -> Judge | None:
    """What is asked of objects in the form of a resource, if that is not for the tables to say."""
    view = resource.view
    return resource.policy.judge if view is None else view.judge


def _is_extension(resource: Resource) -> bool:
    """Whether the metadata of a kind is judged as that of what extensions and other servers bring."""
    return resource.kind.extension or resource.kind.group in PLAIN


def _differs(new: Any, old: Any) -> bool:
    """Whether anything but metadata and status is not the very same value."""
    if not isinstance(new, Struct):
        return True  # a custom object: its content is one value
    return any(
        getattr(new, field.name) is not getattr(old, field.name)
        for field in shape_of(type(new)).fields
        if field.stored and field.name not in ("metadata", "status")
    )
