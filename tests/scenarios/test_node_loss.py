"""What becomes of the pods of a node that is lost: they come up elsewhere, and the node comes back clean."""

import json
import pickle

import pytest

import kemu
from kemu import driver
from kemu.objects import core
from tests.scenarios.manifests import script_pod, service, shell_pod
from tests.scenarios.test_processes import crash_at

GRACE = 70
"""Seconds until the loss of a node is noticed, at the latest."""

PATIENCE = 300
"""Seconds that a pod puts up with a node that is not ready, unless it says otherwise."""


def deployment(replicas=4):
    """A Deployment of pods that listen."""
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template},
    }


LOSSES = {
    "crash": ("crash", "boot"),
    "kubelet": ("stop_kubelet", "start_kubelet"),
    "partition": ("partition", "heal"),
}


def ready(cluster, node):
    """The status of the Ready condition of a node."""
    conditions = cluster.get(f"node/{node}").status.conditions
    return next(each.status for each in conditions if each.type == "Ready")


def taints(cluster, node):
    """The taints of a node, as `key:effect`."""
    return {f"{taint.key.rpartition('/')[2]}:{taint.effect}" for taint in cluster.get(f"node/{node}").spec.taints}


def places(cluster):
    """On which nodes pods run that are ready, and not on their way out."""
    found = {}
    for pod in cluster.list("pods"):
        if pod.metadata.deletion_timestamp is None and any(
            each.type == "Ready" and each.status == "True" for each in pod.status.conditions
        ):
            found[pod.spec.node_name] = found.get(pod.spec.node_name, 0) + 1
    return found


@pytest.mark.parametrize("loss", LOSSES)
def test_pods_come_up_elsewhere_and_the_node_comes_back_clean(cluster, loss):
    """NotReady after the grace period, evicted after the toleration, elsewhere at once; and then all is as before."""
    lose, find = LOSSES[loss]
    cluster.apply(deployment(6))
    cluster.wait("deployment/web", "jsonpath={.status.readyReplicas}=6", timeout="1m")
    assert places(cluster) == {"node-0": 2, "node-1": 2, "node-2": 2}
    getattr(cluster.node("node-1"), lose)()
    cluster.advance(39)
    assert ready(cluster, "node-1") == "True" and not taints(cluster, "node-1")
    cluster.advance(GRACE - 39)
    assert ready(cluster, "node-1") == "Unknown"
    assert taints(cluster, "node-1") == {"unreachable:NoSchedule", "unreachable:NoExecute"}
    assert places(cluster) == {"node-0": 2, "node-2": 2} and len(cluster.list("pods")) == 6
    cluster.advance(PATIENCE)
    assert places(cluster) == {"node-0": 3, "node-2": 3}
    assert {pod.spec.node_name for pod in cluster.list("pods") if pod.metadata.deletion_timestamp} == {"node-1"}
    twin = pickle.loads(pickle.dumps(cluster))
    for each in (cluster, twin):
        getattr(each.node("node-1"), find)()
        each.advance("1m")
        assert ready(each, "node-1") == "True" and not taints(each, "node-1")
        assert places(each) == {"node-0": 3, "node-2": 3} and len(each.list("pods")) == 6
        assert not each.parts.kubelets.state.on_node("node-1")
        assert each.runtime.state.sandboxes and all(
            sandbox.node != "node-1" for sandbox in each.runtime.state.sandboxes.values()
        )
    assert cluster.digest() == twin.digest()


@pytest.mark.parametrize("loss", LOSSES)
def test_a_bare_pod_is_gone_with_its_node(cluster, loss):
    """Nobody makes it anew: it stays on its way out until its kubelet is back and ends it."""
    lose, find = LOSSES[loss]
    cluster.apply(script_pod("p", nodeSelector={"kubernetes.io/hostname": "node-2"}))
    cluster.advance("5s")
    getattr(cluster.node("node-2"), lose)()
    cluster.advance(GRACE + PATIENCE)
    pod = cluster.get("pod/p")
    assert pod.metadata.deletion_timestamp is not None
    disrupted = next(each for each in pod.status.conditions if each.type == "DisruptionTarget")
    assert disrupted.reason == "DeletionByTaintManager"
    cluster.advance("1h")
    assert cluster.get("pod/p")
    getattr(cluster.node("node-2"), find)()
    cluster.advance("1m")
    assert cluster.list("pods") == ()


def tainted(cluster, *taints):
    cluster.patch("node/node-2", {"spec": {"taints": list(taints) or None}}, type="merge")


def said_of_eviction(cluster):
    return [each.message.split()[0] for each in cluster.events("pod/p") if each.reason == "TaintManagerEviction"]


@pytest.mark.parametrize(("args", "said"), [([], ["Marking"]), (["--run=2s"], ["Marking", "Cancelling"])])
def test_a_plan_to_evict_a_pod_is_not_called_off_once_it_is_carried_out(cluster, args, said):
    """But for a pod that has ended: it is gone before the plan is known to be carried out."""
    patient = [{"key": "t", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 8}]
    cluster.apply(script_pod("p", *args, restart="Never", nodeName="node-2", tolerations=patient))
    cluster.advance("6s")
    tainted(cluster, {"key": "t", "effect": "NoExecute"})
    cluster.advance("20s")
    assert cluster.list("pods") == ()
    tainted(cluster)
    cluster.advance("6s")
    assert said_of_eviction(cluster) == said


@pytest.mark.parametrize(
    ("deleted", "args", "count", "reason"),
    [
        (False, [], 1, "ContainerStatusUnknown"),
        (True, [], 0, "ContainerStatusUnknown"),
        (False, ["--run=3s"], 1, "Completed"),
    ],
)
def test_what_a_machine_lost_counts_as_one_start_more_if_nothing_is_known_of_its_end(
    cluster, deleted, args, count, reason
):
    """Where its pod is deleted nothing is to start any more, and where an earlier end is known it stands for this."""
    cluster.apply(script_pod("p", *args, nodeName="node-2"))
    cluster.advance("5s")
    assert cluster.get("pod/p").status.container_statuses[0].state.running is not None
    cluster.node("node-2").crash()
    if deleted:
        cluster.delete("pod/p")
    cluster.advance("10s")
    before = len(cluster.history("pods"))
    cluster.node("node-2").boot()
    cluster.advance("1s")
    (lost, *_) = [change.object.status.container_statuses[0] for change in cluster.history("pods")[before:]]
    assert lost.state.running is None and lost.restart_count == count
    assert lost.last_state.terminated.reason == reason


def test_a_kubelet_remembers_no_events_from_before_its_machine_was_lost(cluster):
    """It writes new ones, where it would have counted up."""
    cluster.apply(script_pod("p", nodeName="node-2"))
    cluster.advance("5s")
    cluster.node("node-2").crash()
    cluster.advance("5s")
    cluster.node("node-2").boot()
    cluster.advance("5s")
    assert [each.count for each in cluster.events("pod/p") if each.reason == "Started"] == [1, 1]


def job(**spec):
    """A Job of two pods that take two minutes each, first of all on one node."""
    template = {
        "metadata": {"labels": {"app": "sum"}},
        "spec": {
            "restartPolicy": "Never",
            "containers": [{"name": "c", "image": "kemu/script:1", "args": ["--run=2m"]}],
        },
    }
    spec = {"parallelism": 2, "completions": 2, "template": template, **spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "sum"}, "spec": spec}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_job_ends_without_the_node_it_began_on(cluster, loss):
    """Its pods there are given up after their toleration and run elsewhere; it is complete once those are gone as well,
    each counted once."""
    lose, find = LOSSES[loss]
    cluster.cordon("node-1")
    cluster.cordon("node-2")
    cluster.apply(job())
    cluster.advance("5s")
    assert places(cluster) == {"node-0": 2}
    for name in ("node-1", "node-2"):
        cluster.cordon(name, undo=True)
    getattr(cluster.node("node-0"), lose)()
    cluster.advance(GRACE + PATIENCE + 10)
    assert places(cluster) == {"node-1": 1, "node-2": 1}
    cluster.advance("5m")
    status = cluster.get("job/sum").status
    assert (status.succeeded, status.terminating) == (2, 2)
    assert [each.type for each in status.conditions] == ["SuccessCriteriaMet"]
    getattr(cluster.node("node-0"), find)()
    cluster.wait("job/sum", "condition=Complete", timeout="1m")
    status = cluster.get("job/sum").status
    assert (status.succeeded, status.terminating, status.failed) == (2, 0, 2)
    assert len(cluster.list("pods")) == 2 and not any(pod.metadata.finalizers for pod in cluster.list("pods"))


@pytest.mark.parametrize("policy", ["Never", "OnFailure", "Always"])
def test_what_became_of_the_containers_of_a_machine_that_was_started_anew_is_unknown(cluster, policy):
    """Who is to run once has failed, though nobody knows how; the others run again."""
    cluster.apply(script_pod("p", "--run=1h", nodeSelector={"kubernetes.io/hostname": "node-2"}, restartPolicy=policy))
    cluster.advance("5s")
    cluster.node("node-2").crash()
    cluster.advance("20s")
    cluster.node("node-2").boot()
    cluster.advance("10s")
    status = cluster.get("pod/p").status
    [container] = status.container_statuses
    assert container.restart_count == 1
    assert container.last_state.terminated.reason == "ContainerStatusUnknown"
    if policy == "Never":
        assert status.phase == "Failed"
        assert (container.state.terminated.exit_code, container.state.terminated.reason) == (
            137,
            "ContainerStatusUnknown",
        )
    else:
        assert status.phase == "Running" and container.state.running


def failed_mounts(cluster, pod):
    """How often it was said of each volume of a pod that it cannot be mounted, and why."""
    events = [each for each in cluster.events(f"pod/{pod}") if each.reason == "FailedMount"]
    return {each.message.partition("volume ")[2]: each.count for each in events}


def test_a_pod_that_is_found_ended_when_its_machine_starts_is_mounted_in_vain(cluster):
    """Its kubelet tries, after waits that double, until another pod of the node has what it needs."""
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}})
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}})
    projected = {"sources": [{"secret": {"name": "a"}}, {"configMap": {"name": "b"}}, {"secret": {"name": "a"}}]}
    volumes = [{"name": "both", "projected": projected}, {"name": "one", "secret": {"secretName": "a"}}]
    volumes += [{"name": "free", "emptyDir": {}}, {"name": "unused", "secret": {"secretName": "a"}}]
    mounts = [{"name": name, "mountPath": f"/{name}"} for name in ("both", "one", "free")]
    more = {"volumes": volumes, "nodeName": "node-2", "automountServiceAccountToken": False}
    cluster.apply(script_pod("p", "--run=1h", restart="Never", container={"volumeMounts": mounts}, **more))
    cluster.advance("5s")
    cluster.node("node-2").crash()
    cluster.advance("20s")
    cluster.node("node-2").boot()
    cluster.advance("10s")
    both = '"both" : [object "default"/"a" not registered, object "default"/"b" not registered]'
    one = '"one" : object "default"/"a" not registered'
    assert cluster.get("pod/p").status.phase == "Failed"
    assert failed_mounts(cluster, "p") == {both: 5, one: 5}  # after 0.1, 0.6, 1.6, 3.6 and 7.6 seconds
    twin = cluster.fork()
    more["volumes"] = volumes[1:2]
    cluster.apply(script_pod("q", "--run=1h", container={"volumeMounts": mounts[1:2]}, **more))
    cluster.advance("30s")
    assert failed_mounts(cluster, "p") == {both: 5, '"both" : object "default"/"b" not registered': 2, one: 5}
    twin.advance("30s")
    assert failed_mounts(twin, "p") == {both: 7, one: 7}
    twin.delete("pod/p")
    twin.advance("10m")
    assert failed_mounts(twin, "p") == {both: 7, one: 7}


def test_a_machine_that_is_started_anew_has_its_disk(cluster):
    """Images are there, and what stands in files of the machine."""
    volumes = [{"name": "d", "hostPath": {"path": "/tmp"}}]
    mounts = [{"name": "d", "mountPath": "/d"}]
    writes = shell_pod("w", "cat /d/f; echo $HOSTNAME > /d/f; sleep 1h", volumes=volumes, nodeName="node-2")
    writes["spec"]["containers"][0] |= {"volumeMounts": mounts, "image": "busybox"}
    cluster.apply(writes)
    cluster.advance("5s")
    before = cluster.runtime.images("node-2")
    assert "busybox" in before and cluster.logs("pod/w") == "cat: can't open '/d/f': No such file or directory\n"
    cluster.node("node-2").crash()
    cluster.advance("20s")
    cluster.node("node-2").boot()
    cluster.advance("10s")
    assert cluster.runtime.images("node-2") == before and cluster.logs("pod/w") == "w\n"


def test_a_folder_of_a_pod_is_there_when_its_machine_is_started_anew(cluster):
    """On the disk it is, in memory it is not; and it goes with the pod, also while the machine is off."""
    volumes = [{"name": "d", "emptyDir": {}}, {"name": "m", "emptyDir": {"medium": "Memory"}}]
    mounts = [{"name": "d", "mountPath": "/d"}, {"name": "m", "mountPath": "/m"}]
    script = "cat /d/f; cat /m/f; echo more >> /d/f; echo more >> /m/f; sleep 1h"
    for name in ("stays", "goes"):
        pod = shell_pod(name, script, volumes=volumes, nodeName="node-2")
        pod["spec"]["containers"][0] |= {"volumeMounts": mounts, "image": "busybox"}
        cluster.apply(pod)
    cluster.advance("5s")
    for turn in (1, 2):
        cluster.node("node-2").crash()
        if turn == 2:
            cluster.delete("pod/goes", grace_seconds=0)
        cluster.advance("20s")
        cluster.node("node-2").boot()
        cluster.advance("20s")
        assert cluster.logs("pod/stays") == "more\n" * turn + "cat: can't open '/m/f': No such file or directory\n"
    left = cluster.runtime.state.volumes
    assert not [owner for owner in left if owner.startswith("left/")]


def test_containers_that_never_were_count_as_failed_when_their_pod_is_deleted(cluster):
    """Nobody can say that they have not been started."""
    cluster.images.missing("gone:1")
    pod = script_pod("p")
    pod["metadata"]["finalizers"] = ["example.com/look"]
    pod["spec"]["containers"][0]["image"] = "gone:1"
    cluster.apply(pod)
    cluster.advance("5s")
    cluster.delete("pod/p")
    cluster.advance("5s")
    status = cluster.get("pod/p").status
    ended = status.container_statuses[0].state.terminated
    assert status.phase == "Failed"
    assert (ended.exit_code, ended.reason) == (137, "ContainerStatusUnknown")
    assert ended.message == "The container could not be located when the pod was terminated"


@pytest.mark.parametrize("loss", LOSSES)
def test_a_short_loss_is_not_noticed(cluster, loss):
    """Within the grace period nobody sees anything, but that a machine that was started anew starts its pods anew."""
    lose, find = LOSSES[loss]
    cluster.apply(script_pod("p", nodeSelector={"kubernetes.io/hostname": "node-2"}))
    cluster.advance("5s")
    getattr(cluster.node("node-2"), lose)()
    cluster.advance("20s")
    getattr(cluster.node("node-2"), find)()
    cluster.advance("2m")
    assert {change.object.status.conditions[-1].status for change in cluster.history("nodes")} == {"True"}
    restarts = cluster.get("pod/p").status.container_statuses[0].restart_count
    assert restarts == (1 if loss == "crash" else 0)


def test_a_partitioned_node_sees_what_it_saw(cluster):
    """Its kubelet hears of no deletion, its pods read the configuration as it was and reach only each other."""
    cluster.runtime.on("web", {"listens": [80], "serves": "hello\n"})
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"word": "old"}}
    cluster.apply(config)
    loop = "while true; do echo $WORD; wget -qO- http://web || echo nothing; sleep 5; done"
    variable = {"name": "WORD", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "word"}}}
    asks = {"name": "c", "image": "busybox", "command": ["sh", "-c", f"timeout 30 sh -c '{loop}'"], "env": [variable]}
    here = {"nodeSelector": {"kubernetes.io/hostname": "node-0"}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "asks"}, "spec": {"containers": [asks], **here}}
    web = script_pod("web", container={"image": "web", "args": []}, nodeSelector={"kubernetes.io/hostname": "node-1"})
    cluster.apply([service("web", app="web"), web, pod])
    cluster.advance("25s")
    assert cluster.logs("asks").split()[-2:] == ["old", "hello"]
    cluster.node("node-0").partition()
    cluster.patch("configmap", "settings", {"data": {"word": "new"}})
    cluster.advance("30s")
    cluster.delete("pod/asks")
    assert cluster.list("pods", label_selector="app!=web")
    kubelets = cluster.parts.kubelets
    worker = kubelets.state.workers[cluster.get("pod/asks").metadata.uid]
    lines = [line.text for line in cluster.runtime.logs(worker.slot("c").container)]
    assert "new" not in lines and "hello" not in lines and "nothing" in lines
    cluster.node("node-0").heal()
    cluster.advance("40s")
    assert [pod.metadata.name for pod in cluster.list("pods")] == ["web"]


def test_what_a_node_sees_can_be_held_back_by_kind():
    """Endpoints that lag on one node, and not on the others; a fork in between goes on in the same way."""
    cluster = kemu.Cluster(nodes=2)
    cluster.runtime.on("web", {"listens": [80], "serves": "hello\n"})
    cluster.apply(service("web", app="web"))
    cluster.process("kubelet/node-0").informer("endpointslices").hold()
    web = script_pod("web", container={"image": "web", "args": []})
    command = ["sh", "-c", "while true; do wget -qO- http://web || echo nothing; sleep 5; done"]
    asking = [
        script_pod(
            f"on-{node}", container={"image": "busybox", "command": command, "args": []}, nodeName=f"node-{node}"
        )
        for node in range(2)
    ]
    cluster.apply([web, *asking])
    cluster.advance("12s")

    def last_words(each):
        return [each.logs(f"on-{node}").split()[-1] for node in range(2)]

    assert last_words(cluster) == ["nothing", "hello"]
    branch = cluster.fork()
    for each in (cluster, branch):
        each.process("kubelet/node-0").informer("endpointslices").release()
        each.advance("10s")
        assert last_words(each) == ["hello", "hello"]
        assert not each.parts.kubelets.state.views.apart
    assert cluster.digest() == branch.digest()
    cluster.process("kubelet/node-0").informer(core.Secret).delay("3s")
    cluster.advance("10s")
    assert cluster.parts.kubelets.state.views.apart


def test_zones_are_given_up_slowly_and_a_whole_cluster_not_at_all():
    """One node every ten seconds; none while no node is heard of, or while most of a small zone is not."""
    cluster = kemu.Cluster(nodes=4)
    cluster.node("node-0").stop_kubelet()
    cluster.node("node-1").stop_kubelet()
    cluster.advance("55s")
    assert [len(taints(cluster, f"node-{number}")) for number in range(4)] == [2, 1, 0, 0]
    cluster.advance("10s")
    assert [len(taints(cluster, f"node-{number}")) for number in range(4)] == [2, 2, 0, 0]
    for number in (2, 3):
        cluster.node(f"node-{number}").partition()
    cluster.advance("1m")
    assert {ready(cluster, f"node-{number}") for number in range(4)} == {"Unknown"}
    assert [taints(cluster, f"node-{number}") for number in range(4)] == [{"unreachable:NoSchedule"}] * 4
    cluster.node("node-3").heal()
    cluster.advance("40s")
    assert [len(taints(cluster, f"node-{number}")) for number in range(4)] == [1, 1, 1, 0]
    cluster.node("node-2").heal()
    cluster.advance("40s")
    assert [len(taints(cluster, f"node-{number}")) for number in range(4)] == [2, 2, 0, 0]


def test_the_pods_of_a_node_that_is_deleted_are_removed(cluster):
    """After forty seconds, at the next look of the collector."""
    cluster.apply(deployment(3))
    cluster.advance("5s")
    cluster.node("node-1").crash()
    cluster.delete("node/node-1")
    cluster.advance("25s")
    assert "node-1" in {pod.spec.node_name for pod in cluster.list("pods")}
    cluster.advance("40s")
    assert {pod.spec.node_name for pod in cluster.list("pods")} == {"node-0", "node-2"} and len(
        cluster.list("pods")
    ) == 3


def test_a_node_that_no_kubelet_ever_reported_is_unknown_after_a_minute(cluster):
    """A Node that is created through the API is only an object."""
    cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "paper"}})
    cluster.advance("59s")
    assert not cluster.get("node/paper").status.conditions
    cluster.advance("7s")
    conditions = cluster.get("node/paper").status.conditions
    assert {(each.type, each.status, each.reason) for each in conditions} == {
        (kind, "Unknown", "NodeStatusNeverUpdated")
        for kind in ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
    }


def test_heartbeats_are_exact_for_who_looks_and_cost_nothing(cluster):
    """The Lease of ten seconds ago at most, the report of five minutes ago, and no write for either."""
    cluster.advance("2h")
    before = cluster.store.revision
    cluster.advance("1h7s")
    lease = cluster.get("lease/node-2", namespace="kube-node-lease")
    heard = [each.last_heartbeat_time for each in cluster.get("node/node-2").status.conditions]
    assert str(lease.spec.renew_time) == "2000-01-01T03:00:00.000000Z"
    assert {str(each) for each in heard} == {"2000-01-01T03:00:00Z"}
    listed = cluster.request("GET", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases").json()["items"]
    assert {item["spec"]["renewTime"] for item in listed} == {"2000-01-01T03:00:00.000000Z"}
    assert cluster.store.revision == before


def test_a_watch_sees_every_heartbeat(cluster):
    """As long as there are any: then it is quiet, but for what others write."""
    cluster.advance("1h")
    path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases?watch=true&timeoutSeconds=35"
    lines = [json.loads(line) for line in cluster.request("GET", path).stream()]
    seen = [(line["type"], line["object"]["metadata"]["name"], line["object"]["spec"]["renewTime"]) for line in lines]
    names = ["node-0", "node-1", "node-2"]
    assert seen == [
        (type_, name, f"2000-01-01T01:00:{second}.000000Z")
        for type_, second in (("ADDED", "00"), ("MODIFIED", "10"), ("MODIFIED", "20"), ("MODIFIED", "30"))
        for name in names
    ]
    for name in names:
        cluster.node(name).stop_kubelet()
    watched = cluster.request("GET", "/api/v1/nodes?watch=true&timeoutSeconds=600").stream()
    types = [json.loads(line)["type"] for line in watched]
    assert types == ["ADDED"] * 3 + ["MODIFIED"] * 6, "conditions and taints of each"
    watched = cluster.request("GET", "/api/v1/nodes?watch=true&timeoutSeconds=600").stream()
    assert [json.loads(line)["type"] for line in watched] == ["ADDED"] * 3


NODE_CONTROLLERS = ("node-lifecycle-controller", "taint-eviction-controller", "pod-garbage-collector-controller")


@pytest.mark.parametrize("actor", NODE_CONTROLLERS)
def test_a_crash_between_any_two_writes_loses_no_node(actor):
    """Each controller, crashed after each of its writes while nodes are lost and found, ends where it ends without."""

    def scenario(number):
        cluster = kemu.Cluster(nodes=4)
        writes = crash_at(cluster, actor, number)
        cluster.apply(deployment(4))
        cluster.apply(script_pod("bare", nodeName="node-1"))
        cluster.advance("10s")
        cluster.node("node-0").crash()
        cluster.node("node-1").partition()
        cluster.advance("20m")  # patience begins anew with the controller
        cluster.node("node-1").heal()
        cluster.node("node-2").crash()
        cluster.delete("node/node-2")
        cluster.advance("5m")
        cluster.node("node-0").boot()
        cluster.advance("5m")
        nodes = [(node.metadata.name, ready(cluster, node.metadata.name)) for node in cluster.list("nodes")]
        pods = [(pod.metadata.labels, pod.status.phase) for pod in cluster.list("pods")]
        tainted = [taints(cluster, name) for name, _ in nodes]
        return [nodes, tainted, sorted(map(str, pods)), sum(places(cluster).values())], len(writes)

    calm, count = scenario(0)
    assert count and calm[1] == [set()] * 3 and calm[3] == 4
    for number in range(1, count + 1):
        assert scenario(number)[0] == calm, number


def test_who_watches_heartbeats_waits_for_something(cluster, monkeypatch):
    """However long nothing else happens, and however often the watch is opened again."""
    monkeypatch.setattr(driver, "FRUITLESS", 20)
    cluster.advance("2h")
    version = cluster.store.revision
    path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases?watch=true&timeoutSeconds=95"
    for _ in range(5):
        lines = list(cluster.request("GET", f"{path}&resourceVersion={version}").stream())
        assert len(lines) in (3 * 9, 3 * 10)


def test_a_lease_that_somebody_deletes_is_made_anew(cluster):
    """With the next heartbeat, so that nobody takes the node for lost."""
    cluster.advance("1m3s")
    cluster.delete("lease/node-1", namespace="kube-node-lease")
    cluster.advance(8)
    lease = cluster.get("lease/node-1", namespace="kube-node-lease")
    assert str(lease.spec.renew_time) == "2000-01-01T00:01:10.000000Z"
    assert lease.metadata.owner_references[0].name == "node-1"
    cluster.advance("10m")
    assert ready(cluster, "node-1") == "True"
    cluster.delete("node/node-1")
    cluster.advance("10m")
    names = [each.metadata.name for each in cluster.list("leases", namespace="kube-node-lease")]
    assert names == ["node-0", "node-2"], "no node, no lease"


def test_a_kubelet_without_its_node_takes_it_for_new_with_everything_that_it_does():
    """Each time it works out what to say of a pod, and for each volume in memory, it makes itself a Node, of which all
    is news."""
    cluster = kemu.Cluster(nodes=2)
    cluster.advance("5s")
    cluster.delete("node/node-1")
    cluster.advance("2s")
    pod = script_pod("p", nodeName="node-1")
    pod["spec"]["volumes"] = [{"name": "scratch", "emptyDir": {"medium": "Memory"}}]
    pod["spec"]["containers"][0]["volumeMounts"] = [{"name": "scratch", "mountPath": "/scratch"}]
    cluster.apply(pod)
    cluster.advance("5s")
    told = [event for event in cluster.events("node/node-1") if event.reason.startswith("NodeHas")]
    assert [event.count for event in told] == [5, 5, 5]


def test_a_node_tells_of_its_images():
    """Those that it has pulled, as long as it has its disk."""
    cluster = kemu.Cluster(nodes=2)
    for name, image in (("p", "nginx:1.29"), ("q", "example.com/team/app"), ("r", "nginx:1.29")):
        cluster.apply(script_pod(name, nodeName="node-1", container={"image": image}))
    cluster.advance("5s")
    version = cluster.get("node/node-1").metadata.resource_version

    def images(name):
        return [each.names for each in cluster.get("node", name).status.images]

    assert images("node-1") == [("docker.io/library/nginx:1.29",), ("example.com/team/app:latest",)]
    assert images("node-0") == []
    cluster.advance("20s")
    assert cluster.get("node/node-1").metadata.resource_version == version
    [shown] = [each for each in cluster.list("nodes") if each.metadata.name == "node-1"]
    assert len(shown.status.images) == 2
