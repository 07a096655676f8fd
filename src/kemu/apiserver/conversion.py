"""Views of one stored object in several API groups or versions.

Nearly every resource is stored as it is served. An Event is kept as core/v1 and also shown as events.k8s.io/v1, an
autoscaler is kept as v2 and also shown as v1: the policy of such a kind has a view for each other form. The versions of
a custom kind differ in nothing but their name and what their schemas know.
"""

from __future__ import annotations

from typing import Any

from ..errors import InternalError
from ..objects import CustomObject, evolve
from ..objects.scheme import Kind
from .resources import Convert, Resource


def from_storage(resource: Resource, stored: Any) -> Any:
    """The stored object as `resource` shows it. O(1) where the two are the same, the object itself."""
    if resource.exact:
        return stored
    view = resource.view
    if view is not None:
        return view.shown(stored)
    own = resource.stored
    if stored.api_version == own.api_version:
        stored = own.settled(stored)
        if resource.kind is own:
            return stored
    return _converted(resource, stored, resource.kind)


def to_storage(resource: Resource, shown: Any) -> Any:
    """The object in the form in which it is kept."""
    if resource.canonical:
        return shown
    view = resource.view
    return _converted(resource, shown, resource.stored) if view is None else view.kept(shown)


def _converted(resource: Resource, obj: Any, kind: Kind) -> Any:
    """An object of a custom kind as one of its versions has it."""
    if resource.convert is None or obj.api_version == kind.api_version:
        return kind.converted(obj)
    return kind.converted(converted_by(resource.convert, obj, kind.api_version))


def converted_by(convert: Convert, obj: CustomObject, api_version: str) -> CustomObject:
    """What a function makes of an object; all but labels and annotations of its metadata stays what it is.

    Raises InternalError for what is no object of the wanted version.
    """
    made = convert(obj.to_dict(), api_version)
    if not isinstance(made, dict) or made.get("apiVersion") != api_version or made.get("kind") != obj.kind:
        group, _, version = api_version.rpartition("/")
        kind = f"{group}/{version}, Kind={obj.kind}"
        raise InternalError(f"conversion webhook for {kind} returned an object that is not of this kind")
    said = made.pop("metadata", None) or {}
    metadata = evolve(obj.metadata, labels=said.get("labels"), annotations=said.get("annotations"))
    return CustomObject(made, metadata=metadata)
