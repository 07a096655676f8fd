"""Limit ranges and resource quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import always, required
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


class LimitRange(Object):
    """Bounds and defaults for what pods, containers and claims of a namespace may ask for."""

    spec: LimitRangeSpec


class LimitRangeSpec(Struct):
    """The bounds and defaults of a limit range."""

    limits: tuple[LimitRangeItem, ...] = always


class LimitRangeItem(Struct):
    """Bounds and defaults for one kind of thing."""

    type: LimitType
    max: ResourceList
    min: ResourceList
    default: ResourceList
    default_request: ResourceList
    max_limit_request_ratio: ResourceList


class ResourceQuota(Object):
    """How much a namespace may use altogether."""

    spec: ResourceQuotaSpec
    status: ResourceQuotaStatus


class ResourceQuotaSpec(Struct):
    """How much may be used, and what counts."""

    hard: ResourceList
    scopes: tuple[ResourceQuotaScope, ...]
    scope_selector: ScopeSelector | None


class ScopeSelector(Struct, map_type="atomic"):
    """Which pods a quota counts."""

    match_expressions: tuple[ScopedResourceSelectorRequirement, ...]


class ScopedResourceSelectorRequirement(Struct):
    """One condition on the pods that a quota counts."""

    scope_name: ResourceQuotaScope
    operator: ScopeSelectorOperator
    values: tuple[str, ...]


class ResourceQuotaStatus(Struct):
    """How much may be used, and how much is."""

    hard: ResourceList
    used: ResourceList


class LimitRangeList(ObjectList):
    """A page of limit ranges."""

    items: tuple[LimitRange, ...] = required


class ResourceQuotaList(ObjectList):
    """A page of resource quotas."""

    items: tuple[ResourceQuota, ...] = required
