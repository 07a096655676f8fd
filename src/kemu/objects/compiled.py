"""Functions written for one class each: decode, encode and clone, generated as source and compiled on first use.

The decoder takes parsed JSON that is exactly as the type wants it, which nearly all JSON is. Anything else (a name
that is not known, a value of another type, a `null` in a list) raises `Mismatch`, and `codec` starts over with the
slow reader, which knows what to say about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ..values.frozen import EMPTY_MAP, GIVEN_LIST, GIVEN_MAP, FrozenMap, GivenList, freeze, thaw
from ..values.quantity import Quantity, parse_quantity
from ..values.times import MicroTime, Time
from . import either
from .convert import empty, unchanged
from .either import Mismatch
from .recall import Recall
from .schema import Field, Type

BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?")
"""Base64 as it is written: the bits that are left over are none."""


def decoder(cls: Any) -> Callable[[Any], Any]:
    """The function that makes an instance of `cls` from exact JSON. Raises Mismatch.

    The functions of nested types are globals of this one, put there when the first value of that type comes by.
    """
    space: dict[str, Any] = dict(_SPACE, Class=cls, Twin=cls._twin)
    body = [
        "def decode(data):",
        "    if type(data) is not dict and type(data) is not FrozenMap:",
        "        raise Mismatch",
        "    self = new(Twin)",
        "    unread = len(data)",
    ]
    for number, field in enumerate(cls._fields):
        if field.stored:
            body += _decode_lines(field, number, space, is_kind(cls) and is_part(field))
        else:
            body += _check_lines(field)
    body += ["    if unread:", "        raise Mismatch", "    self.__class__ = Class", "    return self"]
    return compile_function(body, "decode", cls, space)


def encoder(cls: Any) -> Callable[[Any], dict[str, Any]]:
    """The function that turns an instance into plain JSON, without `kind` and `apiVersion`."""
    space: dict[str, Any] = dict(_SPACE)
    body = ["def encode(self):", "    data = {}"]
    for number, field in enumerate(cls._fields):
        if field.stored:
            body += _encode_lines(field, number, space, cls)
    body.append("    return data")
    return compile_function(body, "encode", cls, space)


def cloner(cls: Any) -> Callable[[Any], Any]:
    """The function that makes a mutable twin of an instance, which becomes real by changing its `__class__`."""
    body = ["def clone(self):", "    twin = new(Twin)"]
    body += [f"    twin.{name} = self.{name}" for name in cls._names]
    body.append("    return twin")
    return compile_function(body, "clone", cls, dict(_SPACE, Twin=cls._twin))


def replacer(cls: Any, names: tuple[str, ...]) -> Callable[..., Any]:
    """The function that makes a copy of an instance with some fields replaced. Raises AttributeError for others."""
    body = [f"def replace(self, *, {', '.join(names)}):" if names else "def replace(self):", "    twin = new(Twin)"]
    body += [f"    twin.{name} = self.{name}" for name in cls._names if name not in names]
    body += [f"    twin.{name} = {name}" for name in names]
    body += ["    twin.__class__ = cls", "    return twin"]
    return compile_function(body, "replace", cls, dict(_SPACE, Twin=cls._twin, cls=cls))


def filler(cls: Any, names: tuple[str, ...]) -> Callable[..., Any]:
    """The function that makes a copy of an instance with some fields set to given values, which it converts.

    Each name is that of a stored field, by whatever alias. Raises TypeError or ValueError for a wrong value.
    """
    fields = {field.name: field for field in cls._fields if field.stored}
    space: dict[str, Any] = dict(_SPACE, Twin=cls._twin, cls=cls)
    given = {cls._aliases[name]: number for number, name in enumerate(names)}
    arguments = ", ".join(["self", *[f"value{number}" for number in range(len(names))]])
    body = [f"def fill({arguments}):", "    twin = new(Twin)"]
    body += [f"    twin.{name} = self.{name}" for name in cls._names if name not in given]
    for name, number in given.items():
        space[f"convert{number}"] = cls._converters[name]
        body.append(f"    twin.{name} = {_converted(fields[name], number, space)}")
    body += ["    twin.__class__ = cls", "    return twin"]
    return compile_function(body, "fill", cls, space)


def _converted(field: Field, number: int, space: dict[str, Any]) -> str:
    """An expression for a given value as the field holds it. What it holds as it is, is not converted."""
    value, convert = f"value{number}", f"convert{number}(value{number})"
    kept = unchanged(field)
    if kept is not None:
        space[f"Kept{number}"] = kept
        return f"{value} if {value}.__class__ is Kept{number} else {convert}"
    if empty(field) is not None or field.kind == "json":
        return convert
    absent = f"None if {value} is None else {convert}"
    plain = {"string": "str", "integer": "int", "boolean": "bool"}.get(field.kind)
    return (
        absent if plain is None or field.pointer else f"{value} or None if {value}.__class__ is {plain} else {absent}"
    )


def compile_function(body: list[str], name: str, cls: Any, space: dict[str, Any]) -> Any:
    source = "\n".join(body)
    exec(compile(source, f"<{name} {cls.__module__}.{cls.__name__}>", "exec"), space)
    return space[name]


def _check_lines(field: Field) -> list[str]:
    """Lines for `kind` and `apiVersion`: they must be text, and say nothing that the class does not know."""
    name = repr(field.json)
    return [
        f"    if {name} in data:",
        "        unread -= 1",
        f"        if type(data[{name}]) is not str:",
        "            raise Mismatch",
    ]


def _decode_lines(field: Field, number: int, space: dict[str, Any], recalled: bool) -> list[str]:
    """Lines for one field. What is `recalled` is read once, however many objects it comes in."""
    blank = _blank(empty(field), number, space)
    zero_is_unset = field.optional and not field.pointer
    value = _decode_expression("value", field.type, str(number), space)
    if recalled:
        space[f"recall{number}"] = Recall(_decoded_by(field.type.cls))
        value = f"recall{number}(value)"
    if field.kind in ("list", "map"):
        value = f"({value}) or given_{field.kind}"
    if zero_is_unset and field.kind in ("string", "integer", "boolean", "number") and field.format != "byte":
        value = f"({value}) or None"
    return [
        f"    if {field.json!r} in data:",
        "        unread -= 1",
        f"        value = data[{field.json!r}]",
        f"        self.{field.name} = {blank} if value is None else {value}",
        "    else:",
        f"        self.{field.name} = {blank}",
    ]


def _decoded_by(cls: Any) -> Callable[[Any], Any]:
    """The decoder of a class, which is made when it is first needed."""
    return lambda value: cls._decode(value)


def _blank(value: Any, number: int, space: dict[str, Any]) -> str:
    """An expression for an empty value: a constant where it can be one."""
    if value is None or type(value) in (str, int, bool, float) or value == ():
        return repr(value)
    space[f"blank{number}"] = value
    return f"blank{number}"


def _decode_expression(value: str, held: Type, number: str, space: dict[str, Any]) -> str:
    kind = held.kind
    if held.format == "byte":
        return f"base64({value})"
    if kind == "string":
        return f"{value} if type({value}) is str else refuse()"
    if kind == "boolean":
        return f"{value} if type({value}) is bool else refuse()"
    if kind == "integer":
        limit = 1 << (63 if held.format == "int64" else 31)
        return f"{value} if type({value}) is int and {-limit} <= {value} < {limit} else refuse()"
    if kind == "struct":
        return f"{_nested(held.cls, number, space)}({value})"
    if kind == "list":
        return _decode_list(value, held.item, number, space)  # type: ignore[arg-type]
    if kind == "map":
        return _decode_map(value, held.item, number, space)  # type: ignore[arg-type]
    if held.schema in either.CHOICES:
        return f"either({held.schema!r}, {value})"
    if kind in ("time", "microtime"):
        return f"{kind}({value}) if type({value}) is str else refuse()"
    return f"{kind}({value})"


def _nested(cls: Any, number: str, space: dict[str, Any]) -> str:
    """The name under which the decoder of a nested type is called."""
    name = f"decode{number}"

    def first(value: Any) -> Any:
        space[name] = cls._decode
        return space[name](value)

    space[name] = first
    return name


def _decode_list(value: str, item: Type, number: str, space: dict[str, Any]) -> str:
    if item.kind == "string" and item.format is None:
        return f"strings({value})"
    if item.kind == "struct":
        return f"tuple(map({_nested(item.cls, f'{number}_', space)}, a_list({value})))"
    inner = _decode_expression("item", item, f"{number}_", space)
    return f"tuple([{inner} for item in a_list({value})])"


def _decode_map(value: str, item: Type, number: str, space: dict[str, Any]) -> str:
    if item.kind == "string" and item.format is None:
        return f"string_map({value})"
    inner = _decode_expression("item", item, f"{number}_", space)
    return f"FrozenMap({{key: {inner} for key, item in a_map({value}).items()}})"


def _encode_lines(field: Field, number: int, space: dict[str, Any], cls: Any) -> list[str]:
    kind, name, json = field.kind, f"self.{field.name}", field.json
    page = field.name == "items" and is_kind(cls)
    value = _encode_expression("value", field.type, str(number), space, bare=page)
    if page:
        return [f"    value = {name}", f"    data[{json!r}] = {value}"]
    if field.always and (kind in ("list", "map") or field.optional):
        missing = "value is None" if field.optional else "not value"
        return [f"    value = {name}", f"    data[{json!r}] = None if {missing} else {value}"]
    if field.always:
        return [f"    value = {name}", f"    data[{json!r}] = {value}"]
    if field.omitzero:
        space[f"blank{number}"] = empty(field)
        present = f"value != blank{number}"
    elif field.pointer and kind == "map":
        present = "value or value is given_map"
    elif field.pointer or kind == "json":
        present = "value is not None"
    else:
        present = "value"
    return [f"    value = {name}", f"    if {present}:", f"        data[{json!r}] = {value}"]


def is_kind(cls: Any) -> bool:
    """Whether a type carries `kind` and `apiVersion`."""
    field = cls._by_json.get("apiVersion")
    return field is not None and not field.stored


def is_part(field: Field) -> bool:
    """Whether a field of a top-level type is one of the large parts that objects share, such as `spec`."""
    return field.kind == "struct" and field.name != "metadata" and not is_kind(field.type.cls)


def _encode_expression(value: str, held: Type, number: str, space: dict[str, Any], bare: bool = False) -> str:
    """`bare` leaves out `kind` and `apiVersion`: those of the items of a list are said once, by the list."""
    kind = held.kind
    if kind in ("quantity", "time", "microtime"):
        return f"str({value})"
    if kind == "struct":
        space[f"class{number}"] = held.cls
        if is_kind(held.cls) and not bare:
            header = {"kind": held.cls.kind, "apiVersion": held.cls.api_version}  # type: ignore[union-attr]
            return f"{header!r} | class{number}._encode({value})"
        return f"class{number}._encode({value})"
    if kind == "json":
        return f"thaw({value})"
    if kind == "list":
        inner = _encode_expression("item", held.item, f"{number}_", space, bare)  # type: ignore[arg-type]
        return f"list({value})" if inner == "item" else f"[{inner} for item in {value}]"
    if kind == "map":
        inner = _encode_expression("item", held.item, f"{number}_", space)  # type: ignore[arg-type]
        return f"dict({value})" if inner == "item" else f"{{key: {inner} for key, item in {value}.items()}}"
    return value


def _refuse() -> None:
    raise Mismatch


def _base64(value: Any) -> str:
    if type(value) is str and BASE64.fullmatch(value) is not None:
        return value
    raise Mismatch


def _strings(value: Any) -> tuple[str, ...]:
    if type(value) is not list and type(value) is not tuple:
        raise Mismatch
    for item in value:
        if type(item) is not str:
            raise Mismatch
    return tuple(value)


def _string_map(value: Any) -> FrozenMap[str, str]:
    if type(value) is FrozenMap:
        frozen = value
    elif type(value) is dict:
        frozen = FrozenMap(value)
    else:
        raise Mismatch
    for item in frozen.values():
        if type(item) is not str:
            raise Mismatch
    return frozen or EMPTY_MAP


def _a_list(value: Any) -> Any:
    if type(value) is list or type(value) is tuple or type(value) is GivenList:
        return value
    raise Mismatch


def _a_map(value: Any) -> Any:
    if type(value) is dict or type(value) is FrozenMap:
        return value
    raise Mismatch


def _quantity(value: Any) -> Quantity:
    if type(value) is str:
        return _quantity_text(value)
    if type(value) is int:
        return _quantity_text(str(value))
    raise Mismatch


@lru_cache(maxsize=8192)
def _quantity_text(text: str) -> Quantity:
    try:
        return parse_quantity(text)
    except ValueError:
        raise Mismatch from None


@lru_cache(maxsize=8192)
def _time(text: str) -> Time:
    try:
        return Time.parse(text)
    except ValueError:
        raise Mismatch from None


@lru_cache(maxsize=8192)
def _microtime(text: str) -> MicroTime:
    try:
        return MicroTime.parse(text)
    except ValueError:
        raise Mismatch from None


def _int_or_string(value: Any) -> int | str:
    if type(value) is str or (type(value) is int and -(1 << 31) <= value < 1 << 31):
        return value
    raise Mismatch


def _number(value: Any) -> float:
    if type(value) is float or type(value) is int:
        return value
    raise Mismatch


_SPACE: dict[str, Any] = {
    "FrozenMap": FrozenMap,
    "Mismatch": Mismatch,
    "base64": _base64,
    "a_list": _a_list,
    "a_map": _a_map,
    "either": either.exact,
    "given_list": GIVEN_LIST,
    "given_map": GIVEN_MAP,
    "int_or_string": _int_or_string,
    "json": freeze,
    "microtime": _microtime,
    "new": object.__new__,
    "number": _number,
    "quantity": _quantity,
    "refuse": _refuse,
    "string_map": _string_map,
    "strings": _strings,
    "thaw": thaw,
    "time": _time,
}
