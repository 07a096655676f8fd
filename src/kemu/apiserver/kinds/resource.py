"""Devices that are claimed: what the server knows of claims, slices and classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ...objects import core, evolve
from ..cells import AGE, NAME, UNSET, cell, row
from ..failures import FieldError, forbidden_field
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


ADMIN = "resource.kubernetes.io/admin-access"
"""The label of namespaces in which devices may be claimed that others use."""


def _asked_as_admin(spec: Any) -> Iterator[str]:
    """Where a new claim wants to look after devices that others use."""
    for index, request in enumerate(spec.devices.requests if spec.devices is not None else ()):
        if request.exactly is not None and request.exactly.admin_access:
            yield f"spec.devices.requests[{index}].adminAccess"


def _given_as_admin(claim: Any) -> Iterator[str]:
    """Where a claim is said to have got devices that others use."""
    allocation = claim.status.allocation if claim.status is not None else None
    for index, result in enumerate(allocation.devices.results if allocation is not None and allocation.devices else ()):
        if result.admin_access:
            yield f"status.allocation.devices.results[{index}].adminAccess"


def _of_admins(where: Iterator[str], namespace: str, desk: Desk) -> Iterator[FieldError]:
    """Complain of the first such place in a namespace that is not meant for it."""
    first = next(where, None)
    if first is not None:
        found: Any = desk.find(core.Namespace, None, namespace)
        if found is not None and found.metadata.labels.get(ADMIN) != "true":
            text = f"admin access to devices requires the `{ADMIN}: true` label on the containing namespace"
            yield forbidden_field(first, text)


def _claim_permitted(new: Any, old: Any | None, subresource: str, desk: Desk) -> Iterable[FieldError]:
    """What a namespace permits a claim, when it is new and when it gets its devices."""
    if old is None:
        return _of_admins(_asked_as_admin(new.spec), new.metadata.namespace, desk)
    if subresource == "status" and not any(_given_as_admin(old)):
        return _of_admins(_given_as_admin(new), new.metadata.namespace, desk)
    return ()


def _template_permitted(new: Any, old: Any | None, subresource: str, desk: Desk) -> Iterable[FieldError]:
    return _of_admins(_asked_as_admin(new.spec.spec), new.metadata.namespace, desk) if old is None else ()


DEVICE_CLASS = Policy(
    "deviceclasses.resource.k8s.io", generation=True, returns_deleted=True, rules=(device_class,), declared=False
)

RESOURCE_CLAIM = Policy(
    "resourceclaims.resource.k8s.io",
    returns_deleted=True,
    defaults=_requests("spec.devices.requests[*]"),
    declared=False,
    create_rules=(claim,),
    permitted=_claim_permitted,
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
    permitted=_template_permitted,
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
