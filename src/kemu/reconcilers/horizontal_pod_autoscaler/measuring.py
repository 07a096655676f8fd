"""What one metric of an autoscaler says: ask the servers, and have `replicas.py` make a number of it.

A kind of metric is a function of the metric and of what is known of the target (`Target`). It gives a `Proposal`, or
raises Unmeasured with the text that the condition and the events have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from ... import errors
from ...apiserver.measurements import CUSTOM, EXTERNAL, POD_METRICS, WINDOW_SECONDS
from ...kit import Api
from ...objects import autoscaling_v2
from ...values.quantity import BINARY, DECIMAL, Quantity
from ...values.selectors import EVERYTHING, Selector, selector_of
from .replicas import (
    Count,
    Goal,
    Samples,
    Tolerances,
    Unmeasured,
    by_pods,
    by_share,
    by_value,
    grouped,
    requests_of,
)

MILLI = 1_000_000
"""A thousandth, in billionths."""


@attrs.frozen
class Target:
    """What an autoscaler scales: how many replicas it should have and has, and its pods."""

    namespace: str
    replicas: int
    present: int
    selector: Selector
    pods: Sequence[Any]
    near: Tolerances
    unix: float


@attrs.frozen
class Proposal:
    """How many replicas one metric wants, what the metric is called, and its status."""

    replicas: int
    name: str
    status: Any


@attrs.frozen
class Failure:
    """Why a metric says nothing: a reason for the condition, a text for it, and one for who sums up."""

    reason: str
    text: str
    summary: str


def proposal_of(api: Api, metric: Any, target: Target) -> Proposal | Failure:
    """What one metric says."""
    propose, summary = KINDS[metric.type]
    try:
        return propose(api, metric, target)
    except Unmeasured as problem:
        return Failure(f"FailedGet{metric.type}Metric", str(problem), f"{summary(metric)}: {problem}")


# Pods


def _resource(api: Api, metric: Any, target: Target) -> Proposal:
    """The use of a resource by pods, or by one container of each."""
    source = metric.resource or metric.container_resource
    name, container = source.name, getattr(source, "container", "")
    share = source.target.average_utilization
    wanted = source.target.average_value
    what = "usage" if wanted is not None else "utilization"
    try:
        samples = _usage(api, target, name, container)
        if not target.pods:
            raise Unmeasured("no pods returned by selector while calculating replica count")
        groups = grouped(target.pods, samples, name, target.unix)
        if wanted is not None:
            goal = Goal(average=wanted.milli_value())
        else:
            goal = Goal(percent=share, requests=requests_of(target.pods, container, name))
        count = by_pods(target.replicas, samples, groups, goal, target.near)
    except Unmeasured as problem:
        raise Unmeasured(f"failed to get {name} {what}: {problem}") from None
    average = _quantity(count.average, BINARY if name == "memory" else DECIMAL)
    percent = None if wanted is not None else count.percent
    current = autoscaling_v2.MetricValueStatus(average_value=average, average_utilization=percent)
    if wanted is not None:
        called = f"{name} resource"
    else:
        called = f"{name} {'container ' if container else ''}resource utilization (percentage of request)"
    status = {"name": name, "current": current, **({"container": container} if container else {})}
    return Proposal(count.replicas, called, _status(metric, **status))


def _usage(api: Api, target: Target, metric: str, container: str) -> Samples:
    """How much of a resource the pods use. Raises Unmeasured."""
    unable = f"unable to get metrics for resource {metric}: "
    try:
        found = api.ask(POD_METRICS, "", target.namespace, verb="list", labels=target.selector).items
    except errors.ApiError as refusal:
        raise Unmeasured(f"{unable}unable to fetch metrics from resource metrics API: {refusal}") from None
    if not found:
        raise Unmeasured(f"{unable}no metrics returned from resource metrics API")
    values = {}
    for each in found:
        used = [one["usage"].get(metric) for one in each.containers if container in ("", one["name"])]
        if used and None not in used:
            values[each.metadata.name] = sum(Quantity(amount).milli_value() for amount in used)
    return Samples(values, target.unix, WINDOW_SECONDS)


def _pods(api: Api, metric: Any, target: Target) -> Proposal:
    """A number that each pod has."""
    source = metric.pods
    name = source.metric.name
    unable = f"unable to get metric {name}: "
    found = _asked(api, CUSTOM, "pods/*", source.metric, target, unable)
    if not found:
        raise Unmeasured(f"{unable}no metrics returned from custom metrics API")
    mine = {pod.metadata.name for pod in target.pods}
    samples = Samples({pod: value.milli_value() for pod, value in found if pod in mine})
    if not target.pods:
        raise Unmeasured("no pods returned by selector while calculating replica count")
    groups = grouped(target.pods, samples, "", target.unix)
    goal = Goal(average=source.target.average_value.milli_value())
    count = by_pods(target.replicas, samples, groups, goal, target.near)
    current = autoscaling_v2.MetricValueStatus(average_value=_quantity(count.average))
    return Proposal(count.replicas, f"pods metric {name}", _status(metric, metric=source.metric, current=current))


# One number


def _object(api: Api, metric: Any, target: Target) -> Proposal:
    """A number of one object."""
    source = metric.object
    described, name, aim = source.described_object, source.metric.name, source.target
    shared = aim.type == "AverageValue" and aim.average_value is not None
    if not shared and (aim.type != "Value" or aim.value is None):
        raise Unmeasured("invalid object metric source: neither a value target nor an average value target was set")
    resource = api.resources.by_kind(described.api_version or "v1", described.kind)
    key = f"{described.kind.lower()}s" if resource is None else resource.key
    unable = f"unable to get metric {name}: {described.kind} on {target.namespace} {described.name}/"
    found = _asked(api, CUSTOM, f"{key}/{described.name}", source.metric, target, unable)
    count, current = _counted(found[0][1].milli_value(), aim, target, shared=shared)
    called = _outside(source.metric) if shared else f"{described.kind} metric {name}"
    status = _status(metric, metric=source.metric, current=current, described_object=described)
    return Proposal(count.replicas, called, status)


def _external(api: Api, metric: Any, target: Target) -> Proposal:
    """A number from outside; of several values their sum."""
    identifier, aim = metric.external.metric, metric.external.target
    unable = f"unable to get external metric {target.namespace}/{identifier.name}/{go_selector(identifier.selector)}: "
    found = _asked(api, EXTERNAL, identifier.name, identifier, target, unable)
    if not found:
        raise Unmeasured(f"{unable}no metrics returned from external metrics API")
    value = sum(each.milli_value() for each in found)
    count, current = _counted(value, aim, target, shared=aim.average_value is not None)
    return Proposal(count.replicas, _outside(identifier), _status(metric, metric=identifier, current=current))


def _counted(value: int, aim: Any, target: Target, *, shared: bool) -> tuple[Count, Any]:
    """How many replicas a number wants, as a whole or for each of them, and how it is shown."""
    if shared:
        count = by_share(target.present, value, aim.average_value.milli_value(), target.near)
        return count, autoscaling_v2.MetricValueStatus(average_value=_quantity(count.average))
    count = by_value(target.replicas, value, aim.value.milli_value(), target.pods, target.near)
    return count, autoscaling_v2.MetricValueStatus(value=_quantity(count.average))


# Asking, and what is said of it


def _asked(api: Api, kind: Any, name: str, identifier: Any, target: Target, unable: str) -> Sequence[Any]:
    """The values of a metric that is not a resource. Raises Unmeasured if the server refuses."""
    server = "custom" if kind is CUSTOM else "external"
    if name == "pods/*":
        labels = target.selector
    else:
        labels = EVERYTHING if identifier.selector is None else selector_of(identifier.selector)
    subresource = identifier.name if kind is CUSTOM else ""
    try:
        found: Sequence[Any] = api.ask(
            kind, name, target.namespace, subresource=subresource, verb="list", labels=labels
        ).items
    except errors.ApiError as refusal:
        raise Unmeasured(f"{unable}unable to fetch metrics from {server} metrics API: {refusal}") from None
    return found


def _quantity(milli: int, notation: str = DECIMAL) -> Quantity:
    return Quantity.of_nanos(milli * MILLI, notation)


def _status(of: Any, /, **fields: Any) -> Any:
    """The status of a metric, whose part has the name of its source."""
    return autoscaling_v2.MetricStatus(type=of.type, **{PARTS[of.type]: fields})


def _outside(identifier: Any) -> str:
    return f"external metric {identifier.name}({go_selector(identifier.selector)})"


def go_selector(selector: Any) -> str:
    """A label selector as the texts of a real controller have it."""
    if selector is None:
        return "nil"
    labels = "".join(f"{key}: {value}," for key, value in sorted(selector.match_labels.items()))
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{each.key},Operator:{each.operator},Values:[{' '.join(each.values)}],}},"
        for each in selector.match_expressions
    )
    parts = f"MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},"
    return f"&LabelSelector{{{parts}}}"


def _object_summary(metric: Any) -> str:
    source = metric.object
    each = f": failed to get {source.metric.name} object metric" if source.target.type == "AverageValue" else ""
    return f"failed to get object metric value{each}"


def _external_summary(metric: Any) -> str:
    name = metric.external.metric.name
    shared = metric.external.target.average_value is not None
    each = f"{name} external metric" if shared else f"external metric {name}"
    return f"failed to get {name} external metric value: failed to get {each}"


PARTS = {
    "Resource": "resource",
    "ContainerResource": "container_resource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}
"""The attribute that has the source, or the status, of a type of metric."""

KINDS: Mapping[str, tuple[Callable[[Api, Any, Target], Proposal], Callable[[Any], str]]] = {
    "Resource": (_resource, lambda metric: f"failed to get {metric.resource.name} resource metric value"),
    "ContainerResource": (
        _resource,
        lambda metric: f"failed to get {metric.container_resource.container} container metric value",
    ),
    "Pods": (_pods, lambda metric: "failed to get pods metric value"),
    "Object": (_object, _object_summary),
    "External": (_external, _external_summary),
}
"""By type: what it says, and how what it does not say is summed up."""
