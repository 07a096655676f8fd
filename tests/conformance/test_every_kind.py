"""What holds for every kind that is stored, through the REST API: one function, run for each."""

import json

import pytest

import kemu
from kemu.apiserver.kinds import policy_of
from kemu.apiserver.resources import Resources, row
from kemu.objects import custom_kind, scheme
from kemu.testing.strategies import BASES

SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {"type": "object", "properties": {"size": {"type": "integer", "default": 1}}},
        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}
CUSTOM = [
    custom_kind("example.com", "v1", "widgets", "Widget", schema=SCHEMA, subresources=["status"]),
    custom_kind("example.com", "v1", "planets", "Planet", schema=SCHEMA, scope="Cluster"),
]
"""Kinds that only a schema describes: to the server they are like all others."""

BUILT_IN = [
    kind
    for kind in scheme.KINDS
    if policy_of(kind).stored and kind.kind not in ("CustomResourceDefinition", "APIService")
]
KINDS = [*BUILT_IN, *CUSTOM]
NAMES = {("IPAddress", "every-kind"): "10.200.0.7", ("IPAddress", "watched"): "10.200.0.8"}
"""Names of kinds that want a special one."""


@pytest.fixture(scope="module")
def world():
    """A server without controllers, so that nothing but the test writes."""
    cluster = kemu.Cluster(nodes=0, controllers="serviceaccount", scheduler=False)
    for kind in CUSTOM:
        cluster.api.resources.add(row(kind))
    return cluster


def call(world, method, path, body=None, content_type="application/json"):
    headers = {"Content-Type": content_type, "User-Agent": "test"}
    data = json.dumps(body).encode() if body is not None else None
    response = world.request(method, path, headers=headers, body=data)
    return response.status, json.loads(response.body)


def collection_of(kind):
    root = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    return f"{root}{'/namespaces/default' if kind.namespaced else ''}/{kind.plural}"


def minimal(kind, name):
    metadata = {"name": name, "finalizers": []}
    return {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": metadata,
        **BASES.get(kind.group_resource, {}),
    }


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.api_version}/{kind.plural}")
def test_the_life_of_an_object_is_the_same_for_every_kind(world, kind):
    """Create, read, change, refuse a stale change, keep for a finalizer, let go: the same rules for every kind."""
    collection, name = collection_of(kind), NAMES.get((kind.kind, "every-kind"), "every-kind")
    item = f"{collection}/{name}"
    body = minimal(kind, name)
    status, created = call(world, "POST", collection, body)
    assert status == 201, created
    metadata = created["metadata"]
    assert metadata["uid"] and metadata["resourceVersion"] and metadata["creationTimestamp"]
    assert call(world, "POST", collection, body)[1]["reason"] == "AlreadyExists"
    assert call(world, "GET", item) == (200, created)
    listed = call(world, "GET", collection)[1]
    assert listed["kind"] == f"{kind.kind}List" and name in [each["metadata"]["name"] for each in listed["items"]]

    status, labelled = call(world, "PATCH", item, {"metadata": {"labels": {"x": "y"}}}, "application/merge-patch+json")
    assert status == 200 and labelled["metadata"]["labels"]["x"] == "y"
    assert int(labelled["metadata"]["resourceVersion"]) > int(metadata["resourceVersion"])
    if not policy_of(kind).labels_count:
        assert labelled["metadata"].get("generation") == metadata.get("generation")
    status, refusal = call(world, "PUT", item, created)
    assert (status, refusal["reason"]) == (409, "Conflict")
    assert call(world, "PATCH", item, {}, "application/merge-patch+json")[1] == labelled

    finalizer = {"metadata": {"finalizers": ["kemu.dev/hold"]}}
    call(world, "PATCH", item, finalizer, "application/merge-patch+json")
    status, deleting = call(world, "DELETE", item + "?gracePeriodSeconds=0")
    assert status == 200 and deleting["metadata"]["deletionTimestamp"]
    assert call(world, "GET", item)[0] == 200
    call(world, "PATCH", item, {"metadata": {"finalizers": []}}, "application/merge-patch+json")
    if kind.kind == "Namespace":
        call(world, "PUT", item + "/finalize", {**body, "spec": {"finalizers": []}})
    status, gone = call(world, "GET", item)
    assert (status, gone["reason"], gone["details"]["name"]) == (404, "NotFound", name)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.api_version}/{kind.plural}")
def test_a_watch_sees_every_change_once_and_in_order(world, kind):
    """A watch from a list's resourceVersion replays ADDED, MODIFIED and DELETED, each with a higher version."""
    collection, name = collection_of(kind), NAMES.get((kind.kind, "watched"), "watched")
    since = call(world, "GET", collection)[1]["metadata"]["resourceVersion"]
    assert call(world, "POST", collection, minimal(kind, name))[0] == 201
    patched = {"metadata": {"annotations": {"a": "1"}, "finalizers": []}}
    call(world, "PATCH", f"{collection}/{name}", patched, "application/merge-patch+json")
    call(world, "DELETE", f"{collection}/{name}?gracePeriodSeconds=0&propagationPolicy=Background")
    if kind.kind == "Namespace":
        call(world, "PUT", f"{collection}/{name}/finalize", {**minimal(kind, name), "spec": {"finalizers": []}})
    response = world.request("GET", f"{collection}?watch=true&resourceVersion={since}&timeoutSeconds=1")
    events = [json.loads(line) for line in response.stream()]
    types = [event["type"] for event in events if event["object"]["metadata"]["name"] == name]
    assert types[0] == "ADDED" and types[-1] == "DELETED" and set(types[1:-1]) <= {"MODIFIED"}
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert versions == sorted(set(versions))


def test_every_served_resource_has_a_row():
    """The table of resources is complete: every kind of the scheme is served."""
    rows = {(row.kind.group, row.kind.version, row.kind.plural) for row in Resources().all()}
    assert rows == {(kind.group, kind.version, kind.plural) for kind in scheme.KINDS}
