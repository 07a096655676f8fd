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


def pressed(cluster):
    """What the node says that it is short of."""
    return [
        each.type for each in cluster.get("node/n").status.conditions if each.type != "Ready" and each.status == "True"
    ]


def test_a_machine_short_of_memory_evicts_one_pod_after_the_other(cluster):
    """Who uses more than it asked for ends first, then the least important; critical pods stay."""
    cluster.apply(
        {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 9}
    )
    asks = {"resources": {"requests": {"memory": "100Mi"}}}
    for name, more in (("modest", {}), ("greedy", {"priorityClassName": "high"}), ("critical", CRITICAL)):
        cluster.apply(script_pod(name, container=asks, nodeName="n", **more))
    cluster.metrics.set("pod/greedy", memory="300Mi")
    cluster.metrics.set("pod/modest", memory="50Mi")
    cluster.advance("2s")
    cluster.node("n").pressure("memory")
    assert pressed(cluster) == ["MemoryPressure"]
    twins = [cluster, pickle.loads(pickle.dumps(cluster))]
    for one in twins:
        one.advance("5s")
        assert phases(one) == {"modest": "Running", "greedy": "Failed", "critical": "Running"}
        assert [taint.key for taint in one.get("node/n").spec.taints] == ["node.kubernetes.io/memory-pressure"]
        one.advance("10s")
        assert phases(one) == {"modest": "Failed", "greedy": "Failed", "critical": "Running"}
    assert len({one.digest() for one in twins}) == 1
    ended = cluster.get("pod/greedy").status
    assert ended.reason == "Evicted" and "Container c was using 300Mi, request is 100Mi" in ended.message
    assert disrupted(cluster.get("pod/greedy"))[0][0] == "TerminationByKubelet"
    assert [event.reason for event in cluster.events("node/n")].count("EvictionThresholdMet") >= 1


def test_a_machine_under_pressure_takes_fewer_pods(cluster):
    """Short of memory none that asks for nothing, short of anything else none at all but critical ones."""
    cluster.node("n").pressure("memory")
    cluster.apply([sized("asks", "100m"), sized("modest", ""), sized("critical", "100m", **CRITICAL)])
    cluster.advance("500ms")
    assert phases(cluster) == {"asks": "Running", "modest": "Failed", "critical": "Running"}
    refused = cluster.get("pod/modest").status
    assert (refused.reason, refused.message) == (
        "Evicted",
        "Pod was rejected: The node had condition: [MemoryPressure]. ",
    )
    cluster.node("n").pressure("disk")
    cluster.apply(sized("late", "100m"))
    cluster.advance("1s")
    assert "DiskPressure" in cluster.get("pod/late").status.message


def test_pressure_is_shown_for_a_while_after_it_is_over(cluster):
    """For five minutes, in which nobody is evicted any more."""
    node = cluster.node("n")
    node.pressure("pids")
    node.relieve("pids")
    cluster.apply(sized("p", "100m", **CRITICAL))
    cluster.advance("4m")
    assert pressed(cluster) == ["PIDPressure"]
    cluster.advance("61s")
    assert pressed(cluster) == [] and phases(cluster) == {"p": "Running"}
    said = [event.reason for event in cluster.events("node/n")]
    assert "NodeHasInsufficientPID" in said and said.count("NodeHasSufficientPID") >= 1
    with pytest.raises(kemu.errors.UsageError, match="is not short of"):
        node.relieve("pids")
    with pytest.raises(kemu.errors.UsageError, match="memory, disk, pids"):
        node.pressure("patience")
