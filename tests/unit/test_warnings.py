"""What a server accepts but warns of, as `Warning` headers of its answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kemu
from kemu.apiserver.kinds.oddities import odd_address, odd_range
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


KEY = {"key": "l", "path": "x/y"}
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
        (
            pod(
                {"ports": [{"containerPort": 80, "name": "a", "hostIP": "1.1.1.1"}]},
                initContainers=[{"name": "i", "image": "i", "ports": [{"containerPort": 81, "name": "a"}]}],
            ),
            [
                "spec.containers[0].ports[0]: hostIP set without hostPort: "
                "{Name:a HostPort:0 ContainerPort:80 Protocol:TCP HostIP:1.1.1.1}",
                'spec.containers[0].ports[0]: duplicate port name "a" with spec.initContainers[0].ports[0], '
                "services and probes that select ports by name will use spec.initContainers[0].ports[0]",
            ],
        ),
        (
            pod(nodeSelector={"beta.kubernetes.io/os": "linux"}, dnsConfig={"nameservers": ["FE80::1"]}),
            [
                'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
                'spec.dnsConfig.nameservers[0]: IPv6 address "FE80::1" should be in RFC 5952 canonical format '
                '("fe80::1")',
            ],
        ),
        (
            pod(
                volumes=[
                    {"name": "a", "projected": {"sources": []}},
                    {"name": "b", "projected": {"sources": [{}]}},
                    {"name": "c", "secret": {"secretName": "s", "items": [{"key": "k", "path": "x"}, KEY]}},
                ]
            ),
            [
                'volume "b" (Projected) has no sources provided',
                'volume "c" (Secret "s"): overlapping paths: "x/y" with "x"',
            ],
        ),
    ],
)
def test_a_pod_that_is_hardly_meant_is_warned_of(cluster, body, texts):
    """On creation."""
    assert warned(cluster, "POST", "/api/v1/namespaces/default/pods", body) == texts


APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/c"
OLD_PROFILE = 'deprecated since v1.30; use the "appArmorProfile" field instead'


def test_a_profile_in_an_annotation_becomes_a_field(cluster):
    """Of a new pod, where no field says so; a template only has its warning."""
    body = pod({"name": "c"})
    body["metadata"]["annotations"] = {APP_ARMOR: "localhost/x"}
    told = f"metadata.annotations[{APP_ARMOR}]: {OLD_PROFILE}"
    assert warned(cluster, "POST", "/api/v1/namespaces/default/pods", body) == [told]
    profile = cluster.get("pod/p").spec.containers[0].security_context.app_armor_profile
    assert (profile.type, profile.localhost_profile) == ("Localhost", "x")
    metadata = {"labels": {"a": "b"}, "annotations": body["metadata"]["annotations"]}
    template = {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "t"}}
    template["template"] = {"metadata": metadata, "spec": body["spec"]}
    assert warned(cluster, "POST", "/api/v1/namespaces/default/podtemplates", template) == [f"template.{told}"]
    assert cluster.get("podtemplate/t").template.spec.containers[0].security_context is None


@pytest.mark.parametrize(
    ("path", "body", "texts"),
    [
        (
            "/api/v1/namespaces/default/resourcequotas",
            {"spec": {"hard": {"cpu": "2", "limits.cpu": "1"}}},
            ["ResourceQuota cpu (2) should be less than limits.cpu (1)"],
        ),
        (
            "/apis/node.k8s.io/v1/runtimeclasses",
            {"handler": "h", "scheduling": {"nodeSelector": {"beta.kubernetes.io/arch": "arm"}}},
            ['scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/arch" instead'],
        ),
        (
            "/apis/apps/v1/namespaces/default/statefulsets",
            {
                "spec": {
                    "revisionHistoryLimit": -1,
                    "selector": {"matchLabels": {"a": "b"}},
                    "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod()["spec"]},
                }
            },
            [
                "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is "
                "recommended"
            ],
        ),
    ],
    ids=["quota", "class", "set"],
)
def test_what_is_hardly_meant_is_warned_of(cluster, path, body, texts):
    """Limits below requests, and labels that have been given up."""
    assert warned(cluster, "POST", path, {**body, "metadata": {"name": "x"}}) == texts


@pytest.mark.parametrize(
    ("odd", "text"),
    [
        (odd_address("x", "010.0.0.1"), 'x: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"'),
        (odd_address("x", "::FFFF:1.2.3.4"), 'x: non-standard IP address "::FFFF:1.2.3.4" is invalid: use "1.2.3.4"'),
        (odd_address("x", "FE80::1"), 'x: IPv6 address "FE80::1" should be in RFC 5952 canonical format ("fe80::1")'),
        (odd_address("x", "fe80::1"), None),
        (
            odd_range("x", "10.0.0.1/8"),
            'x: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
        ),
        (odd_range("x", "10.0.0.0/08"), 'x: non-standard CIDR value "10.0.0.0/08" is invalid: use "10.0.0.0/8"'),
        (
            odd_range("x", "FE80::/10"),
            'x: IPv6 CIDR value "FE80::/10" should be in RFC 5952 canonical format ("fe80::/10")',
        ),
        (odd_range("x", "fe80::/10"), None),
    ],
)
def test_odd_addresses_and_ranges(odd, text):
    """What old objects may still say."""
    assert list(odd) == ([text] if text else [])


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
    assert [text for text in pod_warns(found, None) if "hostIP set without" not in text] == expected
