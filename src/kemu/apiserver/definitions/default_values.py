"""Whether the defaults of a schema are themselves what the schema allows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...objects import schema_rules
from ...objects.inner_objects import Unreadable, coerced
from ...objects.schema_judges import complaints, judge_of
from ...objects.schema_lists import in_objects
from ...values.frozen import freeze
from ..by_schema import field_error, field_errors
from ..failures import FieldError, invalid_value

Schema = Mapping[str, Any]

_NAMED = re.compile(
    r"""(:\ |format\)?(?:\ \w+)?\ in\ |\ declared\ for\ |:\ "(?=default[^"]*"\ must\ ))  # what comes before a name
        default(?=\ in\ body\ |\ must\ |"\ must\ |[.\[]|$)(\.)?""",
    re.VERBOSE,
)
"""Where the text of a complaint names the default."""

META = ("metadata", "apiVersion", "kind")
Steps = tuple[str | None, ...]
"""How one gets from an object to a value in it: by names, and by None into a list."""


def default_errors(schema: Schema, path: str) -> list[FieldError]:
    """What is wrong with the defaults in a schema, from the root of a kind on."""
    return list(_errors(schema, path, _as_object(schema), (), in_metadata=False))


def _errors(schema: Schema, path: str, root: Schema, steps: Steps, in_metadata: bool) -> Iterator[FieldError]:
    """`root` is the schema of the object that the value is in, `steps` the way from there."""
    if _embedded(schema):
        root, steps = schema, ()
    here = root if not steps else schema
    in_metadata = in_metadata and bool(steps)
    default = schema.get("default")
    if default is not None:
        given = freeze(default)
        around = _surrounded(given, steps) if in_metadata else None
        yield from _of_one(given, here, f"{path}.default", around, root)
    items = schema.get("items")
    if isinstance(items, Mapping):
        yield from _errors(items, f"{path}.items", root, (*steps, None), in_metadata)
    for name, inner in sorted((schema.get("properties") or {}).items()):
        inside = in_metadata or (not steps and name in META)
        yield from _errors(inner, f"{path}.properties[{name}]", root, (*steps, name), inside)


def _embedded(schema: Schema) -> bool:
    return bool(schema.get("x-kubernetes-embedded-resource"))


def _as_object(schema: Schema) -> Schema:
    """The schema of a value that is an object with metadata, said or not."""
    return schema if _embedded(schema) else {**schema, "x-kubernetes-embedded-resource": True}


def _surrounded(value: Any, steps: Steps) -> Any:
    """An object of some kind that has a value in this place."""
    for step in reversed(steps):
        value = [value] if step is None else {step: value}
    return {"apiVersion": "validation/v1", "kind": "Validation", **value}


def _of_one(default: Any, schema: Schema, path: str, around: Any, root: Schema) -> Iterator[FieldError]:
    """What is wrong with one default: fields that its schema does not have, names and metadata of objects, and what
    the schema does not allow; of what belongs to metadata itself, whether an object could have it."""
    if around is None and _has_unknown(default, schema, _embedded(schema)):
        yield invalid_value(path, default, "must not have unknown fields")
    problems = _of_objects(default, schema, path) if around is None else _of_objects(around, root, "")
    if problems and around is not None:
        said = list(dict.fromkeys(map(str, problems)))
        text = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
        yield invalid_value(path, default, f"must result in valid metadata: {text}")
    elif problems:
        yield from problems
    else:
        yield from _by_schema(default, schema, path)


def _of_objects(value: Any, schema: Schema, path: str) -> list[FieldError]:
    """What is wrong with the names and the metadata of objects; the first that cannot be read ends it."""
    try:
        readable = coerced(value, schema, path)
    except Unreadable as problem:
        return [invalid_value(problem.path, problem.value, problem.why)]
    return list(field_errors(in_objects(readable, schema, path)))


def _by_schema(default: Any, schema: Schema, path: str) -> Iterator[FieldError]:
    inner = {"type": "object", "properties": {"default": _open(schema)}}
    found = list(schema_rules.violations({"default": default}, inner))
    by_schema = bool(found)
    if not found:
        judge = judge_of(freeze({"type": "object", "properties": {"default": schema}}))
        found = [] if judge is None else list(complaints({"default": default}, judge, None))
    for each in found:
        yield _below(field_error(each), path, schema, by_schema)


def _open(schema: Any) -> Any:
    """A schema as defaults are compared with it: what takes numbers and texts has no type there."""
    if not isinstance(schema, Mapping):
        return schema
    found = {name: held for name, held in schema.items() if name != "x-kubernetes-int-or-string"}
    for name in ("items", "additionalProperties"):
        if isinstance(found.get(name), Mapping):
            found[name] = _open(found[name])
    if found.get("properties"):
        found["properties"] = {name: _open(held) for name, held in found["properties"].items()}
    return found


def _below(problem: FieldError, path: str, schema: Schema, by_schema: bool) -> FieldError:
    """A complaint about a default where it stands in the definition; texts speak of the value alone."""
    dot = "" if schema.get("properties") else "."
    text = _NAMED.sub(lambda found: found[1] + dot * bool(found[2]), problem.text)
    rest = problem.field.removeprefix("default") if problem.field.startswith("default") else ""
    return FieldError(path + (f".{rest}" if by_schema and rest.startswith("[") else rest), problem.reason, text)


def _has_unknown(value: Any, schema: Any, embedded: bool = False) -> bool:
    """Whether some of a value would be dropped by its schema, whatever type the schema demands."""
    known = schema if isinstance(schema, Mapping) else {}
    if isinstance(value, (list, tuple)):
        return any(_has_unknown(each, known.get("items")) for each in value)
    if not isinstance(value, Mapping):
        return False
    properties, others = known.get("properties") or {}, known.get("additionalProperties")
    for name, held in value.items():
        if (embedded or _embedded(known)) and name in META:
            continue
        if name in properties:
            if _has_unknown(held, properties[name]):
                return True
        elif others not in (None, False):
            if _has_unknown(held, others):
                return True
        elif not known.get("x-kubernetes-preserve-unknown-fields"):
            return True
    return False
