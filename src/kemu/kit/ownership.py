"""Who belongs to whom: how a controller claims the objects that its selector matches.

An object has at most one controller. A controller keeps what it owns and still matches, releases what it owns and does
not match any more, and adopts orphans that match. Every one of these writes carries the uid of the object, so that an
object of the same name that came later is left alone; and before the first adoption the owner is read anew, since one
that is being deleted, or was replaced by another of its name, must adopt nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .. import errors
from ..objects import codec
from ..objects.references import controller_of, owner_reference
from .client import Client


def claim(
    client: Client,
    owner: Any,
    own: Iterable[Any],
    orphans: Iterable[Any],
    matches: Callable[[Any], bool],
    finalizer: str = "",
) -> list[Any]:
    """The objects of an owner, after releasing those of `own` that do not match and adopting `orphans` that do.

    What is adopted gets the finalizer of the controller, if it has one, and what is released loses it.
    Raises InternalError, which a controller retries, if the owner is not there any more or on its way out; and, when
    all of them have had their turn, the ApiError of the first one that could not be released or adopted.
    """
    claimed, refused = [], list[errors.ApiError]()
    leaving = owner.metadata.deletion_timestamp is not None
    for obj in own:
        if matches(obj):
            claimed.append(obj)
        elif not leaving:
            try:
                release(client, obj, owner, finalizer)
            except errors.ApiError as problem:
                refused.append(problem)
    checked = False
    for obj in () if leaving else orphans:
        if controller_of(obj) is not None or obj.metadata.deletion_timestamp is not None or not matches(obj):
            continue
        if not checked:
            check_adopter(client, owner)
            checked = True
        try:
            adopted = adopt(client, obj, owner, finalizer)
        except errors.ApiError as problem:
            refused.append(problem)
            continue
        if adopted is not None:
            claimed.append(adopted)
    if refused:
        raise refused[0]
    return claimed


def check_adopter(client: Client, owner: Any) -> None:
    """Raise InternalError unless the owner, read anew, is the same object and is not being deleted."""
    metadata = owner.metadata
    live: Any = client.get(client.resource_of(owner), metadata.name, metadata.namespace)
    if live.metadata.uid != metadata.uid:
        gone = f"original {owner.kind} {metadata.namespace}/{metadata.name} is gone"
        raise errors.InternalError(f"{gone}: got uid {live.metadata.uid}, wanted {metadata.uid}")
    if live.metadata.deletion_timestamp is not None:
        when = live.metadata.deletion_timestamp
        raise errors.InternalError(f"{metadata.namespace}/{metadata.name} has just been deleted at {when}")


def adopt(client: Client, obj: Any, owner: Any, finalizer: str = "") -> Any | None:
    """Make `owner` the controller of an object that has none; the object as stored, or None if it is gone."""
    reference = owner_reference(owner)
    try:
        owners = (*obj.metadata.owner_references, reference)
        more = {"finalizers": [finalizer]} if finalizer else {}
        return _with_owners(client, obj, codec.encode(reference), owners, more)
    except errors.NotFound:
        return None


def release(client: Client, obj: Any, owner: Any, finalizer: str = "") -> None:
    """Take an owner away from an object that does not match its selector any more."""
    release_from(client, obj, owner.metadata.uid, finalizer)


def without_finalizer(finalizer: str) -> dict[str, Any]:
    """What a strategic merge patch says of metadata to take a finalizer away, whatever others there are."""
    return {"$deleteFromPrimitiveList/finalizers": [finalizer]}


def release_from(client: Client, obj: Any, uid: str, finalizer: str = "") -> None:
    """Take the owner with a uid away from an object. One that is gone, or is another one by now, is left alone."""
    kept = tuple(each for each in obj.metadata.owner_references if each.uid != uid)
    try:
        more = without_finalizer(finalizer) if finalizer else {}
        _with_owners(client, obj, {"$patch": "delete", "uid": uid}, kept, more)
    except (errors.NotFound, errors.Invalid):
        return


def _with_owners(
    client: Client, obj: Any, change: dict[str, Any], owners: tuple[Any, ...], more: dict[str, Any]
) -> Any:
    """One change of the owners of an object, and of `more` of its metadata, whatever others do to them.

    Custom resources know no strategic merge patch: for them all owners are replaced, with the resourceVersion at
    which they were read. No controller has a finalizer on these.
    """
    if "strategic" in client.resource_of(obj).kind.patches:
        return client.patch(obj, {"metadata": {"ownerReferences": [change], **more}}, type="strategic")
    metadata = {"ownerReferences": owners, "resourceVersion": obj.metadata.resource_version}
    return client.patch(obj, {"metadata": metadata})
