"""Reads: an object, or a page of a collection, now or as it was at a revision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import Compacted, FutureRevision
from . import failures, fields
from .request import Answer, Page, Request

if TYPE_CHECKING:
    from .server import ApiServer


def get(server: ApiServer, request: Request) -> Answer:
    """One object, as it is at this moment. Raises NotFound."""
    _reached(server, request.options.at_least)
    found = server.find(request.resource, request.namespace, request.name)
    if found is None:
        raise failures.not_found(request.resource.kind, request.name)
    return Answer(server.as_of_now(request.resource, found))


def _reached(server: ApiServer, revision: int) -> None:
    """Raise Timeout for a revision that is still to come: a real server waits for it in vain."""
    if revision > server.store.revision:
        raise failures.future_revision(revision, server.store.revision)


def listed(server: ApiServer, request: Request) -> Answer:
    """A page of a collection: see `page`."""
    return Answer(page(server, request))


def page(server: ApiServer, request: Request) -> Page:
    """The objects that a request lists, in order of namespace and name.

    O(log n + objects in the namespace). Raises Expired for a compacted revision.
    """
    resource, options = request.resource, request.options
    _reached(server, options.at_least)
    at = options.revision or server.store.revision
    try:
        pairs = _pairs(server, request)
    except Compacted:
        raise errors.Expired("The resourceVersion for the provided list is too old.") from None
    except FutureRevision as problem:
        raise failures.unexplained(str(problem)) from None
    matches = fields.matcher(resource, options.fields)
    labels, limit, after = options.labels, options.limit, options.after
    going_on = server.current.get(resource.key) if not options.revision else None
    if labels is None and matches is None and not after and resource.exact and not 0 < limit < len(pairs):
        stored = [pair.value for pair in pairs]
        return Page(tuple(stored if going_on is None else map(going_on.shown, stored)), at)
    items: list[Any] = []
    last = ""
    remaining = 0
    for number, pair in enumerate(pairs):
        key = pair.key[len(resource.prefix) :].decode()
        if after and key <= after:
            continue
        obj = server.shown(resource, pair)
        if labels is not None and not labels.matches(obj.metadata.labels):
            continue
        if matches is not None and not matches(obj):
            continue
        if limit and len(items) == limit:
            remaining = len(pairs) - number
            break
        items.append(obj if going_on is None else going_on.shown(obj))
        last = key
    exact = labels is None and matches is None
    resume = last if remaining else None
    return Page(tuple(items), at, resume=resume, remaining=remaining if remaining and exact else None)


def _pairs(server: ApiServer, request: Request) -> Any:
    """What is stored of a collection; if only one name is wanted, that alone. Raises Compacted, FutureRevision."""
    resource, options = request.resource, request.options
    one = options.fields.exact("metadata.name") if options.fields is not None else None
    if one and (request.namespace or not resource.namespaced):
        return server.store.range(resource.path(request.namespace, one), revision=options.revision).kvs
    return server.store.items(resource.collection(request.namespace), options.revision)
