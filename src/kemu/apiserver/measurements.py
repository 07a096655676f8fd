"""What is measured: how much pods and nodes use, and numbers of anything else, as metrics servers serve them.

A cluster measures nothing by itself. Its user declares what there is to measure (`Measure`), and who asks gets the
value of the moment: `metrics.k8s.io` has pods and nodes, `custom.metrics.k8s.io` numbers of objects,
`external.metrics.k8s.io` numbers from outside. A family of which nothing is declared is not there, as in a cluster
without such a server. Usage can be *nominal*: then a container of which nothing is declared uses half of what it
requests, or a little if it requests nothing.

Of several measures of the same thing the latest counts. O(measures) for every object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import attrs

from .. import errors
from ..objects import core, meta
from ..objects.custom import CustomObject
from ..objects.custom_kinds import custom_kind
from ..objects.pods import is_active
from ..values.frozen import EMPTY_MAP, FrozenMap
from ..values.quantity import Quantity
from ..values.times import Time
from .request import Answer, Page, Request
from .resources import Resource, row

if TYPE_CHECKING:
    from .server import ApiServer

USAGE = ("cpu", "memory")
"""The metrics of pods and nodes that `metrics.k8s.io` has; all others are custom ones."""

WINDOW_SECONDS = 15
"""Over how long a value is said to have been taken. It always ends at this moment (D-080)."""

NOMINAL = {"cpu": Quantity("1m"), "memory": Quantity("8Mi")}
"""What a container is said to use that requests nothing, where usage is nominal."""

NOWHERE = "the server could not find the requested resource"

Series = tuple[tuple[float, Quantity | None], ...]
"""Values and the moments, in seconds since the start of the cluster, from which on they count, oldest first."""


@attrs.frozen
class Measure:
    """What is measured of some objects: a resource and a pattern of names, or of the outside (`external`)."""

    resource: str
    """The key of the objects' resource, such as `pods` or `deployments.apps`; `external` for none."""
    namespace: str | None
    pattern: str
    metric: str
    series: Series
    container: str = ""
    """The container that uses it; empty for the whole pod, whose containers then use equal parts."""
    labels: FrozenMap[str, str] = EMPTY_MAP
    shared: bool = False
    """Whether the value is that of all the running pods together, each of which has an equal part."""

    @property
    def family(self) -> str:
        """The server that it needs."""
        if self.resource == "external":
            return "external"
        return "usage" if self.resource in ("pods", "nodes") and self.metric in USAGE else "custom"

    @property
    def what(self) -> tuple[object, ...]:
        """What it is a measure of: a later one of the same takes its place."""
        return (self.resource, self.namespace, self.pattern, self.metric, self.container, self.labels)

    def covers(self, resource: str, namespace: str | None, name: str) -> bool:
        """Whether an object is one of those that are measured."""
        here = self.namespace is None or namespace == self.namespace
        return self.resource == resource and here and fnmatchcase(name, self.pattern)

    def value(self, now: float) -> Quantity | None:
        """The value that counts now; None where there is none."""
        return next((value for since, value in reversed(self.series) if since <= now), None)


def _read_only(group: str, version: str, plural: str, kind: str, scope: str = "Namespaced") -> Resource:
    """The row of a kind that is worked out when somebody looks."""
    described = custom_kind(group, version, plural, kind, scope=scope)
    return row(attrs.evolve(described, verbs=("get", "list")))


POD_METRICS = _read_only("metrics.k8s.io", "v1beta1", "pods", "PodMetrics")
NODE_METRICS = _read_only("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", "Cluster")
SERVED = (POD_METRICS, NODE_METRICS)
"""The rows of what `kubectl top` shows: served from when on something is declared of pods or nodes."""

CUSTOM = _read_only("custom.metrics.k8s.io", "v1beta2", "metricvalues", "MetricValue")
EXTERNAL = _read_only("external.metrics.k8s.io", "v1beta1", "externalmetricvalues", "ExternalMetricValue")
"""The rows of numbers; they are served under no path of their own."""


def declare(server: ApiServer, measures: Iterable[Measure]) -> None:
    """From now on these things are measured as well, or differently."""
    for measure in measures:
        others = [each for each in server.state.measures if each.what != measure.what]
        server.state.measures = (measure, *others)
        if measure.family == "usage":
            serve_usage(server)


def be_nominal(server: ApiServer) -> None:
    """From now on every container uses something, whether or not anything is declared of it."""
    server.state.nominal = True
    serve_usage(server)


def serve_usage(server: ApiServer) -> None:
    """From now on it can be asked what pods and nodes use."""
    if server.resources.find("metrics.k8s.io", "v1beta1", "pods") is None:
        for resource in SERVED:
            server.resources.add(resource)


def nominal(container: Any, metric: str) -> Quantity:
    """What a container uses if nobody says how much."""
    asked = container.resources.requests.get(metric)
    return NOMINAL[metric] if asked is None else Quantity.of_nanos(asked.nanos // 2, asked.notation)


# The use of pods and nodes


class Gauge:
    """What a server has to say of this moment. Lives as long as one request."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self.now = server.clock.now
        self.measures: tuple[Measure, ...] = server.state.measures
        self._shares: dict[Measure, int] = {}

    def require(self, family: str, text: str) -> None:
        """Raise NotFound, with a text, if there is no server for a family."""
        known = family == "usage" and (self._server.state.nominal or self._server.shows_use())
        if not known and not any(measure.family == family for measure in self.measures):
            raise errors.NotFound(text, details={})

    def of(self, resource: str, namespace: str | None, name: str, metric: str, container: str = "") -> Measure | None:
        """The measure of a metric of an object that counts."""
        return next(
            (
                each
                for each in self.measures
                if each.metric == metric
                and each.container in ("", container)
                and each.covers(resource, namespace, name)
            ),
            None,
        )

    def value(self, measure: Measure | None) -> Quantity | None:
        """What a measure says of one object."""
        whole = None if measure is None else measure.value(self.now)
        if measure is None or whole is None or not measure.shared:
            return whole
        if measure not in self._shares:
            pods = self._server.desk.list(core.Pod, measure.namespace)
            running = [pod for pod in pods if _runs(pod) and _covers_pod(measure, pod)]
            self._shares[measure] = max(1, len(running))
        return Quantity.of_nanos(whole.nanos // self._shares[measure], whole.notation)

    def usage(self, pod: Any) -> dict[str, dict[str, Quantity]]:
        """What each container of a pod uses, as far as it is measured."""
        found: dict[str, dict[str, Quantity]] = {}
        for container in pod.spec.containers:
            for metric in USAGE:
                part = self._part(pod, container, metric)
                if part is not None:
                    found.setdefault(container.name, {})[metric] = part
        return found

    def _part(self, pod: Any, container: Any, metric: str) -> Quantity | None:
        """What one container of a pod uses: its own, its part of what the pod does, or what is nominal."""
        measure = self.of("pods", pod.metadata.namespace, pod.metadata.name, metric, container.name)
        if measure is None:
            used = self._server.used(pod, container.name, metric)
            return used if used is not None or not self._server.state.nominal else nominal(container, metric)
        value = self.value(measure)
        if measure is None or value is None or measure.container:
            return value
        return Quantity.of_nanos(value.nanos // len(pod.spec.containers), value.notation)


def _runs(pod: Any) -> bool:
    return pod.status.phase == "Running" and is_active(pod)


def _covers_pod(measure: Measure, pod: Any) -> bool:
    return measure.covers("pods", pod.metadata.namespace, pod.metadata.name)


def _stamped(server: ApiServer, resource: Resource, of: Any, **body: Any) -> CustomObject:
    """An object of this moment, named as what it tells of."""
    metadata = meta.ObjectMeta(
        name=of.name, namespace=of.namespace, labels=of.labels, creation_timestamp=server.stamp()
    )
    head = {"apiVersion": resource.kind.api_version, "kind": resource.kind.kind}
    window = {"timestamp": str(Time.at(server.clock.unix)), "window": f"{WINDOW_SECONDS}s"}
    return CustomObject({**head, **window, **body}, metadata=metadata)


def _written(usage: Mapping[str, Quantity]) -> dict[str, str]:
    return {metric: str(amount) for metric, amount in usage.items()}


def _pods(server: ApiServer, namespace: str | None) -> Iterator[CustomObject]:
    """The metrics of every running pod of which anything is measured."""
    gauge = Gauge(server)
    gauge.require("usage", f"{NOWHERE} (get pods.metrics.k8s.io)")
    for pod in server.desk.list(core.Pod, namespace):
        usage = gauge.usage(pod) if pod.status.phase == "Running" else {}
        if usage:
            containers = [{"name": name, "usage": _written(used)} for name, used in usage.items()]
            yield _stamped(server, POD_METRICS, pod.metadata, containers=containers)


def _nodes(server: ApiServer, namespace: str | None) -> Iterator[CustomObject]:
    """The metrics of every node: what is said of it, or else what its pods use together."""
    gauge = Gauge(server)
    gauge.require("usage", f"{NOWHERE} (get nodes.metrics.k8s.io)")
    used: dict[str, dict[str, Quantity]] = {}
    for pod in server.desk.list(core.Pod):
        if pod.status.phase == "Running":
            total = used.setdefault(pod.spec.node_name or "", {})
            for usage in gauge.usage(pod).values():
                total.update({metric: total.get(metric, Quantity()) + amount for metric, amount in usage.items()})
    for node in server.desk.list(core.Node):
        name = node.metadata.name
        said = {metric: gauge.value(gauge.of("nodes", None, name, metric)) for metric in USAGE}
        none = dict.fromkeys(USAGE, Quantity()) if server.state.nominal else {}
        usage = {**none, **used.get(name, {}), **{metric: value for metric, value in said.items() if value is not None}}
        yield _stamped(server, NODE_METRICS, node.metadata, usage=_written(usage))


_USAGE = {POD_METRICS.key: _pods, NODE_METRICS.key: _nodes}


def list_usage(server: ApiServer, request: Request) -> Answer:
    """The metrics of pods or nodes. Raises NotFound if there is no metrics server."""
    found = _USAGE[request.resource.key](server, request.namespace)
    labels = request.options.labels
    items = tuple([each for each in found if labels is None or labels.matches(each.metadata.labels)])
    return Answer(Page(items, server.revision))


def get_usage(server: ApiServer, request: Request) -> Answer:
    """The metrics of one pod or node. Raises NotFound."""
    for each in _USAGE[request.resource.key](server, request.namespace):
        if each.metadata.name == request.name:
            return Answer(each)
    name = f"{request.namespace}/{request.name}" if request.namespace else request.name
    key = request.resource.key
    raise errors.NotFound(f'{key.split(".")[0]}metrics.metrics.k8s.io "{name}" not found', details={})


# Numbers


def list_custom(server: ApiServer, request: Request) -> Answer:
    """The values of a metric (the subresource) of objects, named `resource/name`; `pods/*` are all that are selected.

    Each is a pair of the object's name and the value. Raises NotFound if there are none, or no server for them.
    """
    gauge = Gauge(server)
    gauge.require("custom", "no custom metrics API (custom.metrics.k8s.io) registered")
    key, _, name = request.name.partition("/")
    metric, labels, found = request.subresource, request.options.labels, []
    if name == "*":
        pods = server.desk.list(core.Pod, request.namespace)
        names = [pod.metadata.name for pod in pods if labels is None or labels.matches(pod.metadata.labels)]
    else:
        names = [name]
    for each in names:
        value = gauge.value(gauge.of(key, request.namespace, each, metric))
        if value is not None:
            found.append((each, value))
    if not found and name != "*":
        text = f"the server could not find the metric {metric} for {key} {name}"
        raise errors.NotFound(text, details={})
    return Answer(Page(tuple(found), server.revision))


def list_external(server: ApiServer, request: Request) -> Answer:
    """The values of a metric from outside whose labels are selected. Raises NotFound if there is no server for it."""
    gauge, metric, labels = Gauge(server), request.name, request.options.labels
    gauge.require("external", f"{NOWHERE} (get {metric}.external.metrics.k8s.io)")
    found = [
        value
        for each in gauge.measures
        if each.covers("external", request.namespace, metric) and (labels is None or labels.matches(each.labels))
        for value in [each.value(gauge.now)]
        if value is not None
    ]
    return Answer(Page(tuple(found), server.revision))


COMMANDS = {
    **{(resource.key, "list"): list_usage for resource in SERVED},
    **{(resource.key, "get"): get_usage for resource in SERVED},
    (CUSTOM.key, "list"): list_custom,
    (EXTERNAL.key, "list"): list_external,
}
"""What answers, by resource and verb."""
