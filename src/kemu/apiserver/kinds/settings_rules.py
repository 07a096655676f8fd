"""What config maps and secrets may hold, and what of it may change."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...values import names
from ...wellknown import ACCOUNT_NAME
from ..failures import FieldError, forbidden_field, invalid_value, required, too_long
from ..rows import NONE

SIZE_MAX = 1024 * 1024
"""Bytes of all values together."""

FIXED = "field is immutable when `immutable` is set"


def _keys(where: str, values: Mapping[str, str]) -> Iterator[FieldError]:
    for key in values:
        for text in names.is_config_map_key(key):
            yield invalid_value(f"{where}[{key}]", key, text)


def config_map(obj: Any) -> Iterator[FieldError]:
    """Keys can be the names of files, and each is of text or of bytes."""
    yield from _keys("data", obj.data)
    for key in obj.data if obj.binary_data else ():
        if key in obj.binary_data:
            yield invalid_value(f"data[{key}]", key, "duplicate of key present in binaryData")
    yield from _keys("binaryData", obj.binary_data)
    size = sum([len(value.encode()) for value in obj.data.values()]) + _decoded(obj.binary_data)
    if size > SIZE_MAX:
        yield too_long("[]", SIZE_MAX)


def _decoded(values: Mapping[str, str]) -> int:
    """The bytes that stand in base64."""
    return sum([len(value) * 3 // 4 - value[-2:].count("=") for value in values.values()])


def secret(obj: Any) -> Iterator[FieldError]:
    """Keys can be the names of files, and those of the secret's type are there."""
    yield from _keys("data", obj.data)
    if _decoded(obj.data) > SIZE_MAX:
        yield too_long("data", SIZE_MAX)
    typed = TYPES.get(obj.type or "")
    if typed is not None:
        yield from typed(obj)


def _of_account(obj: Any) -> Iterable[FieldError]:
    if obj.metadata.annotations.get(ACCOUNT_NAME):
        return NONE
    return (required(f"metadata.annotations[{ACCOUNT_NAME}]"),)


def _with_json(key: str) -> Any:
    def check(obj: Any) -> Iterator[FieldError]:
        if key not in obj.data:
            yield required(f"data[{key}]")
            return
        problem = _not_json(obj.data[key])
        if problem:
            yield invalid_value(f"data[{key}]", "<secret contents redacted>", problem)

    return check


def _not_json(encoded: str) -> str:
    """What Go says of bytes that are no JSON object; empty if they are one."""
    try:
        text = base64.b64decode(encoded).decode()
        found = json.loads(text)
    except UnicodeDecodeError:
        return "invalid character 'ï' looking for beginning of value"
    except json.JSONDecodeError as problem:
        if problem.pos >= len(text.rstrip()):
            return "unexpected end of JSON input"
        return f"invalid character {_quoted(text[problem.pos])} looking for beginning of value"
    if isinstance(found, dict):
        return ""
    kind = {list: "array", str: "string", bool: "bool"}.get(type(found), "number")
    return "" if found is None else f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"


def _quoted(letter: str) -> str:
    return {"'": "'\\''", '"': "'\"'"}.get(letter, f"'{letter}'")


def _with_one_of(*keys: str) -> Any:
    def check(obj: Any) -> Iterable[FieldError]:
        return NONE if any(key in obj.data for key in keys) else [required(f"data[{key}]") for key in keys]

    return check


def _with_all(*keys: str) -> Any:
    return lambda obj: [required(f"data[{key}]") for key in keys if key not in obj.data]


def _with_something(key: str) -> Any:
    return lambda obj: NONE if obj.data.get(key) else (required(f"data[{key}]"),)


TYPES = {
    "kubernetes.io/service-account-token": _of_account,
    "kubernetes.io/dockercfg": _with_json(".dockercfg"),
    "kubernetes.io/dockerconfigjson": _with_json(".dockerconfigjson"),
    "kubernetes.io/basic-auth": _with_one_of("username", "password"),
    "kubernetes.io/ssh-auth": _with_something("ssh-privatekey"),
    "kubernetes.io/tls": _with_all("tls.crt", "tls.key"),
}
"""What is asked of a secret that is of one of the types of the server."""


def fixed(*parts: str) -> Any:
    """What says of itself that it is immutable stays as it is."""

    def check(new: Any, old: Any) -> Iterator[FieldError]:
        if not old.immutable:
            return
        if not new.immutable:
            yield forbidden_field("immutable", FIXED)
        for name, attribute in (("data", "data"), ("binaryData", "binary_data")):
            if name in parts and getattr(new, attribute) != getattr(old, attribute):
                yield forbidden_field(name, FIXED)

    return check


def secret_warns(obj: Any, old: Any | None) -> Iterator[str]:
    """A pair of key and certificate that is none. What stands in them is not read."""
    if obj.type != "kubernetes.io/tls":
        return
    for part, key, kind in (("certificate", "tls.crt", "CERTIFICATE"), ("key", "tls.key", "PRIVATE KEY")):
        if f"{kind}-----" not in _decoded_text(obj.data.get(key, "")):
            yield f"tls: failed to find any PEM data in {part} input"
            return


def _decoded_text(encoded: str) -> str:
    return base64.b64decode(encoded).decode("latin-1")
