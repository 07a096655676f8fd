"""Roles and their bindings: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...objects import evolve
from ...values import names
from ...values.selectors import selector_of
from ..cells import AGE, CREATED, NAME, Cell, cell, row
from ..failures import FieldError, invalid_inside, invalid_value, not_supported
from ..failures import required as missing
from ..policy import Policy, whole
from ..rows import Check, Spec, below
from .pods.placement import SELECTS

GROUP = "rbac.authorization.k8s.io"


def _binding_subjects(obj: Any) -> Any:
    def named(subject: Any) -> Any:
        if subject.api_group or subject.kind not in ("User", "Group"):
            return subject
        return evolve(subject, api_group="rbac.authorization.k8s.io")

    subjects = tuple(named(subject) for subject in obj.subjects)
    return obj if subjects == obj.subjects else evolve(obj, subjects=subjects)


def _subjects(kind: str) -> Cell:
    def text(obj: Any) -> str:
        found = [subject for subject in obj.subjects if subject.kind == kind]
        if kind == "ServiceAccount":
            return ", ".join(f"{subject.namespace or ''}/{subject.name}" for subject in found)
        return ", ".join(subject.name for subject in found)

    return cell(text)


def _rules(namespaced: bool) -> Check:
    """What a role allows: verbs on resources, or on paths that belong to no namespace."""

    def check(rules: Sequence[Any]) -> Iterator[FieldError]:
        for index, rule in enumerate(rules):
            yield from below(f"[{index}]", _rule(rule, namespaced))

    return check


def _rule(rule: Any, namespaced: bool) -> Iterator[FieldError]:
    if not rule.verbs:
        yield missing("verbs", "verbs must contain at least one value")
    paths = rule.non_resource_urls
    if paths:
        if namespaced:
            yield invalid_value("nonResourceURLs", paths, "namespaced rules cannot apply to non-resource URLs")
        if rule.api_groups or rule.resources or rule.resource_names:
            text = "rules cannot apply to both regular resources and non-resource URLs"
            yield invalid_value("nonResourceURLs", paths, text)
        return
    if not rule.api_groups:
        yield missing("apiGroups", "resource rules must supply at least one api group")
    if not rule.resources:
        yield missing("resources", "resource rules must supply at least one resource")


def _subjects_of(namespaced: bool) -> Check:
    """Who gets a role: users and groups, which belong to the group of roles, and accounts, which belong to none."""

    def check(subjects: Sequence[Any]) -> Iterator[FieldError]:
        for index, subject in enumerate(subjects):
            yield from below(f"[{index}]", _subject(subject, namespaced))

    return check


def _subject(subject: Any, namespaced: bool) -> Iterator[FieldError]:
    group = subject.api_group or ""
    if not subject.name:
        yield missing("name")
    if subject.kind == "ServiceAccount":
        for text in names.is_dns1123_subdomain(subject.name) if subject.name else ():
            yield invalid_value("name", subject.name, text)
        if group:
            yield not_supported("apiGroup", group, ("",))
        if not namespaced and not subject.namespace:
            yield missing("namespace")
    elif subject.kind in ("User", "Group"):
        if group != GROUP:
            yield not_supported("apiGroup", group, (GROUP,))
    else:
        yield not_supported("kind", subject.kind, ("ServiceAccount", "User", "Group"))


def _aggregated(rule: Any) -> Iterator[FieldError]:
    """A role that is made of others says of which."""
    if not rule.cluster_role_selectors:
        text = "at least one clusterRoleSelector required if aggregationRule is non-nil"
        yield missing("clusterRoleSelectors", text)
    for index, selector in enumerate(rule.cluster_role_selectors):
        where = f"clusterRoleSelectors[{index}]"
        yield from below(where, SELECTS(selector))
        try:
            selector_of(selector)
        except ValueError:
            yield invalid_value(where, None, "invalid label selector.")


def _reference(*kinds: str) -> Check:
    def check(reference: Any) -> Iterator[FieldError]:
        if reference.api_group != GROUP:
            yield not_supported("apiGroup", reference.api_group, (GROUP,))
        if reference.kind not in kinds:
            yield not_supported("kind", reference.kind, kinds)
        if not reference.name:
            yield missing("name")
        for text in names.is_path_segment_name(reference.name):
            yield invalid_value("name", reference.name, text)

    return check


def _kept(new: Any, old: Any) -> Iterator[FieldError]:
    if new.role_ref != old.role_ref:
        yield invalid_inside("roleRef", new.role_ref, "cannot change roleRef")


def _role(key: str, rules: Mapping[str, Spec]) -> Policy:
    return Policy(
        key,
        grants=True,
        name_check=names.is_path_segment_name,
        create_on_update=True,
        rules=rules,
        metadata_checks=4,
        cells=row(NAME, CREATED),
    )


def _binding(key: str, *kinds: str) -> Policy:
    return Policy(
        key,
        grants=True,
        name_check=names.is_path_segment_name,
        create_on_update=True,
        metadata_checks=4,
        rules=(
            lambda binding: below("roleRef", _reference(*kinds)(binding.role_ref)),
            {"subjects": _subjects_of(len(kinds) > 1)},
        ),
        declared=False,
        defaults={"roleRef.apiGroup": "rbac.authorization.k8s.io", "": whole(_binding_subjects)},
        update=(_kept,),
        cells=row(
            NAME,
            cell(lambda obj: f"{obj.role_ref.kind}/{obj.role_ref.name}"),
            AGE,
            _subjects("User"),
            _subjects("Group"),
            _subjects("ServiceAccount"),
        ),
    )


POLICIES = (
    _role("roles.rbac.authorization.k8s.io", {"rules": _rules(True)}),
    _role("clusterroles.rbac.authorization.k8s.io", {"rules": _rules(False), "aggregationRule": _aggregated}),
    _binding("rolebindings.rbac.authorization.k8s.io", "Role", "ClusterRole"),
    _binding("clusterrolebindings.rbac.authorization.k8s.io", "ClusterRole"),
)
