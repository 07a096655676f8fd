"""The audit log: who asked for what, and what became of it, as an audit policy wants it noted.

    cluster.audit.start("Metadata")                       # a level for all, or an audit.k8s.io/v1 Policy
    cluster.apply(manifest)
    [event] = cluster.audit.events(verb="create", resource="pods")
    event.annotations["pod-security.kubernetes.io/audit-violations"]

Everybody who asks is noted: users, controllers, the scheduler and kubelets, over HTTP or not, and who is not let in.
What the server does of its own accord is not. What admission notes of a request (policies, webhooks, PodSecurity)
stands in the annotations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from .. import errors
from ..objects import Struct, codec
from ..objects.custom import CustomObject
from ..streams import Ending
from ..values.fork_map import ForkMap
from ..values.frozen import EMPTY_MAP, FrozenMap, freeze
from ..values.state import State
from ..values.times import MicroTime
from . import deletion, rbac
from .audit_policy import (
    API,
    COMPLETE,
    LEVELS,
    LOG,
    RECEIVED,
    STARTED,
    Asking,
    AuditPolicy,
    AuditRule,
    asking_of,
    policy_of,
)
from .inner import dumped
from .request import Answer, DeleteOptions, Page, Request, User

if TYPE_CHECKING:
    from .server import ApiServer

DECISION, REASON = "authorization.k8s.io/decision", "authorization.k8s.io/reason"
PATCHES = "patch.webhook.admission.k8s.io/"
"""How the keys begin of what is only noted together with the objects themselves."""

NOBODY = User("")
OK = 200


@attrs.frozen(kw_only=True)
class AuditEvent(Asking):
    """One line of the log. `str()` of it is the JSON line that kube-apiserver writes, an audit.k8s.io/v1 Event."""

    level: str
    audit_id: str
    stage: str
    received: MicroTime
    noted: MicroTime
    uid: str = ""
    """Of the object that was sent, as is its resourceVersion."""
    resource_version: str = ""
    impersonated: User | None = None
    """As whom `user` asks, if it is somebody else."""
    constraint: str = ""
    """By which constrained verb they may."""
    code: int = 0
    """The HTTP status of the answer; 0 before there is one."""
    problem: str = ""
    """The message of a refusal."""
    reason: str = ""
    details: Any = None
    sent: Any = None
    """The object or the patch that was sent, from the level `Request` on."""
    answered: Any = None
    """The object, or the Status of a refusal, that was answered, at the level `RequestResponse`."""
    annotations: FrozenMap[str, str] = EMPTY_MAP

    def to_dict(self) -> dict[str, Any]:
        """The event as JSON has it."""
        about = {
            "resource": self.resource,
            "namespace": self.namespace,
            "name": self.name,
            "uid": self.uid,
            "apiGroup": self.group,
            "apiVersion": self.version,
            "resourceVersion": self.resource_version,
            "subresource": self.subresource,
        }
        status = {"metadata": {}, "status": "Failure", "message": self.problem, "reason": self.reason}
        status["details"] = self.details
        status = {key: value for key, value in status.items() if value or key == "metadata"} if self.problem else {}
        as_whom = self.impersonated
        whole = {
            "kind": "Event",
            "apiVersion": API,
            "level": self.level,
            "auditID": self.audit_id,
            "stage": self.stage,
            "requestURI": self.uri,
            "verb": self.verb,
            "user": _shown(self.user),
            "impersonatedUser": None if as_whom is None else _shown(as_whom),
            "authenticationMetadata": {"impersonationConstraint": self.constraint} if self.constraint else None,
            "userAgent": self.agent,
            "objectRef": _said(about) if self.resource else None,
            "responseStatus": {"metadata": {}, **status, "code": self.code} if self.code else None,
            "requestObject": codec.to_dict(self.sent) if self.sent is not None else None,
            "responseObject": codec.to_dict(self.answered) if self.answered is not None else None,
            "requestReceivedTimestamp": str(self.received),
            "stageTimestamp": str(self.noted),
            "annotations": dict(sorted(self.annotations.items())),
        }
        return {"user": {}, **_said(whole)} if not self.user.name else _said(whole)

    def __str__(self) -> str:
        return dumped(self.to_dict())


@attrs.define(eq=False)
class AuditState(State):
    """By which policy is noted, if anything is, and what was."""

    policy: AuditPolicy | None = None
    events: ForkMap[int, AuditEvent] = attrs.field(factory=ForkMap)
    asked: int = 0
    noted: int = 0


@attrs.define(eq=False)
class Entry:
    """What is being noted of one request. Called with a key and a text, it takes what admission notes."""

    log: Audit
    rule: AuditRule
    event: AuditEvent
    notes: dict[str, str] = attrs.field(factory=dict)

    def __call__(self, key: str, text: str) -> None:
        if self.rule.level != "Metadata" or not key.startswith(PATCHES):
            self.notes.setdefault(key, text)

    def judged(self, user: User, attempt: rbac.Attempt) -> None:
        """Note who allows or forbids the request, once."""
        if DECISION not in self.notes:
            verdict = self.log.verdict(user, attempt)
            self.notes |= {DECISION: "allow" if verdict.allowed else "forbid", REASON: verdict.reason}

    def asks_as(self, user: User, constraint: str) -> None:
        """Note as whom somebody asks, and which constrained verb allows that."""
        self.event = attrs.evolve(self.event, impersonated=user, constraint=constraint)

    def sends(self, request: Request) -> None:
        """Note what was sent: of an object its name in any case, and itself where the policy wants that."""
        changes: dict[str, Any] = {}
        sent: Any = None if request.patch is None else freeze(request.patch.document)
        if request.verb in ("create", "update"):
            sent, metadata, event = request.obj, getattr(request.obj, "metadata", None), self.event
            if metadata is not None:
                changes["namespace"] = event.namespace or metadata.namespace or ""
                changes["name"] = event.name or metadata.name or ""
                changes |= {"uid": metadata.uid or "", "resource_version": metadata.resource_version or ""}
        if sent is not None and self.rule.level in LEVELS[2:]:
            changes["sent"] = sent
        self.event = attrs.evolve(self.event, **changes)

    def deletes(self, options: Any) -> None:
        """Note the options of a deletion that came with a body, where the policy wants what was sent."""
        if self.rule.level in LEVELS[2:]:
            head = {"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/__internal"}
            self.event = attrs.evolve(self.event, sent=freeze({**codec.to_dict(options), **head}))

    def gives(self, request: Request, answer: Answer) -> None:
        """Note the object or the list that was answered, where the policy wants that."""
        if self.rule.level == "RequestResponse":
            found = answer.obj
            if isinstance(found, Page):
                self.event = attrs.evolve(self.event, answered=freeze(_listed(request, found)))
            elif _is_object(found):
                self.event = attrs.evolve(self.event, answered=found)

    def succeeds(self, status: Mapping[str, Any]) -> None:
        """Note the Status that was answered in place of an object, where the policy wants that."""
        if self.rule.level == "RequestResponse":
            self.event = attrs.evolve(self.event, answered=freeze(status))

    def unknown(self, problem: errors.ApiError) -> None:
        """Note that nobody knows who asks."""
        self._refuses(problem)
        self._end(STARTED, problem.status["code"])

    def refused(self, problem: errors.ApiError) -> None:
        """Note why the request was refused."""
        self._refuses(problem)
        self.closed(problem.status["code"])

    def _refuses(self, problem: errors.ApiError) -> None:
        status = freeze(problem.status)
        answered = status if self.rule.level == "RequestResponse" else None
        said = {"problem": problem.message, "reason": status.get("reason", ""), "details": status.get("details")}
        self.event = attrs.evolve(self.event, answered=answered, **said)

    def closed(self, code: int, goes_on: bool = False) -> None:
        """Note that the request was answered, or that the answer has begun, which then has an end (`ended`).

        What might go on has begun even where it has ended at once.
        """
        if self.event.lasts:
            self._end(STARTED, code)
        if not goes_on:
            self._end(COMPLETE, code)

    def ended(self) -> None:
        """Note that an answer which went on has come to its end."""
        self._end(COMPLETE, OK)

    def _end(self, stage: str, code: int) -> None:
        self.log.note(attrs.evolve(self.event, stage=stage, code=code, annotations=FrozenMap(self.notes)), self.rule)


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
        self._server.audit_with(None if policy is None else self)

    def around(self, request: Request, inner: Callable[[Request], Answer]) -> Answer:
        """Answer a request, and note what the policy wants, if whoever has brought it does not do that."""
        entry, mine = request.note, False
        if not isinstance(entry, Entry):
            entry, mine = self.opened(asking_of(request)), True
            if entry is None:
                return inner(request)
            request = attrs.evolve(request, note=entry)
        entry.judged(request.user, rbac.attempt_of(request))
        entry.sends(request)
        if mine and isinstance(request.options, DeleteOptions):
            entry.deletes(deletion.sent_options(request.options))
        try:
            answer = inner(request)
        except errors.ApiError as problem:
            if mine:
                entry.refused(problem)
            raise
        entry.gives(request, answer)
        if mine:
            status = _status(request, answer)
            if status is not None:
                entry.succeeds(status)
            flows = request.subresource == LOG
            entry.closed(201 if answer.created else OK, flows)
            if flows:
                return attrs.evolve(answer, obj=Ending(answer.obj, entry.ended))
        return answer

    def opened(self, asking: Asking, notes: Mapping[str, str] = EMPTY_MAP) -> Entry | None:
        """Begin to note a request, as the policy wants it; None if it is not noted."""
        policy = self.state.policy
        rule = None if policy is None else policy.of(asking)
        if rule is None:
            return None
        entry = Entry(self, rule, self._event(asking, rule, notes), dict(notes))
        self.note(entry.event, rule)
        return entry

    def unknown(self, asking: Asking, problem: errors.ApiError, notes: Mapping[str, str]) -> None:
        """Note somebody who could not be authenticated: only that they were answered."""
        policy = self.state.policy
        rule = None if policy is None else policy.of(asking)
        if rule is not None:
            Entry(self, rule, self._event(asking, rule, notes), dict(notes)).unknown(problem)

    def _event(self, asking: Asking, rule: AuditRule, notes: Mapping[str, str]) -> AuditEvent:
        """What is known of a request when it comes, with what was noted of how its sender is known."""
        self.state.asked += 1
        now = self._now()
        id_ = self._server.entropy.uid("audit", self.state.asked)
        about = attrs.asdict(asking, recurse=False)
        notes = FrozenMap(notes)
        return AuditEvent(
            **about, level=rule.level, audit_id=id_, stage=RECEIVED, received=now, noted=now, annotations=notes
        )

    def note(self, event: AuditEvent, rule: AuditRule) -> None:
        """Write a line, unless its stage is omitted."""
        if event.stage not in rule.omitted:
            self.state.noted += 1
            self.state.events[self.state.noted] = attrs.evolve(event, noted=self._now())

    def verdict(self, user: User, attempt: rbac.Attempt) -> rbac.Verdict:
        """Whether a user may do something, and why."""
        return rbac.judged(self._server.desk, user, attempt)

    def _now(self) -> MicroTime:
        return MicroTime(round(self._server.clock.unix * 1_000_000))


def _listed(request: Request, found: Page) -> dict[str, Any]:
    """A list as it travels."""
    from .rest.options import list_metadata

    kind = request.resource.kind
    items = [codec.to_dict(item) for item in found.items]
    bare = [{key: value for key, value in each.items() if key not in ("kind", "apiVersion")} for each in items]
    head = {"kind": kind.list_kind, "apiVersion": kind.api_version, "metadata": list_metadata(kind, found)}
    return {**head, "items": bare}


def _status(request: Request, answer: Answer) -> dict[str, Any] | None:
    """The Status that is answered in place of an object: to who removes one, and to what is posted to be done."""
    if request.verb == "delete" and answer.gone and not request.resource.policy.returns_deleted:
        return deletion.status_of(request.resource, answer.obj)
    if request.subresource in ("binding", "eviction") or getattr(request.resource, "key", "") == "bindings":
        return deletion.DONE
    return None


def _is_object(value: Any) -> bool:
    """Whether what was answered is an object."""
    return isinstance(value, Struct | CustomObject)


def _shown(user: User) -> dict[str, Any]:
    extra = {key: list(values) for key, values in user.extra.items()}
    return _said({"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": extra})


def _said(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    return {key: value for key, value in document.items() if value not in ("", None, [], {})}
