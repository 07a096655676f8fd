"""What kinds refuse: the rules that cross fields, and that a hostile object is answered at once."""

import cProfile

import pytest

import kemu
from kemu import errors


@pytest.fixture(scope="module")
def cluster():
    return kemu.Cluster(nodes=0, controllers="serviceaccount", scheduler=False)


REFUSED = [
    (
        {"apiVersion": "v1", "kind": "PersistentVolume", "spec": {"capacity": {}}},
        "spec.capacity: Unsupported value: {}: supported values",
    ),
    (
        {"apiVersion": "flowcontrol.apiserver.k8s.io/v1", "kind": "FlowSchema", "spec": {"matchingPrecedence": 1}},
        "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    ),
    (
        {
            "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
            "kind": "PriorityLevelConfiguration",
            "spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Queue", "queuing": {"handSize": 60}}}},
        },
        "required entropy bits of deckSize 64 and handSize 60 should not be greater than 60",
    ),
    (
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "spec": {"group": "a.example.com", "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1},
        },
        'must be `spec.version+"."+spec.group`: "v1.a.example.com"',
    ),
    (
        {"apiVersion": "v1", "kind": "PersistentVolume", "spec": {"accessModes": ["ReadWriteOnce"]}},
        "spec.capacity: Required value",
    ),
    (
        {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "spec": {"minAvailable": ""}},
        'spec.minAvailable: Invalid value: "": a valid percent string must be',
    ),
    (
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "provisioner": "a.example.com",
            "allowedTopologies": [None],
        },
        'allowedTopologies[0].matchLabelExpressions: Duplicate value: ""',
    ),
]


@pytest.mark.parametrize(("document", "text"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_rule_names_the_field_and_says_why(cluster, document, text):
    with pytest.raises(errors.Invalid) as refused:
        cluster.create({**document, "metadata": {"name": "x"}})
    assert text in str(refused.value)


def test_what_is_wrong_many_times_costs_so_many_times(cluster):
    """A hostile list takes as many calls as it is long, not its square."""

    def cost(count):
        ports = [{"port": 0, "name": "Bad"}] * count
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": ports}}
        profile = cProfile.Profile()
        with pytest.raises(errors.Invalid), profile:
            cluster.create(service)
        return sum(entry.callcount for entry in profile.getstats())

    cost(100)
    assert cost(2000) < 5 * cost(500)


def test_no_more_is_told_than_anybody_reads(cluster):
    """Of an object that is wrong in very many places only the first ones are said: the others cost nothing (D-239)."""

    def told(count):
        containers = [{"name": "Bad_", "image": "i", "ports": [{"containerPort": 0}] * 50}] * count
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": containers}}
        with pytest.raises(errors.Invalid) as refused:
            cluster.create(pod)
        return len(refused.value.causes)

    assert told(10) == 10 * 51 + 9
    assert 2000 <= told(400) <= 2100
