"""Bad input gets the answer of a real API server, and leaves no trace."""

import json

import pytest

from kemu import errors
from tests.scenarios.manifests import DEPLOYMENT, script_pod

GOOD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n"


def post(cluster, body, path="/api/v1/namespaces/default/pods", **headers):
    response = cluster.request("POST", path, headers={"Content-Type": "application/json", **headers}, body=body)
    return response.status, response.json()


@pytest.fixture(autouse=True)
def nothing_is_written(cluster):
    """Whatever a test here does, the cluster's history does not move."""
    before = cluster.store.revision
    yield
    assert cluster.store.revision == before


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("kind: Pod\nmetadata: [", r"not valid YAML"),
        ("- just\n- a\n- list\n", r"a manifest is a mapping, this is list"),
        ("metadata: {name: x}\n---\n", r"apiVersion not set, kind not set"),
        ("apiVersion: v1\nkind: Nope\nmetadata: {name: x}\n", r'no matches for kind "Nope" in version "v1"'),
        ("apiVersion: v1\nkind: Pod\nmetadata: {}\n", r"Pod has no metadata.name"),
        ("/no/such/file.yaml", r'the path "/no/such/file.yaml" does not exist'),
        (17, r"cannot read a manifest from int"),
        ([], r"no objects in"),
    ],
)
def test_what_cannot_be_read_is_a_manifest_error(cluster, manifest, message):
    """One clear sentence, with the place where there is one."""
    with pytest.raises(errors.ManifestError, match=message):
        cluster.apply(manifest)


def test_an_invalid_pod_gets_the_real_status(cluster):
    """All complaints at once, in order, with their causes."""
    bad = script_pod("Bad_Name")
    bad["spec"]["containers"] = [{"name": "c", "image": "i", "ports": [{"containerPort": 99999}]}, {"name": "c"}]
    status, body = post(cluster, bad)
    assert (status, body["reason"], body["code"]) == (422, "Invalid", 422)
    assert body["message"].startswith(
        'Pod "Bad_Name" is invalid: [metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123'
    )
    assert [(cause["field"], cause["reason"]) for cause in body["details"]["causes"]] == [
        ("metadata.name", "FieldValueInvalid"),
        ("spec.containers[0].ports[0].containerPort", "FieldValueInvalid"),
        ("spec.containers[1].image", "FieldValueRequired"),
        ("spec.containers[1].name", "FieldValueDuplicate"),
    ]


def test_nothing_of_several_objects_is_stored_if_one_is_refused(cluster):
    """An apply of a list is all or nothing, even if the bad one comes last."""
    bad = DEPLOYMENT.replace("matchLabels: {app: web}", "matchLabels: {app: other}")
    with pytest.raises(errors.Invalid, match="`selector` does not match template `labels`"):
        cluster.apply(GOOD + "---" + bad)
    with pytest.raises(errors.NotFound):
        cluster.get("configmap/good")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda c: c.get("pod/nope"), errors.NotFound, 'pods "nope" not found'),
        (lambda c: c.delete("deployment/nope"), errors.NotFound, 'deployments.apps "nope" not found'),
        (lambda c: c.get("nope", "x"), errors.UsageError, 'the server doesn\'t have a resource type "nope"'),
        (lambda c: c.scale("pod/x", 2), errors.UsageError, "pods cannot be scaled"),
        (lambda c: c.list("pods", label_selector="a in"), errors.BadRequest, "unable to parse requirement"),
        (
            lambda c: c.list("pods", field_selector="spec.image=x"),
            errors.BadRequest,
            "field label not supported: spec.image",
        ),
        (lambda c: c.node("nope"), errors.UsageError, "there are: node-0, node-1, node-2"),
        (
            lambda c: c.create({**script_pod("p"), "metadata": {"name": "p", "namespace": "no"}}),
            errors.NotFound,
            'namespaces "no" not found',
        ),
        (lambda c: c.runtime.on("x", 7), errors.UsageError, "not int"),
        (lambda c: c.runtime.on("x", {"nope": 1}), errors.UsageError, "a behavior has the fields"),
    ],
)
def test_a_bad_call_says_what_is_wrong(cluster, call, error, message):
    """API errors carry the server's words; misuse of Python says what to do instead."""
    with pytest.raises(error, match=message):
        call(cluster)


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/api/v1/namespaces/default/pods/nope", 404, "NotFound"),
        ("GET", "/api/v1/nopes", 404, "NotFound"),
        ("GET", "/api/v1/pods?fieldSelector=x%3Dy", 400, "BadRequest"),
        ("GET", "/api/v1/pods?continue=garbage", 400, "BadRequest"),
        ("DELETE", "/api/v1/namespaces/default", 403, "Forbidden"),
        ("POST", "/api/v1/componentstatuses", 405, "MethodNotAllowed"),
        ("PATCH", "/api/v1/namespaces/default", 415, "UnsupportedMediaType"),
    ],
)
def test_a_bad_request_gets_a_status(cluster, method, path, status, reason):
    """The status code, and a Status body with the reason."""
    response = cluster.request(
        method, path, headers={"Content-Type": "text/plain"}, body=b"{}" if method != "DELETE" else None
    )
    assert (response.status, response.json()["reason"], response.json()["code"]) == (status, reason, status)


def test_a_version_that_is_no_number_is_a_bad_request(cluster):
    """With the parser's own words, as in a real server."""
    answer = cluster.request("GET", "/api/v1/pods?resourceVersion=abc").json()
    assert (answer["code"], answer["reason"]) == (400, "BadRequest")
    assert answer["message"].startswith('invalid resource version: resourceVersion: Invalid value: "abc": strconv')


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("replica: 3", ".spec.replica: field not declared in schema"),
        ("replicas: three", ".spec.replicas: expected numeric (int or float), got string"),
        ("template: {metadata: {labels: [a]}}", ".spec.template.metadata.labels: expected map, got &{[a]}"),
    ],
)
def test_a_typing_error_in_an_apply_is_refused(cluster, spec, complaint):
    """A field that does not exist, or holds the wrong thing, is never silently dropped."""
    text = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{{spec}}}\n"
    with pytest.raises(errors.InternalError) as caught:
        cluster.apply(text)
    what = "failed to create typed patch object (/web; apps/v1, Kind=Deployment)"
    assert str(caught.value) == f"{what}: {complaint}"


def test_an_unknown_group_is_plain_text(cluster):
    """What is not even an API path is answered as by any web server."""
    response = cluster.request("GET", "/nothing/here")
    assert (response.status, response.body) == (404, b"404 page not found\n")


def test_unknown_fields_are_refused_strictly_and_warned_of_otherwise(cluster):
    """fieldValidation decides: an error that names each path, a Warning header, or nothing."""
    pod = script_pod("p")
    pod["spec"]["nodeNam"] = "x"
    path = "/api/v1/namespaces/default/pods?dryRun=All&fieldValidation="
    status, body = post(cluster, pod, path + "Strict")
    assert status == 400 and body["message"].endswith('strict decoding error: unknown field "spec.nodeNam"')
    response = cluster.request("POST", path + "Warn", headers={"Content-Type": "application/json"}, body=pod)
    assert response.status == 201 and ("Warning", '299 - "unknown field \\"spec.nodeNam\\""') in response.headers


def test_a_stranger_is_forbidden(cluster):
    """A token that is not known is 401; a user without a role is 403 with the reason in words."""
    answer = cluster.request("GET", "/api/v1/pods", headers={"Authorization": "Bearer nope"})
    assert (answer.status, answer.json()["reason"]) == (401, "Unauthorized")


@pytest.mark.kemu(tokens={"t": ("alice", ["dev"])})
def test_a_user_without_a_role_is_told_so(cluster):
    """The refusal names the user, the verb and the resource."""
    answer = cluster.request("GET", "/api/v1/namespaces/default/pods", headers={"Authorization": "Bearer t"})
    assert answer.status == 403
    text = 'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "default"'
    assert answer.json()["message"] == text


def test_a_malformed_body_is_a_bad_request(cluster):
    """JSON that is none is said to be unreadable."""
    status, body = post(cluster, b"{not json")
    assert (status, body["reason"]) == (400, "BadRequest")


def test_a_broken_dry_run_still_stores_nothing(cluster):
    """dryRun goes the whole way and stops before the store."""
    status, body = post(cluster, script_pod("dry"), "/api/v1/namespaces/default/pods?dryRun=All")
    assert status == 201 and body["metadata"]["uid"]
    assert json.dumps(body).count("resourceVersion") == 0


def test_a_review_has_no_table(cluster):
    """What is not kept cannot be shown as a Table: a client that takes nothing else gets 406."""
    headers = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io", "Content-Type": "application/json"}
    group = "authorization.k8s.io/v1"
    review = {"apiVersion": group, "kind": "SelfSubjectAccessReview", "spec": {"nonResourceAttributes": {"path": "/"}}}
    path = f"/apis/{group}/selfsubjectaccessreviews"
    answer = cluster.request("POST", path, headers, json.dumps(review).encode())
    assert answer.status == 406
