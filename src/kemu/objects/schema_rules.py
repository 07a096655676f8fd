"""What an openAPIV3Schema demands of a value, and what a real server says when it is not so.

`violations` walks a value and its schema side by side. What has not changed since the object was last stored is not
looked at again, so that an object which a stricter schema would refuse can still be changed elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import attrs

from ..values import formats

Json = Any
Schema = Mapping[str, Any]


@attrs.frozen
class Violation:
    """One demand that is not met.

    `code` is `Required`, `Invalid`, `TypeInvalid`, `NotSupported`, `TooLong`, `TooMany` or `Duplicate`; `value` what is
    shown of the value, `text` the rest of the complaint, `limit` the number or the values that would be all right.
    """

    path: str
    code: str
    value: Any = ""
    text: str = ""
    limit: Any = None


def violations(value: Json, schema: Schema, old: Json = None) -> Iterator[Violation]:
    """Everything in an object that its schema does not allow. The object's own metadata has rules of its own."""
    yield from _check(value, schema, old, "", top=True)


def _check(value: Json, schema: Schema, old: Json, path: str, top: bool = False) -> Iterator[Violation]:
    if old is not None and (old is value or old == value):
        return
    if value is None:
        if not schema.get("nullable") and schema.get("type"):
            yield _wrong_type(path, schema["type"], "null")
        return
    yield from _check_type(value, schema, path)
    yield from _check_combinations(value, schema, path)
    if isinstance(value, str):
        yield from _check_string(value, schema, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _check_number(value, schema, path)
    elif isinstance(value, (list, tuple)):
        yield from _check_list(value, schema, old, path)
    enum = schema.get("enum")
    if enum and value not in enum:
        yield Violation(path, "NotSupported", value, limit=tuple([_shown(each) for each in enum]))
    if isinstance(value, Mapping):
        yield from _check_object(value, schema, old, path, top)


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _invalid(path: str, value: Json, text: str) -> Violation:
    return Violation(path, "Invalid", value, f"{path} in body {text}")


# Types


def type_of(value: Json) -> str:
    """The schema's word for what a JSON value is."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, Mapping) else "array"


def _wrong_type(path: str, wanted: str, given: str) -> Violation:
    return Violation(path, "TypeInvalid", given, f"{path} in body must be of type {wanted}: {json.dumps(given)}")


def _check_type(value: Json, schema: Schema, path: str) -> Iterator[Violation]:
    given = type_of(value)
    if schema.get("x-kubernetes-int-or-string"):
        if given not in ("integer", "string"):
            yield _wrong_type(path, "integer,string", given)
        return
    wanted = schema.get("type") or given
    whole = given == "number" and float(value).is_integer()
    fits = wanted == given or (wanted == "number" and given == "integer") or (wanted == "integer" and whole)
    if not fits:
        yield _wrong_type(path, wanted, given)


# Values


def _check_string(value: str, schema: Schema, path: str) -> Iterator[Violation]:
    longest, shortest, pattern = schema.get("maxLength"), schema.get("minLength"), schema.get("pattern")
    if longest is not None and len(value) > longest:
        yield Violation(path, "TooLong", value, limit=longest)
    if shortest is not None and len(value) < shortest:
        yield _invalid(path, value, f"should be at least {shortest} chars long")
    if pattern and not _matches(pattern, value):
        yield _invalid(path, value, f"should match '{pattern}'")
    form = schema.get("format")
    if form and not formats.holds(form, value):
        yield Violation(path, "TypeInvalid", value, f"{path} in body must be of type {form}: {json.dumps(value)}")


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern, or None where Python does not know what Go's expressions can say."""
    try:
        return re.compile(pattern.replace(r"\z", r"\Z"), re.ASCII)
    except re.error:
        return None


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.search(value) is not None


def _check_number(value: float, schema: Schema, path: str) -> Iterator[Violation]:
    step, most, least = schema.get("multipleOf"), schema.get("maximum"), schema.get("minimum")
    if step and not float(value / step).is_integer():
        yield _invalid(path, value, f"should be a multiple of {_number(step)}")
    if most is not None:
        if schema.get("exclusiveMaximum") and value >= most:
            yield _invalid(path, value, f"should be less than {_number(most)}")
        elif value > most:
            yield _invalid(path, value, f"should be less than or equal to {_number(most)}")
    if least is not None:
        if schema.get("exclusiveMinimum") and value <= least:
            yield _invalid(path, value, f"should be greater than {_number(least)}")
        elif value < least:
            yield _invalid(path, value, f"should be greater than or equal to {_number(least)}")


def _number(value: float) -> str:
    """A limit as Go prints it: without a fraction where there is none."""
    return str(int(value)) if float(value).is_integer() else str(value)


def _check_list(values: Any, schema: Schema, old: Json, path: str) -> Iterator[Violation]:
    most, least = schema.get("maxItems"), schema.get("minItems")
    if least is not None and len(values) < least:
        yield _invalid(path, len(values), f"should have at least {least} items")
    if most is not None and len(values) > most:
        yield Violation(path, "TooMany", len(values), limit=most)
    if schema.get("uniqueItems") and len({_text(each) for each in values}) < len(values):
        yield _invalid(path, "", "shouldn't contain duplicates")
    items = schema.get("items")
    if isinstance(items, Mapping):
        before = _correlated(old, schema)
        for index, value in enumerate(values):
            yield from _check(value, items, before.get(_identity(value, schema)), f"{path}[{index}]")
    yield from _check_identities(values, schema, path)


def _check_identities(values: Any, schema: Schema, path: str) -> Iterator[Violation]:
    """The members of a set, and the keys of a keyed list, occur once each."""
    kind = schema.get("x-kubernetes-list-type")
    if kind not in ("set", "map"):
        return
    seen: set[str] = set()
    for index, value in enumerate(values):
        identity = _identity(value, schema)
        if identity in seen:
            shown = value
            if kind == "map":
                names = schema.get("x-kubernetes-list-map-keys") or ()
                shown = {name: value[name] for name in names if name in value} if isinstance(value, Mapping) else value
            yield Violation(f"{path}[{index}]", "Duplicate", shown)
        seen.add(identity)


def _identity(value: Json, schema: Schema) -> str:
    """What tells an item of a list from the others."""
    if schema.get("x-kubernetes-list-type") == "map" and isinstance(value, Mapping):
        properties = (schema.get("items") or {}).get("properties") or {}
        names = schema.get("x-kubernetes-list-map-keys") or ()
        return _text([value.get(name, (properties.get(name) or {}).get("default")) for name in names])
    return _text(value)


def _correlated(old: Json, schema: Schema) -> dict[str, Json]:
    """The items of the list as it was, by identity."""
    if not isinstance(old, (list, tuple)):
        return {}
    return {_identity(each, schema): each for each in old}


def _text(value: Json) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _check_object(value: Schema, schema: Schema, old: Json, path: str, top: bool) -> Iterator[Violation]:
    before = old if isinstance(old, Mapping) else {}
    most, least = schema.get("maxProperties"), schema.get("minProperties")
    if least is not None and len(value) < least:
        yield _invalid(path, len(value), f"should have at least {least} properties")
    if most is not None and len(value) > most:
        yield Violation(path, "TooMany", len(value), limit=most)
    properties = schema.get("properties") or {}
    others = schema.get("additionalProperties")
    embedded = bool(schema.get("x-kubernetes-embedded-resource"))
    own = ("apiVersion", "kind", "metadata") if top or embedded else ()
    for name, held in value.items():
        inner = properties.get(name, others)
        if isinstance(inner, Mapping) and name not in own:
            yield from _check(held, inner, before.get(name), f"{path}.{name}" if path else name)
    for name in schema.get("required") or ():
        if name not in value:
            yield Violation(f"{path}.{name}" if path else name, "Required")
    if embedded:
        yield from _check_embedded(value, path)


def _check_embedded(value: Schema, path: str) -> Iterator[Violation]:
    """An object within an object says what it is."""
    for name in ("apiVersion", "kind"):
        here = f"{path}.{name}"
        if name not in value:
            yield Violation(here, "Required", text="must not be empty")
        elif not isinstance(value[name], str):
            yield Violation(here, "Invalid", value[name], "must be a string")
        elif not value[name]:
            yield Violation(here, "Invalid", "", "must not be empty")


# Combinations


def _check_combinations(value: Json, schema: Schema, path: str) -> Iterator[Violation]:
    """`allOf`, `anyOf`, `oneOf` and `not`, whose complaints name no field. Each alternative is looked at once."""
    shown = json.dumps(path)
    any_of, one_of, all_of, none = (schema.get(name) for name in ("anyOf", "oneOf", "allOf", "not"))
    if any_of:
        tried: list[list[Violation]] = []
        for each in any_of:
            tried.append(_complaints(value, each, path))
            if not tried[-1]:
                break
        else:
            yield Violation("<nil>", "Invalid", "", f"{shown} must validate at least one schema (anyOf)")
            yield from min(tried, key=len)
    if one_of:
        tried = [_complaints(value, each, path) for each in one_of]
        count = tried.count([])
        if count != 1:
            found = "Found none valid" if not count else f"Found {count} valid alternatives"
            yield Violation("<nil>", "Invalid", "", f"{shown} must validate one and only one schema (oneOf). {found}")
            if not count:
                yield from min(tried, key=len)
    if all_of:
        tried = [_complaints(value, each, path) for each in all_of]
        if any(tried):
            text = f"{shown} must validate all the schemas (allOf)" + (". None validated" if all(tried) else "")
            for complaints in tried:
                yield from complaints
            yield Violation("<nil>", "Invalid", "", text)
    if isinstance(none, Mapping) and next(_check(value, none, None, path), None) is None:
        yield Violation("<nil>", "Invalid", "", f"{shown} must not validate the schema (not)")


def _complaints(value: Json, schema: Schema, path: str) -> list[Violation]:
    return list(_check(value, schema, None, path))
