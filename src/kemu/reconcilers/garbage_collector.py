"""Delete what has lost all its owners; finish deletions that wait for dependents or leave them behind.

Imitates  the garbage collector of Kubernetes 1.36
Wakes on  every stored object
Writes    delete; owner references; the finalizers `orphan` and `foregroundDeletion`
Differs   nothing known
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from .. import errors
from ..apiserver.resources import Resource
from ..apiserver.strategies import FOREGROUND, ORPHAN
from ..kit import DONE, Api, Cache, Result, Wiring, ownership
from ..objects import evolve, meta

COMPONENT = "garbage-collector-controller"


def _uid_of(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """What a change may make collectable: the object itself, those it owned, and those that wait for it.

    Most changes of most objects are none of them.
    """
    if new is None:
        gone = {f"owner:{old.metadata.uid}": None}
        return tuple(gone | {f"waiting:{each.uid}": None for each in _blocking(old)})
    metadata = new.metadata
    if old is not None and _of_interest(old.metadata) == _of_interest(metadata):
        return ()
    keys: dict[str, None] = dict.fromkeys(_misplaced(cache, old, new))
    if metadata.deletion_timestamp is not None or _may_lack_an_owner(cache, new):
        keys[f"object:{_path(new)}"] = None
    if old is not None:
        kept = {reference.uid for reference in _blocking(new)}
        keys |= {f"waiting:{each.uid}": None for each in _blocking(old) if each.uid not in kept}
    return tuple(keys)


def _may_lack_an_owner(cache: Cache, obj: Any) -> bool:
    """Whether an owner that an object names is not there, as far as is known, or is not called so.

    That one is on its way out is no reason to look: it looks itself whenever a dependent of it goes.
    """
    for reference in obj.metadata.owner_references:
        owner = cache.by_uid(reference.uid)
        if owner is None or (owner.kind, owner.metadata.name) != (reference.kind, reference.name):
            return True
        if _is_elsewhere(owner, obj):
            return True
    return False


def _misplaced(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    """The objects that name an owner in another namespace, when that is first seen: of each one such owner."""
    known = () if old is None else [reference.uid for reference in old.metadata.owner_references]
    for reference in new.metadata.owner_references:
        owner = None if reference.uid in known else cache.by_uid(reference.uid)
        if owner is not None and _is_elsewhere(owner, new):
            yield _misplacement(new, reference)
            break
    for dependent in cache.dependents(new.metadata.uid) if old is None and new.metadata.namespace else ():
        if _is_elsewhere(new, dependent):
            named = [each for each in dependent.metadata.owner_references if each.uid == new.metadata.uid]
            yield _misplacement(dependent, named[0])


def _misplacement(obj: Any, reference: Any) -> str:
    """All that there is to say of an object that may be gone when it is said."""
    named = (reference.api_version, reference.kind, reference.name, reference.uid)
    return "|".join(("misplaced:" + _path(obj), obj.metadata.uid, *named))


@attrs.frozen
class _Named:
    """An object of which only its name is known."""

    api_version: str
    kind: str
    metadata: meta.ObjectMeta


def _is_elsewhere(owner: Any, dependent: Any) -> bool:
    """Whether an owner is in a namespace in which what names it is not: such an owner means nothing."""
    return bool(owner.metadata.namespace) and owner.metadata.namespace != dependent.metadata.namespace


def _of_interest(metadata: Any) -> tuple[Any, ...]:
    going = metadata.deletion_timestamp
    return metadata.owner_references, going, metadata.finalizers if going is not None else ()


def _blocking(obj: Any) -> list[Any]:
    """The references to owners that wait for this object to go."""
    return [reference for reference in obj.metadata.owner_references if reference.block_owner_deletion]


def _path(obj: Any) -> str:
    metadata = obj.metadata
    return f"{obj.api_version}|{obj.kind}|{metadata.namespace or ''}|{metadata.name}"


WIRING = Wiring("garbage-collector-controller", account="generic-garbage-collector", watches_everything=_uid_of)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Look at one object, at what one that has gone owned, or at what one that has gone was waited for by."""
    what, _, rest = key.partition(":")
    if what == "object":
        _collect(api, cache, rest)
    elif what == "misplaced":
        _say_misplaced(api, rest)
    elif what == "owner":
        _each(cache.dependents(rest), lambda dependent: _collect(api, cache, _path(dependent)))
    else:
        owner = cache.by_uid(rest)
        if owner is not None:
            _collect(api, cache, _path(owner))
    return DONE


def _say_misplaced(api: Api, rest: str) -> None:
    """Say of an object that one of its owners is nowhere to be found in its namespace."""
    api_version, kind, namespace, name, uid, *owner = rest.split("|")
    named = "[{}/{}, namespace: {space}, name: {}, uid: {}]".format(*owner, space=namespace)
    obj = _Named(api_version, kind, meta.ObjectMeta(name=name, namespace=namespace or None, uid=uid))
    text = f'ownerRef {named} does not exist in namespace "{namespace}"'
    api.event(obj, "Warning", "OwnerRefInvalidNamespace", text)


def _each(objects: Iterable[Any], act: Callable[[Any], None]) -> None:
    """Do something with every object, though it be refused for some. Raises the first refusal."""
    refusals = []
    for obj in objects:
        try:
            act(obj)
        except errors.ApiError as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]


def _find(api: Api, path: str) -> tuple[Resource | None, Any | None]:
    api_version, kind, namespace, name = path.split("|")
    resource = api.resources.by_kind(api_version, kind)
    return resource, None if resource is None else api.find(resource, name, namespace or None)


def _collect(api: Api, cache: Cache, path: str) -> None:
    """Decide about one object as it is in the store now."""
    resource, obj = _find(api, path)
    if resource is None or obj is None:
        return
    if obj.metadata.deletion_timestamp is not None:
        _finish_deletion(api, cache, resource, obj)
        return
    references = obj.metadata.owner_references
    if not references:
        return
    if any(_is_impossible(api, obj, reference) for reference in references):
        return
    solid, waiting, gone = [], [], []
    for reference in references:
        owner = _owner(api, obj, reference)
        if owner is None or owner.metadata.uid != reference.uid:
            gone.append(reference)
        elif owner.metadata.deletion_timestamp is not None and FOREGROUND in owner.metadata.finalizers:
            waiting.append(reference)
        else:
            solid.append(reference)
    if solid:
        if gone or waiting:
            _each((*gone, *waiting), lambda reference: ownership.release_from(api, obj, reference.uid))
        return
    if waiting:
        dependents = cache.dependents(obj.metadata.uid)
        if any(FOREGROUND in each.metadata.finalizers for each in dependents):
            obj = _unblocked(api, obj)
        policy = "Foreground" if dependents else "Background"
    elif gone:
        policy = (
            "Orphan"
            if ORPHAN in obj.metadata.finalizers
            else ("Foreground" if FOREGROUND in obj.metadata.finalizers else "Background")
        )
    else:
        return
    metadata = obj.metadata
    try:
        api.delete(
            resource,
            metadata.name,
            metadata.namespace,
            uid=metadata.uid,
            resource_version=metadata.resource_version,
            propagation=policy,
        )
    except (errors.NotFound, errors.Conflict):
        return


def _unblocked(api: Api, obj: Any) -> Any:
    """An object for which no owner waits any more: among its dependents one waits, maybe for that very owner."""
    if not _blocking(obj):
        return obj
    metadata = obj.metadata
    references = tuple([evolve(each, block_owner_deletion=False) for each in metadata.owner_references])
    return api.patch(obj, {"metadata": {"ownerReferences": references, "resourceVersion": metadata.resource_version}})


def _is_impossible(api: Api, obj: Any, reference: Any) -> bool:
    """Whether an object without a namespace names an owner that must have one: nobody can say whether that is there."""
    resource = api.resources.by_kind(reference.api_version, reference.kind)
    return resource is not None and resource.namespaced and not obj.metadata.namespace


def _owner(api: Api, obj: Any, reference: Any) -> Any | None:
    resource = api.resources.by_kind(reference.api_version, reference.kind)
    if resource is None:
        return obj  # an owner of a kind that is not served is never said to be gone
    return api.find(resource, reference.name, obj.metadata.namespace if resource.namespaced else None)


def _finish_deletion(api: Api, cache: Cache, resource: Resource, obj: Any) -> None:
    """Orphan or delete the dependents of an object on its way out, and take the finalizer away when that is done."""
    finalizers = obj.metadata.finalizers
    dependents = cache.dependents(obj.metadata.uid)
    if ORPHAN in finalizers:
        _each(dependents, lambda dependent: ownership.release(api, dependent, obj))
        _drop_finalizer(api, obj, ORPHAN)
    elif FOREGROUND in finalizers:
        blocking = [
            each
            for each in dependents
            if any(r.uid == obj.metadata.uid and r.block_owner_deletion for r in each.metadata.owner_references)
        ]
        if not blocking:
            _drop_finalizer(api, obj, FOREGROUND)
        going = [each for each in dependents if each.metadata.deletion_timestamp is None]
        _each(going, lambda dependent: _collect(api, cache, _path(dependent)))


def _drop_finalizer(api: Api, obj: Any, name: str) -> None:
    """Take a finalizer off an object as it was read; a conflict is retried with the next look at it."""
    kept = [each for each in obj.metadata.finalizers if each != name]
    document = {"metadata": {"finalizers": kept, "resourceVersion": obj.metadata.resource_version}}
    try:
        api.patch(obj, document)
    except (errors.NotFound, errors.Invalid):
        return
