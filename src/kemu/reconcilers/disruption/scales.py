"""How many pods there should be: what the owners of some pods are scaled to, each counted once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import errors
from ...kit import Api, Cache
from ...objects import apps, core
from ...objects.references import controller_of, is_of

KINDS = (core.ReplicationController, apps.ReplicaSet, apps.StatefulSet)
"""The owners that are looked up in the cache; all others are asked for their Scale."""


class Uncountable(Exception):
    """How many pods there should be cannot be found out; the text says why."""


def expected(api: Api, cache: Cache, pods: Sequence[Any]) -> tuple[int, bool]:
    """How many pods the owners of some are scaled to, and whether there are pods that nobody owns.

    Raises Uncountable, or what the server refuses.
    """
    scales: dict[str, int] = {}
    unmanaged = False
    known: set[str] = set()
    for pod in pods:
        owner = controller_of(pod)
        if owner is None:
            unmanaged = True
        elif owner.uid not in known:
            known.add(owner.uid)
            found = _scale(api, cache, owner, pod.metadata.namespace)
            if found is None:
                raise Uncountable(f'found no controllers for pod "{pod.metadata.name}"')
            scales[found[0]] = found[1]
    return sum(scales.values()), unmanaged


def _scale(api: Api, cache: Cache, owner: Any, namespace: str) -> tuple[str, int] | None:
    """The uid and the wanted replicas of whom a reference means, or of the Deployment above it; None if it is gone."""
    for kind in KINDS:
        resource = api.resource_of(kind)
        if is_of(owner, resource.kind):
            found: Any = cache.get(kind, f"{namespace}/{owner.name}")
            if found is None or found.metadata.uid != owner.uid:
                return None
            return _of_deployment(cache, found) or (found.metadata.uid, found.spec.replicas or 0)
    return _asked(api, owner, namespace)


def _of_deployment(cache: Cache, replica_set: Any) -> tuple[str, int] | None:
    above = controller_of(replica_set)
    if above is None or above.kind != apps.Deployment.kind:
        return None
    deployment: Any = cache.get(apps.Deployment, f"{replica_set.metadata.namespace}/{above.name}")
    if deployment is None or deployment.metadata.uid != above.uid:
        return None
    return deployment.metadata.uid, deployment.spec.replicas or 0


def _asked(api: Api, owner: Any, namespace: str) -> tuple[str, int] | None:
    """The Scale of an owner of any other kind. Raises Uncountable for one that has none."""
    resource = api.resources.by_kind(owner.api_version or "v1", owner.kind)
    if resource is None:
        raise Uncountable(f'no matches for kind "{owner.kind}" in version "{owner.api_version}"')
    if "scale" not in resource.kind.subresources:
        raise Uncountable(f"{resource.key} does not implement the scale subresource")
    try:
        scale = api.ask(resource, owner.name, namespace, subresource="scale")
    except errors.NotFound:
        return None
    return (owner.uid, scale.spec.replicas or 0) if scale.metadata.uid == owner.uid else None
