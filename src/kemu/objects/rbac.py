"""Roles and their bindings (`rbac.authorization.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declare import always, field, required
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import meta

API_VERSION = "rbac.authorization.k8s.io/v1"
PACKAGE = "io.k8s.api.rbac.v1"


class Role(Object):
    """What may be done in a namespace."""

    rules: tuple[PolicyRule, ...] = field(always=True, required=False)


class PolicyRule(Struct):
    """What may be done: verbs on resources or on paths."""

    verbs: tuple[str, ...] = always
    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    resource_names: tuple[str, ...]
    non_resource_urls: tuple[str, ...] = field(json="nonResourceURLs")


class RoleBinding(Object):
    """Grants a role to subjects within a namespace."""

    subjects: tuple[Subject, ...]
    role_ref: RoleRef = field(required=True, immutable=True)


class Subject(Struct, map_type="atomic"):
    """Whom a binding is about: a user, a group or a service account."""

    kind: str
    api_group: str | None
    name: str
    namespace: str | None


class RoleRef(Struct, map_type="atomic"):
    """The role that a binding grants."""

    api_group: str = field(required=False)
    kind: str
    name: str


class ClusterRole(Object):
    """What may be done anywhere, or in each namespace where it is bound."""

    rules: tuple[PolicyRule, ...] = field(always=True, required=False)
    aggregation_rule: AggregationRule | None


class AggregationRule(Struct):
    """Which cluster roles a cluster role takes its rules from."""

    cluster_role_selectors: tuple[meta.LabelSelector, ...]


class ClusterRoleBinding(Object):
    """Grants a cluster role to subjects everywhere."""

    subjects: tuple[Subject, ...]
    role_ref: RoleRef = field(required=True, immutable=True)


class RoleBindingList(ObjectList):
    """A page of role bindings."""

    items: tuple[RoleBinding, ...] = required


class RoleList(ObjectList):
    """A page of roles."""

    items: tuple[Role, ...] = required


class ClusterRoleBindingList(ObjectList):
    """A page of cluster role bindings."""

    items: tuple[ClusterRoleBinding, ...] = required


class ClusterRoleList(ObjectList):
    """A page of cluster roles."""

    items: tuple[ClusterRole, ...] = required
