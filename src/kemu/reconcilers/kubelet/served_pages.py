"""What a kubelet answers over HTTP, as the proxy of its node leads there: its pods, their use and logs, its health.

    /healthz  /healthz/ping  /healthz/syncloop  /healthz/log      ok
    /pods  /runningpods/                                          the pods on it, all of them or those that run
    /stats/summary                                                what the node and its containers use, in JSON
    /metrics  /metrics/resource                                   the same, and a few numbers, as Prometheus reads them
    /configz                                                      how it is configured
    /logs/...                                                     the files in /var/log: the logs of containers
    /containerLogs/NAMESPACE/POD/CONTAINER                        one log, by the options of the log subresource

What was used since the start of a container is what it uses now, all the time (D-360).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import attrs

from ...apiserver.measurements import USAGE, Gauge
from ...apiserver.request import Proxied
from ...apiserver.rest.options import log_options, parse_query
from ...containers.resolving import CLUSTER
from ...objects import codec
from ...values.quantity import Quantity
from ...values.times import Time
from .nodes import KUBELET_PORT, VERSION, Machine
from .serving import container_of, log, nine_digits
from .worker import Worker

if TYPE_CHECKING:
    from ...runtime_fake import Container
    from .fleet import Kubelets

JSON = "application/json"
METRICS = "text/plain; version=0.0.4; charset=utf-8"
NOT_FOUND = Proxied(404, "404 page not found\n")
OK = Proxied(200, "ok")

Usage = Mapping[str, Quantity]
NOTHING: Usage = dict.fromkeys(USAGE, Quantity())


@attrs.frozen
class Running:
    """A container that runs, of which pod, and what it uses."""

    pod: Any
    container: Container
    usage: Usage


@attrs.frozen
class Asked:
    """Who is asked: the kubelet of a machine, at this moment."""

    kubelets: Kubelets
    machine: Machine

    @property
    def workers(self) -> tuple[Worker, ...]:
        """Its pods."""
        return self.kubelets.state.on_node(self.machine.name)

    @property
    def now(self) -> float:
        """Virtual seconds since the start."""
        return self.kubelets.now

    def time(self, moment: float) -> str:
        """A moment, in seconds since the start, as it is written."""
        return str(Time.at(self.kubelets.unix - self.now + moment))

    def running(self) -> Iterator[Running]:
        """The containers that run, pod by pod. O(pods on the node)."""
        gauge, runtime = Gauge(self.kubelets.server), self.kubelets.runtime
        for worker in self.workers:
            usage = gauge.usage(worker.pod)
            for name, slot in worker.slots.items():
                container = runtime.container(slot.container)
                if container is not None and container.state == "running":
                    yield Running(worker.pod, container, {**NOTHING, **usage.get(name, {})})


def answer(kubelets: Kubelets, machine: Machine, path: str) -> Proxied:
    """What the kubelet of a machine answers to a GET. Raises what a log is refused with."""
    place, asked = urlsplit(path), Asked(kubelets, machine)
    exact = PAGES.get(place.path)
    if exact is not None:
        return exact(asked)
    head, _, below = place.path.lstrip("/").partition("/")
    if head == "logs":
        return _files(asked, below)
    parts = below.split("/")
    if head == "containerLogs" and len(parts) == 3:
        namespace, name, container = parts
        return _container_log(asked, f"{namespace}/{name}", container, place.query)
    return NOT_FOUND


# Pods


def _pods(asked: Asked) -> Proxied:
    return _list_of([worker.pod for worker in asked.workers])


def _running_pods(asked: Asked) -> Proxied:
    return _list_of(list({each.pod.metadata.uid: each.pod for each in asked.running()}.values()))


def _list_of(pods: list[Any]) -> Proxied:
    items = [{name: value for name, value in codec.to_dict(pod).items() if name in SHOWN} for pod in pods]
    return _json({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items})


SHOWN = ("metadata", "spec", "status")


def _json(value: Any) -> Proxied:
    return Proxied(200, json.dumps(value, separators=(",", ":"), ensure_ascii=False), JSON)


# What is used


def _together(usages: list[Usage]) -> Usage:
    total = dict(NOTHING)
    for usage in usages:
        total = {metric: total[metric] + usage[metric] for metric in USAGE}
    return total


def _of_node(asked: Asked, running: list[Running]) -> Usage:
    """What a node uses: what is said of it, or else what its containers use together."""
    gauge = Gauge(asked.kubelets.server)
    said = {metric: gauge.value(gauge.of("nodes", None, asked.machine.name, metric)) for metric in USAGE}
    return {**_together([each.usage for each in running]), **{name: each for name, each in said.items() if each}}


def _stats(asked: Asked, usage: Usage, since: float) -> dict[str, Any]:
    time, nanos = asked.time(asked.now), usage["cpu"].nanos
    memory = usage["memory"].nanos // 10**9
    return {
        "startTime": asked.time(since),
        "cpu": {"time": time, "usageNanoCores": nanos, "usageCoreNanoSeconds": round(nanos * (asked.now - since))},
        "memory": {"time": time, "usageBytes": memory, "workingSetBytes": memory, "rssBytes": memory},
    }


def _summary(asked: Asked) -> Proxied:
    running = list(asked.running())
    by_pod: dict[str, list[Running]] = {}
    for each in running:
        by_pod.setdefault(each.pod.metadata.uid, []).append(each)
    pods = []
    for those in by_pod.values():
        about = those[0].pod.metadata
        since = min(_since(each.container) for each in those)
        containers = [
            {"name": each.container.name, **_stats(asked, each.usage, _since(each.container))} for each in those
        ]
        reference = {"name": about.name, "namespace": about.namespace, "uid": about.uid}
        whole = _stats(asked, _together([each.usage for each in those]), since)
        pods.append({"podRef": reference, **whole, "containers": containers})
    node = {"nodeName": asked.machine.name, **_stats(asked, _of_node(asked, running), asked.machine.began)}
    return _json({"node": node, "pods": pods})


def _since(container: Container) -> float:
    return container.started_at or container.created_at


Family = tuple[str, str, list[tuple[Mapping[str, str], float]]]
"""A family of metrics: its name, its type, and what was measured, each with its labels."""


def _families(*families: Family) -> Proxied:
    """Families of metrics as Prometheus reads them."""
    lines = []
    for name, kind, samples in families:
        lines.append(f"# TYPE {name} {kind}\n")
        for labels, value in samples:
            inner = ",".join(f'{label}="{each}"' for label, each in labels.items())
            lines.append(f"{name}{inner and '{' + inner + '}'} {value:.12g}\n")
    return Proxied(200, "".join(lines), METRICS)


def _labels(each: Running) -> Mapping[str, str]:
    about = each.pod.metadata
    return {"container": each.container.name, "namespace": about.namespace, "pod": about.name}


def _resource_metrics(asked: Asked) -> Proxied:
    running, epoch = list(asked.running()), asked.kubelets.unix - asked.now
    node, began = _of_node(asked, running), asked.machine.began
    each = [(_labels(one), one.usage, _since(one.container)) for one in running]

    def seconds(usage: Usage, since: float) -> float:
        return usage["cpu"].nanos / 1e9 * (asked.now - since)

    def memory(usage: Usage) -> float:
        return usage["memory"].nanos / 1e9

    return _families(
        ("container_cpu_usage_seconds_total", "counter", [(who, seconds(used, since)) for who, used, since in each]),
        ("container_memory_working_set_bytes", "gauge", [(who, memory(used)) for who, used, _ in each]),
        ("container_start_time_seconds", "gauge", [(who, epoch + since) for who, _, since in each]),
        ("node_cpu_usage_seconds_total", "counter", [({}, seconds(node, began))]),
        ("node_memory_working_set_bytes", "gauge", [({}, memory(node))]),
        ("resource_scrape_error", "gauge", [({}, 0.0)]),
    )


def _metrics(asked: Asked) -> Proxied:
    running = list(asked.running())
    pods = {each.pod.metadata.uid for each in running}
    return _families(
        ("kubelet_node_name", "gauge", [({"node": asked.machine.name}, 1.0)]),
        ("kubelet_running_pods", "gauge", [({}, float(len(pods)))]),
        ("kubelet_running_containers", "gauge", [({"container_state": "running"}, float(len(running)))]),
        ("kubernetes_build_info", "gauge", [({"git_version": VERSION}, 1.0)]),
    )


def _configuration(asked: Asked) -> Proxied:
    capacity = asked.machine.node.status.capacity
    configuration = {
        "address": "0.0.0.0",
        "port": KUBELET_PORT,
        "clusterDomain": CLUSTER,
        "clusterDNS": [asked.kubelets.network.dns],
        "podCIDR": asked.machine.node.spec.pod_cidr,
        "maxPods": int(str(capacity["pods"])),
        "enableServer": True,
    }
    return _json({"kubeletconfig": configuration})


# Logs


def _container_log(asked: Asked, key: str, container: str, query: str) -> Proxied:
    found, name = [each.pod for each in asked.workers if each.key == key], key.partition("/")[2]
    if not found:
        return Proxied(404, f'pod "{name}" does not exist\n')
    options = attrs.evolve(log_options(parse_query(query), name), container=container_of(found[0], container))
    written = b"".join(log(asked.kubelets, found[0], options).poll().items)
    return Proxied(200, written.decode("utf-8", "replace"), "text/plain")


def _files(asked: Asked, path: str) -> Proxied:
    """A file in /var/log, or what is in a folder of it."""
    logs, clock = _logs(asked), asked.kubelets.loop.clock
    if path in logs:
        lines = [(nine_digits(clock, line.time), "P" if line.cut else "F", line.text) for line in logs[path]]
        return Proxied(200, "".join([f"{stamp} stdout {part} {text}\n" for stamp, part, text in lines]))
    if path and not path.endswith("/"):
        path += "/"
    inside = sorted({_first(each.removeprefix(path)) for each in logs if each.startswith(path)})
    if path and not inside:
        return NOT_FOUND
    links = "".join(f'<a href="{quote(name)}">{escape(name)}</a>\n' for name in inside or ("pods/",))
    return Proxied(200, f"<pre>\n{links}</pre>\n", "text/html; charset=utf-8")


def _first(path: str) -> str:
    name, slash, _ = path.partition("/")
    return name + slash


def _logs(asked: Asked) -> dict[str, Any]:
    """By their paths, the lines of the logs of containers, as a runtime keeps them."""
    found = {}
    for worker in asked.workers:
        about = worker.pod.metadata
        for name, slot in worker.slots.items():
            for container in filter(None, (slot.last, slot.container)):
                known = asked.kubelets.runtime.container(container)
                if known is not None:
                    path = f"pods/{about.namespace}_{about.name}_{about.uid}/{name}/{known.attempt}.log"
                    found[path] = asked.kubelets.runtime.logs(container)
    return found


PAGES: Mapping[str, Callable[[Asked], Proxied]] = {
    **dict.fromkeys(("/healthz", "/healthz/ping", "/healthz/syncloop", "/healthz/log"), lambda asked: OK),
    **dict.fromkeys(("/pods", "/pods/"), _pods),
    **dict.fromkeys(("/runningpods", "/runningpods/"), _running_pods),
    **dict.fromkeys(("/stats/summary", "/stats/"), _summary),
    "/metrics": _metrics,
    "/metrics/resource": _resource_metrics,
    "/configz": _configuration,
}
"""What answers at a path."""
