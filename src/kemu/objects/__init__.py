"""Every API type that a Kubernetes 1.36 server serves, as immutable Python values.

Top-level kinds are here by name (`from kemu.objects import Pod, Deployment`), nested types in one module per API
group (`core.Container`, `meta.LabelSelector`). Modules are imported when they are first asked for; what a type checker
knows of them stands in stubs (see `stubs.py`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

GROUPS = {
    "": "core",
    "admissionregistration.k8s.io": "admissionregistration",
    "apiextensions.k8s.io": "apiextensions",
    "apiregistration.k8s.io": "apiregistration",
    "apps": "apps",
    "authentication.k8s.io": "authentication",
    "authorization.k8s.io": "authorization",
    "autoscaling": "autoscaling_v2",
    "batch": "batch",
    "certificates.k8s.io": "certificates",
    "coordination.k8s.io": "coordination",
    "discovery.k8s.io": "discovery",
    "events.k8s.io": "events",
    "flowcontrol.apiserver.k8s.io": "flowcontrol",
    "networking.k8s.io": "networking",
    "node.k8s.io": "node",
    "policy": "policy",
    "rbac.authorization.k8s.io": "rbac",
    "resource.k8s.io": "resource",
    "scheduling.k8s.io": "scheduling",
    "storage.k8s.io": "storage",
}
"""Which module holds the types of an API group (`autoscaling/v1` is in `autoscaling_v1`)."""

DECLARING = ("autoscaling_v1", "meta", *GROUPS.values())
"""The modules in which types are declared."""

MODULES = (*DECLARING, "codec", "custom", "openapi", "references", "schema", "scheme")

OTHERS = {
    "CustomKind": "custom_kinds",
    "CustomObject": "custom",
    "Object": "model",
    "ObjectList": "model",
    "Struct": "model",
    "TopLevel": "model",
    "custom_kind": "custom_kinds",
    "evolve": "model",
    "parts": "model",
    "replaced": "model",
}
"""What is here by name beside modules and kinds, and the module that it is from."""


def __getattr__(name: str) -> Any:
    if name in MODULES:
        return import_module(f".{name}", __name__)
    home = OTHERS.get(name)
    if home is not None:
        return getattr(import_module(f".{home}", __name__), name)
    if name[:1].isupper():
        from . import scheme

        home = scheme.homes().get(name)
        if home is not None:
            found = getattr(import_module(f".{home}", __name__), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    from . import scheme

    return sorted([*scheme.homes(), *OTHERS, *MODULES])
