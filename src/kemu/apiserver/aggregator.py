"""API services: groups of the API that a server in the cluster answers for.

Whoever stands behind the Service of an APIService is asked which kinds it has, by its discovery document at
`/apis/GROUP/VERSION`. As long as it answers, these kinds are served, with objects that may have any field, and the
condition `Available` is true. Looked at again when an APIService or the endpoints of a Service change. The versions of
groups that definitions serve have APIServices too, which come and go with them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ..loop import Loop
from ..objects import apiregistration, evolve, meta, scheme
from ..objects.conditions import with_condition
from ..objects.custom_kinds import CustomKind, custom_kind
from ..wellknown import APISERVER
from . import own_writes
from .calling import CallFailed, documented
from .changes import Change
from .resources import Resource, row

if TYPE_CHECKING:
    from .server import ApiServer

AGGREGATOR = "kube-aggregator"
"""What it is called on the loop."""

SERVICES = scheme.find("apiservices")
DEFINITIONS = scheme.find("customresourcedefinitions")
ENDPOINTS = "endpointslices.discovery.k8s.io"
NOTICED = frozenset({SERVICES.group_resource, DEFINITIONS.group_resource, ENDPOINTS})
"""The keys of the kinds that it goes by."""

AUTOMANAGED = "kube-aggregator.kubernetes.io/automanaged"
"""The label of what the server has registered itself: `onstart` for what it serves of its own, `true` for the rest."""

GROUP_PRIORITY, VERSION_PRIORITY = 1000, 100
"""Those of what definitions serve."""

AGGREGATED = -1
"""The `generation` of the rows of kinds that another server answers for."""

SECONDS = 5.0
"""How long somebody may take to say which kinds there are."""

LOCAL = ("True", "Local", "Local APIServices are always available")


@attrs.frozen
class Finding:
    """What was found out about an API service: the status, reason and message of its condition, and the kinds."""

    verdict: tuple[str, str, str]
    kinds: tuple[CustomKind, ...] = ()


class Aggregator:
    """Attached to the loop. It remembers nothing: what it serves is in the table of resources."""

    __slots__ = ("_loop", "_remote", "_server")

    def __init__(self, server: ApiServer, loop: Loop) -> None:
        self._server = server
        self._loop = loop
        self._remote = (-1, False)
        """The newest change of an API service, and whether anybody else answers for one since then."""
        loop.attach(AGGREGATOR, self)

    def notice(self, change: Change) -> None:
        """Something of a kind was written that it goes by (`NOTICED`)."""
        key = change.resource.key
        if key == DEFINITIONS.group_resource or (key == SERVICES.group_resource and change.actor != APISERVER):
            self._loop.schedule(AGGREGATOR, ("register",))
        elif key == ENDPOINTS and self._asks():
            self._loop.schedule(AGGREGATOR, ("look",))

    def _asks(self) -> bool:
        """Whether there is an API service for which somebody else answers."""
        newest = self._server.log.last(self._server.resources.of(SERVICES).prefix)
        if newest != self._remote[0]:
            self._remote = newest, any(each.spec.service is not None for each in self._kept(SERVICES))
        return self._remote[1]

    def run(self, item: tuple[Hashable, ...]) -> None:
        """Ask all who answer for a group, say whether they do, and serve their kinds; first register if asked to."""
        if item == ("register",):
            self._register()
        wanted: dict[str, Resource] = {}
        for service in self._kept(SERVICES):
            finding = found(self._server, service)
            self._say(service, finding.verdict)
            wanted |= {each.name: each for each in map(_row, finding.kinds) if not self._is_taken(each)}
        served = {each.name: each for each in self._server.resources.all() if each.generation == AGGREGATED}
        gone = [each for name, each in served.items() if name not in wanted]
        new = [each for name, each in wanted.items() if name not in served]
        if gone or new:
            self._server.resources.replace(gone, new)

    def _register(self) -> None:
        """Create, mend and delete the API services of the versions that definitions serve.

        One that somebody has made by hand, or has taken the label from, is left as it is.
        """
        resource = self._server.resources.of(SERVICES)
        known = {each.metadata.name: each for each in self._kept(SERVICES)}
        wanted = registered(self._kept(DEFINITIONS))
        for name, spec in wanted.items():
            service = known.get(name)
            if service is None:
                labels = {AUTOMANAGED: "true"}
                new = apiregistration.APIService(metadata=meta.ObjectMeta(name=name, labels=labels), spec=spec)
                own_writes.created(self._server, resource, new)
            elif service.metadata.labels.get(AUTOMANAGED) == "true" and service.spec != spec:
                own_writes.updated(self._server, resource, evolve(service, spec=spec))
        for name, service in known.items():
            if name not in wanted and service.metadata.labels.get(AUTOMANAGED) == "true":
                own_writes.deleted(self._server, resource, name)

    def _is_taken(self, resource: Resource) -> bool:
        """Whether the server has a kind of its own there, which nobody can take away."""
        kind = resource.kind
        known = self._server.resources.find(kind.group, kind.version, kind.plural)
        return known is not None and known.generation != AGGREGATED

    def _kept(self, kind: Any) -> list[Any]:
        prefix = self._server.resources.of(kind).prefix
        return [pair.value for pair in self._server.store.items(prefix)] if self._server.log.last(prefix) else []

    def _say(self, service: Any, verdict: tuple[str, str, str]) -> None:
        """Write the condition of an API service, if it is another one by now."""
        status, reason, message = verdict
        condition = apiregistration.APIServiceCondition(
            type="Available", status=status, reason=reason, message=message, last_transition_time=self._server.stamp()
        )
        conditions = with_condition(service.status.conditions, condition)
        if conditions is not service.status.conditions:
            new = evolve(service, {"status.conditions": conditions})
            own_writes.status_of(self._server, self._server.resources.of(SERVICES), new)


def registered(definitions: Iterable[Any]) -> dict[str, apiregistration.APIServiceSpec]:
    """Pure: what is to be registered for some definitions, by name."""
    served = [
        (each.spec.group, version.name) for each in definitions for version in each.spec.versions if version.served
    ]
    return {
        f"{version}.{group}": apiregistration.APIServiceSpec(
            group=group,
            version=version,
            group_priority_minimum=GROUP_PRIORITY,
            version_priority=VERSION_PRIORITY,
        )
        for group, version in served
    }


def found(server: ApiServer, service: Any) -> Finding:
    """What can be found out about an API service."""
    spec = service.spec
    if spec.service is None:
        return Finding(LOCAL)
    path = f"/apis/{spec.group}/{spec.version}"
    where = apiregistration.ServiceReference(
        namespace=spec.service.namespace, name=spec.service.name, port=spec.service.port
    )
    try:
        document = documented(where, path, SECONDS, server.desk)
        kinds = tuple(_kinds(spec.group, spec.version, document))
    except CallFailed as problem:
        text = f"failing or missing response from https://{where.name}.{where.namespace}.svc:{where.port or 443}{path}"
        if "not found" in f"{problem}":
            absent = f'service/{where.name} in "{where.namespace}" is not present'
            return Finding(("False", "ServiceNotFound", absent))
        reason = "MissingEndpoints" if "no endpoints" in f"{problem}" else "FailedDiscoveryCheck"
        return Finding(("False", reason, f"{text}: {problem}"))
    return Finding(("True", "Passed", "all checks passed"), kinds)


def _kinds(group: str, version: str, document: Any) -> Iterator[CustomKind]:
    """The kinds of a discovery document. Raises CallFailed for what is none."""
    resources = document.get("resources") if isinstance(document, dict) else None
    if not isinstance(resources, list):
        raise CallFailed("bad status or no APIResourceList")
    below = [each["name"].partition("/") for each in resources if "/" in each.get("name", "")]
    for each in resources:
        if _is_whole(each):
            subresources = [sub for name, _, sub in below if name == each["name"] and sub == "status"]
            scope = "Namespaced" if each.get("namespaced") else "Cluster"
            more = {"scope": scope, "subresources": subresources, "singular": each.get("singularName", "")}
            yield custom_kind(group, version, each["name"], each["kind"], **more)


def _is_whole(resource: Mapping[str, Any]) -> bool:
    return bool(resource.get("name") and resource.get("kind")) and "/" not in resource["name"]


def _row(kind: CustomKind) -> Resource:
    return row(kind, generation=AGGREGATED)
