"""LimitRange: containers get the defaults of their namespace, and nothing is smaller or larger than it allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...objects import core, evolve
from ...objects.pod_resources import spec_totals
from ...values.frozen import EMPTY_MAP, FrozenMap
from ...values.quantity import Quantity
from .. import failures
from ..rbac import aggregate
from ..request import Desk, Request
from .base import Plugin

ANNOTATION = "kubernetes.io/limit-ranger"


class LimitRanger(Plugin):
    """Pods get default requests and limits; pods and claims stay within the limits of their namespace."""

    name = "LimitRanger"
    resources = frozenset({"pods", "persistentvolumeclaims"})
    operations = frozenset({"CREATE", "UPDATE"})
    subresources = frozenset({"", "resize"})
    guards = frozenset({"limitranges"})

    def admit(self, request: Request, desk: Desk) -> Any:
        pod = request.obj
        if request.resource.key != "pods" or not _looked_at(request):
            return pod
        for limit_range in _ranges(request, desk):
            pod = _with_defaults(pod, limit_range)
        return pod

    def validate(self, request: Request, desk: Desk) -> None:
        if not _looked_at(request):
            return
        judge = _pod_problems if request.resource.key == "pods" else _claim_problems
        for limit_range in _ranges(request, desk):
            problems = list(judge(limit_range.spec.limits, request.obj))
            if problems:
                name = request.obj.metadata.name or ""
                raise failures.forbidden(request.resource.kind, name, aggregate(problems))


def _looked_at(request: Request) -> bool:
    """New pods and claims, pods that are resized, and claims that change; nothing that is on its way out."""
    if request.operation == "UPDATE":
        if request.old.metadata.deletion_timestamp is not None:
            return False
        return (request.resource.key == "pods") == (request.subresource == "resize")
    return not request.subresource


def _ranges(request: Request, desk: Desk) -> list[Any]:
    """The limit ranges of a namespace, by name."""
    namespace = request.namespace or request.obj.metadata.namespace
    return sorted(desk.holders(core.LimitRange, _namespace).under((namespace,)), key=_name)


def _namespace(limit_range: Any) -> tuple[tuple[str, ...], ...]:
    return ((limit_range.metadata.namespace,),)


def _name(limit_range: Any) -> str:
    return str(limit_range.metadata.name)


# Defaults


def _with_defaults(pod: Any, limit_range: Any) -> Any:
    """A pod whose containers have what they leave out, and an annotation that says so."""
    limits: dict[str, Quantity] = {}
    requests: dict[str, Quantity] = {}
    for limit in limit_range.spec.limits:
        if limit.type == "Container":
            limits |= limit.default
            requests |= limit.default_request
    if not limits and not requests:
        return pod
    said: list[str] = []
    changes = {
        f"spec.{field}": tuple(_completed(container, kind, requests, limits, said) for container in containers)
        for field, kind, containers in (
            ("containers", "container", pod.spec.containers),
            ("init_containers", "init container", pod.spec.init_containers),
        )
    }
    if not said:
        return pod
    annotations = {**pod.metadata.annotations, ANNOTATION: f"LimitRanger plugin set: {'; '.join(said)}"}
    return evolve(pod, {**changes, "metadata.annotations": FrozenMap(annotations)})


def _completed(
    container: Any, kind: str, requests: dict[str, Quantity], limits: dict[str, Quantity], said: list[str]
) -> Any:
    """A container with the requests and limits that it leaves out; what was set is added to what is said."""
    resources, changes = container.resources, {}
    for part, what, defaults in (("requests", "request", requests), ("limits", "limit", limits)):
        own = getattr(resources, part)
        missing = sorted(name for name in defaults if name not in own)
        if missing:
            said.append(f"{', '.join(missing)} {what} for {kind} {container.name}")
            changes[f"resources.{part}"] = FrozenMap({**own, **{name: defaults[name] for name in missing}})
    return evolve(container, changes) if changes else container


# Limits


def _pod_problems(limits: Iterable[Any], pod: Any) -> Iterator[str]:
    for limit in limits:
        if limit.type == "Container":
            for container in (*pod.spec.containers, *pod.spec.init_containers):
                yield from _problems(limit, container.resources.requests, container.resources.limits)
        elif limit.type == "Pod":
            asked, allowed = (FrozenMap(spec_totals(pod.spec, part)) for part in ("requests", "limits"))
            yield from _problems(limit, asked, allowed)


def _claim_problems(limits: Iterable[Any], claim: Any) -> Iterator[str]:
    requests = claim.spec.resources.requests if claim.spec.resources is not None else EMPTY_MAP
    for limit in limits:
        if limit.type != "PersistentVolumeClaim":
            continue
        for name in sorted(limit.min):
            yield from _too_small(limit.type, name, limit.min[name], requests, EMPTY_MAP)
        for name in sorted(limit.max):
            most, asked = limit.max[name], requests.get(name)
            start = f"maximum {name} usage per {limit.type} is {most}"
            if asked is None:
                yield f"{start}.  No request is specified"
            elif asked > most:
                yield f"{start}, but request is {asked}"


def _problems(limit: Any, requests: Any, limits: Any) -> Iterator[str]:
    for name in sorted(limit.min):
        yield from _too_small(limit.type, name, limit.min[name], requests, limits)
    for name in sorted(limit.max):
        yield from _too_large(limit.type, name, limit.max[name], requests, limits)
    for name in sorted(limit.max_limit_request_ratio):
        yield from _too_far_apart(limit.type, name, limit.max_limit_request_ratio[name], requests, limits)


def _too_small(kind: str, name: str, least: Quantity, requests: Any, limits: Any) -> Iterator[str]:
    asked, most = requests.get(name), limits.get(name)
    start = f"minimum {name} usage per {kind} is {least}"
    if asked is None:
        yield f"{start}.  No request is specified"
    elif asked < least:
        yield f"{start}, but request is {asked}"
    elif most is not None and most < least:
        yield f"{start}, but limit is {most}"


def _too_large(kind: str, name: str, most: Quantity, requests: Any, limits: Any) -> Iterator[str]:
    asked, limit = requests.get(name), limits.get(name)
    start = f"maximum {name} usage per {kind} is {most}"
    if limit is None:
        yield f"{start}.  No limit is specified"
    elif limit > most:
        yield f"{start}, but limit is {limit}"
    elif asked is not None and asked > most:
        yield f"{start}, but request is {asked}"


def _too_far_apart(kind: str, name: str, ratio: Quantity, requests: Any, limits: Any) -> Iterator[str]:
    asked, limit = requests.get(name), limits.get(name)
    start = f"{name} max limit to request ratio per {kind} is {ratio}"
    if not asked:
        yield f"{start}, but no request is specified or request is 0"
    elif not limit:
        yield f"{start}, but no limit is specified or limit is 0"
    elif limit.nanos > asked.nanos * float(ratio):
        yield f"{start}, but provided ratio is {limit.nanos / asked.nanos:f}"
