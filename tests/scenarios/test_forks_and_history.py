"""Forks, the past, the history and its digest."""

import pickle

import pytest

from kemu import Script, errors
from tests.scenarios.manifests import DEPLOYMENT, script_pod, shell_pod


def test_two_futures_do_not_see_each_other(cluster):
    """What happens in a fork stays there, and the other way round: objects, time, logs, images, addresses."""
    cluster.apply(DEPLOYMENT)
    cluster.apply(shell_pod("ticker", "while true; do echo tick; sleep 10; done"))
    cluster.advance("1s")
    before = cluster.digest()
    branch = cluster.fork()
    branch.delete("deployment/web")
    branch.apply(shell_pod("extra", "sleep 1h"))
    branch.advance("1m")
    assert cluster.digest() == before and cluster.now == 1
    assert len(cluster.list("pods")) == 4 and [p.metadata.name for p in branch.list("pods")] == ["extra", "ticker"]
    assert cluster.logs("ticker") == "tick\n" and branch.logs("ticker") == "tick\n" * 7
    cluster.scale("deployment/web", 1)
    cluster.advance("1m")
    assert len(cluster.list("pods")) == 2 and not branch.list("deployments")


def test_a_fork_of_a_fork_goes_on(cluster):
    """Forks can be forked; each level keeps the history before it."""
    cluster.apply(DEPLOYMENT)
    generations = [cluster]
    for replicas in (4, 5, 6):
        branch = generations[-1].fork()
        branch.scale("deployment/web", replicas)
        branch.settle()
        generations.append(branch)
    assert [len(each.list("pods")) for each in generations] == [0, 4, 5, 6]
    for each in generations:
        each.store.check()


def test_a_snapshot_is_a_moment_that_can_be_gone_back_to(cluster):
    """Any number of clusters go on from it, each as the cluster itself went on, whatever that has done since."""
    cluster.apply(DEPLOYMENT)
    cluster.step()
    then = cluster.snapshot()
    cluster.advance("1m")
    after, again = cluster.digest(), then.open()
    again.delete("deployment/web")
    again.advance("2m")
    assert not again.list("pods") and then.time == 0
    for moment in (then, pickle.loads(pickle.dumps(then))):
        once_more = moment.open()
        once_more.advance("1m")
        assert once_more.digest() == after and once_more.state_hash() == cluster.state_hash()
    once_more.store.check()


def test_snapshots_share_what_has_not_changed(cluster):
    """One after a step that only one component has taken part in is for the most part the one before it."""
    cluster.apply(DEPLOYMENT)
    cluster.settle()
    one = cluster.snapshot()._record
    cluster.patch("configmap/kube-root-ca.crt", {"metadata": {"annotations": {"note": "read by nobody"}}})
    other = cluster.snapshot()._record
    unchanged = ("runtime", "network", "kubelets", "scheduler", "faults", "expiry")
    assert [name for name in unchanged if getattr(one, name) is not getattr(other, name)] == []
    assert one.store is not other.store and one.log is not other.log
    assert cluster.snapshot()._record.store is other.store


def test_what_is_registered_in_a_fork_stays_there(cluster):
    """A behaviour that a fork replaces is the old one elsewhere."""
    cluster.runtime.on("app", lambda start: Script(run=5, exit=3))
    cluster.fork().runtime.on("app", lambda start: Script(run=5, exit=4))
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "app:1"}]},
        }
    )
    cluster.advance("10s")
    assert cluster.get("pod/p").status.container_statuses[0].state.terminated.exit_code == 3


def test_registered_behaviours_and_faults_are_inherited(cluster):
    """A fork knows what its original knew of images and nodes."""
    cluster.runtime.on("app", {"run": 5, "exit": 3})
    cluster.node("node-2").crash()
    branch = cluster.fork()
    branch.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "app:1"}]},
        }
    )
    branch.advance("10s")
    assert branch.get("pod/p").status.container_statuses[0].state.terminated.exit_code == 3
    branch.node("node-2").boot()
    assert not cluster.parts.kubelets.state.nodes["node-2"].running


def test_the_past_can_be_read_at_any_revision(cluster):
    """`at` shows the objects of a revision as they were, whatever has become of them."""
    cluster.apply(DEPLOYMENT)
    cluster.settle()
    then = cluster.store.revision
    names = [pod.metadata.name for pod in cluster.list("pods")]
    cluster.delete("deployment/web")
    cluster.advance("2m")
    past = cluster.at(then)
    assert [pod.metadata.name for pod in past.list("pods")] == names and not cluster.list("pods")
    assert past.get("deployment/web").spec.replicas == 3 and past.now == 0
    with pytest.raises(errors.NotFound, match='pods "nope" not found'):
        past.get("pod/nope")


@pytest.mark.parametrize("revision", [0, -1, 10**9])
def test_a_revision_that_never_was_is_refused(cluster, revision):
    """The error says which revisions there are."""
    with pytest.raises(errors.UsageError, match="there are revisions 1 to"):
        cluster.at(revision)


def test_the_history_tells_who_changed_what_when(cluster):
    """Every change is there once, in order, with its time and its author."""
    cluster.apply(DEPLOYMENT)
    cluster.advance("1s")
    changes = cluster.history("pods")
    assert [change.revision for change in changes] == sorted({change.revision for change in changes})
    assert {change.actor for change in changes} == {"replicaset-controller", "kube-scheduler", "kubelet"}
    assert changes[0].type == "ADDED" and changes[0].time == 0
    assert [c.type for c in cluster.history("deployments", namespace="other")] == []


def test_the_digest_covers_everything_and_can_be_asked_for_at_any_time(cluster):
    """Asking on the way does not change the answer at the end; any difference does."""
    twin = cluster.fork()
    for each, ask in ((cluster, True), (twin, False)):
        each.apply(DEPLOYMENT)
        if ask:
            each.digest()
        each.advance("5s")
    assert cluster.digest() == twin.digest()
    twin.patch("deployment", "web", {"metadata": {"labels": {"a": "b"}}})
    assert cluster.digest() != twin.digest()


def test_both_futures_count_up_the_events_of_before(cluster):
    """What a kubelet remembers of its events is copied when one of the two records the next one."""
    cluster.apply(script_pod("p", "--run=1s", "--exit=1"))
    cluster.advance("40s")
    twin = cluster.fork()
    cluster.advance("2m")
    most, before = (max(event.count or 0 for event in each.events("pod/p")) for each in (cluster, twin))
    assert most > before > 1
    later = twin.fork()
    for other in (twin, later):
        other.advance("2m")
        assert other.digest() == cluster.digest()
