"""Devices that are claimed: what the server knows of claims, slices and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...objects import evolve
from ..cells import AGE, NAME, UNSET, cell, row
from ..policy import Policy
from .claim_status import status_changes, without_deallocated
from .device_rules import claim, claim_template, device_class, spec_stays
from .slice_rules import resource_slice, slice_stays, without_lists

if TYPE_CHECKING:
    from ..request import Desk


def _device_count(request: Any) -> int | None:
    return 1 if request.allocation_mode in (None, "ExactCount") else None


def _claim_state(obj: Any) -> str:
    words = []
    if obj.metadata.deletion_timestamp is not None:
        words.append("deleted")
    if obj.status.allocation is None:
        if obj.metadata.deletion_timestamp is None:
            words.append("pending")
    else:
        words.append("allocated")
        if obj.status.reserved_for:
            words.append("reserved")
    return ",".join(words)


def _requests(path: str) -> dict[str, Any]:
    """The defaults of the requests in a claim."""
    return {
        f"{path}.{request}.{field}": value
        for request in ("exactly", "firstAvailable[*]")
        for field, value in (("allocationMode", "ExactCount"), ("count", _device_count))
    }


DEVICE_CLASS = Policy(
    "deviceclasses.resource.k8s.io", generation=True, returns_deleted=True, rules=(device_class,), declared=False
)

RESOURCE_CLAIM = Policy(
    "resourceclaims.resource.k8s.io",
    returns_deleted=True,
    defaults=_requests("spec.devices.requests[*]"),
    declared=False,
    create_rules=(claim,),
    update=(spec_stays,),
    prepare_update=without_deallocated,
    status_update=(status_changes,),
    status_writes_metadata=False,
    cells=row(NAME, cell(_claim_state), AGE),
)

CLAIM_TEMPLATE = Policy(
    "resourceclaimtemplates.resource.k8s.io",
    returns_deleted=True,
    defaults=_requests("spec.spec.devices.requests[*]"),
    declared=False,
    rules=(claim_template,),
    update=(spec_stays,),
)


def _dated(piece: Any, desk: Desk) -> Any:
    """A taint of a device that does not say since when it is there is there from now on."""

    def dated(taint: Any) -> Any:
        return taint if taint.time_added is not None else evolve(taint, time_added=desk.stamp())

    devices = piece.spec.devices
    if all(taint.time_added is not None for device in devices for taint in device.taints):
        return piece
    changed = [evolve(each, taints=tuple(map(dated, each.taints))) for each in devices]
    return evolve(piece, spec=evolve(piece.spec, devices=tuple(changed)))


def _kept(piece: Any, desk: Desk) -> Any:
    return _dated(without_lists(piece), desk)


RESOURCE_SLICE = Policy(
    "resourceslices.resource.k8s.io",
    generation=True,
    prepare_create=_kept,
    prepare_update=lambda new, old, subresource, desk: _kept(new, desk),
    returns_deleted=True,
    declared=False,
    rules=(resource_slice,),
    update=(slice_stays,),
    selectable={"spec.nodeName": None, "spec.driver": None},
    cells=row(
        NAME,
        cell(lambda obj: obj.spec.node_name or UNSET),
        cell(lambda obj: obj.spec.driver),
        cell(lambda obj: obj.spec.pool.name),
        AGE,
    ),
)

POLICIES = (DEVICE_CLASS, RESOURCE_CLAIM, CLAIM_TEMPLATE, RESOURCE_SLICE)
