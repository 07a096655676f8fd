"""Server-side apply on stored objects.

The arithmetic of ownership is in `apply.py`; here it meets the write sequence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ..objects import codec, evolve, replaced
from ..objects.schema import Shape
from . import failures, managed, strategies
from .apply import agreed, apply, merge
from .differences import fields_of
from .field_sets import Fields
from .outlines import ByOutline
from .ownership import Manager, Managers, entries_of
from .request import Desk, Request
from .resources import Resource
from .schema_check import mistakes

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


def _declared(config: Mapping[str, Any], shape: Shape) -> Fields | None:
    """The fields of a configuration; None if it says what the type does not have, or has differently."""
    return None if mistakes(config, shape) else fields_of(config, shape)


_known = ByOutline(_declared)


def checked(resource: Resource, config: Mapping[str, Any]) -> Fields:
    """The fields of a configuration. One that says what the kind does not have, or has differently, is refused."""
    metadata = config.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    fields: Fields | None = _known(config, resource.shape)
    if fields is None:
        problems = [f"{path}: {text}" for path, text in mistakes(config, resource.shape)]
        place = [each if isinstance(each := metadata.get(part), str) else "" for part in ("namespace", "name")]
        what = _what(resource, *place)
        raise failures.unexplained(f"failed to create typed patch object {what}: {_listed(problems)}")
    if metadata.get("managedFields") is not None:
        raise failures.bad_request("metadata.managedFields must be nil")
    return fields


def applied(request: Request, desk: Desk) -> Any:
    """The stored object, or none, with a configuration (JSON) merged in, and managedFields that say whose it is.

    Raises Conflict where another manager owns a field with another value, unless the request forces it.
    """
    assert request.patch is not None
    resource, live, config = request.resource, request.old, request.patch.document
    kind, shape = resource.kind, resource.shape
    fields = checked(resource, config)
    part = kind.subresources.get(request.subresource)
    version = kind.api_version if part is None else part.api_version
    manager = managed.applier_of(request, desk.stamp())
    before: dict[str, Any] = {"apiVersion": kind.api_version, "kind": kind.kind}
    owners: Managers = {}
    if live is not None:
        before = codec.encode(replaced(live, metadata=replaced(live.metadata, managed_fields=())))
        if shape.cls is None:
            _check_live(resource, live, before)
        owners = managed.managers_of(live.metadata.managed_fields)
        owners = owners or managed.before_first_apply(request, desk.stamp())
        owners = {_same_applier(each, manager): held for each, held in owners.items()}
    written = strategies.writable(resource, request.subresource, config, {})
    if written != config:
        _restored(request, merge(before, config, shape))  # what is not kept must be of its type all the same
        fields = fields_of(written, shape)
    last = _last_applied(before) if manager.name == KUBECTL else None
    yielded = agreed(before, last, shape) if last is not None else frozenset()
    force = request.options.force
    result = apply(before, written, fields, shape, owners, manager, force=force, yielded=yielded, version=version)
    obj = live
    if live is None or result.document is not before:
        obj = codec.sharing(_restored(request, result.document), live)
    metadata = obj.metadata
    if last is not None:
        annotations = {**metadata.annotations, LAST_APPLIED: _without_itself(config)}
        metadata = evolve(metadata, annotations=annotations)
    if live is not None and not metadata.name:
        metadata = replaced(metadata, name=request.name)
    return replaced(obj, metadata=replaced(metadata, managed_fields=entries_of(result.managers)))


def _check_live(resource: Resource, live: Any, document: Mapping[str, Any]) -> None:
    """Raise a 500 for a stored custom object that is not what the schema of this version says."""
    problems = [f"{path}: {text}" for path, text in mistakes(document, resource.shape)]
    if problems:
        what = _what(resource, live.metadata.namespace or "", live.metadata.name)
        raise failures.unexplained(f"failed to create typed live object {what}: {_listed(problems)}")


def _listed(problems: Sequence[str]) -> str:
    return problems[0] if len(problems) == 1 else "errors:" + "".join(f"\n  {each}" for each in problems)


def _same_applier(owner: Manager, manager: Manager) -> Manager:
    """Who applied before in another version is the same who applies now."""
    if owner.operation != "Apply" or owner.api_version == manager.api_version:
        return owner
    renamed = attrs.evolve(owner, api_version=manager.api_version)
    return renamed if renamed.identity == manager.identity else owner


def _what(resource: Resource, namespace: str, name: str) -> str:
    """What is applied, as a real server names it in its complaints."""
    kind = resource.kind
    return f"({namespace}/{name}; {kind.group}/{kind.version}, Kind={kind.kind})"


def _restored(request: Request, document: Any) -> Any:
    """The merged document as an object. Raises a 500 that says what was applied, as a real server does."""
    try:
        return request.resource.kind.decode(document, unstructured=True)
    except codec.DecodeError as problem:
        assert request.patch is not None
        kind, metadata = request.resource.kind, request.patch.document.get("metadata") or {}
        what = _what(request.resource, metadata.get("namespace") or "", request.name)
        form = f"{kind.group}/{kind.version}, Kind={kind.kind}"
        text = f"to proper version: unable to convert unstructured object to {form}: {problem}"
        raise failures.unexplained(f"failed to convert new object {what} {text}") from None
