"""Autoscalers as autoscaling/v1 shows them.

Version 1 knows one metric, the use of cpu. Everything else of an autoscaler travels in four annotations, as JSON: the
other metrics and what they say in the flat form that they had in version 1, the behaviour, and the conditions. They
exist only in this view; an annotation that cannot be read is dropped, as upstream drops it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ...objects import autoscaling_v1, autoscaling_v2, codec, evolve
from ...objects.text import DecodeError
from ...objects.writer import compact
from ...values.frozen import FrozenMap

PREFIX = "autoscaling.alpha.kubernetes.io/"
METRICS = f"{PREFIX}metrics"
CURRENT_METRICS = f"{PREFIX}current-metrics"
BEHAVIOR = f"{PREFIX}behavior"
CONDITIONS = f"{PREFIX}conditions"
OWN = (METRICS, CURRENT_METRICS, BEHAVIOR, CONDITIONS)
CPU_PERCENT = 80
"""What an autoscaler without metrics aims at, of the cpu that is requested."""

Paths = tuple[tuple[str, str], ...]
"""Pairs of a field in the flat form and its path in version 2."""

SOURCES: Mapping[str, Paths] = {
    "object": (
        ("target", "describedObject"),
        ("metricName", "metric.name"),
        ("targetValue", "target.value"),
        ("selector", "metric.selector"),
        ("averageValue", "target.averageValue"),
    ),
    "pods": (
        ("metricName", "metric.name"),
        ("targetAverageValue", "target.averageValue"),
        ("selector", "metric.selector"),
    ),
    "resource": (
        ("name", "name"),
        ("targetAverageUtilization", "target.averageUtilization"),
        ("targetAverageValue", "target.averageValue"),
    ),
    "containerResource": (
        ("name", "name"),
        ("targetAverageUtilization", "target.averageUtilization"),
        ("targetAverageValue", "target.averageValue"),
        ("container", "container"),
    ),
    "external": (
        ("metricName", "metric.name"),
        ("metricSelector", "metric.selector"),
        ("targetValue", "target.value"),
        ("targetAverageValue", "target.averageValue"),
    ),
}
"""The metrics of the specification."""

STATUSES: Mapping[str, Paths] = {
    "object": (
        ("target", "describedObject"),
        ("metricName", "metric.name"),
        ("currentValue", "current.value"),
        ("selector", "metric.selector"),
        ("averageValue", "current.averageValue"),
    ),
    "pods": (
        ("metricName", "metric.name"),
        ("currentAverageValue", "current.averageValue"),
        ("selector", "metric.selector"),
    ),
    "resource": (
        ("name", "name"),
        ("currentAverageUtilization", "current.averageUtilization"),
        ("currentAverageValue", "current.averageValue"),
    ),
    "containerResource": (
        ("name", "name"),
        ("currentAverageUtilization", "current.averageUtilization"),
        ("currentAverageValue", "current.averageValue"),
        ("container", "container"),
    ),
    "external": (
        ("metricName", "metric.name"),
        ("metricSelector", "metric.selector"),
        ("currentValue", "current.value"),
        ("currentAverageValue", "current.averageValue"),
    ),
}
"""What the metrics say at the moment."""

ALWAYS = frozenset(
    [
        ("object", "targetValue"),
        ("pods", "targetAverageValue"),
        ("object", "currentValue"),
        ("pods", "currentAverageValue"),
        ("resource", "currentAverageValue"),
        ("containerResource", "currentAverageValue"),
        ("external", "currentValue"),
    ]
)
"""Amounts of the flat form that cannot be left out: they are 0 instead."""


def shown(hpa: Any) -> Any:
    """A stored autoscaler as version 1 shows it."""
    metadata, spec, status = hpa.metadata, hpa.spec, hpa.status
    annotations = {key: value for key, value in metadata.annotations.items() if key not in OWN}
    others = [metric for metric in spec.metrics if not _is_cpu(metric)]
    if others:
        annotations[METRICS] = _text([_flat(metric, SOURCES) for metric in others])
    if status.current_metrics:
        annotations[CURRENT_METRICS] = _text([_flat(metric, STATUSES) for metric in status.current_metrics])
    if spec.behavior is not None:
        annotations[BEHAVIOR] = _text(_plain_behavior(spec.behavior))
    if status.conditions:
        annotations[CONDITIONS] = _text([codec.encode(condition) for condition in status.conditions])
    if annotations != metadata.annotations:
        metadata = evolve(metadata, annotations=FrozenMap(annotations))
    cpu = next((metric for metric in spec.metrics if _is_cpu(metric)), None)
    used = [metric.resource.current.average_utilization for metric in status.current_metrics if _says_cpu(metric)]
    known = [percent for percent in used if percent is not None]
    return autoscaling_v1.HorizontalPodAutoscaler(
        metadata=metadata,
        spec=autoscaling_v1.HorizontalPodAutoscalerSpec(
            scale_target_ref=codec.encode(spec.scale_target_ref),
            min_replicas=spec.min_replicas,
            max_replicas=spec.max_replicas,
            target_cpu_utilization_percentage=cpu.resource.target.average_utilization if cpu else None,
        ),
        status=autoscaling_v1.HorizontalPodAutoscalerStatus(
            observed_generation=status.observed_generation,
            last_scale_time=status.last_scale_time,
            current_replicas=status.current_replicas or 0,
            desired_replicas=status.desired_replicas,
            current_cpu_utilization_percentage=known[-1] if known else None,
        ),
    )


def kept(hpa: Any) -> Any:
    """An autoscaler of version 1 as it is stored."""
    metadata, spec, status = hpa.metadata, hpa.spec, hpa.status
    said = metadata.annotations
    percent = spec.target_cpu_utilization_percentage
    metrics = _read(said.get(METRICS), lambda each: _metric(each, SOURCES, autoscaling_v2.MetricSpec))
    if percent is not None:
        metrics = (*metrics, _cpu_target(percent))
    used = status.current_cpu_utilization_percentage
    current = _read(said.get(CURRENT_METRICS), lambda each: _metric(each, STATUSES, autoscaling_v2.MetricStatus))
    if not current and used is not None:
        current = ({"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": used}}},)
    if any(key in said for key in OWN):
        metadata = evolve(metadata, annotations=FrozenMap({k: v for k, v in said.items() if k not in OWN}))
    return autoscaling_v2.HorizontalPodAutoscaler(
        metadata=metadata,
        spec=autoscaling_v2.HorizontalPodAutoscalerSpec(
            scale_target_ref=codec.encode(spec.scale_target_ref),
            min_replicas=spec.min_replicas,
            max_replicas=spec.max_replicas,
            metrics=metrics or (_cpu_target(CPU_PERCENT),),
            behavior=_behavior(said.get(BEHAVIOR)),
        ),
        status=autoscaling_v2.HorizontalPodAutoscalerStatus(
            observed_generation=status.observed_generation,
            last_scale_time=status.last_scale_time,
            current_replicas=status.current_replicas or None,
            desired_replicas=status.desired_replicas,
            current_metrics=current,
            conditions=_read(
                said.get(CONDITIONS), lambda each: codec.decode(autoscaling_v2.HorizontalPodAutoscalerCondition, each)
            ),
        ),
    )


def _cpu_target(percent: int) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def _is_cpu(metric: Any) -> bool:
    """Whether a metric is what version 1 has a field for."""
    return bool(
        metric.type == "Resource"
        and metric.resource is not None
        and metric.resource.name == "cpu"
        and metric.resource.target.average_utilization is not None
    )


def _says_cpu(metric: Any) -> bool:
    return bool(metric.type == "Resource" and metric.resource is not None and metric.resource.name == "cpu")


# The annotations


def _text(value: Any) -> str:
    return compact(value)


def _read(text: str | None, one: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The items of a list in an annotation; none if it cannot be read."""
    if text is None:
        return ()
    try:
        return tuple([one(each) for each in json.loads(text) or ()])
    except (DecodeError, ValueError, TypeError, AttributeError):
        return ()


def _flat(metric: Any, table: Mapping[str, Paths]) -> dict[str, Any]:
    """A metric of version 2 in the flat form."""
    document = codec.encode(metric)
    flat: dict[str, Any] = {"type": document.get("type", "")}
    for source, paths in table.items():
        if source not in document:
            continue
        found: dict[str, Any] = {}
        for name, path in paths:
            value: Any = document[source]
            for step in path.split("."):
                value = value.get(step) if value is not None else None
            if value is not None:
                found[name] = value
            elif (source, name) in ALWAYS:
                found[name] = "0"
        flat[source] = found
    return flat


def _metric(flat: Mapping[str, Any], table: Mapping[str, Paths], cls: type) -> Any:
    """A metric in the flat form as one of version 2. Raises DecodeError for what is none."""
    document: dict[str, Any] = {"type": flat.get("type", "")}
    for source, paths in table.items():
        given = flat.get(source)
        if given is None:
            continue
        found: dict[str, Any] = {}
        for name, path in paths:
            if given.get(name) is not None:
                *way, last = path.split(".")
                at = found
                for step in way:
                    at = at.setdefault(step, {})
                at[last] = given[name]
        if table is SOURCES:
            found.setdefault("target", {})["type"] = _target_type(source, found)
        document[source] = found
    return codec.decode(cls, document)


def _target_type(source: str, found: dict[str, Any]) -> str:
    """What sort of target the flat form means, which it does not say. A zero that only fills a field is left out."""
    target = found.get("target", {})
    if source in ("resource", "containerResource"):
        return "Utilization" if "averageUtilization" in target else "AverageValue"
    if source == "object" and "averageValue" in target and str(target.get("value")) == "0":
        del target["value"]
    if source == "pods" or (source == "object" and "averageValue" in target):
        return "AverageValue"
    return "Value" if "value" in target or source == "object" else "AverageValue"


def _plain_behavior(behavior: Any) -> dict[str, Any]:
    """The behaviour under the names that it has inside of the server, with nothing left out."""

    def rules(value: Any) -> dict[str, Any] | None:
        if value is None:
            return None
        return {
            "StabilizationWindowSeconds": value.stabilization_window_seconds,
            "SelectPolicy": value.select_policy,
            "Policies": [
                {"Type": each.type, "Value": each.value, "PeriodSeconds": each.period_seconds}
                for each in value.policies
            ]
            or None,
            "Tolerance": None if value.tolerance is None else str(value.tolerance),
        }

    return {"ScaleUp": rules(behavior.scale_up), "ScaleDown": rules(behavior.scale_down)}


def _behavior(text: str | None) -> Any:
    """The behaviour in an annotation, None if there is none that can be read. Names are read in any case."""
    if text is None:
        return None
    try:
        found = codec.decode(autoscaling_v2.HorizontalPodAutoscalerBehavior, _lowered(json.loads(text)))
    except (DecodeError, ValueError, TypeError):
        return None
    return None if found.scale_up is None and found.scale_down is None else found


def _lowered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key[:1].lower() + key[1:]: _lowered(each) for key, each in value.items() if each is not None}
    return [_lowered(each) for each in value] if isinstance(value, list) else value
