"""Who may do what: static tokens, and role-based access control over the stored roles and bindings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from ..objects import rbac

if TYPE_CHECKING:
    from .server import ApiServer

MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"


@attrs.frozen
class User:
    """Who sent a request."""

    name: str
    groups: tuple[str, ...] = ()


ADMINISTRATOR = User("kubernetes-admin", (MASTERS, AUTHENTICATED))
ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))


@attrs.frozen
class Attempt:
    """What a request wants to do: on a resource, or on a plain path."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


def users(tokens: Mapping[str, Sequence[Any]]) -> dict[str, User]:
    """The static token table: token -> (user, groups)."""
    return {token: User(who[0], (*who[1], AUTHENTICATED)) for token, who in tokens.items()}


def allowed(server: ApiServer, user: User, attempt: Attempt) -> bool:
    """Whether the user may do this: a member of system:masters may do all, others what a role grants them.

    O(bindings + rules that apply to the user).
    """
    if MASTERS in user.groups:
        return True
    return any(_grants(rule, attempt) for rule in rules_for(server, user, attempt.namespace))


def rules_for(server: ApiServer, user: User, namespace: str) -> Iterator[Any]:
    """Every rule that applies to a user in a namespace (empty: cluster-wide only)."""
    bindings = server.resources.of(rbac.ClusterRoleBinding)
    for pair in server.store.items(bindings.prefix):
        if _binds(pair.value, user, ""):
            yield from _rules(server, pair.value.role_ref, "")
    if namespace:
        for pair in server.store.items(server.resources.of(rbac.RoleBinding).collection(namespace)):
            if _binds(pair.value, user, namespace):
                yield from _rules(server, pair.value.role_ref, namespace)


def _rules(server: ApiServer, reference: Any, namespace: str) -> tuple[Any, ...]:
    cls = rbac.Role if reference.kind == "Role" else rbac.ClusterRole
    role = server.by_type(cls, namespace if cls is rbac.Role else None, reference.name)
    return role.rules if role is not None else ()


def _binds(binding: Any, user: User, namespace: str) -> bool:
    for subject in binding.subjects:
        if subject.kind == "User" and subject.name == user.name:
            return True
        if subject.kind == "Group" and subject.name in user.groups:
            return True
        if subject.kind == "ServiceAccount":
            where = subject.namespace or namespace
            if user.name == f"system:serviceaccount:{where}:{subject.name}":
                return True
    return False


def _grants(rule: Any, attempt: Attempt) -> bool:
    if attempt.verb not in rule.verbs and "*" not in rule.verbs:
        return False
    if attempt.path:
        return any(
            attempt.path == url or (url.endswith("*") and attempt.path.startswith(url[:-1]))
            for url in rule.non_resource_urls
        )
    if attempt.group not in rule.api_groups and "*" not in rule.api_groups:
        return False
    full = f"{attempt.resource}/{attempt.subresource}" if attempt.subresource else attempt.resource
    wanted = {full, "*"} | ({f"*/{attempt.subresource}"} if attempt.subresource else set())
    if not wanted.intersection(rule.resources):
        return False
    return not rule.resource_names or attempt.name in rule.resource_names


def refusal(user: User, attempt: Attempt) -> str:
    """Why a request is forbidden, as the API server words it."""
    who = f'User "{user.name}" cannot {attempt.verb}'
    if attempt.path:
        return f'{who} path "{attempt.path}"'
    full = f"{attempt.resource}/{attempt.subresource}" if attempt.subresource else attempt.resource
    where = f'in the namespace "{attempt.namespace}"' if attempt.namespace else "at the cluster scope"
    return f'{who} resource "{full}" in API group "{attempt.group}" {where}'
