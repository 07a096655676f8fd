"""Every API type that a Kubernetes 1.36 server serves, as immutable Python values.

Top-level kinds are here by name (`from kemu.objects import Pod, Deployment`), nested types in one module per API
group (`core.Container`, `meta.LabelSelector`). Modules are imported when they are first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from .admissionregistration import *  # noqa: F403
    from .apiextensions import *  # noqa: F403
    from .apiregistration import *  # noqa: F403
    from .apps import *  # noqa: F403
    from .authentication import *  # noqa: F403
    from .authorization import *  # noqa: F403
    from .autoscaling_v1 import *  # noqa: F403
    from .autoscaling_v2 import *  # noqa: F403
    from .batch import *  # noqa: F403
    from .certificates import *  # noqa: F403
    from .coordination import *  # noqa: F403
    from .core import *  # noqa: F403
    from .discovery import *  # noqa: F403
    from .flowcontrol import *  # noqa: F403
    from .model import Struct as Struct
    from .model import evolve as evolve
    from .networking import *  # noqa: F403
    from .node import *  # noqa: F403
    from .policy import *  # noqa: F403
    from .rbac import *  # noqa: F403
    from .resource import *  # noqa: F403
    from .scheduling import *  # noqa: F403
    from .storage import *  # noqa: F403

_MODULES = frozenset(GROUPS.values()) | {"meta", "autoscaling_v1", "codec", "scheme", "schema", "openapi", "custom"}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name in ("evolve", "Struct", "Object", "ObjectList", "Kind"):
        return getattr(import_module(".model", __name__), name)
    if name == "CustomObject":
        return import_module(".custom", __name__).CustomObject
    if name[:1].isupper():
        from . import scheme

        home = scheme.home_of(name)
        if home is not None:
            found = getattr(import_module(home), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
