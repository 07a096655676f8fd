"""API services: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...objects.conditions import find_condition
from ...values import names
from ..cells import AGE, NAME, cell, row
from ..failures import FieldError, invalid_value, not_supported
from ..failures import required as missing
from ..policy import Policy

STATUSES = ("True", "False", "Unknown")


def _available(obj: Any) -> str:
    found = find_condition(obj.status.conditions, "Available")
    if found is None:
        return "Unknown"
    return "True" if found.status == "True" else f"{found.status} ({found.reason})"


def _service_of(obj: Any) -> str:
    service = obj.spec.service
    return "Local" if service is None else f"{service.namespace}/{service.name}"


def _named_after(obj: Any) -> Iterator[FieldError]:
    """An API service has the name of what it serves."""
    wanted = f"{obj.spec.version or ''}.{obj.spec.group or ''}"
    if obj.metadata.name != wanted and not names.is_path_segment_name(obj.metadata.name or ""):
        text = f'must be `spec.version+"."+spec.group`: "{wanted}"'
        yield invalid_value("metadata.name", obj.metadata.name, text)


def _group(spec: Any) -> Iterator[FieldError]:
    if not spec.group and spec.version != "v1":
        yield missing("group", "only v1 may have an empty group and it better be legacy kube")
    if spec.group:
        yield from (invalid_value("group", spec.group, text) for text in names.is_dns1123_subdomain(spec.group))
    yield from (
        invalid_value("version", spec.version or "", text) for text in names.is_dns1035_label(spec.version or "")
    )
    for field, value, most in (
        ("groupPriorityMinimum", spec.group_priority_minimum or 0, 20000),
        ("versionPriority", spec.version_priority or 0, 1000),
    ):
        if not 0 < value <= most:
            yield invalid_value(field, value, f"must be positive and less than {most}")


def _server(spec: Any) -> Iterator[FieldError]:
    """Who serves it: a service, or the server itself, which needs no certificate."""
    service, bundle, skips = spec.service, spec.ca_bundle, spec.insecure_skip_tls_verify
    if service is None:
        if bundle:
            yield invalid_value("caBundle", f"{len(bundle)} bytes", "local APIServices may not have a caBundle")
        if skips:
            text = "local APIServices may not have insecureSkipTLSVerify"
            yield invalid_value("insecureSkipTLSVerify", True, text)
        return
    for field in ("namespace", "name"):
        if not getattr(service, field):
            yield missing(f"service.{field}")
    for text in names.is_valid_port_num(service.port):
        yield invalid_value("service.port", service.port, f"port is not valid: {text}")
    if skips and bundle:
        yield invalid_value("insecureSkipTLSVerify", True, "may not be true if caBundle is present")


def _status(condition: Any) -> Iterator[FieldError]:
    if condition.status not in STATUSES:
        yield not_supported("status", condition.status or "", STATUSES)


API_SERVICE = Policy(
    "apiservices.apiregistration.k8s.io",
    name_check=names.is_path_segment_name,
    version_required=True,
    defaults={"spec.service.port": 443},
    rules=(_named_after, {"spec": (_group, _server)}),
    declared=False,
    status_rules={"status.conditions[*]": _status},
    cells=row(NAME, cell(_service_of), cell(_available), AGE),
)

POLICIES = (API_SERVICE,)
