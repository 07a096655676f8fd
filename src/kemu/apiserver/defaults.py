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

from ..objects import Struct, scheme
from ..objects.schema import shape_of
from ..values.frozen import kept
from ..values.memo import Memo
from . import kinds
from .kinds.pods.defaults import STAMPED, TYPES
from .policy import Table, Whole
from .rows import EVERY


def with_defaults(obj: Any, old: Any = None) -> Any:
    """The object with every default filled in; the same object if there was nothing to fill in.

    O(size of the parts of the object that can have defaults and are not those of `old`). The defaults of a custom kind
    stand in its schema, and are none of these.
    """
    return _plan_of(type(obj)).apply(obj, old) if isinstance(obj, Struct) else obj


Apply = Callable[[Any, Any], Any]
"""Fills in the defaults of a value, given the value that was there before (or None)."""


class _Plan:
    """What to do for one class at one place: its own defaults, and the fields to descend into.

    `structs` and `lists` name the fields behind which there are defaults, each with what to do there. The plan is
    compiled into one function of straight lines, which copies an object once, and only if something is missing.
    """

    __slots__ = ("_walk", "cls", "computed", "constants", "instead_of_zero", "lists", "memo", "structs", "wholes")

    def __init__(self, cls: Any, table: Table, shared: Mapping[type, Table], once: frozenset[type]) -> None:
        own, wholes, deeper = _split(cls, {**shared.get(cls, {}), **table})
        fields = shape_of(cls).fields
        values = {**_declared(cls), **own}
        plain = {name: cls._converters[name](value) for name, value in values.items() if not callable(value)}
        always = {field.name for field in fields if not field.optional and field.kind not in ("struct", "map")}
        self.cls = cls
        self.constants = {name: value for name, value in plain.items() if name not in always}
        self.instead_of_zero = {name: value for name, value in plain.items() if name in always}
        """Constants for fields that are always written, where empty and unset are the same."""
        self.computed = {name: value for name, value in values.items() if callable(value)}
        self.wholes = wholes
        self.structs: dict[str, Apply] = {}
        self.lists: dict[str, Apply] = {}
        for field in fields:
            held = field.type.item if field.kind == "list" else field.type
            if held is None or held.cls is None or field.kind not in ("struct", "list"):
                continue
            below = deeper.get(field.json)
            if below is None and not _reaches(held.cls):
                continue
            plan = None if below is None else _Plan(held.cls, below, shared, once)
            (self.structs if field.kind == "struct" else self.lists)[field.name] = _entrance(held.cls, plan)
        self.memo = Memo(self._once) if cls in once else None
        self._walk: Apply | None = None

    def apply(self, obj: Any, old: Any) -> Any:
        """The object with its defaults, where it is not the one that was there before."""
        if obj is old:
            return obj
        return self.memo(obj) if self.memo is not None else self.walk(obj, old)

    def _once(self, obj: Any) -> Any:
        result = self.walk(obj, None)
        if result is not obj and self.memo is not None:
            self.memo.keep(result, result)
        return result

    @property
    def walk(self) -> Apply:
        """The plan as a function, compiled when it is first needed."""
        if self._walk is None:
            self._walk = _compiled(self)
        return self._walk


def _compiled(plan: _Plan) -> Apply:
    """A plan as straight lines: own constants, what is computed from them, the whole, and then what lies below."""
    cls = plan.cls
    space: dict[str, Any] = {"cls": cls, "clone": cls._clone, "each": _each}
    lines = ["def walk(obj, old):", "    twin = None"]

    def known(value: Any) -> str:
        name = f"known_{len(space)}"
        space[name] = value
        return name

    def put(name: str, value: str, indent: str) -> None:
        lines.extend([f"{indent}if twin is None:", f"{indent}    twin = clone(obj)", f"{indent}twin.{name} = {value}"])

    for name, value in plan.constants.items():
        lines.append(f"    if obj.{name} is None:")
        put(name, known(value), "        ")
    for name, value in plan.instead_of_zero.items():
        lines.append(f"    if not obj.{name}:")
        put(name, known(value), "        ")
    for name, function in plan.computed.items():
        lines.append(f"    if obj.{name} is None or obj.{name} == ():")
        lines.append(f"        value = {known(function)}(obj if twin is None else twin)")
        lines.append("        if value is not None:")
        put(name, f"{known(cls._converters[name])}(value)", "            ")
    if plan.wholes:
        lines += ["    if twin is not None:", "        twin.__class__ = cls", "        obj, twin = twin, None"]
        lines += [f"    obj = {known(function)}(obj)" for function in plan.wholes]
    lines.append("    here = obj if twin is None else twin")
    for name, apply in plan.structs.items():
        lines += [f"    value = here.{name}", "    if value is not None:"]
        lines += [f"        new = {known(apply)}(value, None if old is None else old.{name})"]
        lines += ["        if new is not value:"]
        put(name, "new", "            ")
    for name, apply in plan.lists.items():
        lines += [f"    items = here.{name}", "    if items:"]
        lines += [f"        new = each({known(apply)}, items, () if old is None else old.{name})"]
        lines += ["        if new is not items:"]
        put(name, "new", "            ")
    lines += ["    if twin is None:", "        return obj", "    twin.__class__ = cls", "    return twin"]
    exec("\n".join(lines), space)
    walk: Apply = space["walk"]
    return walk


def _entrance(cls: Any, plan: _Plan | None) -> Apply:
    """What to do with values of a class at one place. What an empty one becomes is worked out once."""
    empty, filled = cls._empty, None

    def apply(value: Any, old: Any) -> Any:
        nonlocal filled
        if value is old:
            return value
        if value is not empty:
            return (plan or _plan(cls)).apply(value, old)
        if filled is None:
            filled = (plan or _plan(cls)).apply(value, None)
        return filled

    return apply


def _each(apply: Apply, items: tuple[Any, ...], old: tuple[Any, ...]) -> tuple[Any, ...]:
    """The items with their defaults; the same tuple if there was nothing to fill in."""
    if items is old:
        return items
    known = old if len(old) == len(items) else (None,) * len(items)
    return kept(items, tuple([apply(item, was) for item, was in zip(items, known, strict=True)]))


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
