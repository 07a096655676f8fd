"""What is asked of the status of a Pod beside what may change of it: that it tells of what the pod has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ....objects import evolve
from ....values import names
from ...failures import FieldError, duplicate, forbidden_field, invalid_value, not_supported, required, too_long

PLAIN = frozenset(("PodScheduled", "Ready", "Initialized", "ContainersReady", "PodReadyToStartContainers"))
"""Conditions that need no look at their names."""

HEALTH = ("Healthy", "Unhealthy", "Unknown")
HEALTH_MESSAGE_MAX = 1024
ID_MAX = 2**31 - 1
NOT_NEGATIVE = "must be a non-negative integer"
OF_CLAIM = (
    "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or "
    "'claim:<claimName>' if request is empty"
)
OF_REQUESTS = "must match one of the container's resource requests"
IN_CONTAINERS = "must match the name of an entry in spec.initContainers.name or spec.containers.name"
IN_REQUESTS = (
    "must match the extended resource name of an entry in spec.initContainers.resources.requests or "
    "spec.containers.resources.requests"
)


def part_kept(new: Any, old: Any) -> Any:
    """A Pod whose status has the class of service and the generations that it had, where it leaves them out."""
    status, had = new.status, old.status
    if status is had:
        return new
    changes: dict[str, Any] = {}
    if not status.qos_class:
        changes["qos_class"] = had.qos_class
    if not status.observed_generation and had.observed_generation:
        changes["observed_generation"] = had.observed_generation
    if status.conditions is not had.conditions:
        known = _with_generations(status.conditions, had.conditions)
        if known is not None:
            changes["conditions"] = known
    return evolve(new, status=evolve(status, **changes)) if changes else new


def _with_generations(conditions: Sequence[Any], before: Sequence[Any]) -> tuple[Any, ...] | None:
    """Conditions with the generations that they had, one after the other of a type; None if they have them all."""
    had: dict[str, list[int]] = {}
    for condition in before:
        if condition.observed_generation:
            had.setdefault(condition.type, []).append(condition.observed_generation)
    if not had or all(each.observed_generation for each in conditions):
        return None
    found: list[Any] = []
    for condition in conditions:
        known = had.get(condition.type)
        generation = known.pop(0) if known else None
        if generation and not condition.observed_generation:
            condition = evolve(condition, observed_generation=generation)
        found.append(condition)
    return tuple(found)


def conditions(values: Sequence[Any]) -> Iterator[FieldError]:
    """The conditions of a pod, whose own may be of any name."""
    for index, condition in enumerate(values):
        where = f"status.conditions[{index}]"
        if condition.observed_generation and condition.observed_generation < 0:
            yield invalid_value(f"{where}.observedGeneration", condition.observed_generation, NOT_NEGATIVE)
        if condition.type not in PLAIN:
            for text in names.is_qualified_name(condition.type or ""):
                yield invalid_value(f"{where}.Type", condition.type or "", text)


def claims(status: Any, spec: Any) -> Iterator[FieldError]:
    """The claims that were made for a pod are those that it asks for."""
    asked, seen = {claim.name for claim in spec.resource_claims}, set[str]()
    for index, made in enumerate(status.resource_claim_statuses):
        where = f"status.resourceClaimStatuses[{index}]"
        if made.name not in asked:
            text = "must match the name of an entry in `spec.resourceClaims`"
            yield invalid_value(f"{where}.name", made.name, text)
        if made.name in seen:
            yield duplicate(f"{where}.name", made.name)
        seen.add(made.name)
        if made.resource_claim_name is not None:
            for text in names.is_dns1123_subdomain(made.resource_claim_name):
                yield invalid_value(f"{where}.resourceClaimName", made.resource_claim_name, text)
    if status.extended_resource_claim_status is not None:
        yield from _extended(status.extended_resource_claim_status, spec)


def _extended(made: Any, spec: Any) -> Iterator[FieldError]:
    """The claim that stands for extended resources, and which request of it for which."""
    where = "status.extendedResourceClaimStatus"
    containers = {container.name: container for container in (*spec.init_containers, *spec.containers)}
    if not made.request_mappings:
        yield required(f"{where}.requestMappings", "at least one request mapping is required")
    seen: set[tuple[str, str, str]] = set()
    for index, each in enumerate(made.request_mappings):
        here, container = f"{where}.requestMappings[{index}]", containers.get(each.container_name)
        if container is None:
            yield invalid_value(f"{here}.containerName", each.container_name, IN_CONTAINERS)
        elif each.resource_name not in (container.resources.requests if container.resources else ()):
            yield invalid_value(f"{here}.resourceName", each.resource_name, IN_REQUESTS)
        for text in names.is_dns1123_label(each.request_name):
            yield invalid_value(f"{where}.requestName", each.request_name, text)
        key = (each.container_name, each.resource_name, each.request_name)
        if key in seen:
            for field, value in zip(("containerName", "resourceName", "requestName"), key, strict=True):
                yield duplicate(f"{here}.{field}", value)
        seen.add(key)
    if not made.resource_claim_name:
        yield required(f"{where}.resourceClaimName")
    else:
        for text in names.is_dns1123_subdomain(made.resource_claim_name):
            yield invalid_value(f"{where}.resourceClaimName", made.resource_claim_name, text)


def users(where: str, statuses: Sequence[Any], windows: bool) -> Iterator[FieldError]:
    """As whom the containers of a kind run."""
    for index, status in enumerate(statuses):
        if status.user is None or status.user.linux is None:
            continue
        here, user = f"{where}[{index}].user.linux", status.user.linux
        if windows:
            yield forbidden_field(here, "cannot be set for a windows pod")
            continue
        groups = [(f"supplementalGroups[{number}]", group) for number, group in enumerate(user.supplemental_groups)]
        for field, value in (("uid", user.uid), ("gid", user.gid), *groups):
            if not 0 <= (value or 0) <= ID_MAX:
                yield invalid_value(f"{here}.{field}", value, names.out_of_range(0, ID_MAX))


def devices(where: str, statuses: Sequence[Any], containers: Sequence[Any] | None) -> Iterator[FieldError]:
    """The health of the devices of containers of a kind, which have asked for them; with None they have none."""
    for index, status in enumerate(statuses):
        if not status.allocated_resources_status:
            continue
        here = f"{where}[{index}].allocatedResourcesStatus"
        if containers is None:
            yield forbidden_field(here, "must not be specified in container status")
            continue
        container = next((each for each in containers if each.name == status.name), None)
        for number, allocated in enumerate(status.allocated_resources_status):
            if container is not None:
                yield from _asked(f"{here}[{number}].name", allocated.name, container.resources)
            yield from _health(f"{here}[{number}].resources", allocated.resources)


def _asked(where: str, name: str, resources: Any) -> Iterator[FieldError]:
    """The name of what a container has asked for."""
    if name.startswith("claim:"):
        asked = resources.claims if resources is not None else ()
        known = {f"claim:{claim.name}/{claim.request}" if claim.request else f"claim:{claim.name}" for claim in asked}
        if name not in known:
            yield invalid_value(where, name, OF_CLAIM)
    elif name not in (resources.requests if resources is not None else ()):
        yield invalid_value(where, name, OF_REQUESTS)


def _health(where: str, resources: Sequence[Any]) -> Iterator[FieldError]:
    seen: set[str] = set()
    for index, device in enumerate(resources):
        here = f"{where}[{index}]"
        if device.health not in HEALTH:
            yield not_supported(f"{here}.health", device.health or "", HEALTH)
        if device.message is not None:
            if not device.message:
                yield required(f"{here}.message", "must be non-empty if specified")
            elif len(device.message.encode()) > HEALTH_MESSAGE_MAX:
                yield too_long(f"{here}.message", HEALTH_MESSAGE_MAX)
        if device.resource_id in seen:
            yield duplicate(f"{here}.resourceID", device.resource_id)
        seen.add(device.resource_id)
