"""What a server accepts but warns of, as `Warning` headers of its answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kemu
from kemu.apiserver.kinds.pods.warns import pod_warns
from kemu.objects import codec, core


def warned(cluster, method, path, body=None, media="application/json"):
    """The texts of the Warning headers of an answer."""
    response = cluster.request(method, path, {"Content-Type": media}, json.dumps(body) if body is not None else b"")
    assert response.status in (200, 201), response.json()
    return [json.loads(value.removeprefix("299 - ")) for name, value in response.headers if name == "Warning"]


def pod(container=None, name="p", **spec):
    """A pod's JSON with one container."""
    containers = [{"name": "c", "image": "i", **(container or {})}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": containers, **spec}}


ENV = "hides previous definition of {}, which may be dropped when using apply"


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (pod(), []),
        (
            pod({"resources": {"requests": {"memory": "1500m"}}}),
            [
                'spec.containers[0].resources.requests[memory]: fractional byte value "1500m" is invalid, '
                "must be an integer"
            ],
        ),
        (
            pod({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}),
            ["spec.containers[0].env[1]: " + ENV.format('"A"')],
        ),
        (pod({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)2"}]}), []),
        (
            pod({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)"}]}),
            ["spec.containers[0].env[1]: " + ENV.format('"A"')],
        ),
        (
            pod({"ports": [{"containerPort": 80}, {"containerPort": 80, "hostPort": 8080}]}),
            ["spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]"],
        ),
        (
            pod(hostAliases=[{"ip": "1.1.1.1", "hostnames": ["a"]}, {"ip": "1.1.1.1", "hostnames": ["b"]}]),
            ['spec.hostAliases[1].ip: duplicate ip "1.1.1.1"'],
        ),
        (
            pod(name="a.b"),
            [
                "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; "
                "a DNS label is recommended: [must not contain dots]"
            ],
        ),
    ],
)
def test_a_pod_that_is_hardly_meant_is_warned_of(cluster, body, texts):
    """On creation."""
    assert warned(cluster, "POST", "/api/v1/namespaces/default/pods", body) == texts


def test_a_deprecated_resource_warns_whoever_asks(cluster):
    """Reading is enough."""
    text = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
    assert warned(cluster, "GET", "/api/v1/namespaces/default/endpoints") == [text]


@pytest.mark.parametrize("policy", [None, "Background"])
def test_a_job_keeps_its_dependents_unless_its_deletion_says_otherwise(policy):
    """It warns of it, too; and what belonged to it is there afterwards."""
    cluster = kemu.Cluster(nodes=1, seed=0)
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}
    job = cluster.create(
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": template}}
    )
    reference = {"apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": job.metadata.uid}
    owned = pod(name="owned")
    owned["metadata"]["ownerReferences"] = [reference]
    cluster.create(owned)
    cluster.advance("5s")
    query = f"?propagationPolicy={policy}" if policy else ""
    texts = warned(cluster, "DELETE", f"/apis/batch/v1/namespaces/default/jobs/j{query}")
    assert len(texts) == (0 if policy else 1)
    cluster.advance("2m")
    assert not cluster.list("jobs")
    assert bool(cluster.list("pods")) is (policy is None)
    for left in cluster.list("pods"):
        assert not left.metadata.owner_references


@pytest.mark.parametrize(
    ("method", "kind"), [("POST", "CreateOptions"), ("PUT", "UpdateOptions"), ("PATCH", "PatchOptions")]
)
def test_a_field_manager_has_at_most_128_bytes(cluster, method, kind):
    """Whatever the write."""
    path = "/api/v1/namespaces/default/configmaps" + ("" if method == "POST" else "/x")
    media = "application/merge-patch+json" if method == "PATCH" else "application/json"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    answer = cluster.request(method, f"{path}?fieldManager={'m' * 129}", {"Content-Type": media}, json.dumps(body))
    assert answer.status == 422
    assert answer.json()["message"] == (
        f'{kind}.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes'
    )


def clash(port, other):
    """What a real server finds when it holds every port against every earlier one."""
    ports = [(each.get("hostIP", ""), each.get("hostPort", 0)) for each in (port, other)]
    if ports[0] == ports[1]:
        return "duplicate"
    if not ports[0][1] or not ports[1][1]:
        return "overlapping"
    if ports[0][1] == ports[1][1] and bool(ports[0][0]) != bool(ports[1][0]):
        return "dangerously ambiguous"
    return None


PORTS = st.lists(
    st.fixed_dictionaries(
        {"containerPort": st.sampled_from((80, 81))},
        optional={"hostPort": st.sampled_from((1, 2)), "hostIP": st.sampled_from(("1.1.1.1", "1.1.1.2"))},
    ),
    max_size=8,
)


@given(st.lists(PORTS, min_size=1, max_size=2))
def test_ports_are_held_against_every_earlier_one(containers):
    """Whichever of them are looked at."""
    spec = {"containers": [{"name": "c", "image": "i", "ports": ports} for ports in containers]}
    seen, expected = [], []
    for index, ports in enumerate(containers):
        for number, port in enumerate(ports):
            where = f"spec.containers[{index}].ports[{number}]"
            for other, there in seen:
                problem = clash(port, other) if port["containerPort"] == other["containerPort"] else None
                if problem:
                    expected.append(f"{where}: {problem} port definition with {there}")
            seen.append((port, where))
    found = codec.decode(core.Pod, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
    assert list(pod_warns(found, None)) == expected
