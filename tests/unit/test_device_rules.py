"""Claims on devices, classes and slices: what a server refuses, in its words."""

import pytest

import kemu
from kemu import errors

REQUEST = {"name": "r", "exactly": {"deviceClassName": "c"}}
LABEL = "a lowercase RFC 1123 label must consist of"


@pytest.fixture(scope="module")
def cluster():
    return kemu.Cluster(nodes=0, controllers="")


def claim(**devices):
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": {"name": "x"},
        "spec": {"devices": {"requests": [REQUEST], **devices}},
    }


def exactly(**more):
    return claim(requests=[{"name": "r", "exactly": {"deviceClassName": "c", **more}}])


def causes(cluster, document):
    """What a server says of a new object: pairs of field and text."""
    with pytest.raises(errors.Invalid) as caught:
        cluster.fork().create(document)
    return [(each["field"], each["message"]) for each in caught.value.status["details"]["causes"]]


@pytest.mark.parametrize(
    ("document", "field", "text"),
    [
        (claim(requests=[{"name": "r"}]), "requests[0]", "Required value: exactly one of"),
        (claim(requests=[{**REQUEST, "name": "x:y"}]), "requests[0].name", f'Invalid value: "x:y": {LABEL}'),
        (claim(requests=[REQUEST, REQUEST]), "requests[1]", 'Duplicate value: "r"'),
        (claim(requests=[REQUEST] * 33), "requests", "Too many: 33: must have at most 32 items"),
        (exactly(deviceClassName=""), "requests[0].exactly.deviceClassName", "Required value"),
        (
            exactly(allocationMode="All", count=2),
            "requests[0].exactly.count",
            "Invalid value: 2: must not be specified",
        ),
        (exactly(count=-1), "requests[0].exactly.count", "Invalid value: -1: must be greater than zero"),
        (exactly(allocationMode="Some"), "requests[0].exactly.allocationMode", 'Unsupported value: "Some"'),
        (exactly(selectors=[{}]), "requests[0].exactly.selectors[0].cel", "Required value"),
        (
            exactly(selectors=[{"cel": {"expression": "device.driver"}}]),
            "requests[0].exactly.selectors[0].cel.expression",
            'Invalid value: "device.driver": must evaluate to bool',
        ),
        (
            exactly(tolerations=[{"operator": "Exists", "value": "v"}]),
            "requests[0].exactly.tolerations[0].value",
            'Invalid value: "v": must be empty for operator `Exists`',
        ),
        (claim(constraints=[{}]), "constraints[0]", "Required value: exactly one of"),
        (
            claim(constraints=[{"matchAttribute": "model"}]),
            "constraints[0].matchAttribute",
            'Invalid value: "model": a fully qualified name must be a domain and a name',
        ),
        (
            claim(constraints=[{"requests": ["none"], "matchAttribute": "e.com/model"}]),
            "constraints[0].requests[0]",
            'Invalid value: "none": must be the name of a request in the claim',
        ),
        (claim(config=[{}]), "config[0].opaque", "Required value"),
        (
            claim(config=[{"opaque": {"driver": "d.example.com", "parameters": [1]}}]),
            "config[0].opaque.parameters",
            'Invalid value: "<value omitted>": must be a valid JSON object',
        ),
    ],
)
def test_a_claim_that_is_wrong_says_where(cluster, document, field, text):
    (found, said), *others = causes(cluster, document)
    assert found == f"spec.devices.{field}" and said.startswith(text) and not others


def test_what_is_claimed_never_changes(cluster):
    own = cluster.fork()
    own.create(claim())
    with pytest.raises(errors.Invalid, match="field is immutable"):
        own.patch("resourceclaim/x", {"spec": {"devices": {"requests": [{**REQUEST, "name": "other"}]}}})
    own.patch("resourceclaim/x", {"metadata": {"labels": {"a": "b"}}})


ADMINS = "resource.kubernetes.io/admin-access"


def test_devices_of_others_are_for_namespaces_of_admins(cluster):
    """Who asks for such a device, in a claim or a template, and who is given one."""
    own, asked = cluster.fork(), exactly(adminAccess=True)
    template = {**asked, "kind": "ResourceClaimTemplate", "spec": {"spec": asked["spec"]}}
    text = f"Forbidden: admin access to devices requires the `{ADMINS}: true` label on the containing namespace"
    for document in (asked, template):
        assert causes(own, document) == [("spec.devices.requests[0].adminAccess", text)]
    own.create(exactly(adminAccess=False))
    own.patch("namespace/default", {"metadata": {"labels": {ADMINS: "true"}}})
    for document in (asked, template):
        own.create({**document, "metadata": {"name": "y"}})
    own.patch("namespace/default", {"metadata": {"labels": {ADMINS: None}}})
    own.patch("resourceclaim/y", {"metadata": {"labels": {"a": "b"}}})
    result = {"request": "r", "driver": "d.example.com", "pool": "p", "device": "e", "adminAccess": True}
    status = {"status": {"allocation": {"devices": {"results": [result]}}}}
    with pytest.raises(errors.Invalid) as caught:
        own.patch("resourceclaim/y", status, subresource="status")
    (cause,) = caught.value.status["details"]["causes"]
    assert (cause["field"], cause["message"]) == ("status.allocation.devices.results[0].adminAccess", text)


def test_a_template_is_asked_what_a_claim_is_asked(cluster):
    inner = {"devices": {"requests": [{"name": ""}]}}
    document = {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaimTemplate", "metadata": {"name": "x"}}
    found = causes(cluster, {**document, "spec": {"spec": inner}})
    assert [field for field, _ in found] == ["spec.spec.devices.requests[0].name", "spec.spec.devices.requests[0]"]


def slice_(**spec):
    pool = {"name": "p", "generation": 1, "resourceSliceCount": 1}
    own = {"driver": "d.example.com", "pool": pool, "nodeName": "n", **spec}
    own = {name: value for name, value in own.items() if value is not None}
    return {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": "x"}, "spec": own}


@pytest.mark.parametrize(
    ("document", "field", "text"),
    [
        (slice_(nodeName=None), "spec", "Required value: exactly one of `nodeName`, `nodeSelector`"),
        (slice_(allNodes=True), "spec", 'Invalid value: "{`nodeName`, `allNodes`}": exactly one of'),
        (slice_(pool={"name": "p"}), "spec.pool.resourceSliceCount", "Invalid value: 0: must be greater than zero"),
        (slice_(devices=[{"name": "a_b"}]), "spec.devices[0].name", f'Invalid value: "a_b": {LABEL}'),
        (slice_(devices=[{"name": "a"}, {"name": "a"}]), "spec.devices[1]", 'Duplicate value: "a"'),
        (
            slice_(devices=[{"name": "a", "attributes": {"x": {}}}]),
            "spec.devices[0].attributes[x]",
            'Invalid value: "": exactly one value must be specified',
        ),
    ],
)
def test_a_slice_that_is_wrong_says_where(cluster, document, field, text):
    (found, said), *others = causes(cluster, document)
    assert found == field and said.startswith(text) and not others


def test_a_class_has_selectors_that_can_be_read(cluster):
    document = {"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass", "metadata": {"name": "c"}}
    found = causes(cluster, {**document, "spec": {"selectors": [{"cel": {"expression": "device +"}}]}})
    assert found[0][0] == "spec.selectors[0].cel.expression" and "Syntax error" in found[0][1]
    own = cluster.fork()
    own.create({**document, "spec": {"selectors": [{"cel": {"expression": 'device.driver == "d"'}}]}})
