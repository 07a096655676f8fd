"""Leases: what the server knows of them."""

from __future__ import annotations

from ..cells import AGE, NAME, cell, row
from ..policy import Policy
from ..rules import at_least, not_negative

LEASE = Policy(
    "leases.coordination.k8s.io",
    create_on_update=True,
    version_required=True,
    dropped=("spec.strategy", "spec.preferred_holder"),
    rules={
        "spec.leaseDurationSeconds": at_least(1, "must be greater than 0"),
        "spec.leaseTransitions": not_negative,
    },
    cells=row(NAME, cell(lambda obj: obj.spec.holder_identity or ""), AGE),
)

POLICIES = (LEASE,)
