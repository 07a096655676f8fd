"""Classes of priority and of ingresses: there is one default, and who names no class gets it."""

from __future__ import annotations

from typing import Any

from ...objects import evolve, networking, scheduling
from .. import failures
from ..request import Desk, Request
from .base import Plugin
from .storage import newest

DEFAULT_INGRESS_CLASS = "ingressclass.kubernetes.io/is-default-class"
LEGACY_INGRESS_CLASS = "kubernetes.io/ingress.class"
SYSTEM = ("system-cluster-critical", "system-node-critical")


class PriorityClasses(Plugin):
    """Only one class is the default, and those of the system stay."""

    name = "Priority"
    resources = frozenset({"priorityclasses.scheduling.k8s.io"})
    operations = frozenset({"CREATE", "UPDATE", "DELETE"})

    def validate(self, request: Request, desk: Desk) -> None:
        kind = request.resource.kind
        if request.operation == "DELETE":
            if request.name in SYSTEM:
                raise failures.forbidden(kind, request.name, "this is a system priority class and cannot be deleted")
            return
        name = request.obj.metadata.name
        if not request.obj.global_default:
            return
        marked = [each for each in desk.list(scheduling.PriorityClass) if each.global_default]
        first = min(marked, key=lambda each: each.value, default=None)
        if first is not None and (request.operation == "CREATE" or first.metadata.name != name):
            text = f"PriorityClass {first.metadata.name} is already marked as default. Only one default can exist"
            raise failures.forbidden(kind, name, text)


class DefaultIngressClass(Plugin):
    """An Ingress that names no class gets the default one: the newest of those marked so."""

    name = "DefaultIngressClass"
    resources = frozenset({"ingresses.networking.k8s.io"})

    def admit(self, request: Request, desk: Desk) -> Any:
        obj = request.obj
        if obj.spec.ingress_class_name is not None or LEGACY_INGRESS_CLASS in obj.metadata.annotations:
            return obj
        chosen = newest(desk.list(networking.IngressClass), DEFAULT_INGRESS_CLASS)
        return obj if chosen is None else evolve(obj, {"spec.ingress_class_name": chosen.metadata.name})
