"""What a definition's schema must be beyond its structure: which keywords it has, how they fit, and its rules.

Keywords and rules are told apart: a rule is only compiled where the keywords around it are in order, and what is wrong
with rules is said last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from ...cel.fieldpaths import field_path
from ...cel.rules import Compiler, Rule
from ...cel.schema import MAX_REQUEST, Declared, declare, escape
from ..failures import FieldError, forbidden_field, invalid_form, invalid_value, not_supported, required
from .default_values import default_errors
from .forms import FIELDS, inner_rule, inner_schema
from .structure import no_structure, structural_errors

Schema = Mapping[str, Any]

TYPES = ("array", "boolean", "integer", "number", "object", "string")
REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
META = ("metadata", "kind", "apiVersion")
MAX_DEPTH = 100
"""How deeply a schema may be nested."""

COST_LIMIT = 10_000_000
"""What a rule may cost at most, for all values that it is asked about."""

TOTAL_LIMIT = 100_000_000
"""What all rules of a schema may cost together."""

MOST = (1 << 64) - 1
_AT_ROOT = (
    *("Description", "Type", "Format", "Title", "Maximum", "ExclusiveMaximum", "Minimum", "ExclusiveMinimum"),
    *("MaxLength", "MinLength", "Pattern", "MaxItems", "MinItems", "UniqueItems", "MultipleOf", "Required", "Items"),
    *("Properties", "ExternalDocs", "Example", "XPreserveUnknownFields", "XValidations"),
)
_NOT_SUPPORTED = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")


def schema_errors(schema: Schema, path: str, with_status: bool) -> list[FieldError]:
    """What is wrong with the schema at a path (`spec.validation`), of a kind with a status subresource or without."""
    here = f"{path}.openAPIV3Schema"
    if depth(schema) > MAX_DEPTH:
        return [forbidden_field(here, f"must not be nested more than {MAX_DEPTH} levels deep")]
    found = [*_root_errors(schema, here)] if with_status else []
    if schema.get("nullable"):
        found.append(forbidden_field(f"{here}.nullable", "nullable cannot be true at the root"))
    unstructured = no_structure(schema)
    problems = [] if unstructured else structural_errors(schema, here) or default_errors(schema, here)
    found += problems
    rules = None if unstructured or problems else Rules()
    walk = _Walk(rules)
    found += walk.schema(schema, here, Place(cardinality=1, root=True))
    found += walk.rule_errors
    if not found and unstructured:
        found.append(invalid_value(here, "", unstructured))
    return found if rules is None else [*found, *rules.total_errors(here)]


def depth(schema: Any) -> int:
    """How deeply a JSON value is nested."""
    level, waiting = 0, [schema]
    while waiting and level <= MAX_DEPTH * 4:
        level += 1
        inner: list[Any] = []
        for each in waiting:
            if isinstance(each, Mapping):
                inner += each.values()
            elif isinstance(each, (list, tuple)):
                inner += each
        waiting = inner
    return level // 2


def _root_errors(schema: Schema, path: str) -> Iterator[FieldError]:
    """Above a status that is validated by itself, only certain keywords may stand."""
    where = "at the root of the schema if the status subresource is enabled"
    for name, (json_name, absent) in FIELDS.items():
        held = schema.get(json_name, absent)
        if name == "Type" and held not in ("", "object"):
            yield invalid_value(f"{path}.type", held, f'only "object" is allowed as the type {where}')
            return
        if held != absent and name != "Type" and name not in _AT_ROOT:
            text = f"only [{' '.join(_AT_ROOT)}] fields are allowed {where}"
            yield invalid_form(path, inner_schema(schema), text)
            return


@attrs.frozen(eq=False)
class Place:
    """Where in a schema the walk is.

    `cardinality` is how many values of this place an object can hold; None if nothing bounds it.
    """

    cardinality: int | None
    root: bool = False
    defaults: str | None = None
    """Why no default may be set here; None if one may."""
    in_metadata: bool = False
    uncorrelated: str = ""
    """The path of the innermost list or map above whose elements cannot be told apart from one write to the next."""
    declared: Declared | None = None
    rules: bool = True
    """Whether rules can stand here."""


class Rules:
    """What the rules of a schema cost."""

    def __init__(self) -> None:
        self.total = 0
        self.costs: list[tuple[str, int]] = []

    def observe(self, path: str, cost: int) -> None:
        """Count what a rule costs."""
        self.total = min(self.total + cost, MOST)
        if cost >= TOTAL_LIMIT // 100:
            self.costs.append((path, cost))

    def total_errors(self, path: str) -> Iterator[FieldError]:
        """The complaints if all rules cost too much together."""
        if self.total <= TOTAL_LIMIT:
            return
        for where, _ in sorted(self.costs, key=lambda each: -each[1])[:4]:
            text = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"
            yield forbidden_field(where, text)
        name = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema"
        yield forbidden_field(path, cost_text(name, self.total, TOTAL_LIMIT))


def cost_text(name: str, cost: int, limit: int) -> str:
    """What is said of a cost that is above its limit."""
    factor = cost / limit
    shown = "more than 100x" if factor > 100 else f"{factor:.6f}x" if factor < 1.5 else f"{factor:.1f}x"
    advice = (
        "try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are"
        " declared"
    )
    return f"{name} exceeds budget by factor of {shown} ({advice})"


class _Walk:
    """One walk over a schema; what is wrong with rules is collected."""

    def __init__(self, rules: Rules | None) -> None:
        self.rules = rules
        self.rule_errors: list[FieldError] = []

    def schema(self, schema: Schema, path: str, place: Place) -> list[FieldError]:
        found = [*_keyword_errors(schema, path, place)]
        if schema.get("uniqueItems"):
            text = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
            found.append(forbidden_field(f"{path}.uniqueItems", text))
        rooted = schema.get("x-kubernetes-validations") and place.declared is None and place.rules
        if rooted:
            declared = declare(schema, root=place.root or _embedded(schema))
            place = attrs.evolve(place, declared=declared)
        for inner, where, below in self.inner(schema, path, place):
            found += self.schema(inner, where, below)
        found += _list_and_map_errors(schema, path)
        said = schema.get("x-kubernetes-validations") or ()
        for number, rule in enumerate(said):
            found += _rule_form(rule, f"{path}.x-kubernetes-validations[{number}]", schema)
        if said and not found and self.rules is not None and place.rules and place.declared is not None:
            self.compile(schema, place, path)
        return found

    def inner(self, schema: Schema, path: str, place: Place) -> Iterator[tuple[Schema, str, Place]]:
        """The schemas within, with their paths and places."""
        values, properties, items = (schema.get(name) for name in ("additionalProperties", "properties", "items"))
        below = attrs.evolve(place, root=False, cardinality=_times(place.cardinality, _most(schema)), declared=None)
        if isinstance(values, Mapping):
            why = "inside additionalProperties applying to object metadata" if place.in_metadata else place.defaults
            held = None if place.declared is None else place.declared.item
            yield values, f"{path}.additionalProperties", attrs.evolve(below, defaults=why, declared=held)
        for name, inner in sorted((properties or {}).items()):
            yield inner, f"{path}.properties[{name}]", self.of_property(schema, place, below, name)
        nested = attrs.evolve(place, root=False, rules=False, declared=None)
        if schema.get("not") is not None:
            yield schema["not"], f"{path}.not", nested
        for key in ("allOf", "oneOf", "anyOf"):
            for number, each in enumerate(schema.get(key) or ()):
                yield each, f"{path}.{key}[{number}]", nested
        if isinstance(items, Mapping):
            keyed = schema.get("x-kubernetes-list-type") == "map"
            held = None if place.declared is None else place.declared.item
            where = place.uncorrelated if keyed else place.uncorrelated or path
            yield items, f"{path}.items", attrs.evolve(below, uncorrelated=where, declared=held)

    def of_property(self, schema: Schema, place: Place, below: Place, name: str) -> Place:
        held = None
        if place.declared is not None:
            escaped = escape(name)
            held = place.declared.fields.get(escaped) if escaped is not None else None
        below = attrs.evolve(below, declared=held)
        if (place.root or _embedded(schema)) and name in META:
            below = attrs.evolve(below, in_metadata=True)
            if place.root:
                below = attrs.evolve(below, defaults=f"in top-level {name}")
        return below

    def compile(self, schema: Schema, place: Place, path: str) -> None:
        """Compile the rules of one place, and count what they cost."""
        assert place.declared is not None and self.rules is not None
        compiler = Compiler(schema, place.declared)
        unbounded = MAX_REQUEST // (place.declared.smallest + 1)
        count = unbounded if place.cardinality is None else place.cardinality
        for number, said in enumerate(schema["x-kubernetes-validations"]):
            rule = compiler.compiled(said)
            here = f"{path}.x-kubernetes-validations[{number}]"
            self.rule_errors += _cost_errors(f"{here}.rule", "estimated rule cost", min(rule.cost * count, MOST))
            self.rules.observe(f"{here}.rule", min(rule.cost * count, MOST))
            self.rule_errors += _compile_errors(rule, here)
            if rule.message is not None:
                cost = rule.message_cost
                where = f"{here}.messageExpression"
                self.rule_errors += _cost_errors(where, "estimated messageExpression cost", cost)
                self.rules.observe(where, cost)
            self.rule_errors += _old_value_errors(rule, here, place.uncorrelated)


def _embedded(schema: Schema) -> bool:
    return bool(schema.get("x-kubernetes-embedded-resource"))


def _most(schema: Schema) -> int | None:
    """How many times as many values there can be one level below; None if nothing bounds it."""
    if schema.get("type") == "object" and schema.get("additionalProperties") is not None:
        limit = schema.get("maxProperties")
    elif schema.get("type") == "array":
        limit = schema.get("maxItems")
    else:
        return 1
    return None if limit is None else max(0, limit)


def _times(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else min(one * other, MOST)


def _keyword_errors(schema: Schema, path: str, place: Place) -> Iterator[FieldError]:
    kind = schema.get("type") or ""
    if kind and kind not in TYPES:
        yield not_supported(f"{path}.type", kind, TYPES)
    if schema.get("default") is not None and place.defaults is not None:
        yield forbidden_field(f"{path}.default", f"must not be set {place.defaults}")
    for name in _NOT_SUPPORTED:
        held = schema.get(name)
        if held or (held is not None and name in ("additionalItems", "dependencies", "$ref")):
            yield forbidden_field(f"{path}.{name}", f"{name} is not supported")
    if kind == "null":
        yield forbidden_field(f"{path}.type", "type cannot be set to null, use nullable as an alternative")
    if isinstance(schema.get("items"), Sequence):
        yield forbidden_field(f"{path}.items", "items must be a schema object and not an array")
    if place.in_metadata and _embedded(schema):
        yield forbidden_field(f"{path}.x-kubernetes-embedded-resource", "must not be used inside of resource meta")
    values = schema.get("additionalProperties")
    if values is not None and schema.get("properties") and values is not True:
        text = "additionalProperties and properties are mutual exclusive"
        yield forbidden_field(f"{path}.additionalProperties", text)


def _list_and_map_errors(schema: Schema, path: str) -> Iterator[FieldError]:
    kind, list_type, map_type = (schema.get(f) for f in ("type", "x-kubernetes-list-type", "x-kubernetes-map-type"))
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        yield invalid_value(f"{path}.x-kubernetes-preserve-unknown-fields", False, "must be true or undefined")
    for name, given, wanted in (("map", map_type, "object"), ("list", list_type, "array")):
        if given is not None and kind != wanted:
            text = f"must be {wanted} if x-kubernetes-{name}-type is specified"
            yield invalid_value(f"{path}.type", kind, text) if kind else required(f"{path}.type", text)
        if name == "map" and given not in (None, "atomic", "granular"):
            yield not_supported(f"{path}.x-kubernetes-map-type", given, ("atomic", "granular"))
    if list_type == "set" and kind == "array" and isinstance(schema.get("items"), Mapping):
        yield from _set_items(schema["items"], path)
    if list_type not in (None, "atomic", "set", "map"):
        yield not_supported(f"{path}.x-kubernetes-list-type", list_type, ("atomic", "set", "map"))
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    if keys and list_type != "map":
        text = "must be map if x-kubernetes-list-map-keys is non-empty"
        here = f"{path}.x-kubernetes-list-type"
        yield required(here, text) if list_type is None else invalid_value(here, list_type, text)
    if list_type == "map":
        yield from _keyed_errors(schema, keys, path)
    if list_type in ("set", "map") and isinstance(schema.get("items"), Mapping):
        yield from _identity_errors(schema["items"], keys if list_type == "map" else (), list_type, path)


def _set_items(items: Schema, path: str) -> Iterator[FieldError]:
    """The members of a set are compared as a whole."""
    for kind, name in (("array", "x-kubernetes-list-type"), ("object", "x-kubernetes-map-type")):
        held = items.get(name)
        if items.get("type") == kind and held != "atomic" and not (kind == "array" and held is None):
            shown = items.get("x-kubernetes-list-type")
            text = "must be atomic as item of a list with x-kubernetes-list-type=set"
            yield invalid_value(f"{path}.items.{name}", shown, text)


def _keyed_errors(schema: Schema, keys: Sequence[str], path: str) -> Iterator[FieldError]:
    here, items = f"{path}.x-kubernetes-list-map-keys", schema.get("items")
    if not keys:
        yield required(here, "must not be empty if x-kubernetes-list-type is map")
    if items is None:
        yield required(f"{path}.items", "must have a schema if x-kubernetes-list-type is map")
    if not isinstance(items, Mapping):
        return
    if items.get("type") != "object":
        text = "must be object if parent array's x-kubernetes-list-type is map"
        yield invalid_value(f"{path}.items.type", items.get("type") or "", text)
        return
    seen: set[str] = set()
    for key in keys:
        found = (items.get("properties") or {}).get(key)
        if found is None:
            yield invalid_value(here, tuple(keys), "entries must all be names of item properties")
        elif found.get("type") in ("array", "object"):
            text = "must be a scalar type if parent array's x-kubernetes-list-type is map"
            yield invalid_value(f"{path}.items.properties[{key}].type", items.get("type"), text)
        if key in seen:
            yield invalid_value(here, tuple(keys), "must not contain duplicate entries")
        seen.add(key)


def _identity_errors(items: Schema, keys: Sequence[str], list_type: str, path: str) -> Iterator[FieldError]:
    """What tells items apart must always be there."""
    if items.get("nullable"):
        text = f"cannot be nullable when x-kubernetes-list-type is {list_type}"
        yield forbidden_field(f"{path}.items.nullable", text)
    for key in keys:
        found = (items.get("properties") or {}).get(key)
        if found is None:
            continue
        here = f"{path}.items.properties[{key}]"
        if key not in (items.get("required") or ()) and found.get("default") is None:
            text = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            yield required(f"{here}.default", text)
        if found.get("nullable"):
            text = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"
            yield forbidden_field(f"{here}.nullable", text)


# Rules


def _rule_form(rule: Schema, path: str, schema: Schema) -> Iterator[FieldError]:
    """What is wrong with how a rule is given."""
    text, message, made = (rule.get(name) or "" for name in ("rule", "message", "messageExpression"))
    lines = "must not contain line breaks"
    if not text.strip():
        yield required(f"{path}.rule", "rule is not specified")
    elif message and not message.strip():
        yield invalid_value(f"{path}.message", message, "must be non-empty if specified")
    elif _broken(message.strip()):
        yield invalid_value(f"{path}.message", message, lines)
    elif _broken(text.strip()) and not message.strip():
        yield required(f"{path}.message", "message must be specified if rule contains line breaks")
    if made and not made.strip():
        yield required(f"{path}.messageExpression", "messageExpression must be non-empty if specified")
    reason, where = rule.get("reason"), rule.get("fieldPath") or ""
    if reason is not None and reason not in REASONS:
        yield not_supported(f"{path}.reason", reason, REASONS)
    if where and not where.strip():
        yield invalid_value(f"{path}.fieldPath", where, "must be non-empty if specified")
    if _broken(where):
        yield invalid_value(f"{path}.fieldPath", where, lines)
    if where and not _leads_somewhere(where, schema):
        yield invalid_value(f"{path}.fieldPath", where, "must be a valid path")


def _broken(text: str) -> bool:
    return "\n" in text or "\r" in text


def _leads_somewhere(path: str, schema: Schema) -> bool:
    try:
        field_path(path, schema)
    except ValueError:
        return False
    return True


def _cost_errors(path: str, name: str, cost: int) -> list[FieldError]:
    return [forbidden_field(path, cost_text(name, cost, COST_LIMIT))] if cost > COST_LIMIT else []


def _compile_errors(rule: Rule, path: str) -> Iterator[FieldError]:
    said = inner_rule(rule.said)
    if rule.problem:
        yield invalid_form(f"{path}.rule", said, rule.problem)
    if rule.message_problem:
        yield invalid_form(f"{path}.messageExpression", said, rule.message_problem)


def _old_value_errors(rule: Rule, path: str, uncorrelated: str) -> Iterator[FieldError]:
    if rule.uses_old:
        if uncorrelated:
            text = f"oldSelf cannot be used on the uncorrelatable portion of the schema within {uncorrelated}"
            yield invalid_value(f"{path}.rule", rule.said.get("rule"), text)
    elif rule.said.get("optionalOldSelf") is not None:
        text = "may not be set if oldSelf is not used in rule"
        yield invalid_value(f"{path}.optionalOldSelf", bool(rule.said["optionalOldSelf"]), text)
