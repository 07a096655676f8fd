"""Defaults: what the server fills in where a client said nothing.

A field may declare its default. `DEFAULTS` adds those that the published schema does not know, class by class and
attribute by attribute: a constant, or a function of the object as it is so far. `RULES` maps a class to functions that
need to see more than one attribute. The interpreter below walks an object top down, applies all three, and descends
only into fields behind which a class with defaults lies. An object that needs nothing comes back as the very same
object, so that everything stamped from one template keeps sharing it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from ...objects import Struct, evolve, schema
from .tables import DEFAULTS, RULES


def with_defaults(obj: Any) -> Any:
    """The object with every default filled in; the same object if there was nothing to fill in.

    O(size of the parts of the object that can have defaults).
    """
    return _plan(type(obj)).apply(obj)


@attrs.frozen
class _Plan:
    """What to do for one class: its own defaults, its own rules, and the fields to descend into."""

    constants: tuple[tuple[str, Any], ...]
    instead_of_zero: tuple[tuple[str, Any], ...]
    """Constants for fields that are always written, where empty and unset are the same."""
    computed: tuple[tuple[str, Callable[[Any], Any]], ...]
    rules: tuple[Callable[[Any], Any], ...]
    structs: tuple[str, ...]
    lists: tuple[str, ...]

    def apply(self, obj: Any) -> Any:
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
        for rule in self.rules:
            obj = rule(obj)
        changes = {}
        for name in self.structs:
            old = getattr(obj, name)
            if old is not None:
                new = _plan(type(old)).apply(old)
                if new is not old:
                    changes[name] = new
        for name in self.lists:
            items = getattr(obj, name)
            if items:
                done = tuple([_plan(type(item)).apply(item) for item in items])
                if any(new is not old for new, old in zip(done, items, strict=True)):
                    changes[name] = done
        return evolve(obj, **changes) if changes else obj


_PLANS: dict[type, _Plan] = {}
_REACHES: dict[type, bool] = {}


def _plan(cls: type) -> _Plan:
    plan = _PLANS.get(cls)
    if plan is None:
        plan = _PLANS[cls] = _make_plan(cls)
    return plan


def _make_plan(cls: type) -> _Plan:
    fields = schema.fields(cls)
    own = {**_declared(cls), **(DEFAULTS.get(_qualified(cls)) or DEFAULTS.get(cls.__name__, {}))}
    plain = {name: value for name, value in own.items() if not callable(value)}
    always = {field.name for field in fields if not field.optional and field.kind not in ("struct", "map")}
    return _Plan(
        constants=tuple((name, value) for name, value in plain.items() if name not in always),
        instead_of_zero=tuple((name, value) for name, value in plain.items() if name in always),
        computed=tuple((name, value) for name, value in own.items() if callable(value)),
        rules=RULES.get(cls.__name__, ()),
        structs=tuple(field.name for field in fields if field.kind == "struct" and _reaches(field.item)),
        lists=tuple(
            field.name
            for field in fields
            if field.kind == "list" and isinstance(field.item, type) and _reaches(field.item)
        ),
    )


def _declared(cls: type) -> dict[str, Any]:
    """The defaults that the fields themselves declare, where they differ from being unset."""
    return {
        field.name: field.default
        for field in schema.fields(cls)
        if field.default is not None and (field.default or field.pointer)
    }


def _qualified(cls: type) -> str:
    """`discovery.EndpointPort`: a class with the API group's module, for names that several groups use."""
    return f"{cls.__module__.removeprefix('kemu.objects.').partition('.')[0]}.{cls.__name__}"


def _reaches(cls: Any, above: tuple[type, ...] = ()) -> bool:
    """Whether a class, or one that its fields lead to, has defaults."""
    if not isinstance(cls, type) or not issubclass(cls, Struct):
        return False
    known = _REACHES.get(cls)
    if known is not None:
        return known
    if cls.__name__ in DEFAULTS or _qualified(cls) in DEFAULTS or cls.__name__ in RULES or _declared(cls):
        result = True
    elif cls in above:
        return False
    else:
        result = any(
            _reaches(field.item, (*above, cls)) for field in schema.fields(cls) if field.kind in ("struct", "list")
        )
    if not above or result:
        _REACHES[cls] = result
    return result
