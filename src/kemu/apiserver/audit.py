"""The audit log: who asked for what, and what became of it, as an audit policy wants it noted.

    cluster.audit.start("Metadata")                       # a level for all, or an audit.k8s.io/v1 Policy
    cluster.apply(manifest)
    [event] = cluster.audit.events(verb="create", resource="pods")
    event.annotations["pod-security.kubernetes.io/audit-violations"]

Everybody who comes through the door is noted: users, controllers, the scheduler and kubelets. What the server does of
its own accord is not. What admission notes of a request (policies, webhooks, PodSecurity) stands in the annotations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from .. import errors
from ..objects import codec
from ..values.fork_map import ForkMap
from ..values.frozen import EMPTY_MAP, FrozenMap
from ..values.state import State
from ..values.times import MicroTime
from . import rbac
from .inner import dumped
from .request import Answer, Request, User

if TYPE_CHECKING:
    from .server import ApiServer

API = "audit.k8s.io/v1"
LEVELS = ("None", "Metadata", "Request", "RequestResponse")
RECEIVED, STARTED, COMPLETE = STAGES = ("RequestReceived", "ResponseStarted", "ResponseComplete")
"""When something is noted. That a response has started is told of watches and followed logs, which go on."""

DECISION, REASON = "authorization.k8s.io/decision", "authorization.k8s.io/reason"


@attrs.frozen
class AuditRule:
    """Which requests are noted to which level: all that is said must fit, and what is empty fits always."""

    level: str
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    resources: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = ()
    """Groups with the resources and the names that are meant."""
    namespaces: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()
    """The stages that are not noted."""

    def fits(self, request: Request) -> bool:
        """Whether the rule is for a request."""
        user = request.user
        return (
            (not self.users or user.name in self.users)
            and (not self.groups or any(each in self.groups for each in user.groups))
            and (not self.verbs or request.verb in self.verbs)
            and self._is_about(request)
        )

    def _is_about(self, request: Request) -> bool:
        if request.resource is None:
            fitting = [each for each in self.paths if _path_fits(each, request.path)]
            return bool(fitting) or not (self.paths or self.resources or self.namespaces)
        if self.namespaces and (request.namespace or "") not in self.namespaces:
            return False
        if not self.resources:
            return not self.paths
        return any(_is_of(request, *each) for each in self.resources)


@attrs.frozen
class AuditPolicy:
    """The rules, of which the first that fits counts; what none fits is not noted."""

    rules: tuple[AuditRule, ...]

    def of(self, request: Request) -> AuditRule | None:
        """The rule by which a request is noted, if it is."""
        found = next((rule for rule in self.rules if rule.fits(request)), None)
        return None if found is None or found.level == "None" else found


@attrs.frozen
class AuditEvent:
    """One line of the log. `str()` of it is the JSON line that kube-apiserver writes, an audit.k8s.io/v1 Event."""

    level: str
    audit_id: str
    stage: str
    uri: str
    verb: str
    user: User
    actor: str
    """Who is named in the history: `user`, or the component that asked."""
    received: MicroTime
    noted: MicroTime
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    code: int = 0
    """The HTTP status of the answer; 0 before there is one."""
    problem: str = ""
    """The message of a refusal."""
    reason: str = ""
    sent: Any = None
    """The object that was sent, from the level `Request` on."""
    answered: Any = None
    """The object that was answered, at the level `RequestResponse`."""
    annotations: FrozenMap[str, str] = EMPTY_MAP

    def to_dict(self) -> dict[str, Any]:
        """The event as JSON has it. Objects are without `managedFields`."""
        user = {"username": self.user.name, "uid": self.user.uid, "groups": list(self.user.groups)}
        about = {
            "resource": self.resource,
            "namespace": self.namespace,
            "name": self.name,
            "apiGroup": self.group,
            "apiVersion": self.version,
            "subresource": self.subresource,
        }
        status = {"metadata": {}, "status": "Failure", "message": self.problem, "reason": self.reason}
        status = {key: value for key, value in status.items() if value or key == "metadata"} if self.problem else {}
        whole = {
            "kind": "Event",
            "apiVersion": API,
            "level": self.level,
            "auditID": self.audit_id,
            "stage": self.stage,
            "requestURI": self.uri,
            "verb": self.verb,
            "user": _said(user),
            "userAgent": self.actor,
            "objectRef": _said(about) if self.resource else None,
            "responseStatus": {"metadata": {}, **status, "code": self.code} if self.code else None,
            "requestObject": codec.to_dict(self.sent) if self.sent is not None else None,
            "responseObject": codec.to_dict(self.answered) if self.answered is not None else None,
            "requestReceivedTimestamp": str(self.received),
            "stageTimestamp": str(self.noted),
            "annotations": dict(self.annotations),
        }
        return _said(whole)

    def __str__(self) -> str:
        return dumped(self.to_dict())


@attrs.define(eq=False)
class AuditState(State):
    """By which policy is noted, if anything is, and what was."""

    policy: AuditPolicy | None = None
    events: ForkMap[int, AuditEvent] = attrs.field(factory=ForkMap)
    asked: int = 0
    noted: int = 0


class Audit:
    """The audit log of one cluster. Nothing is noted, and nothing costs anything, until it is started."""

    def __init__(self, server: ApiServer, state: AuditState | None = None) -> None:
        self._server = server
        self.state = state or AuditState()
        self._set(self.state.policy)

    def start(self, policy: str | Mapping[str, Any] = "Metadata") -> None:
        """Begin to note, by a level for all requests or by an audit.k8s.io/v1 Policy, in place of an older one.

        Raises UsageError for what is neither.
        """
        self._set(policy_of(policy))

    def stop(self) -> None:
        """Note nothing any more. What was noted stays."""
        self._set(None)

    def events(
        self, *, verb: str = "", resource: str = "", name: str = "", user: str = "", stage: str = COMPLETE
    ) -> tuple[AuditEvent, ...]:
        """What was noted at a stage (or with `stage=""` at any) of requests that are all that is said, oldest first."""
        wanted = {"verb": verb, "resource": resource, "name": name, "stage": stage}
        wanted = {field: value for field, value in wanted.items() if value}
        return tuple(
            [
                event
                for event in self.state.events.values()
                if all(getattr(event, field) == value for field, value in wanted.items())
                and user in ("", event.user.name)
            ]
        )

    def __str__(self) -> str:
        return "\n".join(map(str, self.state.events.values()))

    def _set(self, policy: AuditPolicy | None) -> None:
        self.state.policy = policy
        self._server.audit_with(None if policy is None else self._around)

    def _around(self, request: Request, inner: Callable[[Request], Answer]) -> Answer:
        """Answer a request, and note what the policy wants."""
        policy = self.state.policy
        rule = None if policy is None else policy.of(request)
        if rule is None:
            return inner(request)
        notes: dict[str, str] = {}

        def note(key: str, text: str) -> None:
            notes.setdefault(key, text)

        event = self._first(request, rule)
        try:
            answer = inner(attrs.evolve(request, note=note))
        except errors.ApiError as problem:
            status = problem.status
            said = {"code": status["code"], "problem": problem.message, "reason": status.get("reason", "")}
            self._note(attrs.evolve(event, stage=COMPLETE, annotations=self._judged(request, notes), **said), rule)
            raise
        goes_on = request.verb == "watch" or getattr(request.options, "follow", False)
        done = attrs.evolve(
            event,
            stage=STARTED if goes_on else COMPLETE,
            annotations=self._judged(request, notes),
            code=201 if answer.created else 200,
            name=event.name or _name_of(answer),
            answered=answer.obj if rule.level == "RequestResponse" and _name_of(answer) else None,
        )
        self._note(done, rule)
        return answer

    def _first(self, request: Request, rule: AuditRule) -> AuditEvent:
        """What is known of a request when it comes."""
        self.state.asked += 1
        where: dict[str, Any] = {} if request.resource is None else _where(request)
        sends = rule.level in LEVELS[2:] and request.verb in ("create", "update")
        now = self._now()
        event = AuditEvent(
            level=rule.level,
            audit_id=self._server.entropy.uid("audit", self.state.asked),
            stage=RECEIVED,
            uri=_uri(request),
            verb=request.verb,
            user=request.user,
            actor=request.actor,
            sent=request.obj if sends else None,
            received=now,
            noted=now,
            **where,
        )
        self._note(event, rule)
        return event

    def _note(self, event: AuditEvent, rule: AuditRule) -> None:
        if event.stage not in rule.omitted:
            self.state.noted += 1
            self.state.events[self.state.noted] = attrs.evolve(event, noted=self._now())

    def _judged(self, request: Request, notes: Mapping[str, str]) -> FrozenMap[str, str]:
        """What admission has noted, behind who allowed or forbade the request."""
        verdict = rbac.judged(self._server.desk, request.user, rbac.attempt_of(request))
        decision = "allow" if verdict.allowed else "forbid"
        return FrozenMap({DECISION: decision, REASON: verdict.reason, **notes})

    def _now(self) -> MicroTime:
        return MicroTime(round(self._server.clock.unix * 1_000_000))


def policy_of(given: str | Mapping[str, Any]) -> AuditPolicy:
    """Read a level, or the document of a Policy. Raises UsageError."""
    if isinstance(given, str):
        if given not in LEVELS:
            raise errors.UsageError(f"{given!r} is no audit level: there are {', '.join(LEVELS)}")
        return AuditPolicy((AuditRule(given),))
    if not isinstance(given, Mapping) or (given.get("apiVersion"), given.get("kind")) != (API, "Policy"):
        raise errors.UsageError(f"an audit policy is a level, or a document with apiVersion {API} and kind Policy")
    rules = given.get("rules")
    if not isinstance(rules, Sequence) or not rules:
        raise errors.UsageError("an audit policy has rules: add a list of them, each with a level")
    omitted = _texts(given, "omitStages", STAGES)
    return AuditPolicy(tuple([_rule(each, omitted) for each in rules]))


def _rule(given: Mapping[str, Any], omitted: tuple[str, ...]) -> AuditRule:
    if not isinstance(given, Mapping) or given.get("level") not in LEVELS:
        raise errors.UsageError(f"a rule of an audit policy has a level of {', '.join(LEVELS)}: {given!r}")
    resources = tuple(
        [
            (each.get("group", ""), _texts(each, "resources"), _texts(each, "resourceNames"))
            for each in given.get("resources") or ()
        ]
    )
    return AuditRule(
        level=given["level"],
        users=_texts(given, "users"),
        groups=_texts(given, "userGroups"),
        verbs=_texts(given, "verbs"),
        resources=resources,
        namespaces=_texts(given, "namespaces"),
        paths=_texts(given, "nonResourceURLs"),
        omitted=(*omitted, *_texts(given, "omitStages", STAGES)),
    )


def _texts(given: Mapping[str, Any], key: str, allowed: tuple[str, ...] = ()) -> tuple[str, ...]:
    found = given.get(key) or ()
    if isinstance(found, str) or not all(isinstance(each, str) for each in found):
        raise errors.UsageError(f"{key} of an audit policy is a list of texts, not {found!r}")
    wrong = [each for each in found if allowed and each not in allowed]
    if wrong:
        raise errors.UsageError(f"{key} of an audit policy has {wrong[0]!r}: there are {', '.join(allowed)}")
    return tuple(found)


def _path_fits(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern[:-1]))


def _is_of(request: Request, group: str, resources: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Whether a request is about one of some resources: `pods`, `pods/log`, `pods/*`, `*/log` or `*`."""
    kind, sub = request.resource.kind, request.subresource
    name = "" if request.verb == "create" and not sub else request.name  # its path does not have it
    if kind.group != group or (names and name not in names):
        return False
    mine = (f"{kind.plural}/{sub}", f"*/{sub}", f"{kind.plural}/*") if sub else (kind.plural,)
    return not resources or any(each in ("*", *mine) for each in resources)


def _where(request: Request) -> dict[str, str]:
    """What a request is about."""
    kind = request.resource.kind
    return {
        "group": kind.group,
        "version": kind.version,
        "resource": kind.plural,
        "subresource": request.subresource,
        "namespace": (request.namespace or "") if request.resource.namespaced else "",
        "name": request.name,
    }


def _uri(request: Request) -> str:
    """The path of a request."""
    if request.resource is None:
        return request.path
    kind = request.resource.kind
    parts = ["apis", kind.group, kind.version] if kind.group else ["api", kind.version]
    if request.resource.namespaced and request.namespace:
        parts += ["namespaces", request.namespace]
    named = () if request.verb == "create" and not request.subresource else (request.name, request.subresource)
    return "/" + "/".join([*parts, kind.plural, *filter(None, named)])


def _name_of(answer: Answer) -> str:
    """The name of the object that was answered, if it is one."""
    return getattr(getattr(answer.obj, "metadata", None), "name", None) or ""


def _said(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    return {key: value for key, value in document.items() if value not in ("", None, [], {})}
