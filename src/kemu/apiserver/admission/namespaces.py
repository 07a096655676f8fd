"""Namespaces: they must exist, must not be on their way out, and a few are not to be deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...objects import core
from .. import failures
from ..resources import Resource
from .base import Plugin

if TYPE_CHECKING:
    from ..server import ApiServer, Context

IMMORTAL = ("default", "kube-system", "kube-public")


class NamespaceLifecycle(Plugin):
    """Nothing is created in a namespace that is missing or terminating."""

    name = "NamespaceLifecycle"
    operations = frozenset({"CREATE", "DELETE"})

    def admit(self, server: ApiServer, resource: Resource, obj: Any, old: Any | None, context: Context) -> Any:
        if not resource.namespaced:
            return obj
        name = obj.metadata.namespace
        namespace = server.by_type(core.Namespace, None, name)
        if namespace is None:
            raise failures.not_found(server.resources.of(core.Namespace).kind, name)
        if namespace.metadata.deletion_timestamp is not None:
            refusal = failures.forbidden(
                resource.kind,
                obj.metadata.name or "",
                f"unable to create new content in namespace {name} because it is being terminated",
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

    def validate(self, server: ApiServer, resource: Resource, obj: Any, old: Any | None, context: Context) -> None:
        if old is not None and resource.key == "namespaces" and obj.metadata.name in IMMORTAL:
            raise failures.forbidden(resource.kind, obj.metadata.name, "this namespace may not be deleted")
