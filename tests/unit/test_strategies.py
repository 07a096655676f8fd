"""Strategies: every object that is drawn is accepted, every named mistake is refused, and machines hold."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kemu
from kemu.apiserver.resources import row
from kemu.objects import custom_kind
from kemu.testing import strategies
from kemu.testing.strategies import ClusterMachine, accepted, deployments, from_crd, mistaken, objects
from tests.conformance.test_every_kind import BUILT_IN

FEW = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
KINDS = [f"{kind.plural}.{kind.version}.{kind.group}" if kind.group else kind.plural for kind in BUILT_IN]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_drawn_of_a_kind_is_accepted(kind):
    """And so it is by a cluster, in which it can be read again."""

    @FEW
    @given(objects(kind))
    def check(document):
        assert accepted(document), document

    check()


@pytest.mark.parametrize("mistake", strategies.MISTAKES)
def test_every_mistake_is_refused(mistake):
    @FEW
    @given(st.sampled_from(["pods", "deployments", "configmaps", "services", "ingresses"]).flatmap(mistaken))
    def check(drawn):
        name, document = drawn
        assert not accepted(document), (name, document)

    check()
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    assert accepted(document)
    strategies.MISTAKES[mistake](document)
    assert not accepted(document)


def test_further_fields_are_drawn():
    """Not only what a kind needs."""
    seen = set()

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(deployments())
    def draw(document):
        seen.update(document["spec"])

    draw()
    assert {"replicas", "minReadySeconds", "paused"} & seen and {"selector", "template"} <= seen


SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 1, "maximum": 9},
                "mode": {"type": "string", "enum": ["A", "B"]},
                "parts": {"type": "array", "maxItems": 2, "items": {"type": "string", "minLength": 2}},
            },
        }
    },
}
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"plural": "widgets", "kind": "Widget"},
        "scope": "Namespaced",
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA}}],
    },
}


def test_objects_of_a_custom_kind_are_accepted():
    cluster = kemu.Cluster(nodes=0)
    cluster.api.resources.add(row(custom_kind("example.com", "v1", "widgets", "Widget", schema=SCHEMA)))

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(from_crd(CRD))
    def check(document):
        assert cluster.fork().create(document).metadata.name == document["metadata"]["name"]

    check()


@settings(max_examples=5, deadline=None)
@kemu.given_cluster(deployments(), nodes=2)
def test_a_cluster_is_given(cluster, deployment):
    cluster.create(deployment)
    cluster.settle()
    assert len(cluster.list("deployments")) == 1 and 1 <= len(cluster.list("nodes")) <= 2


class TestMachine(ClusterMachine.TestCase):
    """kemu's own controllers in the hands of users, faults and time."""

    settings = settings(max_examples=6, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck))
