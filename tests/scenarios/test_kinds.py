"""What the server knows of single kinds, as a client meets it."""

import json

import pytest

import kemu
from kemu.kit import DONE, Wiring
from kemu.objects import autoscaling_v2, core, evolve

V1 = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers"
V2 = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
SELECTOR = {"matchLabels": {"a": "b"}}
TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}


@pytest.fixture
def quiet():
    """A server on which nobody but the test writes."""
    return kemu.Cluster(nodes=0, controllers="", scheduler=False)


def call(cluster, method, path, body=None, media="application/json"):
    response = cluster.request(
        method, path, {"Content-Type": media}, None if body is None else json.dumps(body).encode()
    )
    return response.status, response.json()


def causes(body):
    return [(cause["field"], cause["message"]) for cause in body["details"]["causes"]]


def autoscaler(version, name="web", **spec):
    meta = {"name": name}
    return {
        "apiVersion": f"autoscaling/{version}",
        "kind": "HorizontalPodAutoscaler",
        "metadata": meta,
        "spec": {"scaleTargetRef": TARGET, "maxReplicas": 3, **spec},
    }


def test_an_autoscaler_is_one_object_in_two_versions(quiet):
    """Written through v1, read, listed and watched through v2, and back."""
    since = call(quiet, "GET", V2)[1]["metadata"]["resourceVersion"]
    assert call(quiet, "POST", V1, autoscaler("v1", targetCPUUtilizationPercentage=50))[0] == 201
    status, newer = call(quiet, "GET", f"{V2}/web")
    target = {"type": "Utilization", "averageUtilization": 50}
    assert (status, newer["apiVersion"]) == (200, "autoscaling/v2")
    assert newer["spec"]["metrics"] == [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    assert newer["spec"]["minReplicas"] == 1
    assert [type(each) for each in quiet.list("hpa")] == [autoscaling_v2.HorizontalPodAutoscaler]
    assert call(quiet, "GET", V2)[1]["items"][0]["spec"] == newer["spec"]
    watch = quiet.request("GET", f"{V2}?watch=true&resourceVersion={since}&timeoutSeconds=1")
    seen = [json.loads(line) for line in watch.stream()]
    assert [(event["type"], event["object"]["apiVersion"]) for event in seen] == [("ADDED", "autoscaling/v2")]
    newer["spec"]["maxReplicas"] = 9
    assert call(quiet, "PUT", f"{V2}/web", newer)[0] == 200
    older = call(quiet, "GET", f"{V1}/web")[1]
    assert (older["spec"]["maxReplicas"], older["spec"]["targetCPUUtilizationPercentage"]) == (9, 50)


def test_what_version_one_cannot_say_travels_in_annotations(quiet):
    """Other metrics, behaviour and conditions are annotations of v1 and survive a write through it."""
    pods = {
        "type": "Pods",
        "pods": {"metric": {"name": "rps"}, "target": {"type": "AverageValue", "averageValue": "5"}},
    }
    rules = {"selectPolicy": "Min", "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}
    body = autoscaler("v2", metrics=[pods], behavior={"scaleDown": rules})
    status, created = call(quiet, "POST", V2, body)
    assert status == 201
    condition = {"type": "AbleToScale", "status": "True", "lastTransitionTime": "2000-01-01T00:00:00Z"}
    said = {"status": {"desiredReplicas": 2, "currentReplicas": 2, "conditions": [condition]}}
    assert call(quiet, "PATCH", f"{V2}/web/status", said, "application/merge-patch+json")[0] == 200
    older = call(quiet, "GET", f"{V1}/web")[1]
    notes = older["metadata"]["annotations"]
    prefix = "autoscaling.alpha.kubernetes.io/"
    assert sorted(notes) == [f"{prefix}behavior", f"{prefix}conditions", f"{prefix}metrics"]
    assert json.loads(notes[f"{prefix}metrics"]) == [
        {"type": "Pods", "pods": {"metricName": "rps", "targetAverageValue": "5"}}
    ]
    assert "targetCPUUtilizationPercentage" not in older["spec"]
    older["spec"]["maxReplicas"] = 4
    assert call(quiet, "PUT", f"{V1}/web", older)[0] == 200
    newer = call(quiet, "GET", f"{V2}/web")[1]
    assert newer["spec"] == {**created["spec"], "maxReplicas": 4}
    assert newer["status"]["conditions"] == [condition]
    assert "annotations" not in newer["metadata"]


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"pods": 7}]', '{"a": 1}', "null", '[{"type": {}}]'])
def test_an_annotation_that_cannot_be_read_is_dropped(quiet, text):
    """Whatever stands in the annotations of v1, the object is stored without them."""
    prefix = "autoscaling.alpha.kubernetes.io/"
    body = autoscaler("v1")
    names = ("metrics", "behavior", "conditions", "current-metrics")
    body["metadata"]["annotations"] = {f"{prefix}{name}": text for name in names}
    status, answer = call(quiet, "POST", V1, body)
    assert status in (201, 422), answer
    if status == 201:
        assert "annotations" not in call(quiet, "GET", f"{V2}/web")[1]["metadata"]


def test_a_controller_of_one_version_is_woken_by_the_other(quiet):
    """A write through v1 reaches who reconciles v2."""
    seen = []

    def reconcile(api, cache, key):
        seen.append((key, type(cache.get(autoscaling_v2.HorizontalPodAutoscaler, key)).api_version))
        return DONE

    quiet.add_controller(Wiring("own", reconciles=autoscaling_v2.HorizontalPodAutoscaler), reconcile)
    call(quiet, "POST", V1, autoscaler("v1"))
    quiet.settle()
    assert seen == [("default/web", "autoscaling/v2")]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_both_versions_are_judged_alike(quiet, version):
    """The rules speak of what is stored, whichever version brings it."""
    path = V1 if version == "v1" else V2
    status, body = call(
        quiet, "POST", path, autoscaler(version, maxReplicas=0, scaleTargetRef={"kind": "", "name": ""})
    )
    assert (status, body["details"]["kind"]) == (422, "HorizontalPodAutoscaler")
    assert causes(body) == [
        ("spec.maxReplicas", "Required value: must be set and greater than 0"),
        ("spec.maxReplicas", "Invalid value: 0: must be greater than or equal to `minReplicas`"),
        ("spec.scaleTargetRef.kind", "Required value"),
        ("spec.scaleTargetRef.name", "Required value"),
        ("spec.scaleTargetRef.apiVersion", 'Invalid value: "": apiVersion must specify API group'),
    ]


def test_a_stateful_set_keeps_what_its_pods_are_known_by(quiet):
    """Service name and selector never change; one sentence says so. Replicas do."""
    body = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": {"serviceName": "a", "selector": SELECTOR, "template": TEMPLATE},
    }
    path = "/apis/apps/v1/namespaces/default/statefulsets"
    assert call(quiet, "POST", path, body)[0] == 201
    merge = "application/merge-patch+json"
    status, answer = call(quiet, "PATCH", f"{path}/db", {"spec": {"serviceName": "z"}}, merge)
    assert status == 422 and causes(answer)[0][0] == "spec"
    assert "updates to statefulset spec for fields other than 'replicas'" in answer["message"]
    assert call(quiet, "PATCH", f"{path}/db", {"spec": {"replicas": 2}}, merge)[0] == 200
    assert call(quiet, "POST", path, {**body, "metadata": {"name": "a.b"}})[0] == 422


@pytest.mark.parametrize(
    ("path", "body", "change", "field"),
    [
        ("/apis/scheduling.k8s.io/v1/priorityclasses", {"value": 1}, {"value": 2}, "value"),
        ("/apis/scheduling.k8s.io/v1/priorityclasses", {"value": 1}, {"preemptionPolicy": "Never"}, "preemptionPolicy"),
        ("/apis/storage.k8s.io/v1/storageclasses", {"provisioner": "a/b"}, {"provisioner": "a/c"}, "provisioner"),
        ("/apis/node.k8s.io/v1/runtimeclasses", {"handler": "a"}, {"handler": "b"}, "handler"),
        ("/api/v1/namespaces/default/secrets", {"type": "Opaque"}, {"type": "other"}, "type"),
    ],
)
def test_what_a_type_declares_immutable_never_changes(quiet, path, body, change, field):
    """Also in kinds that have no specification."""
    assert call(quiet, "POST", path, {"metadata": {"name": "x"}, **body})[0] == 201
    status, answer = call(quiet, "PATCH", f"{path}/x", change, "application/merge-patch+json")
    assert status == 422 and causes(answer)[0][0] == field


def test_a_status_is_judged_and_its_phase_is_not(quiet):
    """Addresses in a pod's status are addresses; an unknown phase is the business of who reports it."""
    path = "/api/v1/namespaces/default/pods"
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    full = kemu.Cluster(nodes=0, controllers="serviceaccount", scheduler=False)
    full.settle()
    assert call(full, "POST", path, pod)[0] == 201
    merge = "application/merge-patch+json"
    status, answer = call(
        full, "PATCH", f"{path}/p/status", {"status": {"hostIP": "x", "hostIPs": [{"ip": "x"}]}}, merge
    )
    assert (status, causes(answer)[0][0]) == (422, "status.hostIPs[0]")
    assert call(full, "PATCH", f"{path}/p/status", {"status": {"phase": "Dancing"}}, merge)[0] == 200
    stored = full.get(core.Pod, "p")
    assert stored.status.phase == "Dancing"
    written = full.admin.update_status(evolve(stored, status=evolve(stored.status, message="m")))
    assert written.spec is stored.spec


@pytest.mark.parametrize(
    ("path", "spec"),
    [
        ("daemonsets", {"selector": {"matchExpressions": [{"key": "a", "operator": "Foo"}]}, "template": TEMPLATE}),
        ("daemonsets", {"selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}, "template": TEMPLATE}),
        ("daemonsets", {"selector": {"matchLabels": {"a": "\u0000"}}, "template": TEMPLATE}),
        ("replicationcontrollers", {"selector": {"a": "b"}}),
    ],
)
def test_what_could_not_be_shown_is_not_stored(quiet, path, spec):
    """A selector that cannot be read, or a controller without a template, is refused; the list can be shown."""
    root = "/api/v1" if path == "replicationcontrollers" else "/apis/apps/v1"
    collection = f"{root}/namespaces/default/{path}"
    assert call(quiet, "POST", collection, {"metadata": {"name": "x"}, "spec": spec})[0] == 422
    table = quiet.request("GET", collection, {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"})
    assert (table.status, table.json()["rows"]) == (200, [])


def test_an_ingress_leads_somewhere(quiet):
    """A backend is one port of one service; paths are absolute; the old annotation is warned of."""
    path = "/apis/networking.k8s.io/v1/namespaces/default/ingresses"
    backend = {"service": {"name": "web", "port": {}}}
    rule = {"host": "1.2.3.4", "http": {"paths": [{"path": "a", "pathType": "Prefix", "backend": backend}]}}
    status, answer = call(quiet, "POST", path, {"metadata": {"name": "x"}, "spec": {"rules": [rule]}})
    assert status == 422
    assert [field for field, _ in causes(answer)] == [
        "spec.rules[0].host",
        "spec.rules[0].http.paths[0].path",
        "spec.rules[0].http.paths[0].backend",
    ]
    good = {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}
    notes = {"kubernetes.io/ingress.class": "a"}
    response = quiet.request(
        "POST", path, {"Content-Type": "application/json"},
        json.dumps({"metadata": {"name": "x", "annotations": notes}, "spec": good}).encode(),
    )  # fmt: skip
    assert response.status == 201
    assert any("is deprecated, please use 'spec.ingressClassName'" in v for n, v in response.headers if n == "Warning")


def test_pods_of_one_template_share_their_specification(cluster):
    """Defaults and rules walk what pods are stamped from once, and every pod holds the same value."""
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}}
    cluster.create(
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {"name": "web"},
            "spec": {"replicas": 3, "selector": SELECTOR, "template": template},
        }
    )
    cluster.settle()
    pods = cluster.list(core.Pod)
    first, *others = [evolve(pod.spec, node_name=None) for pod in pods]
    assert len(pods) == 3 and all(spec == first for spec in others)
    held = [pod.spec.containers for pod in pods]
    assert all(containers is held[0] for containers in held)


@pytest.fixture
def pod_path():
    """A server with one pod that has limits, and the pod's path."""
    cluster = kemu.Cluster(nodes=0, controllers="serviceaccount", scheduler=False)
    cluster.settle()
    limits = {"limits": {"cpu": "100m", "memory": "100Mi"}}
    spec = {"containers": [{"name": "c", "image": "i", "resources": limits}]}
    path = "/api/v1/namespaces/default/pods"
    assert call(cluster, "POST", path, {"metadata": {"name": "p"}, "spec": spec})[0] == 201
    return cluster, f"{path}/p"


MERGE = "application/strategic-merge-patch+json"


@pytest.mark.parametrize(
    ("resources", "refusals"),
    [
        ({"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}, []),
        ({"requests": {"cpu": "50m"}}, ["spec"]),
        ({"limits": {"ephemeral-storage": "1Gi"}}, ["spec"]),
        (
            {"$patch": "delete"},
            ["spec", "spec.containers[0].resources.requests", "spec.containers[0].resources.limits"],
        ),
    ],
)
def test_a_resize_changes_cpu_and_memory_alone(pod_path, resources, refusals):
    """The class of service stays, nothing that is set becomes unset, and nothing else is touched."""
    cluster, path = pod_path
    change = {"spec": {"containers": [{"name": "c", "image": "other", "resources": resources}]}}
    status, answer = call(cluster, "PATCH", f"{path}/resize", change, MERGE)
    if refusals:
        assert (status, [field for field, _ in causes(answer)]) == (422, refusals)
    else:
        assert status == 200 and answer["spec"]["containers"][0]["image"] == "i"
        assert answer["spec"]["containers"][0]["resources"]["limits"]["cpu"] == "1"


def test_ephemeral_containers_are_only_added(pod_path):
    """They come through their own subresource, have names of their own, and stay what they are."""
    cluster, path = pod_path

    def add(*containers):
        change = {"spec": {"hostname": "ignored", "ephemeralContainers": list(containers)}}
        return call(cluster, "PATCH", f"{path}/ephemeralcontainers", change, MERGE)

    assert add({"name": "c", "image": "i"})[0] == 422
    status, answer = add({"name": "debug", "image": "busybox", "targetContainerName": "c"})
    assert status == 200 and "hostname" not in answer["spec"]
    assert answer["spec"]["ephemeralContainers"][0]["imagePullPolicy"] == "Always"
    status, answer = add({"name": "debug", "image": "other"})
    assert status == 422 and "may not be changed" in answer["message"]
    assert add({"name": "lost", "image": "i", "targetContainerName": "nobody"})[0] == 422


def test_finalizers_of_a_namespace_are_names(quiet):
    """Through `finalize` as at the start."""
    body = {"metadata": {"name": "n"}, "spec": {"finalizers": ["example.com/f"]}}
    assert call(quiet, "POST", "/api/v1/namespaces", body)[0] == 201
    bad = {**body, "spec": {"finalizers": ["a b"]}}
    status, answer = call(quiet, "PUT", "/api/v1/namespaces/n/finalize", bad)
    assert status == 422 and {field for field, _ in causes(answer)} == {"spec.finalizers[0]"}


def test_a_scale_is_shown_with_its_numbers(quiet):
    """As `kubectl get deployment/web --subresource=scale` asks for it."""
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    quiet.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    path = "/apis/apps/v1/namespaces/default/deployments/web/scale"
    table = quiet.request("GET", path, {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}).json()
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Desired", "Available", "Age"]
    assert table["rows"][0]["cells"][:3] == ["web", 2, 0]
