"""Objects in Kubernetes' protobuf form, from and to the JSON that everything else here works on.

`messages.json` says of every message what its fields are called in JSON, their numbers and types; an `inline` message
has no name of its own in JSON, its fields are those of the message around it. The `protobuf` package reads and writes
the bytes; it comes with `kemu[server]`, and `available` says whether it is there.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import attrs

from ..errors import UsageError
from ..values.times import MicroTime, Time
from .text import DecodeError

MAGIC = b"k8s\x00"
"""What every object begins with, so that nobody takes it for something else."""

Json = Any
META = "k8s.io.apimachinery.pkg.apis.meta.v1"
UNKNOWN = "k8s.io.apimachinery.pkg.runtime.Unknown"
PACKAGES = ("k8s.io.api.{0}", "k8s.io.apiextensions_apiserver.pkg.apis.{0}", "k8s.io.kube_aggregator.pkg.apis.{0}")
OPTIONS = ("DeleteOptions", "CreateOptions", "UpdateOptions", "PatchOptions", "ListOptions", "GetOptions", "Status")
"""The kinds of the library that every group knows."""


@lru_cache(maxsize=1)
def available() -> bool:
    """Whether the package is installed."""
    try:
        return find_spec("google.protobuf") is not None
    except ModuleNotFoundError:
        return False


@attrs.frozen
class Field:
    """One field of a message: what it is called in JSON, its number, its type, and how it is repeated."""

    name: str
    number: int
    type: str
    repeated: bool = False
    mapped: bool = False
    inline: bool = False

    @classmethod
    def of(cls, name: str, number: int, text: str) -> Field:
        """A row of the table."""
        if text.startswith("map<string,"):
            return cls(name, number, text[11:-1], mapped=True)
        word, _, rest = text.partition(" ")
        return cls(name, number, rest or word, repeated=word == "repeated", inline=word == "inline")


Fields = Mapping[int, Field]


@lru_cache(maxsize=1)
def messages() -> Mapping[str, Fields]:
    """The fields of every message, by their numbers."""
    rows = json.loads(Path(__file__).with_name("messages.json").read_text(encoding="utf-8"))
    return {
        message: {number: Field.of(name, number, text) for name, (number, text) in fields.items()}
        for message, fields in rows.items()
    }


SCALARS = ("string", "bool", "int32", "int64", "double", "bytes")


@lru_cache(maxsize=1)
def _classes() -> Callable[[str], Any]:
    """The class of a message by its name. Raises UsageError where the package is missing."""
    if not available():
        raise UsageError("protobuf needs the package protobuf: pip install 'kemu[server]'")
    from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(
        name="kemu.proto", syntax="proto2", dependency=["google/protobuf/any.proto"]
    )
    for message, fields in messages().items():
        _describe(file.message_type.add(name=_flat(message)), fields)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(any_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())

    @cache
    def found(message: str) -> Any:
        return message_factory.GetMessageClass(pool.FindMessageTypeByName(_flat(message)))

    return found


def _flat(message: str) -> str:
    """The name of a message in one file with all the others."""
    return message.replace(".", "_")


def _describe(into: Any, fields: Fields) -> None:
    """Write the descriptor of a message. Its fields are called by their numbers."""
    for field in fields.values():
        own = into.field.add(name=f"f{field.number}", number=field.number)
        own.label = own.LABEL_REPEATED if field.repeated or field.mapped else own.LABEL_OPTIONAL
        if field.mapped:
            entry = into.nested_type.add(name=f"F{field.number}Entry")
            entry.options.map_entry = True
            entry.field.add(name="key", number=1, label=own.LABEL_OPTIONAL, type=own.TYPE_STRING)
            _type(entry.field.add(name="value", number=2, label=own.LABEL_OPTIONAL), field.type)
            own.type, own.type_name = own.TYPE_MESSAGE, f".{into.name}.F{field.number}Entry"
        else:
            _type(own, field.type)


def _type(own: Any, name: str) -> None:
    if name in SCALARS:
        own.type = getattr(own, f"TYPE_{name.upper()}")
    else:
        own.type = own.TYPE_MESSAGE
        own.type_name = ".google.protobuf.Any" if name == "google.protobuf.Any" else f".{_flat(name)}"


@lru_cache(maxsize=512)
def message_of(api_version: str, kind: str) -> str | None:
    """The message of a kind, or None for one that has no protobuf form."""
    group, _, version = api_version.rpartition("/")
    if kind in OPTIONS or (group == "meta.k8s.io" and kind.startswith("PartialObjectMetadata")):
        return f"{META}.{kind}"
    named = (f"{package.format(group.partition('.')[0] or 'core')}.{version}.{kind}" for package in PACKAGES)
    return next((each for each in named if each in messages()), None)


# Reading


def decode(data: bytes) -> dict[str, Json]:
    """The JSON of an object. Raises DecodeError for bytes that are none, or of a kind that is not known."""
    if not data.startswith(MAGIC):
        shown = " ".join(map(str, MAGIC))
        raise DecodeError(f"provided data does not appear to be a protobuf message, expected prefix [{shown}]")
    unknown = _parsed(UNKNOWN, data[len(MAGIC) :])
    kind = {"apiVersion": "", "kind": "", **unknown.get("typeMeta", {})}
    message = message_of(kind["apiVersion"], kind["kind"])
    if message is None:
        raise DecodeError(f'no kind "{kind["kind"]}" is registered for version "{kind["apiVersion"]}"')
    return {**kind, **_parsed(message, b64decode(unknown.get("raw", "")))}


def _parsed(message: str, data: bytes) -> dict[str, Json]:
    from google.protobuf.message import DecodeError as Garbage

    try:
        parsed = _classes()(message).FromString(data)
    except Garbage as problem:
        raise DecodeError(f"proto: {problem}") from None
    found: dict[str, Json] = _read(message, parsed)
    return found


def _read(message: str, parsed: Any) -> Json:
    special = SPECIAL.get(message)
    if special is not None:
        return special[0](parsed)
    fields = messages()[message]
    found: dict[str, Json] = {}
    for descriptor, value in parsed.ListFields():
        field = fields[descriptor.number]
        type_ = field.type
        if field.mapped:
            if type_ in SCALARS:
                found[field.name] = {key: _scalar(type_, each) for key, each in sorted(value.items())}
            else:
                found[field.name] = {key: _read(type_, each) for key, each in sorted(value.items())}
        elif field.repeated:
            found[field.name] = [_scalar(type_, each) if type_ in SCALARS else _read(type_, each) for each in value]
        elif type_ in SCALARS:
            found[field.name] = _scalar(type_, value)
        elif field.inline:
            found.update(_read(type_, value))
        elif (inner := _read(type_, value)) is not None:
            found[field.name] = inner
    return found


def _scalar(type_: str, value: Any) -> Json:
    return b64encode(value).decode() if type_ == "bytes" else value


# Writing


def encode(document: Mapping[str, Json]) -> bytes | None:
    """The bytes of an object in JSON, or None if its kind has no protobuf form."""
    api_version, kind = document.get("apiVersion", ""), document.get("kind", "")
    message = message_of(api_version, kind)
    if message is None:
        return None
    raw = serialized(message, document)
    unknown = _classes()(UNKNOWN)()
    unknown.f1.f1, unknown.f1.f2, unknown.f2 = api_version, kind, raw
    unknown.f3 = unknown.f4 = ""
    data: bytes = unknown.SerializeToString(deterministic=True)
    return MAGIC + data


def serialized(message: str, value: Json) -> bytes:
    """The bytes of a message in JSON, with nothing around it."""
    data: bytes = _written(message, value).SerializeToString(deterministic=True)
    return data


def frame(type_: str, document: Mapping[str, Json]) -> bytes:
    """One event of a watch: its length, and what it says. Raises UsageError for a kind that has no protobuf form."""
    inner = encode(document)
    if inner is None:
        raise UsageError(f"{document.get('kind')} has no protobuf form")
    event = _classes()(f"{META}.WatchEvent")()
    event.f1, event.f2.f1 = type_, inner
    data: bytes = event.SerializeToString(deterministic=True)
    return len(data).to_bytes(4, "big") + data


def _written(message: str, value: Json) -> Any:
    special = SPECIAL.get(message)
    into = _classes()(message)()
    if special is not None:
        special[1](into, value)
        return into
    for field in messages()[message].values():
        if field.inline:
            getattr(into, f"f{field.number}").CopyFrom(_written(field.type, value))
            continue
        own = value.get(field.name)
        if own is None:
            continue
        place, name = field.type in SCALARS, f"f{field.number}"
        if field.mapped:
            target = getattr(into, name)
            for key, each in own.items():
                if place:
                    target[key] = _raw(field.type, each)
                else:
                    target[key].CopyFrom(_written(field.type, each))
        elif field.repeated:
            getattr(into, name).extend(_raw(field.type, each) if place else _written(field.type, each) for each in own)
        elif place:
            setattr(into, name, _raw(field.type, own))
        else:
            getattr(into, name).CopyFrom(_written(field.type, own))
    return into


def _raw(type_: str, value: Json) -> Any:
    if type_ == "bytes":
        return b64decode(value)
    return float(value) if type_ == "double" else value


# What is written otherwise in JSON


def _read_number_or_text(parsed: Any) -> Json:
    return parsed.f3 if parsed.f1 else parsed.f2


def _write_number_or_text(into: Any, value: Json) -> None:
    text = isinstance(value, str)
    into.f1, into.f2, into.f3 = int(text), 0 if text else value, value if text else ""


def _read_time(parsed: Any) -> Json:
    return None if not parsed.f1 and not parsed.f2 else str(Time(parsed.f1))


def _write_time(into: Any, value: Json) -> None:
    into.f1, into.f2 = int(Time.parse(value)), 0


def _read_micro(parsed: Any) -> Json:
    micro = parsed.f1 * 1_000_000 + parsed.f2 // 1000
    return str(MicroTime(micro)) if micro else None


def _write_micro(into: Any, value: Json) -> None:
    seconds, micro = divmod(int(MicroTime.parse(value)), 1_000_000)
    into.f1, into.f2 = seconds, micro * 1000


def _read_text(parsed: Any) -> Json:
    return parsed.f1


def _write_text(into: Any, value: Json) -> None:
    into.f1 = str(value)


def _read_json(parsed: Any) -> Json:
    try:
        return json.loads(parsed.f1) if parsed.f1 else None
    except ValueError as problem:
        raise DecodeError(f"json: {problem}") from None


def _write_json(into: Any, value: Json) -> None:
    into.f1 = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _read_list(parsed: Any) -> Json:
    return list(parsed.f1)


def _write_list(into: Any, value: Json) -> None:
    into.f1.extend(value)


EXTENSIONS = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1"
PROPS = f"{EXTENSIONS}.JSONSchemaProps"


def _read_schema_or_list(parsed: Any) -> Json:
    return [_read(PROPS, each) for each in parsed.f2] if parsed.f2 else _read(PROPS, parsed.f1)


def _write_schema_or_list(into: Any, value: Json) -> None:
    if isinstance(value, list):
        into.f2.extend(_written(PROPS, each) for each in value)
    else:
        into.f1.CopyFrom(_written(PROPS, value))


def _read_schema_or_bool(parsed: Any) -> Json:
    return _read(PROPS, parsed.f2) if parsed.HasField("f2") else parsed.f1


def _write_schema_or_bool(into: Any, value: Json) -> None:
    into.f1 = value is not False
    if not isinstance(value, bool):
        into.f2.CopyFrom(_written(PROPS, value))


def _read_schema_or_texts(parsed: Any) -> Json:
    return _read(PROPS, parsed.f1) if parsed.HasField("f1") else list(parsed.f2)


def _write_schema_or_texts(into: Any, value: Json) -> None:
    if isinstance(value, list):
        into.f2.extend(value)
    else:
        into.f1.CopyFrom(_written(PROPS, value))


_JSON = (_read_json, _write_json)
_LIST = (_read_list, _write_list)
SPECIAL: Mapping[str, tuple[Callable[[Any], Json], Callable[[Any, Json], None]]] = {
    "k8s.io.apimachinery.pkg.util.intstr.IntOrString": (_read_number_or_text, _write_number_or_text),
    f"{META}.Time": (_read_time, _write_time),
    f"{META}.MicroTime": (_read_micro, _write_micro),
    "k8s.io.apimachinery.pkg.api.resource.Quantity": (_read_text, _write_text),
    "k8s.io.apimachinery.pkg.runtime.RawExtension": _JSON,
    f"{META}.FieldsV1": _JSON,
    f"{EXTENSIONS}.JSON": _JSON,
    f"{META}.Verbs": _LIST,
    "k8s.io.api.authentication.v1.ExtraValue": _LIST,
    "k8s.io.api.authorization.v1.ExtraValue": _LIST,
    "k8s.io.api.certificates.v1.ExtraValue": _LIST,
    f"{EXTENSIONS}.JSONSchemaPropsOrArray": (_read_schema_or_list, _write_schema_or_list),
    f"{EXTENSIONS}.JSONSchemaPropsOrBool": (_read_schema_or_bool, _write_schema_or_bool),
    f"{EXTENSIONS}.JSONSchemaPropsOrStringArray": (_read_schema_or_texts, _write_schema_or_texts),
}
"""Messages that are no object in JSON: how each is read, and written."""
