"""Strategies: every object that is drawn is accepted, every named mistake is refused, and machines hold."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kemu
from kemu.apiserver.resources import row
from kemu.objects import custom_kind
from kemu.testing import strategies
from kemu.testing.mistakes import MISTAKES
from kemu.testing.strategies import ClusterMachine, accepted, deployments, from_crd, least, mistaken, objects
from tests.conformance.test_every_kind import BUILT_IN

FEW = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
KINDS = [f"{kind.plural}.{kind.version}.{kind.group}" if kind.group else kind.plural for kind in BUILT_IN]

KEYS = [f"{kind.plural}.{kind.group}" if kind.group else kind.plural for kind in BUILT_IN]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_drawn_of_a_kind_is_accepted(kind):
    """And so it is by a cluster, in which it can be read again."""

    @FEW
    @given(objects(kind))
    def check(document):
        assert accepted(document), document

    check()


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=list(MISTAKES))
def test_every_mistake_is_refused(mistake):
    """Of every kind that can have it; the same object without it is accepted."""
    for kind in mistake.kinds or KEYS:
        document = least(kind)
        assert accepted(document), document
        mistake.make(document)
        assert not accepted(document), document


def test_mistakes_are_drawn():
    @FEW
    @given(st.sampled_from(["pods", "deployments", "configmaps", "services", "ingresses"]).flatmap(mistaken))
    def check(drawn):
        name, document = drawn
        assert name in MISTAKES and not accepted(document), (name, document)

    check()


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


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.topologies(), strategies.actions(), strategies.fault_plans())
def test_users_and_faults_of_any_topology(topology, actions, plan):
    """Whatever was done and went wrong, in calm there are as many pods as are wished for, or it is said why not."""
    cluster = strategies.built(topology)
    assert [each.metadata.name for each in cluster.list("nodes")] == [each["name"] for each in topology]
    for action in actions:
        strategies.act(cluster, action)
    strategies.suffer(cluster, plan)
    cluster.faults.lift()
    cluster.advance("30m")
    for deployment in cluster.list("deployments"):
        said = {condition.type for condition in deployment.status.conditions}
        reasons = {condition.reason for condition in deployment.status.conditions}
        stuck = "ProgressDeadlineExceeded" in reasons  # between two templates, none of whose pods gets ready
        if not deployment.spec.paused and "ReplicaFailure" not in said and not stuck:
            assert (deployment.status.replicas or 0) == deployment.spec.replicas


class TestMachine(ClusterMachine.TestCase):
    """kemu's own controllers in the hands of users, faults and time."""

    settings = settings(max_examples=6, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck))
