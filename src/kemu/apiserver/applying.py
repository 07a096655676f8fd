"""Server-side apply on stored objects, and who owns what after any other write.

The arithmetic of ownership is in `apply.py`; here it meets the write sequence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

from ..objects import codec, evolve, meta
from . import apply, failures, strategies
from .resources import Resource
from .server import ApiServer, Context

CLEARED = (meta.ManagedFieldsEntry(),)
"""What a client sends as managedFields to have them emptied."""


KUBECTL = "kubectl"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""What client-side `kubectl apply` keeps its configuration in."""


def _last_applied(live: Mapping[str, Any]) -> Any | None:
    """What was applied from the client; `kubectl apply --server-side` takes it over without a conflict."""
    annotations = (live.get("metadata") or {}).get("annotations") or {}
    try:
        last = json.loads(annotations.get(LAST_APPLIED) or "null")
    except ValueError:
        return None
    return last if isinstance(last, dict) else None


def _without_itself(config: Mapping[str, Any]) -> str:
    """The configuration as client-side `kubectl apply` would keep it, so that both can take turns."""
    metadata = dict(config.get("metadata") or {})
    annotations = metadata.get("annotations")
    if annotations is not None:
        metadata["annotations"] = {name: text for name, text in annotations.items() if name != LAST_APPLIED}
    return (
        json.dumps({**config, "metadata": metadata}, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    )


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
    if (config.get("metadata") or {}).get("managedFields") is not None:
        raise failures.bad_request("metadata.managedFields must be nil")
    manager = apply.Manager(context.manager, "Apply", kind.api_version, subresource, server.timestamp())

    def applied(live: Any | None) -> Any:
        before: dict[str, Any] = {"apiVersion": kind.api_version, "kind": kind.kind}
        if live is not None:
            before = codec.encode(live)
        owners = apply.managers_of(live.metadata.managed_fields) if live is not None else {}
        before.get("metadata", {}).pop("managedFields", None)
        wanted = strategies.writable(resource, subresource, config, {})
        last = _last_applied(before) if manager.name == KUBECTL else None
        yielded = apply.agreed(before, last, resource.type) if last is not None else frozenset()
        result = apply.apply(before, wanted, resource.type, owners, manager, force=force, yielded=yielded)
        obj = codec.decode(resource.type, result.document)
        if last is not None:
            annotations = {**obj.metadata.annotations, LAST_APPLIED: _without_itself(config)}
            obj = evolve(obj, metadata=evolve(obj.metadata, annotations=annotations))
        if live is not None:
            failures.same_uid(kind, obj, live)
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
    """The context of a write that is no apply: it notes its writer as the owner of what changes.

    A client that sends a single empty entry as managedFields has them emptied.
    """

    def track(resource: Resource, new: Any, old: Any | None, subresource: str) -> Any:
        if new.metadata.managed_fields == CLEARED:
            return evolve(new, metadata=evolve(new.metadata, managed_fields=()))
        before = codec.encode(old if old is not None else resource.type())
        after = strategies.writable(resource, subresource, codec.encode(new), before)
        owners = apply.managers_of(old.metadata.managed_fields) if old is not None else {}
        version = resource.kind.api_version
        stamp = server.timestamp() if subresource != "scale" else None
        manager = apply.Manager(context.manager, "Update", version, subresource, stamp)
        owners = apply.written(before, after, resource.type, owners, manager)
        return evolve(new, metadata=evolve(new.metadata, managed_fields=apply.entries_of(owners)))

    return attrs.evolve(context, track=track)
