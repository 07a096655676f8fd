"""Server-side apply on stored objects, and who owns what after any other write.

The arithmetic of ownership is in `apply.py`; here it meets the write sequence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ..objects import codec, evolve
from . import apply, failures, strategies
from .resources import Resource
from .server import ApiServer, Context


def apply_config(
    server: ApiServer,
    resource: Resource,
    namespace: str | None,
    name: str,
    config: Mapping[str, Any],
    context: Context,
    *,
    subresource: str = "",
    force: bool = False,
) -> tuple[Any, bool]:
    """Server-side apply of a configuration (JSON). Returns the object and whether it was created.

    Raises Conflict where another manager owns a field with another value, unless `force`.
    """
    kind = resource.kind
    problems = [f"{path}: {text}" for path, text in apply.mistakes(config, resource.type)]
    if problems:
        own = (config.get("metadata") or {}).get("namespace") or ""
        shown = problems[0] if len(problems) == 1 else "errors:" + "".join(f"\n  {each}" for each in problems)
        version = f"{kind.group}/{kind.version}"
        what = f"({own}/{name}; {version}, Kind={kind.kind})"
        raise failures.unexplained(f"failed to create typed patch object {what}: {shown}")
    manager = apply.Manager(context.manager, "Apply", kind.api_version, subresource, server.timestamp())

    def applied(live: Any | None) -> Any:
        before: dict[str, Any] = {"apiVersion": kind.api_version, "kind": kind.kind}
        if live is not None:
            before = codec.encode(live)
        owners = apply.managers_of(live.metadata.managed_fields) if live is not None else {}
        before.get("metadata", {}).pop("managedFields", None)
        result = apply.apply(before, config, resource.type, owners, manager, force=force)
        obj = codec.decode(resource.type, result.document)
        entries = apply.entries_of(result.managers)
        return evolve(obj, metadata=evolve(obj.metadata, managed_fields=entries))

    if server.find(resource, namespace, name) is None:
        if subresource:
            raise failures.not_found(kind, name)
        fresh = applied(None)
        if not fresh.metadata.name:
            fresh = evolve(fresh, metadata=evolve(fresh.metadata, name=name))
        return server.create(resource, fresh, context, namespace=namespace), True
    return server.update(resource, namespace, name, applied, context, subresource=subresource), False


def tracked(server: ApiServer, context: Context) -> Context:
    """The context of a write that is no apply: it notes its writer as the owner of what changes."""

    def track(resource: Resource, new: Any, old: Any | None, subresource: str) -> Any:
        before = codec.encode(old if old is not None else resource.type())
        after = strategies.writable(resource, subresource, codec.encode(new), before)
        owners = apply.managers_of(old.metadata.managed_fields) if old is not None else {}
        version = resource.kind.api_version
        manager = apply.Manager(context.manager, "Update", version, subresource, server.timestamp())
        owners = apply.written(before, after, resource.type, owners, manager)
        return evolve(new, metadata=evolve(new.metadata, managed_fields=apply.entries_of(owners)))

    return attrs.evolve(context, track=track)
