"""How fast the API server is, beside a real kube-apiserver::

    python bench/api.py [--sizes 0,1000,10000] [--only WORD]

Every row is one operation in microseconds: the median of many, in clusters of several sizes (that many pods are there
already). The last column is the ratio to kube-apiserver 1.36, whose medians were measured from a Python client over
loopback with keep-alive on a machine of this kind. Nothing but the API server is asked: no time passes, no controller
works.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.pop(0)  # this folder, whose http.py is not the one of Python
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import kemu
from kemu.objects import codec, core, evolve

REAL = {"get": 1_700.0, "create": 2_900.0, "patch": 3_500.0, "list of 500": 27_000.0}
"""Microseconds of a real kube-apiserver."""

AIMS = {
    "JSON get": ("get", 30),
    "JSON create": ("create", 8),
    "JSON merge patch": ("patch", 8),
    "JSON strategic patch": ("patch", 8),
    "JSON list of 500, sent as JSON": ("list of 500", 8),
    "JSON list of 500, first time": ("list of 500", 8),
    "JSON list of 500, second time": ("list of 500", 40),
    "typed create": ("create", 18),
    "apply": ("create", 10),
}
"""What each row is compared with, and how many times faster it should be."""

JSON = {"Content-Type": "application/json"}
MERGE = {"Content-Type": "application/merge-patch+json"}
STRATEGIC = {"Content-Type": "application/strategic-merge-patch+json"}
COUNTS = (10, 100, 500)
"""So many pods are listed."""
LISTS = 5
"""In so many namespaces each: what is measured is the first look at a pod, not the first look at any pod."""
SENT = [f"sent-{number}" for number in range(LISTS)]
HERE = "/api/v1/namespaces/default/pods"


def pod(name: str) -> dict[str, Any]:
    """A pod such as people write."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "web", "tier": "front"}, "annotations": {"note": "x" * 40}},
        "spec": {
            "containers": [
                {
                    "name": "web",
                    "image": "nginx:1.27",
                    "ports": [{"containerPort": 80}],
                    "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                    "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
                    "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
                }
            ]
        },
    }


def to_list(count: int) -> list[str]:
    """The namespaces of so many pods."""
    return [f"ns-{count}-{number}" for number in range(LISTS)]


def timed(work: Callable[[], object], count: int = 200) -> float:
    """Microseconds of one call, at the median."""
    found = []
    for _ in range(count):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return statistics.median(found) * 1e6


def filled(size: int) -> kemu.Cluster:
    """A cluster with so many pods in one namespace, and in those that are to be listed as many as their names say."""
    cluster = kemu.Cluster(nodes=0, scheduler=False)
    crowds = {"crowd": size, **{name: count for count in COUNTS for name in to_list(count)}}
    for name in (*crowds, *SENT):
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    cluster.settle()
    template = codec.decode(core.Pod, pod("x"))
    for namespace, count in crowds.items():
        for number in range(count):
            metadata = evolve(template.metadata, name=f"pod-{number:06d}", namespace=namespace)
            cluster.admin.create(evolve(template, metadata=metadata))
    return cluster


def rows(cluster: kemu.Cluster) -> Iterator[tuple[str, float]]:
    """Every operation with its microseconds."""
    names = (f"new-{number}" for number in itertools.count())

    def sent(method: str, path: str, headers: Any, document: Any) -> Callable[[], None]:
        data = json.dumps(document).encode() if document is not None else None

        def call() -> None:
            response = cluster.request(method, path, headers, data)
            assert response.status < 300, response.body
            response.body  # noqa: B018

        return call

    def created() -> None:
        response = cluster.request("POST", HERE, JSON, json.dumps(pod(next(names))).encode())
        assert response.status == 201

    cluster.create(pod("here"))
    yield "JSON get", timed(sent("GET", HERE + "/here", {}, None), 1000)
    yield "JSON create", timed(created)
    flips = itertools.cycle("ab")

    def patched(headers: Any) -> Callable[[], None]:
        return lambda: sent("PATCH", HERE + "/here", headers, {"metadata": {"labels": {"flip": next(flips)}}})()

    yield "JSON merge patch", timed(patched(MERGE))
    yield "JSON strategic patch", timed(patched(STRATEGIC))
    status = HERE + "/here/status"
    yield (
        "JSON status patch",
        timed(lambda: sent("PATCH", status, MERGE, {"status": {"message": next(flips)}})()),
    )
    for namespace, number in itertools.product(SENT, range(500)):
        metadata = {"name": f"sent-{number}", "namespace": namespace}
        data = json.dumps({**pod("x"), "metadata": metadata}).encode()
        assert cluster.request("POST", f"/api/v1/namespaces/{namespace}/pods", JSON, data).status == 201

    def listed(namespaces: list[str]) -> Callable[[], None]:
        turns = itertools.cycle([f"/api/v1/namespaces/{name}/pods" for name in namespaces])
        return lambda: sent("GET", next(turns), {}, None)()

    yield "JSON list of 500, sent as JSON", timed(listed(SENT), LISTS)
    for count in COUNTS:
        lists = listed(to_list(count))
        yield f"JSON list of {count}, first time", timed(lists, LISTS)
        yield f"JSON list of {count}, second time", timed(lists, 20)
    template = codec.decode(core.Pod, pod("x"))

    def typed() -> None:
        cluster.admin.create(
            evolve(template, metadata=evolve(template.metadata, name=next(names), namespace="default"))
        )

    yield "typed create", timed(typed)
    live = [cluster.admin.get(core.Pod, "here", "default")]

    def typed_status() -> None:
        changed = evolve(live[0], status=evolve(live[0].status, message=next(flips)))
        live[0] = cluster.admin.update_status(changed)

    yield "typed status update", timed(typed_status)
    yield "apply", timed(lambda: cluster.apply(pod(next(names))))


def main() -> None:
    """Print a line for every operation."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", default="0,1000,10000", help="how many pods there are already")
    parser.add_argument("--only", default="", help="only the rows with this word in their name")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    found: dict[str, list[float]] = {}
    for size in sizes:
        cluster = filled(size)
        gc.collect()
        for name, microseconds in rows(cluster):
            found.setdefault(name, []).append(microseconds)
    print(f"{'microseconds':32}" + "".join(f"{size:>10,} pods" for size in sizes) + f"{'times real':>13}{'aim':>6}")
    for name, values in found.items():
        if arguments.only not in name:
            continue
        like, aim = AIMS.get(name, ("", 0))
        ratio = f"{REAL[like] / values[0]:12.1f}x{aim:>5}x" if like else ""
        print(f"{name:32}" + "".join(f"{value:>15,.1f}" for value in values) + ratio)


if __name__ == "__main__":
    main()
