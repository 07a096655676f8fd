"""Selectors of devices: expressions about one `device`, with its driver, its attributes and its capacity by domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...cel.library.kubernetes import QuantityValue, semver


class _Domains(dict[str, Mapping[str, Any]]):
    """Values by domain; a domain that is not there is empty instead of missing."""

    def __missing__(self, domain: str) -> Mapping[str, Any]:
        return {}


def device_variables(driver: str, device: Any) -> dict[str, Any]:
    """The variable `device` of selector expressions."""
    attributes: dict[str, dict[str, Any]] = {}
    capacity: dict[str, dict[str, Any]] = {}
    for name, attribute in device.attributes.items():
        domain, identifier = _qualified(name, driver)
        attributes.setdefault(domain, {})[identifier] = attribute_value(attribute)
    for name, amount in device.capacity.items():
        domain, identifier = _qualified(name, driver)
        capacity.setdefault(domain, {})[identifier] = QuantityValue(amount.value)
    return {
        "device": {
            "driver": driver,
            "attributes": _Domains(attributes),
            "capacity": _Domains(capacity),
            "allowMultipleAllocations": bool(device.allow_multiple_allocations),
        }
    }


def _qualified(name: str, driver: str) -> tuple[str, str]:
    domain, slash, identifier = name.partition("/")
    return (domain, identifier) if slash else (driver, name)


def attribute_value(attribute: Any) -> Any:
    """The value of a device attribute, of whatever type."""
    for field in ("string", "int", "bool"):
        value = getattr(attribute, field)
        if value is not None:
            return value
    return semver(attribute.version) if attribute.version is not None else None
