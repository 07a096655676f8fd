"""Rules for `metadata`, the same for every kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...values import names
from ..failures import FieldError, duplicate, forbidden_field, invalid_value, required, too_long
from ..resources import NameCheck

ANNOTATIONS_MAX = 256 * 1024
"""Bytes that all annotations of an object may have together."""

IMMUTABLE = "field is immutable"
STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")


def created_metadata(metadata: Any, namespaced: bool, name_check: NameCheck) -> Iterator[FieldError]:
    """What may be wrong with the metadata of a new object."""
    if metadata.generate_name:
        base = metadata.generate_name
        for text in name_check(base[:-1] + "a" if base.endswith("-") else base):
            yield invalid_value("metadata.generateName", base, text)
    if not metadata.name:
        yield required("metadata.name", "name or generateName is required")
    else:
        for text in name_check(metadata.name):
            yield invalid_value("metadata.name", metadata.name, text)
    if namespaced:
        if not metadata.namespace:
            yield required("metadata.namespace")
        else:
            for text in names.is_dns1123_label(metadata.namespace):
                yield invalid_value("metadata.namespace", metadata.namespace, text)
    elif metadata.namespace:
        yield forbidden_field("metadata.namespace", "not allowed on this type")
    yield from common_metadata(metadata)


def common_metadata(metadata: Any) -> Iterator[FieldError]:
    """What may be wrong with labels, annotations, owners and finalizers, on create and on update."""
    yield from labels(metadata.labels, "metadata.labels")
    yield from annotation_rules(metadata.annotations, "metadata.annotations")
    yield from _owners(metadata.owner_references)
    for index, finalizer in enumerate(metadata.finalizers):
        where = f"metadata.finalizers[{index}]"
        problems = names.is_qualified_name(finalizer)
        for text in problems:
            yield invalid_value(where, finalizer, text)
        if not problems and "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
            text = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid_value(where, finalizer, text)
    if "orphan" in metadata.finalizers and "foregroundDeletion" in metadata.finalizers:
        both = list(metadata.finalizers)
        yield invalid_value("metadata.finalizers", both, "finalizer orphan and foregroundDeletion cannot be both set")


def labels(values: Mapping[str, str], where: str) -> Iterator[FieldError]:
    """What may be wrong with a set of labels; also used for selectors and templates."""
    for key in sorted(values):
        for text in names.is_qualified_name(key):
            yield invalid_value(where, key, text)
        for text in names.is_valid_label_value(values[key]):
            yield invalid_value(where, values[key], text)


def annotation_rules(values: Mapping[str, str], where: str) -> Iterator[FieldError]:
    """What may be wrong with annotations: their keys, and their size together."""
    size = 0
    for key in sorted(values):
        for text in names.is_qualified_name(key.lower()):
            yield invalid_value(where, key, text)
        size += len(key.encode()) + len(values[key].encode())
    if size > ANNOTATIONS_MAX:
        yield too_long(where, ANNOTATIONS_MAX)


def _owners(references: Any) -> Iterator[FieldError]:
    controllers = []
    for index, reference in enumerate(references):
        where = f"metadata.ownerReferences[{index}]"
        if not reference.api_version:
            yield invalid_value(f"{where}.apiVersion", reference.api_version, "version must not be empty")
        if not reference.kind:
            yield invalid_value(f"{where}.kind", reference.kind, "must not be empty")
        if not reference.name:
            yield invalid_value(f"{where}.name", reference.name, "must not be empty")
        if not reference.uid:
            yield invalid_value(f"{where}.uid", reference.uid, "must not be empty")
        if reference.controller:
            controllers.append(f"{reference.kind}/{reference.name}")
            if len(controllers) > 1:
                text = (
                    "Only one reference can have Controller set to true. Found "
                    f'"true" in references for {" and ".join(controllers)}'
                )
                yield invalid_value("metadata.ownerReferences", references, text)


def updated_metadata(new: Any, old: Any) -> Iterator[FieldError]:
    """What may be wrong with the metadata of a changed object."""
    if new is old:
        return
    if old.deletion_timestamp is not None:
        added = [name for name in new.finalizers if name not in old.finalizers]
        if added:
            listed = ", ".join(f'"{name}"' for name in added)
            text = "no new finalizers can be added if the object is being deleted, found new finalizers "
            yield forbidden_field("metadata.finalizers", f"{text}[]string{{{listed}}}")
    yield from common_metadata(new)


def immutable(new: Any, old: Any, where: str) -> Iterator[FieldError]:
    """A complaint if a field that never changes has changed."""
    if new != old:
        yield invalid_value(where, new, IMMUTABLE)


def unique(values: Any, where: str) -> Iterator[FieldError]:
    """A complaint for every value that appeared before."""
    seen: dict[Any, None] = {}
    for index, value in enumerate(values):
        if value in seen:
            yield duplicate(f"{where}[{index}]", value)
        seen[value] = None
