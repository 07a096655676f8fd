"""What an openAPIV3Schema demands of a value, and what a real server says when it is not so.

A schema is compiled to a `Checks`, which walks a value. What has not changed since the object was last stored is
forgiven, so that an object which a stricter schema would refuse can still be changed elsewhere: this is decided where
the two values are known to be the same thing, fields by their names and items of keyed lists by their keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import attrs

from ..values import formats, regexes
from ..values.frozen import EMPTY_MAP, alike, freeze
from .custom import View
from .keywords import anything, holds

Json = Any
Schema = Mapping[str, Any]


@attrs.frozen
class Violation:
    """One demand that is not met.

    `code` is `Required`, `Invalid`, `TypeInvalid`, `NotSupported`, `TooLong`, `TooMany`, `Duplicate` or `Forbidden`;
    `value` what is shown of the value, `text` the rest of the complaint, `limit` the number or the values that would
    be all right. `Omitted` and `OmittedDuplicate` show no value. What is `forgiven` is only warned of.
    """

    path: str
    code: str
    value: Any = ""
    text: str = ""
    limit: Any = None
    forgiven: bool = False


BLOCKING = ("NotSupported", "Required", "TooLong", "TooMany", "TypeInvalid")
"""After these the rules of the schema are not asked."""

UNCHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete"
    " validation"
)
NOWHERE = "<nil>"
"""The path of what is said of no field."""

META = ("apiVersion", "kind", "metadata")
INT_RANGES = {"int32": (1 << 31) - 1, "int64": (1 << 63) - 1}
FLOAT_MAX = 3.4028234663852886e38

Found = list[Violation]
Check = Callable[[Json, str, Found], None]


def violations(value: Json, schema: Schema, old: Json = None, *, top: bool = True) -> Found:
    """Everything in an object that its schema does not allow. At the top the object's metadata has rules of its own."""
    found: Found = []
    checks_of(freeze(schema), top).check(value, old, "", found)
    return found


@lru_cache(maxsize=512)
def checks_of(schema: Schema, top: bool) -> Checks:
    """The checks of a schema, compiled once for the same content."""
    return Checks(schema, top)


_PLAIN: Mapping[tuple[str, ...], type] = {("string",): str, ("integer",): int, ("boolean",): bool}


class Checks:
    """A schema as a list of checks of the value itself, and the checks of what is in it."""

    __slots__ = ("_items", "_list", "_own", "_plain", "_properties", "_schema", "_values", "_wanted")

    def __init__(self, schema: Schema, top: bool = False) -> None:
        self._schema = schema
        self._wanted = ("integer", "string") if schema.get("x-kubernetes-int-or-string") else _types(schema)
        own = META if top or schema.get("x-kubernetes-embedded-resource") else ()
        inner = {name: each for name, each in (schema.get("properties") or {}).items() if name not in own}
        values, items = schema.get("additionalProperties"), schema.get("items")
        self._properties = {name: Checks(each) for name, each in inner.items()}
        self._values = Checks(values) if isinstance(values, Mapping) else None
        self._items = Checks(items) if isinstance(items, Mapping) else None
        self._own = [*_own_checks(schema, self._wanted), *_object_checks(schema)]
        self._list = [*_list_checks(schema)]
        self._plain = _PLAIN.get(self._wanted) if not self._list and len(self._own) == 1 else None
        """The class whose values are certainly right: that of a type of which nothing more is demanded."""

    def check(self, value: Json, old: Json, path: str, found: Found) -> None:
        """Add what is wrong with a value. It is forgiven if the value is the old one (None if there is none)."""
        if value.__class__ is self._plain:
            return
        if old is not None and unchanged(value, old, self._schema):
            return
        if value is None:
            self._check_null(path, found)
            return
        inside = isinstance(value, dict)
        for check in self._own:
            check(value, path, found)
        if inside:
            self._check_inside(value, old if isinstance(old, dict) else {}, path, found)
        elif self._items is not None and isinstance(value, (list, tuple)):
            keyed = self._schema.get("x-kubernetes-list-type") == "map"
            before = correlated(old, self._schema) if keyed and old else {}
            for index, each in enumerate(value):
                was = before.get(identity(each, self._schema)) if before else None
                self._items.check(each, was, f"{path}[{index}]", found)
        if self._list and not inside:
            for check in self._list:
                check(value, path, found)

    def score(self, value: Json) -> int:
        """How much of a value these checks look at with success: more if its type is right, and for all within."""
        given = type_of(value)
        fits = not self._wanted or given in self._wanted
        total = 3 + fits
        if isinstance(value, Mapping):
            for name, each in value.items():
                inner = self._properties.get(name) or self._values
                total += 0 if inner is None else inner.score(each)
        elif self._items is not None and isinstance(value, (list, tuple)):
            total += sum([self._items.score(each) for each in value])
        return total

    def _check_null(self, path: str, found: Found) -> None:
        if self._wanted and not self._schema.get("nullable"):
            found.append(wrong_type(path, ",".join(self._wanted), "null"))
        enum = self._schema.get("enum")
        if enum:
            found.append(Violation(path or NOWHERE, "NotSupported", None, limit=_options(enum)))

    def _check_inside(self, value: Schema, old: Schema, path: str, found: Found) -> None:
        properties, values = self._properties, self._values
        for name, each in value.items():
            inner = properties.get(name)
            if inner is None:
                if values is None or name in properties:
                    continue
                inner = values
            if each.__class__ is inner._plain:
                continue
            inner.check(each, old.get(name), f"{path}.{name}" if path else name, found)
        for name in self._schema.get("required") or ():
            if name not in value:
                found.append(Violation(f"{path}.{name}" if path else name, "Required"))


def _types(schema: Schema) -> tuple[str, ...]:
    kind = schema.get("type")
    return (kind,) if kind else ()


def _rounded(value: Json, option: Json) -> bool:
    """Whether a number is an option, which is a whole one, once it is made one itself: so a real server compares."""
    whole = isinstance(option, int) and not isinstance(option, bool)
    return whole and isinstance(value, float) and int(value) == option


def _options(enum: Any) -> tuple[str, ...]:
    return tuple([each if isinstance(each, str) else json.dumps(each, separators=(",", ":")) for each in enum])


def _invalid(path: str, value: Json, text: str) -> Violation:
    return Violation(path or NOWHERE, "Invalid", value, f"{path} in body {text}")


def _plain(path: str, text: str) -> Violation:
    """What is said of no value: a complaint about a combination."""
    return Violation(NOWHERE, "Invalid", "", text)


# Types


def type_of(value: Json) -> str:
    """The schema's word for what a JSON value is."""
    known = _TYPES.get(value.__class__)
    if known is not None:
        return known
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


_TYPES: dict[type, str] = {View: "object", str: "string", tuple: "array"}
"""Of the commonest values of objects."""

_FORMATS = {"integer": "int64", "number": "float64"}
"""What values call their own format."""


def wrong_type(path: str, wanted: str, given: str) -> Violation:
    """The complaint about a value of another type, or without a format."""
    text = f"{path} in body must be of type {wanted}: {json.dumps(given, ensure_ascii=False)}"
    return Violation(path or NOWHERE, "TypeInvalid", given, text)


def _type_check(schema: Schema, wanted: tuple[str, ...]) -> Iterator[Check]:
    form = schema.get("format") or ""
    form = form if form and formats.known(form, wanted[0] if len(wanted) == 1 else "") else ""
    if not wanted and not form:
        return
    numeric = "number" in wanted or "integer" in wanted

    def check(value: Json, path: str, found: Found) -> None:
        given = type_of(value)
        if given in wanted:
            return
        whole = given == "number" and "integer" in wanted and float(value).is_integer()
        if whole or (given == "integer" and "number" in wanted):
            return
        if form and given not in ("string", "array"):
            own = _FORMATS.get(given, "")
            if own != form:
                found.append(wrong_type(path, form, own))
        elif not (form and not numeric):
            found.append(wrong_type(path, ",".join(wanted), given))

    yield check


# Values


def _own_checks(schema: Schema, wanted: tuple[str, ...]) -> Iterator[Check]:
    """The checks of the value itself, in upstream's order."""
    yield from _type_check(schema, wanted)
    yield from _combinations(schema)
    yield from _string_checks(schema, wanted)
    yield from _number_checks(schema, wanted)
    enum = schema.get("enum")
    if enum:
        options, among = _options(enum), holds("enum", enum, schema)

        def check(value: Json, path: str, found: Found) -> None:
            if not among(value) and not any(_rounded(value, each) for each in enum):
                found.append(Violation(path or NOWHERE, "NotSupported", value, limit=options))

        yield check


def _string_checks(schema: Schema, wanted: tuple[str, ...]) -> Iterator[Check]:
    """Of length and pattern only the first complaint counts."""
    longest, shortest, pattern = schema.get("maxLength"), schema.get("minLength"), schema.get("pattern")
    form = schema.get("format") or ""
    known = form and formats.known(form, wanted[0] if len(wanted) == 1 else "")
    if longest is None and shortest is None and not pattern and not known:
        return
    fits = anything if longest is None else holds("maxLength", longest, schema)
    fills = anything if shortest is None else holds("minLength", shortest, schema)

    def check(value: Json, path: str, found: Found) -> None:
        if not isinstance(value, str):
            return
        if not fits(value):
            found.append(Violation(path or NOWHERE, "TooLong", value, limit=longest))
        elif not fills(value):
            found.append(_invalid(path, value, f"should be at least {shortest} chars long"))
        elif pattern and not matches(pattern, value):
            found.append(_invalid(path, value, f"should match '{pattern}'"))
        if known and not formats.holds(form, value):
            found.append(wrong_type(path, form, value))

    yield check


def matches(pattern: str, value: str) -> bool:
    """Whether a text matches a pattern; one that is none, which no server takes, matches nothing."""
    try:
        return regexes.compiled(pattern).search(value)
    except regexes.RegexError:
        return False


def _number_checks(schema: Schema, wanted: tuple[str, ...]) -> Iterator[Check]:
    step = schema.get("multipleOf")
    form = schema.get("format") if wanted in (("integer",), ("number",)) else None
    whole_only = wanted == ("integer",)
    fits = form if form in (*INT_RANGES, "float") else "int64" if whole_only else ""
    told = f"with format {form}" if form else "(default format)"
    limits = [*_limit_checks(schema, "maximum", "less than"), *_limit_checks(schema, "minimum", "greater than")]
    if step is None and not limits and form != "float" and not whole_only:
        return

    def check(value: Json, path: str, found: Found) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return
        if fits and _too_large(value, fits):
            found.append(_plain(path, f"Checked value must be of type {wanted[0]} {told} in {path}"))
        if step is not None:
            _check_step(value, step, path, found)
        for limit in limits:
            limit(value, path, found)

    yield check


def _limit_checks(schema: Schema, keyword: str, words: str) -> Iterator[Check]:
    """The check of `maximum` or `minimum`, which for a whole number is a whole one itself."""
    limit = schema.get(keyword)
    if limit is None:
        return
    words += "" if schema.get("exclusive" + keyword.capitalize()) else " or equal to"
    within, within_whole = holds(keyword, limit, schema), holds(keyword, int(limit), schema)

    def check(value: Json, path: str, found: Found) -> None:
        whole = isinstance(value, int)
        if not (within_whole if whole else within)(value):
            found.append(_invalid(path, value, f"should be {words} {_number(int(limit) if whole else limit)}"))

    yield check


def _too_large(value: float, form: str) -> bool:
    if form == "float":
        return abs(value) > FLOAT_MAX
    return not float(value).is_integer() or not -INT_RANGES[form] - 1 <= value <= INT_RANGES[form]


def _check_step(value: float, step: float, path: str, found: Found) -> None:
    factor = int(step) if isinstance(value, int) else step
    if factor <= 0:
        text = f"factor MultipleOf declared for {path} must be positive: {_number(factor)}"
        found.append(Violation(path or NOWHERE, "Invalid", factor, text))
        return
    quotient = 1 / factor * value if factor < 1 else value / factor
    whole = value % factor == 0 if isinstance(value, int) else _near_integer(quotient)
    if not whole:
        found.append(_invalid(path, value, f"should be a multiple of {_number(factor)}"))


def _near_integer(value: float) -> bool:
    """Whether a quotient is whole, but for what floating point loses."""
    if value != value or value in (float("inf"), float("-inf")):
        return False
    return value == round(value) or abs(value - round(value)) < 1e-9 * max(1.0, abs(value))


def _number(value: float) -> str:
    """A limit as Go prints it."""
    from ..cel.values import short_float

    return str(value) if isinstance(value, int) else short_float(value)


# Lists and objects


def _list_checks(schema: Schema) -> Iterator[Check]:
    return _size_checks(schema, "minItems", "maxItems", "items")


def _object_checks(schema: Schema) -> Iterator[Check]:
    return _size_checks(schema, "minProperties", "maxProperties", "properties")


def _size_checks(schema: Schema, least: str, most: str, what: str) -> Iterator[Check]:
    """The check of how much is in a list or an object."""
    fewest, highest = schema.get(least), schema.get(most)
    if fewest is None and highest is None:
        return
    fills = anything if fewest is None else holds(least, fewest, schema)
    fits = anything if highest is None else holds(most, highest, schema)

    def check(value: Json, path: str, found: Found) -> None:
        if not fills(value):
            found.append(_invalid(path, len(value), f"should have at least {fewest} {what}"))
        if not fits(value):
            found.append(Violation(path or NOWHERE, "TooMany", len(value), limit=highest))

    yield check


def identity(value: Json, schema: Schema) -> str:
    """What tells an item of a keyed list from the others."""
    if not isinstance(value, Mapping):
        return text_of(value)
    properties = (schema.get("items") or {}).get("properties") or {}
    names = schema.get("x-kubernetes-list-map-keys") or ()
    return text_of([value.get(name, (properties.get(name) or {}).get("default")) for name in names])


def correlated(old: Json, schema: Schema) -> dict[str, Json]:
    """The items of a keyed list as it was, by identity."""
    if not isinstance(old, (list, tuple)):
        return {}
    return {identity(each, schema): each for each in old}


def unchanged(value: Json, old: Json, schema: Schema) -> bool:
    """Whether a value is as it was: the items of keyed lists are compared with those of the same key."""
    if alike(value, old):
        return True
    if not _has_keyed_lists(schema):
        return False
    if isinstance(value, Mapping) and isinstance(old, Mapping):
        properties, values = schema.get("properties") or {}, schema.get("additionalProperties")
        others = values if isinstance(values, Mapping) else EMPTY_MAP
        return value.keys() == old.keys() and all(
            unchanged(held, old[name], properties.get(name, others)) for name, held in value.items()
        )
    if schema.get("x-kubernetes-list-type") != "map" or not isinstance(value, (list, tuple)):
        return False
    before = correlated(old, schema)
    names = [identity(each, schema) for each in value]
    items = schema.get("items") or EMPTY_MAP
    return len(value) == len(old or ()) and all(
        name in before and unchanged(each, before[name], items) for name, each in zip(names, value, strict=True)
    )


@lru_cache(maxsize=512)
def _has_keyed_lists(schema: Schema) -> bool:
    below = [schema.get(name) for name in ("items", "additionalProperties")]
    below += (schema.get("properties") or {}).values()
    keyed = schema.get("x-kubernetes-list-type") == "map"
    return keyed or any(_has_keyed_lists(each) for each in below if isinstance(each, Mapping))


def text_of(value: Json) -> str:
    """The JSON of a value, the same for equal ones."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


# Combinations


def _combinations(schema: Schema) -> Iterator[Check]:
    """`anyOf`, `oneOf`, `allOf` and `not`, whose complaints name no field."""
    any_of, one_of, all_of = ([Checks(each) for each in schema.get(name) or ()] for name in ("anyOf", "oneOf", "allOf"))
    none = schema.get("not")
    if any_of:
        yield lambda value, path, found: _check_any(value, path, found, any_of)
    if one_of:
        yield lambda value, path, found: _check_one(value, path, found, one_of)
    if all_of:
        yield lambda value, path, found: _check_all(value, path, found, all_of)
    if isinstance(none, Mapping):
        refused = Checks(none)

        def check(value: Json, path: str, found: Found) -> None:
            if not _tried(value, path, refused):
                found.append(_plain(path, f"{json.dumps(path)} must not validate the schema (not)"))

        yield check


def _tried(value: Json, path: str, checks: Checks) -> Found:
    found: Found = []
    checks.check(value, None, path, found)
    return found


def _best(value: Json, path: str, alternatives: list[Checks], tried: list[Found]) -> Found:
    """What is wrong with the alternative that fits best: the first of those of which most was looked at."""
    scores = [each.score(value) for each in alternatives]
    return tried[scores.index(max(scores))]


def _check_any(value: Json, path: str, found: Found, alternatives: list[Checks]) -> None:
    tried = []
    for each in alternatives:
        tried.append(_tried(value, path, each))
        if not tried[-1]:
            return
    found.append(_plain(path, f"{json.dumps(path)} must validate at least one schema (anyOf)"))
    found += _best(value, path, alternatives, tried)


def _check_one(value: Json, path: str, found: Found, alternatives: list[Checks]) -> None:
    tried = [_tried(value, path, each) for each in alternatives]
    count = tried.count([])
    if count == 1:
        return
    what = "Found none valid" if not count else f"Found {count} valid alternatives"
    found.append(_plain(path, f"{json.dumps(path)} must validate one and only one schema (oneOf). {what}"))
    if not count:
        found += _best(value, path, alternatives, tried)


def _check_all(value: Json, path: str, found: Found, alternatives: list[Checks]) -> None:
    tried = [_tried(value, path, each) for each in alternatives]
    if not any(tried):
        return
    for each in tried:
        found += each
    text = f"{json.dumps(path)} must validate all the schemas (allOf)" + (". None validated" if all(tried) else "")
    found.append(_plain(path, text))
