"""What a real server says of a status that tells of what is not there, and what it keeps of the one before."""

from __future__ import annotations

import pytest

import kemu

MERGE, APPLY = "application/merge-patch+json", "application/apply-patch+yaml"
CLAIMS, PODS = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims", "/api/v1/namespaces/default/pods"
MAPS = "/api/v1/namespaces/default/configmaps"
DEVICE = {"driver": "d.example.com", "pool": "p", "device": "dev0"}
REQUESTS = {"requests": [{"name": "r", "exactly": {"deviceClassName": "c.example.com"}}]}
ALLOCATION = {"devices": {"results": [{"request": "r", **DEVICE}]}}
UID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def cluster():
    cluster = kemu.Cluster(nodes=0, controllers="serviceaccount", scheduler=False)
    claim = {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": {"name": "a"}}
    cluster.create({**claim, "spec": {"devices": REQUESTS}})
    container = {"name": "c", "image": "i"}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container]}})
    return cluster


def answer(cluster, method, path, body, media="application/json"):
    return cluster.request(method, path, headers={"Content-Type": media}, body=body)


def patched(cluster, path, status):
    return answer(cluster, "PATCH", f"{path}/status", {"status": status}, MERGE)


def causes(said):
    assert said.status == 422, said.json()
    return {cause["field"]: cause["message"] for cause in said.json()["details"]["causes"]}


@pytest.mark.parametrize(
    ("status", "field", "text"),
    [
        (
            {"devices": [{**DEVICE, "device": "other"}]},
            "devices[0]",
            'Invalid value: {"Driver":"d.example.com","Pool":"p","Device":"other","ShareID":""}: must be an allocated',
        ),
        ({"devices": [DEVICE, DEVICE]}, "devices[1]", 'Duplicate value: {"Driver":"d.example.com","Pool":"p"'),
        ({"devices": [{**DEVICE, "pool": "a//b"}]}, "devices[0].pool", 'Invalid value: "": a lowercase RFC 1123 sub'),
        ({"devices": [{**DEVICE, "data": 1}]}, "devices[0].data", 'Invalid value: "<value omitted>": must be a valid'),
        ({"devices": [{**DEVICE, "shareID": "x"}]}, "devices[0].shareID", 'Invalid value: "x": error validating uid'),
        (
            {"devices": [{**DEVICE, "shareID": UID[:-1] + "x"}]},
            "devices[0].shareID",
            f'Invalid value: "{UID[:-1]}x": error validating uid: invalid UUID format',
        ),
        (
            {"devices": [{**DEVICE, "shareID": "{" + UID + "}"}]},
            "devices[0].shareID",
            f'Invalid value: "{{{UID}}}": uid must be in RFC 4122 normalized form',
        ),
        (
            {"devices": [{**DEVICE, "conditions": [{"type": "A", "status": "x"}]}]},
            "devices[0].conditions[0].status",
            'Unsupported value: "x"',
        ),
        (
            {"devices": [{**DEVICE, "networkData": {"ips": ["2001:DB8::1/64"]}}]},
            "devices[0].networkData.ips[0]",
            'Invalid value: "2001:DB8::1/64": must be in canonical form ("2001:db8::1/64")',
        ),
        (
            {"devices": [{**DEVICE, "networkData": {"ips": ["::ffff:1.2.3.4/120"]}}]},
            "devices[0].networkData.ips[0]",
            'Invalid value: "::ffff:1.2.3.4/120": must be in canonical form ("1.2.3.4/24")',
        ),
        (
            {"devices": [{**DEVICE, "networkData": {"interfaceName": "x" * 300}}]},
            "devices[0].networkData.interfaceName",
            "Too long: may not be more than 256 bytes",
        ),
        ({"reservedFor": [{"resource": "", "name": "n", "uid": "u"}]}, "reservedFor[0].resource", "Required value"),
        (
            {"allocation": {"devices": {"results": [{"request": "r", **DEVICE, "pool": "other"}]}}},
            "allocation",
            'Invalid value: {"Devices":{"Results":[{"Request":"r","Driver":"d.example.com","Pool":"other",',
        ),
    ],
    ids=str,
)
def test_the_status_of_a_claim_is_refused(cluster, status, field, text):
    assert patched(cluster, f"{CLAIMS}/a", {"allocation": ALLOCATION}).status == 200
    assert causes(patched(cluster, f"{CLAIMS}/a", status))[f"status.{field}"].startswith(text)


@pytest.mark.parametrize(
    ("part", "field", "text"),
    [
        ({"results": [{"request": "x", **DEVICE}]}, "results[0].request", 'Invalid value: "x": must be the name of a'),
        ({"results": [{"request": "r", **DEVICE, "driver": ""}]}, "results[0].driver", "Required value"),
        (
            {"results": [{"request": "r", **DEVICE, "bindingConditions": ["a", "a"]}]},
            "results[0].bindingConditions[1]",
            'Duplicate value: "a"',
        ),
        (
            {"results": [{"request": "r", **DEVICE, "bindingFailureConditions": ["a"]}]},
            "results[0].bindingConditions",
            "Invalid value: null: bindingConditions are required to use bindingFailureConditions",
        ),
        (
            {"config": [{"source": "Foo"}]},
            "config[0].source",
            'Unsupported value: "Foo": supported values: "FromClaim"',
        ),
        ({"config": [{"source": "FromClaim"}]}, "config[0].opaque", "Required value"),
    ],
    ids=str,
)
def test_what_is_allocated_is_judged_once(cluster, part, field, text):
    said = causes(patched(cluster, f"{CLAIMS}/a", {"allocation": {"devices": part}}))
    assert said[f"status.allocation.devices.{field}"].startswith(text)


def test_nothing_is_told_of_a_device_that_is_not_allocated_any_more(cluster):
    assert patched(cluster, f"{CLAIMS}/a", {"allocation": ALLOCATION, "devices": [DEVICE]}).status == 200
    assert "devices" not in patched(cluster, f"{CLAIMS}/a", {"allocation": None}).json().get("status", {})


@pytest.mark.parametrize(
    ("status", "field", "text"),
    [
        ({"podIP": "bad"}, "podIPs[0]", 'Invalid value: "bad": must be a valid IP address'),
        (
            {"hostIP": "1.2.3.4", "hostIPs": [{"ip": "1.2.3.5"}]},
            "hostIPs[0].ip",
            'Invalid value: "1.2.3.5": must be equal to `hostIP`',
        ),
        ({"conditions": [{"type": "A b", "status": "True"}]}, "conditions[0].Type", 'Invalid value: "A b": name part'),
        (
            {"conditions": [{"type": "Ready", "status": "True", "observedGeneration": -1}]},
            "conditions[0].observedGeneration",
            "Invalid value: -1: must be a non-negative integer",
        ),
        (
            {"resourceClaimStatuses": [{"name": "x", "resourceClaimName": "A"}]},
            "resourceClaimStatuses[0].name",
            'Invalid value: "x": must match the name of an entry in `spec.resourceClaims`',
        ),
        (
            {"extendedResourceClaimStatus": {"resourceClaimName": "", "requestMappings": []}},
            "extendedResourceClaimStatus.requestMappings",
            "Required value: at least one request mapping is required",
        ),
        (
            {
                "extendedResourceClaimStatus": {
                    "resourceClaimName": "n",
                    "requestMappings": [{"containerName": "c", "resourceName": "e.com/x", "requestName": "r"}],
                }
            },
            "extendedResourceClaimStatus.requestMappings[0].resourceName",
            'Invalid value: "e.com/x": must match the extended resource name of an entry',
        ),
    ],
    ids=str,
)
def test_the_status_of_a_pod_is_refused(cluster, status, field, text):
    assert causes(patched(cluster, f"{PODS}/p", status))[f"status.{field}"].startswith(text)


@pytest.mark.parametrize(
    ("more", "field", "text"),
    [
        (
            {"allocatedResourcesStatus": [{"name": "claim:x", "resources": []}]},
            "allocatedResourcesStatus[0].name",
            'Invalid value: "claim:x": must match one of the container\'s resource claims',
        ),
        (
            {"allocatedResourcesStatus": [{"name": "x", "resources": [{"resourceID": "a", "health": "Fine"}]}]},
            "allocatedResourcesStatus[0].resources[0].health",
            'Unsupported value: "Fine": supported values: "Healthy", "Unhealthy", "Unknown"',
        ),
        ({"user": {"linux": {"uid": -1, "gid": 0}}}, "user.linux.uid", "Invalid value: -1: must be between 0 and"),
    ],
    ids=str,
)
def test_the_status_of_a_container_is_refused(cluster, more, field, text):
    status = {"name": "c", "image": "i", "imageID": "", "ready": False, "restartCount": 0, **more}
    said = causes(patched(cluster, f"{PODS}/p", {"containerStatuses": [status]}))
    assert said[f"status.containerStatuses[0].{field}"].startswith(text)


def test_what_a_status_of_a_pod_keeps(cluster):
    """The address alone fills the list; generations that are left out stay."""
    ready = {"type": "Ready", "status": "True", "observedGeneration": 2}
    told = patched(cluster, f"{PODS}/p", {"podIP": "10.0.0.1", "observedGeneration": 2, "conditions": [ready]}).json()
    assert told["status"]["podIPs"] == [{"ip": "10.0.0.1"}]
    bare = {"type": "Ready", "status": "False"}
    kept = patched(cluster, f"{PODS}/p", {"observedGeneration": None, "conditions": [bare]}).json()["status"]
    assert kept["observedGeneration"] == 2
    assert [(each["status"], each["observedGeneration"]) for each in kept["conditions"]] == [("False", 2)]


def test_a_base_of_names_is_only_a_field_once_there_is_a_name(cluster):
    """It can be changed and taken away; and nobody begins to own what nobody owned."""
    assert answer(cluster, "POST", MAPS, {"metadata": {"name": "m"}}).status == 201
    changed = answer(cluster, "PUT", f"{MAPS}/m", {"metadata": {"name": "m", "generateName": "g-"}}).json()
    assert changed["metadata"]["generateName"] == "g-" and "managedFields" not in changed["metadata"]
    said = answer(cluster, "PUT", f"{MAPS}/m", {"metadata": {"name": "m"}}).json()
    assert "generateName" not in said["metadata"]


@pytest.mark.parametrize(
    ("name", "metadata", "status", "text"),
    [
        ("m", {}, 200, ""),
        ("m", {"namespace": "other"}, 400, "the namespace of the provided object does not match the namespace sent"),
        ("m", {"name": "n"}, 400, "the name of the object (n) does not match the name on the URL (m)"),
        ("n", {}, 400, "the name of the object (n based on URL) was undeterminable: name must be provided"),
        ("m", {"name": 1}, 500, "failed to create typed patch object (/; /v1, Kind=ConfigMap): .metadata.name"),
    ],
    ids=str,
)
def test_an_apply_needs_a_name_only_for_what_is_new(cluster, name, metadata, status, text):
    answer(cluster, "POST", MAPS, {"metadata": {"name": "m"}})
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "b"}}
    said = answer(cluster, "PATCH", f"{MAPS}/{name}?fieldManager=f", config, APPLY)
    assert said.status == status
    assert said.json().get("message", "").startswith(text)


def test_a_status_that_is_applied_to_nothing(cluster):
    config = {"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Running"}}
    assert answer(cluster, "PATCH", f"{PODS}/none/status?fieldManager=f", config, APPLY).status == 404
