"""Limit ranges and resource quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import always, field
from ..model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from .persistent import ResourceList

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"

LimitType = str
# fmt: off
ResourceQuotaScope = Literal[
    "BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating",
    "VolumeAttributesClass"
]
# fmt: on
ScopeSelectorOperator = Literal["DoesNotExist", "Exists", "In", "NotIn"]


class LimitRangeItem(Struct):
    """TODO"""

    type: LimitType
    max: ResourceList
    min: ResourceList
    default: ResourceList
    default_request: ResourceList
    max_limit_request_ratio: ResourceList


class LimitRangeSpec(Struct):
    """TODO"""

    limits: tuple[LimitRangeItem, ...] = always


class LimitRange(Object):
    """TODO"""

    spec: LimitRangeSpec


class LimitRangeList(ObjectList):
    """A page of limit ranges."""

    items: tuple[LimitRange, ...] = field(required=True)


class ResourceQuotaSpec(Struct):
    """TODO"""

    hard: ResourceList
    scopes: tuple[ResourceQuotaScope, ...]
    scope_selector: ScopeSelector | None


class ScopeSelector(Struct, map_type="atomic"):
    """TODO"""

    match_expressions: tuple[ScopedResourceSelectorRequirement, ...]


class ScopedResourceSelectorRequirement(Struct):
    """TODO"""

    scope_name: ResourceQuotaScope
    operator: ScopeSelectorOperator
    values: tuple[str, ...]


class ResourceQuotaStatus(Struct):
    """TODO"""

    hard: ResourceList
    used: ResourceList


class ResourceQuota(Object):
    """TODO"""

    spec: ResourceQuotaSpec
    status: ResourceQuotaStatus


class ResourceQuotaList(ObjectList):
    """A page of resource quotas."""

    items: tuple[ResourceQuota, ...] = field(required=True)
