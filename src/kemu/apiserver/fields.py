"""Field selectors: which fields of which resource may be selected on, and how their values read.

`metadata.name` and `metadata.namespace` work everywhere; the kind's policy (or the view through which it is served)
names the rest. A field that is not named is refused with the text of the real server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .. import errors
from ..objects.custom_kinds import CustomKind
from ..values import jsonpath
from ..values.selectors import FieldSelector
from .policy import Read
from .resources import Resource
from .rows import reader

ALWAYS = ("metadata.name", "metadata.namespace")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def matcher(resource: Resource, selector: FieldSelector | None) -> Callable[[Any], bool] | None:
    """A test for one object, or None if everything matches. Raises BadRequest for a field that is not selectable."""
    if selector is None or not selector.requirements:
        return None
    known = selectable(resource)
    tests: list[tuple[Callable[[Any], Any], bool, str]] = []
    for field, operator, value in selector.requirements:
        if field not in ALWAYS and field not in known:
            raise errors.BadRequest(unsupported(resource, field))
        read = known.get(field) or _reader(resource, field)
        tests.append((read, operator != "!=", value))
    return lambda obj: all((_text(read(obj)) == value) is wanted for read, wanted, value in tests)


def selectable(resource: Resource) -> Mapping[str, Read | None]:
    """The fields by which a resource can be selected."""
    view = resource.view
    return resource.policy.selectable if view is None else view.selectable


def _reader(resource: Resource, field: str) -> Read:
    if field in ALWAYS:
        return _METADATA[field]
    if resource.kind.selectable:
        return lambda obj: next(iter(jsonpath.find(obj.body, field)), None)
    return reader(resource.type, field)[0]


_METADATA: Mapping[str, Read] = {
    "metadata.name": lambda obj: obj.metadata.name,
    "metadata.namespace": lambda obj: obj.metadata.namespace,
}


def unsupported(resource: Resource, field: str) -> str:
    """The complaint about a field that this resource cannot be selected by."""
    if not selectable(resource) and not isinstance(resource.kind, CustomKind):
        return f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"'
    return resource.policy.unselectable.format(field=field)
