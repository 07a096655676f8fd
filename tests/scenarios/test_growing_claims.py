"""Claims that ask for more than they have."""

import pickle

import pytest

import kemu
from kemu import errors


@pytest.fixture
def world():
    cluster = kemu.Cluster(nodes=1)
    cluster.storage.provisioner("disk.example.com", takes="3s", default_class="fast")
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        }
    )
    cluster.wait("pvc/data", "jsonpath={.status.phase}=Bound")
    return cluster


MORE = {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}


def sizes(cluster):
    """What the claim has, and its volume."""
    claim = cluster.get("pvc", "data")
    volume = cluster.get("pv", claim.spec.volume_name)
    return str(claim.status.capacity["storage"]), str(volume.spec.capacity["storage"])


def test_a_class_has_to_allow_it(world):
    with pytest.raises(errors.Forbidden, match="only dynamically provisioned pvc can be resized"):
        world.patch("pvc/data", MORE)
    assert sizes(world) == ("1Gi", "1Gi")


def test_a_claim_grows_in_the_time_that_its_driver_takes(world):
    world.patch("storageclass/fast", {"allowVolumeExpansion": True})
    world.patch("pvc/data", MORE)
    world.advance("1s")
    status = world.get("pvc", "data").status
    assert [(each.type, each.status) for each in status.conditions] == [("Resizing", "True")]
    assert dict(status.allocated_resource_statuses) == {"storage": "ControllerResizeInProgress"}
    assert sizes(world) == ("1Gi", "1Gi")
    for cluster in (world.fork(), pickle.loads(pickle.dumps(world)), world):
        cluster.advance("3s")
        status = cluster.get("pvc", "data").status
        assert sizes(cluster) == ("2Gi", "2Gi")
        assert status.conditions == () and not status.allocated_resource_statuses
        assert str(status.allocated_resources["storage"]) == "2Gi"
        said = [event.reason for event in cluster.events("pvc/data")]
        assert sorted(said[-3:-1]) == ["ExternalExpanding", "Resizing"] and said[-1] == "VolumeResizeSuccessful"


def test_what_is_bound_has_nothing_to_grow(world):
    world.advance("1m")
    said = {event.reason for event in world.events("pvc/data")}
    assert said.isdisjoint({"ExternalExpanding", "Resizing"})
