"""Pods that their node ends by itself: for a critical one, or because the machine is shut down."""

import pickle

import pytest

import kemu
from tests.scenarios.manifests import script_pod


def sized(name, cpu, **spec):
    """A pod on the node `n` that asks for so much, bound without the scheduler."""
    wants = {"resources": {"requests": {"cpu": cpu}}} if cpu else {}
    return script_pod(name, container=wants, nodeName="n", **spec)


@pytest.fixture
def cluster():
    cluster = kemu.Cluster(nodes=0)
    cluster.add_node("n", cpu="1", memory="1Gi", pods=10)
    return cluster


def phases(cluster):
    return {pod.metadata.name: pod.status.phase for pod in cluster.list("pods")}


def disrupted(pod):
    """What the condition says by which a pod tells that nothing was wrong with it."""
    return [(each.reason, each.message) for each in pod.status.conditions if each.type == "DisruptionTarget"]


CRITICAL = {"priorityClassName": "system-node-critical"}


def test_a_critical_pod_gets_room_on_its_node(cluster):
    """Pods end that are enough, and no more; they fail, and say why."""
    cluster.apply([sized("small", "300m"), sized("big", "600m"), sized("best", "")])
    cluster.advance("2s")
    cluster.apply(sized("critical", "500m", **CRITICAL))
    cluster.advance("3s")
    assert phases(cluster) == {"small": "Running", "big": "Failed", "best": "Running", "critical": "Running"}
    ended = cluster.get("pod/big")
    assert (ended.status.reason, ended.status.message) == ("Preempting", "Preempted in order to admit critical pod")
    reason, message = disrupted(ended)[0]
    assert reason == "TerminationByKubelet" and message.startswith("Pod was preempted by Kubelet")


def test_a_critical_pod_for_which_there_is_no_room_at_all_is_refused(cluster):
    """And nobody ends for nothing."""
    cluster.apply(sized("small", "300m"))
    cluster.advance("2s")
    cluster.apply(sized("critical", "2", **CRITICAL))
    cluster.advance("3s")
    assert phases(cluster) == {"small": "Running", "critical": "Failed"}
    assert cluster.get("pod/critical").status.reason == "OutOfcpu"


def test_a_critical_pod_waits_until_the_others_have_stopped(cluster):
    """It does not start before; forks and pickles agree."""
    cluster.apply(script_pod("slow", "--stop=5s", container={"resources": {"requests": {"cpu": "900m"}}}, nodeName="n"))
    cluster.advance("2s")
    cluster.apply(sized("critical", "500m", **CRITICAL))
    cluster.advance("4s")
    assert phases(cluster) == {"slow": "Running", "critical": "Pending"}
    twins = [cluster, cluster.fork(), pickle.loads(pickle.dumps(cluster))]
    for one in twins:
        one.advance("4s")
        assert phases(one) == {"slow": "Failed", "critical": "Running"}
    assert len({one.digest() for one in twins}) == 1


def test_a_machine_is_shut_down_in_good_order(cluster):
    """Its node is not ready and takes nobody; normal pods stop first, then the critical ones; then it is off."""
    cluster.apply(script_pod("normal", "--stop=3s", nodeName="n"))
    cluster.apply(script_pod("critical", "--stop=2s", nodeName="n", **CRITICAL))
    cluster.advance("2s")
    cluster.node("n").shutdown("20s", critical="5s")
    ready = next(each for each in cluster.get("node/n").status.conditions if each.type == "Ready")
    assert (ready.status, ready.reason, ready.message) == ("False", "KubeletNotReady", "node is shutting down")
    cluster.apply(script_pod("late", nodeName="n"))
    cluster.advance("4s")
    assert phases(cluster) == {"normal": "Failed", "critical": "Running", "late": "Failed"}
    assert cluster.get("pod/late").status.reason == "NodeShutdown"
    ended = cluster.get("pod/normal")
    assert ended.status.reason == "Terminated" and disrupted(ended)[0][0] == "TerminationByKubelet"
    cluster.advance("10s")
    assert phases(cluster)["critical"] == "Failed"
    with pytest.raises(kemu.errors.UsageError, match="does not run"):
        cluster.node("n").shutdown()
    cluster.node("n").boot()
    cluster.advance("5s")
    cluster.apply(script_pod("again", nodeName="n"))
    cluster.wait("pod/again", "condition=Ready")


def test_a_shutdown_waits_no_longer_than_it_may(cluster):
    """What does not stop in time is killed, and a controller makes it anew elsewhere."""
    cluster.add_node("m")
    cluster.apply(script_pod("stubborn", "--stop=1h", nodeName="n", terminationGracePeriodSeconds=3600))
    cluster.advance("2s")
    start = cluster.now
    cluster.node("n").shutdown("10s", critical="4s")
    cluster.run_until(lambda c: c.get("pod/stubborn").status.phase == "Failed", timeout="20s")
    assert 6 <= cluster.now - start <= 8
    ended = cluster.get("pod/stubborn").status.container_statuses[0].state.terminated
    assert ended.exit_code == 137
