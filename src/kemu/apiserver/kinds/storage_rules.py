"""What storage classes, drivers and attachments may say, and what of it stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...objects import evolve
from ...values import names
from ..failures import FieldError, duplicate, invalid_inside, invalid_value, not_supported, too_long
from ..failures import forbidden_field as forbidden
from ..failures import required as missing
from ..rows import below
from ..rules import at_least, one_of, required
from ..updates import IMMUTABLE
from .pods.sources import DRIVER
from .volume_rules import inline_spec

PARAMETERS_MAX, PARAMETERS_SIZE_MAX = 512, 256 * 1024
NODE_ID_MAX = 256
MESSAGE_MAX = 1024
PAIR = "must contain at least one key/value pair"


def provisioner(name: str) -> Iterator[FieldError]:
    """Who makes volumes: a qualified name, in letters of either case."""
    yield from (invalid_value("", name.lower(), text) for text in names.is_qualified_name(name.lower()))


def parameters(values: Mapping[str, str]) -> Iterator[FieldError]:
    """What who makes volumes is told."""
    if len(values) > PARAMETERS_MAX:
        yield too_long("", PARAMETERS_MAX)
        return
    if "" in values:
        yield invalid_value("", "", "field can not be empty.")
    if sum([len(key.encode()) + len(value.encode()) for key, value in values.items()]) > PARAMETERS_SIZE_MAX:
        yield too_long("", PARAMETERS_SIZE_MAX)


def topologies(terms: Sequence[Any]) -> Iterator[FieldError]:
    """Where volumes of a class may be, no two terms alike. A server compares each with as many empty terms as there
    are terms before it compares them with each other."""
    known: Counter[Any] = Counter({frozenset(): len(terms)})
    for index, term in enumerate(terms):
        where = f"[{index}]"
        asked: dict[str, frozenset[str]] = {}
        for number, expression in enumerate(term.match_label_expressions):
            inner = f"{where}.matchLabelExpressions[{number}]"
            yield from below(inner, _topology(expression))
            if expression.key in asked:
                yield duplicate(f"{inner}.key", expression.key)
            asked[expression.key] = frozenset(expression.values)
        key = frozenset(asked.items())
        yield from [duplicate(f"{where}.matchLabelExpressions", "")] * known[key]
        known[key] += 1


def _topology(expression: Any) -> Iterator[FieldError]:
    if not expression.values:
        yield missing("values")
    seen: set[str] = set()
    for index, value in enumerate(expression.values):
        if value in seen:
            yield duplicate(f"values[{index}]", value)
        seen.add(value)
    yield from (invalid_value("key", expression.key, text) for text in names.is_qualified_name(expression.key))


# Drivers


def _tokens(requests: Sequence[Any]) -> Iterator[FieldError]:
    seen: set[str] = set()
    for index, request in enumerate(requests):
        where, seconds = f"[{index}]", request.expiration_seconds
        if request.audience in seen:
            yield duplicate(f"{where}.audience", request.audience)
            continue
        seen.add(request.audience)
        if seconds is not None and seconds < 600:
            text = "may not specify a duration less than 10 minutes"
            yield invalid_value(f"{where}.expirationSeconds", seconds, text)
        if seconds is not None and seconds > 1 << 32:
            text = "may not specify a duration larger than 2^32 seconds"
            yield invalid_value(f"{where}.expirationSeconds", seconds, text)


def _modes(modes: Sequence[str]) -> Iterator[FieldError]:
    for mode in modes:
        if mode not in ("Persistent", "Ephemeral"):
            yield not_supported("", mode, ("Persistent", "Ephemeral"))


def _in_secrets(driver: Any) -> Iterator[FieldError]:
    given = driver.spec.service_account_token_in_secrets
    if given is not None and not driver.spec.token_requests:
        text = "serviceAccountTokenInSecrets is set but no tokenRequests are specified"
        yield invalid_value("spec.serviceAccountTokenInSecrets", given, text)


DRIVER_RULES = (
    {
        "spec.fsGroupPolicy": one_of("File", "None", "ReadWriteOnceWithFSType"),
        "spec.tokenRequests": _tokens,
        "spec.volumeLifecycleModes": _modes,
        "spec.nodeAllocatableUpdatePeriodSeconds": at_least(10, "must be greater than or equal to 10 seconds"),
    },
    _in_secrets,
)


def driver_changes(new: Any, old: Any) -> Iterator[FieldError]:
    """What a driver can do with volumes stays."""
    now, was = new.spec, old.spec
    if now.attach_required != was.attach_required:
        yield invalid_value("spec.attachedRequired", now.attach_required, IMMUTABLE)
    if now.volume_lifecycle_modes != was.volume_lifecycle_modes:
        yield invalid_value("spec.volumeLifecycleModes", now.volume_lifecycle_modes, IMMUTABLE)


def drivers(given: Sequence[Any]) -> Iterator[FieldError]:
    """The drivers of a node, each once, with what the node is called there."""
    seen: set[str] = set()
    for index, driver in enumerate(given):
        where = f"[{index}]"
        yield from below(f"{where}.name", driver_name(driver.name))
        if not driver.node_id:
            yield missing(f"{where}.nodeID")
        elif len(driver.node_id.encode()) > NODE_ID_MAX:
            yield invalid_value(f"{where}.nodeID", driver.node_id, f"must be {NODE_ID_MAX} characters or less")
        count = driver.allocatable.count if driver.allocatable is not None else None
        if count is not None and count < 0:
            yield invalid_value(f"{where}.allocatable.count", count, "must be greater than or equal to 0")
        if driver.name in seen:
            yield duplicate(f"{where}.name", driver.name)
        seen.add(driver.name)
        yield from below(where, _topology_keys(driver.topology_keys))


def driver_name(name: str) -> Iterator[FieldError]:
    """The name of a driver, of storage or of devices, which is there and is one."""
    if not name:
        yield missing("")
    else:
        yield from DRIVER[1](name)


def _topology_keys(keys: Sequence[str]) -> Iterator[FieldError]:
    seen: set[str] = set()
    for key in keys:
        if not key:
            yield missing("")
        if key in seen:
            yield duplicate("", key)
        seen.add(key)
        yield from (invalid_value("", key, text) for text in names.is_qualified_name(key))


def drivers_stay(new: Any, old: Any) -> Iterator[FieldError]:
    """A driver that is on a node stays as it is, but for the volumes that it has room for."""
    now = {driver.name: driver for driver in new.spec.drivers}
    for driver in old.spec.drivers:
        found = now.get(driver.name)
        if found is not None and evolve(found, allocatable=None) != evolve(driver, allocatable=None):
            yield invalid_inside("spec.drivers", evolve(found, allocatable=None), IMMUTABLE)


# Attachments


def _source(attachment: Any) -> Iterator[FieldError]:
    source, where = attachment.spec.source, "spec.source"
    name, inline = source.persistent_volume_name, source.inline_volume_spec
    text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
    if inline is None and name is None:
        yield missing(where, text)
    elif inline is not None and name is not None:
        yield forbidden(where, text)
    elif name == "":
        yield missing(f"{where}.persistentVolumeName", "must specify non empty persistentVolumeName")
    elif inline is not None:
        yield from below(f"{where}.inlineVolumeSpec", inline_spec(inline))
    node = attachment.spec.node_name
    yield from (invalid_value("spec.nodeName", node, text) for text in names.is_dns1123_subdomain(node))
    if name is not None:
        for text in names.is_dns1123_subdomain(name):
            yield invalid_value(f"{where}.persistentVolumeName", name, text)


ATTACHMENT_RULES = ({"spec.attacher": (required, DRIVER[1])}, _source)


def attachment_status(new: Any, old: Any) -> Iterator[FieldError]:
    """What went wrong is told in short."""
    status = new.status
    for name, error in (("attachError", status.attach_error), ("detachError", status.detach_error)):
        if error is None:
            continue
        if len((error.message or "").encode()) > MESSAGE_MAX:
            yield too_long(f"status.{name}.message", PARAMETERS_SIZE_MAX)
        if error.error_code is not None and error.error_code < 0:
            yield invalid_value(f"status.{name}.errorCode", error.error_code, names.out_of_range(0, 2**31 - 1))


def attachment_stays(new: Any, old: Any) -> Iterator[FieldError]:
    """An attachment is of one volume to one node."""
    if new.spec != old.spec:
        yield invalid_inside("spec", new.spec, IMMUTABLE)
