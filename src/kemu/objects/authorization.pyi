"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Map, always, field, required
from .model import Object, Struct
from . import meta
API_VERSION = 'authorization.k8s.io/v1'
PACKAGE = 'io.k8s.api.authorization.v1'
ExtraValue = tuple[str, ...]

class SubjectAccessReview(Object):
    spec: SubjectAccessReviewSpec
    status: SubjectAccessReviewStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: SubjectAccessReviewSpec | Mapping[str, Any] | None = ...,
        status: SubjectAccessReviewStatus | Mapping[str, Any] | None = ...,
        kind: Literal["SubjectAccessReview"] | None = ..., api_version: Literal["authorization.k8s.io/v1"] | None = ...
    ) -> None: ...

class SubjectAccessReviewSpec(Struct):
    resource_attributes: ResourceAttributes | None
    non_resource_attributes: NonResourceAttributes | None
    user: str | None
    groups: tuple[str, ...]
    extra: Map[ExtraValue]
    uid: str | None
    def __init__(self, *,
        resource_attributes: ResourceAttributes | Mapping[str, Any] | None = ...,
        non_resource_attributes: NonResourceAttributes | Mapping[str, Any] | None = ..., user: str | None = ...,
        groups: list[str] | tuple[str, ...] | None = ..., extra: Mapping[str, list[str] | tuple[str, ...]] | None = ...,
        uid: str | None = ...
    ) -> None: ...

class ResourceAttributes(Struct):
    namespace: str | None
    verb: str | None
    group: str | None
    version: str | None
    resource: str | None
    subresource: str | None
    name: str | None
    field_selector: FieldSelectorAttributes | None
    label_selector: LabelSelectorAttributes | None
    def __init__(self, *,
        namespace: str | None = ..., verb: str | None = ..., group: str | None = ..., version: str | None = ...,
        resource: str | None = ..., subresource: str | None = ..., name: str | None = ...,
        field_selector: FieldSelectorAttributes | Mapping[str, Any] | None = ...,
        label_selector: LabelSelectorAttributes | Mapping[str, Any] | None = ...
    ) -> None: ...

class FieldSelectorAttributes(Struct):
    raw_selector: str | None
    requirements: tuple[meta.FieldSelectorRequirement, ...]
    def __init__(self, *,
        raw_selector: str | None = ...,
        requirements: Sequence[meta.FieldSelectorRequirement | Mapping[str, Any]] | None = ...
    ) -> None: ...

class LabelSelectorAttributes(Struct):
    raw_selector: str | None
    requirements: tuple[meta.LabelSelectorRequirement, ...]
    def __init__(self, *,
        raw_selector: str | None = ...,
        requirements: Sequence[meta.LabelSelectorRequirement | Mapping[str, Any]] | None = ...
    ) -> None: ...

class NonResourceAttributes(Struct):
    path: str | None
    verb: str | None
    def __init__(self, *, path: str | None = ..., verb: str | None = ...) -> None: ...

class SubjectAccessReviewStatus(Struct):
    allowed: bool
    denied: bool | None
    reason: str | None
    evaluation_error: str | None
    def __init__(self, *,
        allowed: bool | None = ..., denied: bool | None = ..., reason: str | None = ...,
        evaluation_error: str | None = ...
    ) -> None: ...

class SelfSubjectAccessReview(Object):
    spec: SelfSubjectAccessReviewSpec
    status: SubjectAccessReviewStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: SelfSubjectAccessReviewSpec | Mapping[str, Any] | None = ...,
        status: SubjectAccessReviewStatus | Mapping[str, Any] | None = ...,
        kind: Literal["SelfSubjectAccessReview"] | None = ...,
        api_version: Literal["authorization.k8s.io/v1"] | None = ...
    ) -> None: ...

class SelfSubjectAccessReviewSpec(Struct):
    resource_attributes: ResourceAttributes | None
    non_resource_attributes: NonResourceAttributes | None
    def __init__(self, *,
        resource_attributes: ResourceAttributes | Mapping[str, Any] | None = ...,
        non_resource_attributes: NonResourceAttributes | Mapping[str, Any] | None = ...
    ) -> None: ...

class LocalSubjectAccessReview(Object):
    spec: SubjectAccessReviewSpec
    status: SubjectAccessReviewStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: SubjectAccessReviewSpec | Mapping[str, Any] | None = ...,
        status: SubjectAccessReviewStatus | Mapping[str, Any] | None = ...,
        kind: Literal["LocalSubjectAccessReview"] | None = ...,
        api_version: Literal["authorization.k8s.io/v1"] | None = ...
    ) -> None: ...

class SelfSubjectRulesReview(Object):
    spec: SelfSubjectRulesReviewSpec
    status: SubjectRulesReviewStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: SelfSubjectRulesReviewSpec | Mapping[str, Any] | None = ...,
        status: SubjectRulesReviewStatus | Mapping[str, Any] | None = ...,
        kind: Literal["SelfSubjectRulesReview"] | None = ...,
        api_version: Literal["authorization.k8s.io/v1"] | None = ...
    ) -> None: ...

class SelfSubjectRulesReviewSpec(Struct):
    namespace: str | None
    def __init__(self, *, namespace: str | None = ...) -> None: ...

class SubjectRulesReviewStatus(Struct):
    resource_rules: tuple[ResourceRule, ...]
    non_resource_rules: tuple[NonResourceRule, ...]
    incomplete: bool
    evaluation_error: str | None
    def __init__(self, *,
        resource_rules: Sequence[ResourceRule | Mapping[str, Any]] | None = ...,
        non_resource_rules: Sequence[NonResourceRule | Mapping[str, Any]] | None = ..., incomplete: bool | None = ...,
        evaluation_error: str | None = ...
    ) -> None: ...

class ResourceRule(Struct):
    verbs: tuple[str, ...]
    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    resource_names: tuple[str, ...]
    def __init__(self, *,
        verbs: list[str] | tuple[str, ...] | None = ..., api_groups: list[str] | tuple[str, ...] | None = ...,
        resources: list[str] | tuple[str, ...] | None = ..., resource_names: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...

class NonResourceRule(Struct):
    verbs: tuple[str, ...]
    non_resource_urls: tuple[str, ...]
    def __init__(self, *,
        verbs: list[str] | tuple[str, ...] | None = ..., non_resource_urls: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...
