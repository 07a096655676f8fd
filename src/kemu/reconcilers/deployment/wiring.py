"""What wakes the Deployment controller, and what it keeps."""

from __future__ import annotations

from typing import Any

from ...kit import Cache, Wiring, key_of
from ...kit.indexes import BY_SELECTOR, selecting
from ...objects import apps, core
from ...objects.references import controller_of

COMPONENT = "deployment-controller"


def _deployment_of_pod(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """The Deployment above a pod that has gone: only a Recreate waits for that."""
    if new is not None or old is None:
        return ()
    owner = controller_of(old)
    if owner is None or owner.kind != "ReplicaSet":
        return ()
    replica_set: Any = cache.get(apps.ReplicaSet, f"{old.metadata.namespace}/{owner.name}")
    above = controller_of(replica_set) if replica_set else None
    return (f"{old.metadata.namespace}/{above.name}",) if above is not None else ()


def _matching(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """The Deployments that a ReplicaSet without an owner matches."""
    if new is None or controller_of(new) is not None:
        return ()
    return tuple(map(key_of, selecting(cache, apps.Deployment, new)))


WIRING = Wiring(
    "deployment-controller",
    reconciles=apps.Deployment,
    owns=(apps.ReplicaSet,),
    watches=((core.Pod, _deployment_of_pod), (apps.ReplicaSet, _matching)),
    indexes=((apps.Deployment, BY_SELECTOR),),
)
