"""Rules for `metadata`, the same for every kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..values import names
from ..values.memo import Memo
from .failures import FieldError, forbidden_field, invalid_value, required, too_long
from .policy import NameCheck
from .rows import below
from .rules import NEGATIVE, labels
from .updates import IMMUTABLE

ANNOTATIONS_MAX = 256 * 1024
"""Bytes that all annotations of an object may have together."""

COMPARED = 2
"""How often the server compares metadata with what it was."""

STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")


def created_metadata(
    metadata: Any, namespaced: bool, name_check: NameCheck, *, extension: bool = False
) -> Iterator[FieldError]:
    """What may be wrong with the metadata of a new object, of which the `extension` server asks a little less."""
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
    if metadata.generation and metadata.generation < 0:
        yield invalid_value("metadata.generation", metadata.generation, NEGATIVE)
    yield from shared_metadata(metadata)
    yield from _finalizers(metadata, extension)


def shared_metadata(metadata: Any) -> Iterator[FieldError]:
    """What may be wrong with labels, annotations and owners, on create and on update."""
    yield from _of_labels(metadata.labels)
    yield from _of_annotations(metadata.annotations)
    if metadata.owner_references:
        yield from _owners(metadata.owner_references)


def _finalizers(metadata: Any, extension: bool) -> Iterator[FieldError]:
    """The same of finalizers, which the server of extensions does not ask for their domain."""
    for index, finalizer in enumerate(metadata.finalizers):
        for text in names.is_qualified_name(finalizer):
            yield invalid_value("metadata.finalizers", finalizer, text)
        if not extension and "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
            text = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid_value(f"metadata.finalizers[{index}]", finalizer, text)
    if "orphan" in metadata.finalizers and "foregroundDeletion" in metadata.finalizers:
        both = list(metadata.finalizers)
        yield invalid_value("metadata.finalizers", both, "finalizer orphan and foregroundDeletion cannot be both set")


def annotation_rules(values: Mapping[str, str]) -> Iterator[FieldError]:
    """What may be wrong with annotations: their keys, and their size together."""
    size = 0
    for key in sorted(values):
        for text in names.is_qualified_name(key.lower()):
            yield invalid_value("", key, text)
        size += len(key.encode()) + len(values[key].encode())
    if size > ANNOTATIONS_MAX:
        yield too_long("", ANNOTATIONS_MAX)


_of_labels = Memo(lambda values: tuple(labels(values, "metadata.labels")))
_of_annotations = Memo(lambda values: tuple(below("metadata.annotations", annotation_rules(values))))
"""What stands on a template stands on everything made from it."""


def _owners(references: Any) -> Iterator[FieldError]:
    controllers = []
    where = "metadata.ownerReferences"
    for reference in references:
        if not reference.api_version:
            yield invalid_value(f"{where}.apiVersion", reference.api_version, "version must not be empty")
        if not reference.kind:
            yield invalid_value(f"{where}.kind", reference.kind, "must not be empty")
        if not reference.name:
            yield invalid_value(f"{where}.name", reference.name, "must not be empty")
        if not reference.uid:
            yield invalid_value(f"{where}.uid", reference.uid, "must not be empty")
        if (reference.api_version, reference.kind) == ("v1", "Event"):
            yield invalid_value(where, reference, "/v1, Kind=Event is disallowed from being an owner")
        if reference.controller:
            controllers.append(f"{reference.kind}/{reference.name}")
            if len(controllers) > 1:
                text = (
                    "Only one reference can have Controller set to true. Found "
                    f'"true" in references for {" and ".join(controllers)}'
                )
                yield invalid_value(where, references, text)


def owners_named(entries: Any) -> Iterator[FieldError]:
    """What may be wrong with managedFields."""
    for index, entry in enumerate(entries):
        where = f"metadata.managedFields[{index}]"
        if entry.operation not in ("Apply", "Update"):
            yield invalid_value(f"{where}.operation", entry.operation or "", "must be `Apply` or `Update`")
        if entry.fields_type and entry.fields_type != "FieldsV1":
            yield invalid_value(f"{where}.fieldsType", entry.fields_type, "must be `FieldsV1`")


def _stays(new: Any, old: Any) -> Iterator[FieldError]:
    """What only a deletion writes, and nobody the uid."""
    for name, now, was in (
        ("uid", new.uid, old.uid),
        ("deletionTimestamp", new.deletion_timestamp, old.deletion_timestamp),
        ("deletionGracePeriodSeconds", new.deletion_grace_period_seconds, old.deletion_grace_period_seconds),
    ):
        if now != was:
            yield invalid_value(f"metadata.{name}", now, IMMUTABLE)


def updated_metadata(new: Any, old: Any, checks: int, *, extension: bool = False) -> Iterator[FieldError]:
    """What may be wrong with the metadata of a changed object, each as often as the server looks at it."""
    if new is old:
        return
    if old.deletion_timestamp is not None:
        added = [name for name in new.finalizers if name not in old.finalizers]
        if added:
            listed = ", ".join(f'"{name}"' for name in added)
            text = "no new finalizers can be added if the object is being deleted, found new finalizers "
            problem = forbidden_field("metadata.finalizers", f"{text}[]string{{{listed}}}")
            yield from (problem, problem)
    stays = [*_stays(new, old)]
    problems = [*shared_metadata(new)]
    for number in range(checks if problems or stays else 0):
        yield from stays if number < COMPARED else ()
        yield from problems
    problems = [*_finalizers(new, extension)]
    for _ in range(checks - 2 if problems else 0):
        yield from problems
