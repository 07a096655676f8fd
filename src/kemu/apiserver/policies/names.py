"""What the names in the expressions of admission policies stand for, and a request as webhooks are told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...cel import EvaluationError, Program
from ...objects import codec, core
from ..rbac import Attempt
from ..request import Desk, User
from ..resources import Resource
from .authorizer import Authorizer, ResourceCheck
from .matching import Sight


class Held(Mapping[str, Any]):
    """The variables of a policy: each is worked out when it is first used."""

    def __init__(self, programs: Mapping[str, Program | str], names: dict[str, Any]) -> None:
        self._programs, self._names = programs, names
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            try:
                self._known[name] = evaluated(self._programs[name], self._names)
            except EvaluationError as problem:
                text = f'composited variable "{name}" fails to evaluate: {problem}'
                raise EvaluationError(text) from None
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._programs)

    def __len__(self) -> int:
        return len(self._programs)


def evaluated(program: Program | str, names: Mapping[str, Any]) -> Any:
    """The value of an expression. Raises EvaluationError."""
    if isinstance(program, str):
        raise EvaluationError(program)
    return program.evaluate(names)


def document(row: Resource, obj: Any, kind: Any = None) -> Any:
    """An object as expressions and webhooks see it: JSON with its kind, or null."""
    if obj is None:
        return None
    kind = kind or row.kind
    return {"apiVersion": kind.api_version, "kind": kind.kind, **codec.encode(obj)}


def names_of(sight: Sight, desk: Desk, params: Any) -> dict[str, Any]:
    """What the names of expressions stand for in a request."""
    namespace: Any = None
    if sight.scoped:
        namespace = desk.find(core.Namespace, None, sight.namespace)
    asks = Authorizer(desk, sight.request.user)
    row, kind = sight.row, sight.kind
    attempt = Attempt(
        "",
        row.kind.group,
        row.kind.plural,
        sight.request.subresource,
        sight.namespace if sight.scoped else "",
        sight.name,
    )
    return {
        "object": document(row, sight.obj, kind),
        "oldObject": document(row, sight.old, kind),
        "request": described(sight),
        "namespaceObject": _namespace(desk, namespace),
        "params": params,
        "authorizer": asks,
        "authorizer.requestResource": ResourceCheck(asks, attempt),
    }


def _namespace(desk: Desk, namespace: Any) -> Any:
    """A namespace as expressions see it: without what is only for its managers."""
    if namespace is None:
        return None
    found = codec.encode(namespace)
    metadata = {name: value for name, value in found["metadata"].items() if name not in ("managedFields", "uid")}
    return {**found, "metadata": {**metadata, "UID": namespace.metadata.uid}}


def described(sight: Sight) -> dict[str, Any]:
    """A request as expressions and webhooks see it, without its objects."""
    request, own = sight.request, sight.request.resource.kind
    sub = request.subresource
    below = own.subresources.get(sub) if sub else None
    found: dict[str, Any] = {
        "kind": _kind(sight.kind),
        "resource": _resource(sight.row.kind),
        "requestKind": _kind(below or own),
        "requestResource": _resource(own),
        "name": sight.name,
        "namespace": sight.namespace,
        "subResource": sub,
        "requestSubResource": sub,
    }
    found = {name: value for name, value in found.items() if value}
    dry_run = bool(getattr(request.options, "dry_run", False))
    return {
        **found,
        "operation": request.operation,
        "userInfo": user_info(request.user),
        "dryRun": dry_run,
        "options": _options(request, dry_run),
    }


def _kind(kind: Any) -> dict[str, str]:
    group, _, version = kind.api_version.rpartition("/")
    return {"group": group, "version": version, "kind": kind.kind}


def _resource(kind: Any) -> dict[str, str]:
    return {"group": kind.group, "version": kind.version, "resource": kind.plural}


def user_info(user: User) -> dict[str, Any]:
    """A user as expressions and webhooks see one; what is empty is left out."""
    found = {
        "username": user.name,
        "uid": user.uid,
        "groups": list(user.groups),
        "extra": {key: list(values) for key, values in user.extra.items()},
    }
    return {name: value for name, value in found.items() if value}


def _options(request: Any, dry_run: bool) -> dict[str, Any]:
    """The options of a request, as far as they are known."""
    kind = {"create": "Create", "update": "Update", "patch": "Patch"}.get(request.verb, "Delete")
    found: dict[str, Any] = {"kind": f"{kind}Options", "apiVersion": "meta.k8s.io/v1"}
    if dry_run:
        found["dryRun"] = ["All"]
    if kind != "Delete":
        found["fieldManager"] = request.manager
    return found
