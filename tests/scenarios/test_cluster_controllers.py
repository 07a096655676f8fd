"""The small controllers: what each does for one object, and that none of them minds being killed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest

import kemu
from kemu import errors
from kemu.reconcilers import ttl
from tests.scenarios.manifests import service

ALL = "*,bootstrapsigner,tokencleaner"


def text(value):
    """What a Secret holds, as text."""
    return base64.b64decode(value).decode()


def node(name, **spec):
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec}


def test_a_node_is_told_how_long_it_may_use_what_it_has_read():
    """The more nodes, the longer; one more or less moves nothing to and fro."""
    cluster = kemu.Cluster(nodes=1)
    assert cluster.get("node/node-0").metadata.annotations[ttl.ANNOTATION] == "0"
    assert [ttl.decide(nodes, None) for nodes in (1, 100, 101, 500, 501, 1001, 2001)] == [
        "0", "0", "15", "15", "30", "60", "300",
    ]  # fmt: skip
    assert ttl.decide(95, "15") == "15" and ttl.decide(95, "0") == "0" and ttl.decide(89, "15") == "0"


def test_a_node_that_is_created_gets_a_range_for_its_pods():
    """The first that is free; when there is none left, an event says so, until one is given back."""
    cluster = kemu.Cluster(nodes=1, pod_cidr="10.0.0.0/22")
    cluster.apply([node("a"), node("b"), node("c", podCIDR="10.0.2.0/24"), node("d")])
    cluster.settle()
    found = {each.metadata.name: each.spec.pod_cidrs for each in cluster.list("nodes")}
    assert found == {
        "node-0": ("10.0.0.0/24",),
        "a": ("10.0.1.0/24",),
        "b": ("10.0.3.0/24",),
        "c": ("10.0.2.0/24",),
        "d": (),
    }
    assert [each.reason for each in cluster.events("node/d")] == ["CIDRNotAvailable"]
    cluster.delete("node/a")
    cluster.settle()
    assert cluster.get("node/d").spec.pod_cidr == "10.0.1.0/24"


def ephemeral_pod(name="p"):
    template = {"metadata": {"labels": {"made": "here"}},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}  # fmt: skip
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "containers": [{"name": "c", "image": "nginx"}],
            "volumes": [{"name": "scratch", "ephemeral": {"volumeClaimTemplate": template}}],
        },
    }


def test_a_volume_that_lives_as_long_as_its_pod_has_a_claim():
    """Made with the pod, used by it, and gone with it; one of that name that is somebody else's is an event."""
    cluster = kemu.Cluster(nodes=1)
    cluster.storage.provisioner("example.com/disk", default_class="standard")
    cluster.apply(ephemeral_pod())
    cluster.wait("pod/p", "condition=Ready", timeout="1m")
    claim = cluster.get("pvc/p-scratch")
    assert claim.status.phase == "Bound" and claim.metadata.labels == {"made": "here"}
    cluster.delete("pod/p")
    cluster.advance("2m")
    assert not cluster.list("pvc") and not cluster.list("pv")
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    cluster.apply(
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "q-scratch"}, "spec": spec}
    )
    cluster.apply(ephemeral_pod("q"))
    cluster.settle()
    (event,) = [each for each in cluster.events("pod/q") if each.reason == "FailedBinding"]
    assert event.message == (
        "ephemeral volume scratch: PVC default/q-scratch was not created for pod default/q (pod is not owner)"
    )


def cidr(name, *ranges):
    return {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": name},
            "spec": {"cidrs": list(ranges)}}  # fmt: skip


def ready(cluster, name):
    return [(each.status, each.reason, each.message) for each in cluster.get(f"servicecidr/{name}").status.conditions]


def test_a_range_of_services_stays_as_long_as_it_is_needed():
    """It goes ten seconds after nobody needs it, or once another one contains it."""
    cluster = kemu.Cluster(nodes=0, service_cidr="10.96.0.0/24")
    assert ready(cluster, "kubernetes") == [("True", "", "Kubernetes Service CIDR is ready")]
    cluster.apply(cidr("spare", "10.200.0.0/24"))
    cluster.settle()
    assert cluster.get("servicecidr/spare").metadata.finalizers == ("networking.k8s.io/service-cidr-finalizer",)
    cluster.delete("servicecidr/spare")
    cluster.advance("9s")
    assert cluster.get("servicecidr/spare").metadata.deletion_timestamp is not None
    cluster.advance("2s")
    assert [each.metadata.name for each in cluster.list("servicecidrs")] == ["kubernetes"]
    cluster.delete("servicecidr/kubernetes")
    cluster.advance("1m")
    assert ready(cluster, "kubernetes")[0][:2] == ("False", "Terminating")
    cluster.apply(cidr("wider", "10.96.0.0/16"))
    cluster.advance("1m")
    assert [each.metadata.name for each in cluster.list("servicecidrs")] == ["wider"]


def test_a_range_that_cannot_be_called_ready_is_told_of():
    cluster = kemu.Cluster(nodes=0)

    def fault(request, following):
        if request.resource.kind.kind == "ServiceCIDR" and request.subresource == "status" and cluster.now < 1:
            raise errors.Forbidden("not now")
        return following(request)

    cluster.wrap(fault)
    cluster.apply(cidr("spare", "10.200.0.0/24"))
    cluster.advance("10s")
    told = {(each.reason, each.message) for each in cluster.events("servicecidr/spare")}
    assert told == {("KubernetesServiceCIDRError", "The ServiceCIDR Status can not be set to Ready=True")}
    assert ready(cluster, "spare") == [("True", "", "Kubernetes Service CIDR is ready")]


def test_a_class_of_attributes_stays_as_long_as_a_claim_has_it():
    """Its finalizer is taken away when the last one that named it is gone."""
    cluster = kemu.Cluster(nodes=0)
    cluster.apply({"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttributesClass", "metadata": {"name": "fast"},
                   "driverName": "example.com", "parameters": {"iops": "9"}})  # fmt: skip
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
            "volumeAttributesClassName": "fast"}  # fmt: skip
    cluster.apply({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "spec": spec})
    cluster.settle()
    assert cluster.get("volumeattributesclass/fast").metadata.finalizers == ("kubernetes.io/vac-protection",)
    cluster.delete("volumeattributesclass/fast")
    cluster.advance("1m")
    assert cluster.list("volumeattributesclasses")
    cluster.delete("pvc/c")
    cluster.advance("1m")
    assert not cluster.list("volumeattributesclasses")


def token_secret(name="robot-token", account="robot"):
    return {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
            "metadata": {"name": name, "annotations": {"kubernetes.io/service-account.name": account}}}  # fmt: skip


def test_a_secret_for_the_token_of_an_account_is_filled():
    """The token is good as long as the Secret is there, and the Secret as long as the account is."""
    cluster = kemu.Cluster(nodes=0)
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"},
                   "secrets": [{"name": "robot-token"}, {"name": "kept"}]})  # fmt: skip
    cluster.apply(token_secret())
    cluster.settle()
    secret = cluster.get("secret/robot-token")
    account = cluster.get("serviceaccount/robot")
    assert sorted(secret.data) == ["ca.crt", "namespace", "token"] and text(secret.data["namespace"]) == "default"
    assert secret.metadata.annotations["kubernetes.io/service-account.uid"] == account.metadata.uid
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "metadata": {"name": ""},
              "spec": {"token": text(secret.data["token"])}}  # fmt: skip

    def reviewed():
        path = "/apis/authentication.k8s.io/v1/tokenreviews"
        return cluster.request("POST", path, body=review).json()["status"]

    assert reviewed()["user"]["username"] == "system:serviceaccount:default:robot"
    cluster.delete("secret/robot-token")
    cluster.settle()
    assert [each.name for each in cluster.get("serviceaccount/robot").secrets] == ["kept"]
    assert "invalidated" in reviewed()["error"]
    cluster.apply([token_secret(), token_secret("lost", "nobody")])
    cluster.settle()
    assert [each.metadata.name for each in cluster.list("secrets")] == ["robot-token"]
    cluster.delete("serviceaccount/robot")
    cluster.settle()
    assert not cluster.list("secrets")


def bootstrap_token(name, word, **more):
    data = {"token-id": name, "token-secret": word, "usage-bootstrap-signing": "true", **more}
    return {"apiVersion": "v1", "kind": "Secret", "type": "bootstrap.kubernetes.io/token", "stringData": data,
            "metadata": {"name": f"bootstrap-token-{name}", "namespace": "kube-system"}}  # fmt: skip


INFO = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cluster-info", "namespace": "kube-public"},
        "data": {"kubeconfig": "a: b\n"}}  # fmt: skip


def test_bootstrap_tokens_sign_what_is_said_of_the_cluster_until_they_expire():
    """As kubeadm has it; `*` alone leaves both controllers out, as upstream."""
    cluster = kemu.Cluster(nodes=0, controllers=ALL)
    cluster.apply([
        INFO,
        bootstrap_token("abcdef", "0123456789abcdef", expiration="2000-01-01T01:00:00Z"),
        bootstrap_token("fedcba", "0123456789abcdef", **{"usage-bootstrap-signing": "false"}),
    ])  # fmt: skip
    cluster.settle()
    data = cluster.get("configmap/cluster-info", namespace="kube-public").data
    assert sorted(data) == ["jws-kubeconfig-abcdef", "kubeconfig"]
    header, empty, signature = data["jws-kubeconfig-abcdef"].split(".")
    payload = base64.urlsafe_b64encode(b"a: b\n").rstrip(b"=").decode()
    made = hmac.new(b"0123456789abcdef", f"{header}.{payload}".encode(), hashlib.sha256).digest()
    assert not empty and base64.urlsafe_b64decode(signature + "=") == made
    cluster.advance("59m")
    assert len(cluster.list("secrets", namespace="kube-system")) == 2
    cluster.advance("2m")
    assert [each.metadata.name for each in cluster.list("secrets", namespace="kube-system")] == [
        "bootstrap-token-fedcba"
    ]
    assert sorted(cluster.get("configmap/cluster-info", namespace="kube-public").data) == ["kubeconfig"]
    plain = kemu.Cluster(nodes=0)
    plain.apply([INFO, bootstrap_token("abcdef", "0123456789abcdef", expiration="2000-01-01T01:00:00Z")])
    plain.advance("2h")
    assert len(plain.list("secrets", namespace="kube-system")) == 1


REQUEST = base64.b64encode(b"-----BEGIN CERTIFICATE REQUEST-----\neA==\n-----END CERTIFICATE REQUEST-----\n").decode()


def signing_request(name):
    return {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": name},
            "spec": {"request": REQUEST, "signerName": "example.com/own", "usages": ["client auth"]}}  # fmt: skip


def test_requests_for_certificates_do_not_stay_for_ever():
    """One that was denied goes after an hour, one that nobody has answered after a day."""
    cluster = kemu.Cluster(nodes=0)
    cluster.apply([signing_request("denied"), signing_request("pending")])
    conditions = [{"type": "Denied", "status": "True", "reason": "No", "lastUpdateTime": "2000-01-01T00:00:00Z"}]
    body = cluster.request("GET", "/apis/certificates.k8s.io/v1/certificatesigningrequests/denied").json()
    body["status"] = {"conditions": conditions}
    answer = cluster.request(
        "PUT", "/apis/certificates.k8s.io/v1/certificatesigningrequests/denied/approval", body=body
    )
    assert answer.status == 200
    cluster.advance("30m")
    assert len(cluster.list("certificatesigningrequests")) == 2
    cluster.advance("90m")
    assert [each.metadata.name for each in cluster.list("certificatesigningrequests")] == ["pending"]
    cluster.advance("21h")
    assert len(cluster.list("certificatesigningrequests")) == 1
    cluster.advance("2h")
    assert not cluster.list("certificatesigningrequests")


# Crashes

ENDPOINTS = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "db"},
             "subsets": [{"addresses": [{"ip": "10.9.9.9"}, {"ip": "fd00::9"}], "ports": [{"port": 1}]}]}  # fmt: skip
MORE = {"subsets": [{"addresses": [{"ip": "10.9.9.8"}], "ports": [{"port": 1}]},
                    {"addresses": [{"ip": "10.9.9.7"}], "ports": [{"port": 2}]}]}  # fmt: skip


def mirrored(cluster):
    cluster.apply([service("db"), ENDPOINTS])
    cluster.advance("5s")
    cluster.patch("endpoints", "db", MORE)
    cluster.advance("5s")


def nodes(cluster):
    cluster.apply([node("a"), node("b")])


def claims(cluster):
    cluster.apply(ephemeral_pod())
    cluster.advance("5s")
    cluster.apply(ephemeral_pod("q"))


def ranges(cluster):
    cluster.apply([cidr("spare", "10.200.0.0/24"), cidr("other", "10.201.0.0/24")])
    cluster.advance("1s")
    cluster.delete("servicecidr/spare")


def classes(cluster):
    for name in ("fast", "slow"):
        cluster.apply({"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttributesClass", "metadata": {"name": name},
                       "driverName": "example.com", "parameters": {"iops": "9"}})  # fmt: skip
    cluster.advance("1s")
    cluster.delete("volumeattributesclass/fast")


def accounts(cluster):
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"},
                   "secrets": [{"name": "gone"}]})  # fmt: skip
    cluster.apply([token_secret(), token_secret("lost", "nobody"), token_secret("gone")])
    cluster.advance("5s")
    cluster.delete("secret/gone")


def tokens(cluster):
    cluster.apply([
        INFO,
        bootstrap_token("abcdef", "0123456789abcdef", expiration="2000-01-01T00:00:30Z"),
        bootstrap_token("fedcba", "0123456789abcdef"),
    ])  # fmt: skip


CRASHES = {
    "endpointslice-mirroring-controller": (mirrored, "endpointslices"),
    "ttl-controller": (nodes, "nodes"),
    "node-ipam-controller": (nodes, "nodes"),
    "ephemeral-volume-controller": (claims, "persistentvolumeclaims"),
    "service-cidr-controller": (ranges, "servicecidrs"),
    "volumeattributesclass-protection-controller": (classes, "volumeattributesclasses"),
    "serviceaccount-token-controller": (accounts, "secrets,serviceaccounts"),
    "bootstrap-signer-controller": (tokens, "configmaps"),
    "token-cleaner-controller": (tokens, "secrets"),
}
"""By controller: what happens, and the kinds of which the outcome counts."""


def crash_at(cluster: kemu.Cluster, actor: str, number: int) -> list[str]:
    """Let the process of an actor crash at its write of this number, after the write took effect."""
    writes: list[str] = []

    def fault(request, following):
        answer = following(request)
        if request.actor == actor and request.verb not in ("get", "list", "watch") and request.resource.key != "events":
            writes.append(f"{request.verb} {request.resource.key}")
            if len(writes) == number:
                raise errors.ProcessCrash("power cut")
        return answer

    cluster.wrap(fault)
    return writes


def outcome(cluster: kemu.Cluster, kinds: str) -> list[Any]:
    """What there is, but for what depends on when or how often it was written."""
    found = []
    for kind in kinds.split(","):
        for obj in cluster.list(kind, namespace=None):
            shown = kemu.to_dict(obj)
            metadata = shown["metadata"]
            name = "" if "generateName" in metadata or obj.kind == "EndpointSlice" else metadata["name"]
            kept = {key: metadata.get(key) for key in ("labels", "annotations", "finalizers")}
            (shown.get("spec") or {}).pop("taints", None)
            for condition in (shown.get("status") or {}).get("conditions") or ():
                condition.pop("lastTransitionTime", None)
            del shown["metadata"]
            found.append((kind, name, kept, shown))
    return sorted(map(str, found))


@pytest.mark.parametrize("actor", CRASHES)
def test_a_crash_between_any_two_writes_changes_nothing_in_the_end(actor):
    """Each controller, crashed after each of its writes, ends where it ends without."""
    scenario, kinds = CRASHES[actor]

    def run(number: int) -> tuple[list[Any], list[str]]:
        cluster = kemu.Cluster(nodes=1, controllers=ALL)
        writes = crash_at(cluster, actor, number)
        scenario(cluster)
        cluster.advance("5m")
        return outcome(cluster, kinds), writes

    calm, writes = run(0)
    assert writes
    for number in range(1, len(writes) + 1):
        assert run(number)[0] == calm, writes[number - 1]
