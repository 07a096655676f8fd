"""Delete pods that have devices with NoExecute taints which their claims do not put up with, or not for long.

Imitates  the device taint eviction controller of Kubernetes 1.36
Wakes on  Pod with claims; ResourceClaim that it has reserved; ResourceSlice with a device of those
Writes    Pod condition DisruptionTarget, Pod deletion, events
Differs   nothing known

DeviceTaintRules are not looked at: they are behind a feature gate that 1.36 leaves off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

import attrs

from ..kit import DONE, Api, Cache, Result, Wiring, key_of
from ..kit.indexes import Index
from ..kit.pod_control import disrupted, end
from ..objects import core, resource
from ..objects.pods import is_finished
from ..objects.tolerations import covers

COMPONENT = "device-taint-eviction"
REASON = "DeviceTaintManagerEviction"
MESSAGE = "Device Taint manager: deleting due to NoExecute taint"


@attrs.frozen
class Memory:
    """Of a pod: when it is to be deleted, in seconds since 1970; None where no deletion is planned."""

    due: float | None = None


def _results(claim: Any) -> Sequence[Any]:
    allocation = claim.status.allocation
    return () if allocation is None or allocation.devices is None else allocation.devices.results


def _device(result: Any) -> str:
    return f"{result.driver}/{result.pool}/{result.device}"


def _taints(piece: Any) -> dict[str, tuple[Any, ...]]:
    """The devices of a slice, with the taints that evict."""
    spec = piece.spec
    return {
        f"{spec.driver}/{spec.pool.name}/{each.name}": tuple([it for it in each.taints if it.effect == "NoExecute"])
        for each in spec.devices
    }


BY_USER = Index(
    "user", lambda claim: tuple([each.uid for each in claim.status.reserved_for]), attrgetter("status.reserved_for")
)
BY_DEVICE = Index("device", lambda claim: tuple(map(_device, _results(claim))), attrgetter("status.allocation"))
HOLDING = Index("device", lambda piece: tuple(_taints(piece)), attrgetter("spec"))
"""Claims by the uids of their pods and by their devices; slices by the devices that they list."""


def _of_pod(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    pod = new if new is not None else old
    return (key_of(pod),) if pod.spec.resource_claims and pod.spec.node_name else ()


def _of_claim(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    for claim in (old, new):
        if claim is not None:
            yield from _users(claim)


def _users(claim: Any) -> Iterator[str]:
    for user in claim.status.reserved_for:
        if user.resource == "pods" and not user.api_group:
            yield f"{claim.metadata.namespace}/{user.name}"


def _of_slice(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    """The pods that have a device of which other taints are said now."""
    before = {} if old is None else _taints(old)
    after = {} if new is None else _taints(new)
    for device in dict.fromkeys((*before, *after)):
        if before.get(device, ()) != after.get(device, ()):
            for claim in cache.indexed(resource.ResourceClaim, BY_DEVICE, device):
                yield from _users(claim)


WIRING = Wiring(
    "device-taint-eviction-controller",
    reconciles=core.Pod,
    changed=_of_pod,
    watches=((resource.ResourceClaim, _of_claim), (resource.ResourceSlice, _of_slice)),
    indexes=(
        (resource.ResourceClaim, BY_USER),
        (resource.ResourceClaim, BY_DEVICE),
        (resource.ResourceSlice, HOLDING),
    ),
    memory=Memory,
)


def reconcile(api: Api, cache: Cache, memory: Memory, key: str) -> Result:
    """Delete a pod whose time with its devices is over, or look again when it will be."""
    pod: Any = cache.get(core.Pod, key)
    if pod is None or pod.metadata.deletion_timestamp is not None or is_finished(pod):
        api.forget()
        return DONE
    results = [each for claim in _claims(cache, pod) for each in _results(claim)]
    due = decide([(_taints_of(cache, each), each.tolerations) for each in results], api.unix)
    if due is None:
        api.forget()
        if memory.due is not None:
            api.event(pod, "Normal", REASON, "Cancelling deletion")
        return DONE
    if due > api.unix:
        api.remember(Memory(due))
        return Result(after=due - api.unix)
    api.event(pod, "Normal", REASON, "Marking for deletion")
    end(api, pod, disrupted(api, pod, "DeletionByDeviceTaintManager", MESSAGE))
    api.forget()
    return DONE


def _claims(cache: Cache, pod: Any) -> Iterable[Any]:
    """The claims that this very pod has reserved."""
    return cache.indexed(resource.ResourceClaim, BY_USER, pod.metadata.uid)


def _taints_of(cache: Cache, result: Any) -> tuple[Any, ...]:
    """The taints that evict of a device, as the newest generation of its pool tells of it."""
    slices: Any = cache.indexed(resource.ResourceSlice, HOLDING, _device(result))
    newest = max(slices, key=lambda each: each.spec.pool.generation, default=None)
    return () if newest is None else _taints(newest)[_device(result)]


def decide(devices: Iterable[tuple[Sequence[Any], Sequence[Any]]], unix: float) -> float | None:
    """Pure: when a pod is to go, by the taints of each of its devices and what is tolerated of them; None for never.

    A toleration without an end ends the matter for its taint; of others the shortest counts, from when the taint came.
    """
    ends = []
    for taints, tolerations in devices:
        for taint in taints:
            covering = [each for each in tolerations if each.effect == "NoExecute" and covers(each, taint)]
            if any(each.toleration_seconds is None for each in covering):
                continue
            since = unix if taint.time_added is None else float(taint.time_added)
            ends.append(since + min((max(each.toleration_seconds, 0) for each in covering), default=0))
    return min(ends, default=None)
