"""The rows of what a definition serves: one for each served version, made from its schema."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ...objects import codec
from ...objects.custom_kinds import ANYTHING, CustomKind, custom_kind
from ...values.frozen import FrozenMap, freeze
from ..resources import Convert, Resource, row, version_rank
from .terms import is_true


def rows_of(definition: Any, convert: Convert | None) -> list[Resource]:
    """The rows of an established definition."""
    kinds = {version.name: _kind(definition, version) for version in definition.spec.versions}
    stored = next(kinds[version.name] for version in definition.spec.versions if version.storage)
    generation = definition.metadata.generation or 1
    return [
        row(kinds[version.name], stored, None, generation > 1, convert, generation)
        for version in definition.spec.versions
        if version.served
    ]


def _kind(definition: Any, version: Any) -> CustomKind:
    spec, names = definition.spec, definition.status.accepted_names
    schema = version.schema.open_apiv3_schema if version.schema is not None else None
    subresources = codec.encode(version.subresources) if version.subresources is not None else {}
    return _made(
        spec.group,
        version.name,
        names,
        spec.scope,
        ANYTHING if schema is None else freeze(codec.encode(schema)),
        freeze(subresources),
        freeze([codec.encode(each) for each in version.additional_printer_columns]),
        tuple([each.json_path for each in version.selectable_fields]),
        _warning(spec, version) if version.deprecated else "",
        is_true(definition, "Terminating"),
    )


def _warning(spec: Any, version: Any) -> str:
    """What requests to a deprecated version are told: its own words, or which version to use instead."""
    if version.deprecation_warning is not None:
        return str(version.deprecation_warning)
    kind, rank = spec.names.kind, version_rank(version.name)
    better = [each.name for each in spec.versions if each.served and not each.deprecated]
    better = sorted([name for name in better if version_rank(name) < rank], key=version_rank)
    advice = f"; use {spec.group}/{better[0]} {kind}" if better else ""
    return f"{spec.group}/{version.name} {kind} is deprecated{advice}"


@lru_cache(maxsize=512)
def _made(
    group: str,
    version: str,
    names: Any,
    scope: str,
    schema: FrozenMap[str, Any],
    subresources: FrozenMap[str, Any],
    columns: tuple[Any, ...],
    selectable: tuple[str, ...],
    deprecated: str,
    terminating: bool,
) -> CustomKind:
    """The kind of one version: the same one for the same content."""
    return custom_kind(
        group,
        version,
        names.plural,
        names.kind,
        scope=scope,
        schema=schema,
        subresources=subresources,
        singular=names.singular or "",
        short_names=names.short_names,
        categories=names.categories,
        columns=columns,
        selectable=selectable,
        list_kind=names.list_kind or "",
        deprecated=deprecated,
        terminating=terminating,
    )
