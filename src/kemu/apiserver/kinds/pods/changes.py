"""What may change of a Pod, and through which door.

Nearly all of a Pod's specification never changes. `ephemeralcontainers` only adds containers to look at the others,
`resize` only changes how much cpu and memory containers get: whatever else such a write brings is left aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....objects import evolve
from ...failures import FieldError, forbidden_field, invalid_value
from ...updates import IMMUTABLE
from .qos import COUNTED, class_of

MUTABLE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def pod_changes(new: Any, old: Any) -> Iterator[FieldError]:
    """Nearly all of a Pod's specification never changes."""
    before, after = old.spec, new.spec
    if len(after.containers) != len(before.containers):
        yield forbidden_field("spec.containers", "pod updates may not add or remove containers")
        return
    if len(after.init_containers) != len(before.init_containers):
        yield forbidden_field("spec.initContainers", "pod updates may not add or remove containers")
        return
    if after.tolerations[: len(before.tolerations)] != before.tolerations:
        text = "existing toleration can not be modified except its tolerationSeconds"
        yield forbidden_field("spec.tolerations", text)
        return
    had = {gate.name for gate in before.scheduling_gates}
    if not all(gate.name in had for gate in after.scheduling_gates):
        yield forbidden_field("spec.schedulingGates", "only deletion is allowed, but found new scheduling gate")
    merged = evolve(
        after,
        containers=_with_images(after.containers, before.containers),
        init_containers=_with_images(after.init_containers, before.init_containers),
        active_deadline_seconds=before.active_deadline_seconds,
        tolerations=before.tolerations,
        scheduling_gates=before.scheduling_gates,
        node_name=before.node_name if before.node_name is None else after.node_name,
    )
    if merged != before:
        yield forbidden_field("spec", MUTABLE)


def _with_images(after: Any, before: Any) -> tuple[Any, ...]:
    return tuple(evolve(new, image=old.image) for new, old in zip(after, before, strict=True))


def no_ephemeral(pod: Any) -> Iterator[FieldError]:
    """Ephemeral containers come later, to a Pod that is there."""
    if pod.spec.ephemeral_containers:
        yield forbidden_field("spec.ephemeralContainers", "cannot be set on create")


def part_written(new: Any, old: Any, subresource: str) -> Any:
    """The Pod as this subresource may change it."""
    changes = {"metadata.managed_fields": new.metadata.managed_fields}
    if subresource == "ephemeralcontainers":
        changes["spec.ephemeral_containers"] = new.spec.ephemeral_containers
    elif subresource == "resize":
        for kind in ("containers", "init_containers"):
            changes[f"spec.{kind}"] = _resized(getattr(new.spec, kind), getattr(old.spec, kind))
    else:
        return new
    return evolve(old, changes)


def _resized(after: Any, before: Any) -> tuple[Any, ...]:
    wanted = {container.name: container for container in after}
    return tuple(
        [
            evolve(
                container,
                resources=wanted[container.name].resources,
                resize_policy=wanted[container.name].resize_policy,
            )
            if container.name in wanted
            else container
            for container in before
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
            yield forbidden_field("spec.ephemeralContainers", f"{what} changed\n")


def resize_changes(new: Any, old: Any) -> Iterator[FieldError]:
    """Cpu and memory of containers change; the class of service does not, and nothing that is set becomes unset."""
    was = old.status.qos_class or class_of(old.spec)
    if class_of(new.spec) != was:
        yield invalid_value("spec", was, "Pod QOS Class may not change as a result of resizing")
    found = False
    for index, (after, before) in enumerate(zip(new.spec.containers, old.spec.containers, strict=True)):
        for name in ("requests", "limits"):
            had, has = getattr(before.resources, name), getattr(after.resources, name)
            if any(key in COUNTED and key not in has for key in had):
                found = True
                where = f"spec.containers[{index}].resources.{name}"
                yield forbidden_field(where, f"resource {name} cannot be removed")
    if not found and any(
        _others(after) != _others(before)
        for after, before in zip(
            (*new.spec.containers, *new.spec.init_containers),
            (*old.spec.containers, *old.spec.init_containers),
            strict=True,
        )
    ):
        yield forbidden_field("spec", "only cpu and memory resources are mutable")


def _others(container: Any) -> Any:
    """What a container has of anything but cpu and memory."""
    resources = container.resources
    return [
        {name: amount for name, amount in amounts.items() if name not in COUNTED}
        for amounts in (resources.requests, resources.limits)
    ]


def status_changes(new: Any, old: Any) -> Iterator[FieldError]:
    """What a status says fits together, and its class of service stays."""
    status = new.status
    if status.qos_class != old.status.qos_class:
        yield invalid_value("status.qosClass", status.qos_class, IMMUTABLE)
    if status.host_ips and status.host_ips is not old.status.host_ips:
        first = status.host_ips[0].ip or ""
        if first != (status.host_ip or ""):
            yield invalid_value("status.hostIPs[0].ip", first, "must be equal to `hostIP`")
