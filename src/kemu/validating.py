"""`kemu.validate(definition, resource)`: would a server take this custom resource?

It is asked of a server that knows nothing else, through the same door.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from . import errors
from .apiserver.request import GetOptions, Request, WriteOptions
from .apiserver.server import ApiServer
from .clock import Clock
from .entropy import Entropy
from .manifests import Manifest, read_manifests
from .objects import CustomObject, core, evolve, meta
from .store import Store
from .values.ranges import Ranges

RANGES = Ranges(services=IPv4Network("10.96.0.0/16"), pods=IPv4Network("10.244.0.0/16"))


def validate(definition: Manifest, resource: Manifest, old: Manifest | None = None) -> CustomObject:
    """The resource as a server would store it: pruned, and with its defaults.

    With `old` it is an update of that one, so that transition rules are asked and what has not changed is forgiven.
    All three are manifests: a path, YAML, a dict or an object.

    Raises Invalid for a definition or a resource that a server refuses, with the server's text, BadRequest for one
    that it cannot read, UsageError for a resource that is not of a kind that the definition defines.
    """
    clock = Clock()
    server = ApiServer(Store(clock), clock, Entropy(0), RANGES)
    _create(server, _one(definition))
    documents = [_one(each) for each in (old, resource) if each is not None]
    namespace = (documents[-1].get("metadata") or {}).get("namespace") or "default"
    server.do(Request("create", server.resources.of(core.Namespace), obj=_namespace(namespace)))
    for each in documents[:-1]:
        _create(server, each)
    made = _update(server, documents[-1]) if old is not None else _create(server, documents[-1], dry_run=True)
    if not isinstance(made, CustomObject):
        raise errors.UsageError(f"{made.kind} is a built-in kind: validate(definition, resource) is for custom ones")
    return made


def _one(manifest: Manifest) -> dict[str, Any]:
    documents, _ = read_manifests(manifest)
    if len(documents) != 1:
        raise errors.UsageError(f"one object is wanted, there are {len(documents)}")
    return documents[0]


def _namespace(name: str) -> core.Namespace:
    return core.Namespace(metadata=meta.ObjectMeta(name=name))


def _request(server: ApiServer, verb: str, document: Mapping[str, Any], dry_run: bool) -> Request:
    row = server.resources.by_kind(document.get("apiVersion", ""), document.get("kind", ""))
    if row is None:
        what = f"{document.get('apiVersion')} {document.get('kind')}"
        raise errors.UsageError(f"the definition does not define {what}, at least not as a served version")
    obj = row.kind.decode(document)
    namespace = (obj.metadata.namespace or "default") if row.namespaced else None
    name = obj.metadata.name or ""
    return Request(verb, row, namespace=namespace, name=name, obj=obj, options=WriteOptions(dry_run=dry_run))


def _create(server: ApiServer, document: Mapping[str, Any], dry_run: bool = False) -> Any:
    return server.do(_request(server, "create", document, dry_run)).obj


def _update(server: ApiServer, document: Mapping[str, Any]) -> Any:
    """An update of the newest version, whatever version the document says."""
    request = _request(server, "update", document, dry_run=True)
    try:
        stored = server.do(Request("get", request.resource, request.namespace, request.name, options=GetOptions())).obj
    except errors.NotFound as missing:
        raise errors.UsageError("the resource and the old one are not called the same") from missing
    version = stored.metadata.resource_version
    changed = evolve(request.obj, {"metadata.resource_version": version, "metadata.uid": None})
    return server.do(request.with_obj(changed)).obj
