"""Functions written for one class each: decode, encode and clone, generated as source and compiled on first use.

The decoder takes parsed JSON that is exactly as the type wants it, which nearly all JSON is. Anything else (a name
that is not known, a value of another type, a `null` in a list) raises `Mismatch`, and `codec` starts over with the
slow reader, which knows what to say about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..values.frozen import EMPTY_MAP, FrozenMap, freeze, thaw
from ..values.quantity import Quantity, parse_quantity
from ..values.times import MicroTime, Time
from .convert import empty
from .schema import Field, Type

BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


class Mismatch(Exception):
    """The JSON is not exactly what the type holds."""


def decoder(cls: Any) -> Callable[[Any], Any]:
    """The function that makes an instance of `cls` from exact JSON. Raises Mismatch."""
    space: dict[str, Any] = dict(_SPACE, Class=cls, Twin=cls._twin, NAMES=frozenset(f.json for f in cls._fields))
    body = [
        "def decode(data):",
        "    kind = data.__class__",
        "    if (kind is not dict and kind is not FrozenMap) or not data.keys() <= NAMES:",
        "        raise Mismatch",
        "    self = new(Twin)",
        "    get = data.get",
    ]
    for number, field in enumerate(cls._fields):
        if field.stored:
            body += _decode_lines(field, number, space)
        else:
            body += [f"    if get({field.json!r}, '').__class__ is not str:", "        raise Mismatch"]
    body += ["    self.__class__ = Class", "    return self"]
    return _compile(body, "decode", cls, space)


def encoder(cls: Any) -> Callable[[Any], dict[str, Any]]:
    """The function that turns an instance into plain JSON, without `kind` and `apiVersion`."""
    space: dict[str, Any] = dict(_SPACE)
    body = ["def encode(self):", "    data = {}"]
    for number, field in enumerate(cls._fields):
        if field.stored:
            body += _encode_lines(field, number, space, cls)
    body.append("    return data")
    return _compile(body, "encode", cls, space)


def cloner(cls: Any) -> Callable[[Any], Any]:
    """The function that makes a mutable twin of an instance, which becomes real by changing its `__class__`."""
    body = ["def clone(self):", "    twin = new(Twin)"]
    body += [f"    twin.{name} = self.{name}" for name in cls._names]
    body.append("    return twin")
    return _compile(body, "clone", cls, dict(_SPACE, Twin=cls._twin))


def _compile(body: list[str], name: str, cls: Any, space: dict[str, Any]) -> Any:
    source = "\n".join(body)
    exec(compile(source, f"<{name} {cls.__module__}.{cls.__name__}>", "exec"), space)
    return space[name]


def _decode_lines(field: Field, number: int, space: dict[str, Any]) -> list[str]:
    blank = f"blank{number}"
    space[blank] = empty(field)
    value = _decode_expression("value", field.type, str(number), space)
    if field.optional and not field.pointer and field.kind in ("string", "integer", "boolean", "number"):
        value = f"({value}) or None"
    return [
        f"    value = get({field.json!r})",
        f"    self.{field.name} = {blank} if value is None else {value}",
    ]


def _decode_expression(value: str, held: Type, number: str, space: dict[str, Any]) -> str:
    kind = held.kind
    if held.format == "byte":
        return f"base64({value})"
    if kind == "string":
        return f"{value} if {value}.__class__ is str else refuse()"
    if kind == "boolean":
        return f"{value} if {value}.__class__ is bool else refuse()"
    if kind == "integer":
        limit = 1 << (63 if held.format == "int64" else 31)
        return f"{value} if {value}.__class__ is int and {-limit} <= {value} < {limit} else refuse()"
    if kind == "struct":
        space[f"class{number}"] = held.cls
        return f"class{number}._decode({value})"
    if kind == "list":
        return _decode_list(value, held.item, number, space)  # type: ignore[arg-type]
    if kind == "map":
        return _decode_map(value, held.item, number, space)  # type: ignore[arg-type]
    return f"{kind}({value})"


def _decode_list(value: str, item: Type, number: str, space: dict[str, Any]) -> str:
    if item.kind == "string" and item.format is None:
        return f"strings({value})"
    if item.kind == "struct":
        space[f"class{number}"] = item.cls
        return f"tuple(map(class{number}._decode, a_list({value})))"
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
    elif field.pointer or kind == "json":
        present = "value is not None"
    else:
        present = "value"
    return [f"    value = {name}", f"    if {present}:", f"        data[{json!r}] = {value}"]


def is_kind(cls: Any) -> bool:
    """Whether a type carries `kind` and `apiVersion`."""
    field = cls._by_json.get("apiVersion")
    return field is not None and not field.stored


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
    if value.__class__ is str and BASE64.fullmatch(value) is not None:
        return value  # type: ignore[no-any-return]
    raise Mismatch


def _strings(value: Any) -> tuple[str, ...]:
    if value.__class__ is not list and value.__class__ is not tuple:
        raise Mismatch
    for item in value:
        if item.__class__ is not str:
            raise Mismatch
    return tuple(value)


def _string_map(value: Any) -> FrozenMap[str, str]:
    if value.__class__ is FrozenMap:
        frozen = value
    elif value.__class__ is dict:
        frozen = FrozenMap(value)
    else:
        raise Mismatch
    for item in frozen.values():
        if item.__class__ is not str:
            raise Mismatch
    return frozen or EMPTY_MAP


def _a_list(value: Any) -> Any:
    if value.__class__ is list or value.__class__ is tuple:
        return value
    raise Mismatch


def _a_map(value: Any) -> Any:
    if value.__class__ is dict or value.__class__ is FrozenMap:
        return value
    raise Mismatch


def _quantity(value: Any) -> Quantity:
    if value.__class__ is str:
        try:
            return parse_quantity(value)
        except ValueError:
            raise Mismatch from None
    if value.__class__ is int:
        return parse_quantity(str(value))
    raise Mismatch


def _time(value: Any) -> Time:
    if value.__class__ is not str:
        raise Mismatch
    try:
        return Time.parse(value)
    except ValueError:
        raise Mismatch from None


def _microtime(value: Any) -> MicroTime:
    if value.__class__ is not str:
        raise Mismatch
    try:
        return MicroTime.parse(value)
    except ValueError:
        raise Mismatch from None


def _int_or_string(value: Any) -> int | str:
    if value.__class__ is str or (value.__class__ is int and -(1 << 31) <= value < 1 << 31):
        return value  # type: ignore[no-any-return]
    raise Mismatch


def _number(value: Any) -> float:
    if value.__class__ is float or value.__class__ is int:
        return value  # type: ignore[no-any-return]
    raise Mismatch


_SPACE: dict[str, Any] = {
    "FrozenMap": FrozenMap,
    "Mismatch": Mismatch,
    "base64": _base64,
    "a_list": _a_list,
    "a_map": _a_map,
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
