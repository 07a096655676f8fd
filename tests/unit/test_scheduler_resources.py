"""What pods ask for: the arithmetic of containers, init containers, sidecars, overhead and pod-level resources."""

from __future__ import annotations

from typing import Any

import pytest

from kemu.objects import Pod
from kemu.objects.codec import decode
from kemu.objects.pod_resources import Resources, host_ports, is_extended, is_scalar, node_use, pod_requests
from kemu.reconcilers.scheduler.plugins.node_resources import (
    RequestedToCapacityRatio,
    balanced,
    least_allocated,
    most_allocated,
)

MI = 1024 * 1024


def pod(**spec: Any) -> Any:
    spec.setdefault("containers", [])
    document = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"}, "spec": spec}
    return decode(Pod, document)


def container(cpu: str = "", memory: str = "", **more: Any) -> dict[str, Any]:
    requests = {name: amount for name, amount in (("cpu", cpu), ("memory", memory)) if amount}
    return {"name": "c", "resources": {"requests": requests}, **more}


CASES = [
    ("containers add up", {"containers": [container("100m"), container("200m")]}, 300),
    (
        "a long init container counts when it needs more",
        {"containers": [container("100m")], "initContainers": [container("1")]},
        1000,
    ),
    (
        "a short init container does not",
        {"containers": [container("2")], "initContainers": [container("1")]},
        2000,
    ),
    (
        "a sidecar runs beside the containers",
        {"containers": [container("1")], "initContainers": [container("500m", restartPolicy="Always")]},
        1500,
    ),
    (
        "an init container runs beside the sidecars before it",
        {
            "containers": [container("100m")],
            "initContainers": [container("500m", restartPolicy="Always"), container("1")],
        },
        1500,
    ),
    (
        "overhead comes on top",
        {"containers": [container("100m")], "overhead": {"cpu": "50m"}},
        150,
    ),
    (
        "pod-level resources replace the sum",
        {"containers": [container("100m")], "resources": {"requests": {"cpu": "2"}}},
        2000,
    ),
]


@pytest.mark.parametrize(("rule", "spec", "expected"), CASES, ids=[case[0] for case in CASES])
def test_cpu_that_a_pod_asks_for(rule: str, spec: dict[str, Any], expected: int) -> None:
    """The sum of what runs at the same time, at its peak."""
    assert Resources(pod_requests(pod(**spec))).milli_cpu == expected


def test_containers_without_requests_count_a_little_when_nodes_are_scored() -> None:
    """100m CPU and 200 MiB for each container that asks for nothing, but only for scoring."""
    use, cpu, memory = node_use(pod(containers=[container(), container("1", "1Gi")]))
    assert (use.milli_cpu, use.memory) == (1000, 1024 * MI)
    assert (cpu, memory) == (1100, 1224 * MI)


@pytest.mark.parametrize(
    ("name", "scalar", "extended"),
    [
        ("cpu", False, False),
        ("pods", False, False),
        ("hugepages-2Mi", True, False),
        ("example.com/gpu", True, True),
        ("kubernetes.io/thing", True, False),
        ("attachable-volumes-x", True, False),
        ("gpu", False, False),
        ("requests.example.com/gpu", False, False),
    ],
)
def test_which_resources_are_tracked(name: str, scalar: bool, extended: bool) -> None:
    """Extended resources, huge pages, native prefixed resources and attachable volumes."""
    assert (is_scalar(name), is_extended(name)) == (scalar, extended)


def test_host_ports_of_containers_and_sidecars() -> None:
    """Init containers that end before the pod runs hold no ports."""
    port = {"ports": [{"containerPort": 80, "hostPort": 8080}]}
    spec = {
        "containers": [container(**port)],
        "initContainers": [container(ports=[{"containerPort": 1, "hostPort": 1}])],
    }
    assert host_ports(pod(**spec)) == (("0.0.0.0", "TCP", 8080),)


@pytest.mark.parametrize(
    ("scorer", "rows", "expected"),
    [
        (least_allocated, [(1, (250, 0, 1000)), (1, (500, 0, 1000))], 62),
        (least_allocated, [(1, (2000, 0, 1000))], 0),
        (most_allocated, [(1, (250, 0, 1000)), (3, (1000, 0, 1000))], 81),
        (most_allocated, [], 0),
        (balanced, [(1, (500, 0, 1000)), (1, (500, 0, 1000))], 75),
        (balanced, [(1, (1000, 0, 1000)), (1, (0, 0, 1000))], 50),
        (
            RequestedToCapacityRatio([{"utilization": 0, "score": 0}, {"utilization": 100, "score": 10}]),
            [(1, (300, 0, 1000))],
            30,
        ),
        (
            RequestedToCapacityRatio([{"utilization": 0, "score": 10}, {"utilization": 100, "score": 0}]),
            [(1, (300, 0, 1000))],
            70,
        ),
        (
            RequestedToCapacityRatio([{"utilization": 50, "score": 5}, {"utilization": 60, "score": 2}]),
            [(1, (990, 0, 1000)), (1, (100, 0, 1000))],
            35,
        ),
    ],
)
def test_scores_of_resource_use(scorer: Any, rows: Any, expected: int) -> None:
    """Worked examples; a row is (weight, (requested with the pod, requested without it, allocatable))."""
    assert scorer(rows) == expected
