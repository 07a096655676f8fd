"""Whether the defaults of a schema are themselves what the schema allows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...objects import schema_rules
from ...objects.schema_judges import complaints, judge_of
from ...values.frozen import freeze
from ..by_schema import field_error
from ..failures import FieldError, invalid_value

Schema = Mapping[str, Any]

_NAMED = re.compile(
    r"""(:\ |format\)?(?:\ \w+)?\ in\ |\ declared\ for\ |:\ "(?=default[^"]*"\ must\ ))  # what comes before a name
        default(?=\ in\ body\ |\ must\ |"\ must\ |[.\[]|$)(\.)?""",
    re.VERBOSE,
)
"""Where the text of a complaint names the default."""

META = ("metadata", "apiVersion", "kind")


def default_errors(schema: Schema, path: str) -> list[FieldError]:
    """What is wrong with the defaults in a schema, from the root of a kind on."""
    return list(_errors(schema, path, embedded=True, in_metadata=False))


def _errors(schema: Schema, path: str, embedded: bool, in_metadata: bool) -> Iterator[FieldError]:
    if embedded:
        in_metadata = False
    default = schema.get("default")
    if default is not None:
        yield from _of_one(freeze(default), schema, f"{path}.default", in_metadata)
    items = schema.get("items")
    if isinstance(items, Mapping):
        yield from _errors(items, f"{path}.items", _embedded(items), in_metadata)
    for name, inner in sorted((schema.get("properties") or {}).items()):
        inside = in_metadata or (embedded and name in META)
        yield from _errors(inner, f"{path}.properties[{name}]", _embedded(inner), inside)


def _embedded(schema: Schema) -> bool:
    return bool(schema.get("x-kubernetes-embedded-resource"))


def _of_one(default: Any, schema: Schema, path: str, in_metadata: bool) -> Iterator[FieldError]:
    """What is wrong with one default: fields that its schema does not have, and values that it does not allow."""
    if not in_metadata and _has_unknown(default, schema, _embedded(schema)):
        yield invalid_value(path, default, "must not have unknown fields")
    inner = {"type": "object", "properties": {"default": schema}}
    found = list(schema_rules.violations({"default": default}, inner))
    by_schema = bool(found)
    if not found:
        judge = judge_of(freeze(inner))
        found = [] if judge is None else list(complaints({"default": default}, judge, None))
    for each in found:
        yield _below(field_error(each), path, schema, by_schema)


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
