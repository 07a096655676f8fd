"""What the containers of a node use, as far as their behaviours say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...containers.behavior import Script
from ...values.quantity import Quantity, parse_quantity

if TYPE_CHECKING:
    from .fleet import Kubelets


def used(kubelets: Kubelets, pod: Any, name: str, metric: str) -> Quantity | None:
    """How much a container of a pod uses of `cpu` or `memory` now; None if nobody knows."""
    worker = kubelets.state.workers.get(pod.metadata.uid)
    container = kubelets.current(worker, name) if worker is not None else None
    if container is None or container.state != "running" or not container.script.uses:
        return None
    if metric == "memory":
        return parse_quantity(str(kubelets.runtime.memory_used(container)))
    return parse_quantity(container.script.cpu or "0")


def shows_use(kubelets: Kubelets) -> bool:
    """Whether the behaviour of any image says what it uses."""
    return any(isinstance(behavior, Script) and behavior.uses for _, behavior in kubelets.runtime.state.behaviors)
