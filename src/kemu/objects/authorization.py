"""What a client may do: access reviews (`authorization.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declare import Map, always, field
from .model import Object, Struct

if TYPE_CHECKING:
    from . import meta

API_VERSION = "authorization.k8s.io/v1"
PACKAGE = "io.k8s.api.authorization.v1"

ExtraValue = tuple[str, ...]


class SubjectAccessReview(Object):
    """TODO"""

    spec: SubjectAccessReviewSpec = field(required=True)
    status: SubjectAccessReviewStatus


class SelfSubjectAccessReview(Object):
    """TODO"""

    spec: SelfSubjectAccessReviewSpec = field(required=True)
    status: SubjectAccessReviewStatus


class LocalSubjectAccessReview(Object):
    """TODO"""

    spec: SubjectAccessReviewSpec = field(required=True)
    status: SubjectAccessReviewStatus


class ResourceAttributes(Struct):
    """TODO"""

    namespace: str | None
    verb: str | None
    group: str | None
    version: str | None
    resource: str | None
    subresource: str | None
    name: str | None
    field_selector: FieldSelectorAttributes | None
    label_selector: LabelSelectorAttributes | None


class LabelSelectorAttributes(Struct):
    """TODO"""

    raw_selector: str | None
    requirements: tuple[meta.LabelSelectorRequirement, ...]


class FieldSelectorAttributes(Struct):
    """TODO"""

    raw_selector: str | None
    requirements: tuple[meta.FieldSelectorRequirement, ...]


class NonResourceAttributes(Struct):
    """TODO"""

    path: str | None
    verb: str | None


class SubjectAccessReviewSpec(Struct):
    """TODO"""

    resource_attributes: ResourceAttributes | None
    non_resource_attributes: NonResourceAttributes | None
    user: str | None
    groups: tuple[str, ...]
    extra: Map[ExtraValue]
    uid: str | None


class SelfSubjectAccessReviewSpec(Struct):
    """TODO"""

    resource_attributes: ResourceAttributes | None
    non_resource_attributes: NonResourceAttributes | None


class SubjectAccessReviewStatus(Struct):
    """TODO"""

    allowed: bool
    denied: bool | None
    reason: str | None
    evaluation_error: str | None


class SelfSubjectRulesReview(Object):
    """TODO"""

    spec: SelfSubjectRulesReviewSpec = field(required=True)
    status: SubjectRulesReviewStatus


class SelfSubjectRulesReviewSpec(Struct):
    """TODO"""

    namespace: str | None


class SubjectRulesReviewStatus(Struct):
    """TODO"""

    resource_rules: tuple[ResourceRule, ...] = always
    non_resource_rules: tuple[NonResourceRule, ...] = always
    incomplete: bool
    evaluation_error: str | None


class ResourceRule(Struct):
    """TODO"""

    verbs: tuple[str, ...] = always
    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    resource_names: tuple[str, ...]


class NonResourceRule(Struct):
    """TODO"""

    verbs: tuple[str, ...] = always
    non_resource_urls: tuple[str, ...] = field(json="nonResourceURLs")
