"""What the schema of a custom kind, its rules and its scale do not allow of an object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ..values.frozen import freeze
from ..values.memo import Memo
from . import codec, schema_lists, schema_rules
from .custom import CustomObject
from .schema_judges import Judge, complaints, judge_of
from .schema_rules import Violation

if TYPE_CHECKING:
    from .custom_kinds import CustomKind, ScalePaths

MAX_REPLICAS = (1 << 31) - 1
_GO = {"boolean": "bool", "integer": "int64", "number": "float64", "array": "[]interface {}"}
_GO |= {"object": "map[string]interface {}", "string": "string", "null": "<nil>"}


def violations(kind: CustomKind, obj: CustomObject, old: CustomObject | None, part: str) -> Iterable[Violation]:
    """What is wrong with an object as far as it has changed; the rules are not asked where they could not be."""
    before = None if old is None else old.body
    checks, has_lists, judge = _rules_of(kind)
    found: list[Violation] = []
    if part == "status":
        found += _of_status(kind, obj, old)
    else:
        checks.check(obj.body, before, "", found)
    if kind.scale is not None:
        found += _of_scale(kind.scale, obj, part)
    if has_lists:
        found += schema_lists.violations(obj.body, kind.schema, before)
    if judge is None:
        return found
    if any(each.code in schema_rules.BLOCKING for each in found):
        return [*found, Violation("<nil>", "Invalid", None, schema_rules.UNCHECKED)]
    if not judge.rules:
        return [*found, *complaints(obj.body, judge, before)]
    return [*found, *complaints(_whole(obj), judge, None if old is None else _whole(old))]


def _whole(obj: CustomObject) -> Mapping[str, Any]:
    """An object with its metadata, which rules about the object as a whole see."""
    return {**obj.body, "metadata": codec.encode(obj.metadata)}


def _compiled(kind: CustomKind) -> tuple[schema_rules.Checks, bool, Judge | None]:
    """The checks of a kind's schema, whether lists and objects in it have rules, and who judges the rest."""
    schema = freeze(kind.schema)
    return schema_rules.checks_of(schema, True), schema_lists.has_rules(schema), judge_of(schema)


_rules_of = Memo(_compiled)


def _of_status(kind: CustomKind, obj: CustomObject, old: CustomObject | None) -> Iterator[Violation]:
    """What is wrong with the status; it is spoken of as if it stood for itself."""
    schema = (kind.schema.get("properties") or {}).get("status")
    if schema is None or "status" not in obj.body:
        return
    before = None if old is None else old.status
    for each in schema_rules.violations(obj.body["status"], schema, before, top=False):
        path = "status" if each.path in ("", "<nil>") else f"status.{each.path.removeprefix('.')}"
        yield attrs.evolve(each, path=path)


def _of_scale(scale: ScalePaths, obj: CustomObject, part: str) -> Iterator[Violation]:
    """What cannot be a number of replicas, or a selector, where the definition says that these are."""
    for path in (scale.spec, scale.status)[part == "status" :]:
        value = _at(obj.body, path, "int64")
        if isinstance(value, _Unexpected):
            yield Violation(f".{path}", "Invalid", 0, str(value))
        elif value is None:
            continue
        elif value < 0:
            yield Violation(f".{path}", "Invalid", value, "should be a non-negative integer")
        elif value > MAX_REPLICAS:
            yield Violation(f".{path}", "Invalid", value, f"should be less than or equal to {MAX_REPLICAS}")
    selector = _at(obj.body, scale.selector, "string") if scale.selector else None
    if isinstance(selector, _Unexpected):
        yield Violation(f".{scale.selector}", "Invalid", "", str(selector))


@attrs.frozen
class _Unexpected:
    """What stands at a path where something else should."""

    path: str
    value: Any
    wanted: str

    def __str__(self) -> str:
        kind = _GO[schema_rules.type_of(self.value)]
        return f".{self.path} accessor error: {_go_value(self.value)} is of the type {kind}, expected {self.wanted}"


def _at(body: Any, path: str, wanted: str) -> Any:
    """What stands at a path of a document, None if nothing does, or that it is something else."""
    value, names = body, path.split(".")
    for depth, name in enumerate(names):
        if value is None:
            return None
        if not isinstance(value, Mapping):
            return _Unexpected(".".join(names[: depth + 1]), value, "map[string]interface{}")
        if name not in value:
            return None
        value = value[name]
    fits = isinstance(value, str) if wanted == "string" else isinstance(value, int) and not isinstance(value, bool)
    return value if fits else _Unexpected(path, value, wanted)


def _go_value(value: Any) -> str:
    """A value as Go's `%v` shows one."""
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{name}:{_go_value(held)}' for name, held in sorted(value.items()))}]"
    if isinstance(value, (list, tuple)):
        return f"[{' '.join(map(_go_value, value))}]"
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
