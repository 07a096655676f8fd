"""How fast custom resources are, beside ConfigMaps of the same size, and how fast rules are::

    python bench/custom.py

A custom resource without rules should be created within 1.3 times the time of a ConfigMap, over REST and by hand, and
1,000 evaluations of a compiled rule should take at most 0.1 s. Nothing but the API server is asked.
"""

from __future__ import annotations

import gc
import itertools
import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.pop(0)  # this folder, whose http.py is not the one of Python
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import kemu
from kemu.cel import DYN, Environment

JSON = {"Content-Type": "application/json"}
SIZES = {"small": 3, "large": 60}
COUNT = 1000


def definition() -> dict[str, Any]:
    """A kind with one typed list of text values and some settings."""
    entry = {"type": "object", "properties": {"key": {"type": "string", "maxLength": 63}, "value": {"type": "string"}}}
    spec = {
        "type": "object",
        "properties": {
            "data": {"type": "object", "additionalProperties": {"type": "string"}},
            "entries": {"type": "array", "items": entry},
            "size": {"type": "integer", "minimum": 0},
        },
    }
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}},
    }
    names = {"plural": "widgets", "kind": "Widget"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]},
    }


def config_map(name: str, size: int) -> dict[str, Any]:
    """A ConfigMap with so many values."""
    data = {f"key-{n}": f"value-{n}" for n in range(size)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"app": "a"}}, "data": data}


def widget(name: str, size: int) -> dict[str, Any]:
    """A custom resource with the same values."""
    data = {f"key-{n}": f"value-{n}" for n in range(size)}
    metadata = {"name": name, "labels": {"app": "a"}}
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata, "spec": {"data": data}}


def medians(*works: Callable[[], object]) -> list[float]:
    """Microseconds of one call of each, at the median; they take turns, so that a busy machine is so for all."""
    found: list[list[float]] = [[] for _ in works]
    for _ in range(COUNT):
        for work, times in zip(works, found, strict=True):
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
    return [statistics.median(times) * 1e6 for times in found]


def creations(cluster: kemu.Cluster, size: int) -> None:
    """Print what creations of both kinds cost, over REST and by hand, and their ratio."""
    numbers = itertools.count()
    api = "/api/v1/namespaces/default/configmaps", "/apis/example.com/v1/namespaces/default/widgets"

    def post(path: str, make: Callable[[str, int], dict[str, Any]]) -> Callable[[], object]:
        def work() -> object:
            body = json.dumps(make(f"n{size}-{next(numbers)}", size))
            answer = cluster.request("POST", path, headers=JSON, body=body)
            assert answer.status == 201, answer.body
            return answer

        return work

    def by_hand(make: Callable[[str, int], dict[str, Any]]) -> Callable[[], object]:
        return lambda: cluster.create(make(f"n{size}-{next(numbers)}", size))

    for way, built_in, custom in (
        ("REST", post(api[0], config_map), post(api[1], widget)),
        ("by hand", by_hand(config_map), by_hand(widget)),
    ):
        first, second = medians(built_in, custom)
        ratio = second / first
        print(f"create, {size:3} values, {way:8} ConfigMap {first:6.0f} µs  custom {second:6.0f} µs  {ratio:.2f}")


def rules() -> None:
    """Print what evaluations of compiled rules cost."""
    environment = Environment({"self": DYN})
    held = {"self": {"a": 1, "s": "xx", "l": list(range(1, 11))}}
    for text in ("self.a > 0", "self.s.matches('^[a-z]+$') && self.a in self.l", "self.l.all(x, x > 0)"):
        program = environment.compile(text)
        (each,) = medians(partial(program.evaluate, held))
        print(f"1,000 of {text:50} {each / 1000:.4f} s")


def main() -> None:
    """Print a row for each."""
    gc.collect()
    gc.freeze()
    cluster = kemu.Cluster(nodes=0)
    cluster.apply(definition())
    for size in SIZES.values():
        creations(cluster, size)
    rules()


if __name__ == "__main__":
    main()
