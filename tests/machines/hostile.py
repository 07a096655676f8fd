"""Requests that nobody should send: a grammar of good ones, and what can be done to them.

A request is (method, target, headers, body). Everything is drawn through Hypothesis, so that a failure shrinks.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

NAMESPACE = "/api/v1/namespaces/default/"
APPS = "/apis/apps/v1/namespaces/default/"
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p", "labels": {"a": "b"}, "annotations": {"x": "y"}, "finalizers": ["x/y"]},
    "spec": {
        "terminationGracePeriodSeconds": 3,
        "containers": [{"name": "c", "image": "nginx", "ports": [{"containerPort": 80}], "env": [{"name": "A"}]}],
        "tolerations": [{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}],
    },
}
TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE},
}
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"k": "v"}}
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"generateName": "s"}, "data": {"k": "dg=="}}
JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "j"},
    "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox"}]}}},
}
SCALE = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web"}, "spec": {"replicas": 2}}
EVICTION = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}, "deleteOptions": {}}
BINDING = {
    "apiVersion": "v1",
    "kind": "Binding",
    "metadata": {"name": "p"},
    "target": {"kind": "Node", "name": "node-0"},
}
DELETION = {
    "kind": "DeleteOptions",
    "apiVersion": "v1",
    "gracePeriodSeconds": 1,
    "propagationPolicy": "Background",
    "preconditions": {"uid": "x"},
}
OBJECTS = (POD, DEPLOYMENT, CONFIG_MAP, SECRET, JOB, SCALE, EVICTION, BINDING, DELETION)
COLLECTIONS = (
    NAMESPACE + "pods",
    NAMESPACE + "configmaps",
    NAMESPACE + "secrets",
    APPS + "deployments",
    "/apis/batch/v1/namespaces/default/jobs",
    "/api/v1/nodes",
    "/api/v1/pods",
    "/api/v1/namespaces",
    NAMESPACE + "bindings",
    NAMESPACE + "events",
)
ITEMS = (
    NAMESPACE + "pods/p",
    NAMESPACE + "pods/p/status",
    NAMESPACE + "pods/p/log",
    NAMESPACE + "pods/p/eviction",
    NAMESPACE + "pods/p/binding",
    NAMESPACE + "pods/p/ephemeralcontainers",
    APPS + "deployments/web",
    APPS + "deployments/web/scale",
    APPS + "deployments/web/status",
    NAMESPACE + "configmaps/c",
    "/api/v1/nodes/node-0",
    "/api/v1/namespaces/default",
    "/api/v1/namespaces/default/finalize",
    "/api/v1/watch/namespaces/default/pods/p",
)
ELSEWHERE = (
    "/",
    "/api",
    "/apis",
    "/apis/apps",
    "/apis/apps/v1",
    "/version",
    "/openapi/v3",
    "/healthz",
    "//[/x",
    "+",
    "",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "FOO", "get", "")
CONTENT_TYPES = (
    "application/json",
    "application/yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "text/plain",
    "application/json; charset=utf-8",
    "",
)
ACCEPTS = (
    "application/json",
    "application/yaml",
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
    "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    "application/vnd.kubernetes.protobuf",
    "text/html, */*;q=0.1",
    "*/*;q=x",
    ";;,/",
)
PARAMETERS = (
    "labelSelector",
    "fieldSelector",
    "resourceVersion",
    "resourceVersionMatch",
    "limit",
    "continue",
    "timeoutSeconds",
    "watch",
    "sendInitialEvents",
    "allowWatchBookmarks",
    "dryRun",
    "fieldManager",
    "fieldValidation",
    "force",
    "gracePeriodSeconds",
    "propagationPolicy",
    "orphanDependents",
    "pretty",
    "includeObject",
    "container",
    "previous",
    "follow",
    "sinceSeconds",
    "sinceTime",
    "tailLines",
    "limitBytes",
    "timestamps",
)
VALUES = (
    "",
    "0",
    "1",
    "-1",
    "true",
    "FALSE",
    "All",
    "Strict",
    "Exact",
    "NotOlderThan",
    "Foreground",
    "Orphan",
    "a=b",
    "a in (b,c),!d",
    "metadata.name=p",
    "spec.nodeName!=x",
    "m",
    "5",
    "999999999999",
    "9223372036854775807",
    "99999999999999999999999",
    "1e3",
    "nan",
    "2000-01-01T00:00:00Z",
    "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0",
    "eyJydiI6IDk5OTk5OTk5OSwgInN0YXJ0IjogImEifQ",
    "%zz",
    "%00",
    "%ff",
    "a;b",
    "\ud800",
    "ü,=\\",
)
ATOMS: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    10**40,
    1.5,
    1e300,
    "",
    "a",
    "x/y",
    "\x00",
    "ü\U0001f600",
    "a" * 300,
    "9" * 30,
    "1Gi",
    "2000-01-01T00:00:00Z",
    "default",
    [],
    {},
    [None],
    [[]],
    [{}],
    {"": None},
    {"a": {"a": {"a": 1}}},
)
KEYS = ("", "$patch", "$retainKeys", "$setElementOrder/containers", "$deleteFromPrimitiveList/finalizers", "a", "name")
RAW = (
    b"",
    b" ",
    b"{",
    b"[]",
    b"null",
    b"\x00",
    b"\xff\xfe",
    b'"x"',
    b"5",
    b"1e999",
    b"9" * 5000,
    b"NaN",
    b'{"a":1,"a":2}',
    b'{"a":"\\ud800"}',
    b"[" * 5000 + b"]" * 5000,
    b'{"a":' * 400 + b"1" + b"}" * 400,
    b"&a [*a]",
    b"&a {a: *a}",
    b"<<: [1]",
    b"a: *b",
    b"? [a]\n: b",
    b"!!binary aGk=",
    b"a: &b [1]\nc: *b\n---\nd: 1",
    b"- " * 3000,
    b"x: 0x" + b"f" * 100,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    found = [path]
    if isinstance(value, dict):
        found += [place for key, item in value.items() for place in _places(item, (*path, key))]
    elif isinstance(value, list):
        found += [place for index, item in enumerate(value) for place in _places(item, (*path, index))]
    return found


def _changed(value: Any, path: tuple[Any, ...], how: str, what: Any, key: str) -> Any:
    """A document with something done to it at one place."""
    if not path:
        if how == "add" and isinstance(value, dict):
            return {**value, key: what}
        if how == "add" and isinstance(value, list):
            return [*value, what]
        return what
    head, *rest = path
    if not rest and how == "drop":
        return (
            [item for index, item in enumerate(value) if index != head]
            if isinstance(value, list)
            else {name: item for name, item in value.items() if name != head}
        )
    inner = _changed(value[head], tuple(rest), how, what, key)
    if isinstance(value, list):
        return [inner if index == head else item for index, item in enumerate(value)]
    return {name: inner if name == head else item for name, item in value.items()}


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """A good object, with up to three things done to it."""
    document: Any = draw(st.sampled_from(OBJECTS))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from(_places(document)))
        how = draw(st.sampled_from(("replace", "add", "drop")))
        document = _changed(document, place, how, draw(st.sampled_from(ATOMS)), draw(st.sampled_from(KEYS)))
    return document


@st.composite
def operations(draw: st.DrawFn) -> Any:
    """A JSON patch."""
    pointers = ["/" + "/".join(map(str, place)) for place in _places(POD)] + [
        "",
        "x",
        "/-",
        "/a~1b",
        "/spec/containers/-",
    ]
    pointer = st.sampled_from(pointers)
    operation = st.fixed_dictionaries(
        {"op": st.sampled_from(("add", "remove", "replace", "move", "copy", "test", "x", 1)), "path": pointer},
        optional={"from": pointer, "value": st.sampled_from(ATOMS)},
    )
    return draw(st.lists(st.one_of(operation, st.sampled_from(ATOMS)) | operation, max_size=6))


@st.composite
def bodies(draw: st.DrawFn) -> Any:
    """Bytes, text or nothing."""
    kind = draw(st.sampled_from(("object", "object", "object", "patch", "raw", "none", "cut")))
    if kind == "raw":
        return draw(st.sampled_from(RAW))
    if kind == "none":
        return None
    document = draw(operations() if kind == "patch" else documents())
    text = json.dumps(document)
    return text[: draw(st.integers(0, len(text)))] if kind == "cut" else text.encode()


@st.composite
def targets(draw: st.DrawFn) -> str:
    """A path with a query."""
    path = draw(st.sampled_from(COLLECTIONS + ITEMS + ITEMS + ELSEWHERE))
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(path)))
        path = (
            path[:at] + draw(st.sampled_from(("/", "%", "%2F", "..", "\x00", "\ud800", "?", "#", " ", "ü"))) + path[at:]
        )
    pairs = draw(st.lists(st.tuples(st.sampled_from(PARAMETERS), st.sampled_from(VALUES)), max_size=4))
    if "/log" not in path and draw(st.booleans()):
        pairs.append(("fieldManager", "m"))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return f"{path}?{query}" if query else path


HEADERS = st.fixed_dictionaries(
    {"Content-Type": st.sampled_from(CONTENT_TYPES)},
    optional={
        "Accept": st.sampled_from(ACCEPTS),
        "User-Agent": st.sampled_from(("", "curl/8", "a\x00b", "ü" * 200)),
        "Authorization": st.sampled_from(("Bearer x", "Bearer", "Basic eA==", "x")),
        "Impersonate-User": st.sampled_from(("alice", "", "\ud800", "a\nb")),
        "X-None": st.sampled_from((None, [], ["a", "b"], b"\xff")),
    },
)
MERGE, STRATEGIC, APPLY = CONTENT_TYPES[3:6]
GOOD: tuple[tuple[str, str, str, Any], ...] = (
    ("POST", NAMESPACE + "pods", "application/json", POD),
    ("POST", NAMESPACE + "configmaps", "application/yaml", CONFIG_MAP),
    ("POST", NAMESPACE + "secrets", "application/json", SECRET),
    ("POST", "/apis/batch/v1/namespaces/default/jobs", "application/json", JOB),
    ("POST", APPS + "deployments", "application/json", DEPLOYMENT),
    ("POST", NAMESPACE + "pods/p/eviction", "application/json", EVICTION),
    ("POST", NAMESPACE + "pods/p/binding", "application/json", BINDING),
    ("POST", NAMESPACE + "bindings", "application/json", BINDING),
    ("PUT", NAMESPACE + "pods/p", "application/json", POD),
    ("PUT", NAMESPACE + "pods/p/status", "application/json", POD),
    ("PUT", APPS + "deployments/web", "application/json", DEPLOYMENT),
    ("PUT", APPS + "deployments/web/scale", "application/json", SCALE),
    ("PUT", NAMESPACE + "configmaps/c", "application/json", CONFIG_MAP),
    *(
        ("PATCH", path, form, document)
        for form in (MERGE, STRATEGIC, APPLY)
        for path, document in (
            (NAMESPACE + "pods/p", POD),
            (NAMESPACE + "pods/p/status", POD),
            (NAMESPACE + "pods/p/ephemeralcontainers", POD),
            (APPS + "deployments/web", DEPLOYMENT),
            (APPS + "deployments/web/status", DEPLOYMENT),
            (APPS + "deployments/web/scale", SCALE),
            (NAMESPACE + "configmaps/c", CONFIG_MAP),
            (NAMESPACE + "configmaps/new", {**CONFIG_MAP, "metadata": {"name": "new"}}),
        )
    ),
    ("DELETE", NAMESPACE + "pods/p", "application/json", DELETION),
    ("DELETE", NAMESPACE + "pods", "application/json", DELETION),
    ("DELETE", APPS + "deployments/web", "application/json", DELETION),
)
"""Requests that a server answers with success; what is drawn from them gets deeper than what is put together freely."""


@st.composite
def nearly_good(draw: st.DrawFn) -> tuple[str, str, Any, Any]:
    """A good request with something wrong in its body, or in its query."""
    method, path, form, document = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from(_places(document)))
        how = draw(st.sampled_from(("replace", "add", "drop")))
        document = _changed(document, place, how, draw(st.sampled_from(ATOMS)), draw(st.sampled_from(KEYS)))
    pairs = [("fieldManager", "m")] if form == APPLY else []
    if draw(st.integers(0, 4)) == 0:
        pairs.append((draw(st.sampled_from(PARAMETERS)), draw(st.sampled_from(VALUES))))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return method, f"{path}?{query}", {"Content-Type": form}, json.dumps(document).encode()


@st.composite
def patches(draw: st.DrawFn) -> tuple[str, str, Any, Any]:
    """A JSON patch of something that is there."""
    path = draw(st.sampled_from((NAMESPACE + "pods/p", NAMESPACE + "configmaps/c", APPS + "deployments/web")))
    return "PATCH", path, {"Content-Type": CONTENT_TYPES[2]}, json.dumps(draw(operations())).encode()


FREE = st.tuples(st.sampled_from(METHODS), targets(), HEADERS, bodies())
REQUESTS = st.one_of(nearly_good(), FREE, nearly_good(), patches())
