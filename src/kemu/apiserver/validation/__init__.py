"""Validation: what makes an object acceptable, kind by kind.

A rule is a generator of `FieldError`s. `of_create` and `of_update` run the rules that hold for everything (names,
labels, owners, finalizers) and then the kind's own. They only look; they change nothing.
"""

from __future__ import annotations

from typing import Any

from ..failures import FieldError
from ..resources import Resource
from .metadata import created_metadata, updated_metadata
from .pods import pod_created, pod_updated
from .services import service_created, service_updated
from .workloads import deployment, deployment_updated, replica_set, replica_set_updated

CREATED: dict[str, Any] = {
    "pods": pod_created,
    "services": service_created,
    "deployments.apps": deployment,
    "replicasets.apps": replica_set,
}
"""What is checked of a new object besides its metadata."""

UPDATED: dict[str, Any] = {
    "pods": pod_updated,
    "services": service_updated,
    "deployments.apps": deployment_updated,
    "replicasets.apps": replica_set_updated,
}
"""What is checked of a changed object, given the object before."""


def of_create(resource: Resource, obj: Any) -> tuple[FieldError, ...]:
    """Every complaint about a new object, in the order in which a real server lists them."""
    problems = [*created_metadata(obj.metadata, resource.namespaced, resource.name_check)]
    rule = CREATED.get(resource.key)
    if rule:
        problems.extend(rule(obj))
    return tuple(problems)


def of_update(resource: Resource, new: Any, old: Any, subresource: str) -> tuple[FieldError, ...]:
    """Every complaint about a changed object."""
    problems = [*updated_metadata(new.metadata, old.metadata)]
    rule = UPDATED.get(resource.key)
    if rule and not subresource and (new.spec is not old.spec):
        problems.extend(rule(new, old))
    return tuple(problems)
