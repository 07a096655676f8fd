"""What is asked of the status of a claim: what was allocated, for whom, and what the drivers say of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ...objects import evolve
from ...values import names
from ..failures import (
    duplicate,
    duplicate_form,
    forbidden_field,
    invalid_form,
    invalid_inside,
    invalid_value,
    not_supported,
    required,
    too_long,
)
from ..request import Desk
from ..rows import below
from ..rules import conditions
from ..updates import IMMUTABLE
from .device_rules import (
    MOST,
    Errors,
    configuration,
    each_of,
    label,
    pool_name,
    raw_object,
    reference,
    references,
    requests_of,
    selects_nodes,
)
from .storage_rules import driver_name

MOST_CONSUMERS, MOST_BINDING, MOST_ADDRESSES = 256, 4, 16
INTERFACE_MAX, HARDWARE_MAX = 256, 128
SOURCES = ("FromClaim", "FromClass")
UNALLOCATED = "must be an allocated device in the claim"
NORMAL = (
    "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal "
    "characters"
)
_uuid = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_hexadecimal = re.compile("[0-9a-f]{32}", re.ASCII | re.IGNORECASE)


def without_deallocated(new: Any, old: Any, subresource: str, desk: Desk) -> Any:
    """A claim whose status says nothing of devices that were allocated and are not any more."""
    if subresource != "status" or old.status.allocation is None or not new.status.devices:
        return new
    left = new.status.allocation.devices.results if new.status.allocation is not None else ()
    kept, was = [_shown(each) for each in left], [_shown(each) for each in old.status.allocation.devices.results]
    gone = [each for each in was if each not in kept]
    devices = tuple([each for each in new.status.devices if _shown(each) not in gone])
    return new if len(devices) == len(new.status.devices) else evolve(new, {"status.devices": devices})


def status_changes(new: Any, old: Any) -> Errors:
    """The status of a claim, of which what is allocated stays as long as it is."""
    status, was = new.status, old.status
    yield from each_of("status.reservedFor", status.reserved_for, MOST_CONSUMERS, _consumer, lambda each: each.uid)
    results = status.allocation.devices.results if status.allocation is not None else ()
    allocated = [_shown(each) for each in results]

    def device(path: str, value: Any) -> Errors:
        yield from _device(path, value, allocated)

    yield from each_of("status.devices", status.devices, len(status.devices), device)
    told = [_shown(each) for each in status.devices]
    for index, form in enumerate(told):
        if form in told[:index]:
            yield duplicate_form(f"status.devices[{index}]", form)
    if status.reserved_for and status.allocation is None:
        yield forbidden_field("status.reservedFor", "may not be specified when `allocated` is not set")
    elif new.metadata.deletion_timestamp is not None and set(status.reserved_for) - set(was.reserved_for):
        text = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set"
        yield forbidden_field("status.reservedFor", text)
    if status.allocation is None or status.allocation is was.allocation:
        return
    if was.allocation is None:
        yield from _allocation("status.allocation", status.allocation, requests_of(new.spec.devices))
    elif was.allocation != status.allocation:
        yield invalid_inside("status.allocation", status.allocation, IMMUTABLE)


def _consumer(path: str, consumer: Any) -> Errors:
    """Who has reserved a claim."""
    for field, value in (("resource", consumer.resource), ("name", consumer.name), ("uid", consumer.uid)):
        if not value:
            yield required(f"{path}.{field}")


def _shown(device: Any) -> dict[str, str]:
    """What tells a device, or its share, from all others."""
    return {"Driver": device.driver, "Pool": device.pool, "Device": device.device, "ShareID": device.share_id or ""}


def _device(path: str, device: Any, allocated: Sequence[Any]) -> Errors:
    """What a driver says of a device, which must have been allocated."""
    yield from _names(path, device)
    if device.share_id is not None:
        yield from _share(f"{path}.shareID", device.share_id)
    if _shown(device) not in allocated:
        yield invalid_form(path, _shown(device), UNALLOCATED)
    yield from below(f"{path}.conditions", conditions(device.conditions))
    if device.data is not None:
        yield from raw_object(f"{path}.data", device.data)
    if device.network_data is not None:
        yield from _network(f"{path}.networkData", device.network_data)


def _names(path: str, device: Any) -> Errors:
    yield from below(f"{path}.driver", driver_name(device.driver or ""))
    yield from pool_name(f"{path}.pool", device.pool or "")
    yield from label(f"{path}.device", device.device)


def _share(path: str, uid: str) -> Errors:
    """The uid of a share of a device."""
    bare = uid
    if len(uid) == 45:
        bare = uid[9:]
        if uid[:9].lower() != "urn:uuid:":
            yield invalid_value(path, uid, f'error validating uid: invalid urn prefix: "{uid[:9]}"')
            return
    elif len(uid) == 38:
        bare = uid[1:-1]
        if not (uid.startswith("{") and uid.endswith("}")):
            yield invalid_value(path, uid, "error validating uid: invalid bracketed UUID format")
            return
    elif len(uid) not in (32, 36):
        yield invalid_value(path, uid, f"error validating uid: invalid UUID length: {len(uid)}")
        return
    if (_hexadecimal if len(bare) == 32 else _uuid).fullmatch(bare) is None:
        yield invalid_value(path, uid, "error validating uid: invalid UUID format")
    elif len(uid) != 36 or uid != uid.lower():
        yield invalid_value(path, uid, NORMAL)


def _network(path: str, data: Any) -> Errors:
    """The addresses of a network device."""
    if len((data.interface_name or "").encode()) > INTERFACE_MAX:
        yield too_long(f"{path}.interfaceName", INTERFACE_MAX)
    if len((data.hardware_address or "").encode()) > HARDWARE_MAX:
        yield too_long(f"{path}.hardwareAddress", HARDWARE_MAX)

    def address(where: str, value: str) -> Errors:
        yield from (invalid_value(where, value, text) for text in names.is_interface_address(value))

    yield from each_of(f"{path}.ips", data.ips, MOST_ADDRESSES, address, lambda value: value)


def _allocation(path: str, allocation: Any, known: dict[str, set[str]]) -> Errors:
    """What a scheduler has allocated."""

    def result(where: str, value: Any) -> Errors:
        yield from reference(f"{where}.request", value.request or "", known)
        yield from _names(where, value)
        yield from _binding(where, value.binding_conditions, value.binding_failure_conditions)
        if value.share_id is not None:
            yield from _share(f"{where}.shareID", value.share_id)

    def config(where: str, value: Any) -> Errors:
        if not value.source:
            yield required(f"{where}.source")
        elif value.source not in SOURCES:
            yield not_supported(f"{where}.source", value.source, SOURCES)
        yield from references(f"{where}.requests", value.requests, known)
        yield from configuration(where, value)

    devices = allocation.devices
    yield from each_of(f"{path}.devices.results", devices.results, MOST, result)
    yield from each_of(f"{path}.devices.config", devices.config, 2 * MOST, config)
    if allocation.node_selector is not None:
        yield from below(f"{path}.nodeSelector", selects_nodes(allocation.node_selector))


def _binding(path: str, wanted: Sequence[str], failing: Sequence[str]) -> Errors:
    """The conditions that say whether a pod can be bound to a device, and that it cannot."""

    def condition(where: str, value: str) -> Errors:
        yield from (invalid_value(where, value, text) for text in names.is_qualified_name(value))

    yield from each_of(f"{path}.bindingConditions", wanted, MOST_BINDING, condition)
    yield from each_of(f"{path}.bindingFailureConditions", failing, MOST_BINDING, condition)
    for index, value in enumerate(wanted):
        if value in wanted[:index]:
            yield duplicate(f"{path}.bindingConditions[{index}]", value)
    for index, value in enumerate(failing):
        where = f"{path}.bindingFailureConditions[{index}]"
        if value in failing[:index]:
            yield duplicate(where, value)
        if value in wanted:
            yield invalid_value(where, value, "bindingFailureConditions must not overlap with bindingConditions")
    if failing and not wanted:
        text = "bindingConditions are required to use bindingFailureConditions"
        yield invalid_value(f"{path}.bindingConditions", None, text)
    if wanted and not failing:
        text = "bindingFailureConditions are required to use bindingConditions"
        yield invalid_value(f"{path}.bindingFailureConditions", None, text)
