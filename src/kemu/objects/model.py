"""What every API type is: a frozen, slotted attrs class, whose machinery is built when it is first used.

There are some 580 types, and a program meets a few dozen of them. So a class statement only notes its lines and lays
out the slots, in microseconds; the field records, attrs' view of the class, and the functions that decode, encode,
copy and compare its instances are derived on first use, by `_Lazy`. `attrs.fields`, `attrs.evolve` and
`attrs.asdict` work as with any attrs class.

Instances are built in a mutable twin: a class with the same slots, whose instances become real ones by changing their
class. That is how a decoder fills forty slots at the speed of plain attribute assignment while nobody can ever change
a finished object.

Equality compares the tuples of both sides' values in C, which looks at identity first: objects that share their parts
compare in no time. The hash is that of the same tuple and is computed on each call; only a type declared with
`cached_hash=True` (PodSpec and PodTemplateSpec, the large ones that serve as keys) spends a slot on remembering it.
One declared with `unread=True` (Event) may have instances that are filled in when somebody first looks at them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

import attrs
from attrs.exceptions import FrozenInstanceError

from ..errors import WrongType, WrongValue
from ..values.nearest import meant
from ..values.state import leaf
from .declare import Hints

if TYPE_CHECKING:
    from . import meta

S = TypeVar("S", bound="Struct")

_get = object.__getattribute__
_set = object.__setattr__

WORTH_COMPILING = 8
"""How often the same fields must be given together until there is a function for just these."""


@dataclass_transform(kw_only_default=True, frozen_default=True)
class _Lazy(type):
    """The metaclass: notes the declaration, and derives what is asked for."""

    _declared: dict[str, tuple[str, Hints, str]]
    _options: dict[str, Any]
    _abstract: bool
    _make: Callable[[Mapping[str, Any]], Any]

    def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any], **options: Any) -> Any:
        declared: dict[str, tuple[str, Hints, str]] = {}
        for base in bases:
            declared.update(getattr(base, "_declared", {}))
        module = body["__module__"]
        for attribute, annotation in body.get("__annotations__", {}).items():
            if not annotation.startswith("ClassVar"):
                declared[attribute] = (annotation, body.pop(attribute, _NO_HINTS), module)
        abstract = options.pop("abstract", False)
        slots = [attribute for attribute, line in declared.items() if line[1].get("stored", True)]
        if options.get("cached_hash"):
            slots.append("_hash")
        if options.get("unread"):
            slots.append("_unread")
            body["__getattr__"] = _read
        for attribute, (_, hints, _) in declared.items():
            older = older_name(hints.get("json", ""))
            if older and older != attribute and not abstract:
                body[older] = property(attrgetter(attribute), doc=f"The former spelling of `{attribute}`.")
        body["__slots__"] = () if abstract else tuple(slots)
        body["_declared"] = declared
        body["_options"] = options
        body["_abstract"] = abstract
        if not abstract and "kind" in declared and not declared["kind"][1].get("stored", True):
            body["kind"] = name
            body["api_version"] = sys.modules[module].API_VERSION
        return super().__new__(mcs, name, bases, body)

    def __init__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any], **options: Any) -> None:
        super().__init__(name, bases, body)

    def __call__(cls, **values: Any) -> Any:
        return cls._make(values)


class _Derived:
    """An attribute of a class that is made when it is first asked for, and found without detour from then on.

    It lives on the metaclass and is no data descriptor, so an attribute of the class itself goes before it.
    """

    __slots__ = ("derive", "name")

    def __init__(self, name: str, derive: Callable[[Any], None]) -> None:
        self.name = name
        self.derive = derive

    def __get__(self, cls: Any, owner: type | None = None) -> Any:
        if cls is None:
            return self
        if cls._abstract:
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {self.name!r}")
        self.derive(cls)
        return getattr(cls, self.name)


_NO_HINTS = Hints()


def older_name(json: str) -> str:
    """How the official client spelt an attribute before its version 36: `clusterIPs` was `cluster_i_ps`.

    Both spellings can be read and given; the newer one is the field's name. Empty when there was no difference.
    """
    if re.search(r"[A-Z]{2}s$", json) is None:
        return ""
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", json)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", text).lower()


@leaf
class Struct(metaclass=_Lazy, abstract=True):
    """An API type. Build one from keywords: `Container(name="web", env=[{"name": "A", "value": "1"}])`.

    Plain dicts and lists are converted, with JSON or Python names. Raises WrongType for a field that does not
    exist or a value of the wrong type, WrongValue for a value that cannot be read (a quantity, a time).
    """

    if TYPE_CHECKING:
        __attrs_attrs__: ClassVar[Any]
        _names: ClassVar[tuple[str, ...]]
        _values: ClassVar[Callable[[Any], tuple[Any, ...]]]
        _twin: ClassVar[type]
        _converters: ClassVar[dict[str, Callable[[Any], Any]]]
        _clone: ClassVar[Callable[[Any], Any]]
        _empty: ClassVar[Any]

        def __init__(self, **values: Any) -> None: ...

    def __eq__(self, other: object) -> bool:
        _derive_values(self.__class__)  # which puts a better one in this one's place
        return self.__class__.__eq__(self, other)

    def __hash__(self) -> int:
        _derive_values(self.__class__)
        return self.__class__.__hash__(self)

    def __repr__(self) -> str:
        cls = self.__class__
        empty = cls._empty
        shown = [
            f"{name}={_show(value)}"
            for name, value in zip(cls._names, cls._values(self), strict=True)
            if value != getattr(empty, name)
        ]
        return f"{cls.__name__}({', '.join(shown)})"

    def __str__(self) -> str:
        from .shown import as_yaml

        return as_yaml(self)

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError

    def __copy__(self: S) -> S:
        return self

    def __deepcopy__(self: S, memo: dict[int, Any]) -> S:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        cls = self.__class__
        return (_restore, (cls, cls._values(self)))


class TopLevel(Struct, abstract=True):
    """A top-level type: one that carries `kind` and `apiVersion` in JSON. Both belong to the class."""

    kind: str | None = Hints(stored=False)  # type: ignore[assignment]
    api_version: str | None = Hints(stored=False)  # type: ignore[assignment]


class Object(TopLevel, abstract=True):
    """A top-level type with object metadata: what the API server stores."""

    metadata: meta.ObjectMeta

    def __repr__(self) -> str:
        from .shown import title

        return title(self) if self.metadata.resource_version else super().__repr__()


class ObjectList(TopLevel, abstract=True):
    """A page of objects of one kind, in `items`."""

    metadata: meta.ListMeta


def evolve(obj: S, changes: Mapping[str, Any] | None = None, /, **fields: Any) -> S:
    """A copy with some fields changed. Given values are converted as a constructor does.

    Keywords change fields of the object itself and share everything else: O(fields). A mapping of paths changes what
    lies deeper and copies only what is on the way:
    `evolve(pod, {"spec.node_name": "n1", "spec.containers[0].image": "nginx", "metadata.labels[app]": "web"})`.
    Raises TypeError for a field that does not exist.
    """
    cls: Any = obj.__class__
    made_of: Any = cls.__class__
    if made_of is not _Lazy:
        return cls.evolve(obj, changes, **fields)  # a custom object
    if changes:
        from .paths import evolve_paths

        obj = evolve_paths(obj, changes)
        if not fields:
            return obj
    changed: S = cls._fill(obj, fields)
    return changed


def replaced(obj: S, **values: Any) -> S:
    """A copy with some fields replaced by values that are already what the fields hold: nothing is converted.

    For the hot paths of the server; everybody else uses `evolve`. O(fields).
    """
    cls: Any = obj.__class__
    made_of: Any = cls.__class__
    if made_of is not _Lazy:
        return cls.evolve(obj, **values)  # a custom object
    names, replacers = tuple(values), cls._replacers
    if names not in replacers:
        from . import compiled

        replacers[names] = compiled.replacer(cls, names)
    twin: S = replacers[names](obj, **values)
    return twin


def parts(obj: Any) -> Mapping[str, Any]:
    """The top-level fields of an object by name, typed or custom, without `kind` and `apiVersion`. O(fields)."""
    if isinstance(obj, Struct):
        cls: Any = obj.__class__
        return dict(zip(cls._names, cls._values(obj), strict=True))
    held: Mapping[str, Any] = obj.parts  # a custom object
    return held


def unread(cls: Any, make: Callable[[], Any]) -> Any:
    """An instance of which nothing is known yet: the first look at one of its fields fills it in.

    What `make` gives says with what, and says the same whenever it is called. For types that are declared with
    `unread=True`.
    """
    twin = cls._twin.__new__(cls._twin)
    twin._unread = make
    twin.__class__ = cls
    return twin


def _read(self: Any, name: str) -> Any:
    """The first look at a field of what was made by `unread`; the second at anything else that there is not."""
    cls = self.__class__
    if name not in cls._names:
        raise AttributeError(f"{cls.__name__!r} object has no attribute {name!r}")
    try:
        make = _get(self, "_unread")
    except AttributeError:  # somebody else has looked at the same moment
        return _get(self, name)
    for each, value in zip(cls._names, cls._values(make()), strict=True):
        _set(self, each, value)
    object.__delattr__(self, "_unread")
    return _get(self, name)


def _check_constant(cls: Any, name: str, value: object) -> None:
    constants = {"kind": "kind", "api_version": "api_version", "apiVersion": "api_version"}
    attribute = constants.get(name)
    if attribute is None or not hasattr(cls, attribute):
        raise WrongType(f"{cls.__name__} has no field {name!r}{meant(name, cls._names)}")
    if value not in (None, "", getattr(cls, attribute)):
        raise WrongType(f"{cls.__name__} has {attribute} {getattr(cls, attribute)!r}, not {value!r}")


def _restore(cls: Any, values: tuple[Any, ...]) -> Any:
    self = cls._twin.__new__(cls._twin)
    for name, value in zip(cls._names, values, strict=True):
        setattr(self, name, value)
    self.__class__ = cls
    return self


def _show(value: object) -> str:
    if type(value) is tuple:
        return "[" + ", ".join(_show(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_show(item)}" for key, item in value.items()) + "}"
    if isinstance(value, int) and type(value) is not int and not isinstance(value, bool):
        return repr(str(value))
    return repr(value)


def _derive_schema(cls: Any) -> None:
    from . import schema

    found = schema.derive(cls)
    cls._fields = found
    cls._by_json = {field.json: field for field in found}
    cls._shape = schema.Shape(
        name=cls.__name__,
        fields=found,
        by_json=cls._by_json,
        map_type=cls._options.get("map_type"),
        unions=cls._options.get("unions", ()),
        cls=cls,
    )
    cls._names = tuple(field.name for field in found if field.stored)
    cls._aliases = {
        alias: field.name
        for field in found
        if field.stored
        for alias in (field.name, field.json, older_name(field.json))
        if alias
    }


def _derive_values(cls: Any) -> None:
    """The tuple of an instance's values, and equality and hash by it."""
    names = cls._names
    values: Callable[[Any], tuple[Any, ...]]
    if len(names) > 1:
        values = attrgetter(*names)
    else:

        def values(self: Any) -> tuple[Any, ...]:
            return tuple([getattr(self, name) for name in names])

    def equal(self: Any, other: object) -> bool:
        if self is other:
            return True
        if other.__class__ is not cls:
            return NotImplemented
        return values(self) == values(other)

    def fresh_hash(self: Any) -> int:
        return hash(values(self))

    def kept_hash(self: Any) -> int:
        try:
            kept: int = self._hash
        except AttributeError:
            kept = hash(values(self))
            _set(self, "_hash", kept)
        return kept

    cls._values = staticmethod(values)
    cls.__eq__ = equal
    cls.__hash__ = kept_hash if cls._options.get("cached_hash") else fresh_hash


def _derive_twin(cls: Any) -> None:
    body = {
        "__slots__": cls.__slots__,
        "__module__": cls.__module__,
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
    }
    cls._twin = type.__new__(_Lazy, f"Mutable{cls.__name__}", cls.__bases__, body)


def _derive_empty(cls: Any) -> None:
    from . import convert

    cls._defaults = {field.name: convert.empty(field) for field in cls._fields if field.stored}
    cls._empty = _restore(cls, tuple(cls._defaults[name] for name in cls._names))


def _derive_converters(cls: Any) -> None:
    from . import convert

    cls._converters = {field.name: convert.converter(field) for field in cls._fields if field.stored}


def _derive_decode(cls: Any) -> None:
    from . import compiled

    cls._decode = staticmethod(compiled.decoder(cls))


def _derive_encode(cls: Any) -> None:
    from . import compiled

    cls._encode = staticmethod(compiled.encoder(cls))


def _derive_write(cls: Any) -> None:
    from . import writer

    cls._write = staticmethod(writer.writer(cls))


def _derive_entries(cls: Any) -> None:
    from . import writer

    cls._entries = staticmethod(writer.entries(cls))


def _derive_trace(cls: Any) -> None:
    from . import stencils

    cls._trace = staticmethod(stencils.tracer(cls))


def _derive_clone(cls: Any) -> None:
    from . import compiled

    cls._clone = staticmethod(compiled.cloner(cls))


def _derive_replacers(cls: Any) -> None:
    """By the names of fields: the function that makes a copy with those replaced, made when it is first used."""
    cls._replacers = {}


def _derive_make(cls: Any) -> None:
    """What the constructor does: a copy of the empty instance, and the given values converted and put in."""
    from . import compiled, convert

    clone, empty, converters, aliases = cls._clone, cls._empty, cls._converters, cls._aliases
    kept = {field.name: convert.unchanged(field) for field in cls._fields if field.stored}
    fillers: dict[tuple[str, ...], Callable[..., Any]] = {}
    met: dict[tuple[str, ...], int] = {}

    def fill(obj: Any, values: Mapping[str, Any]) -> Any:
        names = tuple(values)
        filler = fillers.get(names)
        if filler is not None:
            try:
                return filler(obj, *values.values())
            except (TypeError, ValueError):
                return fill_one_by_one(obj, values)  # which says what is wrong
        filled = fill_one_by_one(obj, values)
        met[names] = count = met.get(names, 0) + 1
        if count == WORTH_COMPILING and all(name in aliases for name in names):
            fillers[names] = compiled.filler(cls, names)
        return filled

    def fill_one_by_one(obj: Any, values: Mapping[str, Any]) -> Any:
        twin = clone(obj)
        for name, value in values.items():
            if value.__class__ is kept.get(name):
                setattr(twin, name, value)
                continue
            attribute = aliases.get(name)
            if attribute is None:
                _check_constant(cls, name, value)
                continue
            try:
                value = converters[attribute](value)
            except TypeError as problem:
                raise WrongType(f"{cls.__name__}.{attribute}: {problem}") from None
            except ValueError as problem:
                raise WrongValue(f"{cls.__name__}.{attribute}: {problem}") from None
            setattr(twin, attribute, value)
        twin.__class__ = cls
        return twin

    def make(values: Mapping[str, Any]) -> Any:
        return fill(empty, values)

    cls._fill = staticmethod(fill)
    cls._make = staticmethod(make)


def _derive_signature(cls: Any) -> None:
    """What `inspect.signature` and `help` show of the constructor."""
    cls.__signature__ = Signature(
        [
            Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=cls._declared[name][0])
            for name in cls._names
        ]
    )


def _derive_attrs(cls: Any) -> None:
    """Let attrs see the class: its own record per field, with kemu's `Field` in the metadata under `kemu`."""
    lines = {
        field.name: attrs.field(
            default=getattr(cls._empty, field.name),
            converter=cls._converters[field.name],
            metadata={"kemu": field},
            alias=field.name,
            kw_only=True,
        )
        for field in cls._fields
        if field.stored
    }
    attrs.frozen(cls, these=lines, slots=False, init=False, repr=False, eq=False, order=False, match_args=False)


_DERIVED: dict[str, Callable[[Any], None]] = {
    "_fields": _derive_schema,
    "_by_json": _derive_schema,
    "_shape": _derive_schema,
    "_names": _derive_schema,
    "_aliases": _derive_schema,
    "_values": _derive_values,
    "_twin": _derive_twin,
    "_empty": _derive_empty,
    "_defaults": _derive_empty,
    "_converters": _derive_converters,
    "_fill": _derive_make,
    "_make": _derive_make,
    "_decode": _derive_decode,
    "_encode": _derive_encode,
    "_write": _derive_write,
    "_entries": _derive_entries,
    "_trace": _derive_trace,
    "_clone": _derive_clone,
    "_replacers": _derive_replacers,
    "__attrs_attrs__": _derive_attrs,
    "__signature__": _derive_signature,
}

for _name, _derive in _DERIVED.items():
    setattr(_Lazy, _name, _Derived(_name, _derive))
