"""From and to the models of the official Python client, without importing it.

A model of that client knows its JSON names (`attribute_map`) and the types of its attributes (`openapi_types`); newer
versions are Pydantic models, which know how to write themselves. That is all that is used here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import UsageError
from ..values.times import MicroTime, Time
from . import scheme
from .codec import encode


def is_client_model(value: object) -> bool:
    """Whether a value looks like a model of the official client."""
    return hasattr(type(value), "attribute_map") or hasattr(type(value), "model_fields")


def from_client(model: Any, cls: Any = None) -> Any:
    """The kemu object that says the same as a model of the official client.

    `cls` is the type to make; without it, the model must name its `api_version` and `kind`. Raises UsageError when
    it is no model, TypeError or ValueError when its values do not fit.
    """
    if not is_client_model(model):
        raise UsageError(f"{type(model).__name__} is not a model of the official client")
    data = _plain(model)
    if cls is None:
        cls = scheme.type_of(data.get("apiVersion", ""), data.get("kind", ""))
        if cls is None:
            raise UsageError("the model names no api_version and kind that kemu knows; pass the type to make")
    return cls(**data)


def to_client(obj: Any, models: Any) -> Any:
    """A model of the official client that says the same as a kemu object.

    `models` is the module or namespace that holds the models: `kubernetes.client`.
    """
    return _model(encode(obj), _model_class(obj, models), models)


def _plain(value: Any) -> Any:
    """A model as dicts and lists with JSON names. Moments stay what they are: the fields know how to take them."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    names = getattr(type(value), "attribute_map", None)
    if names is None and hasattr(type(value), "model_fields"):
        names = {name: info.alias or name for name, info in type(value).model_fields.items()}
    if not isinstance(names, Mapping):
        return getattr(value, "actual_instance", value)
    found = {json: _plain(getattr(value, name)) for name, json in names.items()}
    return {json: item for json, item in found.items() if item is not None}


def _model_class(obj: Any, models: Any) -> Any:
    name = type(obj).__name__
    package = type(obj).__module__.split(".")[2]
    version = "V2" if package == "autoscaling_v2" else "V1"
    for prefix in (package.partition("_")[0].title(), "Core" if package == "core" else "", ""):
        found = getattr(models, f"{prefix}{version}{name}", None)
        if found is not None:
            return found
    raise UsageError(f"the client has no model for {name}")


_GENERIC = re.compile(r"(?i)(list|dict)[\[(](?:str, ?)?(.*)[\])]")


def _model(data: Any, cls: Any, models: Any) -> Any:
    if data is None or not isinstance(data, dict):
        return data
    if hasattr(cls, "model_validate"):
        return cls.model_validate(data)
    types: Mapping[str, str] = cls.openapi_types
    values = {}
    for name, json in cls.attribute_map.items():
        if json in data:
            values[name] = _typed(data[json], types[name], models)
    return cls(**values)


def _typed(value: Any, wanted: str, models: Any) -> Any:
    if value is None:
        return None
    generic = _GENERIC.fullmatch(wanted)
    if generic is not None:
        inner = generic.group(2)
        if isinstance(value, list):
            return [_typed(item, inner, models) for item in value]
        return {key: _typed(item, inner, models) for key, item in value.items()}
    if wanted == "datetime":
        parse = MicroTime.parse if "." in value else Time.parse
        return parse(value).to_datetime()
    found = getattr(models, wanted, None)
    return value if found is None else _model(value, found, models)
