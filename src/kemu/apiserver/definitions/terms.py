"""The words of the life of a definition: its finalizer, its conditions, and what its annotations say."""

from __future__ import annotations

from typing import Any

from ...values import urls
from .names import condition

APPROVED = "api-approved.kubernetes.io"

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
"""The finalizer of a definition whose instances are still to go."""

PENDING = condition(
    "Terminating",
    "True",
    "InstanceDeletionPending",
    "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
)
IN_PROGRESS = condition("Terminating", "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress")
FAILED = "InstanceDeletionFailed"
"""The reason for which a definition stays whose instances cannot be deleted."""

COMPLETED = condition("Terminating", "False", "InstanceDeletionCompleted", "removed all instances")
NEVER = condition("Terminating", "False", "NeverEstablished", "resource was never established")
APPROVALS = {
    "Missing": ("False", "MissingAnnotation"),
    "Invalid": ("False", "InvalidAnnotation"),
    "Approved": ("True", "ApprovedAnnotation"),
    "Unapproved": ("False", "UnapprovedAnnotation"),
}
"""By what an annotation says of a group of the community: a status and a reason."""


def is_true(definition: Any, condition: str) -> bool:
    """Whether a condition of a definition holds."""
    return any(each.type == condition and each.status == "True" for each in definition.status.conditions)


def approval(definition: Any) -> tuple[str, str]:
    """Whether a definition in a group of the community is approved, and what is said of it: `Missing`, ..."""
    said = (definition.metadata.annotations or {}).get(APPROVED, "")
    where = "see https://github.com/kubernetes/enhancements/pull/1111"
    if not said:
        return "Missing", f'protected groups must have approval annotation "{APPROVED}", {where}'
    if said.startswith("unapproved"):
        return "Unapproved", f'not approved: "{said}"'
    try:
        url = urls.parse_request_uri(said)
    except ValueError:
        url = urls.Url()
    if url.host and url.scheme:
        return "Approved", f"approved in {said}"
    needs = f'protected groups must have approval annotation "{APPROVED}" with either a URL or a reason'
    return "Invalid", f'{needs} starting with "unapproved", {where}'


def protected(group: str) -> bool:
    """Whether a group belongs to the community of Kubernetes."""
    return f".{group}".endswith((".k8s.io", ".kubernetes.io"))
