"""Which fields a write changed, and which fields an object or a configuration has.

`difference` walks two objects side by side, typed or custom, and looks only where they are not the same value, so it
costs about as much as what has changed. `fields_of` walks a configuration, which is plain JSON.

Both use a plan: a tree of small walkers, one per field, made from a shape once. A walker answers two questions about
a value that stands at a path: `collect` every path below it, and `compare` it with what stood there before. The path
itself is the business of the walker around it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any, ClassVar

import attrs

from ..objects.compiled import compile_function
from ..objects.convert import empty
from ..objects.custom import CustomObject
from ..objects.schema import SCALARS, Field, Shape, Type
from ..values.frozen import FrozenMap, GivenList, alike
from ..values.memo import Lately, Memo
from .field_sets import METADATA, UNOWNED, Fields, Path, document_key, item_key, key_defaults, member

Paths = list[Path]


@attrs.frozen
class Difference:
    """What a write did: the fields that are new or have another value, and those that are no longer there."""

    changed: Fields
    gone: Fields

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone)


NOTHING = Difference(frozenset(), frozenset())


def difference(old: Any | None, new: Any, shape: Shape, ignored: Collection[Path] = ()) -> Difference:
    """What has changed from one object to the next. A new object (`old` is None) is compared with an empty one.

    A map or struct that was not there before counts as well as what is in it. What lies at or below a path in
    `ignored` counts as unchanged. O(what is not identical).
    """
    if old is new:
        return NOTHING
    changed: Paths = []
    gone: Paths = []
    skipped = frozenset(ignored)
    if shape.cls is not None:
        plan = _top(shape, skipped)
        if old is None:
            return plan.created(new)
        plan.compare(old, new, (), changed, gone)
    else:
        custom = _custom(shape, skipped)
        if old is None:
            return custom.created(new)
        custom.compare(old, new, changed, gone)
    return _difference(changed, gone)


def _difference(changed: Paths, gone: Paths) -> Difference:
    return Difference(frozenset(changed), frozenset(gone)) if changed or gone else NOTHING


def difference_of_documents(old: Mapping[str, Any], new: Mapping[str, Any], shape: Shape) -> Difference:
    """What has changed from one document to the next. What is the same value is not looked into."""
    if old is new:
        return NOTHING
    changed: Paths = []
    gone: Paths = []
    _document(shape).compare(old, new, (), changed, gone)
    return Difference(frozenset(changed) - UNOWNED, frozenset(gone) - UNOWNED)


def fields_of(document: Mapping[str, Any], shape: Shape) -> Fields:
    """Every field that a document sets, by the list and map types of its shape. O(size of the document)."""
    found: Paths = []
    _document(shape).collect(document, (), found, False)
    return frozenset(found) - UNOWNED


# Walkers


class Walker:
    """Of a value that is owned as a whole."""

    __slots__ = ()
    whole: ClassVar[bool] = True
    """Whether there is nothing below the value that is owned."""

    def collect(self, value: Any, path: Path, found: Paths, around: bool) -> None:
        """Add the paths below a value; `around` says whether the maps and structs around fields count."""

    def compare(self, old: Any, new: Any, path: Path, changed: Paths, gone: Paths) -> None:
        """Add what has changed at or below a path at which something stood and stands."""
        if old != new or not alike(old, new):
            changed.append(path)

    def is_empty(self, value: Any) -> bool:
        """Whether there is nothing inside, so that the value itself is a field."""
        return not value

    def outline(self, value: Any) -> Hashable:
        """What of a value decides which paths are below it: the same for all that differ only in what they hold."""
        return None


WHOLE = Walker()


class ScalarWalker(Walker):
    """Of a scalar in plain JSON, in the place of which lists and maps are not what the type says."""

    __slots__ = ()

    def collect(self, value: Any, path: Path, found: Paths, around: bool) -> None:
        self._check(value)

    def compare(self, old: Any, new: Any, path: Path, changed: Paths, gone: Paths) -> None:
        self._check(old)
        self._check(new)
        super().compare(old, new, path, changed, gone)

    def outline(self, value: Any) -> Hashable:
        return value.__class__ in CONTAINERS

    def _check(self, value: Any) -> None:
        if value.__class__ in CONTAINERS:
            raise Untyped


CONTAINERS = (dict, FrozenMap, list, tuple)
SCALAR = ScalarWalker()


class InstanceWalker(Walker):
    """Of a struct that is an instance of a class. What its JSON leaves out is not there."""

    __slots__ = ("lines", "outline", "values")
    whole = False

    def __init__(self, shape: Shape, skipped: Fields = frozenset()) -> None:
        """`skipped` has the paths of what is left out, as seen from here."""
        fields = [field for field in shape.fields if field.stored and (f"f:{field.json}",) not in skipped]
        self.lines = [_line(field, skipped) for field in fields]
        names = [field.name for field in fields]
        get = attrgetter(*names)
        self.values: Callable[[Any], tuple[Any, ...]] = get if len(names) > 1 else lambda value: (get(value),)
        self.outline = self.outliner(fields)  # type: ignore[method-assign, assignment]

    def outliner(self, fields: Collection[Field]) -> Callable[[Any], Hashable]:
        """The function that makes the outline of an instance."""
        walkers = [walker for _, walker, _, _ in self.lines]
        return _outline(fields, self.lines, [None if walker is WHOLE else walker.outline for walker in walkers])

    def collect(self, value: Any, path: Path, found: Paths, around: bool) -> None:
        for (tail, walker, presence, blank), held in zip(self.lines, self.values(value), strict=True):
            if presence is FILLED:
                if not held:
                    continue
            elif presence is not ALWAYS and _is_absent(held, presence, blank):
                continue
            here = path + tail
            found.append(here)
            if walker is not WHOLE and held is not None:
                walker.collect(held, here, found, around)

    def compare(self, old: Any, new: Any, path: Path, changed: Paths, gone: Paths) -> None:
        if old is None or new is None:
            _compare_with_null(self, old, new, path, changed, gone)
            return
        values = self.values
        for (tail, walker, presence, blank), before, now in zip(self.lines, values(old), values(new), strict=True):
            if before is now:
                continue
            if presence is ALWAYS and now.__class__ is GivenList is not before.__class__:
                changed.append(path + tail)
                if before:
                    walker.collect(before, path + tail, gone, True)
                continue
            if walker is WHOLE and before == now:
                continue
            here = path + tail
            if presence is not ALWAYS and _is_absent(before, presence, blank):
                if _is_absent(now, presence, blank):
                    continue
                changed.append(here)
                walker.collect(now, here, changed, True)
            elif presence is not ALWAYS and _is_absent(now, presence, blank):
                gone.append(here)
                walker.collect(before, here, gone, True)
            else:
                walker.compare(before, now, here, changed, gone)

    def is_empty(self, value: Any) -> bool:
        if value is None:
            return True
        lines = zip(self.lines, self.values(value), strict=True)
        return all(
            presence is not ALWAYS and _is_absent(held, presence, blank) for (_, _, presence, blank), held in lines
        )


class TopWalker(InstanceWalker):
    """Of a whole object. It remembers what is in new ones, which mostly look like others before them.

    What is stamped from one template shares its specification, whose outline is then made once.
    """

    __slots__ = ("found",)

    REMEMBERED = 512
    """How many outlines; the oldest are forgotten first."""

    def __init__(self, shape: Shape, skipped: Fields) -> None:
        super().__init__(shape, skipped)
        self.found: dict[Hashable, Difference] = {}

    def outliner(self, fields: Collection[Field]) -> Callable[[Any], Hashable]:
        outlines = [
            None
            if walker is WHOLE
            else Memo(partial(_hashed, walker.outline))
            if field.kind == "struct" and field.name != "metadata"
            else walker.outline
            for field, (_, walker, _, _) in zip(fields, self.lines, strict=True)
        ]
        return _outline(fields, self.lines, outlines)

    def created(self, value: Any) -> Difference:
        """The difference between an empty object and this one."""
        outline = self.outline(value)
        found = self.found.get(outline)
        if found is None:
            if len(self.found) >= self.REMEMBERED:
                del self.found[next(iter(self.found))]
            changed: Paths = []
            gone: Paths = []
            self.compare(type(value)._empty, value, (), changed, gone)
            found = self.found[outline] = _difference(changed, gone)
        return found


ALWAYS, FILLED, SET, OTHER = "always", "filled", "set", "other"
"""When a field is in JSON: whatever it holds, when it is not empty, when it is not None, when it is not its blank."""


def _is_absent(value: Any, presence: str, blank: Any) -> bool:
    """Whether JSON leaves out a field that holds this value."""
    if presence is FILLED:
        return not value
    return value is None if presence is SET else bool(value == blank)


def _line(field: Field, skipped: Fields) -> tuple[Path, Walker, str, Any]:
    tail = (f"f:{field.json}",)
    below = frozenset(path[1:] for path in skipped if path[:1] == tail)
    walker = InstanceWalker(field.type.shape, below) if below else _walker(field.type, typed=True)
    if field.always:
        return tail, walker, ALWAYS, None
    if field.omitzero:
        return tail, walker, OTHER, empty(field)
    return tail, walker, SET if field.pointer or field.kind == "json" else FILLED, None


class Outline:
    """An outline that is hashed once."""

    __slots__ = ("_hash", "_held")

    def __init__(self, held: Hashable) -> None:
        self._held = held
        self._hash = hash(held)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Outline) and self._held == other._held)


def _hashed(outline: Callable[[Any], Hashable], value: Any) -> Outline:
    return Outline(outline(value))


def _outline(
    fields: Collection[Field],
    lines: Collection[tuple[Path, Walker, str, Any]],
    outlines: Collection[Callable[[Any], Hashable] | None],
) -> Callable[[Any], Hashable]:
    """The function that makes the outline of an instance: of every field whether it is there, and what is inside."""
    space: dict[str, Any] = {}
    parts = []
    for number, (field, (_, _, presence, _), outline) in enumerate(zip(fields, lines, outlines, strict=True)):
        held = f"self.{field.name}"
        if presence is ALWAYS and field.kind == "list":
            space["given"] = GivenList
            filled = "True" if outline is None else f"outline{number}({held})"
            space[f"outline{number}"] = outline
            parts.append(f"{filled} if {held} else {held}.__class__ is given")
        elif outline is not None:
            space[f"outline{number}"] = outline
            parts.append(f"outline{number}({held}) if {held} else {held} is None")
        elif presence is FILLED:
            parts.append(f"not {held}")
        else:
            space[f"blank{number}"] = empty(field)
            parts.append(f"{held} == blank{number}")
    body = ["def outline(self):", f"    return ({', '.join(parts)},)"]
    return compile_function(body, "outline", Walker, space)


class Untyped(Exception):
    """An object that is not what its type says, such as one that another version has written."""


def _typed(kind: Any, *values: Any) -> None:
    """Raise Untyped if one of the values is of another kind."""
    if not all(isinstance(value, kind) for value in values):
        raise Untyped


class DocumentWalker(Walker):
    """Of a struct in plain JSON; of JSON without a schema when there is no shape."""

    __slots__ = ("lines", "skipped")
    whole = False

    def __init__(self, fields: Collection[Field], skipped: Collection[str] = ()) -> None:
        """`skipped` names the entries that are left out."""
        self.lines = {field.json: ((f"f:{field.json}",), _walker(field.type, typed=False)) for field in fields}
        self.skipped = frozenset(skipped)

    def line(self, name: str, value: Any, before: Any = None) -> tuple[Path, Walker, bool]:
        """The path element of an entry, its walker, and whether it is a field whatever is in it."""
        line = self.lines.get(name)
        if line is None:
            return (f"f:{name}",), _deduced(value, before), True
        tail, walker = line
        return tail, _deduced(value, before) if walker is DEDUCED else walker, False

    def collect(self, value: Any, path: Path, found: Paths, around: bool) -> None:
        if not isinstance(value, dict):
            return
        for name, held in value.items():
            if name in self.skipped:
                continue
            tail, walker, always = self.line(name, held)
            here = path + tail
            if around or always or walker.whole or held is None or held == {}:
                found.append(here)
            walker.collect(held, here, found, around)

    def compare(self, old: Any, new: Any, path: Path, changed: Paths, gone: Paths) -> None:
        if not old or not new:
            _compare_with_null(self, old, new, path, changed, gone)
            return
        _typed(dict, old, new)
        for name, now in new.items():
            if name in self.skipped:
                continue
            if name not in old:
                tail, walker, _ = self.line(name, now)
                here = path + tail
                changed.append(here)
                walker.collect(now, here, changed, True)
                continue
            before = old[name]
            if before is not now:
                tail, walker, _ = self.line(name, now, before)
                walker.compare(before, now, path + tail, changed, gone)
        for name, before in old.items():
            if name not in new and name not in self.skipped:
                tail, walker, _ = self.line(name, before)
                here = path + tail
                gone.append(here)
                walker.collect(before, here, gone, True)

    def outline(self, value: Any) -> Hashable:
        if not isinstance(value, dict):
            return (value.__class__, not value)
        return tuple([(name, self.line(name, held)[1].outline(held)) for name, held in value.items()])


class MapWalker(Walker):
    """Of a map whose entries are owned one by one."""

    __slots__ = ("item",)
    whole = False

    def __init__(self, item: Walker) -> None:
        self.item = item

    def collect(self, value: Any, path: Path, found: Paths, around: bool) -> None:
        if isinstance(value, dict):
            for name, held in value.items():
                here = (*path, f"f:{name}")
                found.append(here)
                if held is not None:
                    self.item.collect(held, here, found, around)

    def compare(self, old: Any, new: Any, path: Path, changed: Paths, gone: Paths) -> None:
        if not old or not new:
            _compare_with_null(self, old, new, path, changed, gone)
            return
        _typed(Mapping, old, new)
        _compare_entries(old, new, path, self.item, "f:".__add__, changed, gone)

    def outline(self, value: Any) -> Hashable:
        if not isinstance(value, Mapping):
            return (value.__class__, not value)
        if self.item is WHOLE:
            return tuple(value)
        return tuple([(name, self.item.outline(held)) for name, held in value.items()])


class ListWalker(Walker):
    """Of a list whose items are told apart by keys, or by their value.

    `identity` says what an item is told apart by, and `element` makes the path element of it.
    """

    __slots__ = ("element", "identity", "item")
    whole = False

    def __init__(self, identity: Callable[[Any], Any], element: Callable[[Any], str], item: Walker) -> None:
        self.identity = identity
        self.element = element
        self.item = item

    def entries(self, items: Any) -> dict[Any, Any]:
        """The items by identity. Those that have one in common are one entry, owned as a whole."""
        identity = self.identity
        found = {identity(item): item for item in items}
        if len(found) < len(items):
            found = {}
            for item in items:
                key = identity(item)
                found[key] = Repeated((found[key], item)) if key in found else item
        return found

    def collect(self, value: Any, path: Path, found: Paths, around: bool) -> None:
        if not isinstance(value, (list, tuple)):
            return
        for key, item in self.entries(value).items():
            here = (*path, self.element(key))
            found.append(here)
            if item.__class__ is not Repeated:
                self.item.collect(item, here, found, around)

    def compare(self, old: Any, new: Any, path: Path, changed: Paths, gone: Paths) -> None:
        if not old or not new:
            _compare_with_null(self, old, new, path, changed, gone)
        else:
            _typed((list, tuple), old, new)
            before, now = self.entries(old), self.entries(new)
            _compare_entries(before, now, path, self.item, self.element, changed, gone)

    def outline(self, value: Any) -> Hashable:
        if not isinstance(value, (list, tuple)):
            return (value.__class__, not value)
        outline, identity = self.item.outline, self.identity
        return tuple([(identity(item), outline(item)) for item in value])


class Repeated(tuple[Any, ...]):
    """Items of a list that have the same key."""

    __slots__ = ()


def _compare_entries(
    old: Mapping[Any, Any],
    new: Mapping[Any, Any],
    path: Path,
    item: Walker,
    element: Callable[[Any], str],
    changed: Paths,
    gone: Paths,
) -> None:
    for name, now in new.items():
        before = old.get(name, _MISSING)
        if before is now:
            continue
        here = (*path, element(name))
        repeated = Repeated in (before.__class__, now.__class__)
        if before is _MISSING:
            changed.append(here)
            if now is not None and not repeated:
                item.collect(now, here, changed, True)
        elif not repeated:
            item.compare(before, now, here, changed, gone)
        elif before != now:
            changed.append(here)
            for each, found in ((before, gone), (now, changed)):
                if each.__class__ is not Repeated:
                    item.collect(each, here, found, True)
    for name, before in old.items():
        if name not in new:
            here = (*path, element(name))
            gone.append(here)
            if before is not None and before.__class__ is not Repeated:
                item.collect(before, here, gone, True)


def _compare_with_null(walker: Walker, old: Any, new: Any, path: Path, changed: Paths, gone: Paths) -> None:
    """Compare where one side is `null` or empty: that is a field of its own only when both are."""
    if walker.is_empty(old) and walker.is_empty(new):
        if old != new:
            changed.append(path)
        return
    if old is not None:
        walker.collect(old, path, gone, True)
    if new is not None:
        walker.collect(new, path, changed, True)


_MISSING = object()


# Plans


_SCALARS = SCALARS - {"int_or_string"}


def _walker(held: Type, typed: bool) -> Walker:
    """The walker of a type; `typed` when structs are instances of classes."""
    if held.atomic:
        return WHOLE if typed or held.kind not in _SCALARS else SCALAR
    if held.kind == "struct":
        return _Later(held.shape, typed)
    item = held.item
    if held.kind == "map":
        assert item is not None
        return MapWalker(_walker(item, typed))
    if held.kind == "json" or item is None:
        return DEDUCED
    if held.list_type == "set":
        return ListWalker(member, _same, WHOLE)
    return _keyed(held, typed, _walker(item, typed))


def _same(element: str) -> str:
    return element


def _keyed(held: Type, typed: bool, walker: Walker) -> ListWalker:
    """The walker of a keyed list, whose items may leave out keys that have a default."""
    names, item = held.list_map_keys, held.item
    shape = item.shape if item is not None and item.kind == "struct" else None
    defaults = key_defaults(held)
    if not typed or shape is None or shape.cls is None:

        def element_in(item: Any) -> str:
            return document_key(item, names, defaults)

        return ListWalker(element_in, _same, walker)
    attributes = [shape.by_json[name].name for name in names]
    if defaults == (None,) * len(names) or all(shape.by_json[name].always for name in names):
        get = attrgetter(*attributes)
        if len(names) == 1:
            return ListWalker(get, partial(item_key, names), walker)
        return ListWalker(get, lambda values: item_key(names, *values), walker)
    getters = [(attrgetter(attribute), default) for attribute, default in zip(attributes, defaults, strict=True)]

    def values_of(item: Any) -> tuple[Any, ...]:
        return tuple([default if (value := get(item)) is None else value for get, default in getters])

    return ListWalker(values_of, lambda values: item_key(names, *values), walker)


class _Later(Walker):
    """Of a struct whose plan is made when the first value comes by: types may contain themselves."""

    __slots__ = ("plan", "shape", "typed")
    whole = False

    def __init__(self, shape: Shape, typed: bool) -> None:
        self.shape = shape
        self.typed = typed
        self.plan: Walker | None = None

    def _plan(self) -> Walker:
        plan = self.plan
        if plan is None:
            plan = self.plan = _instance(self.shape) if self.typed and self.shape.cls else _document(self.shape)
        return plan

    def collect(self, value: Any, path: Path, found: Paths, around: bool) -> None:
        self._plan().collect(value, path, found, around)

    def compare(self, old: Any, new: Any, path: Path, changed: Paths, gone: Paths) -> None:
        self._plan().compare(old, new, path, changed, gone)

    def is_empty(self, value: Any) -> bool:
        return self._plan().is_empty(value)

    def outline(self, value: Any) -> Hashable:
        return (self.plan or self._plan()).outline(value)


@lru_cache(maxsize=4096)
def _top(shape: Shape, skipped: Fields) -> TopWalker:
    """The plan of a top-level object: nobody owns what identifies it."""
    return TopWalker(shape, skipped | UNOWNED - {METADATA})


class CustomPlan:
    """Of a whole custom object, whose metadata is typed and all else JSON. It remembers what is in new ones."""

    __slots__ = ("body", "found", "metadata")

    def __init__(self, shape: Shape, skipped: Fields) -> None:
        below = frozenset(path[1:] for path in skipped if path[:1] == METADATA)
        unowned = frozenset(path[1:] for path in UNOWNED if len(path) == 2)
        names = sorted(path[0].removeprefix("f:") for path in skipped if len(path) == 1)
        held = shape.by_json["metadata"].type.shape
        self.metadata = WHOLE if METADATA in skipped else InstanceWalker(held, below | unowned)
        self.body = DocumentWalker(shape.fields, ("apiVersion", "kind", "metadata", *names))
        self.found = Lately(TopWalker.REMEMBERED)

    def compare(self, old: CustomObject, new: CustomObject, changed: Paths, gone: Paths) -> None:
        """Add what has changed from one object to the next."""
        self._compare(old.metadata, old.body, new, changed, gone)

    def _compare(self, metadata: Any, body: Any, new: CustomObject, changed: Paths, gone: Paths) -> None:
        if self.metadata is not WHOLE:
            self.metadata.compare(metadata, new.metadata, METADATA, changed, gone)
        if body is not new.body:
            self.body.compare(body, new.body, (), changed, gone)

    def created(self, value: CustomObject) -> Difference:
        """The difference between an empty object and this one."""
        outline = (self.metadata.outline(value.metadata), self.body.outline(value.body))
        found = self.found.get(outline)
        if found is None:
            changed: Paths = []
            gone: Paths = []
            self._compare(type(value.metadata)._empty, {}, value, changed, gone)
            found = _difference(changed, gone)
            self.found.keep(outline, found)
        return found


@lru_cache(maxsize=4096)
def _custom(shape: Shape, skipped: Fields) -> CustomPlan:
    """The plan of a top-level custom object."""
    return CustomPlan(shape, skipped)


@lru_cache(maxsize=4096)
def _instance(shape: Shape) -> Walker:
    return InstanceWalker(shape)


@lru_cache(maxsize=4096)
def _document(shape: Shape) -> Walker:
    return DocumentWalker(shape.fields)


class DeducedWalker(DocumentWalker):
    """Of JSON without a schema: objects are owned name by name, all else as a whole."""

    __slots__ = ()

    def compare(self, old: Any, new: Any, path: Path, changed: Paths, gone: Paths) -> None:
        maps = [isinstance(each, dict) for each in (old, new)]
        if all(maps) or (any(maps) and None in (old, new)):
            super().compare(old, new, path, changed, gone)
        elif not alike(old, new):
            changed.append(path)
            self.collect(old, path, gone, True)
            self.collect(new, path, changed, True)


DEDUCED = DeducedWalker(())


def _deduced(value: Any, before: Any) -> Walker:
    """The walker of JSON without a schema: that of maps where one is or was."""
    return DEDUCED if isinstance(value, dict) or isinstance(before, dict) else WHOLE
