"""Kubernetes' protobuf form: the same objects, byte for byte what a client of Go would send."""

import json

import pytest

import kemu
from kemu.objects import gnostic, openapi, protobuf, scheme
from kemu.objects.text import DecodeError

MEDIA = "application/vnd.kubernetes.protobuf"


def through(document):
    """A document there and back."""
    return protobuf.decode(protobuf.encode(document))


@pytest.mark.parametrize(
    "document",
    [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": "AAEC"}, "type": "Opaque"},
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p", "creationTimestamp": "2000-01-01T00:00:00Z"},
            "spec": {
                "volumes": [{"name": "v", "configMap": {"name": "c", "optional": True}}],
                "containers": [
                    {
                        "name": "c",
                        "image": "i",
                        "resources": {"limits": {"cpu": "100m"}},
                        "livenessProbe": {"httpGet": {"port": "http"}, "periodSeconds": 5},
                        "readinessProbe": {"tcpSocket": {"port": 80}},
                        "env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
                    }
                ],
                "ephemeralContainers": [{"name": "e", "image": "i", "targetContainerName": "c"}],
            },
        },
        {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": "l"},
            "spec": {"renewTime": "2000-01-01T00:00:00.000001Z", "leaseDurationSeconds": 0},
        },
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "d"},
            "spec": {
                "group": "example.com",
                "versions": [
                    {
                        "name": "v1",
                        "schema": {
                            "openAPIV3Schema": {
                                "type": "object",
                                "default": {"a": [1, "x", None]},
                                "properties": {
                                    "a": {
                                        "type": "array",
                                        "items": {"type": "string"},
                                        "x-kubernetes-list-type": "set",
                                    },
                                    "b": {"additionalProperties": False, "enum": [1, "two"]},
                                    "c": {"additionalProperties": {"type": "integer"}, "multipleOf": 0.5},
                                },
                            }
                        },
                    }
                ],
            },
        },
        {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "SelfSubjectReview",
            "metadata": {},
            "status": {"userInfo": {"username": "u", "extra": {"k": ["a", "b"]}}},
        },
    ],
    ids=lambda document: document["kind"],
)
def test_a_document_comes_back_as_it_went(document):
    assert through(document) == document


def test_the_bytes_are_those_of_the_wire_format():
    """Magic, then a message of three fields: the type, the object, and two empty texts."""
    document = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}
    raw = b"\x12\x06\x0a\x01a\x12\x01b"
    unknown = b"\x0a\x0f\x0a\x02v1\x12\x09ConfigMap" + b"\x12" + bytes([len(raw)]) + raw + b"\x1a\x00\x22\x00"
    assert protobuf.encode(document) == b"k8s\x00" + unknown


@pytest.mark.parametrize("kind", scheme.KINDS, ids=lambda kind: f"{kind.plural}.{kind.group}/{kind.version}")
def test_every_built_in_kind_has_a_message(kind):
    extension = kind.group.endswith("metrics.k8s.io")
    assert (protobuf.message_of(kind.api_version, kind.kind) is None) == extension
    assert (protobuf.message_of(kind.api_version, kind.list_kind) is None) == (extension or "list" not in kind.verbs)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"{}", "does not appear to be a protobuf message, expected prefix [107 56 115 0]"),
        (b"k8s\x00\xff", "proto: "),
        (protobuf.MAGIC + b"\x0a\x0a\x0a\x02v1\x12\x04Nope", 'no kind "Nope" is registered for version "v1"'),
    ],
)
def test_what_is_no_object_says_why(data, text):
    with pytest.raises(DecodeError, match=text.replace("[", r"\[")):
        protobuf.decode(data)


def test_a_client_may_speak_it_both_ways():
    cluster = kemu.Cluster()
    path, headers = "/api/v1/namespaces/default/configmaps", {"Content-Type": MEDIA, "Accept": MEDIA}
    body = protobuf.encode({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "b"}})
    answer = cluster.request("POST", path, headers, body)
    assert answer.status == 201 and ("Content-Type", MEDIA) in answer.headers
    assert protobuf.decode(answer.body) == json.loads(cluster.request("GET", f"{path}/x").body)
    refusal = cluster.request("POST", path, headers, body)
    assert refusal.status == 409 and protobuf.decode(refusal.body)["reason"] == "AlreadyExists"
    assert (
        cluster.request(
            "DELETE", f"{path}/x", headers, protobuf.encode({"apiVersion": "v1", "kind": "DeleteOptions"})
        ).status
        == 200
    )


def test_a_watch_is_framed():
    cluster = kemu.Cluster()
    path = "/api/v1/namespaces/kube-system?watch=true&timeoutSeconds=1"
    answer = cluster.request("GET", path.replace("/kube-system", ""), {"Accept": f"{MEDIA};stream=watch"})
    assert ("Content-Type", f"{MEDIA};stream=watch") in answer.headers
    frame = next(answer.stream())
    assert int.from_bytes(frame[:4], "big") == len(frame) - 4 and b"ADDED" in frame and protobuf.MAGIC in frame


def test_a_table_is_no_protobuf():
    answer = kemu.Cluster().request("GET", "/api/v1/nodes", {"Accept": f"{MEDIA};as=Table;g=meta.k8s.io;v=v1"})
    assert answer.status == 406


@pytest.mark.parametrize("path", ["/openapi/v2", "/openapi/v3/apis/apps/v1"])
def test_openapi_comes_in_gnostics_messages(path):
    """The whole document: every path and every type by its name."""
    cluster = kemu.Cluster()
    media = next(media for media, package in gnostic.MEDIA.items() if package[-2:] == path[9:11])
    answer = cluster.request("GET", path, {"Accept": media})
    assert answer.status == 200 and ("Content-Type", media.replace("@", ".")) in answer.headers
    document = openapi.v2() if path.endswith("v2") else openapi.v3("apps/v1")
    names = [*document["paths"], *(document.get("definitions") or document["components"]["schemas"])]
    assert all(name.encode() in answer.body for name in names)


def test_openapi_in_a_form_that_nobody_knows_is_refused():
    answer = kemu.Cluster().request("GET", "/openapi/v2", {"Accept": "text/csv"})
    assert answer.status == 406
