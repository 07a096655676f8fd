"""Objects that point at other objects."""

from __future__ import annotations

from typing import Any

from . import core, meta
from .model import replaced

_TO_NOTHING = core.ObjectReference()


def reference_to(obj: Any, field_path: str | None = None) -> core.ObjectReference:
    """The reference by which events and other objects name `obj`, or the part of it at `field_path`."""
    found = obj.metadata
    return replaced(
        _TO_NOTHING,
        kind=obj.kind,
        namespace=found.namespace,
        name=found.name,
        uid=found.uid,
        api_version=obj.api_version,
        resource_version=found.resource_version,
        field_path=field_path,
    )


def owner_reference(owner: Any, *, controller: bool = True) -> meta.OwnerReference:
    """The reference by which an object says that it belongs to `owner`, and by default is controlled by it."""
    return meta.OwnerReference(
        api_version=owner.api_version,
        kind=owner.kind,
        name=owner.metadata.name or "",
        uid=owner.metadata.uid or "",
        controller=controller or None,
        block_owner_deletion=controller or None,
    )


def controller_of(obj: Any) -> meta.OwnerReference | None:
    """The reference to the object that controls this one, if one does."""
    for reference in obj.metadata.owner_references:
        if reference.controller:
            return reference
    return None


def is_of(reference: Any, kind: Any) -> bool:
    """Whether a reference names an object of a kind, in whatever version of its group."""
    return bool(reference.kind == kind.kind and (reference.api_version or "").rpartition("/")[0] == kind.group)
