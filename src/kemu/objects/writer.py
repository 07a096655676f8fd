"""JSON text straight from objects: a function written for one class each, as those of `compiled` are.

It writes, character by character, what `json.dumps` makes of the encoded object without spaces, and builds no dicts on
the way. Objects share their parts, so what was written of a part is kept for as long as the same part keeps coming:
the `spec` while only the `status` changes, the parts of a template, and the fields that a manager owns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from json.encoder import encode_basestring
from typing import Any

import attrs

from ..values.frozen import FrozenMap
from ..values.memo import Memo
from .compiled import compile_function, is_kind, is_part
from .convert import empty
from .schema import Field, Type

compact: Callable[[Any], str] = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
"""JSON text without spaces."""
in_order: Callable[[Any], str] = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode
"""The same, with the names of every object sorted."""


def writer(cls: Any) -> Callable[[Any], str]:
    """The function that writes an instance as JSON text, without `kind` and `apiVersion`."""
    return _writer(cls, cls._fields, dict(SPACE))


@cache
def sorted_writer(cls: Any) -> Callable[[Any], str]:
    """The function that writes it with all names sorted, as what has no type of its own is written."""
    fields = sorted(cls._fields, key=lambda field: field.json)
    return _writer(cls, fields, {**SPACE, "json": _sorted_json, SORTED: True})


def _writer(cls: Any, fields: Iterable[Field], space: dict[str, Any]) -> Callable[[Any], str]:
    body = ["def write(self):", "    text = ''"]
    for number, field in enumerate(fields):
        if field.stored:
            body += entry(field, str(number), space, cls).code("text += {}")
    body.append("    return '{' + text[1:] + '}'")
    return compile_function(body, "write", cls, space)


def entries(cls: Any) -> Callable[[Any], list[str]]:
    """The function that writes the entry of each field by itself, a comma in front; of what is left out, nothing."""
    space: dict[str, Any] = dict(SPACE)
    body = ["def entries(self):", "    found = []"]
    for number, field in enumerate(cls._fields):
        if field.stored:
            body += [
                "    text = ''",
                *entry(field, str(number), space, cls).code("text = {}"),
                "    found.append(text)",
            ]
    body.append("    return found")
    return compile_function(body, "entries", cls, space)


@attrs.frozen
class Entry:
    """How a field is written: expressions of what it holds, which is called `value` in them."""

    field: str
    """The name of the attribute."""
    name: str
    """The name in JSON, with a comma in front and a colon behind."""
    value: str
    present: str
    """Whether there is a value to write; empty if always."""
    null: bool
    """Whether a `null` stands where there is none."""

    def code(self, put: str) -> list[str]:
        """The lines that write the entry, with what `put` does to a text."""
        start, written = f"    value = self.{self.field}", put.format(f"{self.name!r} + {self.value}")
        if not self.present:
            return [start, f"    {written}"]
        found = [start, f"    if {self.present}:", f"        {written}"]
        return [*found, "    else:", f"        {put.format(repr(self.name + 'null'))}"] if self.null else found


def entry(field: Field, number: str, space: dict[str, Any], cls: Any) -> Entry:
    """How a field is written. What is left out is what an encoder leaves out."""
    page = field.name == "items" and is_kind(cls)
    value = _expression("value", field.type, number, space, bare=page)
    if is_kind(cls) and is_part(field):
        value = "part(value)"
    elif not page and _is_shared(field):
        name = f"write_{field.name}"
        space[f"shared{number}"] = Memo(
            compile_function([f"def {name}(value):", f"    return {value}"], name, cls, space)
        )
        value = f"shared{number}(value)"
    if page:
        present = ""
    elif field.always:
        present = "value is not None" if field.optional else "value" if field.kind in ("list", "map") else ""
    elif field.omitzero:
        space[f"blank{number}"] = empty(field)
        present = f"value != blank{number}"
    else:
        nothing = field.pointer and field.kind != "map"
        present = "value is not None" if nothing or field.kind == "json" else "value"
    return Entry(field.name, f",{json.dumps(field.json)}:", value, present, null=field.always)


def _is_shared(field: Field) -> bool:
    """Whether objects that are stamped from one template may have the very same value in this field.

    So it is with what is more than a word, but for the entries of managedFields, which every object has of its own.
    """
    if field.kind == "list":
        return field.type.item is not None and field.type.item.kind == "struct" and field.name != "managed_fields"
    return field.kind in ("map", "struct") and field.name != "metadata"


def _part(part: Any) -> str:
    text: str = part.__class__._write(part)
    return text


part_text = Memo(_part)
"""The text of a part, which is kept."""


def _expression(value: str, held: Type, number: str, space: dict[str, Any], bare: bool = False) -> str:
    """`bare` leaves out `kind` and `apiVersion`: those of the items of a list are said once, by the list."""
    kind = held.kind
    if kind == "string":
        return f"string({value})"
    if kind == "boolean":
        return f"('true' if {value} else 'false')"
    if kind == "integer":
        return f"integer({value})"
    if kind in ("quantity", "time", "microtime"):
        return f"string(str({value}))"
    if kind == "struct":
        return f"{_nested(held.cls, number, space, bare)}({value})"
    if kind == "list":
        inner = _expression("item", held.item, f"{number}_", space, bare)  # type: ignore[arg-type]
        return f"'[' + ','.join([{inner} for item in {value}]) + ']'"
    if kind == "map":
        inner = _expression("item", held.item, f"{number}_", space)  # type: ignore[arg-type]
        items = f"sorted({value}.items())" if SORTED in space else f"{value}.items()"
        return f"'{{' + ','.join([string(key) + ':' + {inner} for key, item in {items}]) + '}}'"
    return f"json({value})"


def _nested(cls: Any, number: str, space: dict[str, Any], bare: bool) -> str:
    """The name under which the writer of a nested type is called, which is made when its first value comes by."""
    name = f"write{number}"

    def first(value: Any) -> Any:
        write = sorted_writer(cls) if SORTED in space else cls._write
        space[name] = _headed(cls) if is_kind(cls) and not bare else write
        return space[name](value)

    space[name] = first
    return name


def _headed(cls: Any) -> Callable[[Any], str]:
    """The writer of a type together with its kind."""
    head = compact({"kind": cls.kind, "apiVersion": cls.api_version})[:-1]
    write = cls._write

    def headed(value: Any) -> str:
        text: str = write(value)
        return head + ("}" if text == "{}" else f",{text[1:]}")

    return headed


_map_text = Memo(compact)


def _json(value: Any) -> str:
    return _map_text(value) if value.__class__ is FrozenMap else compact(value)


_sorted_text = Memo(in_order)


def _sorted_json(value: Any) -> str:
    return _sorted_text(value) if value.__class__ is FrozenMap else in_order(value)


SORTED = "names are sorted"
"""What stands among what expressions call if they write names in order."""

SPACE: dict[str, Any] = {"integer": int.__repr__, "json": _json, "part": part_text, "string": encode_basestring}
"""What expressions call."""
