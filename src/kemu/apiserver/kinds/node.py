"""Runtime classes: what the server knows of them."""

from __future__ import annotations

from ..cells import AGE, NAME, cell, row
from ..policy import Policy

RUNTIME_CLASS = Policy(
    "runtimeclasses.node.k8s.io",
    create_on_update=True,
    version_required=True,
    cells=row(NAME, cell(lambda obj: obj.handler), AGE),
)

POLICIES = (RUNTIME_CLASS,)
