"""What a client may do: access reviews (`authorization.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declare import Map, always, field, required
from .model import Object, Struct

if TYPE_CHECKING:
    from . import meta

API_VERSION = "authorization.k8s.io/v1"
PACKAGE = "io.k8s.api.authorization.v1"

ExtraValue = tuple[str, ...]


class SubjectAccessReview(Object):
    """Asks whether somebody may do something."""

    spec: SubjectAccessReviewSpec = required
    status: SubjectAccessReviewStatus


class SubjectAccessReviewSpec(Struct):
    """Who wants to do what."""

    resource_attributes: ResourceAttributes | None
    non_resource_attributes: NonResourceAttributes | None
    user: str | None
    groups: tuple[str, ...]
    extra: Map[ExtraValue]
    uid: str | None


class ResourceAttributes(Struct):
    """An action on resources."""

    namespace: str | None
    verb: str | None
    group: str | None
    version: str | None
    resource: str | None
    subresource: str | None
    name: str | None
    field_selector: FieldSelectorAttributes | None
    label_selector: LabelSelectorAttributes | None


class FieldSelectorAttributes(Struct):
    """The field selector of an action."""

    raw_selector: str | None
    requirements: tuple[meta.FieldSelectorRequirement, ...]


class LabelSelectorAttributes(Struct):
    """The label selector of an action."""

    raw_selector: str | None
    requirements: tuple[meta.LabelSelectorRequirement, ...]


class NonResourceAttributes(Struct):
    """An action on a path that is no resource."""

    path: str | None
    verb: str | None


class SubjectAccessReviewStatus(Struct):
    """Whether it is allowed, and why."""

    allowed: bool
    denied: bool | None
    reason: str | None
    evaluation_error: str | None


class SelfSubjectAccessReview(Object):
    """Asks whether I may do something."""

    spec: SelfSubjectAccessReviewSpec = required
    status: SubjectAccessReviewStatus


class SelfSubjectAccessReviewSpec(Struct):
    """What the asking client wants to do."""

    resource_attributes: ResourceAttributes | None
    non_resource_attributes: NonResourceAttributes | None


class LocalSubjectAccessReview(Object):
    """Asks whether somebody may do something in a namespace."""

    spec: SubjectAccessReviewSpec = required
    status: SubjectAccessReviewStatus


class SelfSubjectRulesReview(Object):
    """Asks what I may do in a namespace."""

    spec: SelfSubjectRulesReviewSpec = required
    status: SubjectRulesReviewStatus


class SelfSubjectRulesReviewSpec(Struct):
    """The namespace in question."""

    namespace: str | None


class SubjectRulesReviewStatus(Struct):
    """What a client may do, and whether the list is complete."""

    resource_rules: tuple[ResourceRule, ...] = always
    non_resource_rules: tuple[NonResourceRule, ...] = always
    incomplete: bool
    evaluation_error: str | None


class ResourceRule(Struct):
    """Allowed actions on resources."""

    verbs: tuple[str, ...] = always
    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    resource_names: tuple[str, ...]


class NonResourceRule(Struct):
    """Allowed actions on paths that are no resources."""

    verbs: tuple[str, ...] = always
    non_resource_urls: tuple[str, ...] = field(json="nonResourceURLs")
