"""Who answers what: a row for every resource and subresource, with a handler for each verb.

Which verbs and subresources a kind has stands in the scheme, where discovery reads it too; a row says who answers.
What the scheme serves and no row does is refused with 405.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import attrs

from ... import errors
from ...objects.scheme import Kind, Subresource
from ...values.frozen import FrozenMap
from .. import failures, reviews
from ..resources import Resource, row
from ..subresources import SCALE
from . import verbs
from .exchange import Call, Response
from .negotiation import OFFERED, STREAMED
from .places import METHODS

Handler = Callable[[Call], Response]
ANYTHING = ("*/*",)
"""Of a place behind which somebody else answers."""

ITEM = ("get", "update", "patch", "delete")
COLLECTION = ("list", "watch", "create", "deletecollection")


@attrs.frozen
class Route:
    """Who answers at a resource (`*`: at all that have no row of their own) or at one of its subresources."""

    resource: str
    subresource: str
    handlers: Mapping[str, Handler]
    offers: tuple[str, ...] = OFFERED
    """The media types that the router of a real server knows here."""


_PART: dict[str, Handler] = {"get": verbs.get, "update": verbs.update, "patch": verbs.patch}
_OBJECT: dict[str, Handler] = {
    **_PART,
    "list": verbs.list_,
    "watch": verbs.watch,
    "create": verbs.create,
    "delete": verbs.delete,
    "deletecollection": verbs.delete_collection,
}
_LOOK: dict[str, Handler] = {"get": _PART["get"], "list": verbs.list_}
_PROXY: dict[str, Handler] = dict.fromkeys(("get", "create", "update", "patch", "delete"), verbs.proxy)
_TALK: dict[str, Handler] = {"get": verbs.connect, "create": verbs.connect}

ROUTES = (
    Route("*", "", _OBJECT),
    Route("bindings", "", {"create": verbs.command}),
    Route("componentstatuses", "", _LOOK),
    *(Route(key, "", {"create": verbs.create}) for key, _ in reviews.COMMANDS),
    Route("pods.metrics.k8s.io", "", _LOOK),
    Route("nodes.metrics.k8s.io", "", _LOOK),
    Route("*", "status", _PART),
    Route("*", "scale", _PART),
    Route("namespaces", "finalize", {"update": verbs.update}),
    Route("pods", "ephemeralcontainers", _PART),
    Route("pods", "resize", _PART),
    Route("certificatesigningrequests.certificates.k8s.io", "approval", _PART),
    Route("serviceaccounts", "token", {"create": verbs.create}),
    Route("pods", "binding", {"create": verbs.command}),
    Route("pods", "eviction", {"create": verbs.command}),
    Route("pods", "exec", _TALK),
    Route("pods", "attach", _TALK),
    Route("pods", "portforward", {"get": verbs.forward, "create": verbs.forward}),
    Route("pods", "proxy", _PROXY, ANYTHING),
    Route("services", "proxy", _PROXY, ANYTHING),
    Route("nodes", "proxy", _PROXY, ANYTHING),
    Route("pods", "log", {"get": verbs.log}, ("text/plain", *OFFERED)),
)
_BY_PLACE = {(route.resource, route.subresource): route for route in ROUTES}
LISTED = (*OFFERED, *STREAMED)


def route_of(resource: Resource, subresource: str) -> Route | None:
    """The row for a resource or subresource, or None if nobody answers there. O(1)."""
    found = _BY_PLACE.get((resource.key, subresource))
    return found or (_BY_PLACE.get(("*", subresource)) if resource.policy.stored else None)


def served(resource: Resource, subresource: str) -> tuple[str, ...]:
    """The verbs that the scheme has for a place, whether or not anybody answers."""
    if not subresource:
        return resource.kind.verbs
    below = resource.kind.subresources.get(subresource)
    return below.verbs if below is not None else ()


def handler_of(call: Call) -> tuple[Route, Handler]:
    """Who answers a call. Raises NotFound where there is nothing, MethodNotAllowed where the method means nothing."""
    resource, place, verb = call.target, call.place, call.verb
    here = served(resource, place.subresource)
    if not place.subresource:
        allowed: tuple[str, ...] = ITEM if place.name and verb != "watch" else COLLECTION
        if place.name and not any(each in here for each in ITEM):
            here = ()
    else:
        allowed = here
    nowhere = (
        place.broken
        or (place.watched and place.subresource)
        or (resource.namespaced and place.namespace is None and bool(place.name))
    )
    if not here and resource.kind.extension and place.name:
        raise failures.not_found(resource.kind, place.name)
    if not here or nowhere:
        raise errors.NotFound("the server could not find the requested resource", details={})
    everywhere = resource.namespaced and place.namespace is None and verb not in ("list", "watch")
    route = route_of(resource, place.subresource)
    if route is not None and route.offers is ANYTHING and call.method in (*METHODS, "OPTIONS"):
        return route, verbs.proxy
    meant = call.method == "GET" or not (place.watched or call.method in ("HEAD", "OPTIONS"))
    known = verb in here and verb in allowed and not everywhere and meant
    handler = route.handlers.get(verb) if route is not None and known else None
    if handler is None or route is None:
        raise failures.method_not_allowed(None, verb)
    return route, handler


def offers(route: Route, verb: str) -> tuple[str, ...]:
    """The media types that a real server's router compares an Accept header with."""
    return LISTED if verb in ("list", "watch") else route.offers


def travelling(resource: Resource, subresource: str) -> Resource:
    """The row of what travels through a place: that of the resource, or of the kind that its subresource speaks of."""
    below = resource.kind.subresources.get(subresource) if subresource else None
    if below is None or (below.api_version, below.kind) == (resource.kind.api_version, resource.kind.kind):
        return resource
    return _row(below)


@lru_cache(maxsize=64)
def _row(below: Subresource) -> Resource:
    """The row of a kind that is served under no path of its own."""
    group, _, version = below.api_version.rpartition("/")
    name = below.kind.lower()
    if (group, name) == (SCALE.kind.group, SCALE.kind.singular):
        return SCALE
    return row(
        Kind(
            group=group,
            version=version,
            kind=below.kind,
            plural=f"{name}s",
            singular=name,
            short_names=(),
            categories=(),
            namespaced=True,
            verbs=(),
            subresources=FrozenMap(),
        )
    )
