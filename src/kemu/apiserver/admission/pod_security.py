"""PodSecurity: pods that violate what their namespace enforces are refused, and who makes others is warned.

What a namespace wants noted is noted if there is an audit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...objects import core
from ...objects.references import controller_of
from .. import failures
from ..pod_security import LevelVersion, policy_of, violation
from ..pod_security.levels import LEVELS
from ..request import Desk, Request
from .base import Plugin

IGNORED = frozenset({"exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"})
"""Subresources of pods that cannot make one less secure."""

KEY = "pod-security.kubernetes.io/"
"""How the keys begin of what is noted."""

MOST_PODS = 3000
"""How many pods of a namespace are looked at when its level changes."""

TEMPLATED = frozenset(
    {
        "cronjobs.batch",
        "daemonsets.apps",
        "deployments.apps",
        "jobs.batch",
        "podtemplates",
        "replicasets.apps",
        "replicationcontrollers",
        "statefulsets.apps",
    }
)
"""Kinds with a template of pods, whose writers are warned."""


class PodSecurity(Plugin):
    """What a namespace enforces and warns of."""

    name = "PodSecurity"
    resources = TEMPLATED | {"pods"}
    operations = frozenset({"CREATE", "UPDATE"})
    subresources = frozenset()
    guards = frozenset({"namespaces"})

    def validate(self, request: Request, desk: Desk) -> None:
        is_pod = request.resource.key == "pods"
        if request.subresource and (not is_pod or request.subresource in IGNORED):
            return
        obj = request.obj
        namespace: Any = desk.find(core.Namespace, None, request.namespace or obj.metadata.namespace)
        policy = policy_of(namespace.metadata.labels)
        if is_pod and request.old is not None and not _significant(obj, request.old):
            return
        pod = obj if is_pod else _template(obj)
        if pod is None or pod.spec is None:
            return
        annotations = pod.metadata.annotations
        if request.note is not None:
            if is_pod:
                request.note(f"{KEY}enforce-policy", str(policy.enforce))
            _, detail = violation(policy.audit, annotations, pod.spec)
            if detail:
                request.note(f"{KEY}audit-violations", f'would violate PodSecurity "{policy.audit}": {detail}')
        if is_pod:
            _, detail = violation(policy.enforce, annotations, pod.spec)
            if detail:
                why = f'violates PodSecurity "{policy.enforce}": {detail}'
                raise failures.forbidden(request.resource.kind, obj.metadata.name or "", why)
        if request.warn is not None:
            _, detail = violation(policy.warn, annotations, pod.spec)
            if detail:
                request.warn(f'would violate PodSecurity "{policy.warn}": {detail}')


def _template(obj: Any) -> Any:
    """The template of an object's pods."""
    if isinstance(obj, core.PodTemplate):
        return obj.template
    template = getattr(obj.spec, "template", None)
    job = getattr(obj.spec, "job_template", None)
    return template if job is None else job.spec.template


def _significant(new: Any, old: Any) -> bool:
    """Whether a pod gets another container or image."""
    for name in ("containers", "init_containers"):
        ours, theirs = getattr(new.spec, name), getattr(old.spec, name)
        if ours is not theirs and [each.image for each in ours] != [each.image for each in theirs]:
            return True
    had = {each.name: each.image for each in old.spec.ephemeral_containers}
    return any(had.get(each.name) != each.image for each in new.spec.ephemeral_containers)


class PodSecurityLabels(Plugin):
    """Labels name a level and a version; who sets a stricter level learns which pods violate it."""

    name = "PodSecurity"
    resources = frozenset({"namespaces"})
    operations = frozenset({"CREATE", "UPDATE"})

    def validate(self, request: Request, desk: Desk) -> None:
        new = policy_of(request.obj.metadata.labels)
        old = policy_of(request.old.metadata.labels) if request.old is not None else None
        if new.problems and (old is None or new.problems != old.problems):
            name = request.obj.metadata.name or ""
            raise failures.invalid(request.resource.kind, name, new.problems)
        if old is None or request.warn is None or not _stricter(new.enforce, old.enforce):
            return
        for text in _violated(request.obj.metadata.name, new.enforce, desk):
            request.warn(text)


def _stricter(new: LevelVersion, old: LevelVersion) -> bool:
    """Whether pods that were allowed may now be forbidden."""
    if new == old or new.level == "privileged":
        return False
    return new.minor != old.minor or LEVELS.index(new.level) > LEVELS.index(old.level)


def _violated(namespace: str, enforce: LevelVersion, desk: Desk) -> Iterator[str]:
    """What to tell of the pods that are there: of those of one controller, one stands for all as long as there are
    many."""
    pods = list(desk.list(core.Pod, namespace))
    first: list[Any] = []
    others: list[Any] = []
    seen: dict[str, None] = {}
    for pod in pods:
        owner = controller_of(pod)
        (others if owner is not None and owner.uid in seen else first).append(pod)
        if owner is not None:
            seen[owner.uid] = None
    ordered = (first + others)[:MOST_PODS]
    names: dict[str, list[str]] = {}
    for pod in ordered:
        reason, _ = violation(enforce, pod.metadata.annotations, pod.spec)
        if reason:
            names.setdefault(reason, []).append(pod.metadata.name)
    if len(ordered) < len(pods):
        count = f"{len(ordered)} of {len(pods)} existing pods"
        yield f"new PodSecurity enforce level only checked against the first {count}"
    if names:
        yield f'existing pods in namespace "{namespace}" violate the new PodSecurity enforce level "{enforce}"'
        yield from sorted(_told(names))


def _told(names: Mapping[str, list[str]]) -> Iterator[str]:
    for reason, pods in names.items():
        more = len(pods) - 1
        others = f" (and {more} other pod{'s' if more > 1 else ''})" if more else ""
        yield f"{min(pods)}{others}: {reason}"
