"""Roles and their bindings: what the server knows of them."""

from __future__ import annotations

from typing import Any

from ...objects import evolve
from ...values import names
from ..cells import AGE, CREATED, NAME, Cell, cell, row
from ..policy import Policy, whole
from ..updates import immutable


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
            return ", ".join(f"{subject.namespace}/{subject.name}" for subject in found)
        return ", ".join(subject.name for subject in found)

    return cell(text)


def _role(key: str) -> Policy:
    return Policy(key, name_check=names.is_path_segment_name, create_on_update=True, cells=row(NAME, CREATED))


def _binding(key: str) -> Policy:
    return Policy(
        key,
        name_check=names.is_path_segment_name,
        create_on_update=True,
        defaults={"roleRef.apiGroup": "rbac.authorization.k8s.io", "": whole(_binding_subjects)},
        update=immutable("roleRef", text="cannot change roleRef"),
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
    _role("roles.rbac.authorization.k8s.io"),
    _role("clusterroles.rbac.authorization.k8s.io"),
    _binding("rolebindings.rbac.authorization.k8s.io"),
    _binding("clusterrolebindings.rbac.authorization.k8s.io"),
)
