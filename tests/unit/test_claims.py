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
