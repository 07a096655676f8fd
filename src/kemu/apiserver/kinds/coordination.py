"""Leases: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...values import names
from ..cells import AGE, NAME, cell, row
from ..failures import FieldError, forbidden_field, invalid_value, not_supported
from ..policy import Policy
from ..rows import NONE
from ..rules import at_least, not_negative


def _strategy(name: str) -> Iterator[FieldError]:
    """How the holder of a lease is chosen. The complaint names the field twice."""
    if "/" not in name:
        if name != "OldestEmulationVersion":
            yield not_supported("strategy", name, ("OldestEmulationVersion",))
        return
    yield from (invalid_value("strategy", name, text) for text in names.is_qualified_name(name))


def _preferred(lease: Any) -> Iterable[FieldError]:
    if not lease.spec.preferred_holder or lease.spec.strategy:
        return NONE
    return (forbidden_field("spec.preferredHolder", "may only be specified if `strategy` is defined"),)


LEASE = Policy(
    "leases.coordination.k8s.io",
    create_on_update=True,
    version_required=True,
    rules=(
        {
            "spec.leaseDurationSeconds": at_least(1, "must be greater than 0"),
            "spec.leaseTransitions": not_negative,
            "spec.strategy": _strategy,
        },
        _preferred,
    ),
    cells=row(NAME, cell(lambda obj: obj.spec.holder_identity or ""), AGE),
)

POLICIES = (LEASE,)
