"""Who may ask as somebody else.

There are several ways to be allowed that, and each is tried until one succeeds. The constrained ones ask whether the
requester may do just this while impersonating in this way (`impersonate-on:user-info:list` on pods), and then whether
they may impersonate whom they name (`impersonate:user-info` on the user, each group, the uid and each extra value). The
oldest asks for the verb `impersonate` alone.
"""

from __future__ import annotations

from typing import Any

import attrs

from .. import errors
from ..values.frozen import FrozenMap
from ..values.names import is_dns1123_label, is_dns1123_subdomain
from ..wellknown import NODE_USER, NODES
from . import rbac
from .failures import FieldError
from .request import ANONYMOUS, AUTHENTICATED, MASTERS, UNAUTHENTICATED, User
from .rules import domain_prefixed_path

AUTHENTICATION = "authentication.k8s.io"
OWN_NODE = "authentication.kubernetes.io/node-name"
"""What a token says of the node on which its pod runs."""

ASSOCIATED, ANY_NODE, ACCOUNT, USER_INFO, LEGACY = (
    "associated-node",
    "arbitrary-node",
    "serviceaccount",
    "user-info",
    "",
)
MODES = (ASSOCIATED, ANY_NODE, ACCOUNT, USER_INFO, LEGACY)
MANY = 4
"""How many groups or extra values are first asked for at once, by an asterisk."""


@attrs.frozen
class Impersonated:
    """The user that somebody is taken for, and the way in which they may be."""

    user: User
    mode: str

    @property
    def constraint(self) -> str:
        """The verb that allowed it, if it was a constrained one."""
        return f"impersonate:{self.mode}" if self.mode else ""


def impersonated(desk: Any, user: User, wanted: User, attempt: rbac.Attempt, first: str | None) -> Impersonated:
    """Whom `user` is taken for who wants to do this as somebody else.

    `first` is the way in which they last might, which is tried first and says what is wrong. Who never might at all is
    refused by the oldest (D-410). Raises Forbidden.
    """
    refusal: errors.Forbidden | None = None
    for mode in sorted(MODES, key=lambda each: each != first):
        if not _applies(mode, user, wanted):
            continue
        try:
            return Impersonated(_permitted(desk, user, wanted, attempt, mode), mode)
        except errors.Forbidden as problem:
            refusal = problem if refusal is None or first is None else refusal
    assert refusal is not None, "the oldest way is open to everybody"
    raise refusal


def node_of(name: str) -> str:
    """The node that a user is by name, if it is one."""
    node = name.removeprefix(NODE_USER)
    return node if name.startswith(NODE_USER) and not is_dns1123_subdomain(node) else ""


def account_of(name: str) -> tuple[str, str] | None:
    """The namespace and the name of the service account that a user is by name."""
    parts = name.removeprefix(rbac.ACCOUNT).split(":")
    if not name.startswith(rbac.ACCOUNT) or len(parts) != 2:
        return None
    namespace, account = parts
    return None if is_dns1123_label(namespace) or is_dns1123_subdomain(account) else (namespace, account)


def _applies(mode: str, user: User, wanted: User) -> bool:
    """Whether a way is meant for users like the one that is wanted."""
    if mode == LEGACY:
        return True
    node, account = node_of(wanted.name), account_of(wanted.name)
    if mode == USER_INFO:
        return not node and account is None
    if wanted.uid or wanted.groups or wanted.extra:
        return False
    if mode == ACCOUNT:
        return account is not None
    own = mode == ANY_NODE or (account_of(user.name) is not None and tuple(user.extra.get(OWN_NODE, ())) == (node,))
    return bool(node) and own


def _permitted(desk: Any, user: User, wanted: User, attempt: rbac.Attempt, mode: str) -> User:
    """Whom the user is taken for in one way. Raises Forbidden for the first thing that is not allowed in it."""
    verb, group = (f"impersonate:{mode}", AUTHENTICATION) if mode else ("impersonate", "")
    if mode:
        rbac.check(desk, user, attrs.evolve(attempt, verb=f"impersonate-on:{mode}:{attempt.verb}"))
    groups, node, account = wanted.groups, node_of(wanted.name), account_of(wanted.name)
    whom = rbac.Attempt(verb, group, "users", name=wanted.name)
    if mode and node:
        groups = (NODES,)
        whom = attrs.evolve(whom, resource="nodes", name="*" if mode == ASSOCIATED else node)
    if account is not None:
        groups = groups or rbac.account_groups(account[0])
        whom = attrs.evolve(whom, resource="serviceaccounts", namespace=account[0], name=account[1])
    rbac.check(desk, user, whom)
    if wanted.uid:
        rbac.check(desk, user, rbac.Attempt(verb, AUTHENTICATION, "uids", name=wanted.uid))
    _check_groups(desk, user, wanted.groups, rbac.Attempt(verb, group, "groups"), bool(mode))
    _check_extra(desk, user, wanted.extra, rbac.Attempt(verb, AUTHENTICATION, "userextras"), bool(mode))
    if wanted.name == ANONYMOUS.name:
        groups = groups if UNAUTHENTICATED in groups else (*groups, UNAUTHENTICATED)
    elif UNAUTHENTICATED not in groups and AUTHENTICATED not in groups:
        groups = (*groups, AUTHENTICATED)
    return attrs.evolve(wanted, groups=groups)


def _check_groups(desk: Any, user: User, groups: tuple[str, ...], attempt: rbac.Attempt, constrained: bool) -> None:
    if constrained and "" in groups:
        raise rbac.refused(user, attempt, "impersonating the empty string group is not allowed")
    if constrained and MASTERS in groups:
        masters = attrs.evolve(attempt, name=MASTERS)
        raise rbac.refused(user, masters, f"impersonating the {MASTERS} group is not allowed")
    if constrained and len(groups) >= MANY and rbac.allowed(desk, user, attrs.evolve(attempt, name="*")):
        return
    for group in groups:
        rbac.check(desk, user, attrs.evolve(attempt, name=group))


def _check_extra(
    desk: Any, user: User, extra: FrozenMap[str, tuple[str, ...]], attempt: rbac.Attempt, constrained: bool
) -> None:
    wrong = next(filter(None, map(_wrong_extra, extra, extra.values())), "") if constrained else ""
    if wrong:
        raise rbac.refused(user, attempt, f"impersonating {wrong}")
    many = len(extra) >= MANY or sum(map(len, extra.values())) >= MANY
    if constrained and many and rbac.allowed(desk, user, attrs.evolve(attempt, subresource="*", name="*")):
        return
    for key, values in extra.items():
        for value in values:
            rbac.check(desk, user, attrs.evolve(attempt, subresource=key, name=value))


def _wrong_extra(key: str, values: tuple[str, ...]) -> str:
    """What a constrained way does not allow of an extra value of a user."""
    if not key:
        return "the empty string key in extra is not allowed"
    problems = [str(FieldError("extra.key", each.reason, each.text)) for each in domain_prefixed_path(key)]
    if problems:
        return f"an invalid key in extra is not allowed: {rbac.aggregate(problems)}"
    if key != key.lower():
        return f'a non-lowercase key in extra is not allowed: "{key}"'
    if not values:
        return "empty values in extra is not allowed"
    return "the empty string value in extra is not allowed" if "" in values else ""
