"""DaemonSets: a pod on every node that fits, replaced within the strategy, whatever becomes of nodes and pods."""

import json

import pytest

import kemu
from kemu import errors
from kemu.reconcilers.daemonset.backoff import BackOff
from kemu.reconcilers.daemonset.placement import TOLERATED

READY_LATE = {"readinessProbe": {"exec": {"command": ["after", "2s"]}, "periodSeconds": 1}}


def daemon_set(name="agent", *, container=None, pod=None, **spec):
    """A DaemonSet whose pods are ready after two seconds."""
    containers = [{"name": "c", "image": "kemu/script:1", **READY_LATE, **(container or {})}]
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": containers, **(pod or {})}}
    wanted = {"selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": name}, "spec": {**wanted, **spec}}


def image(cluster, to):
    changed = {"containers": [{"name": "c", "image": to}]}
    cluster.patch("daemonset", "agent", {"spec": {"template": {"spec": changed}}})


def pods(cluster):
    return sorted(cluster.list("pods"), key=lambda pod: (pod.spec.node_name or "", pod.metadata.name))


def nodes(cluster):
    return [pod.spec.node_name for pod in pods(cluster)]


def live(cluster):
    """The pods that are not on their way out."""
    return [pod for pod in pods(cluster) if pod.metadata.deletion_timestamp is None]


def images(cluster):
    return [pod.spec.containers[0].image.rpartition(":")[2] for pod in pods(cluster)]


def is_available(pod):
    return any(each.type == "Ready" and each.status == "True" for each in pod.status.conditions)


def revisions(cluster):
    return sorted((each.revision, each.metadata.name) for each in cluster.list("controllerrevisions"))


def counts(cluster):
    status = cluster.get("daemonset/agent").status
    return (status.desired_number_scheduled, status.current_number_scheduled, status.number_misscheduled)


def steps(cluster, until):
    """Step by step until a moment."""
    while cluster.loop.next() is not None and cluster.now < until:
        cluster.step()
        yield
    cluster.advance(max(0.0, until - cluster.now))


def reasons(cluster):
    return [event.reason for event in cluster.events("daemonset/agent")]


def test_every_node_has_a_pod(cluster):
    """Each pod asks for one node by its name, bears the hash of its template, and minds no trouble of its node."""
    cluster.apply(daemon_set())
    for _ in steps(cluster, 10):
        on = [pod.spec.node_name for pod in pods(cluster) if pod.spec.node_name]
        assert len(on) == len(set(on))
    assert nodes(cluster) == ["node-0", "node-1", "node-2"]
    pod = pods(cluster)[1]
    ((_, revision),) = revisions(cluster)
    assert pod.metadata.labels["controller-revision-hash"] == revision.removeprefix("agent-")
    assert pod.metadata.labels["pod-template-generation"] == "1"
    required = pod.spec.affinity.node_affinity.required_during_scheduling_ignored_during_execution
    (field,) = required.node_selector_terms[0].match_fields
    assert (field.key, field.operator, field.values) == ("metadata.name", "In", ("node-1",))
    assert tuple((each.key, each.effect) for each in pod.spec.tolerations) == TOLERATED
    status = cluster.get("daemonset/agent").status
    assert (status.number_ready, status.number_available, status.updated_number_scheduled) == (3, 3, 3)
    assert reasons(cluster) == ["SuccessfulCreate"] * 3


def test_nodes_come_and_go(cluster):
    """A new node gets a pod, a node that is gone takes its pod along, and a cordon means nothing."""
    cluster.apply(daemon_set())
    cluster.cordon("node-0")
    cluster.advance("10s")
    assert nodes(cluster) == ["node-0", "node-1", "node-2"]
    cluster.add_node("late")
    cluster.advance("5s")
    assert nodes(cluster) == ["late", "node-0", "node-1", "node-2"]
    cluster.delete("node/node-1")
    cluster.advance("3m")
    assert nodes(cluster) == ["late", "node-0", "node-2"]
    assert counts(cluster) == (3, 3, 0)


PLACES = [
    ({"nodeSelector": {"disk": "ssd"}}, ["node-1"]),
    ({"nodeSelector": {"disk": "tape"}}, []),
    ({"nodeName": "node-2"}, ["node-2"]),
    (
        {
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "DoesNotExist"}]}]
                    }
                }
            }
        },
        ["node-0", "node-2"],
    ),
]


@pytest.mark.parametrize(("pod", "expected"), PLACES)
def test_a_template_chooses_nodes(cluster, pod, expected):
    cluster.patch("node", "node-1", {"metadata": {"labels": {"disk": "ssd"}}})
    cluster.apply(daemon_set(pod=pod))
    cluster.advance("5s")
    assert nodes(cluster) == expected
    assert counts(cluster) == (len(expected), len(expected), 0)


def test_labels_of_nodes_decide_at_any_time(cluster):
    """A node that begins to fit gets a pod; one that fits no longer loses it."""
    cluster.apply(daemon_set(pod={"nodeSelector": {"disk": "ssd"}}))
    cluster.advance("2s")
    assert nodes(cluster) == []
    cluster.patch("node", "node-1", {"metadata": {"labels": {"disk": "ssd"}}})
    cluster.advance("5s")
    assert nodes(cluster) == ["node-1"]
    cluster.patch("node", "node-1", {"metadata": {"labels": {"disk": None}}})
    cluster.advance("5s")
    assert nodes(cluster) == []


def test_taints_keep_out_and_drive_out(cluster):
    """NoSchedule lets a pod stay, which is misplaced then; NoExecute makes it go; without the taint it comes back."""
    cluster.apply(daemon_set())
    cluster.advance("10s")

    def taint(*effects):
        taints = [{"key": "k", "effect": effect} for effect in effects]
        cluster.patch("node", "node-0", {"spec": {"taints": taints}}, type="merge")
        cluster.advance("10s")

    taint("NoSchedule")
    assert nodes(cluster) == ["node-0", "node-1", "node-2"]
    image(cluster, "kemu/script:1")
    cluster.patch("daemonset", "agent", {"metadata": {"labels": {"seen": "again"}}})
    cluster.settle()
    assert counts(cluster) == (2, 2, 1)
    taint("NoExecute")
    assert nodes(cluster) == ["node-1", "node-2"]
    taint()
    assert nodes(cluster) == ["node-0", "node-1", "node-2"]
    assert counts(cluster) == (3, 3, 0)


@pytest.mark.parametrize(("unavailable", "most"), [(1, 1), (2, 2), ("50%", 2), ("1%", 1), ("100%", 3)])
def test_a_rollout_stays_within_its_strategy(cluster, unavailable, most):
    """At no step are fewer pods available than allowed, and no node has two pods that are to stay."""
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": unavailable}}
    cluster.apply(daemon_set(updateStrategy=strategy))
    cluster.advance("10s")
    image(cluster, "kemu/script:2")
    worst = 3
    for _ in steps(cluster, 60):
        worst = min(worst, sum(map(is_available, live(cluster))))
        on = [pod.spec.node_name for pod in live(cluster) if pod.spec.node_name]
        assert len(on) == len(set(on))
    assert worst == 3 - most
    assert images(cluster) == ["2", "2", "2"]
    assert cluster.get("daemonset/agent").status.updated_number_scheduled == 3
    assert [number for number, _ in revisions(cluster)] == [1, 2]


@pytest.mark.parametrize(("surge", "most"), [(1, 4), ("100%", 6)])
def test_a_surge_never_leaves_a_node_without_a_pod(cluster, surge, most):
    """Every node keeps an available pod at every step; at most so many pods are there at once."""
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": 0}}
    cluster.apply(daemon_set(updateStrategy=strategy))
    cluster.advance("10s")
    image(cluster, "kemu/script:2")
    seen = 0
    for _ in steps(cluster, 60):
        available = {pod.spec.node_name for pod in pods(cluster) if is_available(pod)}
        assert available == {"node-0", "node-1", "node-2"}
        seen = max(seen, len(live(cluster)))
    assert seen == most
    assert images(cluster) == ["2", "2", "2"]


def test_on_delete_waits_for_somebody_to_delete(cluster):
    cluster.apply(daemon_set(updateStrategy={"type": "OnDelete"}))
    cluster.advance("10s")
    image(cluster, "kemu/script:2")
    cluster.advance("10s")
    assert images(cluster) == ["1", "1", "1"]
    cluster.delete(f"pod/{pods(cluster)[1].metadata.name}")
    cluster.advance("10s")
    assert images(cluster) == ["1", "2", "1"]


def test_an_update_that_never_is_ready_stops_and_goes_back(cluster):
    """One pod is broken, the others are as they were; the old template again mends it, under a new number."""
    cluster.images.missing("nowhere*")
    cluster.apply(daemon_set())
    cluster.advance("10s")
    ((_, first),) = revisions(cluster)
    image(cluster, "nowhere:9")
    cluster.advance("1m")
    assert sorted(images(cluster)) == ["1", "1", "9"]
    image(cluster, "kemu/script:1")
    cluster.advance("20s")
    assert images(cluster) == ["1", "1", "1"]
    assert (3, first) in revisions(cluster)


def test_only_so_many_revisions_are_kept(cluster):
    cluster.apply(daemon_set(revisionHistoryLimit=1))
    for number in range(4):
        image(cluster, f"kemu/script:{number}")
        cluster.advance("30s")
    assert [number for number, _ in revisions(cluster)] == [3, 4]


def test_revisions_of_one_template_become_one(cluster):
    """Of several the last one stays, and the pods bear its hash."""
    cluster.apply(daemon_set())
    cluster.advance("10s")
    found = cluster.list("controllerrevisions")[0]
    twin = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": "agent-twin"}, "revision": 7}
    twin["metadata"]["labels"] = {"app": "agent", "controller-revision-hash": "twin"}
    cluster.create({**twin, "data": kemu.to_dict(found)["data"]})
    cluster.advance("10s")
    assert revisions(cluster) == [(7, "agent-twin")]
    assert {pod.metadata.labels["controller-revision-hash"] for pod in pods(cluster)} == {"twin"}


def test_a_hash_that_is_taken_is_counted(cluster):
    """A revision of another template under the name is left alone."""
    cluster.apply(daemon_set())
    cluster.settle()
    ((_, name),) = revisions(cluster)
    cluster.delete("daemonset/agent")
    cluster.advance("2s")
    taken = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": name}, "revision": 7}
    cluster.create({**taken, "data": {"spec": {}}})
    cluster.apply(daemon_set())
    cluster.advance("10s")
    assert cluster.get("daemonset/agent").status.collision_count == 1
    assert len(live(cluster)) == 3


def test_failed_pods_are_replaced_ever_later(cluster):
    """One that fails on a node is deleted at once, the next after 1 s, then after 2 s and 4 s."""
    cluster.apply(daemon_set(pod={"nodeSelector": {"kubernetes.io/hostname": "node-0"}}))
    cluster.advance("10s")
    cluster.node("node-0").stop_kubelet()
    waits = []
    for _ in range(4):
        (pod,) = live(cluster)
        begin = cluster.now
        cluster.patch("pod", pod.metadata.name, {"status": {"phase": "Failed"}}, subresource="status", type="merge")
        cluster.run_until(lambda c, uid=pod.metadata.uid: uid not in [p.metadata.uid for p in pods(c)], timeout="1m")
        cluster.settle()
        waits.append(round(cluster.now - begin, 3))
    assert waits == [0, 1, 2, 4]
    assert "FailedDaemonPod" in reasons(cluster)


def test_the_back_off_of_a_node_doubles_and_is_forgotten():
    """1 s, 2 s, 4 s and so on up to 15 minutes, and from the start after half an hour of quiet."""
    backoff, now = BackOff(), 0.0
    for expected in (1.0, 2.0, 4.0):
        assert not backoff.held("n", now)
        backoff = backoff.after("n", now)
        assert backoff.held("n", now) == expected and not backoff.held("other", now)
        now += expected
    for _ in range(20):
        backoff = backoff.after("n", now)
    assert backoff.held("n", now) == 900.0
    assert backoff.after("n", now + 1801).held("n", now + 1801) == 1.0


def test_a_daemon_set_that_is_orphaned_leaves_its_pods_to_the_next(cluster):
    cluster.apply(daemon_set())
    cluster.advance("10s")
    before = [pod.metadata.uid for pod in pods(cluster)]
    cluster.delete("daemonset/agent", propagation="Orphan")
    cluster.advance("10s")
    assert [pod.metadata.owner_references for pod in pods(cluster)] == [()] * 3
    cluster.apply(daemon_set())
    cluster.advance("10s")
    assert [pod.metadata.uid for pod in pods(cluster)] == before
    assert len(revisions(cluster)) == 1


def test_what_cannot_be_created_is_told_and_tried_again(cluster):
    """One pod is tried, and not one for each node, while pods are refused: here once, and once for the new status."""

    def fault(request, following):
        if request.resource.key == "pods" and request.verb == "create" and cluster.now < 1:
            raise errors.Forbidden("exceeded quota")
        return following(request)

    cluster.wrap(fault)
    cluster.apply(daemon_set())
    cluster.settle()
    failed = [event for event in cluster.events("daemonset/agent") if event.reason == "FailedCreate"]
    assert [(event.message, event.count) for event in failed] == [("Error creating: exceeded quota", 2)]
    cluster.advance("1m")
    assert len(live(cluster)) == 3


def test_the_status_is_written_although_an_old_revision_stays(cluster):
    def fault(request, following):
        if request.resource.key == "controllerrevisions.apps" and request.verb == "delete":
            raise errors.Forbidden("kept")
        return following(request)

    cluster.wrap(fault)
    cluster.apply(daemon_set(revisionHistoryLimit=0))
    cluster.advance("10s")
    image(cluster, "kemu/script:2")
    cluster.advance("1m")
    status = cluster.get("daemonset/agent").status
    assert (status.observed_generation, status.updated_number_scheduled, status.number_available) == (2, 3, 3)
    assert len(revisions(cluster)) == 2


def test_memory_and_pods_fork_and_pickle(cluster):
    """Two futures of one DaemonSet are the same."""
    cluster.apply(daemon_set())
    cluster.advance("1s")
    image(cluster, "kemu/script:2")
    futures = [cluster.fork(), cluster.fork()]
    for future in futures:
        future.advance("1m")
    assert futures[0].digest() == futures[1].digest()


@pytest.mark.parametrize("kind", ["DaemonSet", "StatefulSet"])
def test_a_revision_is_written_with_its_keys_in_order(kind):
    """Clients compare its bytes with what they make of the template."""
    cluster = kemu.Cluster(nodes=1)
    cluster.create({**daemon_set(), "kind": kind})
    cluster.settle()
    (revision,) = cluster.request("GET", "/apis/apps/v1/namespaces/default/controllerrevisions").json()["items"]
    assert json.dumps(revision["data"]) == json.dumps(revision["data"], sort_keys=True)
    assert list(revision["data"]["spec"]["template"]) == ["$patch", "metadata", "spec"]
