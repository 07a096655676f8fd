"""The words of the life of a definition: its finalizer and its conditions."""

from __future__ import annotations

from .names import condition

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
