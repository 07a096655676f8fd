"""The audit policy: which requests are noted, to which level and at which stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import attrs

from .. import errors
from ..objects.schema import camel
from .request import ConnectOptions, DeleteOptions, ForwardOptions, GetOptions, ListOptions, LogOptions, Request, User

API = "audit.k8s.io/v1"
LEVELS = ("None", "Metadata", "Request", "RequestResponse")
RECEIVED, STARTED, COMPLETE = STAGES = ("RequestReceived", "ResponseStarted", "ResponseComplete")
"""When something is noted. That a response has started is told of watches and followed logs, which go on."""


LOG = "log"
LASTING = (LOG, "exec", "attach", "portforward", "proxy")
"""Subresources whose answers take as long as they take."""


@attrs.frozen
class Asking:
    """What is known of a request before it is answered: who asks for what."""

    verb: str
    user: User
    uri: str
    """The path, with its query where there is one."""
    path: str = ""
    """Of a request that is about no resource."""
    agent: str = ""
    """Who asks, by their own words, or the component that does."""
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    """As the path has it: what is to be created is not named there."""

    @property
    def lasts(self) -> bool:
        """Whether the answer may go on for as long as somebody listens."""
        return self.verb in ("watch", "proxy") or self.subresource in LASTING


def asking_of(request: Request) -> Asking:
    """What is known of a request that has come to the door without HTTP."""
    if request.resource is None:
        return Asking(request.verb, request.user, request.path, request.path, request.actor)
    query = urlencode(sorted(_asked(request)))
    kind, namespace = request.resource.kind, (request.namespace or "") if request.resource.namespaced else ""
    name = "" if request.verb == "create" and not request.subresource else request.name
    parts = ["apis", kind.group, kind.version] if kind.group else ["api", kind.version]
    if namespace:
        parts += ["namespaces", namespace]
    uri = "/" + "/".join([*parts, kind.plural, *filter(None, (name, request.subresource))])
    uri = f"{uri}?{query}" if query else uri
    if request.resource.key == "namespaces":
        namespace = name  # which a namespace is in
    where = (kind.group, kind.version, kind.plural, request.subresource, namespace, name)
    return Asking(request.verb, request.user, uri, "", request.actor, *where)


def _asked(request: Request) -> Iterator[tuple[str, str]]:
    """What the query of a request says that has come without HTTP, as a client in Go would send it: the options of a
    deletion are no part of it, but which objects are meant is.
    """
    wanted = request.options
    if request.verb in ("create", "update", "patch"):
        if request.patch is not None and request.patch.form == "apply":
            yield "force", "true" if getattr(wanted, "force", False) else "false"
        if getattr(wanted, "dry_run", False):
            yield "dryRun", "All"
        if request.manager != request.actor.partition("/")[0]:
            yield "fieldManager", request.manager
    if isinstance(wanted, LogOptions | ConnectOptions | ForwardOptions):
        for field in attrs.fields(type(wanted)):
            value = getattr(wanted, field.name)
            for each in value if isinstance(value, tuple) else (value,) if value not in (None, "", False) else ():
                yield camel(field.name), "true" if each is True else str(each)
    if isinstance(wanted, ListOptions | DeleteOptions):
        for name, chosen in (("labelSelector", wanted.labels), ("fieldSelector", wanted.fields)):
            if chosen is not None and str(chosen):
                yield name, str(chosen)
    if isinstance(wanted, ListOptions):
        exact, least = wanted.revision, wanted.at_least
        if exact and not wanted.after:
            yield from (("resourceVersion", str(exact)), ("resourceVersionMatch", "Exact"))
        elif least:
            yield "resourceVersion", str(least)
        if wanted.limit:
            yield "limit", str(wanted.limit)
        if wanted.after:
            yield "continue", wanted.after
    elif isinstance(wanted, GetOptions) and wanted.at_least:
        yield "resourceVersion", str(wanted.at_least)


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

    def fits(self, asking: Asking) -> bool:
        """Whether the rule is for a request."""
        user = asking.user
        return (
            (not self.users or user.name in self.users)
            and (not self.groups or any(each in self.groups for each in user.groups))
            and (not self.verbs or asking.verb in self.verbs)
            and self._is_about(asking)
        )

    def _is_about(self, asking: Asking) -> bool:
        if not asking.resource:
            fitting = [each for each in self.paths if _path_fits(each, asking.path)]
            return bool(fitting) or not (self.paths or self.resources or self.namespaces)
        if self.namespaces and asking.namespace not in self.namespaces:
            return False
        if not self.resources:
            return not self.paths
        return any(_is_of(asking, *each) for each in self.resources)


@attrs.frozen
class AuditPolicy:
    """The rules, of which the first that fits counts; what none fits is not noted."""

    rules: tuple[AuditRule, ...]

    def of(self, asking: Asking) -> AuditRule | None:
        """The rule by which a request is noted, if it is."""
        found = next((rule for rule in self.rules if rule.fits(asking)), None)
        return None if found is None or found.level == "None" else found


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


def _is_of(asking: Asking, group: str, resources: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Whether a request is about one of some resources: `pods`, `pods/log`, `pods/*`, `*/log` or `*`."""
    plural, sub = asking.resource, asking.subresource
    if asking.group != group or (names and asking.name not in names):
        return False
    mine = (f"{plural}/{sub}", f"*/{sub}", f"{plural}/*") if sub else (plural,)
    return not resources or any(each in ("*", *mine) for each in resources)
