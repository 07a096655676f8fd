"""Namespaces: they must exist, must not be on their way out, and a few are not to be deleted."""

from __future__ import annotations

from typing import Any

from ...objects import core
from .. import failures
from ..request import Desk, Request
from .base import Plugin, refused

IMMORTAL = ("default", "kube-system", "kube-public")


class NamespaceLifecycle(Plugin):
    """Nothing is created in a namespace that is missing or terminating."""

    name = "NamespaceLifecycle"
    operations = frozenset({"CREATE", "DELETE"})
    places = True

    def admit(self, request: Request, desk: Desk) -> Any:
        resource, obj = request.resource, request.obj
        if not resource.namespaced or request.operation != "CREATE":
            return obj
        name = request.namespace or obj.metadata.namespace
        namespace = desk.find(core.Namespace, None, name)
        if namespace is None:
            raise failures.not_found(desk.resource_of(core.Namespace).kind, name)
        if namespace.metadata.deletion_timestamp is not None:
            refusal = refused(
                request, f"unable to create new content in namespace {name} because it is being terminated"
            )
            refusal.status["details"]["causes"] = [
                {
                    "reason": "NamespaceTerminating",
                    "message": f"namespace {name} is being terminated",
                    "field": "metadata.namespace",
                }
            ]
            raise refusal
        return obj

    def validate(self, request: Request, desk: Desk) -> None:
        if request.operation == "DELETE" and request.resource.key == "namespaces" and request.name in IMMORTAL:
            raise failures.forbidden(request.resource.kind, request.name, "this namespace may not be deleted")
