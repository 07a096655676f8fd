"""The expressions of admission policies and match conditions: what they may name, and what that stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import attrs

from ...cel import (
    BOOL,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    CompileError,
    Environment,
    EvaluationError,
    ObjectType,
    Program,
    Type,
    list_of,
    map_of,
)
from ...cel.types import opaque
from ...objects import codec, core
from ..rbac import Attempt
from ..request import Desk, User
from ..resources import Resource
from .authorizer import FUNCTIONS, Authorizer, ResourceCheck
from .matching import Sight

_KIND = ObjectType("kubernetes.GroupVersionKind", dict.fromkeys(("group", "version", "kind"), STRING))
_RESOURCE = ObjectType("kubernetes.GroupVersionResource", dict.fromkeys(("group", "version", "resource"), STRING))
_USER = ObjectType(
    "kubernetes.UserInfo",
    {"username": STRING, "uid": STRING, "groups": list_of(STRING), "extra": map_of(STRING, list_of(STRING))},
)
_REQUEST = ObjectType(
    "kubernetes.AdmissionRequest",
    {
        "kind": _KIND.type,
        "resource": _RESOURCE.type,
        "subResource": STRING,
        "requestKind": _KIND.type,
        "requestResource": _RESOURCE.type,
        "requestSubResource": STRING,
        "name": STRING,
        "namespace": STRING,
        "operation": STRING,
        "userInfo": _USER.type,
        "dryRun": BOOL,
        "options": DYN,
    },
)
_NAMESPACE_PARTS = (
    ObjectType("kubernetes.NamespaceSpec", {"finalizers": list_of(STRING)}),
    ObjectType(
        "kubernetes.NamespaceCondition",
        {**dict.fromkeys(("status", "type", "message", "reason"), STRING), "lastTransitionTime": TIMESTAMP},
    ),
    ObjectType(
        "kubernetes.NamespaceStatus",
        {"conditions": list_of(Type("object", "kubernetes.NamespaceCondition")), "phase": STRING},
    ),
    ObjectType(
        "kubernetes.NamespaceMetadata",
        {
            **dict.fromkeys(("name", "generateName", "namespace", "UID", "resourceVersion"), STRING),
            **dict.fromkeys(("labels", "annotations"), map_of(STRING, STRING)),
            **dict.fromkeys(("creationTimestamp", "deletionTimestamp"), TIMESTAMP),
            **dict.fromkeys(("deletionGracePeriodSeconds", "generation"), INT),
            "finalizers": list_of(STRING),
        },
    ),
)
_NAMESPACE = ObjectType(
    "kubernetes.Namespace",
    {name: Type("object", f"kubernetes.Namespace{name.capitalize()}") for name in ("metadata", "spec", "status")},
)


class Made(dict[str, Any]):
    """An object that an expression wrote down, which remembers as what: `Object.metadata`."""

    def __init__(self, name: str, fields: Mapping[str, Any]) -> None:
        super().__init__(fields)
        self.name = name


class _AnyField(dict[str, Type]):
    """The fields of an object of which nothing is known: it has whatever is asked for."""

    def get(self, name: Any, default: Any = None) -> Type:
        return DYN


OBJECT = "Object"
PATCH = ObjectType(
    "JSONPatch",
    {"op": STRING, "path": STRING, "from": STRING, "value": DYN},
    make=lambda fields: Made("JSONPatch", fields),
)


def _written_object(name: str) -> ObjectType | None:
    """The type of an object that a mutation writes down, which may have any field."""
    if name == OBJECT or name.startswith(f"{OBJECT}."):
        return ObjectType(name, _AnyField(), make=lambda fields: Made(name, fields))
    return None


@attrs.frozen
class Scope:
    """What the expressions of a policy may name beside the object: parameters, the authorizer, types of patches, and
    what is known of the object's type (nothing, if its `types` are empty)."""

    params: bool = False
    authorizer: bool = True
    patches: bool = False
    variables: tuple[tuple[str, Type], ...] | None = None
    """The variables so far, with their types; None where there are none at all."""


@lru_cache(maxsize=512)
def environment(scope: Scope) -> Environment:
    """What expressions of a scope may use."""
    declared: dict[str, Type] = {
        "object": DYN,
        "oldObject": DYN,
        "request": _REQUEST.type,
        "namespaceObject": _NAMESPACE.type,
    }
    if scope.params:
        declared["params"] = DYN
    if scope.authorizer:
        declared["authorizer"] = opaque(Authorizer.cel_type)
        declared["authorizer.requestResource"] = opaque(ResourceCheck.cel_type)
    known = {each.name: each for each in (_KIND, _RESOURCE, _USER, _REQUEST, _NAMESPACE, *_NAMESPACE_PARTS)}
    if scope.variables is not None:
        variables = ObjectType("kubernetes.variables", dict(scope.variables))
        known[variables.name] = variables
        declared["variables"] = variables.type
    if scope.patches:
        known[PATCH.name] = PATCH

    def found(name: str) -> ObjectType | None:
        return known.get(name) or (_written_object(name) if scope.patches else None)

    return Environment(declared, objects=found, functions=FUNCTIONS)


@lru_cache(maxsize=4096)
def compiled(expression: str, scope: Scope) -> Program | str:
    """The program of an expression, or what is wrong with it."""
    try:
        return environment(scope).compile(expression)
    except CompileError as problem:
        return f"compilation failed: {problem}"


def checked(expression: str, scope: Scope, *wanted: Type) -> str:
    """What is wrong with an expression that must have one of some types (any, if none is named)."""
    program = compiled(expression, scope)
    if isinstance(program, str):
        return program
    if not wanted or program.type in wanted:
        return ""
    if len(wanted) == 1:
        return f"must evaluate to {wanted[0]} but got {program.type}"
    return f"must evaluate to one of [{' '.join(map(str, wanted))}] but got {program.type}"


# What the names stand for


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


def variables_of(variables: Any, scope: Scope) -> tuple[dict[str, Program | str], Scope]:
    """The programs of a policy's variables, each of which may use those before it, and the scope with all of them."""
    programs: dict[str, Program | str] = {}
    scope = attrs.evolve(scope, variables=())
    for each in variables:
        program = programs[each.name] = compiled(each.expression, scope)
        held = DYN if isinstance(program, str) else program.type
        scope = attrs.evolve(scope, variables=(*(scope.variables or ()), (each.name, held)))
    return programs, scope


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
