"""The expressions of a validating policy, checked against the types of the kinds that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from ...cel import BOOL, BYTES, DOUBLE, DYN, INT, STRING, TIMESTAMP, CompileError, ObjectType, Type, list_of, map_of
from ...objects import schema
from ..resources import Resource
from .expressions import Scope, environment_of

MOST_KINDS = 10
"""How many kinds a rule is checked for at most."""

_SCALARS = {
    "string": STRING,
    "quantity": STRING,
    "integer": INT,
    "boolean": BOOL,
    "number": DOUBLE,
    "time": TIMESTAMP,
    "microtime": TIMESTAMP,
}


def warnings_of(policy: Any, rows: Iterable[Resource]) -> list[tuple[str, str]]:
    """What is wrong with each expression of a policy: where it stands, and a line for every kind that it is about."""
    chosen = list(_kinds(policy, tuple(rows)))
    found = []
    for index, validation in enumerate(policy.spec.validations):
        texts = (("expression", validation.expression), ("messageExpression", validation.message_expression))
        for name, text in texts:
            problems = [problem for row in chosen if (problem := _problem(policy, text, row))] if text else []
            if problems:
                found.append((f"spec.validations[{index}].{name}", "\n".join(problems)))
    return found


def _kinds(policy: Any, rows: tuple[Resource, ...]) -> Iterator[Resource]:
    """The kinds that the rules of a policy name; a star names none."""
    matched = policy.spec.match_constraints
    found: dict[tuple[str, str, str], Resource] = {}
    for rule in matched.resource_rules if matched is not None else ():
        if "*" in rule.api_groups or "*" in rule.api_versions or any("*" in each for each in rule.resources):
            continue
        of_rule = [
            row
            for row in rows
            if row.kind.group in rule.api_groups
            and row.kind.version in rule.api_versions
            and row.kind.plural in rule.resources
        ]
        for row in of_rule[:MOST_KINDS]:
            found[row.kind.group, row.kind.version, row.kind.kind] = row
    return (found[key] for key in sorted(found))


def _problem(policy: Any, text: str, row: Resource) -> str:
    """What is wrong with one expression about one kind; nothing if it fits."""
    scope = Scope(params=policy.spec.param_kind is not None, variables=())
    types = _declared(row.shape)
    kinds: dict[str, Type] = {}
    for variable in policy.spec.variables:
        try:
            program = environment_of(_with(scope, kinds), types).compile(variable.expression)
            kinds[variable.name] = program.type
        except CompileError:
            kinds[variable.name] = DYN
    try:
        environment_of(_with(scope, kinds), types).compile(text)
    except CompileError as problem:
        kind = row.kind
        return f"{kind.api_version}, Kind={kind.kind}: {problem}\n"
    return ""


def _with(scope: Scope, kinds: dict[str, Type]) -> Scope:
    return Scope(params=scope.params, variables=tuple(kinds.items()))


@lru_cache(maxsize=256)
def _declared(shape: schema.Shape) -> tuple[ObjectType, ...]:
    """The types of a kind: that of the object first, then those below it."""
    known: dict[str, ObjectType] = {}
    _object(shape, known, top=True)
    return tuple(known.values())


def _object(shape: schema.Shape, known: dict[str, ObjectType], *, top: bool = False) -> Type:
    name = f"object.{shape.name}"
    if name not in known:
        fields: dict[str, Type] = {"apiVersion": STRING, "kind": STRING} if top else {}
        known[name] = ObjectType(name, fields)
        fields |= {each.json: _type(each.type, known) for each in shape.fields}
    return known[name].type


def _type(held: schema.Type, known: dict[str, ObjectType]) -> Type:
    if held.format == "byte":
        return BYTES
    if held.kind in _SCALARS:
        return _SCALARS[held.kind]
    if held.kind == "struct":
        return _object(held.shape, known)
    if held.kind == "list" and held.item is not None:
        return list_of(_type(held.item, known))
    if held.kind == "map" and held.item is not None:
        return map_of(STRING, _type(held.item, known))
    return DYN
