"""Who may do what: the Node authorizer, then role-based access control over the stored roles and bindings."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

import attrs

from .. import errors
from ..objects import rbac
from ..values.names import is_path_segment_name
from ..wellknown import NODE_USER, NODES
from . import node_authorizer
from .request import AUTHENTICATED, MASTERS, Desk, ListOptions, Request, User

GROUP = "rbac.authorization.k8s.io"
ACCOUNT = "system:serviceaccount:"
"""What the name of a user begins with who is a service account: its namespace and name follow."""


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
    node: str = ""
    """The node whose objects alone are wanted, by the selector of their fields."""


@attrs.frozen
class Grant:
    """A binding that means a user, and what it grants them: `problem` says why that is nothing."""

    binding: Any
    subject: Any
    rules: tuple[Any, ...] = ()
    problem: str = ""

    def __str__(self) -> str:
        binding, role = self.binding, self.binding.role_ref
        where = binding.metadata.namespace
        kind = "RoleBinding" if where else "ClusterRoleBinding"
        name = f"{binding.metadata.name}/{where}" if where else binding.metadata.name
        whom = self.subject.name
        if self.subject.kind == "ServiceAccount":
            whom = f"{whom}/{self.subject.namespace or where}"
        return f'{kind} "{name}" of {role.kind} "{role.name}" to {self.subject.kind} "{whom}"'


@attrs.frozen
class Verdict:
    """Whether somebody may do something, and why, if a role says so or could not be asked."""

    allowed: bool
    reason: str = ""
    everywhere: bool = False
    """Whether it is the same for every object of the kind, in every namespace."""


MASTER = Verdict(True)


def user_of(name: str) -> User:
    """The user of a name, with the groups that the name implies: those of a service account, or of a node."""
    prefix, _, rest = name.rpartition(ACCOUNT)
    groups: tuple[str, ...] = (NODES,) if name.startswith(NODE_USER) else ()
    if rest and not prefix and rest.count(":") == 1:
        groups = account_groups(rest.partition(":")[0])
    return User(name, (*groups, AUTHENTICATED))


def account_groups(namespace: str) -> tuple[str, ...]:
    """The groups of the service accounts of a namespace."""
    return ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")


def attempt_of(request: Request) -> Attempt:
    """What a request wants to do."""
    resource = request.resource
    if resource is None:
        return Attempt(request.verb, path=request.path)
    where = (request.namespace or "") if resource.namespaced else ""
    if resource.key == "namespaces":
        where = request.name
    name, kind, node = request.name, resource.kind, ""
    options = request.options
    if request.verb in SELECTING and isinstance(options, ListOptions) and options.fields:
        name = name or only_name(options.fields)
        node = only_node(options.fields)
    return Attempt(request.verb, kind.group, kind.plural, request.subresource, where, name, node=node)


SELECTING = ("list", "watch", "deletecollection")


def only_name(fields: Any) -> str:
    """The one name that a field selector leaves, if it leaves one."""
    name = fields.exact("metadata.name") or ""
    return "" if is_path_segment_name(name) else name


def only_node(fields: Any) -> str:
    """The one node whose objects a field selector leaves, if it leaves only those."""
    return fields.exact("spec.nodeName") or fields.exact("nodeName") or ""


def is_free(user: User) -> bool:
    """Whether a user may do everything: who is trusted may, and so may masters."""
    return user.trusted or MASTERS in user.groups


def authorise(desk: Desk, request: Request) -> None:
    """Raise Forbidden unless the user of a request may do it.

    What a role allows for all objects of a kind is looked up once, as long as no role and no binding changes: O(1).
    """
    user = request.user
    if user.trusted or MASTERS in user.groups:
        return
    resource = request.resource
    asked = (user.name, user.groups, request.verb, request.subresource, "" if resource is None else resource.key)
    if resource is not None and asked in desk.granted:
        return
    if check(desk, user, attempt_of(request)).everywhere:
        desk.grant(asked)


def check(desk: Desk, user: User, attempt: Attempt) -> Verdict:
    """Why the user may do this. Raises Forbidden unless that is so."""
    verdict = judged(desk, user, attempt)
    if verdict.allowed:
        return verdict
    raise refused(user, attempt, verdict.reason)


def refused(user: User, attempt: Attempt, reason: str) -> errors.Forbidden:
    """The refusal of what somebody wants to do."""
    subject = attempt.resource + (f".{attempt.group}" if attempt.group else "")
    if attempt.name:
        subject += f' "{attempt.name}"'
    details = {"name": attempt.name, "group": attempt.group, "kind": attempt.resource}
    why = refusal(user, attempt) + (f": {reason}" if reason else "")
    return errors.Forbidden(
        f"{subject} is forbidden: {why}" if subject else f"forbidden: {why}",
        details={name: text for name, text in details.items() if text},
    )


def allowed(desk: Desk, user: User, attempt: Attempt) -> bool:
    """Whether the user may do this."""
    return judged(desk, user, attempt).allowed


def judged(desk: Desk, user: User, attempt: Attempt) -> Verdict:
    """Whether the user may do this: a member of system:masters may do all, a node what it needs, and everybody what a
    role grants them.

    O(bindings of the user and their rules).
    """
    if is_free(user):
        return MASTER
    node = node_authorizer.node_of(user.name, user.groups)
    said = "" if node is None else node_authorizer.judged(desk, node, attempt)
    if said is None:
        return Verdict(True)
    problems = []
    for grant in grants(desk, user, attempt.namespace):
        rule = next((rule for rule in grant.rules if _covers(rule, attempt)), None)
        if rule is not None:
            everywhere = not grant.binding.metadata.namespace and not rule.resource_names
            return Verdict(True, f"RBAC: allowed by {grant}", everywhere)
        if grant.problem:
            problems.append(grant.problem)
    why = [said] if said else []
    return Verdict(False, ", ".join([*why, f"RBAC: {aggregate(problems)}"] if problems else why))


def aggregate(problems: list[str]) -> str:
    """Several problems as one text, each once."""
    unique = list(dict.fromkeys(problems))
    return unique[0] if len(unique) == 1 else f"[{', '.join(unique)}]"


def grants(desk: Desk, user: User, namespace: str) -> Iterator[Grant]:
    """What applies to a user in a namespace (empty: cluster-wide only), in the order of the bindings' names."""
    yield from _granted(desk, rbac.ClusterRoleBinding, user, "")
    if namespace:
        yield from _granted(desk, rbac.RoleBinding, user, namespace)


def _granted(desk: Desk, kind: Any, user: User, namespace: str) -> Iterator[Grant]:
    bound = desk.holders(kind, _bound)
    subjects = [("User", user.name), *(("Group", group) for group in user.groups)]
    found = {binding.metadata.name: binding for each in subjects for binding in bound.under((namespace, *each))}
    for name in sorted(found):
        binding = found[name]
        subject = next(each for each in binding.subjects if _meant(each, namespace) in subjects)
        rules, problem = role_rules(desk, binding.role_ref, namespace)
        yield Grant(binding, subject, rules, problem)


def _bound(binding: Any) -> Iterator[Hashable]:
    """Whom a binding means: its namespace, and the kind and name of each subject; service accounts are users."""
    where = binding.metadata.namespace or ""
    return ((where, *_meant(subject, where)) for subject in binding.subjects)


def _meant(subject: Any, where: str) -> tuple[str, str]:
    if subject.kind == "ServiceAccount":
        return ("User", f"{ACCOUNT}{subject.namespace or where}:{subject.name}")
    return (subject.kind, subject.name)


def role_rules(desk: Desk, reference: Any, namespace: str) -> tuple[tuple[Any, ...], str]:
    """The rules of a role that a binding names, and what is wrong if there is no such role."""
    cls = rbac.Role if reference.kind == "Role" else rbac.ClusterRole
    role = desk.find(cls, namespace if cls is rbac.Role else None, reference.name)
    if role is not None:
        return role.rules, ""
    return (), f'{reference.kind.lower()}.{GROUP} "{reference.name}" not found'


def _covers(rule: Any, attempt: Attempt) -> bool:
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
