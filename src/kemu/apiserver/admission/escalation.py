"""Roles and bindings: nobody grants what they do not have themselves, unless a role says that they may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...objects import evolve, rbac
from .. import failures
from ..rbac import Attempt, aggregate, allowed, grants, is_free, role_rules
from ..request import Desk, Request
from .base import Plugin

ROLES = frozenset({"roles.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io"})
BINDINGS = frozenset({"rolebindings.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io"})
EVERYTHING = (
    rbac.PolicyRule(verbs=["*"], api_groups=["*"], resources=["*"]),
    rbac.PolicyRule(verbs=["*"], non_resource_urls=["*"]),
)


class RoleEscalation(Plugin):
    """Who writes a role must have all its rules, or may `escalate` it."""

    name = "RoleEscalation"
    resources = ROLES
    operations = frozenset({"CREATE", "UPDATE"})

    def admit(self, request: Request, desk: Desk) -> Any:
        role = request.obj
        if _free(request) or _may(request, desk, "escalate", request.resource.kind.plural, request.name):
            return role
        missing = _missing(request, desk, role.rules)
        if missing:
            raise _refused(request, missing)
        if any(map(_aggregates, (role, request.old))) and _missing(request, desk, EVERYTHING):
            raise _refused(request, "must have cluster-admin privileges to use the aggregationRule")
        return role


class BindingEscalation(Plugin):
    """Who binds a role must have all its rules, or may `bind` it."""

    name = "BindingEscalation"
    resources = BINDINGS
    operations = frozenset({"CREATE", "UPDATE"})

    def admit(self, request: Request, desk: Desk) -> Any:
        reference = request.obj.role_ref
        plural = {"Role": "roles", "ClusterRole": "clusterroles"}.get(reference.kind, "")
        if _free(request) or (plural and _may(request, desk, "bind", plural, reference.name)):
            return request.obj
        if not plural:
            raise failures.unexplained(f"unsupported role reference kind: {failures.shown(reference.kind or '')}")
        rules, problem = role_rules(desk, reference, request.namespace or "")
        if problem:
            raise failures.not_found(request.resource.kind, reference.name)
        missing = _missing(request, desk, rules)
        if missing:
            raise _refused(request, missing)
        return request.obj


def _free(request: Request) -> bool:
    """Whether a request need not be looked at: a master's, or one that only lets the object go."""
    if is_free(request.user):
        return True
    old, new = request.old, request.obj
    if old is None:
        return False
    kept = {name: getattr(old.metadata, name) for name in ("finalizers", "owner_references", "managed_fields")}
    bare = evolve(new, metadata=evolve(new.metadata, **kept))
    return bool(new != old and bare == old)


def _may(request: Request, desk: Desk, verb: str, plural: str, name: str) -> bool:
    attempt = Attempt(verb, request.resource.kind.group, plural, namespace=request.namespace or "", name=name)
    return allowed(desk, request.user, attempt)


def _aggregates(role: Any) -> bool:
    rule = getattr(role, "aggregation_rule", None)
    return rule is not None and bool(rule.cluster_role_selectors)


def _refused(request: Request, why: str) -> Exception:
    return failures.forbidden(request.resource.kind, request.obj.metadata.name or "", why)


def _missing(request: Request, desk: Desk, wanted: Iterable[Any]) -> str:
    """What a user lacks of some rules, as the server words it; nothing if they have them all."""
    user = request.user
    found = list(grants(desk, user, request.namespace or ""))
    owned = [rule for grant in found for rule in grant.rules]
    lacking = [part for rule in wanted for part in _parts(rule) if not any(_covers(own, part) for own in owned)]
    if not lacking:
        return ""
    groups = " ".join(map(failures.shown, user.groups))
    start = f'user "{user.name}" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:\n'
    asked = f"{request.resource.kind.plural}.{request.resource.kind.group}"
    problems = [f'{asked} "{grant.binding.role_ref.name}" not found' for grant in found if grant.problem]
    end = f"; resolution errors: [{aggregate(problems)}]" if problems else ""
    lines = sorted(map(_shown, _together(lacking)))
    return start + "\n".join(dict.fromkeys(lines)) + end


def _parts(rule: Any) -> Iterator[Any]:
    """A rule as rules of one verb, one resource and one name each, or one verb and one path."""
    for group in rule.api_groups:
        for resource in rule.resources:
            for verb in rule.verbs:
                for name in rule.resource_names or (None,):
                    names = () if name is None else (name,)
                    yield rbac.PolicyRule(
                        verbs=(verb,), api_groups=(group,), resources=(resource,), resource_names=names
                    )
    for path in rule.non_resource_urls:
        for verb in rule.verbs:
            yield rbac.PolicyRule(verbs=(verb,), non_resource_urls=(path,))


def _covers(own: Any, part: Any) -> bool:
    """Whether a rule grants what a part wants."""
    if "*" not in own.verbs and part.verbs[0] not in own.verbs:
        return False
    if part.non_resource_urls:
        return any(_path_covers(path, part.non_resource_urls[0]) for path in own.non_resource_urls)
    if "*" not in own.api_groups and part.api_groups[0] not in own.api_groups:
        return False
    resource = part.resources[0]
    anything = f"*/{resource.partition('/')[2]}" if "/" in resource else "*"
    if not {"*", resource, anything}.intersection(own.resources):
        return False
    if not own.resource_names:
        return True
    return bool(part.resource_names) and part.resource_names[0] in own.resource_names


def _path_covers(own: str, wanted: str) -> bool:
    return own in ("*", wanted) or (own.endswith("*") and wanted.startswith(own.rstrip("*")))


def _together(rules: Iterable[Any]) -> list[Any]:
    """Rules on resources that differ in their verb alone as one."""
    verbs: dict[Any, tuple[str, ...]] = {}
    for rule in rules:
        what = rule if rule.non_resource_urls else evolve(rule, verbs=())
        verbs[what] = (*verbs.get(what, ()), *rule.verbs)
    return [evolve(what, verbs=some) for what, some in verbs.items()]


def _shown(rule: Any) -> str:
    """A rule as the server shows it: only what it has, in quotes."""
    parts = (
        ("APIGroups", rule.api_groups),
        ("Resources", rule.resources),
        ("NonResourceURLs", rule.non_resource_urls),
        ("ResourceNames", rule.resource_names),
        ("Verbs", rule.verbs),
    )
    texts = [f"{name}:[{' '.join(map(failures.shown, values))}]" for name, values in parts if values]
    return "{" + ", ".join(texts) + "}"
