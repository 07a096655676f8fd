"""The authorizer of expressions: `authorizer.group("").resource("pods").check("create").allowed()`."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from ...cel.declarations import Overload, overloads
from ...cel.values import Special
from ..rbac import ACCOUNT, Attempt, Verdict, account_groups, judged
from ..request import AUTHENTICATED, Desk, User

PREFIX = "kubernetes.authorization."


@attrs.frozen(eq=False)
class Authorizer(Special):
    """Asks for somebody."""

    cel_type: ClassVar[str] = f"{PREFIX}Authorizer"
    desk: Desk
    user: User


@attrs.frozen(eq=False)
class PathCheck(Special):
    """A question about a path."""

    cel_type: ClassVar[str] = f"{PREFIX}PathCheck"
    asks: Authorizer
    attempt: Attempt


@attrs.frozen(eq=False)
class GroupCheck(Special):
    """A question about an API group."""

    cel_type: ClassVar[str] = f"{PREFIX}GroupCheck"
    asks: Authorizer
    attempt: Attempt


@attrs.frozen(eq=False)
class ResourceCheck(Special):
    """A question about a resource."""

    cel_type: ClassVar[str] = f"{PREFIX}ResourceCheck"
    asks: Authorizer
    attempt: Attempt


@attrs.frozen(eq=False)
class Decision(Special):
    """The answer."""

    cel_type: ClassVar[str] = f"{PREFIX}Decision"
    verdict: Verdict


def _check(question: Any, verb: str) -> Decision:
    return Decision(judged(question.asks.desk, question.asks.user, attrs.evolve(question.attempt, verb=verb)))


def _with(**names: str) -> Any:
    """A function that gives the question with one part more: `names` says which."""
    (part,) = names.values()
    return lambda question, value: ResourceCheck(question.asks, attrs.evolve(question.attempt, **{part: value}))


def _account(asks: Authorizer, namespace: str, name: str) -> Authorizer:
    groups = (*account_groups(namespace), AUTHENTICATED)
    return Authorizer(asks.desk, User(f"{ACCOUNT}{namespace}:{name}", groups))


FUNCTIONS: tuple[Overload, ...] = overloads(
    (
        ("path", f"{PREFIX}Authorizer.(string) -> {PREFIX}PathCheck", lambda a, v: PathCheck(a, Attempt("", path=v))),
        ("group", f"{PREFIX}Authorizer.(string) -> {PREFIX}GroupCheck", lambda a, v: GroupCheck(a, Attempt("", v))),
        ("serviceAccount", f"{PREFIX}Authorizer.(string, string) -> {PREFIX}Authorizer", _account),
        ("resource", f"{PREFIX}GroupCheck.(string) -> {PREFIX}ResourceCheck", _with(part="resource")),
        ("subresource", f"{PREFIX}ResourceCheck.(string) -> {PREFIX}ResourceCheck", _with(part="subresource")),
        ("namespace", f"{PREFIX}ResourceCheck.(string) -> {PREFIX}ResourceCheck", _with(part="namespace")),
        ("name", f"{PREFIX}ResourceCheck.(string) -> {PREFIX}ResourceCheck", _with(part="name")),
        ("fieldSelector", f"{PREFIX}ResourceCheck.(string) -> {PREFIX}ResourceCheck", lambda question, _: question),
        ("labelSelector", f"{PREFIX}ResourceCheck.(string) -> {PREFIX}ResourceCheck", lambda question, _: question),
        ("check", f"{PREFIX}PathCheck.(string) -> {PREFIX}Decision", _check),
        ("check", f"{PREFIX}ResourceCheck.(string) -> {PREFIX}Decision", _check),
        ("allowed", f"{PREFIX}Decision.() -> bool", lambda decision: decision.verdict.allowed),
        ("reason", f"{PREFIX}Decision.() -> string", lambda decision: decision.verdict.reason),
        ("errored", f"{PREFIX}Decision.() -> bool", lambda decision: False),
        ("error", f"{PREFIX}Decision.() -> string", lambda decision: ""),
    )
)
