"""The rules of a schema, asked of a value: what `x-kubernetes-validations` does not allow of an object.

A tree of judges follows the schema where it has rules. A rule that compares with the old value is asked only where
there is one; one that does not is forgiven what has not changed, of which whoever listens is warned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import attrs

from ..cel import NONE, CostExceeded, EvaluationError, optional
from ..cel.rules import OLD_SELF, SELF, Compiler, Rule
from ..cel.schema import Declared, Lens, declare, escape, lens
from .schema_rules import Json, Schema, Violation, correlated, identity
from .schema_rules import unchanged as is_unchanged

BUDGET = 10_000_000
"""How often the loops of all rules together may go around for one object."""

OUT_OF_BUDGET = "validation failed due to running out of cost budget, no further validation rules will be run"
REASONS = {
    "FieldValueForbidden": "Forbidden",
    "FieldValueRequired": "Required",
    "FieldValueDuplicate": "OmittedDuplicate",
}


@attrs.frozen(eq=False)
class Judge:
    """The rules at one place of a schema, and the judges below it."""

    schema: Schema
    rules: tuple[Rule, ...]
    lens: Lens | None
    properties: Mapping[str, Judge]
    items: Judge | None
    values: Judge | None


@lru_cache(maxsize=256)
def judge_of(schema: Schema) -> Judge | None:
    """The judge of the objects of a schema; None if it has no rules."""
    return _judge(schema, declare(schema, root=True), root=True)


def _judge(schema: Schema, declared: Declared | None, root: bool) -> Judge | None:
    properties: dict[str, Judge] = {}
    for name, inner in (schema.get("properties") or {}).items():
        escaped = escape(name)
        known = None if declared is None else declared.fields.get(escaped) if escaped is not None else None
        if known is None and escaped is None:
            known = declare(inner, root=_embedded(inner))
        below = None if known is None else _judge(inner, known, _embedded(inner))
        if below is not None:
            properties[name] = below
    items, values = schema.get("items"), schema.get("additionalProperties")
    item = None if declared is None else declared.item
    of_items = _judge(items, item, _embedded(items)) if isinstance(items, Mapping) else None
    of_values = _judge(values, item, _embedded(values)) if isinstance(values, Mapping) else None
    said = schema.get("x-kubernetes-validations") or ()
    rules: tuple[Rule, ...] = ()
    if said and declared is not None:
        compiler = Compiler(schema, declared)
        rules = tuple([compiler.compiled(each) for each in said])
    if not (rules or properties or of_items or of_values):
        return None
    return Judge(schema, rules, lens(schema, root=root) if rules else None, properties, of_items, of_values)


def _embedded(schema: Schema) -> bool:
    return bool(schema.get("x-kubernetes-embedded-resource"))


def complaints(value: Json, judge: Judge, old: Json) -> Iterator[Violation]:
    """Everything that the rules do not allow of an object, given the object as it was (None of a new one).

    Rules about the object as a whole see the name in its metadata; they are forgiven nothing.
    """
    walk = _Walk()
    yield from walk.judged(value, judge, old, "", unchanged=False)


class _Walk:
    """One walk over an object, with what its rules may still cost."""

    def __init__(self) -> None:
        self.left = BUDGET

    def judged(self, value: Json, judge: Judge, old: Json, path: str, unchanged: bool) -> Iterator[Violation]:
        """`unchanged` says that the value is part of one that is as it was; an object as a whole never is."""
        if value is None or self.left < 0:
            return
        if old is not None and path:
            unchanged = is_unchanged(value, old, judge.schema)
        if judge.rules:
            yield from self.asked(value, judge, old, path, unchanged)
        if isinstance(value, Mapping):
            before = old if isinstance(old, Mapping) else {}
            for name, held in value.items():
                below = judge.properties.get(name)
                if below is not None:
                    here = f"{path}.{name}" if path else name
                    yield from self.judged(held, below, before.get(name), here, unchanged)
                elif judge.values is not None:
                    yield from self.judged(held, judge.values, before.get(name), f"{path}[{name}]", unchanged)
        elif isinstance(value, (list, tuple)) and judge.items is not None:
            keyed = judge.schema.get("x-kubernetes-list-type") == "map"
            known = correlated(old, judge.schema) if keyed else {}
            for index, held in enumerate(value):
                was = known.get(identity(held, judge.schema)) if known else None
                yield from self.judged(held, judge.items, was, f"{path}[{index}]", unchanged)

    def asked(self, value: Json, judge: Judge, old: Json, path: str, unchanged: bool) -> Iterator[Violation]:
        """The complaints of the rules at one place."""
        kind = judge.schema.get("type") or ""
        seen = before = wrong = None
        try:
            seen = self.seen(value, judge)
            before = None if old is None else self.seen(old, judge)
        except EvaluationError as problem:
            wrong = problem
        for rule in judge.rules:
            if rule.problem:
                yield Violation(path or "<nil>", "Invalid", kind, f"rule compile error: {rule.problem}")
            if rule.program is None or (rule.uses_old and old is None and not rule.optional_old):
                continue
            if wrong is not None and not {SELF, OLD_SELF}.isdisjoint(rule.program.names):
                yield _failed(path, kind, rule, wrong)
                continue
            variables = {SELF: seen}
            if rule.optional_old:
                variables[OLD_SELF] = NONE if old is None else optional(before)
            elif old is not None:
                variables[OLD_SELF] = before
            try:
                held = rule.program.evaluate(variables)
            except EvaluationError as problem:
                yield _failed(path, kind, rule, problem)
                if isinstance(problem, CostExceeded):
                    self.left = -1
                    return
                continue
            if held is not True:
                forgiven = unchanged and not rule.uses_old
                yield _complaint(path, value, kind, rule, rule.complaint(variables), forgiven)

    def seen(self, value: Json, judge: Judge) -> Any:
        return value if judge.lens is None else judge.lens(value)


def _complaint(path: str, value: Json, kind: str, rule: Rule, text: str, forgiven: bool) -> Violation:
    here = f"{path}.{rule.path}" if path and rule.path else path or rule.path or "<nil>"
    code = REASONS.get(rule.said.get("reason") or "", "Omitted")
    if kind in ("object", "array") or code in ("Forbidden", "Required"):
        return Violation(here, code, text=text, forgiven=forgiven)
    return Violation(here, code.removeprefix("Omitted") or "Invalid", value, text, forgiven=forgiven)


def _failed(path: str, kind: str, rule: Rule, problem: EvaluationError) -> Violation:
    """What is said of a rule that has no value."""
    text = str(problem)
    if isinstance(problem, CostExceeded):
        why = "no further validation rules will be run due to call cost exceeds limit for rule"
        text = f"'{text}': {why}: {rule.title}"
    elif text.startswith("no such overload"):
        why = "call arguments did not match a supported operator, function or macro signature for rule"
        text = f"'{text}': {why}: {rule.title}"
    else:
        text = f"{text} evaluating rule: {rule.title}"
    return Violation(path or "<nil>", "Invalid", kind, text)
