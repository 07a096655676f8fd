"""What is claimed of objects over time holds, or is explained."""

import pytest

from kemu import errors


def pod(name, image="nginx", **spec):
    containers = [{"name": "c", "image": image}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": containers, **spec}}


def test_what_becomes_so(cluster):
    cluster.apply(pod("a"))
    claim = cluster.assert_that("pod/a")
    assert claim.becomes("Running").metadata.name == "a"
    claim.becomes("Ready")
    claim.becomes("condition=Ready", within="1s")
    claim.becomes(lambda each: each.spec.node_name, within="1s")
    claim.always("Running", for_="10m")
    claim.never("Failed", for_="10m")
    cluster.assert_that("pods").always("Running")
    cluster.delete("pod/a")
    assert claim.becomes("gone", within="2m") is None


def test_what_does_not_explains_itself(cluster):
    cluster.apply(pod("a", nodeSelector={"no": "where"}))
    with pytest.raises(
        AssertionError, match=r"pod/a did not become Running within 1m .*Unschedulable.*seed 0|seed 0.*Unschedulable"
    ):
        cluster.assert_that("pod/a").becomes("Running", within="1m")
    with pytest.raises(AssertionError, match="pod/a is not always Running"):
        cluster.assert_that("pod/a").always("Running")
    with pytest.raises(AssertionError, match="pod/a became Pending, which it never should"):
        cluster.assert_that("pod/a").never("Pending")
    with pytest.raises(errors.UsageError):
        cluster.assert_that("pod/a").becomes("jsonpath={.nothing}=1")


def test_what_is_said_of_a_kind(cluster):
    """`always` is about all objects that there are, `never` about any of them."""
    ends = {
        "restartPolicy": "Never",
        "containers": [{"name": "c", "image": "nginx", "command": ["sh", "-c", "exit 1"]}],
    }
    cluster.apply([pod("a"), {**pod("b"), "spec": ends}])
    with pytest.raises(AssertionError, match="pods became Failed, which it never should"):
        cluster.assert_that("pods").never("Failed")
    with pytest.raises(AssertionError, match="pods became jsonpath"):
        cluster.assert_that("pods").never("jsonpath={.status.phase}=Failed")
    with pytest.raises(AssertionError, match="pods is not always"):
        cluster.assert_that("pods").always(lambda each: each.status.phase == "Running")
    cluster.assert_that("pods").never("gone", for_="10s")


def test_a_name_that_nothing_has_is_told(cluster):
    cluster.apply(pod("a"))
    with pytest.raises(AssertionError, match=r"did not become Runing within 1m0s; did you mean 'Running'\?"):
        cluster.assert_that("pod/a").becomes("Runing", within="1m")
