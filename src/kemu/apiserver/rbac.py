"""Who may do what: static tokens, and role-based access control over the stored roles and bindings."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from .. import errors
from ..objects import rbac
from .request import AUTHENTICATED, MASTERS, Desk, Request, User


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


def user_of(name: str) -> User:
    """The user of a name, with the groups that the name implies: those of a service account, or of a node."""
    prefix, _, rest = name.rpartition("system:serviceaccount:")
    groups: tuple[str, ...] = ("system:nodes",) if name.startswith("system:node:") else ()
    if rest and not prefix and rest.count(":") == 1:
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{rest.partition(':')[0]}")
    return User(name, (*groups, AUTHENTICATED))


def authorise(desk: Desk, request: Request) -> None:
    """Raise Forbidden unless the user of a request may do it. kemu's own components may, and so may masters."""
    user, resource = request.user, request.resource
    if user.trusted or MASTERS in user.groups:
        return
    if resource is None:
        attempt = Attempt(request.verb, path=request.path)
    else:
        where = (request.namespace or "") if resource.namespaced else ""
        kind = resource.kind
        attempt = Attempt(request.verb, kind.group, kind.plural, request.subresource, where, request.name)
    check(desk, user, attempt)


def check(desk: Desk, user: User, attempt: Attempt) -> None:
    """Raise Forbidden unless the user may do this."""
    if allowed(desk, user, attempt):
        return
    why = refusal(user, attempt)
    if attempt.path:
        raise errors.Forbidden(f"forbidden: {why}", details={})
    resource = f"{attempt.resource}.{attempt.group}" if attempt.group else attempt.resource
    subject = f'{resource} "{attempt.name}"' if attempt.name else resource
    details = {"name": attempt.name, "group": attempt.group, "kind": attempt.resource}
    raise errors.Forbidden(
        f"{subject} is forbidden: {why}", details={name: text for name, text in details.items() if text}
    )


def allowed(desk: Desk, user: User, attempt: Attempt) -> bool:
    """Whether the user may do this: a member of system:masters may do all, others what a role grants them.

    O(bindings of the user and their rules).
    """
    if user.trusted or MASTERS in user.groups:
        return True
    return any(_grants(rule, attempt) for rule in rules_for(desk, user, attempt.namespace))


def rules_for(desk: Desk, user: User, namespace: str) -> Iterator[Any]:
    """Every rule that applies to a user in a namespace (empty: cluster-wide only)."""
    for binding in _bindings(desk, rbac.ClusterRoleBinding, user, ""):
        yield from _rules(desk, binding.role_ref, "")
    if namespace:
        for binding in _bindings(desk, rbac.RoleBinding, user, namespace):
            yield from _rules(desk, binding.role_ref, namespace)


def _bindings(desk: Desk, kind: Any, user: User, namespace: str) -> list[Any]:
    """The bindings of a kind and a namespace that mean a user, in the order of their names."""
    bound = desk.holders(kind, _bound)
    subjects = [("User", user.name), *(("Group", group) for group in user.groups)]
    found = {binding.metadata.name: binding for each in subjects for binding in bound.under((namespace, *each))}
    return [found[name] for name in sorted(found)]


def _bound(binding: Any) -> Iterator[Hashable]:
    """Whom a binding means: its namespace, and the kind and name of each subject; service accounts are users."""
    where = binding.metadata.namespace or ""
    for subject in binding.subjects:
        if subject.kind == "ServiceAccount":
            account = f"system:serviceaccount:{subject.namespace or where}:{subject.name}"
            yield (where, "User", account)
        else:
            yield (where, subject.kind, subject.name)


def _rules(desk: Desk, reference: Any, namespace: str) -> tuple[Any, ...]:
    cls = rbac.Role if reference.kind == "Role" else rbac.ClusterRole
    role = desk.find(cls, namespace if cls is rbac.Role else None, reference.name)
    return role.rules if role is not None else ()


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
