"""Plugins that kube-apiserver has and does not run unless it is told to: see `cluster.admission.enable`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...objects import core, evolve
from ...objects.pod_resources import is_extended
from ...values.frozen import mapped
from ...wellknown import HOSTNAME
from .. import failures
from ..rbac import Attempt, Verdict, judged
from ..request import Desk, Request
from .base import Plugin, switch


class AlwaysPullImages(Plugin):
    """Every container pulls its image each time it starts, so that only who may have an image can use it."""

    name = "AlwaysPullImages"
    resources = frozenset({"pods"})
    operations = frozenset({"CREATE", "UPDATE"})
    guards = frozenset({switch(name)})

    def admit(self, request: Request, desk: Desk) -> Any:
        spec = request.obj.spec
        if request.old is not None and set(_images(spec)) <= set(_images(request.old.spec)):
            return request.obj
        return evolve(
            request.obj,
            {
                "spec.containers": mapped(spec.containers, _pulling),
                "spec.init_containers": mapped(spec.init_containers, _pulling),
                "spec.ephemeral_containers": mapped(spec.ephemeral_containers, _pulling),
                "spec.volumes": mapped(spec.volumes, _pulled),
            },
        )


def _images(spec: Any) -> Iterator[str | None]:
    for container in (*spec.init_containers, *spec.containers, *spec.ephemeral_containers):
        yield container.image


def _pulling(container: Any) -> Any:
    return container if container.image_pull_policy == "Always" else evolve(container, image_pull_policy="Always")


def _pulled(volume: Any) -> Any:
    if volume.image is None or volume.image.pull_policy == "Always":
        return volume
    return evolve(volume, {"image.pull_policy": "Always"})


class ExtendedResourceToleration(Plugin):
    """A pod that asks for an extended resource tolerates the taint of the nodes that have it."""

    name = "ExtendedResourceToleration"
    resources = frozenset({"pods"})
    operations = frozenset({"CREATE", "UPDATE"})
    guards = frozenset({switch(name)})

    def admit(self, request: Request, desk: Desk) -> Any:
        spec = request.obj.spec
        asked = {
            name
            for container in (*spec.containers, *spec.init_containers)
            if container.resources is not None
            for name in container.resources.requests
            if is_extended(name)
        }
        wanted = [core.Toleration(key=name, operator="Exists", effect="NoSchedule") for name in sorted(asked)]
        missing = [each for each in wanted if each not in spec.tolerations]
        return evolve(request.obj, {"spec.tolerations": (*spec.tolerations, *missing)}) if missing else request.obj


class LimitPodHardAntiAffinityTopology(Plugin):
    """A pod may keep others away from its node, and from nothing larger."""

    name = "LimitPodHardAntiAffinityTopology"
    resources = frozenset({"pods"})
    operations = frozenset({"CREATE", "UPDATE"})
    guards = frozenset({switch(name)})

    def validate(self, request: Request, desk: Desk) -> None:
        affinity = request.obj.spec.affinity
        away = None if affinity is None else affinity.pod_anti_affinity
        for term in () if away is None else away.required_during_scheduling_ignored_during_execution:
            if term.topology_key != HOSTNAME:
                why = (
                    "affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey "
                    f"{term.topology_key} but only key {HOSTNAME} is allowed"
                )
                raise failures.forbidden(request.resource.kind, request.obj.metadata.name or "", why)


class DenyServiceExternalIPs(Plugin):
    """A Service gets no external addresses that it has not had before."""

    name = "DenyServiceExternalIPs"
    resources = frozenset({"services"})
    operations = frozenset({"CREATE", "UPDATE"})
    guards = frozenset({switch(name)})

    def validate(self, request: Request, desk: Desk) -> None:
        before = () if request.old is None else request.old.spec.external_ips
        if not set(request.obj.spec.external_ips) <= set(before):
            why = "Use of external IPs is denied by admission control"
            raise failures.forbidden(request.resource.kind, request.obj.metadata.name or "", why)


class OwnerReferencesPermissionEnforcement(Plugin):
    """Who gives an object another owner must be able to delete it, and who lets it hold up the deletion of its owner,
    to set the finalizers of that."""

    name = "OwnerReferencesPermissionEnforcement"
    operations = frozenset({"CREATE", "UPDATE"})
    subresources = frozenset()
    guards = frozenset({switch(name)})

    def validate(self, request: Request, desk: Desk) -> None:
        own, old = _owners(request.obj), _owners(request.old)
        if own == old or (request.resource.key, request.subresource) == ("pods", "status"):
            return
        if request.operation != "CREATE":
            kind = request.resource.kind
            deletes = Attempt(
                "delete", kind.group, kind.plural, request.subresource, request.namespace or "", request.name
            )
            self._require(request, desk, deletes, "cannot set an ownerRef on a resource you can't delete")
        blocked = {each.uid for each in old if each.block_owner_deletion}
        blocking = [each for each in own if each.block_owner_deletion and each.uid not in blocked]
        anything = Attempt("update", "*", "*", "finalizers", name="*")
        if not blocking or judged(desk, request.user, anything).allowed:
            return
        for each in blocking:
            self._may_block(request, desk, each)

    def _may_block(self, request: Request, desk: Desk, reference: Any) -> None:
        row = desk.row_of_kind(reference.api_version, reference.kind)
        if row is None:
            why = (
                "cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion "
                f'{reference.api_version} Kind {reference.kind}: no matches for kind "{reference.kind}" '
                f'in version "{reference.api_version}"'
            )
            raise failures.forbidden(request.resource.kind, _name(request), why)
        where = (request.namespace or "") if row.namespaced else ""
        finalizes = Attempt("update", row.kind.group, row.kind.plural, "finalizers", where, reference.name or "")
        why = "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on"
        self._require(request, desk, finalizes, why)

    def _require(self, request: Request, desk: Desk, attempt: Attempt, why: str) -> None:
        verdict: Verdict = judged(desk, request.user, attempt)
        if not verdict.allowed:
            text = f"{why}: {verdict.reason}, <nil>"
            raise failures.forbidden(request.resource.kind, _name(request), text)


def _owners(obj: Any) -> tuple[Any, ...]:
    metadata = getattr(obj, "metadata", None)
    return getattr(metadata, "owner_references", ())


def _name(request: Request) -> str:
    return request.name or getattr(getattr(request.obj, "metadata", None), "name", None) or ""
