"""Requests that are noted as they come over HTTP: before anybody knows who asks, and with all that goes wrong after."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from ... import errors
from ..audit import NOBODY, Audit
from ..audit_policy import Asking
from ..request import User
from .exchange import Call, Response


def audited(
    call: Call, log: Audit, known: Callable[[Call], User], served: Callable[[Call, User], Response]
) -> Response:
    """The answer to a request, which is noted as the policy wants it."""
    asking = _asking(call)
    try:
        user = known(call)
    except errors.ApiError as problem:
        log.unknown(asking, problem, call.told)
        raise
    entry = call.note = log.opened(attrs.evolve(asking, user=user), call.told)
    if entry is None:
        return served(call, user)
    try:
        response = served(call, user)
    except errors.ApiError as problem:
        entry.refused(problem)
        raise
    entry.closed(response.status, response.lazy or response.session is not None)
    if response.lazy:
        response.stream().at_end(entry.ended)
    return response


def _asking(call: Call) -> Asking:
    """What is known of a request by its path."""
    place, agent = call.place, call.header("user-agent")
    if not place.plural:
        return Asking(call.method.lower(), NOBODY, call.target_uri, call.path, agent)
    own = place.name if place.plural == "namespaces" and not place.group else ""
    namespace = place.namespace or own
    where = (place.group, place.version, place.plural, place.subresource, namespace, place.name)
    return Asking(call.verb, NOBODY, call.target_uri, "", agent, *where)
