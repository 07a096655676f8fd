"""What may change of a Pod, and through which door.

Nearly all of a Pod's specification never changes. `ephemeralcontainers` only adds containers to look at the others,
`resize` only changes how much cpu and memory containers get: whatever else such a write brings is left aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....objects import core, evolve
from ....values.names import out_of_range
from ...failures import FieldError, forbidden_field, invalid_inside, invalid_value, required
from ...inner import changes, inside
from ...rows import below
from ...updates import IMMUTABLE
from . import status_rules
from .container_rules import untrimmed
from .qos import COUNTED, class_of

RESIZED = ("containers", "init_containers")

MUTABLE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def pod_changes(new: Any, old: Any) -> Iterator[FieldError]:
    """Nearly all of a Pod's specification never changes."""
    before, after = old.spec, new.spec
    for name, now, was in (
        ("containers", after.containers, before.containers),
        ("initContainers", after.init_containers, before.init_containers),
    ):
        if len(now) != len(was):
            yield forbidden_field(f"spec.{name}", "pod updates may not add or remove containers")
            return
        yield from _images(now, f"spec.{name}")
    problem = _deadline(after.active_deadline_seconds, before.active_deadline_seconds)
    if problem is not None:
        yield problem
        if after.active_deadline_seconds is not None:
            return
    yield from _tolerations(after.tolerations, before.tolerations)
    had = {gate.name for gate in before.scheduling_gates}
    for index, gate in enumerate(after.scheduling_gates):
        if gate.name not in had:
            text = f"only deletion is allowed, but found new scheduling gate '{gate.name}'"
            yield forbidden_field(f"spec.schedulingGates[{index}].name", text)
    if after == before:
        return
    munged = _munged(after, before)
    if before.scheduling_gates:
        yield from _placed(after, before)
        munged = _placed_as(munged, before)
    if munged != before:
        yield forbidden_field("spec", f"{MUTABLE}\n{changes(inside(before, before), inside(munged, before))}")


def _images(containers: Any, where: str) -> Iterator[FieldError]:
    for index, container in enumerate(containers):
        if not container.image:
            yield required(f"{where}[{index}].image")
        yield from below(f"{where}[{index}]", untrimmed(container))


def _deadline(now: int | None, was: int | None) -> FieldError | None:
    """A deadline comes, and comes nearer."""
    where = "spec.activeDeadlineSeconds"
    if now is None:
        text = "must not update from a positive integer to nil value"
        return None if was is None else invalid_value(where, None, text)
    if not 0 <= now < 2**31:
        return invalid_value(where, now, out_of_range(0, 2**31 - 1))
    if was is not None and was < now:
        return invalid_value(where, now, "must be less than or equal to previous value")
    return None


def _tolerations(now: Any, was: Any) -> Iterator[FieldError]:
    """Tolerations are added; one that is there changes in nothing but its seconds."""
    if now is was or now[: len(was)] == was:
        return
    has = {evolve(toleration, toleration_seconds=None) for toleration in now}
    if not all(evolve(toleration, toleration_seconds=None) in has for toleration in was):
        text = "existing toleration can not be modified except its tolerationSeconds"
        yield forbidden_field("spec.tolerations", text)


def _munged(after: Any, before: Any) -> Any:
    """The specification as it is now, with what may change as it was."""
    grace = after.termination_grace_period_seconds
    return evolve(
        after,
        containers=_with_images(after.containers, before.containers),
        init_containers=_with_images(after.init_containers, before.init_containers),
        active_deadline_seconds=before.active_deadline_seconds,
        tolerations=before.tolerations,
        scheduling_gates=before.scheduling_gates,
        termination_grace_period_seconds=before.termination_grace_period_seconds
        if grace == 1 and (before.termination_grace_period_seconds or 0) < 0
        else grace,
    )


def _with_images(after: Any, before: Any) -> tuple[Any, ...]:
    return tuple(evolve(new, image=old.image) for new, old in zip(after, before, strict=True))


# Where a Pod that is held back may go


def _placed(after: Any, before: Any) -> Iterator[FieldError]:
    """While a Pod is held back, what it asks of its node only becomes narrower."""
    was, now = before.node_selector, after.node_selector
    if any(now.get(key) != value for key, value in was.items()):
        text = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
        yield invalid_value("spec.nodeSelector", now, text)
    had, has = _terms(before), _terms(after)
    where = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
    if had and len(had) != len(has):
        text = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        yield invalid_inside(where, has, text)
        return
    for index, (one, other) in enumerate(zip(has, had, strict=False)):
        if not _only_more(one, other):
            text = "only additions are allowed (no mutations or deletions)"
            yield invalid_inside(f"{where}[{index}]", one, text)


def _terms(spec: Any) -> tuple[Any, ...]:
    node = spec.affinity.node_affinity if spec.affinity is not None else None
    selector = node.required_during_scheduling_ignored_during_execution if node is not None else None
    found: tuple[Any, ...] = selector.node_selector_terms if selector is not None else ()
    return found


def _only_more(now: Any, was: Any) -> bool:
    if not was.match_expressions and not was.match_fields:
        return not now.match_expressions and not now.match_fields
    same = [
        getattr(now, name)[: len(getattr(was, name))] == getattr(was, name)
        for name in ("match_expressions", "match_fields")
    ]
    return all(same)


def _placed_as(munged: Any, before: Any) -> Any:
    """The specification with the node selector and the node affinity as they were."""
    had = before.affinity.node_affinity if before.affinity is not None else None
    affinity = munged.affinity
    if affinity is None:
        affinity = None if had is None else evolve(before.affinity, pod_affinity=None, pod_anti_affinity=None)
    elif before.affinity is None and affinity.pod_affinity is None and affinity.pod_anti_affinity is None:
        affinity = None
    else:
        affinity = evolve(affinity, node_affinity=had)
    return evolve(munged, node_selector=before.node_selector, affinity=affinity)


# Through other doors


def part_written(new: Any, old: Any, subresource: str) -> Any:
    """The Pod as this subresource may change it."""
    written = {"metadata.managed_fields": new.metadata.managed_fields}
    if subresource == "ephemeralcontainers":
        written["spec.ephemeral_containers"] = new.spec.ephemeral_containers
    elif subresource == "resize":
        if any(len(getattr(new.spec, kind)) != len(getattr(old.spec, kind)) for kind in RESIZED):
            return new
        written |= {f"spec.{kind}": _resized(getattr(new.spec, kind), getattr(old.spec, kind)) for kind in RESIZED}
        written["spec.resources"] = new.spec.resources
    else:
        return new
    return evolve(old, written)


def _resized(after: Any, before: Any) -> tuple[Any, ...]:
    """The containers with the resources that they are to have; the new ones as they are if they are others."""
    if [container.name for container in after] != [container.name for container in before]:
        return tuple(after)
    return tuple(
        [
            evolve(container, resources=wanted.resources, resize_policy=wanted.resize_policy)
            for wanted, container in zip(after, before, strict=True)
        ]
    )


def ephemeral_changes(new: Any, old: Any) -> Iterator[FieldError]:
    """Ephemeral containers are added; none is taken away or becomes another."""
    now = {container.name: container for container in new.spec.ephemeral_containers}
    for container in old.spec.ephemeral_containers:
        what = f'existing ephemeral containers "{container.name}" may not be'
        if container.name not in now:
            yield forbidden_field("spec.ephemeralContainers", f"{what} removed\n")
        elif now[container.name] != container:
            text = changes(inside(container, container), inside(now[container.name], container))
            yield forbidden_field("spec.ephemeralContainers", f"{what} changed\n{text}")


def resize_changes(new: Any, old: Any) -> Iterator[FieldError]:
    """Cpu and memory of containers change; the class of service does not, and nothing that is set becomes unset."""
    was = old.status.qos_class or class_of(old.spec)
    if class_of(new.spec) != was:
        yield invalid_value("spec", was, "Pod QOS Class may not change as a result of resizing")
    running = [status for status in old.status.container_statuses if status.state.running is not None]
    if running and running[0].resources is None:
        yield forbidden_field("spec", "Pod running on node without support for resize")
    yield from _whole_resized(new.spec.resources, old.spec.resources)
    others = [*_other_containers(new.spec, old.spec)]
    if others:
        yield from others
        return
    for name, after, before in (
        ("initContainers", new.spec.init_containers, old.spec.init_containers),
        ("containers", new.spec.containers, old.spec.containers),
    ):
        for index, (now, had) in enumerate(zip(after, before, strict=True)):
            for part in _removed(now.resources, had.resources):
                where = f"spec.{name}[{index}].resources.{part}"
                yield forbidden_field(where, f"resource {part} cannot be removed")
    for now, had in zip(new.spec.containers, old.spec.containers, strict=True):
        if _others(now) != _others(had):
            yield forbidden_field("spec", "only cpu and memory resources are mutable")
    for index, (now, had) in enumerate(zip(new.spec.init_containers, old.spec.init_containers, strict=True)):
        where = f"spec.initContainers[{index}]"
        if _others(now) != _others(had):
            yield forbidden_field(where, "only cpu and memory resources for init or sidecar containers are mutable")
        restarts = [policy for policy in now.resize_policy if policy.restart_policy == "RestartContainer"]
        if now != had and now.restart_policy != "Always" and restarts:
            text = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized"
            yield forbidden_field(where, text)


def _removed(now: Any, had: Any) -> Iterator[str]:
    """Which of the requests and limits no longer have all that they had."""
    for part in ("requests", "limits"):
        if any(key not in getattr(now, part) for key in getattr(had, part)):
            yield part


def _whole_resized(now: Any, had: Any) -> Iterator[FieldError]:
    """What a pod asks for as a whole changes as its containers do."""
    empty = core.ResourceRequirements()
    if now in (None, empty) and had in (None, empty):
        return
    if now is None:
        yield forbidden_field("spec.resources", "pod-level resources cannot be removed")
        return
    for part in _removed(now, had or empty):
        yield forbidden_field(f"spec.resources.{part}", f"pod-level resource {part} cannot be removed")
    if now.claims != (had or empty).claims or _uncounted(now) != _uncounted(had or empty):
        yield forbidden_field("spec", "only cpu and memory resources are mutable at pod-level")


def _other_containers(new: Any, old: Any) -> Iterator[FieldError]:
    """The containers stay the same, in their order."""
    for name, after, before in (
        ("containers", new.containers, old.containers),
        ("initContainers", new.init_containers, old.init_containers),
    ):
        if len(after) != len(before):
            yield forbidden_field(f"spec.{name}", f"{name} may not be added or removed on resize")
            continue
        for index, (now, had) in enumerate(zip(after, before, strict=True)):
            if now.name != had.name:
                yield forbidden_field(f"spec.{name}[{index}].name", f"{name} may not be renamed or reordered on resize")


def _others(container: Any) -> Any:
    """What a container has of anything but cpu and memory."""
    return [container.resize_policy, *_uncounted(container.resources)]


def _uncounted(resources: Any) -> list[Any]:
    """The requests and limits of anything but cpu and memory."""
    return [
        {name: amount for name, amount in amounts.items() if name not in COUNTED}
        for amounts in (resources.requests, resources.limits)
    ]


# The status


def status_changes(new: Any, old: Any) -> Iterator[FieldError]:
    """What a status says fits together, its class of service stays, and what has ended has ended."""
    status, had, spec = new.status, old.status, new.spec
    if status.conditions is not had.conditions:
        yield from status_rules.conditions(status.conditions)
    where = "status.nominatedNodeName"
    if status.nominated_node_name and status.nominated_node_name != had.nominated_node_name and old.spec.node_name:
        yield forbidden_field(where, "may not be set on pods that are already bound to a node")
    if status.qos_class != had.qos_class:
        yield invalid_value("status.qosClass", status.qos_class, IMMUTABLE)
    mains, inits, ephemeral = (
        status.container_statuses,
        status.init_container_statuses,
        status.ephemeral_container_statuses,
    )
    for name, now, was, containers in (
        ("containerStatuses", mains, had.container_statuses, old.spec.containers),
        ("initContainerStatuses", inits, had.init_container_statuses, old.spec.init_containers),
        ("ephemeralContainerStatuses", ephemeral, had.ephemeral_container_statuses, ()),
    ):
        if now is not was:
            yield from _stays_ended(f"status.{name}", now, was, containers, old.spec)
    if status.resource_claim_statuses or status.extended_resource_claim_status is not None:
        yield from status_rules.claims(status, spec)
    if status.host_ips and (status.host_ips is not had.host_ips or status.host_ip != had.host_ip):
        first = status.host_ips[0].ip or ""
        if first != (status.host_ip or ""):
            yield invalid_value("status.hostIPs[0].ip", first, "must be equal to `hostIP`")
    windows = spec.os is not None and spec.os.name == "windows"
    for name, now, was, asking in (
        ("containerStatuses", mains, had.container_statuses, spec.containers),
        ("initContainerStatuses", inits, had.init_container_statuses, spec.init_containers),
        ("ephemeralContainerStatuses", ephemeral, had.ephemeral_container_statuses, None),
    ):
        if now is not was:
            yield from status_rules.users(f"status.{name}", now, windows)
            yield from status_rules.devices(f"status.{name}", now, asking)


def _stays_ended(where: str, now: Any, was: Any, containers: Any, spec: Any) -> Iterator[FieldError]:
    """A container that has ended only runs again if it is to be restarted."""
    by_name = {status.name: status for status in reversed(now)}
    known = {container.name: container for container in containers}
    if containers and _restarts_all(spec):
        return
    for index, before in enumerate(was):
        after = by_name.get(before.name)
        if before.state.terminated is None or after is None or after.state.terminated is not None:
            continue
        container = known.get(before.name)
        if container is None or not restarts(container, spec, before.state.terminated.exit_code):
            yield forbidden_field(f"{where}[{index}].state", "may not be transitioned to non-terminated state")


def _restarts_all(spec: Any) -> bool:
    """Whether a container that ends may restart all of its pod."""
    return any(
        rule.action == "RestartAllContainers"
        for container in (*spec.init_containers, *spec.containers)
        for rule in container.restart_policy_rules
    )


def restarts(container: Any, spec: Any, exit_code: int) -> bool:
    """Whether a container that has ended with this code starts again, by its own rules or its pod's policy."""
    for rule in container.restart_policy_rules:
        codes = rule.exit_codes
        if codes is not None and (exit_code in codes.values) is (codes.operator == "In"):
            return rule.action in ("Restart", "RestartAllContainers")
    policy = container.restart_policy or spec.restart_policy
    return bool(policy == "Always" or (policy == "OnFailure" and exit_code))
