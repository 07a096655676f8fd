"""Roles and their bindings (`rbac.authorization.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declare import always, field
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import meta

API_VERSION = "rbac.authorization.k8s.io/v1"
PACKAGE = "io.k8s.api.rbac.v1"


class PolicyRule(Struct):
    """TODO"""

    verbs: tuple[str, ...] = always
    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    resource_names: tuple[str, ...]
    non_resource_urls: tuple[str, ...] = field(json="nonResourceURLs")


class Subject(Struct, map_type="atomic"):
    """TODO"""

    kind: str
    api_group: str | None
    name: str
    namespace: str | None


class RoleRef(Struct, map_type="atomic"):
    """TODO"""

    api_group: str = field(required=False)
    kind: str
    name: str


class Role(Object):
    """TODO"""

    rules: tuple[PolicyRule, ...] = field(always=True, required=False)


class RoleBinding(Object):
    """TODO"""

    subjects: tuple[Subject, ...]
    role_ref: RoleRef = field(required=True)


class RoleBindingList(ObjectList):
    """A page of role bindings."""

    items: tuple[RoleBinding, ...] = field(required=True)


class RoleList(ObjectList):
    """A page of roles."""

    items: tuple[Role, ...] = field(required=True)


class ClusterRole(Object):
    """TODO"""

    rules: tuple[PolicyRule, ...] = field(always=True, required=False)
    aggregation_rule: AggregationRule | None


class AggregationRule(Struct):
    """TODO"""

    cluster_role_selectors: tuple[meta.LabelSelector, ...]


class ClusterRoleBinding(Object):
    """TODO"""

    subjects: tuple[Subject, ...]
    role_ref: RoleRef = field(required=True)


class ClusterRoleBindingList(ObjectList):
    """A page of cluster role bindings."""

    items: tuple[ClusterRoleBinding, ...] = field(required=True)


class ClusterRoleList(ObjectList):
    """A page of cluster roles."""

    items: tuple[ClusterRole, ...] = field(required=True)
