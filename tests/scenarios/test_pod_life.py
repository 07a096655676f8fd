"""How pods go on and end: rules for starting again, sidecars, hooks, probes of what has ended."""

import pickle

import pytest

import kemu
from tests.scenarios.manifests import script_pod


@pytest.fixture
def cluster():
    return kemu.Cluster(nodes=1)


def ruled(name, *args, code, action="Restart"):
    """A pod that never restarts, but for a rule about one exit code."""
    rules = [{"action": action, "exitCodes": {"operator": "In", "values": [code]}}]
    own = {"restartPolicy": "Never", "restartPolicyRules": rules}
    return script_pod(name, *args, restart="Never", container=own)


def counts(cluster, name):
    """The restarts of all containers of a pod, init containers first."""
    status = cluster.get("pod", name).status
    return {each.name: each.restart_count for each in (*status.init_container_statuses, *status.container_statuses)}


def test_a_rule_restarts_a_container_of_a_pod_that_never_restarts(cluster):
    """Until another code ends it for good."""
    cluster.apply(ruled("p", "--run=1s", "--exit=42", "--failures=2", code=42))
    cluster.apply(ruled("q", "--run=1s", "--exit=1", code=42))
    cluster.wait("pod/p", "jsonpath={.status.phase}=Succeeded", timeout="2m")
    assert counts(cluster, "p") == {"c": 2}
    assert cluster.get("pod/q").status.phase == "Failed" and counts(cluster, "q") == {"c": 0}


def test_a_rule_starts_the_whole_pod_again_in_its_place(cluster):
    """All containers begin from the beginning, init containers as well; the address stays, and so does the pod."""
    pod = ruled("p", "--run=5s", "--exit=7", "--failures=1", code=7, action="RestartAllContainers")
    pod["spec"]["initContainers"] = [{"name": "i", "image": "kemu/script:1", "args": ["--run=1s"]}]
    pod["spec"]["containers"].append({"name": "d", "image": "kemu/script:1", "args": ["--run=1m"]})
    cluster.apply(pod)
    cluster.wait("pod/p", "condition=Ready")
    address, uid = cluster.get("pod/p").status.pod_ip, cluster.get("pod/p").metadata.uid
    cluster.advance("6s")
    twin = pickle.loads(pickle.dumps(cluster))
    for one in (cluster, twin):
        one.advance("3s")
        shown = one.get("pod/p")
        assert counts(one, "p") == {"i": 1, "c": 1, "d": 1}
        assert (shown.status.pod_ip, shown.metadata.uid) == (address, uid)
        ended = shown.status.container_statuses[1].last_state.terminated
        assert (ended.reason, ended.exit_code) == ("RestartingAllContainers", 137)
    assert cluster.digest() == twin.digest()
    said = [
        next((each.status for each in change.object.status.conditions if each.type == "AllContainersRestarting"), None)
        for change in cluster.history("pods")
    ]
    changes = [status for status, before in zip(said, [None, *said], strict=False) if status != before]
    assert changes == ["False", "True", "False"]
    cluster.advance("10s")
    assert counts(cluster, "p") == {"i": 2, "c": 2, "d": 2}  # a container that was removed fails once more


def with_sidecars(*args, stop="0s"):
    """A pod with two sidecars that take their time to stop."""
    sidecar = {"image": "kemu/script:1", "restartPolicy": "Always", "args": [f"--stop={stop}"]}
    return script_pod("p", *args, restart="Never", initContainers=[{"name": n, **sidecar} for n in ("s1", "s2")])


def ends(cluster):
    """When each container of the pod has ended, in whole seconds since the start."""
    runtime = {each.name: each.finished_at for each in cluster.runtime.containers(cluster.runtime.sandboxes()[0].id)}
    return {name: None if at is None else int(at) for name, at in runtime.items()}


def test_sidecars_stop_last_and_backwards(cluster):
    """All are told at once that they are to stop; each has its turn when those after it are gone."""
    cluster.apply(with_sidecars("--stop=3s", stop="2s"))
    cluster.wait("pod/p", "condition=Ready")
    start = int(cluster.now)
    cluster.delete("pod/p")
    cluster.settle()
    said = [event.message for event in cluster.events("pod/p") if event.reason == "Killing"]
    assert sorted(said) == [f"Stopping container {name}" for name in ("c", "s1", "s2")]
    cluster.advance("7.2s")
    assert ends(cluster) == {"c": start + 3, "s2": start + 5, "s1": start + 7}


def test_a_sidecar_that_waits_for_its_turn_is_stopped_when_the_time_is_over(cluster):
    """The grace period is that of the whole pod."""
    cluster.apply({**with_sidecars("--stop=1m"), "metadata": {"name": "p"}})
    cluster.wait("pod/p", "condition=Ready")
    start = int(cluster.now)
    cluster.delete("pod/p", grace_seconds=5)
    cluster.advance("5.2s")
    assert ends(cluster) == {"c": start + 5, "s2": start + 5, "s1": start + 5}


def test_sidecars_do_not_keep_a_pod_from_ending(cluster):
    """It has succeeded when they have stopped, and nothing is said of them before."""
    cluster.apply(with_sidecars("--run=4s", stop="2s"))
    cluster.wait("pod/p", "jsonpath={.status.phase}=Succeeded", timeout="1m")
    shown = [
        tuple(bool(each.state.running) for each in change.object.status.init_container_statuses)
        for change in cluster.history("pods")
    ]
    assert (True, False) not in shown[5:] and (False, False) in shown


def test_a_sidecar_that_has_succeeded_is_never_shown_to_wait(cluster):
    """It is held back like any other container, but what it shows is its end."""
    sidecar = {"name": "s", "image": "kemu/script:1", "restartPolicy": "Always", "args": ["--run=2s"]}
    cluster.apply(script_pod("p", initContainers=[sidecar]))
    cluster.advance("1m")
    states = [change.object.status.init_container_statuses for change in cluster.history("pods")]
    assert not any(each[0].state.waiting for each in states if each and each[0].restart_count)
    assert [event.reason for event in cluster.events("pod/p")].count("BackOff") > 0


def test_a_pre_stop_hook_runs_before_a_restart_too(cluster):
    """What a probe condemns has its hook, within its grace period."""
    hook = {"preStop": {"exec": {"command": ["sleep", "3s"]}}}
    probe = {"exec": {"command": ["before", "6s"]}, "periodSeconds": 2, "failureThreshold": 1}
    cluster.apply(script_pod("p", container={"lifecycle": hook, "livenessProbe": probe}))
    cluster.wait("pod/p", "condition=Ready")
    cluster.advance("10s")
    assert counts(cluster, "p") == {"c": 0}
    cluster.advance("2s")
    assert counts(cluster, "p") == {"c": 1}


def test_a_failed_post_start_hook_is_why_a_container_waits(cluster):
    """It is stopped, and starts again after a back-off."""
    hook = {"postStart": {"exec": {"command": ["exit", "2"]}}}
    cluster.apply(script_pod("p", container={"lifecycle": hook}))
    cluster.advance("30s")
    shown = [change.object.status.container_statuses for change in cluster.history("pods")]
    reasons = {each[0].state.waiting.reason for each in shown if each and each[0].state.waiting}
    assert "PostStartHookError" in reasons and counts(cluster, "p")["c"] >= 1


def test_a_probe_that_finds_its_container_ended_has_its_pod_looked_at(cluster):
    """So that the back-off is shown a tick after the end, and not when it is over."""
    probe = {"exec": {"command": ["true"]}, "periodSeconds": 1}
    cluster.apply(script_pod("p", "--run=10s", container={"readinessProbe": probe}))
    cluster.apply(script_pod("q", "--run=10s"))
    cluster.advance("25s")
    waits = {
        name: next(
            (c.state.waiting.reason for c in cluster.get("pod", name).status.container_statuses if c.state.waiting),
            None,
        )
        for name in ("p", "q")
    }
    assert waits == {"p": "CrashLoopBackOff", "q": None}


def test_a_post_start_hook_holds_the_rest_of_its_pod_up(cluster):
    """Until it has ended the container is not shown as running, and no other one of its pod starts."""
    hook = {"postStart": {"exec": {"command": ["sleep", "5s"]}}}
    pod = script_pod("p", container={"lifecycle": hook})
    pod["spec"]["containers"].append({"name": "second", "image": "kemu/script:1"})
    cluster.apply(pod)
    cluster.advance("4s")
    statuses = cluster.get("pod/p").status.container_statuses
    assert [each.state.waiting.reason for each in statuses] == ["ContainerCreating"] * 2
    branch = cluster.fork()
    branch.wait("pod/p", "condition=Ready", timeout="4s")
    first, second = branch.get("pod/p").status.container_statuses
    started = [each.state.running.started_at for each in (first, second)]
    assert (started[1] - started[0]) == 5


def test_a_sync_is_done_to_its_end_before_a_deleted_pod_stops(cluster):
    """A container whose probe has failed starts again, and a pod waits for its image and for its postStart hook."""
    cluster.images.slow("kemu/slow", "20s")
    probe = {"exec": {"command": ["before", "6s"]}, "periodSeconds": 1, "failureThreshold": 1}
    cluster.apply(script_pod("probed", "--stop=8s", container={"livenessProbe": probe}))
    cluster.apply(script_pod("hooked", container={"lifecycle": {"postStart": {"exec": {"command": ["sleep", "20s"]}}}}))
    cluster.apply(script_pod("pulling", container={"image": "kemu/slow"}))
    cluster.advance("10s")
    for name in ("probed", "hooked", "pulling"):
        cluster.delete("pod", name)
    cluster.advance("9s")
    again = cluster.get("pod/probed").status.container_statuses[0]
    assert again.restart_count == 1 and again.state.running is not None
    for name in ("hooked", "pulling"):
        status = cluster.get("pod", name).status
        assert status.container_statuses[0].state.waiting.reason == "ContainerCreating"
        assert status.observed_generation == 1
    for name in ("probed", "hooked", "pulling"):
        cluster.wait(f"pod/{name}", "delete", timeout="6s")
    told = [event.reason for event in cluster.events("pod/pulling")]
    assert told == ["Scheduled", "Pulling", "Pulled", "Created", "Started", "Killing"]


def test_a_pod_that_is_evicted_in_the_middle_of_a_sync_stops_after_it(cluster):
    """It fails for what its node says, with the grace period that it has by then."""
    cluster.apply(script_pod("hooked", container={"lifecycle": {"postStart": {"exec": {"command": ["sleep", "20s"]}}}}))
    cluster.advance("5s")
    cluster.node("node-0").pressure("memory")
    cluster.advance("14s")
    assert cluster.get("pod/hooked").status.phase == "Pending"
    cluster.advance("8s")
    status = cluster.get("pod/hooked").status
    assert (status.phase, status.reason) == ("Failed", "Evicted")


def test_containers_after_one_whose_image_is_fetched_wait_for_it(cluster):
    """A kubelet starts the containers of a pod one after the other, and shows nothing of it meanwhile."""
    cluster.images.slow("kemu/slow", "20s")
    pod = script_pod("p", container={"image": "kemu/slow"})
    pod["spec"]["containers"].append({"name": "second", "image": "kemu/script:1"})
    cluster.apply(pod)
    cluster.advance("15s")
    assert [bool(each.state.running) for each in cluster.get("pod/p").status.container_statuses] == [False, False]
    cluster.wait("pod/p", "condition=Ready", timeout="8s")


def test_a_pod_that_has_ended_may_ask_for_other_resources(cluster):
    """Its node grants them and says so, and that is all."""
    resources = {"requests": {"cpu": "10m"}}
    cluster.apply(script_pod("p", "--run=2s", restart="Never", container={"resources": resources}))
    cluster.advance("10s")
    before = cluster.get("pod/p").status
    asks = {"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "20m"}}}]}}
    cluster.patch("pod/p", asks, subresource="resize")
    cluster.advance("5s")
    assert [event.count for event in cluster.events("pod/p") if event.reason == "ResizeStarted"] == [1]
    assert cluster.get("pod/p").status == before


@pytest.mark.parametrize(
    ("image", "hook", "ends", "said"),
    [
        pytest.param("busybox", "exit 3", None, 0, id="failed at once"),
        pytest.param("busybox", "sleep 2; exit 3", None, 2, id="failed in time"),
        pytest.param("busybox", "sleep 1h", None, 6, id="killed with its container, which has two more seconds"),
        pytest.param("busybox", "sleep 3", 1, 1, id="its container ends meanwhile"),
        pytest.param("busybox", "sleep 1", 3, None, id="its container ends later"),
        pytest.param("kemu/script:1", None, None, None, id="a scripted command outlives its container"),
    ],
)
def test_a_failed_pre_stop_hook_is_said_when_it_has_failed(cluster, image, hook, ends, said):
    """That is when its command ends, be it with its container. That the grace period is over is no failure."""
    command = ["sleep", "20s"] if hook is None else ["sh", "-c", hook]
    container = {"image": image, "lifecycle": {"preStop": {"exec": {"command": command}}}}
    if hook is not None:
        container["command"] = ["sh", "-c", "trap '' TERM; while true; do sleep 1000; done"]
    cluster.apply(script_pod("p", container=container))
    cluster.wait("pod/p", "condition=Ready")
    began = cluster.now
    cluster.delete("pod/p", grace_seconds=4)
    if ends is not None:
        cluster.advance(ends)
        cluster.container("pod/p").crash(1)
    heard = []
    while cluster.now < began + 10:
        heard += [cluster.now - began] * any(each.reason == "FailedPreStopHook" for each in cluster.events("pod/p"))
        cluster.advance("0.5s")
    assert heard[:1] == ([] if said is None else [pytest.approx(said, abs=0.6)])


def test_a_pod_that_has_ended_is_not_looked_at_any_more(cluster):
    """Its kubelet has shown its end: that it is deleted, and kept by others, is not observed."""
    manifest = script_pod("p", "--run=2s", restart="Never")
    manifest["metadata"]["finalizers"] = ["example.com/hold"]
    cluster.apply(manifest)
    cluster.advance("10s")
    cluster.delete("pod/p")
    cluster.advance("1m")
    pod = cluster.get("pod/p")
    assert (pod.status.phase, pod.metadata.generation, pod.status.observed_generation) == ("Succeeded", 2, 1)
    assert {condition.observed_generation for condition in pod.status.conditions} == {1}
    cluster.patch("pod", "p", {"metadata": {"finalizers": None}}, type="merge")
    cluster.settle()
    assert not cluster.list("pods")
