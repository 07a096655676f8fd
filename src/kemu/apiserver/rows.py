"""The interpreter of validation: tables of rules, bound to a type once, that then look at objects.

A policy says `path: rule`. A path is a JSON path (`spec.template.spec.containers[*].name`); a rule is one of the small
named values of `rules.py`, a function of the value that yields `FieldError`s, a table of further paths, or several of
those in a row. Rows are evaluated in their order, which is the order in which a real server complains. What crosses
fields is a function of the whole; where it has its place between rows, a table is written in parts.

- What is unset (absent, empty) is only asked by `required` and its like; everything else speaks of values.
- Errors name their field relative to the value that was looked at, and the way up is put in front of them as they
  climb. While nothing is wrong no path is ever written.
- Which words a field allows is declared with its type. `choice` reads it from there, and a table asks it of every
  field below it that has no row of its own, but for the status: what a controller reports is not checked.

`Rows` binds a table to a type, once, and then looks at objects: all of an object, or only what is not the very same
value as in the object before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any

import attrs

from ..objects.schema import Type, shape_of
from ..values.memo import Memo
from . import failures
from .failures import FieldError

Check = Callable[[Any], Iterable[FieldError]]
"""What looks at a value: no errors, or those of the value (with an empty field) and of what lies in it."""

Spec = Any
"""What may stand to the right of a path: a Rule, a Check, a table of rows, or a tuple of those."""

Parts = Any
"""A table of rows for a structure, or a tuple of such tables and functions of the structure, in their order."""

NONE: tuple[FieldError, ...] = ()

MANY = 2000
"""So many errors of one list, map or function are told; who sent an object with more will not read them all (D-239)."""

EVERY = "[*]"
_ZERO_IS_SET = frozenset({"integer", "number", "boolean", "int_or_string", "quantity"})
"""Kinds of types whose zero is a value, and not the absence of one."""

_ABSENT: Any = object()


@attrs.frozen(eq=False)
class Rule:
    """One named demand on a value. `bind` turns it into a check of values of a type."""

    name: str
    bind: Callable[[Type], Check]
    unset: bool = False
    """Whether it speaks of what is unset, too."""
    last: bool = False
    """Whether nothing more is said of a value that fails it."""


@attrs.frozen(eq=False)
class When:
    """A function of a structure that is only asked where one of these fields is set."""

    fields: tuple[str, ...]
    function: Check

    def condition(self, cls: type) -> str:
        """The same as an expression about `obj`. Raises LookupError for a field that the type does not have."""
        asked = []
        for name in self.fields:
            field = shape_of(cls).by_json.get(name)
            if field is None:
                raise LookupError(f"{cls.__name__} has no field {name}")
            asked.append(f"obj.{field.name}{' is not None' if field.pointer else ''}")
        return " or ".join(asked)


def when(*fields: str, then: Check) -> When:
    """What crosses fields, where one of these is set. It costs nothing where none is."""
    return When(fields, then)


class Rows:
    """A table of rules bound to a type, in one part or several, with functions of the whole object between them.

    `across` are more such functions, run at the end. Where `declared` is false, only what the table says is asked.
    """

    __slots__ = ("_across", "_changes", "_parts", "_walk")

    def __init__(self, cls: type, parts: Parts, across: Sequence[Check] = (), *, declared: bool = True) -> None:
        whole = parts if isinstance(parts, tuple) else (parts,)
        rows = {path: spec for part in whole if isinstance(part, Mapping) for path, spec in part.items()}
        self._parts: list[_Row | Check | tuple[str, Check]] = []
        for part in (*whole, dict(_declared(cls, rows)) if declared else {}):
            if isinstance(part, Mapping):
                self._parts += [_Row(cls, path, spec) for path, spec in part.items()]
            elif isinstance(part, When):
                self._parts.append((part.condition(cls), part.function))
            else:
                self._parts.append(part.bind(Type("struct", cls)) if isinstance(part, Rule) else part)
        self._across = tuple(across)
        self._walk: Callable[[Any, list[FieldError]], None] | None = None
        self._changes: Callable[[Any, list[FieldError], Any], None] | None = None

    def __call__(self, obj: Any, old: Any = None) -> list[FieldError]:
        """The errors of an object, or of what differs from `old`. O(size of what is looked at)."""
        found: list[FieldError] = []
        if old is None:
            if self._walk is None:
                self._walk = _compiled(self._parts, "obj, found")
            self._walk(obj, found)
        else:
            if self._changes is None:
                self._changes = _compiled(self._parts, "obj, found, old")
            self._changes(obj, found, old)
        for function in self._across:
            found.extend(islice(function(obj), MANY))
        return found


def _compiled(parts: Sequence[_Row | Check | tuple[str, Check]], arguments: str) -> Any:
    """The parts as one function of straight lines, which reads a value and asks what is asked of it, row by row."""
    names_of: dict[str, Any] = {"below": below, "islice": islice}
    lines = [f"def walk({arguments}):"]
    for row in parts:
        if not isinstance(row, _Row):
            condition, function = row if isinstance(row, tuple) else ("", row)
            name = f"function_{len(names_of)}"
            names_of[name] = function
            lines += [f"    if {condition}:"] if condition else []
            lines.append(f"    {'    ' if condition else ''}found.extend(islice({name}(obj), {MANY}))")
            continue
        way = f".{row.way}" if row.way else ""
        lines.append(f"    value = obj{way}")
        unlike = f"value is not old{way} and " if "old" in arguments else ""
        for check, when in ((row.of_something, "value"), (row.of_nothing, "not value")):
            if check is not None:
                name = f"check_{len(names_of)}"
                names_of[name] = check
                lines += [
                    f"    if {unlike}{when}:",
                    f"        problems = {name}(value)",
                    f"        if problems: found.extend(below({row.path!r}, problems))",
                ]
    exec("\n".join([*lines, "    return None"]), names_of)
    return names_of["walk"]


class _Row:
    """One path of a table.

    `way` leads to the last value that is always there: what is asked of it (or of what the rest of the path leads to
    from there) is `of_something` if it is anything, and `of_nothing` if it is absent, empty or zero.
    """

    __slots__ = ("of_nothing", "of_something", "path", "way")

    def __init__(self, cls: type, path: str, spec: Spec) -> None:
        head, every, tail = path.partition(EVERY)
        if every:
            spec = each(also({tail.lstrip("."): spec}) if tail else spec)
        sure, rest, held = _way(cls, head)
        self.path, self.way = head, ".".join(sure)
        parts = spec if isinstance(spec, tuple) else (spec,)
        asked = _parts(spec, held)
        demands = [one for one, part in zip(asked, parts, strict=True) if isinstance(part, Rule) and part.unset]
        of_set = [one for one, part in zip(asked, parts, strict=True) if not _only_of_nothing(part)]
        self.of_something: Check | None = _in_a_row(of_set) if of_set else None
        self.of_nothing: Check | None = None
        if demands or held.kind in _ZERO_IS_SET:
            empty = dict if held.kind == "int_or_string" else str | tuple | dict
            self.of_nothing = _of_nothing(_in_a_row(demands), _in_a_row(asked), empty)
        if rest:
            self.of_something = _further(_careful(rest, _ABSENT), self.of_something, self.of_nothing)
            self.of_nothing = None


def _only_of_nothing(part: Spec) -> bool:
    """Whether a rule says nothing of what is set: it asks that something is."""
    return isinstance(part, Rule) and part.unset and part.last


def _of_nothing(demands: Check, asked: Check, empty: Any) -> Check:
    """What is asked of a value that is absent or empty, and of a zero, which is a value; so is an empty text where a
    number might stand."""
    return lambda value: (demands if value is None or isinstance(value, empty) else asked)(value)


def _further(read: Callable[[Any], Any], of_something: Check | None, of_nothing: Check | None) -> Check:
    """The same of what lies further down a path that may end early."""

    def check(value: Any) -> Iterable[FieldError]:
        end = read(value)
        asked = None if end is _ABSENT else of_something if end else of_nothing
        return NONE if asked is None else asked(end)

    return check


def _way(cls: type, path: str) -> tuple[list[str], list[str], Type]:
    """The attributes of a JSON path: those that are always there, those that follow, and the type that stands there.

    Raises LookupError for a path that the type does not have.
    """
    sure: list[str] = []
    rest: list[str] = []
    held, missing = Type("struct", cls), False
    for name in path.split(".") if path else ():
        field = shape_of(held.cls).by_json.get(name) if held.cls is not None else None
        if field is None:
            raise LookupError(f"{cls.__name__} has no field {path}")
        (rest if missing else sure).append(field.name)
        missing = missing or field.optional
        held = field.type
    return sure, rest, held


def reader(cls: type, path: str) -> tuple[Callable[[Any], Any], Type]:
    """How to read a JSON path from objects of a class, and the type that stands there. What is missing reads as None.

    Raises LookupError for a path that the type does not have.
    """
    sure, rest, held = _way(cls, path)
    if rest:
        return _careful([*sure, *rest], None), held
    return (attrgetter(".".join(sure)) if sure else (lambda obj: obj)), held


def _careful(attributes: Sequence[str], absent: Any) -> Callable[[Any], Any]:
    """A reader for a path on which something may be missing; `absent` is what it then gives."""
    *way, last = attributes

    def read(obj: Any) -> Any:
        for name in way:
            obj = getattr(obj, name)
            if obj is None:
                return absent
        return getattr(obj, last)

    return read


def bound(spec: Spec, held: Type) -> Check:
    """A rule, a function or a table as a check of values of a type."""
    if isinstance(spec, Rule):
        return spec.bind(held)
    if isinstance(spec, Mapping):
        if held.cls is None:
            raise LookupError(f"a {held.kind} has no fields: {sorted(spec)}")
        return Rows(held.cls, spec)
    if isinstance(spec, tuple):
        return _in_a_row(_parts(spec, held))
    function: Check = spec
    return lambda value: list(islice(function(value), MANY))


def _parts(spec: Spec, held: Type) -> tuple[tuple[Check, bool], ...]:
    """The checks of a specification, each with whether it has the last word when it fails."""
    parts = spec if isinstance(spec, tuple) else (spec,)
    return tuple([(bound(part, held), isinstance(part, Rule) and part.last) for part in parts])


def _in_a_row(parts: Sequence[tuple[Check, bool]]) -> Check:
    if len(parts) == 1:
        return parts[0][0]

    def check(value: Any) -> list[FieldError]:
        found: list[FieldError] = []
        for part, last in parts:
            before = len(found)
            found.extend(part(value))
            if last and len(found) > before:
                break
        return found

    return check


def below(path: str, problems: Iterable[FieldError]) -> Iterator[FieldError]:
    """The same errors, seen from further up."""
    for problem in problems:
        if not path:
            yield problem
            continue
        dot = "." if problem.field and not problem.field.startswith("[") else ""
        yield FieldError(f"{path}{dot}{problem.field}", problem.reason, problem.text)


def _declared(cls: type, rows: Mapping[str, Spec]) -> Iterator[tuple[str, Spec]]:
    """Rows for the words that the type declares, wherever the table has no row at or above the field."""
    for field in shape_of(cls).fields:
        name, items = field.json, f"{field.json}{EVERY}"
        if name in rows or items in rows or name in ("metadata", "status") or not field.stored:
            continue
        held = field.type.item if field.kind == "list" else field.type
        if field.type.choices:
            yield name, choice
        elif held is not None and held.cls is not None and _chooses(held.cls):
            way = f"{items if field.kind == 'list' else name}."
            deeper = {path.removeprefix(way): spec for path, spec in rows.items() if path.startswith(way)}
            if field.kind == "list":
                yield name, each(struct(dict.fromkeys(deeper, ())) if deeper else declared)
            elif deeper:
                yield from ((f"{way}{path}", spec) for path, spec in _declared(held.cls, deeper))
            else:
                yield name, declared


def _chooses(cls: type, above: tuple[type, ...] = ()) -> bool:
    """Whether a type, or one that its fields lead to, declares words to choose from."""
    for field in shape_of(cls).fields:
        held = field.type.item if field.kind == "list" else field.type
        if field.type.choices:
            return True
        if held is not None and held.cls is not None and held.cls not in (cls, *above):
            if _chooses(held.cls, (cls, *above)):
                return True
    return False


_DECLARED: dict[type, Rows] = {}


def _walk_declared(held: Type) -> Check:
    cls = held.cls
    if cls is None:
        raise LookupError(f"a {held.kind} declares nothing")
    of: type = cls

    def check(value: Any) -> Iterable[FieldError]:
        rows = _DECLARED.get(of)
        if rows is None:
            rows = _DECLARED[of] = Rows(of, {})
        return rows(value)

    return check


def _bind_choice(held: Type) -> Check:
    if not held.choices:
        raise LookupError("the type declares no words to choose from")
    return one_of_words(held.choices)


def one_of_words(options: tuple[str, ...]) -> Check:
    """What complains of any other text."""
    allowed = frozenset(options)

    def check(value: Any) -> Iterable[FieldError]:
        return NONE if value in allowed else (failures.not_supported("", value, options),)

    return check


choice = Rule("choice", _bind_choice)
"""One of the words that the type declares."""

declared = Rule("declared", _walk_declared)
"""A structure of which nothing is asked but what its type declares."""


# Words for structures


def each(spec: Spec, *, unique: str = "", across: Sequence[Check] = (), memo: bool = False) -> Rule:
    """Every item of a list (or value of a map) follows a rule; `unique` names the field that tells items apart.

    With `memo` the very same list is walked once, wherever it stands.
    """

    def bind(held: Type) -> Check:
        item = held.item
        if item is None:
            raise LookupError(f"a {held.kind} has no items")
        follows = Rows(item.cls, spec, across) if isinstance(spec, Mapping) and item.cls else bound(spec, item)
        key = reader(item.cls, unique)[0] if unique and item.cls else None

        def check(values: Any) -> Iterable[FieldError]:
            found: list[FieldError] = []
            seen: dict[Any, None] = {}
            for index, value in enumerate(values):
                problems = follows(value)
                if key is not None:
                    own = key(value)
                    if own and own in seen:
                        problems = _inserted(list(problems), failures.duplicate(unique, own))
                    seen[own] = None
                if problems:
                    found.extend(below(f"[{index}]", problems))
                    if len(found) > MANY:
                        break
            return found[:MANY]

        return Memo(check) if memo else check

    return Rule("each", bind)


def _inserted(problems: list[FieldError], another: FieldError) -> list[FieldError]:
    """The errors of an item with one more about a field, behind what else is said of that field."""
    places = [place for place, problem in enumerate(problems, 1) if problem.field == another.field]
    problems.insert(places[-1] if places else 0, another)
    return problems


def struct(*parts: Parts, across: Sequence[Check] = (), memo: bool = False, declared: bool = True) -> Rule:
    """A structure: tables of rows, and functions of the whole, in their order.

    With `memo` the very same value is walked once, wherever it stands. Where `declared` is false, only what the tables
    say is asked.
    """
    walks: dict[type, Check] = {}

    def bind(held: Type) -> Check:
        if held.cls is None:
            raise LookupError(f"a {held.kind} has no fields")
        walk = walks.get(held.cls)
        if walk is None:
            rows_of = Rows(held.cls, parts, across, declared=declared)
            walk = walks[held.cls] = Memo(rows_of) if memo else rows_of
        return walk

    return Rule("struct", bind)


def also(rows: Mapping[str, Spec]) -> Rule:
    """More rows about a structure of which another rule asks everything else."""
    return Rule("also", _only_rows(rows))


def first(rows: Mapping[str, Spec]) -> Rule:
    """Rows about a structure without which nothing else is said of it."""
    return Rule("first", _only_rows(rows), last=True)


def _only_rows(rows: Mapping[str, Spec]) -> Callable[[Type], Check]:
    return lambda held: Rows(held.cls, rows, declared=False) if held.cls is not None else _nothing


def _nothing(value: Any) -> tuple[FieldError, ...]:
    return NONE
