"""Claims on devices: made from templates for pods, held as long as these need them, and given back."""

from __future__ import annotations

import pytest

import kemu
from kemu import errors
from kemu.reconcilers.resource_claim import base
from tests.scenarios.manifests import script_pod

API = "resource.k8s.io/v1"
REQUESTS = {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "gpu"}}]}}
TEMPLATE = {"apiVersion": API, "kind": "ResourceClaimTemplate", "metadata": {"name": "one"},
            "spec": {"metadata": {"labels": {"made": "here"}}, "spec": REQUESTS}}  # fmt: skip


def shelf(*devices):
    """A class of devices, and those that node-0 has."""
    spec = {"driver": "gpu.example.com", "nodeName": "node-0", "devices": [{"name": name} for name in devices],
            "pool": {"name": "node-0", "generation": 1, "resourceSliceCount": 1}}  # fmt: skip
    return [
        {"apiVersion": API, "kind": "ResourceSlice", "metadata": {"name": "s"}, "spec": spec},
        {"apiVersion": API, "kind": "DeviceClass", "metadata": {"name": "gpu"}, "spec": {}},
    ]


def user(name, *args, template="one", **spec):
    """A pod with a device of its own."""
    claims = [{"name": "gpu", "resourceClaimTemplateName": template}]
    return script_pod(name, *args, resourceClaims=claims, **spec)


def held(cluster):
    """By claim: which device it has, and who has reserved it."""
    found = {}
    for claim in cluster.list("resourceclaims"):
        allocation = claim.status.allocation
        devices = [] if allocation is None else [each.device for each in allocation.devices.results]
        found[claim.metadata.name] = (devices, [each.name for each in claim.status.reserved_for])
    return found


def test_a_claim_is_made_for_a_pod_and_goes_when_the_pod_has_ended():
    """So that the next pod gets the device."""
    cluster = kemu.Cluster(nodes=1)
    cluster.apply([*shelf("gpu-0"), TEMPLATE, user("first", "--run=30s", restart="Never"), user("second")])
    cluster.advance("5s")
    pods = {name: cluster.get(f"pod/{name}") for name in ("first", "second")}
    names = {name: pod.status.resource_claim_statuses[0].resource_claim_name for name, pod in pods.items()}
    assert all(names[name].startswith(f"{name}-gpu-") for name in names)
    running = next(name for name, pod in pods.items() if pod.status.phase == "Running")
    other = {"first": "second", "second": "first"}[running]
    assert held(cluster) == {names[running]: (["gpu-0"], [running]), names[other]: ([], [])}
    claim = cluster.get(f"resourceclaim/{names[running]}")
    assert claim.metadata.labels == {"made": "here"}
    assert claim.metadata.annotations == {"resource.kubernetes.io/pod-claim-name": "gpu"}
    if running == "second":
        cluster.delete("pod/second")
    cluster.advance("2m")
    assert names[running] not in held(cluster)
    assert cluster.get(f"pod/{other}").status.phase in ("Running", "Succeeded")


def test_a_claim_of_ones_own_is_released_and_kept():
    """What it has is given back with its last user; it goes only when it is deleted and nobody has it."""
    cluster = kemu.Cluster(nodes=1)
    claim = {"apiVersion": API, "kind": "ResourceClaim", "metadata": {"name": "own"}, "spec": REQUESTS}
    claims = [{"name": "gpu", "resourceClaimName": "own"}]
    pods = [script_pod(name, "--run=20s", restart="Never", resourceClaims=claims) for name in ("a", "b")]
    cluster.apply([*shelf("gpu-0"), claim, *pods])
    cluster.advance("5s")
    assert held(cluster) == {"own": (["gpu-0"], ["a", "b"])}
    cluster.delete("resourceclaim/own")
    cluster.delete("pod/a")
    cluster.advance("5s")
    assert held(cluster) == {"own": (["gpu-0"], ["b"])}
    cluster.advance("1m")
    assert held(cluster) == {}


def test_a_template_that_is_missing_is_told_of():
    """The pod waits; when the template comes the claim is made."""
    cluster = kemu.Cluster(nodes=1)
    cluster.apply([*shelf("gpu-0"), user("p", template="late")])
    cluster.advance("2s")
    (event,) = [each for each in cluster.events("pod/p") if each.reason == "FailedResourceClaimCreation"]
    assert event.message == (
        'PodResourceClaim gpu: resource claim template "late": resourceclaimtemplate.resource.k8s.io "late" not found'
    )
    cluster.apply({**TEMPLATE, "metadata": {"name": "late"}})
    cluster.wait("pod/p", "condition=Ready", timeout="5m")


@pytest.mark.parametrize("number", range(1, 9))
def test_a_crash_between_any_two_writes_loses_no_device(number):
    """Whatever the controller had begun it ends, and makes no second claim."""
    cluster, writes = kemu.Cluster(nodes=1), []

    def fault(request, following):
        answer = following(request)
        if request.actor == "resourceclaim-controller" and request.verb not in ("get", "list", "watch"):
            writes.append(request)
            if len(writes) == number:
                raise errors.ProcessCrash("power cut")
        return answer

    cluster.wrap(fault)
    cluster.apply([*shelf("gpu-0"), TEMPLATE, user("first", "--run=10s", restart="Never")])
    cluster.advance("5s")
    assert len(cluster.list("resourceclaims")) == 1
    cluster.advance("1m")
    assert cluster.get("pod/first").status.phase == "Succeeded" and held(cluster) == {}
    cluster.apply(user("second"))
    cluster.advance("10s")
    assert cluster.get("pod/second").status.phase == "Running" and len(held(cluster)) == 1


def test_both_names_have_a_part_in_the_name_of_a_claim():
    """As much of each as there is room for."""
    assert base("web", "gpu") == "web-gpu-"
    assert base("p" * 60, "c" * 60) == "p" * 28 + "-" + "c" * 28


def taint(cluster, *taints):
    """Say of gpu-0 what is wrong with it."""
    devices = [{"name": "gpu-0", "taints": [{"key": "example.com/broken", "effect": effect} for effect in taints]}]
    cluster.patch("resourceslice", "s", {"spec": {"devices": devices}}, type="merge")


def test_a_pod_loses_its_device_when_the_device_is_tainted():
    """It is deleted as by a disruption; a taint that only keeps others away is none of its business."""
    cluster = kemu.Cluster(nodes=1)
    cluster.apply([*shelf("gpu-0"), TEMPLATE, user("p"), script_pod("calm")])
    cluster.wait("pod/p", "condition=Ready", timeout="1m")
    taint(cluster, "NoSchedule")
    cluster.advance("1m")
    assert cluster.get("pod/p").metadata.deletion_timestamp is None
    taint(cluster, "NoExecute")
    cluster.settle()
    gone = cluster.get("pod/p")
    (said,) = [each for each in gone.status.conditions if each.type == "DisruptionTarget"]
    assert said.reason == "DeletionByDeviceTaintManager" and gone.metadata.deletion_timestamp is not None
    reasons = [(each.reason, each.message) for each in cluster.events("pod/p")]
    assert ("DeviceTaintManagerEviction", "Marking for deletion") in reasons
    assert cluster.get("pod/calm").metadata.deletion_timestamp is None


def test_a_claim_may_put_up_with_a_taint_for_a_while():
    """So many seconds from when the taint came; if it goes before, the deletion is called off."""
    cluster = kemu.Cluster(nodes=1)
    patient = {"key": "example.com/broken", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}
    exactly = {"deviceClassName": "gpu", "tolerations": [patient]}
    spec = {"devices": {"requests": [{"name": "r", "exactly": exactly}]}}
    cluster.apply([*shelf("gpu-0"), {**TEMPLATE, "spec": {"spec": spec}}, user("p")])
    cluster.wait("pod/p", "condition=Ready", timeout="1m")
    taint(cluster, "NoExecute")
    cluster.advance("30s")
    taint(cluster)
    cluster.advance("2m")
    assert cluster.get("pod/p").metadata.deletion_timestamp is None
    assert [each.message for each in cluster.events("pod/p")][-1] == "Cancelling deletion"
    taint(cluster, "NoExecute")
    cluster.advance("55s")
    assert cluster.get("pod/p").metadata.deletion_timestamp is None
    cluster.advance("10s")
    assert not [each for each in cluster.list("pods") if each.metadata.deletion_timestamp is None]


@pytest.mark.parametrize("number", [1, 2])
def test_a_pod_is_evicted_though_the_controller_ends_between_two_writes(number):
    """It is marked and deleted, whichever the controller had come to."""
    cluster, writes = kemu.Cluster(nodes=1), []

    def fault(request, following):
        answer = following(request)
        if request.actor == "device-taint-eviction-controller" and request.resource.key == "pods":
            writes.append(request)
            if len(writes) == number:
                raise errors.ProcessCrash("power cut")
        return answer

    cluster.wrap(fault)
    cluster.apply([*shelf("gpu-0"), TEMPLATE, user("p")])
    cluster.wait("pod/p", "condition=Ready", timeout="1m")
    taint(cluster, "NoExecute")
    cluster.advance("5m")
    assert len(writes) >= number and not cluster.list("pods")
