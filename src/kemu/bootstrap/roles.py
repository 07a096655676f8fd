"""The default roles and their bindings, as typed objects, from the tables that list them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..apiserver.aggregation import aggregated
from ..objects import meta, rbac, replaced
from .controller_roles import CONTROLLER_ROLES
from .user_roles import CLUSTER_ROLES, ROLES

GROUP = "rbac.authorization.k8s.io"
LABELS = {"kubernetes.io/bootstrapping": "rbac-defaults"}
ANNOTATIONS = {"rbac.authorization.kubernetes.io/autoupdate": "true"}
CONTROLLER = "system:controller:"

BINDINGS: dict[str, tuple[str, ...]] = {
    "cluster-admin": ("Group system:masters",),
    "system:basic-user": ("Group system:authenticated",),
    "system:discovery": ("Group system:authenticated",),
    "system:kube-controller-manager": ("User system:kube-controller-manager",),
    "system:kube-dns": ("ServiceAccount kube-dns",),
    "system:kube-scheduler": ("User system:kube-scheduler",),
    "system:monitoring": ("Group system:monitoring",),
    "system:node": (),
    "system:node-proxier": ("User system:kube-proxy",),
    "system:public-info-viewer": ("Group system:authenticated", "Group system:unauthenticated"),
    "system:service-account-issuer-discovery": ("Group system:serviceaccounts",),
    "system:volume-scheduler": ("User system:kube-scheduler",),
}
"""Who has which cluster role; the bindings have the names of their roles. Those of controllers follow from these."""

ROLE_BINDINGS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    (
        "kube-system",
        "system::extension-apiserver-authentication-reader",
        "extension-apiserver-authentication-reader",
        ("User system:kube-controller-manager", "User system:kube-scheduler"),
    ),
    (
        "kube-system",
        "system::leader-locking-kube-controller-manager",
        "",
        (
            "User system:kube-controller-manager",
            "ServiceAccount kube-controller-manager",
            "ServiceAccount leader-election-controller",
        ),
    ),
    (
        "kube-system",
        "system::leader-locking-kube-scheduler",
        "",
        ("User system:kube-scheduler", "ServiceAccount kube-scheduler"),
    ),
    ("kube-public", "system:controller:bootstrap-signer", "", ("ServiceAccount bootstrap-signer",)),
    ("kube-system", "system:controller:bootstrap-signer", "", ("ServiceAccount bootstrap-signer",)),
    ("kube-system", "system:controller:cloud-provider", "", ("ServiceAccount cloud-provider",)),
    ("kube-system", "system:controller:token-cleaner", "", ("ServiceAccount token-cleaner",)),
)
"""Namespace, name, role (if it has another name) and subjects of the bindings in single namespaces."""


def objects() -> Iterator[Any]:
    """Every default role and binding, in the order in which they are written."""
    roles = [_role(*lines) for lines in _blocks(CLUSTER_ROLES)]
    controllers = [_role(CONTROLLER + head, rules) for head, rules in _blocks(CONTROLLER_ROLES)]
    yield from _complete(roles)
    yield from controllers
    yield from (_role(*lines) for lines in _blocks(ROLES))
    for name, subjects in BINDINGS.items():
        yield rbac.ClusterRoleBinding(
            metadata=_metadata(name), subjects=_subjects(subjects), role_ref=_reference("ClusterRole", name)
        )
    for role in controllers:
        name = role.metadata.name
        account = _subjects((f"ServiceAccount {name.removeprefix(CONTROLLER)}",))
        yield rbac.ClusterRoleBinding(
            metadata=_metadata(name), subjects=account, role_ref=_reference("ClusterRole", name)
        )
    for namespace, name, role_name, subjects in ROLE_BINDINGS:
        yield rbac.RoleBinding(
            metadata=_metadata(name, namespace=namespace),
            subjects=_subjects(subjects),
            role_ref=_reference("Role", role_name or name),
        )


def _metadata(name: str, **more: Any) -> meta.ObjectMeta:
    return meta.ObjectMeta(name=name, labels={**LABELS, **more.pop("labels", {})}, annotations=ANNOTATIONS, **more)


def _reference(kind: str, name: str) -> rbac.RoleRef:
    return rbac.RoleRef(api_group=GROUP, kind=kind, name=name)


def _subjects(texts: tuple[str, ...]) -> tuple[rbac.Subject, ...]:
    """Subjects from texts such as `Group system:masters`; service accounts are those of kube-system."""

    def subject(text: str) -> rbac.Subject:
        kind, name = text.split()
        if kind == "ServiceAccount":
            return rbac.Subject(kind=kind, name=name, namespace="kube-system")
        return rbac.Subject(kind=kind, api_group=GROUP, name=name)

    return tuple(map(subject, texts))


def _complete(roles: list[Any]) -> list[Any]:
    """The roles with the rules of those that they are made of, which may be made of others themselves."""
    while True:
        complete = [
            role if role.aggregation_rule is None else replaced(role, rules=aggregated(role, roles)) for role in roles
        ]
        if complete == roles:
            return roles
        roles = complete


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """The head of each role in a table, and its rules with their continued lines joined."""
    head, rules = "", list[str]()
    for line in text.strip().splitlines():
        if line.startswith("      "):
            rules[-1] += f" {line.strip()}"
        elif line.startswith(" "):
            rules.append(line.strip())
        else:
            if head:
                yield head, rules
            head, rules = line, []
    yield head, rules


def _role(head: str, rules: list[str]) -> Any:
    """A role from its lines."""
    head, _, made_of = head.partition(" <- ")
    head, _, part_of = head.partition(" -> ")
    namespace, _, name = head.rpartition("/")
    if namespace:
        return rbac.Role(metadata=_metadata(name, namespace=namespace), rules=tuple(map(_rule, rules)))
    rule = None
    if made_of:
        rule = rbac.AggregationRule(
            cluster_role_selectors=(meta.LabelSelector(match_labels={f"rbac.authorization.k8s.io/{made_of}": "true"}),)
        )
    labels = {f"rbac.authorization.k8s.io/{part_of}": "true"} if part_of else {}
    return rbac.ClusterRole(
        metadata=_metadata(name, labels=labels), rules=tuple(map(_rule, rules)), aggregation_rule=rule
    )


def _rule(line: str) -> rbac.PolicyRule:
    """A rule from its line: `get list: pods pods/log of core named web`."""
    verbs, _, what = line.partition(": ")
    what, _, named = what.partition(" named ")
    what, _, groups = what.partition(" of ")
    things = tuple(what.split())
    if things[0].startswith("/") or (things == ("*",) and not groups):
        return rbac.PolicyRule(verbs=tuple(verbs.split()), non_resource_urls=things)
    return rbac.PolicyRule(
        verbs=tuple(verbs.split()),
        api_groups=tuple("" if each == "core" else each for each in (groups or "core").split()),
        resources=things,
        resource_names=tuple(named.split()),
    )
