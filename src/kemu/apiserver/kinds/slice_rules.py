"""What drivers announce in slices: devices, what they draw on, and the nodes that reach them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...objects import evolve
from ...values import names
from ..failures import forbidden_field, invalid_inside, invalid_value, not_supported, required
from ..rows import below
from ..updates import IMMUTABLE
from .device_rules import MOST, Errors, each_of, label, name_of, pool_name, qualified, selects_nodes
from .storage_rules import driver_name

VALUES = ("int", "bool", "string", "version")
"""What an attribute can be: one of these."""

LISTS = ("ints", "bools", "strings", "versions")
"""What it could be besides, if that feature were on: it is not kept."""

PLACES = ("nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection")
OF_DEVICE = "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required"
EACH_DEVICE = "`perDeviceNodeSelection` is set to true in the ResourceSlice spec"
EFFECTS = ("NoExecute", "NoSchedule", "None")
MOST_DEVICES, MOST_SETS = 128, 8


def without_lists(piece: Any) -> Any:
    """The slice without attributes that are lists."""
    devices = piece.spec.devices
    if not any(_lists(attribute) for device in devices for attribute in device.attributes.values()):
        return piece
    return evolve(piece, {"spec.devices": tuple([_plain(device) for device in devices])})


def _lists(attribute: Any) -> list[str]:
    return [name for name in LISTS if getattr(attribute, name)]


def _plain(device: Any) -> Any:
    attributes = {name: evolve(each, dict.fromkeys(_lists(each))) for name, each in device.attributes.items()}
    return evolve(device, attributes=attributes)


def resource_slice(obj: Any) -> Errors:
    """What a driver announces: of which pool, on which nodes, and the devices."""
    spec = obj.spec
    yield from below("spec.driver", driver_name(spec.driver or ""))
    yield from _pool(spec.pool)
    places: list[str] = []
    yield from _node("spec", spec, "must be either unset or set to a non-empty string", places)
    if spec.node_selector is not None:
        places.append("nodeSelector")
        terms = spec.node_selector.node_selector_terms
        yield from below("spec.nodeSelector", selects_nodes(spec.node_selector))
        if len(terms) != 1:
            where = "spec.nodeSelector.nodeSelectorTerms"
            yield invalid_inside(where, terms, "must have exactly one node selector term")
    for name, value in (("allNodes", spec.all_nodes), ("perDeviceNodeSelection", spec.per_device_node_selection)):
        yield from _flag(f"spec.{name}", value, places)
    yield from _one_place(
        "spec", places, f"exactly one of {_quoted(PLACES)} is required", ", but multiple fields are set"
    )
    if spec.shared_counters and spec.devices:
        yield invalid_value("spec", "", "only one of `sharedCounters` or `devices` is allowed")

    def device(path: str, value: Any) -> Errors:
        yield from _device(path, value, bool(spec.per_device_node_selection))

    yield from each_of("spec.devices", spec.devices, MOST_DEVICES, device, name_of)
    yield from each_of("spec.sharedCounters", spec.shared_counters, MOST_SETS, _counter_set, name_of)


def _pool(pool: Any) -> Errors:
    yield from pool_name("spec.pool.name", pool.name)
    if (pool.resource_slice_count or 0) <= 0:
        yield invalid_value("spec.pool.resourceSliceCount", pool.resource_slice_count or 0, "must be greater than zero")
    if (pool.generation or 0) < 0:
        yield invalid_value("spec.pool.generation", pool.generation, "must be greater than or equal to zero")


# Places


def _quoted(fields: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in fields)


def _node(path: str, holder: Any, empty: str, places: list[str]) -> Errors:
    """The one node from which something can be used."""
    if holder.node_name is None:
        return
    texts: Sequence[str] = (empty,)
    if holder.node_name:
        places.append("nodeName")
        texts = names.is_dns1123_subdomain(holder.node_name)
    yield from (invalid_value(f"{path}.nodeName", holder.node_name, text) for text in texts)


def _flag(path: str, value: bool | None, places: list[str]) -> Errors:
    """What is either said or not, and never denied."""
    if value:
        places.append(path.rpartition(".")[2])
    elif value is not None:
        yield invalid_value(path, value, "must be either unset or set to true")


def _one_place(path: str, places: Sequence[str], text: str, several: str = "") -> Errors:
    if not places:
        yield required(path, text)
    elif len(places) > 1:
        yield invalid_value(path, f"{{{_quoted(places)}}}", text + several)


def _device_place(path: str, device: Any, chosen: bool) -> Errors:
    """From where a device can be used, if each of the slice's says so for itself."""
    if not chosen:
        if device.node_name is not None or device.node_selector is not None or device.all_nodes is not None:
            text = f"`nodeName`, `nodeSelector` and `allNodes` can only be set if {EACH_DEVICE}"
            yield invalid_value(path, None, text)
        return
    places: list[str] = []
    yield from _node(path, device, "must not be empty", places)
    if device.node_selector is not None:
        places.append("nodeSelector")
        yield from below(f"{path}.nodeSelector", selects_nodes(device.node_selector))
    yield from _flag(f"{path}.allNodes", device.all_nodes, places)
    yield from _one_place(path, places, f"{OF_DEVICE} when {EACH_DEVICE}")


# Devices


def _device(path: str, device: Any, chosen: bool) -> Errors:
    yield from label(f"{path}.name", device.name)
    total = len(device.attributes) + len(device.capacity)
    if total > MOST:
        yield invalid_value(path, total, f"the total number of attributes and capacities must not exceed {MOST}")
    for name, attribute in sorted(device.attributes.items()):
        yield from qualified(f"{path}.attributes", name)
        yield from _attribute(f"{path}.attributes[{name}]", attribute)
    for name, capacity in sorted(device.capacity.items()):
        yield from qualified(f"{path}.capacity", name)
        if capacity.request_policy is not None and not device.allow_multiple_allocations:
            text = "allowMultipleAllocations must be true"
            yield forbidden_field(f"{path}.capacity[{name}].requestPolicy", text)
    for index, taint in enumerate(device.taints):
        yield from _taint(f"{path}.taints[{index}]", taint)
    for index, draw in enumerate(device.consumes_counters):
        where = f"{path}.consumesCounters[{index}]"
        yield from _set_name(f"{where}.counterSet", draw.counter_set)
        yield from _counters(f"{where}.counters", draw.counters)
    yield from _device_place(path, device, chosen)


def _attribute(path: str, attribute: Any) -> Errors:
    given = [name for name in VALUES if getattr(attribute, name) is not None]
    text = "exactly one value must be specified"
    if not given:
        yield invalid_value(path, "", text)
    elif len(given) > 1:
        yield invalid_inside(path, attribute, text)


def _taint(path: str, taint: Any) -> Errors:
    yield from (
        invalid_value(f"{path}.key", taint.key or "", text) for text in names.is_qualified_name(taint.key or "")
    )
    for text in names.is_valid_label_value(taint.value or ""):
        yield invalid_value(f"{path}.value", taint.value, text)
    if not taint.effect:
        yield required(f"{path}.effect")
    elif taint.effect not in EFFECTS:
        yield not_supported(f"{path}.effect", taint.effect, EFFECTS)


def _counter_set(path: str, counters: Any) -> Errors:
    yield from _set_name(f"{path}.name", counters.name)
    yield from _counters(f"{path}.counters", counters.counters)


def _set_name(path: str, name: str | None) -> Errors:
    if not name:
        yield required(path)
    else:
        yield from label(path, name)


def _counters(path: str, counters: Mapping[str, Any]) -> Errors:
    if not counters:
        yield required(path)
    for name in sorted(counters):
        yield from label(path, name)


def slice_stays(new: Any, old: Any) -> Errors:
    """Whose devices they are never changes."""
    pairs = (
        ("spec.pool.name", new.spec.pool.name, old.spec.pool.name),
        ("spec.driver", new.spec.driver, old.spec.driver),
        ("spec.nodeName", new.spec.node_name, old.spec.node_name),
    )
    for path, now, was in pairs:
        if now != was:
            yield invalid_value(path, now, IMMUTABLE)
