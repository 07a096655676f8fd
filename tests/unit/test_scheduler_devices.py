"""Devices: the selector language, and which devices a claim gets on a node."""

from __future__ import annotations

from typing import Any

import pytest

from kemu.objects import Node, resource
from kemu.objects.codec import decode
from kemu.objects.device_expressions import compiled
from kemu.reconcilers.scheduler.device_selectors import device_variables
from kemu.reconcilers.scheduler.devices import AllocationError, Allocator
from kemu.reconcilers.scheduler.framework import Listers
from kemu.reconcilers.scheduler.nodes import NodeInfo


class Shelf(Listers):
    """Slices and classes from plain documents."""

    def __init__(self, slices: list[dict[str, Any]], classes: list[dict[str, Any]]) -> None:
        self.kinds = {
            "ResourceSlice": {s["metadata"]["name"]: decode(resource.ResourceSlice, s) for s in slices},
            "DeviceClass": {c["metadata"]["name"]: decode(resource.DeviceClass, c) for c in classes},
        }

    def get(self, kind: str, key: str) -> Any:
        return self.kinds[kind].get(key)

    def list(self, kind: str, namespace: str | None = None) -> Any:
        return tuple(self.kinds[kind].values())


def piece(node: str, *devices: dict[str, Any], **spec: Any) -> dict[str, Any]:
    pool = {"name": node, "generation": 1, "resourceSliceCount": spec.pop("count", 1)}
    place = {"nodeName": node} if "sharedCounters" not in spec else {}
    name = spec.pop("name", f"slice-{node}")
    spec = {"driver": "gpu.example.com", "pool": pool, **place, "devices": list(devices), **spec}
    return {"metadata": {"name": name}, "spec": spec}


def gpu(name: str, model: str = "a", memory: str = "8Gi", **more: Any) -> dict[str, Any]:
    attributes = {"model": {"string": model}, "index": {"int": int(name[-1])}, "driverVersion": {"version": "1.2.3"}}
    return {"name": name, "attributes": attributes, "capacity": {"memory": {"value": memory}}, **more}


CLASS = {
    "metadata": {"name": "gpu"},
    "spec": {"selectors": [{"cel": {"expression": 'device.driver == "gpu.example.com"'}}]},
}


def claim(*requests: dict[str, Any], **devices: Any) -> Any:
    spec = {"devices": {"requests": list(requests), **devices}}
    return decode(resource.ResourceClaim, {"metadata": {"name": "c", "namespace": "default"}, "spec": spec})


def exactly(name: str = "r", **more: Any) -> dict[str, Any]:
    more.setdefault("allocationMode", "ExactCount")
    more.setdefault("count", 1)
    return {"name": name, "exactly": {"deviceClassName": "gpu", **more}}


def selector(expression: str) -> list[dict[str, Any]]:
    return [{"cel": {"expression": expression}}]


def allocated(shelf: Shelf, *claims: Any, node: str = "n1", used: tuple[str, ...] = ()) -> list[list[str]] | None:
    info = NodeInfo(node, decode(Node, {"metadata": {"name": node, "labels": {"kubernetes.io/hostname": node}}}))
    allocator = Allocator(shelf, {("gpu.example.com", node, name): None for name in used})
    found = allocator.allocate(info, list(claims))
    return None if found is None else [[r.device for r in result.devices.results] for result in found]


MODEL = 'device.attributes["gpu.example.com"].model'
TAINT = {"taints": [{"key": "k", "effect": "NoSchedule"}]}
CASES = [
    ("the first free device", [gpu("g0"), gpu("g1")], exactly(), (), ["g0"]),
    ("not one in use", [gpu("g0"), gpu("g1")], exactly(), ("g0",), ["g1"]),
    ("as many as asked for", [gpu("g0"), gpu("g1"), gpu("g2")], exactly(count=2), (), ["g0", "g1"]),
    ("nothing when there are too few", [gpu("g0")], exactly(count=2), (), None),
    ("all of them", [gpu("g0"), gpu("g1")], exactly(allocationMode="All", count=0), (), ["g0", "g1"]),
    ("all means all", [gpu("g0"), gpu("g1")], exactly(allocationMode="All", count=0), ("g1",), None),
    ("by attribute", [gpu("g0"), gpu("g1", "b")], exactly(selectors=selector(f'{MODEL} == "b"')), (), ["g1"]),
    (
        "by capacity",
        [gpu("g0"), gpu("g1", memory="40Gi")],
        exactly(selectors=selector('device.capacity["gpu.example.com"].memory.compareTo(quantity("10Gi")) >= 0')),
        (),
        ["g1"],
    ),
    ("not a tainted one", [gpu("g0", **TAINT), gpu("g1")], exactly(), (), ["g1"]),
    (
        "a tainted one that is tolerated",
        [gpu("g0", **TAINT)],
        exactly(tolerations=[{"key": "k", "operator": "Exists", "effect": "NoSchedule"}]),
        (),
        ["g0"],
    ),
    ("one in use for an administrator", [gpu("g0")], exactly(adminAccess=True), ("g0",), ["g0"]),
    (
        "the best alternative that can be had",
        [gpu("g0", "b")],
        {
            "name": "r",
            "firstAvailable": [
                {
                    "name": "x",
                    "deviceClassName": "gpu",
                    "selectors": selector(f'{MODEL} == "a"'),
                    "count": 1,
                    "allocationMode": "ExactCount",
                },
                {"name": "y", "deviceClassName": "gpu", "count": 1, "allocationMode": "ExactCount"},
            ],
        },
        (),
        ["g0"],
    ),
]


@pytest.mark.parametrize(("rule", "devices", "request_", "used", "expected"), CASES, ids=[case[0] for case in CASES])
def test_what_a_request_gets(rule: str, devices: Any, request_: Any, used: Any, expected: Any) -> None:
    """Devices are tried in the order of pools, slices and devices."""
    found = allocated(Shelf([piece("n1", *devices)], [CLASS]), claim(request_), used=used)
    assert found == (None if expected is None else [expected])


def test_devices_of_one_claim_that_must_match() -> None:
    """matchAttribute makes the search go back: g0 alone has its model."""
    shelf = Shelf([piece("n1", gpu("g0", "a"), gpu("g1", "b"), gpu("g2", "b"))], [CLASS])
    wanted = claim(exactly(count=2), constraints=[{"matchAttribute": "gpu.example.com/model"}])
    assert allocated(shelf, wanted) == [["g1", "g2"]]
    wanted = claim(exactly(count=2), constraints=[{"distinctAttribute": "gpu.example.com/model"}])
    assert allocated(shelf, wanted) == [["g0", "g1"]]


def test_devices_that_share_counters() -> None:
    """Partitions of one device can be had only as long as what they share lasts."""
    counters = [{"name": "gpu-0", "counters": {"memory": {"value": "10Gi"}}}]

    def part(name: str, memory: str) -> dict[str, Any]:
        return gpu(name, consumesCounters=[{"counterSet": "gpu-0", "counters": {"memory": {"value": memory}}}])

    slices = [
        piece("n1", name="counters", count=2, sharedCounters=counters),
        piece("n1", part("p0", "6Gi"), part("p1", "6Gi"), part("p2", "4Gi"), name="parts", count=2),
    ]
    assert allocated(Shelf(slices, [CLASS]), claim(exactly(count=2))) == [["p0", "p2"]]
    assert allocated(Shelf(slices, [CLASS]), claim(exactly()), used=("p0",)) == [["p2"]]


def test_an_incomplete_pool_gives_nothing() -> None:
    """Until all its slices are there."""
    assert allocated(Shelf([piece("n1", gpu("g0"), count=2)], [CLASS]), claim(exactly())) is None


def test_a_broken_selector_is_an_error() -> None:
    """An attribute that a device lacks is a runtime error, named with its claim."""
    shelf = Shelf([piece("n1", gpu("g0"))], [CLASS])
    wanted = claim(exactly(selectors=selector('device.attributes["gpu.example.com"].nope == 1')))
    with pytest.raises(AllocationError, match="claim default/c: selector #0: CEL runtime error: no such key: nope"):
        allocated(shelf, wanted)


def test_attributes_of_unknown_domains_are_empty() -> None:
    """`has` on a domain that no attribute has is false, not an error."""
    device = decode(resource.ResourceSlice, piece("n1", gpu("g0"))).spec.devices[0]
    variables = device_variables("gpu.example.com", device)
    assert compiled('has(device.attributes["other.example.com"].x)').evaluate(variables) is False


def test_selectors_are_judged_before_they_are_asked() -> None:
    """What does not compile, or is no question, is an error of the claim or class that has it."""
    for expression, why in (
        ("device.", "CEL compile error: .*Syntax error"),
        ("device.nope", "CEL compile error: .*undefined field 'nope'"),
        ("device.driver", "must evaluate to bool or the unknown type, not string"),
    ):
        shelf = Shelf([piece("n1", gpu("g0"))], [CLASS])
        with pytest.raises(AllocationError, match=why):
            allocated(shelf, claim(exactly(selectors=selector(expression))))


def test_capacity_and_versions_are_compared_in_selectors() -> None:
    """Quantities and semantic versions have their own functions; `cel.bind` gives a part a name."""
    given = gpu("g0", memory="2Gi") | {"attributes": {"v": {"version": "1.10.0"}}}
    device = decode(resource.ResourceSlice, piece("n1", given)).spec.devices[0]
    variables = device_variables("gpu.example.com", device)
    for expression in (
        'device.capacity["gpu.example.com"].memory.compareTo(quantity("1Gi")) > 0',
        'device.attributes["gpu.example.com"].v.isGreaterThan(semver("1.9.3"))',
        'cel.bind(a, device.attributes["gpu.example.com"], has(a.v) && !has(a.w))',
    ):
        assert compiled(expression).evaluate(variables) is True
