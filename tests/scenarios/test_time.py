"""Time: step, settle, advance, run_until, wait; and who is told what when it takes too long."""

from datetime import timedelta

import pytest

import kemu
from kemu import errors
from tests.scenarios.manifests import DEPLOYMENT, script_pod


def test_a_cluster_is_ready_on_return(cluster):
    """Nodes are Ready and may be scheduled on, the default service account exists, nothing is left to do."""
    assert [c.status for node in cluster.list("nodes") for c in node.status.conditions if c.type == "Ready"] == [
        "True"
    ] * 3
    assert not any(node.spec.taints for node in cluster.list("nodes"))
    assert cluster.get("sa/default").metadata.name == "default"
    assert cluster.now == 0


def test_reading_and_writing_move_nothing(cluster):
    """State moves only in a step: after an apply nothing has reacted, however often one looks."""
    cluster.apply(DEPLOYMENT)
    for _ in range(3):
        assert cluster.list("replicasets") == () and cluster.list("pods") == ()
    cluster.settle()
    assert len(cluster.list("pods")) == 3


def test_a_step_is_one_unit_of_work_and_says_what_it_wrote(cluster):
    """Steps add up to a settle: the writes that they tell of are the whole history, in order."""
    since = cluster.store.revision
    cluster.apply(script_pod("p"))
    told = []
    while (step := cluster.step()) is not None and len(told) < 100:
        assert step.who and step.time == cluster.now
        told += [change.revision for change in step.wrote]
    written = [change.revision for change in cluster.history(since=since + 2)]
    assert told == written
    assert cluster.step() is None


def test_advance_does_everything_due_on_the_way(cluster):
    """The clock jumps from due time to due time and ends exactly where it should."""
    cluster.apply(script_pod("p", "--run=10s", restart="Never"))
    cluster.advance("9s")
    assert cluster.get("pod/p").status.phase == "Running"
    cluster.advance(timedelta(seconds=4))
    assert cluster.get("pod/p").status.phase == "Succeeded"
    cluster.advance(0.5)
    assert cluster.now == 13.5


def test_settle_lets_no_time_pass(cluster):
    """Only what is due now is done: the pod is on a node, and its volumes will be mounted in a moment."""
    cluster.apply(script_pod("p", "--run=10s", restart="Never"))
    cluster.settle()
    pod = cluster.get("pod/p")
    assert cluster.now == 0 and pod.spec.node_name and pod.status.phase == "Pending"
    cluster.advance("300ms")
    assert cluster.get("pod/p").status.phase == "Running"


def test_run_until_stops_at_the_first_moment_the_condition_holds(cluster):
    """The condition is looked at after every change; its value is returned."""
    cluster.apply(script_pod("p", "--run=30s", restart="Never"))
    phase = cluster.run_until(lambda c: c.get("pod/p").status.phase == "Succeeded" and "done")
    assert phase == "done" and 30 <= cluster.now <= 33


def test_a_condition_that_is_not_reached_says_who_still_has_work(cluster):
    """The error names the timeout, the time, the seed and what is scheduled; the time has passed."""
    cluster.apply(script_pod("p", "--run=2h", restart="Never"))
    with pytest.raises(errors.NotReached, match=r"within 1m0s.*seed 0.*still scheduled: 1x runtime.*in 1h59m"):
        cluster.run_until(lambda c: c.get("pod/p").status.phase == "Succeeded", timeout="1m")
    assert cluster.now == 60


@pytest.mark.parametrize(
    ("what", "condition"),
    [
        ("deployment/web", "condition=Available"),
        ("deploy/web", "condition=available=true"),
        ("deployment.apps/web", "jsonpath={.status.readyReplicas}=3"),
        ("deployment/web", "create"),
    ],
)
def test_wait_speaks_kubectls_grammar(cluster, what, condition):
    """Conditions with and without value, a path with a value, and creation."""
    cluster.apply(DEPLOYMENT)
    cluster.wait(what, condition, timeout="1m")
    assert cluster.now <= 60


def test_wait_for_delete(cluster):
    """A wait for `delete` is over when the object is gone; a shell that ignores SIGTERM takes its grace period."""
    cluster.apply(script_pod("p", "--stop=5s"))
    cluster.advance("1s")
    cluster.delete("pod/p")
    cluster.wait("pod/p", "delete", timeout="1m")
    assert 6 <= cluster.now < 11


def test_a_wait_that_fails_shows_the_object_and_what_is_missing(cluster):
    """The error tells what state the object is in, so that nobody has to look."""
    cluster.images.missing("registry/web")
    cluster.apply(script_pod("p", container={"image": "registry/web:1"}))
    with pytest.raises(
        errors.NotReached, match=r"condition=Ready on pod/p after 30s.*Ready=False \(ContainersNotReady\)"
    ):
        cluster.wait("pod/p", "condition=Ready")


@pytest.mark.parametrize("duration", ["-1s", -3, "soon", None])
def test_a_bad_duration_is_a_usage_error(cluster, duration):
    """Time does not go back, and words are not durations; nothing happens."""
    with pytest.raises(errors.UsageError):
        cluster.advance(duration)
    assert cluster.now == 0


@pytest.mark.parametrize("condition", ["Ready", "jsonpath", "condition"])
def test_a_condition_outside_of_the_grammar_is_refused(cluster, condition):
    """The error says what can be waited for."""
    cluster.apply(script_pod("p"))
    with pytest.raises(errors.UsageError, match=r"use condition=NAME"):
        cluster.wait("pod/p", condition)


def test_time_costs_nothing_while_nothing_happens():
    """A year of an idle cluster is a handful of steps."""
    idle = kemu.Cluster(nodes=3)
    idle.advance(timedelta(days=365))
    assert idle.now == 365 * 86400 and len(idle.history(since=idle.first_revision)) < 20


@pytest.mark.parametrize("duration", ["nan", float("nan"), float("inf"), 1e300, "3000000h", -1, "-1s", None, [], "x"])
def test_only_a_finite_time_ahead_can_pass(cluster, duration):
    """Anything else is refused with what to use instead, and no time passes."""
    for act in (cluster.advance, lambda d: cluster.run_until(lambda c: True, timeout=d)):
        with pytest.raises(errors.UsageError, match=r"duration|time does not go back"):
            act(duration)
    assert cluster.now == 0


def test_a_wait_does_what_is_due_first(cluster):
    """So a pod that a controller is about to make is there to be waited for."""
    cluster.process("kube-scheduler").crash()
    cluster.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {"name": "web"},
            "spec": {
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "c", "image": "nginx"}]},
                },
            },
        }
    )
    with pytest.raises(errors.NotReached):
        cluster.wait("pods", "condition=Ready", timeout="1s", label_selector="app=web")


def test_whoever_waits_for_much_work_is_told(cluster, monkeypatch):
    """A moment with very much to do says who is busy, instead of being silent for minutes."""
    from kemu import driver

    monkeypatch.setattr(driver, "WORD_AFTER", 50)
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "image": "nginx"}]},
        }
    )
    for number in range(40):
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"n{number}"}})
    with pytest.warns(driver.MuchWork, match=r"50 units of work at 0s, and more to do at that moment; still scheduled"):
        cluster.settle()
