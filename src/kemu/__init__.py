"""kemu: a Kubernetes cluster inside one Python process.

import kemu

cluster = kemu.Cluster(nodes=3, seed=0)
cluster.apply("app.yaml")
cluster.wait("deployment/web", "condition=Available", timeout="2m")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import errors

if TYPE_CHECKING:
    from . import behaviors
    from .adapters.event_loop import run
    from .adapters.kopf_operator import kopf_operator
    from .adapters.mocking import mock_kubernetes
    from .adapters.virtual_time import virtual_time
    from .cluster import Cluster, Step
    from .containers.acting import StateMachine, Turn
    from .containers.behavior import Script, Start
    from .kit.reconciler import Requeue
    from .objects.codec import load, to_dict
    from .testing.explore import explore
    from .testing.strategies import given_cluster
    from .validating import validate

__version__ = "0.1.0"

_HOMES = {
    "Cluster": ".cluster",
    "Step": ".cluster",
    "Script": ".containers.behavior",
    "Start": ".containers.behavior",
    "StateMachine": ".containers.acting",
    "Turn": ".containers.acting",
    "Requeue": ".kit.reconciler",
    "explore": ".testing.explore",
    "given_cluster": ".testing.strategies",
    "kopf_operator": ".adapters.kopf_operator",
    "load": ".objects.codec",
    "mock_kubernetes": ".adapters.mocking",
    "run": ".adapters.event_loop",
    "to_dict": ".objects.codec",
    "validate": ".validating",
    "virtual_time": ".adapters.virtual_time",
}

__all__ = [
    "Cluster",
    "Requeue",
    "Script",
    "Start",
    "StateMachine",
    "Step",
    "Turn",
    "__version__",
    "behaviors",
    "errors",
    "explore",
    "given_cluster",
    "kopf_operator",
    "load",
    "mock_kubernetes",
    "run",
    "to_dict",
    "validate",
    "virtual_time",
]


def __getattr__(name: str) -> Any:
    if name == "behaviors":
        return import_module(".behaviors", __name__)
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'kemu' has no attribute {name!r}")
    from .values.garbage import kept

    with kept():  # what is loaded is there to stay
        found = getattr(import_module(home, __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
