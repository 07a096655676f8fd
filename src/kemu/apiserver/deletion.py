"""The options of a deletion as a client sends them, in a body or in an Eviction: checked, and made typed."""

from __future__ import annotations

from collections.abc import Sequence

from ..objects import meta
from . import failures
from .failures import FieldError
from .request import DeleteOptions

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
