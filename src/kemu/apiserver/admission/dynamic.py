"""The plugins that ask what users have added to the cluster: policies and webhooks.

What they do is read when the first of these is there: most clusters have none.
"""

from __future__ import annotations

from typing import Any

from ..request import Desk, Request
from .base import Dynamic, Plugin, Round

GROUP = "admissionregistration.k8s.io"


class MutatingAdmissionPolicies(Dynamic):
    """All policies with a binding change the object, one after the other."""

    name = "MutatingAdmissionPolicy"
    operations = frozenset({"CREATE", "UPDATE"})
    subresources = frozenset()
    guards = frozenset({f"mutatingadmissionpolicybindings.{GROUP}"})

    def changed(self, request: Request, desk: Desk, turn: Round) -> Any:
        from .mutating_policy import change

        return change(request, desk, turn)


class ValidatingAdmissionPolicies(Plugin):
    """All policies with a binding are asked; the first that says no is told."""

    name = "ValidatingAdmissionPolicy"
    operations = frozenset({"CREATE", "UPDATE", "DELETE", "CONNECT"})
    subresources = frozenset()
    guards = frozenset({f"validatingadmissionpolicybindings.{GROUP}"})

    def validate(self, request: Request, desk: Desk) -> None:
        from .validating_policy import judge

        judge(request, desk)


class MutatingAdmissionWebhooks(Dynamic):
    """All mutating webhooks change the object, one after the other."""

    name = "MutatingAdmissionWebhook"
    operations = frozenset({"CREATE", "UPDATE", "DELETE", "CONNECT"})
    subresources = frozenset()
    guards = frozenset({f"mutatingwebhookconfigurations.{GROUP}"})

    def changed(self, request: Request, desk: Desk, turn: Round) -> Any:
        from .webhooks import change

        return change(request, desk, turn)


class ValidatingAdmissionWebhooks(Plugin):
    """All validating webhooks are asked; the first that says no is told."""

    name = "ValidatingAdmissionWebhook"
    operations = frozenset({"CREATE", "UPDATE", "DELETE", "CONNECT"})
    subresources = frozenset()
    guards = frozenset({f"validatingwebhookconfigurations.{GROUP}"})

    def validate(self, request: Request, desk: Desk) -> None:
        from .webhooks import judge

        judge(request, desk)
