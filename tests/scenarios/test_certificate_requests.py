"""Requests for certificates: those of kubelets are approved, and what is approved is signed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

import kemu

x509 = pytest.importorskip("cryptography.x509")
ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")

CLIENT = ["digital signature", "client auth"]
KUBELET = "kubernetes.io/kube-apiserver-client-kubelet"
NODE = ("system:node:n1", "system:nodes")
KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def request(name, signer, subject=NODE, usages=CLIENT, names=(), **more):
    """A request whose subject is a name and its organisations."""
    oid = x509.oid.NameOID
    common, *organisations = subject
    fields = [x509.NameAttribute(oid.ORGANIZATION_NAME, each) for each in organisations]
    fields.append(x509.NameAttribute(oid.COMMON_NAME, common))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(fields))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), False)
    text = builder.sign(KEY, None).public_bytes(serialization.Encoding.PEM)
    spec = {"request": base64.b64encode(text).decode(), "signerName": signer, "usages": usages, **more}
    return {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
            "metadata": {"name": name}, "spec": spec}  # fmt: skip


def send(cluster, body, user="kubelet-bootstrap", groups=("system:bootstrappers:kubeadm:default-node-token",)):
    """Create a request as somebody."""
    headers = {"Impersonate-User": user, "Impersonate-Group": groups[0]}
    answer = cluster.request(
        "POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests", headers=headers, body=body
    )
    assert answer.status == 201, answer.json()


def approve(cluster, name):
    """Approve a request, as `kubectl certificate approve` does."""
    place = f"/apis/certificates.k8s.io/v1/certificatesigningrequests/{name}"
    body = cluster.request("GET", place).json()
    body["status"] = {"conditions": [{"type": "Approved", "status": "True", "reason": "Mine"}]}
    assert cluster.request("PUT", f"{place}/approval", body=body).status == 200


def certificate(cluster, name):
    """The certificate that was issued."""
    cluster.settle()
    shown = cluster.get("csr", name).status
    assert shown.certificate, shown
    return x509.load_pem_x509_certificate(base64.b64decode(shown.certificate))


@pytest.fixture
def cluster():
    """A cluster as kubeadm leaves it, in which those who join may ask for certificates."""
    return kemu.Cluster(nodes=0, control_plane=1)


def test_a_node_that_joins_gets_its_certificate(cluster):
    """It is approved for who may ask for a node's, and signed for its subject."""
    send(cluster, request("joins", KUBELET))
    issued = certificate(cluster, "joins")
    (condition,) = cluster.get("csr", "joins").status.conditions
    assert (condition.type, condition.reason) == ("Approved", "AutoApproved")
    assert condition.message == "Auto approving kubelet client certificate after SubjectAccessReview."
    assert issued.subject.rfc4514_string() == "CN=system:node:n1,O=system:nodes"
    usage = issued.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]


def test_a_node_renews_its_own_certificate(cluster):
    """What asks in its own name is approved as its own."""
    cluster.create({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
                    "metadata": {"name": "nodes-ask"}, "subjects": [{"kind": "Group", "name": "system:nodes"}],
                    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                                "name": "system:node-bootstrapper"}})  # fmt: skip
    send(cluster, request("renews", KUBELET), "system:node:n1", ("system:nodes",))
    cluster.settle()
    (condition,) = cluster.get("csr", "renews").status.conditions
    assert condition.message == "Auto approving self kubelet client certificate after SubjectAccessReview."


@pytest.mark.parametrize(
    "body",
    [
        request("other", "kubernetes.io/kube-apiserver-client", ("jane", "dev")),
        request("other", "kubernetes.io/kubelet-serving", usages=["digital signature", "server auth"], names=["n1"]),
        request("other", KUBELET, ("jane", "system:nodes")),
        request("other", KUBELET, names=["n1"]),
    ],
)
def test_nothing_else_is_approved_by_itself(cluster, body):
    """A client's request, a server's, and what is not of a node wait for somebody."""
    send(cluster, body)
    cluster.advance("10s")
    assert not cluster.get("csr", "other").status.conditions


def test_what_is_approved_is_signed_for_as_long_as_it_asks(cluster):
    """A certificate is valid from a little before now, by the cluster's clock, for what was asked."""
    cluster.create(request("jane", "kubernetes.io/kube-apiserver-client", ("jane", "dev"), expirationSeconds=3600))
    cluster.advance("10s")
    approve(cluster, "jane")
    issued = certificate(cluster, "jane")
    assert issued.not_valid_after_utc == datetime(2000, 1, 1, 1, 0, 10, tzinfo=UTC)
    assert issued.not_valid_before_utc < datetime(2000, 1, 1, 0, 0, 10, tzinfo=UTC)


def test_a_server_needs_a_name_to_serve_by(cluster):
    """What a signer does not sign has failed, and says why; what has a name is signed with it."""
    serving, usages = "kubernetes.io/kubelet-serving", ["digital signature", "server auth"]
    cluster.create(request("nameless", serving, usages=usages))
    cluster.create(request("named", serving, usages=usages, names=["n1.example"]))
    for name in ("nameless", "named"):
        approve(cluster, name)
    issued = certificate(cluster, "named")
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["n1.example"]
    shown = cluster.get("csr", "nameless").status
    assert not shown.certificate
    assert [(each.type, each.reason) for each in shown.conditions][1:] == [("Failed", "SignerValidationFailure")]


def test_the_same_seed_signs_the_same(cluster):
    """Certificates are a part of the history, which follows from the seed."""
    twin = cluster.fork()
    for each in (cluster, twin):
        send(each, request("joins", KUBELET))
        each.settle()
    assert cluster.get("csr", "joins").status.certificate == twin.get("csr", "joins").status.certificate
    assert cluster.digest() == twin.digest()


def test_without_the_package_a_request_waits(cluster, monkeypatch):
    """Nothing is signed then, and an event says why."""
    cluster.create(request("waits", "kubernetes.io/kube-apiserver-client", ("jane", "dev")))
    monkeypatch.setitem(__import__("sys").modules, "cryptography.x509", None)
    approve(cluster, "waits")
    cluster.settle()
    assert not cluster.get("csr", "waits").status.certificate
    assert any(each.reason == "NotSigned" for each in cluster.list("events", namespace=None))


def test_the_server_says_when_a_condition_was_written(cluster):
    """Where who approves says nothing of it; an hour after that the request is gone."""
    cluster.create(request("asked", "kubernetes.io/kube-apiserver-client", ("alice",), ["client auth"]))
    cluster.advance("5s")
    approve(cluster, "asked")
    (condition,) = cluster.get("csr", "asked").status.conditions
    assert str(condition.last_update_time) == str(condition.last_transition_time) == "2000-01-01T00:00:05Z"
    cluster.advance("2h")
    assert not cluster.list("csr")


def test_who_approves_writes_no_certificate_and_who_signs_no_approval(cluster):
    """Each of the two subresources takes what is its own."""
    cluster.create(request("asked", "example.com/mine", ("alice",), ["client auth"]))
    place = "/apis/certificates.k8s.io/v1/certificatesigningrequests/asked"
    body = cluster.request("GET", place).json()
    conditions = [{"type": "Approved", "status": "True", "reason": "Mine"}]
    body["status"] = {"certificate": "YQ==", "conditions": conditions}
    body["spec"]["signerName"] = "example.com/other"
    assert cluster.request("PUT", f"{place}/approval", body=body).status == 200
    shown = cluster.get("csr", "asked")
    assert (shown.status.certificate, shown.spec.signer_name) == (None, "example.com/mine")
    body = cluster.request("GET", place).json()
    body["status"]["conditions"][0]["reason"] = "Yours"
    assert cluster.request("PUT", f"{place}/status", body=body).status == 200
    assert cluster.get("csr", "asked").status.conditions[0].reason == "Mine"
