"""The options of a deletion as a client sends them, in a body or in an Eviction: checked, and made typed.

And what it is told when the object is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..objects import meta
from . import failures
from .failures import FieldError
from .request import DeleteOptions
from .resources import Resource

POLICIES = ("Foreground", "Background", "Orphan")


def refuse(kind: str, problems: Sequence[FieldError]) -> None:
    """Raise Invalid for options with problems."""
    if problems:
        raise failures.invalid_options(kind, problems)


def dry_run_problems(values: Sequence[str]) -> list[FieldError]:
    """What is wrong with a `dryRun` that is anything but All."""
    if all(value == "All" for value in values):
        return []
    return [failures.not_supported("dryRun", list(values), ("All",))]


def checked_delete_options(given: meta.DeleteOptions | None) -> DeleteOptions:
    """What DeleteOptions ask for; None stands for empty ones. Raises Invalid."""
    if given is None:
        return DeleteOptions()
    policy, orphan, problems = given.propagation_policy, given.orphan_dependents, []
    if orphan is not None and policy is not None:
        why = "orphanDependents and deletionPropagation cannot be both set"
        problems.append(failures.invalid_value("propagationPolicy", policy, why))
    if policy is not None and policy not in POLICIES:
        problems.append(failures.not_supported("propagationPolicy", policy, (*POLICIES, "nil")))
    refuse("DeleteOptions", [*problems, *dry_run_problems(given.dry_run)])
    if orphan is not None:
        policy = "Orphan" if orphan else "Background"
    conditions = given.preconditions
    return DeleteOptions(
        dry_run=bool(given.dry_run),
        grace_seconds=given.grace_period_seconds,
        uid=conditions.uid if conditions is not None else None,
        resource_version=conditions.resource_version if conditions is not None else None,
        propagation=policy,
    )


def sent_options(given: DeleteOptions) -> meta.DeleteOptions:
    """The options as the object that travels."""
    conditions = meta.Preconditions(uid=given.uid, resource_version=given.resource_version)
    return meta.DeleteOptions(
        grace_period_seconds=given.grace_seconds,
        preconditions=conditions if conditions != meta.Preconditions() else None,
        propagation_policy=given.propagation,
        dry_run=("All",) if given.dry_run else (),
    )


SUCCESS: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
DONE = {**SUCCESS, "code": 201}
"""What is answered to an object that is posted to have something done."""


def status_of(resource: Resource, gone: Any) -> dict[str, Any]:
    """The Status that says that an object is gone."""
    kind, metadata = resource.kind, gone.metadata
    group = {"group": kind.group} if kind.group else {}
    return {**SUCCESS, "details": {"name": metadata.name, **group, "kind": kind.plural, "uid": metadata.uid}}
