"""API services: what the server knows of them."""

from __future__ import annotations

from typing import Any

from ...objects.conditions import find_condition
from ..cells import AGE, NAME, cell, row
from ..policy import Policy


def _available(obj: Any) -> str:
    found = find_condition(obj.status.conditions, "Available")
    if found is None:
        return "Unknown"
    return "True" if found.status == "True" else f"{found.status} ({found.reason})"


def _service_of(obj: Any) -> str:
    service = obj.spec.service
    return "Local" if service is None else f"{service.namespace}/{service.name}"


API_SERVICE = Policy(
    "apiservices.apiregistration.k8s.io",
    defaults={"spec.service.port": 443},
    cells=row(NAME, cell(_service_of), cell(_available), AGE),
)

POLICIES = (API_SERVICE,)
