"""ControllerRevisions: the templates that a StatefulSet or a DaemonSet has had, and how they are told apart.

A revision keeps its template as a patch that puts it back in the place of whatever template its owner has by then, with
all keys in order: clients compare it with what they make of a template, byte by byte.
Two revisions are the same if their patches are; what differs in the annotations, the number or the name does not count.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .. import errors
from ..apiserver.strategic import strategic
from ..entropy import SUFFIX_ALPHABET
from ..objects import apps, codec, evolve, meta
from ..objects.references import owner_reference
from ..objects.schema import shape_of
from ..values.frozen import FrozenMap, freeze, thaw
from ..values.memo import Memo
from .process import Api

LABEL = "controller-revision-hash"
"""The label by which a pod says of which revision it is."""

NAME_MAX = 223
"""How many characters of its owner's name a revision bears at most."""

FNV_OFFSET = 0x811C9DC5
FNV_PRIME = 0x01000193


def _patch(template: Any) -> Any:
    document = {"spec": {"template": {**codec.encode(template), "$patch": "replace"}}}
    return freeze(json.loads(canonical(document)))


patch_of = Memo(_patch)
"""The patch that puts a template back: what a revision of it has as its data."""


def is_of(revision: Any, template: Any) -> bool:
    """Whether a revision keeps this very template."""
    data = patch_of(template)
    return revision.data is data or revision.data == data


def restored(revision: Any, owner: Any) -> Any:
    """The template that a revision keeps, put into its owner. Raises BadRequest for data that is no such patch."""
    cls = type(owner)
    document = strategic(codec.encode(owner), thaw(revision.data), shape_of(cls))
    return codec.decode(cls, document).spec.template


def hashed(text: str, collisions: int | None, *, older: bool = False) -> str:
    """A short name for a text: its FNV-1a hash (the `older` one is FNV-1), in letters that make no words."""
    value = FNV_OFFSET
    for byte in f"{text}{'' if collisions is None else collisions}".encode():
        value = value * FNV_PRIME ^ byte if older else (value ^ byte) * FNV_PRIME
        value &= 0xFFFFFFFF
    return "".join(SUFFIX_ALPHABET[ord(digit) % len(SUFFIX_ALPHABET)] for digit in str(value))


def canonical(value: Any) -> str:
    """JSON that is the same for the same value: without spaces, keys in order, as Go writes it."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def template_hash(template: Any, collisions: int | None) -> str:
    """A short name for a template. `collisions` tells templates apart that have one hash."""
    return hashed(canonical(codec.encode(template)), collisions)


def named(owner: Any, digest: str) -> str:
    """The name of the revision of an owner that has a hash."""
    return f"{owner.metadata.name[:NAME_MAX]}-{digest}"


def new_revision(owner: Any, digest: str, number: int, label: str) -> apps.ControllerRevision:
    """A revision of the template that an owner has now, which bears a hash under a label."""
    metadata = owner.metadata
    return apps.ControllerRevision(
        metadata=meta.ObjectMeta(
            name=named(owner, digest),
            namespace=metadata.namespace,
            labels=FrozenMap({**owner.spec.template.metadata.labels, label: digest}),
            annotations=metadata.annotations,
            owner_references=(owner_reference(owner),),
        ),
        data=patch_of(owner.spec.template),
        revision=number,
    )


def in_order(revisions: Iterable[Any]) -> list[Any]:
    """Revisions from the first to the last; of one number the older first."""
    return sorted(
        revisions, key=lambda each: (each.revision, int(each.metadata.creation_timestamp or 0), each.metadata.name)
    )


def renumbered(api: Api, revision: Any, number: int) -> Any:
    """The revision with another number, as stored."""
    return revision if revision.revision == number else api.update(evolve(revision, revision=number))


def delete(api: Api, revision: Any) -> None:
    """Delete a revision, if it is still there."""
    metadata = revision.metadata
    try:
        api.delete(apps.ControllerRevision, metadata.name, metadata.namespace, uid=metadata.uid)
    except errors.NotFound:
        return
