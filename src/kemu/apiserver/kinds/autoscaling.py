"""Horizontal pod autoscalers, which are kept as autoscaling/v2 and also served as v1: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...objects import evolve
from ..cells import AGE, NAME, NONE, UNKNOWN, UNSET, cell, row
from ..failures import FieldError, forbidden_field, invalid_value, not_supported
from ..failures import required as missing
from ..policy import Policy, View, whole
from ..rows import Check, each, struct
from ..rules import at_least, demand, dns_label, one_of, path_segment, required
from . import autoscaling_v1

LONGEST_PERIOD = 1800
LONGEST_WINDOW = 3600


# Defaults


def _cpu_metric(spec: Any) -> Any:
    """Without metrics an autoscaler goes by cpu, at 80 % of what is requested."""
    target = {"type": "Utilization", "averageUtilization": autoscaling_v1.CPU_PERCENT}
    return ({"type": "Resource", "resource": {"name": "cpu", "target": target}},)


UP = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}
DOWN = {"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}


def _both_ways(behavior: Any) -> Any:
    """Who says how fast to go in one direction has the defaults of the other spelt out."""
    changes = {}
    for name, rules in (("scale_up", UP), ("scale_down", DOWN)):
        if getattr(behavior, name) is None:
            changes[name] = rules
    return evolve(behavior, **changes) if changes else behavior


def _direction(name: str, rules: dict[str, Any]) -> dict[str, Any]:
    return {f"spec.behavior.{name}.{field}": value for field, value in rules.items() if field != "policies"} | {
        f"spec.behavior.{name}.policies": lambda own: tuple(rules["policies"])
    }


# Rules


def _bounds(spec: Any) -> Iterator[FieldError]:
    if spec.min_replicas is not None and spec.max_replicas < spec.min_replicas:
        yield invalid_value("maxReplicas", spec.max_replicas, "must be greater than or equal to `minReplicas`")


def _to_zero(hpa: Any) -> Iterator[FieldError]:
    """What is gone altogether says nothing of its use: something else must call it back."""
    spec = hpa.spec
    if spec.min_replicas == 0 and not any(metric.type in ("Object", "External") for metric in spec.metrics):
        text = "must specify at least one Object or External metric to support scaling to zero replicas"
        yield forbidden_field("spec.metrics", text)


def _group(reference: Any, may_be_core: bool) -> Iterator[FieldError]:
    version = reference.api_version or ""
    if version.count("/") > 1:
        yield invalid_value("apiVersion", version, f"unexpected GroupVersion string: {version}")
    elif not may_be_core and ("/" not in version or version.startswith("/")):
        yield invalid_value("apiVersion", version, "apiVersion must specify API group")


def _scalable(reference: Any) -> Iterator[FieldError]:
    """What is scaled names its group; there is one kind without any."""
    yield from _group(reference, may_be_core=reference.kind == "ReplicationController")


def _described(reference: Any) -> Iterator[FieldError]:
    yield from _group(reference, may_be_core=True)


REFERENCE = {"kind": (required, path_segment), "name": (required, path_segment)}


def _target(target: Any) -> Iterator[FieldError]:
    if not target.type:
        yield missing("type", "must specify a metric target type")
    if target.type not in ("Utilization", "Value", "AverageValue"):
        yield invalid_value("type", target.type, "must be either Utilization, Value, or AverageValue")
    for name, amount in (("value", target.value), ("averageValue", target.average_value)):
        if amount is not None and amount.milli_value() <= 0:
            yield invalid_value(name, str(amount), "must be positive")
    if target.average_utilization is not None and target.average_utilization < 1:
        yield invalid_value("averageUtilization", target.average_utilization, "must be greater than 0")


def _object_target(source: Any) -> Iterator[FieldError]:
    if source.target.value is None and source.target.average_value is None:
        yield missing("target.averageValue", "must set either a target value or averageValue")


def _external_target(source: Any) -> Iterator[FieldError]:
    value, average = source.target.value, source.target.average_value
    if value is None and average is None:
        yield missing("target.averageValue", "must set either a target value for metric or a per-pod target")
    if value is not None and average is not None:
        yield forbidden_field("target.value", "may not set both a target value for metric and a per-pod target")


def _pods_target(source: Any) -> Iterator[FieldError]:
    if source.target.average_value is None:
        yield missing("target.averageValue", "must specify a positive target averageValue")


def _resource_target(source: Any) -> Iterator[FieldError]:
    share, average = source.target.average_utilization, source.target.average_value
    if share is None and average is None:
        yield missing("target.averageUtilization", "must set either a target raw value or a target utilization")
    if share is not None and average is not None:
        yield forbidden_field("target.averageValue", "may not set both a target raw value and a target utilization")


SOURCES = {
    "Object": ("object", "object"),
    "External": ("external", "external"),
    "Pods": ("pods", "pods"),
    "Resource": ("resource", "resource"),
    "ContainerResource": ("containerResource", "container_resource"),
}
"""The sources of a metric by its type: their JSON names and attributes."""


def _known_type(metric: Any) -> Iterator[FieldError]:
    if not metric.type:
        yield missing("type", "must specify a metric source type")
    if metric.type not in SOURCES:
        yield not_supported("type", metric.type, sorted(SOURCES))


def _own_source(metric: Any) -> Iterator[FieldError]:
    """A metric has the source that its type says, and no other."""
    if metric.type not in SOURCES:
        yield not_supported("type", metric.type, sorted(SOURCES))
    expected = SOURCES.get(metric.type, ("", ""))[0]
    present = [name for name, attribute in SOURCES.values() if getattr(metric, attribute) is not None]
    if expected and expected not in present:
        yield missing(expected, "must populate information for the given metric source")
    if len(present) != 1:
        for name in present:
            if name != expected:
                yield forbidden_field(name, "must populate the given metric source only")


METRIC_NAME = (demand("must specify a metric name"), path_segment)
RESOURCE_NAME = demand("must specify a resource name")

METRIC = {
    "": _known_type,
    "object": struct(
        {
            "describedObject": struct(REFERENCE, across=(_described,)),
            "metric.name": METRIC_NAME,
            "target": _target,
        },
        across=(_object_target,),
    ),
    "external": struct({"metric.name": METRIC_NAME, "target": _target}, across=(_external_target,)),
    "pods": struct({"metric.name": METRIC_NAME, "target": _target}, across=(_pods_target,)),
    "resource": struct({"name": RESOURCE_NAME, "target": _target}, across=(_resource_target,)),
    "containerResource": struct(
        {
            "name": RESOURCE_NAME,
            "container": (demand("must specify a container"), dns_label),
            "target": _target,
        },
        across=(_resource_target,),
    ),
}


def at_most(most: int) -> Check:
    """A number that is not larger than this."""

    def check(value: int) -> Iterator[FieldError]:
        if value > most:
            yield invalid_value("", value, f"must be less than or equal to {most}")

    return check


def _not_negative(amount: Any) -> Iterator[FieldError]:
    if amount.milli_value() < 0:
        yield invalid_value("", str(amount), "must be greater than or equal to 0")


POSITIVE = at_least(1, "must be greater than zero")
SCALING = {
    "stabilizationWindowSeconds": (
        at_least(0, "must be greater than or equal to zero"),
        at_most(LONGEST_WINDOW),
    ),
    "selectPolicy": one_of("Disabled", "Max", "Min"),
    "policies": (
        demand("must specify at least one Policy"),
        each(
            {
                "type": (required, one_of("Percent", "Pods")),
                "value": POSITIVE,
                "periodSeconds": (POSITIVE, at_most(LONGEST_PERIOD)),
            }
        ),
    ),
    "tolerance": _not_negative,
}


# Cells


def _says(metric: Any, status: Any) -> str:
    """One metric as kubectl shows it: what it is, and what it should be."""
    source = SOURCES.get(metric.type)
    wanted = getattr(metric, source[1]) if source else None
    if wanted is None:
        return "<unknown type>"
    found = getattr(status, source[1]) if status is not None and source else None
    current, target = (found.current if found is not None else None), wanted.target
    if target.average_value is not None:
        now = current.average_value if current is not None else None
        text = f"{UNKNOWN if now is None else now}/{target.average_value}"
        text += " (avg)" if metric.type in ("Object", "External") else ""
    elif metric.type in ("Resource", "ContainerResource"):
        share = current.average_utilization if current is not None else None
        aim = "<auto>" if target.average_utilization is None else f"{target.average_utilization}%"
        text = f"{UNKNOWN if share is None else f'{share}%'}/{aim}"
    else:
        now = current.value if current is not None else None
        text = f"{UNKNOWN if now is None else now}/{'<auto>' if target.value is None else target.value}"
    return f"{wanted.name}: {text}" if metric.type in ("Resource", "ContainerResource") else text


def _targets(obj: Any) -> str:
    metrics, statuses = obj.spec.metrics, obj.status.current_metrics
    if not metrics:
        return NONE
    known = [*statuses, *[None] * len(metrics)]
    shown = [_says(metric, known[index]) for index, metric in enumerate(metrics[:2])]
    rest = len(metrics) - len(shown)
    return ", ".join(shown) + (f" + {rest} more..." if rest else "")


AUTOSCALER = Policy(
    "horizontalpodautoscalers.autoscaling",
    views={
        "autoscaling/v1": View(shown=autoscaling_v1.shown, kept=autoscaling_v1.kept, defaults={"spec.minReplicas": 1})
    },
    defaults={
        "spec.minReplicas": 1,
        "spec.metrics": _cpu_metric,
        "spec.behavior": whole(_both_ways),
        **_direction("scaleUp", UP),
        **_direction("scaleDown", DOWN),
    },
    rules={
        "spec.minReplicas": at_least(1),
        "spec.maxReplicas": (demand("must be set and greater than 0", zero=True), at_least(1)),
        "spec": _bounds,
        "spec.scaleTargetRef": struct(REFERENCE, across=(_scalable,)),
        "spec.metrics": each(METRIC, across=(_own_source,)),
        "": _to_zero,
        "spec.behavior.scaleUp": SCALING,
        "spec.behavior.scaleDown": SCALING,
    },
    status_rules={"status.currentReplicas": at_least(0), "status.desiredReplicas": at_least(0)},
    cells=row(
        NAME,
        cell(lambda obj: f"{obj.spec.scale_target_ref.kind}/{obj.spec.scale_target_ref.name}"),
        cell(_targets),
        cell(lambda obj: UNSET if obj.spec.min_replicas is None else str(obj.spec.min_replicas)),
        cell(lambda obj: obj.spec.max_replicas),
        cell(lambda obj: obj.status.current_replicas or 0),
        AGE,
    ),
)

POLICIES = (AUTOSCALER,)
