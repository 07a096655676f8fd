"""What a real server says of objects, changes and patches that it refuses, and what it makes of odd ones it takes."""

import base64

import pytest

import kemu
from kemu import errors

ASKED = base64.b64encode(b"-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n").decode()
SIGNED = base64.b64encode(b"-----BEGIN KEY-----\nMA==\n-----END KEY-----\n").decode()
EVENT = {"apiVersion": "v1", "kind": "Event", "involvedObject": {"namespace": "default"}}
NEWER = {
    "apiVersion": "events.k8s.io/v1",
    "kind": "Event",
    "eventTime": "2024-01-02T03:04:05.000006Z",
    "reportingController": "example.com/c",
    "reportingInstance": "i",
    "action": "Acts",
    "reason": "Because",
    "type": "Normal",
    "regarding": {"namespace": "default"},
}
REQUEST = {
    "apiVersion": "certificates.k8s.io/v1",
    "kind": "CertificateSigningRequest",
    "spec": {"request": ASKED, "signerName": "example.com/s", "usages": ["client auth"]},
}
CLASS = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "spec": {"controller": "example.com/c"}}
CONTROLLER = {
    "apiVersion": "v1",
    "kind": "ReplicationController",
    "spec": {
        "selector": {"a": "b"},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
    },
}


JOB_POD = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}
JOB = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": JOB_POD}}}
ATTACHMENT = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "VolumeAttachment",
    "spec": {"attacher": "example.com", "nodeName": "n", "source": {}},
}
INLINE = {"csi": {"driver": "example.com", "volumeHandle": "v"}, "accessModes": ["ReadWriteOnce"]}
DEVICES = {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "c"}}]}}
CLAIMS = {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaimTemplate", "spec": {"spec": DEVICES}}
RANGES = {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "spec": {}}
INGRESS = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": {}}
SERVICE = {"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}}
SLICE_OF_NAMES = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "FQDN"}
HOOKS = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration"}
HOOK = {"name": "a.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"]}


def _pod(limits=None, requests=None, **spec):
    """A pod with one container that asks for something."""
    resources = {"limits": limits or {}, "requests": requests or {}}
    containers = [{"name": "c", "image": "i", "resources": resources}]
    return {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": containers, **spec}}


@pytest.fixture
def cluster():
    return kemu.Cluster(nodes=0, controllers="serviceaccount", scheduler=False)


def _with(document, **changes):
    """The document with other fields in its specification, or in itself where it has none."""
    if "spec" in document:
        return {**document, "spec": {**document["spec"], **changes}}
    return {**document, **changes}


def _refusal(cluster, method, path, body, media="application/json"):
    """The message of a refusal."""
    answer = cluster.request(method, path, headers={"Content-Type": media}, body=body)
    assert answer.status >= 400, answer.body
    return answer.json()["message"]


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (
            _with(EVENT, involvedObject={"namespace": "other"}),
            'involvedObject.namespace: Invalid value: "other": does not',
        ),
        (_with(EVENT, eventTime="2024-01-02T03:04:05.000006Z"), "reportingComponent: Required value"),
        (_with(NEWER, eventTime=None), 'Event "x" is invalid: eventTime: Required value'),
        (_with(NEWER, type="Odd"), 'type: Invalid value: "": has invalid value: Odd'),
        (_with(NEWER, deprecatedCount=2), 'count: Invalid value: "": needs to be unset'),
        (_with(NEWER, action="a" * 129), 'action: Invalid value: "": can have at most 128 characters'),
        (_with(NEWER, series={"count": 1}), 'series.count: Invalid value: "": should be at least 2'),
        (_with(REQUEST, request=None), "spec.request: Invalid value: null: PEM block type must be CERTIFICATE REQUEST"),
        (_with(REQUEST, usages=["any", "any"]), 'spec.usages[1]: Duplicate value: "any"'),
        (
            _with(REQUEST, signerName="a"),
            'spec.signerName: Invalid value: "a": must be a fully qualified domain and path',
        ),
        (_with(REQUEST, signerName="a/b"), "should be a domain with at least two segments separated by dots"),
        (_with(REQUEST, expirationSeconds=5), "may not specify a duration less than 600 seconds (10 minutes)"),
        (
            _with(CLASS, parameters={"kind": "K", "name": "n", "scope": "Odd"}),
            'spec.parameters.scope: Unsupported value: "Odd": supported values: "Cluster", "Namespace"',
        ),
        (
            _pod(resources={"limits": {"cpu": "1"}}, limits={"cpu": "2"}),
            'spec.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
        ),
        (
            _pod(overhead={"cpu": "1"}, requests={"cpu": "2"}, limits={"cpu": "1"}),
            'resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
        ),
        (
            _with(ATTACHMENT, source={"inlineVolumeSpec": {}}),
            "inlineVolumeSpec.csi: Required value: has to be specified",
        ),
        (
            _with(ATTACHMENT, source={"inlineVolumeSpec": {**INLINE, "storageClassName": "c"}}),
            "inlineVolumeSpec.storageClassName: Forbidden: may not be specified in the context of inline volumes",
        ),
        (
            _with(CLAIMS, metadata={"managedFields": [], "uid": "u"}),
            "[spec.metadata.uID: Forbidden: cannot be set, spec.metadata.managedFields: Forbidden: cannot be set]",
        ),
        (
            _with(RANGES, cidrs=["a", "b"]),
            '[spec.cidrs[0]: Invalid value: "a": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64), '
            'spec.cidrs[1]: Invalid value: "b": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)]',
        ),
        (
            _with(INGRESS, defaultBackend={"resource": {"kind": "a/b", "name": "n"}, "service": {"name": "n"}}),
            'Ingress.networking.k8s.io "x" is invalid: spec.defaultBackend: Invalid value: "": cannot set both',
        ),
        (
            {**SLICE_OF_NAMES, "endpoints": [{"addresses": ["*"]}]},
            'is invalid: endpoints[0].addresses[0]: Invalid value: "*": a lowercase RFC 1123 subdomain must',
        ),
        (
            {**SLICE_OF_NAMES, "endpoints": [{"addresses": ["a"]}]},
            'Invalid value: "a": should be a domain with at least two segments separated by dots',
        ),
        (
            _with(SERVICE, healthCheckNodePort=3600),
            "spec.healthCheckNodePort: Invalid value: 3600: may only be set when `type` is 'LoadBalancer' and",
        ),
        (
            {**HOOKS, "webhooks": [{**HOOK, "clientConfig": {"url": "50%"}}]},
            'url: Required value: url must be a valid URL: parse "50%": invalid URL escape "%"; desired format',
        ),
        (
            {**HOOKS, "webhooks": [{**HOOK, "clientConfig": {"url": "https://u@h"}}]},
            'url: Invalid value: "u": user information is not permitted in the URL',
        ),
        (
            _pod(initContainers=[{"name": "i", "image": "i", "restartPolicyRules": [{"action": "Odd"}]}]),
            'Pod "x" is invalid: spec.initContainers[0].restartPolicy: Required value: must specify restartPolicy when',
        ),
        (
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "spec": {"selector": {"matchLabels": {"a b": "c"}}}},
            'spec.selector: Invalid value: {"matchLabels":{"a b":"c"}}: invalid label selector]',
        ),
    ],
    ids=str,
)
def test_a_new_object_is_refused(cluster, document, text):
    """Each demand of the kind has its words."""
    with pytest.raises(errors.Invalid) as refused:
        cluster.create({**document, "metadata": {"name": "x"}})
    assert text in str(refused.value)


LESS = {"limits": {"cpu": "1500m"}}
SLICE = {
    "apiVersion": "resource.k8s.io/v1",
    "kind": "ResourceSlice",
    "spec": {
        "driver": "gpu.example.com",
        "nodeName": "n",
        "pool": {"name": "p", "generation": 1, "resourceSliceCount": 1},
    },
}


@pytest.mark.parametrize(
    ("device", "text"),
    [
        ({"taints": [{"effect": "Odd"}]}, 'spec.devices[0].taints[0].effect: Unsupported value: "Odd"'),
        ({"allNodes": True}, "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection`"),
        (
            {"consumesCounters": [{"counterSet": "a.b"}]},
            'consumesCounters[0].counterSet: Invalid value: "a.b": must not',
        ),
        ({"consumesCounters": [{"counterSet": "c"}]}, "spec.devices[0].consumesCounters[0].counters: Required value"),
        ({"attributes": {"a": {}}}, 'spec.devices[0].attributes[a]: Invalid value: "": exactly one value must be'),
        (
            {"capacity": {"m": {"value": "1", "requestPolicy": {"default": "1"}}}},
            "capacity[m].requestPolicy: Forbidden: allowMultipleAllocations must be true",
        ),
    ],
    ids=str,
)
def test_a_device_is_refused(cluster, device, text):
    """What a driver announces of its devices is judged, too."""
    document = _with(SLICE, devices=[{"name": "d", **device}])
    with pytest.raises(errors.Invalid) as refused:
        cluster.create({**document, "metadata": {"name": "x"}})
    assert text in str(refused.value)


def test_lists_of_attributes_are_not_kept(cluster):
    attributes = {"a": {"int": 1, "strings": ["x"]}}
    made = cluster.create(
        {**_with(SLICE, devices=[{"name": "d", "attributes": attributes}]), "metadata": {"name": "x"}}
    )
    assert made.spec.devices[0].attributes["a"].strings == ()


def test_what_somebody_wrote_empty_is_told_from_what_is_missing(cluster):
    """In a refusal, as long as it is not stored: from the store nobody can tell."""
    document = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "x"}}
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}, "limits": {}}}
    cluster.create({**document, "spec": spec})
    body = {"spec": {"accessModes": [], "resources": {"limits": None}}}
    where = "/api/v1/namespaces/default/persistentvolumeclaims/x"
    said = _refusal(cluster, "PATCH", where, body, "application/merge-patch+json")
    assert '+ "AccessModes": [],\n' in said and 'Limits": {}' not in said


def test_a_class_of_priorities_keeps_its_generation(cluster):
    document = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "x"}, "value": 1}
    cluster.create(document)
    assert cluster.patch("priorityclass", "x", {"description": "d"}, type="merge").metadata.generation == 1


@pytest.mark.parametrize(
    ("document", "patch", "text"),
    [
        (
            CLASS,
            {"spec": {"controller": None}},
            '[spec.controller: Invalid value: "": field is immutable, spec.controller: R',
        ),
        (
            CLASS,
            {"metadata": {"deletionGracePeriodSeconds": 3}},
            "metadata.deletionGracePeriodSeconds: Invalid value: 3",
        ),
        (
            CLASS,
            {"metadata": {"uid": "u"}, "spec": {"controller": "a.b/c"}},
            '[metadata.uid: Invalid value: "u": field is im',
        ),
    ],
    ids=str,
)
def test_a_change_is_refused(cluster, document, patch, text):
    """What never changes is said of the value that is no longer there, too; all complaints are told together."""
    cluster.create({**document, "metadata": {"name": "x"}})
    with pytest.raises(errors.Invalid) as refused:
        cluster.patch("ingressclass", "x", patch, type="merge")
    assert text in str(refused.value)


def test_a_status_is_judged(cluster):
    """The counts of a ReplicationController are those of its pods, as those of a ReplicaSet."""
    cluster.create({**CONTROLLER, "metadata": {"name": "x"}})
    where = "/api/v1/namespaces/default/replicationcontrollers/x/status"
    body = {"status": {"replicas": 1, "readyReplicas": 2}}
    said = _refusal(cluster, "PATCH", where, body, "application/merge-patch+json")
    assert "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas" in said


def test_what_a_pod_asks_for_as_a_whole_follows_from_its_containers(cluster):
    """Where it limits something; and its class follows from the whole."""
    pages = {"hugepages-2Mi": "2Mi"}
    whole = {"limits": {"cpu": "2"}}
    made = cluster.create({**_pod({"memory": "1Gi", **pages}, pages, resources=whole), "metadata": {"name": "x"}})
    asked = made.spec.resources
    assert {name: str(amount) for name, amount in asked.requests.items()} == {"cpu": "2", "memory": "1Gi", **pages}
    assert {name: str(amount) for name, amount in asked.limits.items()} == {"cpu": "2", **pages}
    assert made.status.qos_class == "Burstable"
    alone = cluster.create({**_pod(requests={"cpu": "1"}, resources={}), "metadata": {"name": "y"}})
    assert alone.status.qos_class == "BestEffort"


def test_a_resize_reaches_what_the_whole_pod_asks_for(cluster):
    whole = {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}}
    cluster.create({**_pod(resources=whole), "metadata": {"name": "x"}})
    path, merge = "/api/v1/namespaces/default/pods/x/resize", "application/merge-patch+json"
    answer = cluster.request("PATCH", path, headers={"Content-Type": merge}, body={"spec": {"resources": LESS}})
    assert answer.json()["spec"]["resources"]["limits"] == {"cpu": "1500m"}
    more = {"spec": {"resources": {"limits": {"cpu": None}}}}
    assert "pod-level resource limits cannot be removed" in _refusal(cluster, "PATCH", path, more, merge)
    others = {"spec": {"containers": [{"name": "d", "image": "i"}]}}
    said = _refusal(cluster, "PATCH", path, others, merge)
    assert "spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize" in said


def test_a_template_waits_for_a_selector_that_can_be_read(cluster):
    """What is wrong with the metadata of a StatefulSet's template is said twice."""
    labels = {"matchLabels": {"a": "b"}}
    template = {"metadata": {"labels": {"a": "b", "c d": "e"}}, "spec": {"containers": []}}
    where = "/apis/apps/v1/namespaces/default/"
    body = {"metadata": {"name": "x"}, "spec": {"selector": {"matchLabels": {"a b": "c"}}, "template": template}}
    assert "spec.template" not in _refusal(cluster, "POST", where + "deployments", body)
    body["spec"]["selector"] = labels
    assert "spec.template.spec.containers: Required value" in _refusal(cluster, "POST", where + "deployments", body)
    answer = cluster.request("POST", where + "statefulsets", body=body)
    fields = [cause["field"] for cause in answer.json()["details"]["causes"]]
    assert fields.count("spec.template.labels") == 2


def test_a_status_needs_the_version_that_its_kind_asks_for(cluster):
    """And a PUT that creates is not taken with a version that is no number."""
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "x"}}
    cluster.create({**budget, "spec": {"minAvailable": 1, "selector": {}}})
    where = "/apis/policy/v1/namespaces/default/poddisruptionbudgets/x/status"
    said = _refusal(cluster, "PUT", where, {**budget, "status": {"desiredHealthy": 1}})
    assert said.endswith("metadata.resourceVersion: Invalid value: 0: must be specified for an update")
    body = {"metadata": {"name": "l", "resourceVersion": "odd"}, "spec": {"leaseDurationSeconds": -1}}
    where = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l"
    assert 'strconv.ParseUint: parsing "odd": invalid syntax' in _refusal(cluster, "PUT", where, body)


def test_who_approves_and_who_signs_a_request(cluster):
    """A decision is made through `approval`, a certificate is given through `status`, and neither is taken back."""
    cluster.create({**REQUEST, "metadata": {"name": "x"}})
    path = "/apis/certificates.k8s.io/v1/certificatesigningrequests/x"
    approved = {"status": {"conditions": [{"type": "Approved", "status": "True"}]}}
    merge = "application/merge-patch+json"
    assert 'may not add a condition of type "Approved"' in _refusal(cluster, "PATCH", f"{path}/status", approved, merge)
    odd = {"status": {"certificate": SIGNED}}
    assert 'only CERTIFICATE PEM blocks are allowed, found "KEY"' in _refusal(
        cluster, "PATCH", f"{path}/status", odd, merge
    )
    answer = cluster.request("PATCH", f"{path}/approval", headers={"Content-Type": merge}, body=approved)
    assert answer.status == 200
    gone = {"status": {"conditions": []}}
    assert 'may not remove a condition of type "Approved"' in _refusal(
        cluster, "PATCH", f"{path}/approval", gone, merge
    )


def test_a_strategic_patch_of_what_was_not_there(cluster):
    """What has a directive is dropped, and so is what is null."""
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "1"}})
    metadata = {"annotations": {"$patch": "replace", "a": "b"}, "labels": {"c": None, "d": "e"}}
    cluster.patch("configmap", "x", {"metadata": metadata}, type="strategic")
    found = cluster.get("configmap/x").metadata
    assert not found.annotations and dict(found.labels) == {"d": "e"}


def test_a_strategic_patch_is_shown_as_it_was_left(cluster):
    """Directives and the lists that they order are spent when the object turns out to be none."""
    cluster.create({**CONTROLLER, "metadata": {"name": "x"}})
    containers = [{"name": "c", "image": "j"}]
    template = {"spec": {"containers": containers, "$setElementOrder/containers": [{"name": "c"}]}}
    where = "/api/v1/namespaces/default/replicationcontrollers/x"
    body = {"spec": {"replicas": "x", "template": template}}
    said = _refusal(cluster, "PATCH", where, body, "application/strategic-merge-patch+json")
    assert 'Invalid value: "map[spec:map[replicas:x template:map[spec:map[]]]]"' in said


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": {"strategy": "a/b"}}, "spec.strategy"),
        (
            {"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "spec": {"preventPodSchedulingIfMissing": True}},
            "spec.prevent_pod_scheduling_if_missing",
        ),
        (
            {"apiVersion": "v1", "kind": "Node", "spec": {"configSource": {"configMap": {"name": "n"}}}},
            "spec.config_source",
        ),
    ],
    ids=["lease", "driver", "node"],
)
def test_a_field_of_a_feature_that_is_off_is_not_kept(cluster, document, path):
    made = cluster.create({**document, "metadata": {"name": "x"}})
    part, attribute = path.split(".")
    assert getattr(getattr(made, part), attribute) is None


@pytest.mark.parametrize(
    ("method", "path", "body", "text"),
    [
        ("POST", "configmaps?timeout=x", {}, 'specified in the request URL - time: invalid duration "x"'),
        ("DELETE", "configmaps?limit=x", None, 'strconv.ParseInt: parsing "x": invalid syntax'),
        ("POST", "configmaps?fieldManager=%01", {}, 'Invalid value: "\\x01": invalid character U+0001'),
        (
            "POST",
            "bindings",
            {"metadata": {"name": "p"}, "target": {"kind": "Pod"}},
            '"<empty>", target.name: Req',
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_request_is_refused(cluster, method, path, body, text):
    """What is odd about the query is told before the body is looked at."""
    assert text in _refusal(cluster, method, f"/api/v1/namespaces/default/{path}", body)


def test_the_same_owner_is_kept_once(cluster):
    """And who listens is told so."""
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "u"}
    body = {"metadata": {"name": "x", "ownerReferences": [owner, owner, {**owner, "uid": "v"}]}}
    answer = cluster.request("POST", "/api/v1/namespaces/default/configmaps", body=body)
    assert [each["uid"] for each in answer.json()["metadata"]["ownerReferences"]] == ["u", "v"]
    warned = [value for name, value in answer.headers if name == "Warning"]
    assert len(warned) == 1 and "duplicate UID(s) observed: u" in warned[0]


def test_amounts_are_rounded_up_to_thousandths(cluster):
    """Of volumes, quotas and limits as of pods."""
    volume = {"accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}, "capacity": {"storage": "1.0001m"}}
    made = cluster.create({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "x"}, "spec": volume})
    assert str(made.spec.capacity["storage"]) == "2m"
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "x"}}
    assert str(cluster.create({**quota, "spec": {"hard": {"cpu": "10u"}}}).spec.hard["cpu"]) == "1m"


STATEFUL = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "s"},
    "spec": {**CONTROLLER["spec"], "selector": {"matchLabels": {"a": "b"}}},
}


def test_what_never_changes_is_not_judged_again(cluster):
    """It is only said that it stays."""
    with pytest.raises(errors.Invalid, match=r"spec\.serviceName: Invalid value"):
        cluster.create(_with(STATEFUL, serviceName="*"))
    cluster.create(STATEFUL)
    with pytest.raises(errors.Invalid) as refused:
        cluster.patch("statefulset", "s", {"spec": {"serviceName": "*"}}, type="merge")
    assert [each["field"] for each in refused.value.status["details"]["causes"]] == ["spec"]


def test_a_status_makes_a_service_where_there_is_none(cluster):
    """As whatever kind is made by an update."""
    where = "/api/v1/namespaces/default/services/x/status"
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {}}
    assert _refusal(cluster, "PUT", where, body) == 'Service "x" is invalid: spec.ports: Required value'
    body["spec"] = {"ports": [{"port": 80}]}
    assert cluster.request("PUT", where, body=body).status == 201


def test_another_strategy_has_a_rolling_update_of_nothing(cluster):
    template = CONTROLLER["spec"]["template"]
    strategy = {"type": "OnDelete", "rollingUpdate": {"maxSurge": 0}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template, "updateStrategy": strategy}
    made = cluster.create({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "d"}, "spec": spec})
    assert made.spec.update_strategy.rolling_update.max_unavailable == 0


def test_an_old_field_of_a_node_is_warned_of(cluster):
    with pytest.warns(errors.ServerWarning, match=r"spec\.externalID: this field is deprecated"):
        cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "spec": {"externalID": "x"}})


def test_an_apply_says_all_of_it_rightly(cluster):
    """Also what is not kept, such as a status."""
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": [{"port": 80}]}}
    service["status"] = {"conditions": [{"type": "A", "status": "True", "lastTransitionTime": "x"}]}
    where = "/api/v1/namespaces/default/services/x?fieldManager=m"
    said = _refusal(cluster, "PATCH", where, service, "application/apply-patch+yaml")
    assert said.startswith("failed to convert new object (/x; /v1, Kind=Service) to proper version: unable to convert")


@pytest.mark.parametrize(
    ("group", "plural", "body", "status"),
    [
        ("coordination.k8s.io", "namespaces/default/leases", {}, 201),
        ("node.k8s.io", "runtimeclasses", {"handler": "h"}, 201),
        ("admissionregistration.k8s.io", "validatingwebhookconfigurations", {}, 201),
        ("scheduling.k8s.io", "priorityclasses", {"value": 1}, 422),
    ],
)
def test_a_finalizer_needs_a_domain_where_the_core_judges(cluster, group, plural, body, status):
    """Some groups ask no more of metadata than every server does, on create and on update."""
    where = f"/apis/{group}/v1/{plural}"
    given = {"metadata": {"name": "x", "finalizers": ["f"]}, **body}
    assert cluster.request("POST", where, body=given).status == status
    cluster.request("POST", where, body={**given, "metadata": {"name": "y"}})
    merge = {"Content-Type": "application/merge-patch+json"}
    changed = cluster.request("PATCH", f"{where}/y", headers=merge, body={"metadata": {"finalizers": ["f"]}})
    assert changed.status == {201: 200}.get(status, status)


def test_endpoints_that_stay_are_not_judged_again(cluster):
    """Also where they would not fit what else changes."""
    document = {**SLICE_OF_NAMES, "metadata": {"name": "x"}, "addressType": "IPv4"}
    cluster.create({**document, "endpoints": [{"addresses": ["10.1.1.1"]}]})
    with pytest.raises(errors.Invalid) as refused:
        cluster.patch("endpointslice", "x", {"addressType": "IPv6"}, type="merge")
    assert [each["field"] for each in refused.value.status["details"]["causes"]] == ["addressType"]
    with pytest.raises(errors.Invalid, match="must be a valid IP address"):
        cluster.patch("endpointslice", "x", {"endpoints": [{"addresses": ["x"]}]}, type="merge")


def test_a_volume_within_an_attachment_is_shown_in_the_order_of_the_server(cluster):
    """Its sources first, which the published form has in another order."""
    body = _with(ATTACHMENT, source={"inlineVolumeSpec": INLINE})
    cluster.create({**body, "metadata": {"name": "x"}})
    with pytest.raises(errors.Invalid) as refusal:
        cluster.patch("volumeattachment/x", {"spec": {"nodeName": "m"}}, type="merge")
    text = str(refusal.value)
    names = ("Capacity", "RBD", "Quobyte", "ISCSI", "FlexVolume", "Cinder", "CSI", "AccessModes", "NodeAffinity")
    assert (places := [text.index(f'"{name}":') for name in names]) == sorted(places)


def test_the_first_range_of_a_node_stands_by_itself_too():
    """Where both are said and differ it is what counts."""
    cluster = kemu.Cluster(nodes=0, controllers="")

    def ranges(name="", **spec):
        """The ranges of a new node, or of one that is changed."""
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec}
        found = cluster.create(node) if spec else cluster.get(f"node/{name}")
        return found.spec.pod_cidr, found.spec.pod_cidrs

    first, second, other = "10.0.0.0/24", "fd00::/64", "10.0.1.0/24"
    assert ranges("a", podCIDRs=[first, second]) == (first, (first, second))
    assert ranges("b", podCIDR=first, podCIDRs=[other]) == (first, (first,))
    cluster.patch("node/a", {"spec": {"podCIDR": None}}, type="merge")
    cluster.patch("node/b", {"spec": {"podCIDRs": None}}, type="merge")
    assert ranges("a") == (first, (first, second)) and ranges("b") == (first, (first,))
    with pytest.raises(errors.Invalid, match="node updates may not change podCIDR"):
        cluster.patch("node/b", {"spec": {"podCIDR": other}}, type="merge")


def test_a_pod_as_a_whole_claims_what_it_has(cluster):
    """All the same it may claim nothing as a whole."""
    cluster.settle()
    pod = {"metadata": {"name": "x"}}
    with pytest.raises(errors.Invalid) as caught:
        cluster.create(pod | _pod(resources={"claims": [{"name": "none"}], "requests": {"cpu": "1"}}))
    found = {(each["field"], each["message"]) for each in caught.value.status["details"]["causes"]}
    text = 'Not found: "none": must be one of the names in pod.spec.resourceClaims which is empty'
    assert ("spec.resources.claims[0]", text) in found


def test_the_keys_of_who_issues_tokens_have_a_form_of_their_own():
    """And nobody gets them in another."""
    cluster = kemu.Cluster(nodes=0)
    found = cluster.request("GET", "/openid/v1/jwks", {"Accept": "application/jwk-set+json"})
    headers = dict(found.headers)
    assert (found.status, headers["Content-Type"]) == (200, "application/jwk-set+json")
    assert headers["Cache-Control"] == "public, max-age=3600" and found.json()["keys"]
    refused = cluster.request("GET", "/openid/v1/jwks", {"Accept": "application/json"}).json()
    assert refused["message"] == "406: Not Acceptable\n\nAvailable representations: application/jwk-set+json"
    known = cluster.request("GET", "/.well-known/openid-configuration")
    assert dict(known.headers)["Content-Type"] == "application/json"


METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize(
    ("path", "accept", "status", "message"),
    [
        ("/api/v1/pods?labelSelector=a%3Eb", METADATA, 400, "unable to parse requirement"),
        ("/api/v1/pods", METADATA, 406, "you requested PartialObjectMetadata, but the requested object is a list"),
        ("/api/v1/pods?watch=1&sendInitialEvents=false", "application/yaml", 422, "ListOptions.meta.k8s.io"),
        ("/api/v1/pods?watch=1", "application/yaml", 406, "only the following media types are accepted"),
        ("/apis", ";;", 406, "only the following media types are accepted"),
        ("/apis/apps/v1", ";;", 406, "406: Not Acceptable"),
        ("/apis/apps/v1", METADATA.replace("PartialObjectMetadata", "Table"), 406, "only the following media types"),
        ("/apis", "application/*", 200, ""),
    ],
)
def test_what_is_asked_is_judged_before_its_form(cluster, path, accept, status, message):
    """And who answers for groups does not ask the router which forms there are."""
    answer = cluster.request("GET", path, {"Accept": accept})
    assert answer.status == status and message in answer.body.decode()


def test_what_is_not_stored_is_a_row_without_a_version(cluster):
    """Of a quota a row shows what its status says is limited."""
    table = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    quota = {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "5"}}}
    path = "/api/v1/namespaces/default/resourcequotas"
    assert cluster.request("POST", f"{path}?dryRun=All", table, quota).json()["metadata"] == {}
    made = cluster.request("POST", path, table, quota).json()
    assert made["metadata"]["resourceVersion"] and made["rows"][0]["cells"][1:3] == ["", ""]
    cluster.patch("resourcequota", "q", {"status": {"hard": {"pods": "5"}}}, type="merge", subresource="status")
    assert cluster.request("GET", f"{path}/q", table).json()["rows"][0]["cells"][1] == "pods: 0/5"


def test_a_status_does_not_say_when_its_object_goes(cluster):
    """Nor is a pod of another uid bound."""
    cluster.settle()
    cluster.create({"metadata": {"name": "p"}} | _pod())
    when = {"metadata": {"deletionTimestamp": "2020-01-01T00:00:00Z"}}
    with pytest.raises(errors.Invalid, match=r"metadata\.deletionTimestamp: Invalid value: .* field is immutable"):
        cluster.patch("pod", "p", when, type="merge", subresource="status")
    binding = {"metadata": {"name": "p", "uid": "x"}, "target": {"name": "n"}}
    refused = cluster.request("POST", "/api/v1/namespaces/default/pods/p/binding", body=binding).json()
    assert "StorageError: invalid object, Code: 4, Key: /registry/pods/default/p, " in refused["message"]


def test_a_port_for_health_checks_is_free_and_in_the_range():
    """Whoever asks for another gets a failure of the server, not of what they sent."""
    cluster = kemu.Cluster(nodes=0, controllers="")
    local = {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}
    path = "/api/v1/namespaces/default/services"

    def made(name, port, node_port=None):
        """The status of a new load balancer, and what is said of it."""
        ports = [{"port": 80, **({"nodePort": node_port} if node_port else {})}]
        spec = {**local, "healthCheckNodePort": port, "ports": ports}
        answer = cluster.request("POST", path, body={"metadata": {"name": name}, "spec": spec})
        return answer.status, answer.json().get("message", "").rpartition(": ")[2]

    assert made("a", 30123) == (201, "")
    taken = "provided port is already allocated"
    assert made("b", 30123) == (500, taken) and made("c", 30124, 30124) == (500, taken)
    assert made("d", 30125, 30123) == (422, taken)
    status, text = made("e", 80)
    assert (status, text.partition(".")[0]) == (500, "provided port is not in the valid range")


def test_a_page_of_a_collection_is_deleted():
    """And no more of it; the answer says where it goes on."""
    cluster = kemu.Cluster(nodes=0, controllers="")
    path = "/api/v1/namespaces/default/secrets"
    for name in "abc":
        cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}})
    page = cluster.request("DELETE", f"{path}?limit=1").json()
    assert [each["metadata"]["name"] for each in page["items"]] == ["a"] and page["metadata"]["remainingItemCount"] == 2
    rest = cluster.request("DELETE", f"{path}?limit=1&continue={page['metadata']['continue']}").json()
    assert [each["metadata"]["name"] for each in rest["items"]] == ["b"]
    assert [each.metadata.name for each in cluster.list("secrets")] == ["c"]


@pytest.mark.parametrize(("policy", "fine"), [("Recursive", True), ("MountOption", False)])
def test_volumes_are_labelled_file_by_file(cluster, policy, fine):
    """The other way belongs to a feature that is off."""
    cluster.settle()
    pod = {"metadata": {"name": "p"}} | _pod(securityContext={"seLinuxChangePolicy": policy})
    if fine:
        assert cluster.create(pod)
        return
    with pytest.raises(errors.Invalid, match='Unsupported value: "MountOption": supported values: "Recursive"'):
        cluster.create(pod)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/healthz", 200),
        ("/index.html", 200),
        ("/openapi/v2", 200),
        ("/apis", 200),
        ("/version", 405),
        ("/api/v1", 405),
    ],
)
def test_who_asks_for_the_method(cluster, path, status):
    """Only what has a router."""
    assert cluster.request("DELETE", path).status == status


def test_an_eviction_that_means_another_pod_leaves_no_mark(cluster):
    """One that means this very version of the pod is not stopped by the mark that it leaves itself."""
    cluster.settle()
    made = cluster.create({"metadata": {"name": "p"}} | _pod())
    path, eviction = "/api/v1/namespaces/default/pods/p/eviction", {"metadata": {"name": "p"}}

    def evicted(**preconditions):
        return cluster.request(
            "POST", path, body={**eviction, "deleteOptions": {"preconditions": preconditions}}
        ).status

    assert (evicted(uid="x"), evicted(resourceVersion="1")) == (409, 409)
    assert cluster.get("pod/p").status.conditions == made.status.conditions
    assert evicted(resourceVersion=made.metadata.resource_version) == 201
    assert not cluster.list("pods")
