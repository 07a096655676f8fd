"""In which form an answer goes out, and what a path names."""

from __future__ import annotations

import json

import pytest

import kemu
from kemu import errors
from kemu.apiserver.rest import negotiation
from kemu.apiserver.rest.negotiation import JSON, YAML, Form, negotiated
from kemu.apiserver.rest.places import Place, place_of

META = "g=meta.k8s.io;v=v1"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Form()),
        ("*/*", Form()),
        (JSON, Form()),
        (YAML, Form(YAML)),
        (f"{JSON};as=Table;{META},{JSON}", Form(shape="Table")),
        (f"{JSON};as=Table;g=meta.k8s.io;v=v1beta1", Form(shape="Table", version="v1beta1")),
        (f"{JSON};as=Nothing;{META},{JSON}", Form()),
        (f"{JSON};as=Table;g=other;v=v1,{YAML}", Form(YAML)),
        (f"{YAML};as=PartialObjectMetadata;{META}", Form(YAML, "PartialObjectMetadata")),
        (f"{JSON};q=0.1,{YAML};q=0.9", Form(YAML)),
        (f"*/*,{YAML}", Form(YAML)),
        (f"text/html, {YAML};q=x, */*;q=0.5", Form()),
        ("application/vnd.kubernetes.protobuf,application/json", Form()),
        (f"{JSON};pretty=1", Form(pretty=True)),
        (f"{JSON};stream=watch", Form()),
    ],
)
def test_the_best_of_several_offers_is_taken(accept, form):
    """By quality, then from the exact to the wild; what cannot be had is passed over."""
    assert negotiated(accept) == form


@pytest.mark.parametrize(
    ("accept", "message"),
    [
        (
            "text/html",
            "406: Not Acceptable\n\nAvailable representations: "
            "application/json, application/yaml, application/vnd.kubernetes.protobuf",
        ),
        (
            f"{JSON};as=Nothing;{META}",
            "only the following media types are accepted: application/json, application/yaml",
        ),
        (
            "application/vnd.kubernetes.protobuf",
            "only the following media types are accepted: application/json, application/yaml",
        ),
        (f"{JSON};stream=tcp", "only the following media types are accepted: application/json, application/yaml"),
    ],
)
def test_an_answer_that_nobody_can_give(accept, message):
    """406, from the router or from what stands behind it."""
    with pytest.raises(errors.NotAcceptable) as refused:
        negotiated(accept)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("wish", "agent", "indented"),
    [("", "curl/8", True), ("", "python", False), ("true", "", True), ("false", "curl/8", False), ("x", "curl", False)],
)
def test_people_get_indented_json(wish, agent, indented):
    """By their user agent, unless the query says otherwise."""
    assert negotiation.indented(wish, agent) is indented


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/api/v1/pods", Place("", "v1", "pods")),
        ("/api/v1/namespaces/a", Place("", "v1", "namespaces", name="a")),
        ("/api/v1/namespaces/a/pods/", Place("", "v1", "pods", "a")),
        ("/api/v1/namespaces/a/status", Place("", "v1", "namespaces", name="a", subresource="status")),
        ("/api/v1/namespaces/a/pods/b/log", Place("", "v1", "pods", "a", "b", "log")),
        ("/apis/apps/v1/namespaces/a/deployments/b", Place("apps", "v1", "deployments", "a", "b")),
        ("/api/v1/watch/namespaces/a/pods/b", Place("", "v1", "pods", "a", "b", watched=True)),
        ("/api/v1/namespaces//pods", Place("", "v1", "pods", "", broken=True)),
        ("/api/v1", Place()),
        ("/apis/apps/v1", Place()),
        ("//[/x", Place()),
    ],
)
def test_what_a_path_names(path, place):
    """Group, version, resource, namespace, name and subresource; or no resource at all."""
    assert place_of(path) == place


@pytest.mark.parametrize(
    ("path", "method", "watch", "verb"),
    [
        ("/api/v1/pods", "GET", False, "list"),
        ("/api/v1/pods", "GET", True, "watch"),
        ("/api/v1/namespaces/a/pods/b", "GET", True, "get"),
        ("/api/v1/watch/namespaces/a/pods/b", "GET", False, "watch"),
        ("/api/v1/namespaces/a/pods", "DELETE", False, "deletecollection"),
        ("/api/v1/namespaces/a/pods/b", "DELETE", False, "delete"),
        ("/api/v1/pods", "FOO", False, ""),
    ],
)
def test_what_a_method_means(path, method, watch, verb):
    """The verb that roles speak of."""
    assert place_of(path).verb(method, watch) == verb


@pytest.mark.parametrize("path", ["/version", "/"])
def test_what_is_no_object_is_json_for_people(path):
    """Whoever asks, and without the line end of other answers."""
    answer = kemu.Cluster(nodes=0).request("GET", path, {"User-Agent": "Go-http-client/1.1", "Accept": "*/*"})
    assert dict(answer.headers)["Content-Type"] == "application/json"
    assert answer.body.decode() == json.dumps(answer.json(), indent=2)
