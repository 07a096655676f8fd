"""Views of one stored object in several API groups or versions.

Nearly every resource is stored as it is served. An Event is kept as core/v1 and also shown as events.k8s.io/v1, an
autoscaler is kept as v2 and also shown as v1: the policy of such a kind has a view for each other form. The versions of
a custom kind differ in nothing but their name and what their schemas know.
"""

from __future__ import annotations

from typing import Any

from .resources import Resource


def from_storage(resource: Resource, stored: Any) -> Any:
    """The stored object as `resource` shows it. O(1) where the two are the same, the object itself."""
    if resource.canonical:
        return stored
    view = resource.view
    return resource.kind.converted(stored) if view is None else view.shown(stored)


def to_storage(resource: Resource, shown: Any) -> Any:
    """The object in the form in which it is kept."""
    if resource.canonical:
        return shown
    view = resource.view
    return resource.stored.settled(shown) if view is None else view.kept(shown)
