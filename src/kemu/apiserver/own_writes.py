"""What a server writes of its own accord: conditions of what it serves, and objects that follow from others.

It goes through the same steps as all else, as the server's own user, and no wrapper and no fault stands in its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wellknown import APISERVER
from .request import DeleteOptions, Request, User

if TYPE_CHECKING:
    from .resources import Resource
    from .server import ApiServer

USER = User(f"system:{APISERVER}", ("system:masters", "system:authenticated"), trusted=True)
_WHO: dict[str, Any] = {"user": USER, "actor": APISERVER, "manager": APISERVER}


def status_of(server: ApiServer, resource: Resource, obj: Any) -> None:
    """Write the status that an object has here."""
    server.serve(Request("update", resource, name=obj.metadata.name, obj=obj, subresource="status", **_WHO))


def created(server: ApiServer, resource: Resource, obj: Any) -> None:
    """Create an object."""
    metadata = obj.metadata
    server.serve(Request("create", resource, namespace=metadata.namespace, name=metadata.name, obj=obj, **_WHO))


def updated(server: ApiServer, resource: Resource, obj: Any) -> None:
    """Write what an object is here, but for its status."""
    metadata = obj.metadata
    server.serve(Request("update", resource, namespace=metadata.namespace, name=metadata.name, obj=obj, **_WHO))


def deleted(server: ApiServer, resource: Resource, name: str) -> None:
    """Delete an object without a namespace."""
    server.serve(Request("delete", resource, name=name, options=DeleteOptions(), **_WHO))


def emptied(server: ApiServer, resource: Resource) -> None:
    """Delete all objects of a kind."""
    server.serve(Request("deletecollection", resource, options=DeleteOptions(), **_WHO))
