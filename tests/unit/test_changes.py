"""The log of changes: one entry per commit, shared by forks, read by all who follow."""

import json

import pytest

import kemu
from kemu.apiserver.changes import CHUNK, Change, ChangeLog
from kemu.apiserver.resources import Resources
from kemu.objects import core

RESOURCES = Resources()
MAPS, SECRETS = RESOURCES.of(core.ConfigMap), RESOURCES.of(core.Secret)


def change(revision, resource=MAPS):
    cls = resource.type
    new = cls(metadata={"name": f"x{revision}", "namespace": "n", "resourceVersion": str(revision)})
    return Change(revision, 0.0, "me", "me", "", resource, resource.path("n", f"x{revision}"), None, new)


def log_of(revisions):
    log = ChangeLog()
    for revision in revisions:
        log.append(change(revision, MAPS if revision % 3 else SECRETS))
    return log


@pytest.mark.parametrize("revisions", [range(1, 5), range(1, 3 * CHUNK + 7), range(10, 4 * CHUNK, 7)])
def test_a_log_finds_what_was_put_in(revisions):
    """By revision, since a revision, and of one collection; also where some revisions have no change."""
    log = log_of(revisions)
    for revision in range(max(revisions) + 3):
        found = log.at(revision)
        assert (found.revision if found else None) == (revision if revision in revisions else None)
    for since in (0, 1, 11, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, max(revisions), max(revisions) + 1):
        wanted = [each for each in revisions if each >= since]
        assert [each.revision for each in log.since(since)] == wanted
        assert [each.revision for each in log.since(since, SECRETS.prefix)] == [e for e in wanted if e % 3 == 0]
    assert log.last(MAPS.prefix) == max(each for each in revisions if each % 3)
    assert log.last(b"/registry/pods/") == 0


def test_forks_share_the_past_and_nothing_else():
    """What either side writes after a fork, the other does not see."""
    log = log_of(range(1, CHUNK + 10))
    twin = log.fork()
    log.append(change(CHUNK + 10))
    twin.append(change(CHUNK + 10, SECRETS))
    twin.append(change(CHUNK + 11, SECRETS))
    assert log.at(CHUNK + 10).resource is MAPS and twin.at(CHUNK + 10).resource is SECRETS
    assert log.at(CHUNK + 11) is None and log.last(SECRETS.prefix) < CHUNK + 10
    assert log.at(3) is twin.at(3)


def test_compaction_lets_go_of_whole_chunks():
    """What is newer than the compaction is all there; what is older may be gone."""
    log = log_of(range(1, 4 * CHUNK))
    twin = log.fork()
    log.compact(2 * CHUNK + 5)
    assert [each.revision for each in log.since(2 * CHUNK + 6)] == list(range(2 * CHUNK + 6, 4 * CHUNK))
    assert log.at(1) is None and twin.at(1) is not None
    assert [each.revision for each in log.since(3 * CHUNK, SECRETS.prefix)] == [
        each for each in range(3 * CHUNK, 4 * CHUNK) if each % 3 == 0
    ]


def test_the_json_of_a_stored_object_is_made_once():
    """Get, list and every watcher share the pieces."""
    cluster = kemu.Cluster(nodes=0)
    made = cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "b"}})
    resource = cluster.api.resources.of(made)
    (text,) = cluster.api.log.texts(resource, [made])
    assert cluster.api.log.texts(resource, [cluster.get("configmap/c")])[0] is text
    whole = cluster.request("GET", "/api/v1/namespaces/default/configmaps/c").body
    assert cluster.api.encoded(resource, made) == b"".join(text) and b"".join(text)[1:-1] in whole
    assert json.loads(whole)["data"] == {"a": "b"}
    assert cluster.fork().api.log.texts(resource, [made])[0] is text


def test_history_tells_who_changed_what_from_what():
    """A change knows the object before and after, the actor, the manager and the part that was written."""
    cluster = kemu.Cluster(nodes=0)
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1"}})
    cluster.patch("configmap", "c", {"data": {"a": "2"}})
    cluster.delete("configmap/c")
    added, modified, deleted = [each for each in cluster.history("configmaps") if each.name == "default/c"]
    assert [each.type for each in (added, modified, deleted)] == ["ADDED", "MODIFIED", "DELETED"]
    assert modified.old is added.new and modified.new.data["a"] == "2" and deleted.old is modified.new
    assert deleted.object.metadata.resource_version == str(deleted.revision)
    assert {each.actor for each in (added, modified, deleted)} == {"user"} and modified.manager == "kemu"
