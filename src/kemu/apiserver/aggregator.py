"""API services: groups of the API that a server in the cluster answers for.

Whoever stands behind the Service of an APIService is asked which kinds it has, by its discovery document at
`/apis/GROUP/VERSION`. As long as it answers, these kinds are served, with objects that may have any field, and the
condition `Available` is true. Looked at again when an APIService or the endpoints of a Service change.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ..loop import Loop
from ..objects import apiregistration, evolve, scheme
from ..objects.custom_kinds import CustomKind, custom_kind
from ..wellknown import APISERVER
from .calling import CallFailed, documented
from .changes import Change
from .definitions.following import USER
from .request import Request
from .resources import Resource, row

if TYPE_CHECKING:
    from .server import ApiServer

AGGREGATOR = "kube-aggregator"
"""What it is called on the loop."""

SERVICES = scheme.find("apiservices")
ENDPOINTS = "endpointslices.discovery.k8s.io"
NOTICED = frozenset({SERVICES.group_resource, ENDPOINTS})
"""The keys of the kinds that it goes by."""

AGGREGATED = -1
"""The `generation` of the rows of kinds that another server answers for."""

SECONDS = 5.0
"""How long somebody may take to say which kinds there are."""

AVAILABLE, LOCAL = "Available", ("True", "Local", "Local APIServices are always available")


@attrs.frozen
class Finding:
    """What was found out about an API service: the status, reason and message of its condition, and the kinds."""

    verdict: tuple[str, str, str]
    kinds: tuple[CustomKind, ...] = ()


class Aggregator:
    """Attached to the loop. It remembers nothing: what it serves is in the table of resources."""

    __slots__ = ("_loop", "_server")

    def __init__(self, server: ApiServer, loop: Loop) -> None:
        self._server = server
        self._loop = loop
        loop.attach(AGGREGATOR, self)

    def notice(self, change: Change) -> None:
        """Something of a kind was written that it goes by (`NOTICED`). O(API services)."""
        if change.resource.key == ENDPOINTS:
            matters = any(each.spec.service is not None for each in self._services())
        else:
            matters = change.actor != APISERVER
        if matters:
            self._loop.schedule(AGGREGATOR, ("look",))

    def run(self, item: tuple[Hashable, ...]) -> None:
        """Ask all who answer for a group, say whether they do, and serve their kinds."""
        wanted: dict[str, Resource] = {}
        for service in self._services():
            finding = found(self._server, service)
            self._say(service, finding.verdict)
            wanted |= {each.name: each for each in map(_row, finding.kinds) if not self._is_taken(each)}
        served = {each.name: each for each in self._server.resources.all() if each.generation == AGGREGATED}
        gone = [each for name, each in served.items() if name not in wanted]
        new = [each for name, each in wanted.items() if name not in served]
        if gone or new:
            self._server.resources.replace(gone, new)

    def _is_taken(self, resource: Resource) -> bool:
        """Whether the server has a kind of its own there, which nobody can take away."""
        kind = resource.kind
        known = self._server.resources.find(kind.group, kind.version, kind.plural)
        return known is not None and known.generation != AGGREGATED

    def _services(self) -> list[Any]:
        prefix = self._server.resources.of(SERVICES).prefix
        return [pair.value for pair in self._server.store.items(prefix)] if self._server.log.last(prefix) else []

    def _say(self, service: Any, verdict: tuple[str, str, str]) -> None:
        """Write the condition of an API service, if it is another one by now."""
        status, reason, message = verdict
        before = next((each for each in service.status.conditions if each.type == AVAILABLE), None)
        if before is not None and (before.status, before.reason, before.message) == verdict:
            return
        since = None if before is None else before.last_transition_time
        condition = apiregistration.APIServiceCondition(
            type=AVAILABLE,
            status=status,
            reason=reason,
            message=message,
            last_transition_time=self._server.stamp() if before is None or before.status != status else since,
        )
        others = tuple([each for each in service.status.conditions if each is not before])
        new = evolve(service, status=evolve(service.status, conditions=(condition, *others)))
        request = Request(
            "update",
            self._server.resources.of(SERVICES),
            name=service.metadata.name,
            obj=new,
            subresource="status",
            user=USER,
            actor=APISERVER,
            manager=APISERVER,
        )
        self._server.serve(request)


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
