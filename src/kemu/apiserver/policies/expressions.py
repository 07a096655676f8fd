"""The expressions of admission policies and match conditions: what they may name, and what that stands for."""

from __future__ import annotations

from collections.abc import Mapping
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
    ObjectType,
    Program,
    Type,
    list_of,
    map_of,
)
from ...cel.declarations import overloads
from ...cel.types import opaque
from .authorizer import FUNCTIONS, Authorizer, ResourceCheck

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


PATCH_FUNCTIONS = overloads(
    (("jsonpatch.escapeKey", "(string) -> string", lambda key: key.replace("~", "~0").replace("/", "~1")),)
)


def _written_object(name: str) -> ObjectType | None:
    """The type of an object that a mutation writes down, which may have any field."""
    if name == OBJECT or name.startswith(f"{OBJECT}."):
        return ObjectType(name, _AnyField(), make=lambda fields: Made(name, fields))
    return None


@attrs.frozen
class Scope:
    """What the expressions of a policy may name beside the object: parameters, the authorizer, types of patches."""

    params: bool = False
    authorizer: bool = True
    patches: bool = False
    variables: tuple[tuple[str, Type], ...] | None = None
    """The variables so far, with their types; None where there are none at all."""


@lru_cache(maxsize=512)
def environment(scope: Scope) -> Environment:
    """What expressions of a scope may use."""
    return environment_of(scope, ())


def environment_of(scope: Scope, types: tuple[ObjectType, ...]) -> Environment:
    """The same where the types of the object are known: its own is the first."""
    held = types[0].type if types else DYN
    declared: dict[str, Type] = {
        "object": held,
        "oldObject": held,
        "request": _REQUEST.type,
        "namespaceObject": _NAMESPACE.type,
    }
    if scope.params:
        declared["params"] = DYN
    if scope.authorizer:
        declared["authorizer"] = opaque(Authorizer.cel_type)
        declared["authorizer.requestResource"] = opaque(ResourceCheck.cel_type)
    known = {each.name: each for each in (_KIND, _RESOURCE, _USER, _REQUEST, _NAMESPACE, *_NAMESPACE_PARTS)}
    known |= {each.name: each for each in types}
    if scope.variables is not None:
        variables = ObjectType("kubernetes.variables", dict(scope.variables))
        known[variables.name] = variables
        declared["variables"] = variables.type
    if scope.patches:
        known[PATCH.name] = PATCH

    def found(name: str) -> ObjectType | None:
        return known.get(name) or (_written_object(name) if scope.patches else None)

    functions = (*FUNCTIONS, *PATCH_FUNCTIONS) if scope.patches else FUNCTIONS
    return Environment(declared, objects=found, functions=functions)


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
        return f"must evaluate to {wanted[0].declared} but got {program.type.declared}"
    return f"must evaluate to one of [{' '.join(each.declared for each in wanted)}] but got {program.type.declared}"


def variables_of(variables: Any, scope: Scope) -> tuple[dict[str, Program | str], Scope]:
    """The programs of a policy's variables, each of which may use those before it, and the scope with all of them."""
    programs: dict[str, Program | str] = {}
    scope = attrs.evolve(scope, variables=())
    for each in variables:
        program = programs[each.name] = compiled(each.expression, scope)
        held = DYN if isinstance(program, str) else program.type
        scope = attrs.evolve(scope, variables=(*(scope.variables or ()), (each.name, held)))
    return programs, scope
