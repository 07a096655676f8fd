"""What a path names: group, version, resource, namespace, name and subresource, by the rules of a real server."""

from __future__ import annotations

from functools import lru_cache

import attrs

METHODS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
OF_NAMESPACES = ("status", "finalize")
"""What may follow the name of a namespace without being a resource in it."""


@attrs.frozen
class Place:
    """A path taken apart. Without a `plural` it names no resource."""

    group: str = ""
    version: str = ""
    plural: str = ""
    namespace: str | None = None
    name: str = ""
    subresource: str = ""
    below: str = ""
    """What follows `proxy`, for who is behind it."""
    watched: bool = False
    """Whether it is a path of the old kind, in which `watch` precedes the resource."""
    unclear: bool = False
    """Whether it names a verb of the old kind, and nothing that this could be done with."""
    broken: bool = False
    """Whether it has empty parts in the middle, so that nothing can be there."""

    def verb(self, method: str, watch: bool) -> str:
        """What a method means here; nothing for one that is never served."""
        verb = "watch" if self.watched else METHODS.get(method, "")
        if verb == "get" and not self.name:
            return "watch" if watch else "list"
        if verb == "delete" and not self.name:
            return "deletecollection"
        return verb


NOWHERE = Place()
UNCLEAR = Place(unclear=True)
OLD_VERBS = ("watch", "proxy")
"""What may precede a resource in a path of the old kind."""


@lru_cache(maxsize=4096)
def place_of(path: str) -> Place:
    """Take a path apart. `/api/v1/namespaces/a` is the namespace a, `/api/v1/namespaces/a/pods` are the pods in it."""
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) >= 3:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) >= 4:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return NOWHERE
    if rest[0] in OLD_VERBS and len(rest) == 1:
        return UNCLEAR
    watched = rest[0] == "watch"
    rest = rest[1:] if watched else rest
    namespace = None
    if rest[0] == "namespaces" and len(rest) > 2 and not (rest[2] in OF_NAMESPACES and len(rest) == 3 and not group):
        namespace, rest = rest[1], rest[2:]
    subresource, below = "/".join(rest[2:]), ""
    if rest[2:3] == ["proxy"]:
        subresource, below = "proxy", "/".join(["", *rest[3:]]) + ("/" if path.endswith("/") else "")
    return Place(
        group=group,
        version=version,
        plural=rest[0],
        namespace=namespace,
        name=rest[1] if len(rest) > 1 else "",
        subresource=subresource,
        below=below,
        watched=watched,
        broken="" in parts and subresource != "proxy",
    )
