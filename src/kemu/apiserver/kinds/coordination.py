"""Leases: what the server knows of them."""

from __future__ import annotations

from ..cells import AGE, NAME, cell, row
from ..policy import Policy

LEASE = Policy(
    "leases.coordination.k8s.io",
    create_on_update=True,
    version_required=True,
    cells=row(NAME, cell(lambda obj: obj.spec.holder_identity or ""), AGE),
)

POLICIES = (LEASE,)
