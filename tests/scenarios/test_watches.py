"""Watches through the REST API: what a client that follows a collection sees."""

import json

import pytest

from tests.scenarios.manifests import script_pod

MAPS = "/api/v1/namespaces/default/configmaps"


def create(cluster, name, **labels):
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels}})


def watch(cluster, **query):
    """The events of a watch, as (type, name), read until it ends."""
    path = MAPS + "?watch=true&" + "&".join(f"{key}={value}" for key, value in query.items())
    events = [json.loads(line) for line in cluster.request("GET", path).stream()]
    return [(event["type"], event["object"]["metadata"].get("name")) for event in events]


def test_a_watch_without_a_version_begins_with_what_exists(cluster):
    """Everything there is comes first, as ADDED."""
    create(cluster, "a")
    assert watch(cluster, timeoutSeconds=1) == [("ADDED", "a"), ("ADDED", "kube-root-ca.crt")]


def test_a_watch_from_a_version_that_is_still_to_come_waits_for_it(cluster):
    """It sees what is written after it; what exists cannot be shown as of then."""
    later = int(cluster.get("namespace/default").metadata.resource_version) + 10**6
    path = f"/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=1&resourceVersion={later}"
    assert cluster.request("GET", path).status == 200
    refused = cluster.request("GET", f"{path}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan")
    assert refused.status == 504


def test_reading_a_watch_lets_time_pass(cluster):
    """While the reader waits, work is done and the clock jumps, up to the watch's own end."""
    cluster.apply(script_pod("p", "--run=20s", restart="Never"))
    path = "/api/v1/namespaces/default/pods?watch=true&timeoutSeconds=30"
    phases = []
    for line in cluster.request("GET", path).stream():
        phase = json.loads(line)["object"]["status"]["phase"]
        if not phases or phases[-1] != phase:
            phases.append(phase)
    assert phases == ["Pending", "Running", "Succeeded"] and cluster.now == 30


def test_an_object_that_leaves_a_selector_is_deleted_there(cluster):
    """Labels come and go: ADDED when it begins to match, DELETED when it stops to."""
    since = cluster.store.revision
    create(cluster, "x")
    for value in ("1", "2", "1"):
        cluster.patch("configmap", "x", {"metadata": {"labels": {"a": value}}})
    seen = watch(cluster, resourceVersion=since, timeoutSeconds=1, labelSelector="a%3D1")
    assert seen == [("ADDED", "x"), ("DELETED", "x"), ("ADDED", "x")]


def test_bookmarks_come_every_minute_and_before_the_end(cluster):
    """An idle watch that asked for them is told how far it has got."""
    seen = watch(cluster, resourceVersion=cluster.store.revision, timeoutSeconds=150, allowWatchBookmarks="true")
    assert seen == [("BOOKMARK", None)] * 3
    assert watch(cluster, resourceVersion=cluster.store.revision, timeoutSeconds=150) == []


def test_initial_events_end_with_an_annotated_bookmark(cluster):
    """sendInitialEvents: what exists, then a bookmark that says that this was all."""
    path = f"{MAPS}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&timeoutSeconds=1"
    path += "&resourceVersionMatch=NotOlderThan"
    events = [json.loads(line) for line in cluster.request("GET", path).stream()]
    assert [event["type"] for event in events] == ["ADDED", "BOOKMARK"]
    assert events[-1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


@pytest.mark.parametrize("table", [True, False])
def test_a_watch_speaks_the_form_that_was_asked_for(cluster, table):
    """As a Table for kubectl, as objects for everyone else."""
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io" if table else "application/json"
    response = cluster.request("GET", MAPS + "?watch=true&timeoutSeconds=1", headers={"Accept": accept})
    event = json.loads(next(response.stream()))
    assert event["object"]["kind"] == ("Table" if table else "ConfigMap")
