"""The census: which shapes of pods are on which nodes."""

from __future__ import annotations

from typing import Any

from kemu.objects import core, evolve
from kemu.reconcilers.scheduler.census import Census, Number
from kemu.reconcilers.scheduler.shapes import PodInfo
from kemu.reconcilers.scheduler.terms import EVERYTHING, NOTHING, AffinityTerm, LabelMatcher, exactly
from kemu.testing import builders
from kemu.values.times import Time


def info(name: str, *, namespace: str = "default", leaving: bool = False, **labels: str) -> PodInfo:
    """A pod, on its way out if wanted."""
    pod = builders.make_pod(name, namespace, labels=labels)
    return PodInfo(evolve(pod, {"metadata.uid": name, "metadata.deletion_timestamp": Time(1) if leaving else None}))


def census(*placed: tuple[PodInfo, str]) -> Census:
    """A census of pods and their nodes."""
    found = Census()
    for pod, node in placed:
        found.add(pod, node)
    return found


def term(selector: LabelMatcher, **fields: Any) -> AffinityTerm:
    """An affinity term of a pod in the namespace default."""
    found = AffinityTerm("default", core.PodAffinityTerm(topology_key="zone", **fields))
    found.selector = selector
    return found


WEB, API = {"app": "web"}, {"app": "api"}


def test_pods_that_are_being_deleted_are_counted_apart() -> None:
    """Spreading does not count them, affinity does."""
    found = census((info("a", **WEB), "n0"), (info("b", leaving=True, **WEB), "n0"), (info("c", **WEB), "n1"))
    (shape,) = found.selected("default", exactly(WEB))
    assert dict(found.on_nodes(shape)) == {"n0": Number(1, 1), "n1": Number(1, 0)}
    assert found.staying("default", exactly(WEB)) == {"n0": 1, "n1": 1}


def test_a_selector_finds_the_shapes_of_its_namespace() -> None:
    """By any of its labels, and all of them if it asks for none."""
    found = census(
        (info("a", tier="back", **WEB), "n0"), (info("b", **API), "n0"), (info("c", namespace="other", **WEB), "n0")
    )
    labels = {
        selector: [shape.labels["app"] for shape in found.selected("default", selector)]
        for selector in (exactly(WEB), exactly({"tier": "back", "app": "web"}), EVERYTHING, NOTHING)
    }
    assert list(labels.values()) == [["web"], ["web"], ["web", "api"], []]
    exists = LabelMatcher([("tier", "Exists", frozenset())])
    assert [shape.labels["app"] for shape in found.selected("default", exists)] == ["web"]


def test_an_empty_selector_spreads_nothing() -> None:
    """As upstream: it is no constraint."""
    assert census((info("a", **WEB), "n0")).staying("default", EVERYTHING) == {}


def test_terms_mean_their_namespaces_or_all() -> None:
    """An empty namespace selector reaches into every namespace."""
    found = census((info("a", **WEB), "n0"), (info("b", namespace="other", **WEB), "n0"))
    everywhere = term(exactly(WEB), namespace_selector={})
    assert [shape.namespace for shape in found.meant([term(exactly(WEB))])] == ["default"]
    assert {shape.namespace for shape in found.meant([everywhere])} == {"default", "other"}


def test_what_has_left_is_forgotten() -> None:
    """Down to the label, and only on that side of a fork."""
    pod = info("a", **WEB)
    found = census((pod, "n0"))
    twin = found.fork()
    twin.remove(pod, "n0")
    twin.check({})
    found.check({"n0": [pod]})
    assert twin.selected("default", exactly(WEB)) == [] and len(found.selected("default", exactly(WEB))) == 1
