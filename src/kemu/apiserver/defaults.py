"""Defaults: what the server fills in where a client said nothing.

A field may declare its default with its type. A policy adds, path by path, what the published schema does not know: a
constant; a function of the object that holds the field, as it is so far (None from it: there is no default); or
`whole(...)` functions that complete an object of which they need to see more than one field. Types that many kinds
hold (containers, probes, volumes) have their tables once, beside the pods' policy.

The interpreter walks an object top down and descends only into fields behind which there are defaults. An object that
needs nothing comes back as the very same object, so that everything stamped from one template keeps sharing it. What
is the very same value as in the object before has its defaults already and is not walked, and the specifications that
pods are stamped from are walked once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from ..objects import Struct, evolve, scheme
from ..objects.schema import shape_of
from . import kinds
from .memo import Memo

Table = Mapping[str, Any]
EVERY = "[*]"


@attrs.frozen(eq=False)
class Whole:
    """Functions that complete an object, in their order."""

    functions: tuple[Callable[[Any], Any], ...]


def whole(*functions: Callable[[Any], Any]) -> Whole:
    """Complete the object at a path by functions that give it back, changed or not."""
    return Whole(functions)


def with_defaults(obj: Any, old: Any = None) -> Any:
    """The object with every default filled in; the same object if there was nothing to fill in.

    O(size of the parts of the object that can have defaults and are not those of `old`). The defaults of a custom kind
    stand in its schema, and are none of these.
    """
    return _plan_of(type(obj)).apply(obj, old) if isinstance(obj, Struct) else obj


class _Plan:
    """What to do for one class at one place: its own defaults, and the fields to descend into.

    `descend` names fields that hold a structure or a list of them, each with the plan for what is there.
    """

    __slots__ = ("computed", "constants", "instead_of_zero", "lists", "memo", "structs", "wholes")

    def __init__(self, cls: type, table: Table, shared: Mapping[type, Table], once: frozenset[type]) -> None:
        own, wholes, deeper = _split(cls, {**shared.get(cls, {}), **table})
        fields = shape_of(cls).fields
        values = {**_declared(cls), **own}
        plain = {name: value for name, value in values.items() if not callable(value)}
        always = {field.name for field in fields if not field.optional and field.kind not in ("struct", "map")}
        self.constants = tuple((name, value) for name, value in plain.items() if name not in always)
        self.instead_of_zero = tuple((name, value) for name, value in plain.items() if name in always)
        """Constants for fields that are always written, where empty and unset are the same."""
        self.computed = tuple((name, value) for name, value in values.items() if callable(value))
        self.wholes = wholes
        structs: list[tuple[str, _Plan | None]] = []
        lists: list[tuple[str, _Plan | None]] = []
        for field in fields:
            held = field.type.item if field.kind == "list" else field.type
            if held is None or held.cls is None or field.kind not in ("struct", "list"):
                continue
            below = deeper.get(field.json)
            if below is None and not _reaches(held.cls):
                continue
            plan = None if below is None else _Plan(held.cls, below, shared, once)
            (structs if field.kind == "struct" else lists).append((field.name, plan))
        self.structs = tuple(structs)
        self.lists = tuple(lists)
        self.memo = Memo(self._once) if cls in once else None

    def apply(self, obj: Any, old: Any) -> Any:
        """The object with its defaults, where it is not the one that was there before."""
        if obj is old:
            return obj
        return self.memo(obj) if self.memo is not None else self._walk(obj, old)

    def _once(self, obj: Any) -> Any:
        result = self._walk(obj, None)
        if result is not obj and self.memo is not None:
            self.memo.keep(result, result)
        return result

    def _walk(self, obj: Any, old: Any) -> Any:
        obj = self._own(obj)
        changes: dict[str, Any] = {}
        for name, plan in self.structs:
            value = getattr(obj, name)
            if value is not None:
                new = (plan or _plan(type(value))).apply(value, getattr(old, name, None))
                if new is not value:
                    changes[name] = new
        for name, plan in self.lists:
            items = getattr(obj, name)
            before = getattr(old, name, None)
            if items and items is not before:
                each = plan or _plan(type(items[0]))
                known = before if before and len(before) == len(items) else (None,) * len(items)
                done = tuple([each.apply(item, was) for item, was in zip(items, known, strict=True)])
                if any(new is not item for new, item in zip(done, items, strict=True)):
                    changes[name] = done
        return evolve(obj, **changes) if changes else obj

    def _own(self, obj: Any) -> Any:
        changes: dict[str, Any] = {}
        for name, value in self.constants:
            if getattr(obj, name) is None:
                changes[name] = value
        for name, value in self.instead_of_zero:
            if not getattr(obj, name):
                changes[name] = value
        if changes:
            obj = evolve(obj, **changes)
        for name, function in self.computed:
            if getattr(obj, name) in (None, ()):
                value = function(obj)
                if value is not None:
                    obj = evolve(obj, **{name: value})
        for complete in self.wholes:
            obj = complete(obj)
        return obj


def _split(cls: type, table: Table) -> tuple[dict[str, Any], tuple[Callable[[Any], Any], ...], dict[str, Table]]:
    """A table as the defaults of the class's own fields, what completes it whole, and tables for what lies below.

    Raises LookupError for a path that the type does not have.
    """
    own: dict[str, Any] = {}
    wholes: tuple[Callable[[Any], Any], ...] = ()
    deeper: dict[str, dict[str, Any]] = {}
    for path, value in table.items():
        if not path:
            wholes = value.functions
            continue
        head, _, rest = path.partition(".")
        name = head.removesuffix(EVERY)
        field = shape_of(cls).by_json.get(name)
        if field is None:
            raise LookupError(f"{cls.__name__} has no field {name}")
        if rest or isinstance(value, Whole):
            deeper.setdefault(name, {})[rest] = value
        else:
            own[field.name] = value
    return own, wholes, dict(deeper)


_PLANS: dict[type, _Plan] = {}
_REACHES: dict[type, bool] = {}


def _plan_of(cls: type) -> _Plan:
    """The plan of a top-level class: the table of its policy, or of the view that it is."""
    plan = _PLANS.get(cls)
    if plan is None:
        plan = _PLANS[cls] = _make(cls, _table_of(cls))
    return plan


def _table_of(cls: Any) -> Table:
    kind = scheme.by_gvk(cls.api_version, cls.kind)
    if kind is None:
        return {}
    policy = kinds.policy_of(kind)
    view = policy.views.get(kind.api_version)
    return policy.defaults if view is None else view.defaults


def _plan(cls: type) -> _Plan:
    """The plan of a class that no policy speaks of at its place."""
    plan = _PLANS.get(cls)
    if plan is None:
        plan = _PLANS[cls] = _make(cls, {})
    return plan


def _make(cls: type, table: Table) -> _Plan:
    from .kinds.pods.defaults import STAMPED, TYPES

    return _Plan(cls, table, TYPES, STAMPED)


def _declared(cls: type) -> dict[str, Any]:
    """The defaults that the fields themselves declare, where they differ from being unset."""
    return {
        field.name: field.default
        for field in shape_of(cls).fields
        if field.default is not None and (field.default or field.pointer)
    }


def _reaches(cls: type, above: tuple[type, ...] = ()) -> bool:
    """Whether a class, or one that its fields lead to, has defaults."""
    from .kinds.pods.defaults import TYPES

    known = _REACHES.get(cls)
    if known is not None:
        return known
    if cls in TYPES or _declared(cls):
        result = True
    elif cls in above:
        return False
    else:
        held = [field.type.item if field.kind == "list" else field.type for field in shape_of(cls).fields]
        result = any(_reaches(one.cls, (*above, cls)) for one in held if one is not None and one.cls is not None)
    if not above or result:
        _REACHES[cls] = result
    return result
