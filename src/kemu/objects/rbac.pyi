"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import always, field, required
from .model import Object, ObjectList, Struct
from . import meta
API_VERSION = 'rbac.authorization.k8s.io/v1'
PACKAGE = 'io.k8s.api.rbac.v1'

class Role(Object):
    rules: tuple[PolicyRule, ...]
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        rules: Sequence[PolicyRule | Mapping[str, Any]] | None = ..., kind: Literal["Role"] | None = ...,
        api_version: Literal["rbac.authorization.k8s.io/v1"] | None = ...
    ) -> None: ...

class PolicyRule(Struct):
    verbs: tuple[str, ...]
    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    resource_names: tuple[str, ...]
    non_resource_urls: tuple[str, ...]
    def __init__(self, *,
        verbs: list[str] | tuple[str, ...] | None = ..., api_groups: list[str] | tuple[str, ...] | None = ...,
        resources: list[str] | tuple[str, ...] | None = ..., resource_names: list[str] | tuple[str, ...] | None = ...,
        non_resource_urls: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...

class RoleBinding(Object):
    subjects: tuple[Subject, ...]
    role_ref: RoleRef
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        subjects: Sequence[Subject | Mapping[str, Any]] | None = ..., role_ref: RoleRef | Mapping[str, Any] | None =
        ..., kind: Literal["RoleBinding"] | None = ...,
        api_version: Literal["rbac.authorization.k8s.io/v1"] | None = ...
    ) -> None: ...

class Subject(Struct):
    kind: str
    api_group: str | None
    name: str
    namespace: str | None
    def __init__(self, *,
        kind: str | None = ..., api_group: str | None = ..., name: str | None = ..., namespace: str | None = ...
    ) -> None: ...

class RoleRef(Struct):
    api_group: str
    kind: str
    name: str
    def __init__(self, *, api_group: str | None = ..., kind: str | None = ..., name: str | None = ...) -> None: ...

class ClusterRole(Object):
    rules: tuple[PolicyRule, ...]
    aggregation_rule: AggregationRule | None
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        rules: Sequence[PolicyRule | Mapping[str, Any]] | None = ...,
        aggregation_rule: AggregationRule | Mapping[str, Any] | None = ..., kind: Literal["ClusterRole"] | None = ...,
        api_version: Literal["rbac.authorization.k8s.io/v1"] | None = ...
    ) -> None: ...

class AggregationRule(Struct):
    cluster_role_selectors: tuple[meta.LabelSelector, ...]
    def __init__(self, *,
        cluster_role_selectors: Sequence[meta.LabelSelector | Mapping[str, Any]] | None = ...
    ) -> None: ...

class ClusterRoleBinding(Object):
    subjects: tuple[Subject, ...]
    role_ref: RoleRef
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        subjects: Sequence[Subject | Mapping[str, Any]] | None = ..., role_ref: RoleRef | Mapping[str, Any] | None =
        ..., kind: Literal["ClusterRoleBinding"] | None = ...,
        api_version: Literal["rbac.authorization.k8s.io/v1"] | None = ...
    ) -> None: ...

class RoleBindingList(ObjectList):
    items: tuple[RoleBinding, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[RoleBinding | Mapping[str, Any]] | None = ..., kind: Literal["RoleBindingList"] | None = ...,
        api_version: Literal["rbac.authorization.k8s.io/v1"] | None = ...
    ) -> None: ...

class RoleList(ObjectList):
    items: tuple[Role, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ..., items: Sequence[Role | Mapping[str, Any]] | None =
        ..., kind: Literal["RoleList"] | None = ..., api_version: Literal["rbac.authorization.k8s.io/v1"] | None = ...
    ) -> None: ...

class ClusterRoleBindingList(ObjectList):
    items: tuple[ClusterRoleBinding, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ClusterRoleBinding | Mapping[str, Any]] | None = ...,
        kind: Literal["ClusterRoleBindingList"] | None = ...,
        api_version: Literal["rbac.authorization.k8s.io/v1"] | None = ...
    ) -> None: ...

class ClusterRoleList(ObjectList):
    items: tuple[ClusterRole, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ClusterRole | Mapping[str, Any]] | None = ..., kind: Literal["ClusterRoleList"] | None = ...,
        api_version: Literal["rbac.authorization.k8s.io/v1"] | None = ...
    ) -> None: ...
