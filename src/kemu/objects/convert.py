"""From what a person writes to what a field holds: the converters behind constructors and `evolve`.

Plain dicts become structs or frozen maps, lists become tuples, text becomes quantities and times. A value that
already is what the field holds is passed through untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..values.frozen import EMPTY_MAP, FrozenMap, freeze
from ..values.quantity import Quantity
from ..values.times import MicroTime, Time
from .schema import Field, Type

Converter = Callable[[Any], Any]

_ZERO: dict[str, Any] = {"string": "", "integer": 0, "boolean": False, "number": 0.0, "int_or_string": 0}
_CLASSES: dict[str, type] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "quantity": Quantity,
    "time": Time,
    "microtime": MicroTime,
}
_ZERO_QUANTITY = Quantity.of_nanos(0, "exponent", "0")


def empty(field: Field) -> Any:
    """What the field holds when nothing was said."""
    kind = field.kind
    if kind == "list":
        return ()
    if kind == "map":
        return EMPTY_MAP
    if field.optional:
        return None
    return zero(field.type)


def zero(held: Type) -> Any:
    """Go's zero value of a type: what `null` in a list stands for."""
    if held.kind == "struct":
        return held.cls._empty  # type: ignore[union-attr]
    if held.kind == "quantity":
        return _ZERO_QUANTITY
    if held.kind == "list":
        return ()
    if held.kind == "map":
        return EMPTY_MAP
    return _ZERO.get(held.kind)


def converter(field: Field) -> Converter:
    """The function that turns a given value into what the field holds. Raises TypeError or ValueError."""
    convert = value_converter(field.type)
    if field.kind in ("list", "map"):
        blank = empty(field)
        return lambda value: blank if value is None else convert(value)
    if field.optional and not field.pointer and field.kind in _ZERO:
        if field.kind == "string":
            return _optional_string
        return lambda value: None if value is None else convert(value) or None
    blank = empty(field)
    return lambda value: blank if value is None else convert(value)


def unchanged(field: Field) -> type | None:
    """The class whose instances the field holds as they are; None when every value needs a look."""
    if field.optional and not field.pointer and field.kind in _ZERO:
        return None
    return field.type.cls or _CLASSES.get(field.kind)


def value_converter(held: Type) -> Converter:
    """The function that turns a given value into one of this type."""
    kind = held.kind
    if kind == "struct":
        return _struct(held.cls)
    if kind == "list":
        return _list(held.item)  # type: ignore[arg-type]
    if kind == "map":
        return _map(held.item)  # type: ignore[arg-type]
    return _SCALARS[kind]


def _struct(cls: Any) -> Converter:
    def convert(value: Any) -> Any:
        if value.__class__ is cls:
            return value
        if isinstance(value, Mapping):
            return cls(**value)
        raise TypeError(f"expected a {cls.__name__} or a dict, got {type(value).__name__}")

    return convert


def _list(item: Type) -> Converter:
    convert_item = value_converter(item)
    exact = item.cls or {"string": str}.get(item.kind)

    def convert(value: Any) -> tuple[Any, ...]:
        if type(value) is tuple and exact is not None and not [i for i in value if i.__class__ is not exact]:
            return value
        if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__iter__"):
            raise TypeError(f"expected a list, got {type(value).__name__}")
        return tuple([convert_item(i) for i in value])

    return convert


def _map(item: Type) -> Converter:
    convert_item = value_converter(item)
    exact = item.cls or {"string": str, "quantity": Quantity}.get(item.kind)

    def convert(value: Any) -> FrozenMap[str, Any]:
        if type(value) is FrozenMap and exact is not None and all(i.__class__ is exact for i in value.values()):
            return value
        if not isinstance(value, Mapping):
            raise TypeError(f"expected a dict, got {type(value).__name__}")
        return FrozenMap({_string(key): convert_item(i) for key, i in value.items()})

    return convert


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError(f"expected text, got {type(value).__name__}")


def _optional_string(value: Any) -> str | None:
    if value.__class__ is str:
        return value or None
    return None if value is None else _string(value) or None


def _integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"expected a whole number, got {type(value).__name__}")


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError(f"expected True or False, got {type(value).__name__}")


def _number(value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise TypeError(f"expected a number, got {type(value).__name__}")


def _int_or_string(value: Any) -> int | str:
    if isinstance(value, (int, str)) and not isinstance(value, bool):
        return value
    raise TypeError(f"expected a whole number or text, got {type(value).__name__}")


_SCALARS: dict[str, Converter] = {
    "string": _string,
    "integer": _integer,
    "boolean": _boolean,
    "number": _number,
    "quantity": Quantity,
    "time": Time.of,
    "microtime": MicroTime.of,
    "int_or_string": _int_or_string,
    "json": freeze,
}
