"""API services: what the server knows of them."""

from __future__ import annotations

from typing import Any

from ..cells import AGE, NAME, cell, row
from ..policy import Policy


def _available(obj: Any) -> str:
    for condition in obj.status.conditions:
        if condition.type == "Available":
            return "True" if condition.status == "True" else f"{condition.status} ({condition.reason})"
    return "Unknown"


def _service_of(obj: Any) -> str:
    service = obj.spec.service
    return "Local" if service is None else f"{service.namespace}/{service.name}"


API_SERVICE = Policy(
    "apiservices.apiregistration.k8s.io",
    defaults={"spec.service.port": 443},
    cells=row(NAME, cell(_service_of), cell(_available), AGE),
)

POLICIES = (API_SERVICE,)
