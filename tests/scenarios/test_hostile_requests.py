"""Requests that are wrong in every way: each gets the Status of a real server, at once, and leaves no trace."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

import kemu
from kemu import errors
from kemu.apiserver.rest import Rest

JSON, YAML = "application/json", "application/yaml"
JSON_PATCH, MERGE = "application/json-patch+json", "application/merge-patch+json"
STRATEGIC, APPLY = "application/strategic-merge-patch+json", "application/apply-patch+yaml"
HERE = "/api/v1/namespaces/default/"
POD, PODS, MAPS, JOBS = HERE + "pods/p", HERE + "pods", HERE + "configmaps", "/apis/batch/v1/namespaces/default/jobs"
SCALE = "/apis/apps/v1/namespaces/default/deployments/web/scale?fieldManager=m"
TYPE_META = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }'
UNKNOWN = "the object provided is unrecognized (must be of type Pod): "
NO_VERSION = UNKNOWN + "couldn't get version/kind; json parse error: "
NO_ARRAY = f"json: cannot unmarshal array into Go value of type {TYPE_META}"
IGNORING = "?fieldValidation=Ignore"
DEEP = b"[" * 900 + b"1" + b"]" * 900
BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)
HUGE = 2**63 - 1


@pytest.fixture(scope="module")
def base() -> kemu.Cluster:
    """A pod that cannot go, and a Deployment."""
    cluster = kemu.Cluster(nodes=1)
    containers = [{"name": "c", "image": "nginx"}]
    cluster.apply(
        [
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "p", "finalizers": ["x/y"]},
                "spec": {"containers": containers},
            },
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "web"},
                "spec": {
                    "selector": {"matchLabels": {"a": "b"}},
                    "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": containers}},
                },
            },
        ]
    )
    cluster.advance("5s")
    return cluster


CALLS_A_BYTE = 10
"""How many calls an answer may cost for each byte that was sent."""


def counted(act: Callable[[], Any]) -> tuple[Any, int]:
    """What comes of an act, and how many calls of functions, of Python and of C, it takes."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        result = act()
    finally:
        sys.setprofile(before)
    return result, calls


REFUSED = [
    (
        "POST",
        POD + "/eviction",
        JSON,
        b'"x"',
        400,
        NO_VERSION.replace("Pod", "Eviction") + "json: cannot unmarshal string",
    ),
    ("POST", POD + "/eviction", JSON, b'{"deleteOptions":"x"}', 400, "Eviction in version"),
    (
        "POST",
        POD + "/eviction",
        JSON,
        b'{"metadata":{"name":"p"},"deleteOptions":{"propagationPolicy":"x"}}',
        422,
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy',
    ),
    ("POST", POD + "/binding", JSON, b'{"metadata":{"name":"p"},"target":{}}', 500, "target.name: Required value"),
    (
        "POST",
        POD + "/binding",
        JSON,
        b'{"target":{"name":"n"}}',
        400,
        "name in URL does not match name in Binding object",
    ),
    (
        "POST",
        POD[: POD.index("/pods")] + "/bindings",
        JSON,
        b'{"target":{"name":"n"}}',
        400,
        "Name parameter required.",
    ),
    (
        "DELETE",
        POD,
        JSON,
        b"[]",
        400,
        f"couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type {TYPE_META}",
    ),
    ("DELETE", POD, JSON, b'{"kind":"Pod"}', 400, 'no kind "Pod" is registered for version "meta.k8s.io/v1"'),
    (
        "DELETE",
        POD,
        JSON,
        b'{"preconditions":"x"}',
        400,
        "json: cannot unmarshal string into Go struct field DeleteOptions.preconditions of type v1.Preconditions",
    ),
    *(
        (
            "DELETE",
            POD,
            JSON,
            b'{"gracePeriodSeconds":%s}' % value,
            400,
            f"json: cannot unmarshal {noun} into Go struct field DeleteOptions.gracePeriodSeconds of type int64",
        )
        for value, noun in ((b'"x"', "string"), (b"[1]", "array"), (b"1.5", "number 1.5"))
    ),
    (
        "DELETE",
        POD,
        JSON,
        b'{"propagationPolicy":["Orphan"]}',
        400,
        "json: cannot unmarshal array into Go struct field DeleteOptions.propagationPolicy of type v1.Deletion",
    ),
    (
        "DELETE",
        POD + "?propagationPolicy=Foo",
        JSON,
        None,
        422,
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy',
    ),
    (
        "DELETE",
        POD,
        "text/plain",
        b"{}",
        415,
        "the body of the request was in an unknown format - accepted media types",
    ),
    ("POST", JOBS, JSON, b"{}", 422, 'Job.batch "" is invalid: [metadata.name: Required value'),
    ("POST", PODS, YAML, b"<<: [1]", 400, UNKNOWN + "yaml: map merge requires map or sequence of maps as the value"),
    ("POST", PODS, YAML, b"<<: 1", 400, UNKNOWN + "yaml: map merge requires map or sequence of maps as the value"),
    (
        "POST",
        PODS,
        YAML,
        b'{"spec":{"priority":' + b"9" * 5000 + b"}}",
        400,
        'Pod in version "v1" cannot be handled as a Pod',
    ),
    (
        "POST",
        PODS,
        JSON,
        b'{"spec":{"priority":' + b"9" * 5000 + b"}}",
        400,
        NO_VERSION + "json: cannot unmarshal number 999",
    ),
    ("POST", PODS, YAML, b"&a {a: *a}", 400, UNKNOWN + "yaml: anchor 'a' value contains itself"),
    ("POST", PODS, YAML, b"&a [*a]", 400, UNKNOWN + "yaml: anchor 'a' value contains itself"),
    ("POST", PODS, YAML, b"a: *b", 400, UNKNOWN + "yaml: unknown anchor 'b' referenced"),
    ("POST", PODS, YAML, BOMB.encode(), 400, UNKNOWN + "yaml: document contains excessive aliasing"),
    ("POST", PODS, YAML, b"[" * 100_000, 400, UNKNOWN + "yaml: exceeded max depth"),
    ("POST", PODS, JSON, b"[" * 100_000, 400, NO_VERSION + "exceeded max depth"),
    ("POST", PODS, JSON, DEEP, 400, NO_VERSION + "exceeded max depth"),
    (
        "PATCH",
        POD + "?fieldManager=m",
        APPLY,
        DEEP,
        400,
        "error decoding YAML: error converting YAML to JSON: yaml: exceeded",
    ),
    (
        "PATCH",
        POD,
        JSON_PATCH,
        b'[{"op":"add","path":"/a","value":' + DEEP + b"}]",
        400,
        "error decoding patch: exceeded",
    ),
    (
        "PATCH",
        POD,
        JSON_PATCH,
        b"[1]",
        400,
        "error decoding patch: json: cannot unmarshal number into Go value of type handlers",
    ),
    (
        "PATCH",
        POD,
        JSON_PATCH,
        b'[{"op":1}]',
        400,
        "error decoding patch: json: cannot unmarshal number into Go struct field",
    ),
    (
        "PATCH",
        POD,
        JSON_PATCH,
        json.dumps([{"op": "test", "path": "/kind", "value": "Pod"}] * 10_001).encode(),
        413,
        "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
    ),
    (
        "POST",
        MAPS,
        JSON,
        b'{"data":{"a":"' + b"x" * 3_200_000 + b'"}}',
        413,
        "Request entity too large: limit is 3145728",
    ),
    (
        "GET",
        PODS + "?continue=eyJydiI6IDFlNDAwLCAic3RhcnQiOiAiYSJ9",
        JSON,
        None,
        400,
        "invalid continue token: continue key",
    ),
    (
        "GET",
        PODS + "?resourceVersion=-1&resourceVersionMatch=Exact",
        JSON,
        None,
        400,
        "invalid resource version: resource",
    ),
    ("GET", PODS + "?limit=1_0", JSON, None, 400, 'strconv.ParseInt: parsing "1_0": invalid syntax'),
    ("GET", PODS + "?watch=1&resourceVersion=-1", JSON, None, 500, 'resourceVersion: Invalid value: "-1": strconv'),
    ("GET", PODS + "?fieldSelector=foo=bar", JSON, None, 400, "field label not supported: foo"),
    ("GET", POD + "?resourceVersion=999999", JSON, None, 504, "Timeout: Too large resource version: 999999"),
    ("GET", PODS + "?resourceVersion=999999", JSON, None, 504, "Timeout: Too large resource version: 999999"),
    ("GET", HERE + "pods/..", JSON, None, 400, "Name parameter invalid: \"..\": may not be '..'"),
    ("GET", HERE + "pods/a%25", JSON, None, 400, "Name parameter invalid: \"a%\": may not contain '%'"),
    ("GET", "/api/v1/namespaces//pods", JSON, None, 404, "the server could not find the requested resource"),
    ("GET", "/api/v1/pods/p", JSON, None, 404, "the server could not find the requested resource"),
    *(
        ("GET", f"{POD}/log?{name}=x", JSON, None, 400, 'strconv.ParseInt: parsing "x": invalid syntax')
        for name in ("tailLines", "sinceSeconds", "limitBytes")
    ),
    ("GET", POD + "/log?sinceTime=x", JSON, None, 400, 'parsing time "x" as'),
    ("GET", POD + "/log?tailLines=-1", JSON, None, 422, 'PodLogOptions "p" is invalid: tailLines: Invalid value: -1'),
    (
        "GET",
        POD + "/log?sinceSeconds=0",
        JSON,
        None,
        422,
        'PodLogOptions "p" is invalid: sinceSeconds: Invalid value: 0',
    ),
    ("PATCH", SCALE, APPLY, b"{}", 400, "invalid object type: /, Kind="),
    (
        "PATCH",
        SCALE,
        APPLY,
        b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"}}',
        400,
        "invalid object type: /v1, Kind=Pod",
    ),
    (
        "PATCH",
        MAPS + "/c?fieldManager=m",
        APPLY,
        b'{"apiVersion":"v1","kind":"ConfigMap","metadata":"x"}',
        500,
        "failed to create typed patch object (/; /v1, Kind=ConfigMap): .metadata: expected map, got &{x}",
    ),
    (
        "PATCH",
        HERE + "secrets/s?fieldManager=m",
        APPLY,
        b'{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"k":"not_base64"}}',
        500,
        "failed to convert new object (/s; /v1, Kind=Secret) to proper version: unable to convert unstructured object "
        "to /v1, Kind=Secret: error decoding from json: illegal base64",
    ),
    ("PATCH", POD, STRATEGIC, b'{"spec":{"$retainKeys":1}}', 400, "invalid patch format of retainKeys"),
    ("PATCH", POD, STRATEGIC, b'{"spec":{"$retainKeys":[{}]}}', 400, "invalid patch format of retainKeys"),
    ("PATCH", POD, STRATEGIC, b'{"spec":{"$retainKeys":[],"nodeName":"x"}}', 400, "invalid patch format of retainKeys"),
    ("PATCH", POD, STRATEGIC, b'{"$deleteFromPrimitiveList":[]}', 400, "invalid patch format of primitive list"),
    ("PATCH", POD, STRATEGIC, b'{"$setElementOrder":[]}', 400, "invalid patch format of setElementOrder list"),
    (
        "PATCH",
        POD,
        STRATEGIC,
        b'{"spec":{"$setElementOrder/containers":1}}',
        500,
        "expected a []interface {}, but received a int64",
    ),
    ("PATCH", POD, STRATEGIC, b'{"spec":{"containers":[1]}}', 500, "map: 1 does not contain declared merge key: name"),
    ("POST", MAPS + "?dryRun=x", JSON, b"{}", 422, 'CreateOptions.meta.k8s.io "" is invalid: dryRun'),
    (
        "POST",
        MAPS + "?fieldValidation=Foo",
        JSON,
        b"{}",
        422,
        'CreateOptions.meta.k8s.io "" is invalid: fieldValidation',
    ),
    ("POST", MAPS, "text/html", b"{}", 415, "the body of the request was in an unknown format"),
    ("GET", POD + "/log?stream=Stdout", JSON, None, 422, 'PodLogOptions "p" is invalid: stream: Forbidden: may not be'),
    ("GET", HERE + "services/zz/proxy/", JSON, None, 404, 'services "zz" not found'),
    ("PATCH", POD + IGNORING, JSON_PATCH, b"a: b", 400, "invalid character 'a' looking for beginning of value"),
    ("PATCH", POD + IGNORING, MERGE, b"1", 400, "Invalid JSON Patch"),
    ("PATCH", POD + IGNORING, MERGE, b'{"a', 400, "Invalid JSON Patch"),
    ("PATCH", HERE + "pods/other" + IGNORING, MERGE, b"[]", 404, 'pods "other" not found'),
    (
        "PATCH",
        POD + IGNORING,
        MERGE,
        b'[{"a":null}, null]',
        422,
        ' "" is invalid: patch: Invalid value: "[{},null]": ' + NO_VERSION.removeprefix(UNKNOWN) + NO_ARRAY,
    ),
    *(
        (method, path, JSON, b"{}", 405, "the server does not allow this method on the requested resource")
        for method in ("DELETE", "POST", "PUT", "PATCH")
        for path in ("/api/v1/watch/namespaces/default/pods", "/api/v1/watch/namespaces/default/pods/p")
    ),
    ("GET", "/api/v1/watch/namespaces/default/pods/p/log", JSON, None, 404, "the server could not find the requested"),
    ("GET", "/api/v1/nodes/nope/proxy", JSON, None, 404, 'nodes "nope" not found'),
    ("GET", "/api/v1/nodes/a:b:c:d/proxy", JSON, None, 400, 'invalid node request "a:b:c:d"'),
]


def shown(value: object) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return text if len(text) < 50 else f"{text[:40]}({len(text)})"


@pytest.mark.parametrize(("method", "path", "media", "body", "status", "message"), REFUSED, ids=shown)
def test_what_is_wrong_is_said(base, method, path, media, body, status, message):
    """With the code and the words of a real server, soon, and with nothing stored."""
    cluster = base.fork()
    before = (cluster.store.revision, cluster.digest())
    response, calls = counted(lambda: cluster.request(method, path, {"Content-Type": media}, body))
    answer = response.json()
    assert calls < 500_000
    assert (answer["kind"], answer["code"]) == ("Status", status), answer["message"]
    assert answer["message"].startswith(message)
    assert (cluster.store.revision, cluster.digest()) == before


@pytest.mark.parametrize("target", ["/api/v1/watch?a=b&c", "/api/v1/proxy", "/apis/apps/v1/watch"])
def test_an_old_verb_alone_means_nothing(base, target):
    """That is found out before anybody asks who somebody is, and said in plain text."""
    response = base.request("GET", target, {"Authorization": "Bearer nothing"})
    shown = target.replace("&", "&amp;")
    text = f'Internal Server Error: "{shown}": failed to create RequestInfo: '
    text += f"unable to determine kind and namespace from url, {shown}\n"
    assert (response.status, response.body.decode()) == (500, text)
    assert dict(response.headers)["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("+", {}),
        ("", {}),
        ("/api/v1/pods?labelSelector=\ud800", {}),
        ("/api/v1/pods/\ud800", {}),
        ("/api/v1/pods/%zz", {}),
        ("/api/v1/pods\n", {}),
        ("/api", {"Impersonate-User": "\ud800"}),
        ("/api", {"Accept": "a\nb"}),
    ],
)
def test_what_http_cannot_carry_is_no_request(base, target, headers):
    """A plain 400, as from the HTTP server before anybody has looked at it."""
    response = base.request("GET", target, headers)
    assert (response.status, response.body) == (400, b"400 Bad Request")


ENV = [{"name": f"A{n}", "value": "x"} for n in range(10_000)]
LONG = [
    ("POST", PODS, JSON, b'{"a":"' + b"x" * 3_000_000, 400),
    ("POST", PODS, JSON, b"[" + b"1," * 1_500_000, 400),
    ("POST", PODS, JSON, b"{" + b'"a":1,' * 500_000, 400),
    ("POST", PODS, YAML, b"[" + b"1," * 1_500_000 + b"]", 400),
    ("POST", PODS, YAML, b"a: &a [1,2,3]\nb:\n" + b"- *a\n" * 500_000, 400),
    ("PATCH", POD, MERGE, b"{" + b",".join(b'"a%d":1' % (n // 2) for n in range(200_000)) + b"}", 200),
    (
        "PATCH",
        HERE + "pods/q?fieldManager=m",
        APPLY,
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "q"},
                "spec": {"containers": [{"name": "c", "image": "i", "env": ENV}]},
            }
        ).encode(),
        201,
    ),
    ("GET", PODS + "?labelSelector=" + "a," * 400_000, JSON, None, 431),
    ("GET", PODS + "?" + "a=b&" * 30_000, JSON, None, 200),
    ("POST", MAPS + "?fieldManager=" + "%07" * 30_000, JSON, b"{}", 422),
]


@pytest.mark.parametrize(("method", "path", "media", "body", "status"), LONG, ids=shown)
def test_what_is_very_long_is_answered_soon(base, method, path, media, body, status):
    """Nothing grows with the square of what is sent."""
    fork = base.fork()
    response, calls = counted(lambda: fork.request(method, path, {"Content-Type": media}, body))
    assert response.status == status and calls < CALLS_A_BYTE * (len(body or b"") + len(path))
    assert sum(len(value) for name, value in response.headers if name == "Warning") < 10_000


def _pod(metadata=None, **container):
    spec = {"containers": [{"name": "c", "image": "i", **container}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "q", **(metadata or {})}, "spec": spec}


MANY = {f"a{n}": "x" for n in range(100_000)}
LIMIT = [{"op": "add", "path": "/metadata/labels", "value": {}}]
LIMIT += [{"op": "add", "path": f"/metadata/labels/a{n}", "value": "x"} for n in range(9_999)]
MOVES = [{"op": "add", "path": "/metadata/x", "value": [{"a": 1}] * 100_000}]
MOVES += [{"op": "move", "from": "/metadata/x/0", "path": "/metadata/x/-"}] * 9_999
FLOOD = "kind: Pod\nmetadata: {name: q}\nx:\n" + "- a: b\n" * 420_000
GIANTS = {
    "environment": ("POST", PODS, JSON, _pod(env=ENV * 2), 201),
    "labels": ("POST", PODS, JSON, _pod({"labels": MANY}), 201),
    "labels merged": ("PATCH", POD, MERGE, {"metadata": {"labels": MANY}}, 200),
    "labels merged strategically": ("PATCH", POD, STRATEGIC, {"metadata": {"labels": MANY}}, 200),
    "labels that are none": ("POST", PODS, JSON, _pod({"labels": {f"{name}_": "x y" for name in MANY}}), 422),
    "finalizers": ("POST", PODS, JSON, _pod({"finalizers": [f"a.com/{name}" for name in MANY]}), 201),
    "finalizers applied": (
        "PATCH",
        HERE + "pods/q?fieldManager=m",
        APPLY,
        _pod({"finalizers": [f"a.com/{name}" for name in MANY]}),
        201,
    ),
    "operations": ("PATCH", POD, JSON_PATCH, LIMIT, 200),
    "moves": ("PATCH", POD, JSON_PATCH, MOVES, 200),
    "lines": ("POST", PODS, YAML, FLOOD, 400),
    "ports": ("POST", PODS, JSON, _pod(ports=[{"containerPort": n + 1} for n in range(40_000)]), 201),
    "ports that are one": ("POST", PODS, JSON, _pod(ports=[{"containerPort": 80}] * 40_000), 201),
    "ports of one": (
        "POST",
        PODS,
        JSON,
        _pod(ports=[{"containerPort": 80, "hostPort": n + 1} for n in range(40_000)]),
        201,
    ),
    "mounts": ("POST", PODS, JSON, _pod(volumeMounts=[{"name": "a", "mountPath": "/b"}] * 50_000), 422),
    "limits": ("POST", PODS, JSON, _pod(resources={"limits": {f"a.com/{name}": "1" for name in MANY}}), 201),
    "a name": ("POST", PODS, JSON, _pod({"name": "a-" * 1_400_000}), 422),
    "a label": ("POST", PODS, JSON, _pod({"labels": {"a/" + "b" * 1_000_000: "c-" * 800_000}}), 422),
    "a quantity": ("POST", PODS, JSON, _pod(resources={"limits": {"cpu": "1" * 1_000_000}}), 400),
    "a time": ("POST", PODS, JSON, _pod({"creationTimestamp": "2" * 2_000_000}), 400),
    "unknown fields": ("POST", PODS + "?fieldValidation=Strict", JSON, {**_pod(), "spec": MANY}, 400),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", GIANTS)
def test_giants_are_answered_in_time(base, what):
    """As long as a body may be. What it costs grows with its length and no faster."""
    method, path, media, body, status = GIANTS[what]
    body = body if isinstance(body, bytes | str) else json.dumps(body).encode()
    fork = base.fork()
    response, calls = counted(lambda: fork.request(method, path, {"Content-Type": media}, body))
    assert response.status == status and calls < CALLS_A_BYTE * len(body)


@pytest.mark.parametrize(
    ("method", "path", "media", "body"),
    [
        ("GET", PODS + "?limit=-1", JSON, None),
        ("GET", PODS + "?watch=true&timeoutSeconds=-1", JSON, None),
        ("GET", PODS + "?labelSelector=", JSON, None),
        ("DELETE", POD, JSON, b'{"gracePeriodSeconds":-1}'),
        ("PATCH", POD, STRATEGIC, b'{"metadata":{"$deleteFromPrimitiveList/finalizers":1}}'),
        (
            "PATCH",
            SCALE,
            APPLY,
            b'{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"web"},"spec":{"replicas":3}}',
        ),
    ],
)
def test_what_only_looks_wrong_is_done(base, method, path, media, body):
    """As on a real server."""
    assert base.fork().request(method, path, {"Content-Type": media}, body).status == 200


@pytest.mark.parametrize("value", [None, [], ["application/json"], ("application/json",), b"application/json"])
def test_a_header_may_have_no_value_or_several(base, value):
    """None is no header, and the first of several counts."""
    assert base.request("GET", PODS, {"Accept": value}).status == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "message"),
    [
        ("POST", PODS, {}, {"a": {1, 2}}, "the body cannot be sent: .*set.* use bytes, text, an API object"),
        ("POST", PODS, {"Accept": 5}, None, "a header is text, or a list of texts"),
        ("GET", None, {}, None, "method and path are text"),
    ],
)
def test_what_python_gets_wrong_is_a_usage_error(base, method, path, headers, body, message):
    """It says what to do instead."""
    with pytest.raises(errors.UsageError, match=message):
        base.request(method, path, headers, body)


@pytest.mark.parametrize("seconds", [300_000_000_000, HUGE])
@pytest.mark.parametrize("how", ["query", "body", "collection", "call"])
def test_a_huge_grace_period_can_be_read_back(base, seconds, how):
    """Whatever time it leads to, the pod is listed, watched and digested as before."""
    cluster = base.fork()
    if how == "call":
        cluster.delete("pod/p", grace_seconds=seconds)
    else:
        path = {"query": POD, "collection": PODS}.get(how)
        body = None if path else b'{"gracePeriodSeconds":%d}' % seconds
        target = f"{path}?gracePeriodSeconds={seconds}" if path else POD
        assert cluster.request("DELETE", target, {"Content-Type": JSON}, body).status == 200
    found = cluster.request("GET", POD).json()["metadata"]
    assert found["deletionGracePeriodSeconds"] == seconds and found["deletionTimestamp"] < "2300"
    cluster.advance("1m")
    assert cluster.get("pod/p") and cluster.digest()


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "copy", "from": "/metadata", "path": f"/metadata/x{n}"} for n in range(2_000)],
        [{"op": "copy", "from": "", "path": f"/x{n}"} for n in range(2_000)],
        [{"op": "add", "path": "/a" * n, "value": {}} for n in range(1, 600)],
    ],
    ids=["metadata", "whole", "deep"],
)
def test_a_patch_that_copies_without_end_is_refused(base, operations):
    """By the size of what it copies, or by how deep it nests."""
    fork, body = base.fork(), json.dumps(operations)
    response, calls = counted(lambda: fork.request("PATCH", POD, {"Content-Type": JSON_PATCH}, body))
    assert response.status == 422 and calls < CALLS_A_BYTE * len(body)


def test_an_accept_header_that_nothing_matches(base):
    """406, also for a list of one thing, or one thing that is asked for as a list."""
    path = HERE + "configmaps/kube-root-ca.crt"
    accepts = [
        "text/html",
        f"{JSON};as=Nothing;g=meta.k8s.io;v=v1",
        f"{JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    ]
    assert [base.request("GET", path, {"Accept": accept}).status for accept in accepts] == [406, 406, 406]
    assert base.request("GET", path, {"Accept": "text/html, */*"}).status == 200
    answer = base.request("GET", path, {"Accept": accepts[2]}).json()
    assert answer["message"] == (
        "you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)"
    )


def test_a_refused_form_stores_nothing(base):
    """What cannot be shown as it is asked for is not written either."""
    cluster = base.fork()
    accept = {"Accept": f"{JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}
    response = cluster.request("POST", MAPS, accept, {"metadata": {"name": "c"}})
    assert response.status == 406 and cluster.store.revision == base.store.revision


def test_a_log_is_cut_and_stamped_as_asked(cluster):
    """Nine digits of a second, the last lines, the first bytes."""
    command = ["sh", "-c", "echo one; echo two; sleep 1000"]
    containers = [{"name": "c", "image": "busybox:1.37", "command": command}]
    cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": containers}})
    cluster.advance("3s")

    def log(query: str) -> str:
        return cluster.request("GET", f"{POD}/log?{query}").body.decode()

    assert log("") == "one\ntwo\n" and log("tailLines=1") == "two\n" and log("tailLines=0") == ""
    assert log("limitBytes=5") == "one\nt" and log("sinceSeconds=1") == ""
    assert log("sinceTime=2000-01-01T00:00:00Z") == "one\ntwo\n" and log("sinceTime=2100-01-01T00:00:00Z") == ""
    stamp, text = log("timestamps=true&tailLines=1").split(" ")
    assert len(stamp) == len("2000-01-01T00:00:00.000000000Z") and text == "two\n"


SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.patch("pod", "p", {"spec": {"containers": 5}}, type="merge"), "containers"),
        (lambda c: c.patch("pod", "p", [{"op": "remove", "path": "/x"}], type="json"), "rejected our request"),
        (
            lambda c: c.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": "_"}}),
            "Secret",
        ),
        (
            lambda c: c.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": "_"}}),
            "Secret",
        ),
        (
            lambda c: c.apply({**SECRET, "data": {"k": "\ud800"}}),
            "Secret/s is no JSON: it holds half of a surrogate pair",
        ),
        (lambda c: c.apply({**SECRET, "data": {"k": {1}}}), "Secret/s is no JSON: Object of type set"),
        (lambda c: c.apply({**SECRET, "x": float("nan")}), "Secret/s is no JSON: Out of range float"),
        (lambda c: c.patch("pod", "p", {"metadata": {"labels": {"a": {1}}}}), "a patch is JSON: Object of type set"),
        (lambda c: c.patch("pod", "p", 5), "a strategic patch is a dict, not 5"),
        (lambda c: c.get("pod", "\ud800"), "not found"),
        (lambda c: kemu.load("{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: 5}"), "Pod/p: .*Pod.spec"),
        (lambda c: c.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": 5}}), "metadata.name is text"),
    ],
)
def test_python_callers_get_an_error_of_kemu(base, call, message):
    """One that names the object and the field, never an inner one."""
    with pytest.raises(errors.KemuError, match=message):
        call(base.fork())


def test_what_nobody_foresaw_is_a_500(base, monkeypatch):
    """The last net: outside of kemu's own tests an exception of kemu's becomes a Status, too."""
    cluster = base.fork()
    monkeypatch.setattr(Rest, "strict", False)
    cluster.api.tokens = None
    response = cluster.request("GET", PODS, {"Authorization": "Bearer x"})
    answer = response.json()
    assert (response.status, answer["reason"]) == (500, "InternalError")
    assert answer["message"].startswith("Internal error occurred: AttributeError: ")
