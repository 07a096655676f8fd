"""What is asked of claims on devices and of device classes."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

from ...objects import core
from ...objects.device_expressions import complaint
from ...objects.schema import Type
from ...values import names
from ..failures import (
    FieldError,
    duplicate,
    invalid_inside,
    invalid_value,
    not_supported,
    required,
    too_long,
    too_many,
)
from ..rows import below
from ..updates import IMMUTABLE
from .amounts import is_extended
from .pods.placement import NODE_SELECTOR
from .pods.sources import stamped_metadata
from .storage_rules import driver_name

MOST = 32
"""Requests, selectors, constraints and configurations in one place."""

MOST_ALTERNATIVES = 8
DOCUMENT_MAX = 10 * 1024
"""Bytes of an expression, and of a driver's parameters."""

IDENTIFIER_MAX, POOL_MAX = 32, 253
ONE_FORM = "exactly one of `exactly` or `firstAvailable` is required"
ONE_ATTRIBUTE = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set'
REFERENCE = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
Errors = Iterator[FieldError]

selects_nodes = NODE_SELECTOR.bind(Type("struct", core.NodeSelector))


def each_of(
    path: str, values: Sequence[Any], most: int, judge: Callable[[str, Any], Errors], key: Any = None
) -> Errors:
    """What is wrong with the items of a list, then which of them are there twice; too many are not looked at."""
    if len(values) > most:
        yield too_many(path, len(values), most)
        return
    for index, value in enumerate(values):
        yield from judge(f"{path}[{index}]", value)
    if key is None:
        return
    seen: set[Hashable] = set()
    for index, value in enumerate(values):
        if (own := key(value)) in seen:
            yield duplicate(f"{path}[{index}]", own)
        seen.add(own)


def name_of(value: Any) -> Any:
    """What tells an item from the others."""
    return value.name


def label(path: str, value: str | None) -> Errors:
    """A label of DNS."""
    for text in names.is_dns1123_label(value or ""):
        yield invalid_value(path, value or "", text)


def pool_name(path: str, name: str) -> Errors:
    """The name of a pool of devices."""
    if not name:
        yield required(path)
        return
    if len(name) > POOL_MAX:
        yield too_long(path, POOL_MAX)
    for part in name.split("/"):
        yield from (invalid_value(path, part, text) for text in names.is_dns1123_subdomain(part))


# Claims


def requests_of(devices: Any) -> dict[str, set[str]]:
    """The requests of a claim by name, each with the names of its alternatives."""
    return {
        request.name: {each.name for each in request.first_available} if request.first_available else set()
        for request in devices.requests
    }


def claim(obj: Any) -> Errors:
    """A new claim."""
    yield from _devices("spec.devices", obj.spec.devices)


def claim_template(obj: Any) -> Errors:
    """A template of claims, of whose metadata only labels and annotations count."""
    yield from below("spec.metadata", stamped_metadata(obj.spec.metadata))
    yield from _devices("spec.spec.devices", obj.spec.spec.devices)


def spec_stays(new: Any, old: Any) -> Errors:
    """What is claimed never changes."""
    if new.spec != old.spec:
        yield invalid_inside("spec", new.spec, IMMUTABLE)


def _devices(path: str, devices: Any) -> Errors:
    known = requests_of(devices)
    yield from each_of(f"{path}.requests", devices.requests, MOST, _request, name_of)

    def constraint(where: str, value: Any) -> Errors:
        yield from references(f"{where}.requests", value.requests, known)
        if value.match_attribute is not None:
            yield from _attribute(f"{where}.matchAttribute", value.match_attribute)
        elif value.distinct_attribute is not None:
            yield from _attribute(f"{where}.distinctAttribute", value.distinct_attribute)
        else:
            yield required(where, ONE_ATTRIBUTE)

    def config(where: str, value: Any) -> Errors:
        yield from references(f"{where}.requests", value.requests, known)
        yield from configuration(where, value)

    yield from each_of(f"{path}.constraints", devices.constraints, MOST, constraint)
    yield from each_of(f"{path}.config", devices.config, MOST, config)


def _request(path: str, request: Any) -> Errors:
    yield from label(f"{path}.name", request.name)
    if not request.first_available and request.exactly is None:
        yield required(path, ONE_FORM)
    elif request.first_available and request.exactly is not None:
        yield invalid_value(path, None, f"{ONE_FORM}, but multiple fields are set")
    elif request.exactly is not None:
        yield from _form(f"{path}.exactly", request.exactly)
    else:
        yield from each_of(f"{path}.firstAvailable", request.first_available, MOST_ALTERNATIVES, _alternative, name_of)


def _alternative(path: str, request: Any) -> Errors:
    yield from label(f"{path}.name", request.name)
    yield from _form(path, request)


def _form(path: str, request: Any) -> Errors:
    """So many devices of a class."""
    if not request.device_class_name:
        yield required(f"{path}.deviceClassName")
    for text in names.is_dns1123_subdomain(request.device_class_name) if request.device_class_name else ():
        yield invalid_value(f"{path}.deviceClassName", request.device_class_name, text)
    yield from each_of(f"{path}.selectors", request.selectors, MOST, _selector)
    count, mode = request.count or 0, request.allocation_mode
    if mode == "All" and count:
        yield invalid_value(f"{path}.count", count, "must not be specified when allocationMode is 'All'")
    elif mode == "ExactCount" and count <= 0:
        yield invalid_value(f"{path}.count", count, "must be greater than zero")
    elif mode not in ("All", "ExactCount"):
        yield not_supported(f"{path}.allocationMode", mode, ("All", "ExactCount"))
    for index, toleration in enumerate(request.tolerations):
        yield from _toleration(f"{path}.tolerations[{index}]", toleration)


def _selector(path: str, selector: Any) -> Errors:
    if selector.cel is None:
        yield required(f"{path}.cel")
        return
    where, text = f"{path}.cel.expression", selector.cel.expression or ""
    if len(text.encode()) > DOCUMENT_MAX:
        yield too_long(where, DOCUMENT_MAX)
        return
    if said := complaint(text):
        yield invalid_value(where, text, said)


def _toleration(path: str, toleration: Any) -> Errors:
    for text in names.is_qualified_name(toleration.key) if toleration.key else ():
        yield invalid_value(f"{path}.key", toleration.key, text)
    operator, value = toleration.operator, toleration.value or ""
    if operator == "Exists" and value:
        yield invalid_value(f"{path}.value", value, "must be empty for operator `Exists`")
    elif operator == "Equal":
        yield from (invalid_value(f"{path}.value", value, text) for text in names.is_valid_label_value(value))
    elif not operator:
        yield required(f"{path}.operator")
    elif operator != "Exists":
        yield not_supported(f"{path}.operator", operator, ("Equal", "Exists"))
    effects = ("NoExecute", "NoSchedule", "None")
    if toleration.effect and toleration.effect not in effects:
        yield not_supported(f"{path}.effect", toleration.effect, effects)


def reference(path: str, name: str, known: dict[str, set[str]]) -> Errors:
    """The name of a request, perhaps with that of an alternative."""
    first, _, second = name.partition("/")
    if "/" in second:
        yield invalid_value(path, name, REFERENCE)
        return
    for part in name.split("/"):
        yield from label(path, part)
    if first not in known or ("/" in name and second not in known[first]):
        yield invalid_value(path, name, REFERENCE)


def references(path: str, given: Sequence[str], known: dict[str, set[str]]) -> Errors:
    """The names of requests, each once."""
    yield from each_of(path, given, MOST, lambda where, name: reference(where, name, known), lambda name: name)


def _attribute(path: str, name: str) -> Errors:
    yield from qualified(path, name)
    if "/" not in name:
        yield invalid_value(path, name, "a fully qualified name must be a domain and a name separated by a slash")


def qualified(path: str, name: str) -> Errors:
    """The name of an attribute, with or without the driver's domain."""
    parts = name.split("/")
    if len(parts) == 2:
        if not parts[0]:
            yield invalid_value(path, "", "the domain must not be empty")
        else:
            yield from below(path, driver_name(parts[0]))
        if not parts[1]:
            yield invalid_value(path, "", "the name must not be empty")
            return
    if len(parts) <= 2:
        own = parts[-1]
        if len(own) > IDENTIFIER_MAX:
            yield too_long(path, IDENTIFIER_MAX)
        yield from (invalid_value(path, own, text) for text in names.is_c_identifier(own))


def configuration(path: str, config: Any) -> Errors:
    """What only a driver understands, which must be a JSON object all the same."""
    if config.opaque is None:
        yield required(f"{path}.opaque")
        return
    yield from below(f"{path}.opaque.driver", driver_name(config.opaque.driver or ""))
    where, parameters = f"{path}.opaque.parameters", config.opaque.parameters
    if parameters is None:
        yield required(where)
    else:
        yield from raw_object(where, parameters)


def raw_object(path: str, value: Any) -> Errors:
    """A JSON object of which only its size counts."""
    if len(json.dumps(_plain(value), separators=(",", ":"))) > DOCUMENT_MAX:
        yield too_long(path, DOCUMENT_MAX)
    elif not hasattr(value, "items"):
        yield invalid_value(path, "<value omitted>", "must be a valid JSON object")


def _plain(value: Any) -> Any:
    """Frozen JSON as json.dumps takes it."""
    if hasattr(value, "items"):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


# Classes


def device_class(obj: Any) -> Errors:
    """A class of devices, new or changed."""
    spec = obj.spec
    yield from each_of("spec.selectors", spec.selectors, MOST, _selector)
    yield from each_of("spec.config", spec.config, MOST, configuration)
    name = spec.extended_resource_name
    if name is not None and not is_extended(name):
        yield invalid_value("spec.extendedResourceName", name, "must be a valid extended resource name")
