"""Which requests break, and how: a fault as a value.

A `Rule` says what happens to requests that it fits, from which one on and how often. All rules are one tuple in
`FaultsState`, so that they fork, pickle and hash with the cluster. `ACTS` is what can happen to a request: a function
of the request and of what would have answered it.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from math import inf
from typing import Any

import attrs

from .. import errors
from ..apiserver import failures
from ..apiserver.request import ADMINISTRATOR, Answer, Patch, Request
from ..errors import UsageError
from ..values.frozen import FrozenMap
from ..values.nearest import meant
from ..values.state import State

Next = Callable[[Request], Answer]
Act = Callable[[Request, Next], Answer]

READS = ("get", "list", "watch")
WRITES = ("create", "update", "patch", "delete", "deletecollection")
VERBS: dict[str, tuple[str, ...]] = {
    "*": (*READS, *WRITES),
    "read": READS,
    "write": WRITES,
    **{verb: (verb,) for verb in (*READS, *WRITES)},
}
"""The verbs that the first word of an `on` means."""

NOBODY_ELSE = "kemu.dev/edited"
"""The annotation that somebody else changes when a request is overtaken."""


@attrs.frozen
class Rule:
    """One scripted fault. `act` is a key of `ACTS`; `actors` are whose requests it hits, empty for everybody's."""

    number: int
    act: str
    verb: str = "*"
    resource: str = "*"
    name: str = "*"
    by: str = ""
    """The process, controller or user whose requests are hit; empty for everybody's."""
    skip: int = 0
    """So many requests that fit are let through before."""
    times: float = 1
    rate: float = 1.0
    """The share of the requests that fit which are hit."""
    until: float = inf
    """When it is over, in seconds since the start."""
    met: int = 0
    hit: int = 0

    def fits(self, request: Request, now: float, by: tuple[str, ...]) -> bool:
        """Whether it is about a request, whose sender is known by these names. O(1)."""
        if now >= self.until or self.hit >= self.times or request.resource is None:
            return False
        resource = request.resource
        spelt = (resource.key, resource.kind.plural, f"{resource.kind.plural}.{resource.kind.group}")
        wanted, _, subresource = self.resource.partition("/")
        return (
            request.verb in VERBS[self.verb]
            and (wanted == "*" or wanted in spelt)
            and (subresource == request.subresource or subresource == "*" or (wanted == "*" and not subresource))
            and (not self.by or self.by in by)
            and (self.name == "*" or fnmatchcase(f"{request.namespace}/{request.name}", self.pattern))
        )

    @property
    def pattern(self) -> str:
        """The pattern of names, with the namespace."""
        return self.name if "/" in self.name else f"*/{self.name}"


@attrs.define(eq=False)
class FaultsState(State):
    """What is declared to go wrong."""

    rules: tuple[Rule, ...] = ()
    declared: int = 0


def parsed(on: str) -> tuple[str, str]:
    """Verb and resource of an `on` such as "update deployments/status", "create pods", "write", "read nodes".

    Raises UsageError.
    """
    words = on.split() if isinstance(on, str) else ()
    if len(words) not in (1, 2) or words[0] not in VERBS:
        hint = meant(words[0], VERBS) if words else ""
        raise UsageError(f'a fault is on a verb and a kind, such as "update deployments", not {on!r}{hint}')
    return words[0], words[1] if len(words) == 2 else "*"


# What can happen to a request


def _refused(refusal: Callable[[Request], errors.ApiError]) -> Act:
    def act(request: Request, following: Next) -> Answer:
        raise refusal(request)

    return act


def _then(problem: Callable[[Request], Exception]) -> Act:
    """The request takes effect, and who sent it does not learn of it."""

    def act(request: Request, following: Next) -> Answer:
        following(request)
        raise problem(request)

    return act


def _conflict(request: Request) -> errors.ApiError:
    return failures.conflict(request.resource.kind, request.name, failures.STALE)


def _too_many(request: Request) -> errors.ApiError:
    text = "the server has received too many requests and has asked us to try again later"
    return errors.TooManyRequests(text, details={"retryAfterSeconds": 1})


def _error(request: Request) -> errors.ApiError:
    return failures.internal_error("a fault")


def _unavailable(request: Request) -> errors.ApiError:
    return errors.ServiceUnavailable("the server is currently unable to handle the request")


def _timeout(request: Request) -> errors.ApiError:
    return errors.Timeout("Timeout: request did not complete within requested timeout - context deadline exceeded")


def _no_quorum(request: Request) -> errors.ApiError:
    return failures.unexplained("etcdserver: request timed out")


def _quota(request: Request) -> errors.ApiError:
    return failures.forbidden(request.resource.kind, request.name, "exceeded quota: faults")


def _webhook(request: Request) -> errors.ApiError:
    text = 'admission webhook "faults.kemu.dev" denied the request: a fault'
    return errors.ApiError(text, code=400, reason="")


def _webhook_fails(request: Request) -> errors.ApiError:
    return failures.internal_error('failed calling webhook "faults.kemu.dev": context deadline exceeded')


def _crash(request: Request) -> Exception:
    return errors.ProcessCrash(f"a fault at {request.verb} {request.resource.key} {request.name}")


def _crash_before(request: Request, following: Next) -> Answer:
    raise _crash(request)


def _overtaken(request: Request, following: Next) -> Answer:
    """Somebody else writes the object just before: an annotation that nobody should mind, or lose."""
    document = {"metadata": {"annotations": {NOBODY_ELSE: str(request.actor)}}}
    edit: dict[str, Any] = {"user": ADMINISTRATOR, "actor": "user", "manager": "somebody-else"}
    try:
        following(
            Request("patch", request.resource, request.namespace, request.name, patch=Patch("merge", document), **edit)
        )
    except errors.NotFound:
        return following(request)
    return following(request)


ACTS: FrozenMap[str, Act] = FrozenMap(
    {
        "conflict": _refused(_conflict),
        "too-many": _refused(_too_many),
        "error": _refused(_error),
        "unavailable": _refused(_unavailable),
        "timeout": _refused(_timeout),
        "timeout-after": _then(_timeout),
        "no-quorum": _refused(_no_quorum),
        "quota": _refused(_quota),
        "webhook-denies": _refused(_webhook),
        "webhook-fails": _refused(_webhook_fails),
        "crash-before": _crash_before,
        "crash-after": _then(_crash),
        "overtaken": _overtaken,
    }
)
"""What can happen to a request, by name."""

CRASHES = ("crash-before", "crash-after")
"""What only a process with controllers can meet."""
