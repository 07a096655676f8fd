"""What is found out about a configuration once for all configurations that look alike.

Manifests of one kind mostly differ in names, images and other values. Which fields they set, and whether their type
has these fields, does not depend on those but on the outline: on the names, the classes of the values, and on what
tells the items of a list apart.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Any

from ..objects.recall import Recall
from ..objects.schema import Shape, Type
from ..values.memo import Lately
from .field_sets import FREE, member

SIZE = 512
"""How many outlines are remembered at least."""


PLAIN = frozenset({str, int, bool, type(None)})
"""The classes of nearly all values that have nothing inside."""


def outline(document: Mapping[str, Any], shape: Shape) -> Hashable:
    """What of a document decides which fields it sets, and whether its type has them. O(size of the document)."""
    by_json = shape.by_json
    found: list[Hashable] = [*document]
    for name, value in document.items():
        cls = value.__class__
        if cls not in PLAIN:
            field = by_json.get(name)
            found.append(_inside(value, field.type if field is not None else FREE))
        else:
            found.append(cls)
    return tuple(found)


def outline_of_object(document: Mapping[str, Any], shape: Shape) -> Hashable:
    """The same of a whole object, of whose parts (`spec` and the like) many objects have equal ones."""
    found: list[Hashable] = [*document]
    for name, value in document.items():
        recall = _of_part(shape, name) if value.__class__ is dict and name != "metadata" else None
        found.append(outline({name: value}, shape) if recall is None else recall(value))
    return tuple(found)


@lru_cache(maxsize=SIZE)
def _of_part(shape: Shape, name: str) -> Recall | None:
    """The outlines of one part of the objects of a shape; None if it is no part with fields of its own."""
    field = shape.by_json.get(name)
    if field is None or field.kind != "struct":
        return None
    held = field.type
    return Recall(lambda value: _token(_inside(value, held)))


@lru_cache(maxsize=4 * SIZE)
def _token(outline: Hashable) -> object:
    """What stands for an outline: as long as it is remembered it is the same, and quickly found."""
    return object()


def _inside(value: Any, held: Type) -> Hashable:
    if isinstance(value, dict):
        if held.kind == "struct":
            return outline(value, held.shape)
        item = held.item or FREE
        return tuple([(name, _inside(each, item)) for name, each in value.items()])
    if not isinstance(value, list):
        return value.__class__
    item = held.item or FREE
    if held.kind != "list" or held.atomic:
        return (list, *[_inside(each, item) for each in value])
    if held.list_type == "set":
        return (list, *map(member, value))
    return (list, *[(_told_apart(each, held), _inside(each, item)) for each in value])


def _told_apart(item: Any, held: Type) -> Hashable:
    """What tells an item of a keyed list from the others."""
    if not isinstance(item, dict):
        return None
    found = tuple([item.get(name) for name in held.list_map_keys])
    return found if all(each.__class__ in PLAIN for each in found) else member(found)


class ByOutline:
    """A function of a configuration and its shape that depends on the outline alone, and is worked out once for it.

    Unless what it gives is None: that is worked out each time.
    """

    __slots__ = ("_function", "_known")

    def __init__(self, function: Callable[[Mapping[str, Any], Shape], Any]) -> None:
        self._function = function
        self._known = Lately(SIZE)

    def __call__(self, document: Mapping[str, Any], shape: Shape) -> Any:
        key = (shape, outline_of_object(document, shape))
        found = self._known.get(key)
        if found is None:
            found = self._function(document, shape)
            if found is not None:
                self._known.keep(key, found)
        return found
