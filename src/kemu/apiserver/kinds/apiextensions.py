"""Definitions of custom kinds: what the server knows of them."""

from __future__ import annotations

from ..cells import CREATED, NAME, row
from ..policy import Policy

DEFINITION = Policy(
    "customresourcedefinitions.apiextensions.k8s.io",
    generation=True,
    version_required=True,
    status_on_create=True,
    status_on_update=True,
    cells=row(NAME, CREATED),
)

POLICIES = (DEFINITION,)
