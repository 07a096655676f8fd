"""What a cluster forgets: events after an hour, and history if it is asked to."""

from __future__ import annotations

import pytest

import kemu
from kemu import errors
from kemu.kit import Wiring
from kemu.objects import core


def config(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def pod(name, *args):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Always",
            "containers": [{"name": "c", "image": "kemu/script:1", "args": list(args)}],
        },
    }


def test_events_go_an_hour_after_they_were_written_last(cluster):
    cluster.apply(pod("p"))
    cluster.advance("59m")
    assert {event.reason for event in cluster.events("pod/p")} >= {"Scheduled", "Started"}
    watched = cluster.request(
        "GET",
        "/api/v1/events?watch=true&timeoutSeconds=120&resourceVersion="
        + cluster.request("GET", "/api/v1/events").json()["metadata"]["resourceVersion"],
    )
    kinds = [line for line in watched.body.decode().splitlines() if line]
    assert kinds and all('"type":"DELETED"' in line for line in kinds)
    assert cluster.events("pod/p") == ()
    gone = [change for change in cluster.history("events") if change.type == "DELETED"]
    assert gone and {change.actor for change in gone} == {"etcd"}


def test_an_event_that_is_counted_up_lives_longer(cluster):
    cluster.apply(pod("p", "--run=1s", "--exit=1"))
    cluster.advance("3h")
    assert {event.reason for event in cluster.events("pod/p")} >= {"BackOff"}
    assert "Scheduled" not in {event.reason for event in cluster.events("pod/p")}


def test_a_fork_forgets_by_itself(cluster):
    cluster.apply(pod("p"))
    cluster.advance("59m")
    branch = cluster.fork()
    branch.advance("2m")
    assert branch.events("pod/p") == () and cluster.events("pod/p")


def test_history_is_kept_unless_it_is_to_be_compacted():
    kept, compacted, asked = kemu.Cluster(), kemu.Cluster(compaction="5m"), kemu.Cluster(compaction="5m")
    for cluster in (kept, compacted, asked):
        for number in range(5):
            cluster.apply(config("x", n=str(number)))
            cluster.advance("4m")
            if cluster is asked:
                cluster.digest()
    changes = kept.history("configmaps", namespace="default")
    assert [change.object.data["n"] for change in changes if change.name == "default/x"] == list("01234")
    assert kept.request("GET", "/api/v1/configmaps?watch=true&resourceVersion=2&timeoutSeconds=1").status == 200
    first = compacted.request("GET", "/api/v1/configmaps?watch=true&resourceVersion=2&timeoutSeconds=1")
    assert first.status == 410 or '"code":410' in first.body.decode()
    with pytest.raises(errors.Expired):
        compacted.at(3).list("configmaps")
    assert asked.digest() == compacted.digest(), "what was compacted was counted before"


@pytest.mark.parametrize(("minute", "look"), [(1, 10), (4, 10), (6, 15), (9, 15)])
def test_what_was_read_can_be_read_again_until_the_second_look_after_it(minute, look):
    """A server looks every five minutes, and each look is a write: also where nobody else writes it is over then."""
    cluster = kemu.Cluster(nodes=0, controllers="", scheduler=False, compaction="5m")
    path = "/api/v1/namespaces/default/configmaps?limit=1&continue="
    for number in range(3):
        cluster.create(config(f"m-{number}"))
    cluster.advance(60 * minute - cluster.now)
    token = cluster.request("GET", path).json()["metadata"]["continue"]
    cluster.advance(60 * look - 1 - cluster.now)
    assert cluster.request("GET", path + token).status == 200
    cluster.advance("2s")
    assert cluster.request("GET", path + token).status == 410


def test_an_informer_that_comes_back_to_a_compacted_past_lists(cluster):
    """It sees what is different by then, once, whatever happened on the way."""
    cluster = kemu.Cluster(compaction="5m")
    seen = []

    def mapper(cache, old, new):
        seen.append((old and old.data.get("n"), new and new.data.get("n")))
        return ()

    operator = cluster.process("op").add(
        Wiring("w", reconciles=core.Secret, watches=((core.ConfigMap, mapper),)), lambda *_: None
    )
    cluster.apply(config("changed", n="0"))
    cluster.apply(config("gone", n="0"))
    cluster.apply(config("same", n="0"))
    cluster.settle()
    seen.clear()
    operator.informer("configmaps").hold()
    for number in range(1, 4):
        cluster.apply(config("changed", n=str(number)))
    cluster.delete("configmap/gone")
    cluster.apply(config("new", n="9"))
    cluster.advance("30m")
    assert seen == []
    operator.informer("configmaps").release()
    cluster.settle()
    assert sorted(seen, key=str) == [("0", "3"), ("0", None), (None, "9")]
    cluster.parts.processes["op"].check()


def test_a_held_manager_relists_owners_too():
    """Who looks at everything finds out what has gone meanwhile."""
    cluster = kemu.Cluster(compaction="5m")
    manager = cluster.process("kube-controller-manager")
    cluster.apply(config("owner"))
    owner = cluster.get("configmap/owner")
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner.metadata.uid}
    dependent = {**config("dependent"), "metadata": {"name": "dependent", "ownerReferences": [reference]}}
    cluster.apply(dependent)
    cluster.settle()
    manager.informer("configmaps").hold()
    cluster.delete("configmap/owner")
    cluster.advance("30m")
    assert cluster.get("configmap/dependent")
    manager.informer("configmaps").release()
    cluster.advance("1m")
    with pytest.raises(errors.NotFound):
        cluster.get("configmap/dependent")


def test_a_list_goes_on_where_nobody_has_written_for_long():
    """What has been compacted is told with a token that goes on with what is there by then; looking is a write."""
    cluster = kemu.Cluster(compaction="5m")
    for number in range(6):
        cluster.create(config(f"m-{number}"))
    path = "/api/v1/namespaces/default/configmaps?limit=2&continue="
    first = cluster.request("GET", path).json()["metadata"]
    cluster.advance("10m1s")
    late = cluster.request("GET", path + first["continue"])
    assert late.status == 410 and late.json()["message"].startswith("The provided continue parameter is too old")
    again = cluster.request("GET", path + late.json()["metadata"]["continue"]).json()
    assert [item["metadata"]["name"] for item in again["items"]] == ["m-1", "m-2"]
    assert int(again["metadata"]["resourceVersion"]) > int(first["resourceVersion"])


def test_history_can_be_compacted_before_its_time():
    """As a server does whose clock is behind the one on the wall; the next time is as long after that as always."""
    cluster = kemu.Cluster(nodes=0, controllers="", scheduler=False, compaction="5m")
    expiry = cluster.parts.expiry
    cluster.advance("4m")
    expiry.compact()
    assert cluster.parts.api.log.compacted == 0
    cluster.advance("2m")  # past the time that was meant first
    assert cluster.parts.api.log.compacted == 0
    revision = expiry.state.compacted_to
    cluster.advance("3m")
    assert cluster.parts.api.log.compacted == revision > 0
