"""Faults: each does what it says to whom it says, for as long as it says, and is a part of the cluster's state."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import kemu
from kemu import errors
from kemu.faults.rules import ACTS
from kemu.kit import Wiring
from kemu.objects import core, meta

COPIES = Wiring("copier", reconciles=core.ConfigMap, owns=(core.Secret,))


def config(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def copy(api: Any, cache: Any, key: str) -> None:
    """Keeps a Secret with the data of each ConfigMap in the namespace."""
    source = cache.get(core.ConfigMap, key)
    if source is None or source.metadata.namespace != "default":
        return
    secret = cache.get(core.Secret, key)
    data = dict(source.data)
    if secret is None:
        metadata = meta.ObjectMeta(name=source.metadata.name, namespace="default")
        api.create(core.Secret(metadata=metadata, string_data=data))
    else:
        api.patch(secret, {"stringData": data})


@pytest.fixture
def copied(cluster):
    cluster.process("op").add(COPIES, copy)
    cluster.settle()
    return cluster


REFUSALS = {
    "conflict": (errors.Conflict, 409),
    "too-many": (errors.TooManyRequests, 429),
    "error": (errors.InternalError, 500),
    "unavailable": (errors.ServiceUnavailable, 503),
    "timeout": (errors.Timeout, 504),
    "timeout-after": (errors.Timeout, 504),
    "no-quorum": (errors.InternalError, 500),
    "quota": (errors.Forbidden, 403),
    "webhook-denies": (errors.ApiError, 400),
    "webhook-fails": (errors.InternalError, 500),
}


@pytest.mark.parametrize("act", REFUSALS)
def test_a_refusal_meets_who_writes_once(cluster, act):
    kind, code = REFUSALS[act]
    fault = cluster.faults.inject(act, "create configmaps", name="a*")
    cluster.create(config("b"))
    with pytest.raises(kind) as caught:
        cluster.create(config("a"))
    assert caught.value.status["code"] == code and fault.hits == 1
    took_effect = act.endswith("-after")
    assert bool([each for each in cluster.list("configmaps") if each.metadata.name == "a"]) is took_effect
    if not took_effect:
        cluster.create(config("a"))


def test_every_fault_has_a_test():
    assert set(ACTS) == {*REFUSALS, "crash-before", "crash-after", "overtaken"}


def test_a_retry_after_reaches_clients(cluster):
    cluster.faults.too_many("read pods")
    answer = cluster.request("GET", "/api/v1/namespaces/default/pods")
    assert answer.status == 429 and ("Retry-After", "1") in answer.headers


def test_what_a_fault_is_on():
    """A verb or a group of them, a kind by its names, a subresource that is said; a sender by any of its names."""
    cluster = kemu.Cluster(nodes=1)
    cluster.process("op").add(COPIES, copy)
    cluster.settle()
    for by in ("op", "copier"):
        cluster.faults.lift()
        fault = cluster.faults.unavailable("create secrets", by=by)
        cluster.create(config(f"by-{by}"))
        cluster.settle()
        assert fault.hits == 1 and not cluster.list(
            "secrets", namespace="default", field_selector=f"metadata.name=by-{by}"
        )
        cluster.advance("1s")
        assert cluster.get("secret", f"by-{by}")
    status = cluster.faults.unavailable("patch pods/status", times=2)
    cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
                   "spec": {"containers": [{"name": "c", "image": "nginx"}]}})  # fmt: skip
    cluster.advance("1m")
    assert status.hits == 2 and cluster.get("pod/p").status.phase == "Running"
    for on, text in (("updat pods", "update"), ("", "a verb and a kind"), ("a b c", "a verb and a kind")):
        with pytest.raises(errors.UsageError, match=text):
            cluster.faults.error(on)
    with pytest.raises(errors.UsageError, match="there is no fault"):
        cluster.faults.inject("nothing", "write")
    with pytest.raises(errors.UsageError, match="rate"):
        cluster.faults.error("write", rate=0)
    with pytest.raises(errors.UsageError, match="no process 'nobody'"):
        cluster.faults.crash("nobody")


def test_skip_times_and_time(cluster):
    fault = cluster.faults.error("create configmaps", skip=1, times=2, for_="1m")
    cluster.create(config("a"))
    for _ in range(2):
        with pytest.raises(errors.InternalError):
            cluster.create(config("b"))
    cluster.create(config("b"))
    assert fault.hits == 2
    short = cluster.faults.no_quorum("10s")
    with pytest.raises(errors.InternalError, match="etcdserver: request timed out"):
        cluster.get("configmap/a")
    cluster.advance("10s")
    assert cluster.get("configmap/a")
    short.lift()
    assert short.hits == 0


def test_random_faults_follow_from_the_seed():
    def hits(seed: int) -> list[bool]:
        cluster = kemu.Cluster(nodes=0, seed=seed)
        cluster.faults.random(0.3, ("error",), on="create configmaps")
        found = []
        for number in range(40):
            try:
                cluster.create(config(f"c{number}"))
                found.append(False)
            except errors.InternalError:
                found.append(True)
        return found

    assert hits(1) == hits(1) != hits(2)
    assert 4 < sum(hits(1)) < 20


def test_a_fault_is_forked_and_pickled_with_its_cluster(cluster):
    cluster.faults.error("create configmaps", skip=1)
    cluster.create(config("first"))
    futures = [cluster.fork(), pickle.loads(pickle.dumps(cluster)), cluster]
    for future in futures:
        assert future.state_hash() == cluster.state_hash()
        with pytest.raises(errors.InternalError):
            future.create(config("a"))
        future.create(config("a"))


def test_a_crash_between_two_writes_leaves_an_intermediate_state(copied):
    copied.faults.crash("op", after="create secrets")
    copied.apply(config("a", key="1"))
    before = copied.parts.processes["op"].state.restarts
    copied.settle()
    assert copied.parts.processes["op"].state.restarts == before + 1
    assert copied.get("secret/a").data["key"]
    copied.faults.crash("op", before="patch secrets")
    copied.apply(config("a", key="2"))
    copied.advance("1m")
    assert copied.parts.processes["op"].state.restarts == before + 2
    copied.faults.crash("op")
    copied.advance("1m")
    assert copied.process("op").running and copied.parts.processes["op"].state.restarts == before + 3


def test_who_is_overtaken_meets_a_real_conflict(cluster):
    cluster.create(config("a"))
    stored = cluster.get("configmap/a")
    cluster.faults.overtaken("update configmaps")
    with pytest.raises(errors.Conflict):
        cluster.replace(stored)
    assert cluster.get("configmap/a").metadata.annotations["kemu.dev/edited"] == "user"


def seen_by(cluster: kemu.Cluster) -> list[tuple[str, str | None]]:
    """What a controller without expectations reads of the ConfigMap `a`, and when."""
    seen: list[tuple[str, str | None]] = []

    def look(api: Any, cache: Any, key: str) -> None:
        if key == "default/a":
            found = cache.get(core.ConfigMap, key)
            seen.append((f"{api.now:g}", None if found is None else found.data.get("n")))

    cluster.process("looker").add(Wiring("looker", reconciles=core.ConfigMap), look)
    cluster.settle()
    return seen


def test_stale_state(cluster):
    seen = seen_by(cluster)
    cluster.apply(config("a", n="1"))
    cluster.settle()
    cluster.faults.stale("looker", "configmaps", for_="10s")
    cluster.apply(config("a", n="2"))
    cluster.advance("1m")
    assert seen == [("0", "1"), ("10", "2")]


def test_unobserved_state(cluster):
    """What came and went was never seen, not even by a mapper."""
    told = []

    def mapper(cache: Any, old: Any, new: Any) -> tuple[str, ...]:
        told.append((old and old.data.get("n"), new and new.data.get("n")))
        return ()

    wiring = Wiring("mapper", reconciles=core.Secret, watches=((core.ConfigMap, mapper),))
    cluster.process("mapper").add(wiring, lambda *_: None)
    cluster.apply(config("a", n="1"))
    cluster.settle()
    told.clear()
    cluster.faults.unobserved("mapper", "configmaps", for_="10s")
    for number in "234":
        cluster.apply(config("a", n=number))
    cluster.create(config("b", n="1"))
    cluster.delete("configmap/b")
    cluster.advance("1m")
    assert told == [("1", "4")]


def test_dropped_duplicated_and_late_events(cluster):
    seen = seen_by(cluster)
    cluster.faults.drop("looker", "configmaps")
    cluster.apply(config("a", n="1"))
    cluster.advance("1m")
    assert seen == []
    cluster.apply(config("a", n="2"))
    cluster.settle()
    assert seen == [("60", "2")]
    cluster.faults.duplicate("looker", "configmaps", 2)
    cluster.apply(config("a", n="3"))
    cluster.settle()
    assert seen == [("60", "2"), ("60", "3")], "a key that is told of twice is reconciled once"
    cluster.faults.late("looker", "configmaps", by="5s")
    cluster.apply(config("a", n="4"))
    cluster.advance("10s")
    assert seen[-1] == ("65", "4")
    cluster.parts.processes["looker"].check()


def test_what_a_watch_has_lost_is_seen_when_it_has_expired(cluster):
    seen = seen_by(cluster)
    cluster.faults.drop("looker", "configmaps", for_="1m")
    cluster.apply(config("a", n="1"))
    cluster.advance("59s")
    assert seen == []
    cluster.advance("1s")
    assert seen == [("60", "1")]


def test_a_watch_that_expired_lists_anew(cluster):
    seen = seen_by(cluster)
    cluster.faults.drop("looker", "configmaps")
    cluster.apply(config("a", n="1"))
    cluster.settle()
    cluster.faults.expire("looker", "configmaps")
    cluster.settle()
    assert seen == [("0", "1")]


def test_two_leaders_for_a_moment(cluster):
    """One more leads until it finds that the lease is not its own."""
    writers = set()

    def note(api: Any, cache: Any, key: str) -> None:
        writers.add(id(cache))

    operator = cluster.process("op", replicas=2).add(Wiring("op", reconciles=core.ConfigMap), note)
    cluster.advance("5s")
    cluster.create(config("a"))
    cluster.settle()
    assert len(writers) == 1
    cluster.faults.two_leaders("op")
    cluster.settle()
    assert len(writers) == 2
    assert [each.leads for each in cluster.parts.replicas("op")] == [True, True]
    cluster.advance("30s")
    assert operator.leader and [each.leads for each in cluster.parts.replicas("op")].count(True) == 1
    with pytest.raises(errors.UsageError, match="replicas=2"):
        cluster.faults.two_leaders("kube-controller-manager")


def test_clocks_differ_between_processes(cluster):
    seen = seen_by(cluster)
    cluster.faults.skew("looker", "1h")
    cluster.apply(config("a", n="1"))
    cluster.settle()
    assert seen == [("3600", "1")] and cluster.now == 0
    cluster.faults.skew("looker", "-2m", for_="10m")
    cluster.apply(config("a", n="2"))
    cluster.settle()
    cluster.advance("10m")
    cluster.apply(config("a", n="3"))
    cluster.settle()
    assert seen[1:] == [("-120", "2"), ("600", "3")]


def test_nodes_break_and_come_back(cluster):
    cluster.faults.node_crash("node-0", for_="2m")
    cluster.faults.partition("node-1", for_="2m")
    cluster.faults.kubelet_restart("node-2", for_="2m")
    cluster.faults.slow_node("node-2", by="3s")
    cluster.advance("1m30s")
    ready = [
        next(each.status for each in node.status.conditions if each.type == "Ready") for node in cluster.list("nodes")
    ]
    assert ready == ["Unknown", "Unknown", "Unknown"]
    twin = pickle.loads(pickle.dumps(cluster))
    for future in (cluster, twin):
        future.advance("2m")
        for number in range(3):
            future.wait(f"node/node-{number}", "condition=Ready", timeout="1m")
