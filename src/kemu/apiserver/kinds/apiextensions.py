"""Definitions of custom kinds: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...objects import apiextensions, evolve
from ...values import formats
from ..cells import CREATED, NAME, row
from ..definitions.names import with_condition
from ..definitions.rules import changed_errors, named_for_its_group, new_errors, status_errors
from ..definitions.terms import CLEANUP, PENDING
from ..policy import Policy
from ..request import Desk


def _created(definition: Any, desk: Desk) -> Any:
    """A new definition has no conditions yet; it is stored in its storage version."""
    stored = _storage(definition)
    return evolve(definition, status=apiextensions.CustomResourceDefinitionStatus(stored_versions=stored))


def _updated(definition: Any, old: Any, subresource: str, desk: Desk) -> Any:
    """A storage version that is new joins those in which objects may be stored."""
    status = definition.status
    added = tuple([each for each in _storage(definition) if each not in status.stored_versions])
    if subresource or not added:
        return definition
    return evolve(definition, status=evolve(status, stored_versions=(*status.stored_versions, *added)))


def _storage(definition: Any) -> tuple[str, ...]:
    """The name of the first version that is to be stored."""
    return tuple([version.name for version in definition.spec.versions if version.storage])[:1]


def _deleted(definition: Any, desk: Desk) -> Any:
    """A definition waits until its instances are gone."""
    metadata = definition.metadata
    finalizers = metadata.finalizers if CLEANUP in metadata.finalizers else (*metadata.finalizers, CLEANUP)
    status = with_condition(definition.status, PENDING, desk.stamp())
    return evolve(definition, metadata=evolve(metadata, finalizers=finalizers), status=status)


def _unknown_formats(definition: Any, old: Any) -> Iterator[str]:
    """Formats that nobody checks, but for those that were there before."""
    before = () if old is None else tuple(_formats_of(old))
    for each in _formats_of(definition):
        if each not in before:
            yield f'unrecognized format "{each}"'


def _formats_of(definition: Any) -> Iterator[str]:
    shared = [version.schema for version in definition.spec.versions]
    for schema in shared[:1] if all(each == shared[0] for each in shared) else shared:
        if schema is not None and schema.open_apiv3_schema is not None:
            yield from _formats(schema.open_apiv3_schema)


def _formats(schema: Any) -> Iterator[str]:
    form, kind = _field(schema, "format"), _field(schema, "type") or ""
    if form and not formats.known(form, kind):
        yield form
    for name in ("items", "not", "additionalProperties"):
        inner = _field(schema, name)
        if inner is not None and not isinstance(inner, (bool, tuple)):
            yield from _formats(inner)
    for name in ("allOf", "anyOf", "oneOf"):
        for inner in _field(schema, name) or ():
            yield from _formats(inner)
    for _, inner in sorted((_field(schema, "properties") or {}).items()):
        yield from _formats(inner)


def _field(schema: Any, name: str) -> Any:
    """A keyword of a schema, which within `items` and the like is plain JSON."""
    if isinstance(schema, Mapping):
        return schema.get(name)
    return getattr(schema, _ATTRIBUTES.get(name, name))


_ATTRIBUTES = {
    "not": "_not",
    "additionalProperties": "additional_properties",
    "allOf": "all_of",
    "anyOf": "any_of",
    "oneOf": "one_of",
}

DEFINITION = Policy(
    "customresourcedefinitions.apiextensions.k8s.io",
    generation=True,
    version_required=True,
    held=lambda definition: CLEANUP in definition.metadata.finalizers,
    defaults={
        "spec.names.singular": lambda names: (names.kind or "").lower() or None,
        "spec.names.listKind": lambda names: f"{names.kind}List" if names.kind else None,
        "spec.conversion": {"strategy": "None"},
        "spec.conversion.webhook.clientConfig.service.port": 443,
    },
    prepare_create=_created,
    prepare_update=_updated,
    prepare_delete=_deleted,
    metadata_rules=(named_for_its_group,),
    declared=False,
    create_rules=(new_errors,),
    update=(changed_errors,),
    status_update=(status_errors,),
    warns=(_unknown_formats,),
    cells=row(NAME, CREATED),
)

POLICIES = (DEFINITION,)
