"""What happens to a pod on its node, seen through the API."""

from itertools import pairwise

import pytest

import kemu
from kemu import errors
from kemu.apiserver.kinds.pods.cells import pod_status
from kemu.reconcilers.kubelet import probes
from tests.scenarios.manifests import script_pod, shell_pod


def restarts(cluster, name="p"):
    return cluster.get("pod", name).status.container_statuses[0].restart_count


def condition(cluster, type_, name="p"):
    return next(c for c in cluster.get("pod", name).status.conditions if c.type == type_)


def test_a_pod_that_has_ended_stays_so_while_others_hold_it(cluster):
    """A finalizer keeps the object; its containers are not started again, and it goes with the finalizer."""
    pod = script_pod("p", "--run=1h", "--stopexit=7", restart="Never")
    pod["metadata"]["finalizers"] = ["example.com/hold"]
    cluster.apply(pod)
    cluster.advance("5s")
    cluster.delete("pod/p")
    cluster.advance("10m")
    held = cluster.get("pod/p")
    assert (held.status.phase, held.metadata.deletion_grace_period_seconds) == ("Failed", 0)
    assert held.status.container_statuses[0].state.terminated.exit_code == 7
    cluster.patch("pod", "p", {"metadata": {"finalizers": None}}, type="merge")
    cluster.settle()
    assert cluster.list("pods") == ()


def test_a_pod_that_stops_waits_for_nothing_any_more(cluster):
    """Why its image could not be pulled is not shown once a pod is on its way out."""
    pod = script_pod("p", "--run=1h")
    pod["metadata"]["finalizers"] = ["example.com/hold"]
    pod["spec"]["containers"][0]["image"] = "nowhere"
    cluster.images.missing("nowhere")
    cluster.apply(pod)
    cluster.advance("5s")
    assert cluster.get("pod/p").status.container_statuses[0].state.waiting.reason == "ErrImagePull"
    cluster.delete("pod/p")
    shown = [change.status.container_statuses[0].state.waiting for change in _changes_until(cluster, 10)[-3:]]
    assert all(waiting is None or waiting.reason == "ContainerCreating" for waiting in shown)


@pytest.mark.parametrize("image", ["kemu/script:1", "nowhere:1"])
def test_a_kubelet_says_four_times_that_a_deadline_has_passed(cluster, image):
    """Each time it works out the status of the pod, from then on to the last one, whether anything ran or not."""
    cluster.images.missing("nowhere")
    cluster.apply(script_pod("p", "--run=1h", container={"image": image}, activeDeadlineSeconds=5))
    cluster.advance("1m")
    counts = [event.count for event in cluster.events("pod/p") if event.reason == "DeadlineExceeded"]
    assert counts == [4] and cluster.get("pod/p").status.reason == "DeadlineExceeded"


@pytest.mark.parametrize(
    ("restart", "code", "phase"),
    [("Never", 0, "Succeeded"), ("Never", 3, "Failed"), ("OnFailure", 0, "Succeeded")],
)
def test_a_pod_that_ends_for_good_has_a_final_phase(cluster, restart, code, phase):
    """The exit code and the restart policy decide; the containers are not ready any more."""
    cluster.apply(script_pod("p", "--run=2s", f"--exit={code}", restart=restart))
    cluster.advance("10s")
    pod = cluster.get("pod/p")
    assert pod.status.phase == phase
    ended = pod.status.container_statuses[0].state.terminated
    assert (ended.exit_code, ended.reason) == (code, "Completed" if code == 0 else "Error")
    assert condition(cluster, "Ready").reason == ("PodCompleted" if code == 0 else "PodFailed")


def test_crash_loops_back_off_and_double(cluster):
    """The first restart is immediate, then 10 s, 20 s, 40 s: each back-off named in the waiting message."""
    cluster.apply(script_pod("p", "--run=1s", "--exit=1"))
    starts = []
    for change in _changes_until(cluster, 200):
        state = change.status.container_statuses[0].state if change.status.container_statuses else None
        if state is not None and state.running is not None and state.running.started_at not in starts:
            starts.append(state.running.started_at)
    gaps = [int(b - a) for a, b in pairwise(starts)]
    assert gaps[0] <= 3 and 11 <= gaps[1] <= 27 and 21 <= gaps[2] <= 37 and 41 <= gaps[3] <= 57
    messages = {m for m in (_waiting(change) for change in _changes_until(cluster, 0)) if m}
    assert any(m.startswith("back-off 10s restarting failed container=c pod=p_default(") for m in messages)
    assert any(m.startswith("back-off 40s") for m in messages)


def _changes_until(cluster, seconds):
    cluster.advance(seconds)
    return [change.object for change in cluster.history("pods")]


def _waiting(pod):
    states = [s.state.waiting for s in pod.status.container_statuses if s.state.waiting is not None]
    return states[0].message if states and states[0].reason == "CrashLoopBackOff" else None


def test_failures_can_be_scripted_by_attempt(cluster):
    """`--failures=2` fails twice and then ends well."""
    cluster.apply(script_pod("p", "--run=1s", "--exit=1", "--failures=2", restart="OnFailure"))
    cluster.advance("2m")
    assert cluster.get("pod/p").status.phase == "Succeeded" and restarts(cluster) == 2


def test_an_image_that_is_missing_backs_off(cluster):
    """ErrImagePull, then ImagePullBackOff; the pod stays Pending and starts once the image is right."""
    cluster.images.missing("registry.local/web")
    cluster.apply(script_pod("p", container={"image": "registry.local/web:1"}))
    cluster.settle()
    waiting = cluster.get("pod/p").status.container_statuses[0].state.waiting
    assert waiting is None or waiting.reason in ("ContainerCreating", "ErrImagePull")
    cluster.advance("1m")
    assert pod_status(cluster.get("pod/p")) in ("ErrImagePull", "ImagePullBackOff")
    cluster.patch("pod", "p", {"spec": {"containers": [{"name": "c", "image": "kemu/script:2"}]}})
    cluster.wait("pod/p", "condition=Ready", timeout="1m")


@pytest.mark.parametrize(("stop", "grace", "code", "least"), [("0s", 30, 0, 0), ("3s", 30, 0, 3), ("60s", 5, 137, 5)])
def test_deleting_a_pod_takes_as_long_as_its_containers_take_to_stop(cluster, stop, grace, code, least):
    """SIGTERM, the time that the process needs, and SIGKILL at the end of the grace period."""
    cluster.apply(script_pod("p", f"--stop={stop}", terminationGracePeriodSeconds=grace))
    cluster.advance("1s")
    cluster.delete("pod/p")
    cluster.wait("pod/p", "delete", timeout="2m")
    assert least <= cluster.now - 1 <= least + 2
    last = [c.object for c in cluster.history("pods") if c.type == "MODIFIED"][-1]
    assert last.status.container_statuses[0].state.terminated.exit_code == code


def test_a_shell_ignores_sigterm_as_the_first_process_of_a_container_does(cluster):
    """`sh -c sleep` without a trap is killed after its whole grace period; with one it goes at once."""
    cluster.apply(shell_pod("deaf", "sleep 1h", terminationGracePeriodSeconds=7))
    cluster.apply(shell_pod("polite", "trap 'exit 0' TERM; sleep 1h & wait"))
    cluster.advance("1s")
    cluster.delete("pod/deaf")
    cluster.delete("pod/polite")
    cluster.advance("1s")
    assert [pod.metadata.name for pod in cluster.list("pods")] == ["deaf"]
    cluster.advance("7s")
    assert cluster.list("pods") == ()


def test_readiness_comes_and_goes_with_its_probe(cluster):
    """The pod is ready from the first success to the failure threshold."""
    probe = {"exec": {"command": ["before", "20s"]}, "periodSeconds": 2, "failureThreshold": 2}
    cluster.apply(script_pod("p", container={"readinessProbe": probe}))
    cluster.wait("pod/p", "condition=Ready", timeout="5s")
    cluster.wait("pod/p", "condition=Ready=False", timeout="30s")
    assert 22 <= cluster.now <= 25
    assert restarts(cluster) == 0
    assert any(e.reason == "Unhealthy" and "Readiness probe failed: no more" in e.message for e in cluster.events())


def test_a_pod_is_deleted_when_its_volumes_are_unmounted(cluster):
    """It is shown as ended for 0.3 s, once that has been seen; one that ended long before goes at once."""
    cluster.create(script_pod("p"))
    cluster.create(script_pod("q", "--run=1s", restart="Never"))
    cluster.advance("10s")
    start = cluster.now
    cluster.delete("pod/p")
    cluster.delete("pod/q")
    cluster.settle()
    assert [(pod.metadata.name, pod.status.phase) for pod in cluster.list("pods")] == [("p", "Running")]
    cluster.advance("0.1s")
    assert [(pod.metadata.name, pod.status.phase) for pod in cluster.list("pods")] == [("p", "Succeeded")]
    cluster.run_until(lambda c: not c.list("pods"), timeout="5s")
    assert round(cluster.now - start, 6) == 0.4


def test_probes_tick_from_when_the_volumes_were_mounted(cluster):
    """A liveness probe of ten seconds is first run ten seconds after that, whenever its container has started."""
    probe = {"exec": {"command": ["before", "5s"]}, "periodSeconds": 10, "failureThreshold": 2}
    cluster.create(script_pod("p", container={"livenessProbe": probe}))
    cluster.advance("25s")
    said = [event for event in cluster.history("events") if event.object.reason == "Unhealthy"]
    assert [round(each.time, 6) for each in said] == [10.3, 20.3]


def test_each_kubelet_has_a_second_of_its_own(cluster):
    """What ends at one moment on several nodes is not seen at one moment (D-090); a second later all have seen it."""
    for number in range(3):
        cluster.create(script_pod(f"p{number}", "--run=2s", restart="Never", nodeName=f"node-{number}"))
    cluster.advance("3.3s")
    seen = [
        (change.object.metadata.name, round(change.time, 3))
        for change in cluster.history("pods")
        if change.object.status.container_statuses and change.object.status.container_statuses[0].state.terminated
    ]
    first = dict(reversed(seen))
    assert len(first) == 3 == len(set(first.values())) and all(2.3 <= time <= 3.3 for time in first.values())


def test_a_prompt_moves_the_ticks_of_readiness(cluster):
    """What is not ready is probed whenever its pod is looked at: at its start, and on the next whole second (D-090).
    From then on its ticks count, so that what answers 2 s after its start at 0.3 s is ready at 3 s."""
    probe = {"exec": {"command": ["after", "2s"]}, "periodSeconds": 1}
    cluster.create(script_pod("p", container={"readinessProbe": probe}, nodeName="node-0"))
    cluster.wait("pod/p", "condition=Ready")
    assert round(cluster.now, 6) == 3.0
    late = {**probe, "initialDelaySeconds": 5}
    start = cluster.now
    cluster.create(script_pod("q", container={"readinessProbe": late}, nodeName="node-0"))
    cluster.wait("pod/q", "condition=Ready")
    assert round(cluster.now - start, 6) == 5.0
    assert [event.reason for event in cluster.events("pod/q")].count("Unhealthy") == 0


def test_a_failing_liveness_probe_restarts_the_container(cluster):
    """Killed after three failures, restarted, and probed anew."""
    probe = {"exec": {"command": ["before", "10s"]}, "periodSeconds": 5}
    cluster.apply(script_pod("p", container={"livenessProbe": probe}))
    cluster.advance("30s")
    assert restarts(cluster) == 1
    assert any("failed liveness probe, will be restarted" in e.message for e in cluster.events())


def test_a_startup_probe_holds_the_others_back(cluster):
    """Not started, not ready, and not killed by liveness until startup has succeeded."""
    container = {
        "startupProbe": {"exec": {"command": ["after", "12s"]}, "periodSeconds": 3, "failureThreshold": 10},
        "livenessProbe": {"exec": {"command": ["after", "12s"]}, "periodSeconds": 1, "failureThreshold": 1},
    }
    cluster.apply(script_pod("p", container=container))
    cluster.advance("10s")
    assert not cluster.get("pod/p").status.container_statuses[0].started
    cluster.wait("pod/p", "condition=Ready", timeout="10s")
    assert restarts(cluster) == 0


def test_http_probes_reach_what_listens(cluster):
    """An unknown image answers on any port; a behaviour can listen elsewhere or answer with an error."""
    cluster.runtime.on("broken", {"http_status": 500})
    cluster.runtime.on("elsewhere", {"listens": [9000]})
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1}
    for name in ("app", "broken", "elsewhere"):
        cluster.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name},
                "spec": {"containers": [{"name": "c", "image": f"{name}:1", "readinessProbe": probe}]},
            }
        )
    cluster.advance("5s")
    ready = {pod.metadata.name: condition(cluster, "Ready", pod.metadata.name).status for pod in cluster.list("pods")}
    assert ready == {"app": "True", "broken": "False", "elsewhere": "False"}
    messages = " ".join(e.message for e in cluster.events())
    assert "HTTP probe failed with statuscode: 500" in messages and "connect: connection refused" in messages


def test_environment_and_files_come_from_config_maps_and_secrets(cluster):
    """What a container sees is what its manifest names; what is missing keeps it waiting with the reason."""
    cluster.apply(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {greeting: hello, f.txt: from a file}\n"
    )
    pod = shell_pod("p", "echo $GREETING $WHO; cat /etc/conf/f.txt; echo; env | grep POD_NAME; sleep 1h")
    pod["spec"]["containers"][0] |= {
        "env": [
            {"name": "GREETING", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "greeting"}}},
            {"name": "WHO", "valueFrom": {"secretKeyRef": {"name": "who", "key": "name"}}},
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        ],
        "volumeMounts": [{"name": "conf", "mountPath": "/etc/conf"}],
    }
    pod["spec"]["volumes"] = [{"name": "conf", "configMap": {"name": "conf"}}]
    cluster.apply(pod)
    cluster.advance("20s")
    assert pod_status(cluster.get("pod/p")) == "CreateContainerConfigError"
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "who"},
            "stringData": {"name": "world"},
            "data": {"name": "d29ybGQ="},
        }
    )
    cluster.wait("pod/p", "condition=Ready", timeout="30s")
    assert cluster.logs("p") == "hello world\nfrom a file\nPOD_NAME=p\n"


def test_a_missing_volume_holds_the_pod_back_with_an_event(cluster):
    """FailedMount until the config map is there, then the pod starts."""
    mounts = {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}
    cluster.apply(script_pod("p", container=mounts, volumes=[{"name": "v", "configMap": {"name": "late"}}]))
    cluster.advance("5s")
    assert any(e.reason == "FailedMount" and 'configmap "late" not found' in e.message for e in cluster.events())
    cluster.apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: late}\n")
    cluster.wait("pod/p", "condition=Ready", timeout="2m")


def test_exec_and_logs_answer_as_kubectl_does(cluster):
    """Files that a command changes stay changed; refusals carry the server's words."""
    cluster.apply(shell_pod("p", "echo started; touch /tmp/up; sleep 1h"))
    assert cluster.logs("p") == "", "it has no node yet"
    cluster.settle()
    with pytest.raises(errors.BadRequest, match='container "c" in pod "p" is waiting to start: ContainerCreating'):
        cluster.logs("p")
    cluster.advance("1s")
    assert cluster.exec("p", ["sh", "-c", "ls /tmp; echo x > /tmp/x"]).output == "up\n"
    assert cluster.exec("p", ["cat", "/tmp/x"]).output == "x\n"
    assert cluster.exec("p", ["false"]).exit_code == 1
    assert cluster.exec("p", ["nope"]).exit_code == 127
    with pytest.raises(errors.BadRequest, match="container x is not valid for pod p"):
        cluster.logs("p", container="x")


def test_what_is_not_simulated_is_said_in_an_event(cluster):
    """A script outside of the subset fails loudly: a log line, an exit code and a warning."""
    cluster.apply(shell_pod("p", "perl -e 1", restartPolicy="Never"))
    cluster.advance("5s")
    assert cluster.logs("p") == "sh: perl: not found\n"
    assert any(e.reason == "NotSimulated" and "perl" in e.message for e in cluster.events())


def test_services_are_reached_by_name(cluster):
    """A client in one pod gets its answer from another, through DNS and the Service."""
    cluster.runtime.on("web", {"listens": [8080], "serves": "hello\n"})
    server = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "web:1"}]},
    }
    svc = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
    cluster.apply([server, svc])
    cluster.advance("1s")
    cluster.apply(
        shell_pod("client", "wget -qO- http://web && wget -qO- http://web.default.svc.cluster.local; sleep 1h")
    )
    cluster.advance("1s")
    assert cluster.logs("client") == "hello\nhello\n"


def test_sidecars_start_first_and_stop_last(cluster):
    """A restartable init container runs beside the main one and does not hold its end up."""
    pod = script_pod("p", "--run=5s", restart="Never")
    pod["spec"]["initContainers"] = [{"name": "side", "image": "kemu/script:1", "restartPolicy": "Always"}]
    cluster.apply(pod)
    cluster.advance("2s")
    status = cluster.get("pod/p").status
    assert status.init_container_statuses[0].state.running and status.container_statuses[0].state.running
    cluster.advance("10s")
    assert cluster.get("pod/p").status.phase == "Succeeded"


def test_a_crashed_node_comes_back_empty_and_starts_its_pods_again(cluster):
    """Crash takes the containers along; after a boot the pods that are bound there run again."""
    cluster.apply(script_pod("p"))
    cluster.advance("1s")
    node = cluster.node(cluster.get("pod/p").spec.node_name)
    first = cluster.get("pod/p").status.container_statuses[0].container_id
    node.crash()
    cluster.advance("5s")
    node.boot()
    cluster.advance("5s")
    after = cluster.get("pod/p").status.container_statuses[0]
    assert after.state.running is not None and after.container_id != first


@pytest.mark.parametrize(
    ("fields", "command", "message"),
    [
        ({}, "printf own > /dev/termination-log; exit 1", "own"),
        ({"terminationMessagePath": "/tmp/t"}, "echo own > /tmp/t; echo log; exit 2", "own\n"),
        ({"terminationMessagePolicy": "FallbackToLogsOnError"}, "echo why; exit 2", "why\n"),
        ({"terminationMessagePolicy": "FallbackToLogsOnError"}, "echo fine; exit 0", None),
        ({}, "echo no; exit 1", None),
        (
            {"terminationMessagePolicy": "FallbackToLogsOnError"},
            "for i in $(seq 100); do echo $i; done; exit 1",
            "".join(f"{number}\n" for number in range(21, 101)),
        ),
    ],
)
def test_a_container_leaves_a_message(fields, command, message):
    """From its termination file, or from the last 80 lines of its log if it failed and the policy says so."""
    cluster = kemu.Cluster(nodes=1)
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", command], **fields}
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": {"restartPolicy": "Never", "containers": [container]},
        }
    )
    cluster.advance("10s")
    assert cluster.get("pod/p").status.container_statuses[0].state.terminated.message == message


def test_a_stopped_kubelet_catches_up_with_what_it_missed(cluster):
    """A container that ended is restarted, a pod that was deleted goes, one that was bound meanwhile starts."""
    node = cluster.node("node-0")
    cluster.apply(script_pod("ends", "--run=30s", nodeName=node.name))
    cluster.apply(script_pod("goes", "--run=1h", nodeName=node.name))
    cluster.advance("10s")
    node.stop_kubelet()
    cluster.delete("pod/goes")
    cluster.apply(script_pod("comes", "--run=1h", nodeName=node.name))
    cluster.advance("5m")
    assert cluster.get("pod/ends").status.container_statuses[0].restart_count == 0
    assert cluster.get("pod/goes").metadata.deletion_timestamp is not None
    assert cluster.get("pod/comes").status.phase == "Pending"
    node.start_kubelet()
    cluster.advance("1m")
    assert cluster.get("pod/ends").status.container_statuses[0].restart_count >= 1
    assert [pod.metadata.name for pod in cluster.list("pods")] == ["comes", "ends"]
    assert cluster.get("pod/comes").status.phase == "Running"


def test_what_waits_for_a_kubelet_does_not_grow(cluster):
    """However long it is down and however often its pods change, it has each piece of work to do once."""
    probe = {"exec": {"command": ["true"]}, "periodSeconds": 1}
    patient = {"tolerations": [{"operator": "Exists"}], "container": {"readinessProbe": probe, "livenessProbe": probe}}
    cluster.apply(script_pod("p", "--run=10h", **patient))
    cluster.advance("10s")
    node = cluster.node(cluster.get("pod/p").spec.node_name)
    node.stop_kubelet()
    waiting = []
    for round_ in range(40):
        cluster.patch("pod", "p", {"metadata": {"labels": {"round": str(round_)}}})
        cluster.advance("1m")
        waiting.append(len(cluster.parts.kubelets.state.waiting.under(node.name)))
    assert waiting[-1] == waiting[0] < 6
    node.start_kubelet()
    cluster.advance("11s")
    assert condition(cluster, "Ready").status == "True"


@pytest.mark.parametrize(
    "order",
    [
        "crash boot delete",
        "crash delete boot",
        "crash boot kill",
        "stop start delete",
        "crash boot boot delete crash boot",
    ],
)
def test_a_pod_that_is_deleted_around_a_restart_of_its_node_goes(cluster, order):
    """Also if its kubelet hears of the deletion first in the answer to its own write."""
    cluster.apply(script_pod("p", nodeName="node-0"))
    cluster.advance("5s")
    node = cluster.node("node-0")
    happen = {
        "crash": lambda: (node.crash(), cluster.advance("5s")),
        "boot": node.boot,
        "stop": lambda: (node.stop_kubelet(), cluster.advance("5s")),
        "start": node.start_kubelet,
        "delete": lambda: cluster.delete("pod/p"),
        "kill": lambda: cluster.delete("pod/p", grace_seconds=0),
    }
    for what in order.split():
        happen[what]()
    cluster.apply(script_pod("p", nodeName="node-0")) if order.endswith("kill") else None
    cluster.advance("1m")
    pods = cluster.list("pods")
    assert [pod.status.phase for pod in pods] == (["Running"] if order.endswith("kill") else [])
    assert len(cluster.runtime.sandboxes()) == len(pods)


def test_a_container_is_probed_at_one_pace_after_a_crash(cluster):
    """What was scheduled for its earlier life asks nobody any more."""
    script = "while true; do sleep 100; done"
    pod = shell_pod("p", script, nodeName="node-0", terminationGracePeriodSeconds=0)
    probe = {"exec": {"command": ["sh", "-c", "echo x >> /probes"]}, "periodSeconds": 5}
    pod["spec"]["containers"][0]["livenessProbe"] = probe
    cluster.apply(pod)
    cluster.advance("7s")
    cluster.node("node-0").crash()
    cluster.node("node-0").boot()
    cluster.advance("50s")
    assert len(cluster.exec("p", ["cat", "/probes"]).output.split()) == 9


def test_an_address_is_not_given_to_two_pods(cluster):
    """A pod that stays keeps its address to itself when all of its node's have been given once."""
    cluster.apply(script_pod("stays", nodeName="node-0"))
    cluster.advance("1s")
    network, kubelets = cluster.network, cluster.parts.kubelets
    index = kubelets.state.nodes["node-0"].index
    given = [kubelets.free_address(kubelets.state.nodes["node-0"]) for _ in range(600)]
    own = cluster.get("pod/stays").status.pod_ip
    assert own not in given and own in [network.pod_address(index) for _ in range(252)]


@pytest.mark.parametrize("offset", [0.000001, 0.3, 0.481118, 0.7, 0.918273])
def test_time_goes_on_wherever_the_clock_stands(offset):
    """Sums of times are moments of the clock: who sleeps wakes when it is time, and does not wait for ever then."""
    cluster = kemu.Cluster(nodes=1)
    cluster.advance(offset)
    cluster.apply(shell_pod("p", "while true; do sleep 5; echo x; done"))
    cluster.apply(script_pod("late", restart="Never", activeDeadlineSeconds=7))
    cluster.apply(script_pod("loops", "--run=1.1s", "--exit=1"))
    cluster.advance("10m")
    assert len(cluster.logs("p").splitlines()) == 119
    assert cluster.get("pod/late").status.reason == "DeadlineExceeded"
    assert restarts(cluster, "loops") >= 5


PROBED = {
    "always": ({"exec": {"command": ["true"]}, "periodSeconds": 2}, {"exec": {"command": ["after", "9s"]}}),
    "until": ({"exec": {"command": ["before", "35s"]}, "periodSeconds": 3}, {"exec": {"command": ["before", "61s"]}}),
    "slow": (
        {"exec": {"command": ["sleep", "1s"]}, "timeoutSeconds": 3, "periodSeconds": 4},
        {"tcpSocket": {"port": 1}},
    ),
    "twice": (
        {"exec": {"command": ["after", "20s"]}, "periodSeconds": 7, "failureThreshold": 9},
        {"exec": {"command": ["after", "3s"]}, "successThreshold": 3, "periodSeconds": 2},
    ),
}


def probed_cluster():
    """Pods with probes that cannot change their answer before a known moment."""
    cluster = kemu.Cluster(nodes=1)
    for name, (liveness, readiness) in PROBED.items():
        probes = {"livenessProbe": liveness, "readinessProbe": readiness}
        cluster.apply(script_pod(name, "--run=150s", "--exit=1", container=probes))
    return cluster


def test_probes_that_cannot_change_their_answer_are_left_out(monkeypatch):
    """Nothing of what anybody can see is different, and a day of them costs nothing."""
    cluster = probed_cluster()
    cluster.advance("15m")
    with monkeypatch.context() as patched:
        patched.setattr(probes, "_pause", lambda state, answer, period: period)
        thorough = probed_cluster()
        thorough.advance("15m")
    assert cluster.digest() == thorough.digest() and len(cluster.history("pods")) > 50
    steady = kemu.Cluster(nodes=1)
    for number in range(20):
        probe = {"httpGet": {"port": 80}, "periodSeconds": 1}
        steady.apply(script_pod(f"p{number}", container={"livenessProbe": probe, "readinessProbe": probe}))
    steady.advance("1m")
    done = 0
    while steady.now < 86_400 and (step := steady.step()) is not None:
        done += step.who.startswith("kubelet")
    assert done == 0


def container_of(cluster, name="p"):
    """The status of the one container of a pod."""
    return cluster.get(f"pod/{name}").status.container_statuses[0]


def pod_of(container, name="p", **spec):
    """A pod of one container."""
    spec = {"containers": [{"name": "c", **container}], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


@pytest.mark.parametrize("policy", ["Always", "OnFailure", "Never"])
def test_a_process_that_cannot_be_started_has_ended_with_128(cluster, policy):
    """It is tried again after the usual back-off, unless the pod runs once."""
    cluster.apply(pod_of({"image": "busybox:1.37", "command": ["nosuchcommand"]}, restartPolicy=policy))
    cluster.advance("1.5s")
    first = container_of(cluster)
    if policy != "Never":
        assert first.state.waiting.reason == "RunContainerError"
        assert 'exec: "nosuchcommand": executable file not found in $PATH' in first.state.waiting.message
    cluster.advance("3m")
    status, pod = container_of(cluster), cluster.get("pod/p")
    ended = status.state.terminated if policy == "Never" else status.last_state.terminated
    assert (ended.exit_code, ended.reason, str(ended.started_at)) == (128, "StartError", "1970-01-01T00:00:00Z")
    if policy == "Never":
        assert pod.status.phase == "Failed" and status.restart_count == 0
    else:
        assert 3 <= status.restart_count <= 5
        assert status.state.waiting.reason in ("CrashLoopBackOff", "RunContainerError")
    cluster.runtime.check()


@pytest.mark.parametrize("kind", ["livenessProbe", "readinessProbe", "startupProbe"])
@pytest.mark.parametrize("action", [{"httpGet": {"path": "/", "port": "web"}}, {"exec": {"command": ["nosuch"]}}])
def test_a_probe_that_cannot_be_carried_out_is_no_failure(cluster, kind, action):
    """An event says so, and what was known of the container stays."""
    cluster.apply(pod_of({"image": "nginx:1.29", kind: {**action, "periodSeconds": 5}}))
    cluster.advance("2m")
    status = container_of(cluster)
    assert status.restart_count == 0 and status.state.running
    assert status.ready == (kind == "livenessProbe")
    events = [event.message for event in cluster.events("pod/p") if event.reason == "Unhealthy"]
    title = kind.removesuffix("Probe").capitalize()
    assert events and all(text.startswith(f"{title} probe errored and resulted in unknown state: ") for text in events)


def test_an_image_that_is_no_reference_is_never_pulled(cluster):
    """It waits, and says what is wrong with its name."""
    cluster.apply(pod_of({"image": "<your-image>"}))
    cluster.advance("1m")
    waiting = container_of(cluster).state.waiting
    assert waiting.reason == "InvalidImageName"
    assert waiting.message.endswith('couldn\'t parse image name "<your-image>": invalid reference format')


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        (["/bin/sleep", "infinity"], True),
        (["/usr/bin/sleep", "3600"], True),
        (["sh", "-c", "/bin/sleep 3600"], True),
        (["/bin/sh", "-c", "/usr/bin/timeout 1h /bin/sleep 3600"], True),
        (["/opt/bin/sleep", "3600"], False),
        (["sh", "-c", "/opt/bin/sleep 3600"], False),
    ],
)
def test_programs_are_found_by_their_paths(cluster, command, runs):
    """In the folders where images have them, and nowhere else."""
    cluster.apply(pod_of({"image": "busybox:1.37", "command": command}))
    cluster.advance("20s")
    assert (container_of(cluster).state.running is not None) == runs


def test_the_image_of_the_conformance_suite_does_what_its_subcommand_says(cluster):
    """`liveness` is well for ten seconds; what it does not know is an error; what is not simulated says so."""
    image = "registry.k8s.io/e2e-test-images/agnhost:2.40"
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "initialDelaySeconds": 3, "periodSeconds": 3}
    cluster.apply(pod_of({"image": image, "args": ["liveness"], "livenessProbe": probe}, name="liveness"))
    cluster.apply(pod_of({"image": image, "args": ["nosuch"]}, name="unknown"))
    cluster.apply(pod_of({"image": image, "command": ["/agnhost", "mtlsserver"]}, name="told"))
    cluster.apply(pod_of({"image": image, "command": ["/agnhost", "pause"]}, name="pauses"))
    cluster.advance("9s")
    assert container_of(cluster, "liveness").restart_count == 0
    cluster.advance("3m")
    assert container_of(cluster, "liveness").restart_count >= 2
    assert cluster.logs("unknown", previous=True) == 'Error: unknown command "nosuch" for "app"\n'
    assert any("agnhost mtlsserver" in event.message for event in cluster.events("pod/told"))
    assert container_of(cluster, "pauses").state.running and not container_of(cluster, "pauses").restart_count


@pytest.mark.parametrize(
    ("command", "args", "port", "listens"),
    [
        ([], ["netexec"], 8080, True),
        ([], ["netexec", "--http-port=8083"], 8083, True),
        ([], ["netexec", "--http-port", "8083"], 8083, True),
        ([], ["netexec", "--http-port=8083"], 8080, False),
        (["/agnhost"], ["serve-hostname", "--port", "80"], 80, True),
        (["/agnhost", "guestbook"], [], 80, True),
        ([], ["pause"], 80, False),
        ([], ["porter"], 4711, True),
        (["/opt/server"], [], 4711, True),
    ],
)
def test_the_servers_of_the_conformance_suite_listen_where_their_flags_say(cluster, command, args, port, listens):
    """And where they do by themselves without them; another program of the image on any port."""
    image = "registry.k8s.io/e2e-test-images/agnhost:2.53"
    probe = {"tcpSocket": {"port": port}, "periodSeconds": 1}
    cluster.apply(pod_of({"image": image, "command": command, "args": args, "readinessProbe": probe}))
    cluster.advance("10s")
    assert container_of(cluster).ready == listens


def test_a_pod_of_another_scheduler_says_that_it_waits_for_it(cluster):
    """It is the answer to why it is pending."""
    cluster.apply(pod_of({"image": "nginx"}, schedulerName="mine"))
    cluster.advance("1s")
    assert "it waits for a scheduler that does not run: mine" in str(cluster.explain("pod/p"))


def test_that_nothing_runs_is_seen_at_the_next_relist():
    """A pod that never ran is terminating until its kubelet has asked the runtime once more."""
    cluster = kemu.Cluster(nodes=1)
    cluster.images.missing("nowhere*")
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "image": "nowhere:1"}]},
        }
    )
    cluster.advance("10.4s")
    cluster.delete("pod/p")
    cluster.advance("0.5s")
    assert cluster.get("pod/p").status.phase == "Pending"
    cluster.advance("0.5s")
    assert not cluster.list("pods")


def test_no_two_pods_start_at_the_very_same_moment(cluster):
    """A kubelet gets to its pods one after the other, and several kubelets do not work in step (D-090)."""
    for number in range(6):
        cluster.create(script_pod(f"p{number}", nodeName=f"node-{number % 2}"))
    cluster.advance("2s")
    running = {
        change.object.metadata.name: round(change.time, 6)
        for change in reversed(cluster.history("pods"))
        if change.object.status.phase == "Running"
    }
    assert list(dict(sorted(running.items())).values()) == [0.3, 0.31, 0.32, 0.33, 0.34, 0.35]


def test_a_controller_sees_each_of_its_pods_become_ready(cluster):
    """Those of one node too: a ReplicaSet counts them one after the other."""
    labels = {"app": "web"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"nodeName": "node-0", "containers": [{"name": "c", "image": "a"}]},
    }
    spec = {"replicas": 3, "selector": {"matchLabels": labels}, "template": template}
    cluster.create({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"}, "spec": spec})
    cluster.advance("2s")
    ready = [change.object.status.ready_replicas for change in cluster.history("replicasets")]
    assert list(dict.fromkeys(ready)) == [None, 1, 2, 3]


def pod(name, image="nginx", **more):
    """A pod of one container, whose fields and those of the pod are told apart by their names."""
    own = {key: more.pop(key) for key in ("readinessProbe", "ports") if key in more}
    container = {"name": "c", "image": image, **own}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container], **more}}


class TestWhatSuitesRelyOn:
    """Images that say that they are not there, pages that can be taken away, and statuses that others write."""

    @pytest.mark.parametrize("image", ["webserver:404", "foo:non-existent", "invalid.registry.k8s.io/web:3.1"])
    def test_an_image_that_says_so_is_not_there(self, image):
        """D-311: its name is written where a pull is meant to fail; who has it after all can say so."""
        cluster = kemu.Cluster(nodes=1)
        cluster.apply(pod("p", image=image))
        cluster.advance("5s")
        state = cluster.get("pod/p").status.container_statuses[0].state
        assert state.waiting.reason in ("ErrImagePull", "ImagePullBackOff")
        cluster.images.available(image)
        cluster.wait("pod/p", "condition=Ready", timeout="1m")

    def test_a_web_server_without_its_page_is_not_ready(self):
        """D-312: a probe for the page fails while the file is somewhere else."""
        cluster = kemu.Cluster(nodes=1)
        probe = {"httpGet": {"path": "/index.html", "port": 80}, "periodSeconds": 1, "failureThreshold": 1}
        cluster.apply(pod("p", image="httpd:2.4", readinessProbe=probe))
        cluster.wait("pod/p", "condition=Ready")
        page = "/usr/local/apache2/htdocs/index.html"
        cluster.exec("p", ["mv", page, "/tmp/"])
        cluster.advance("2s")
        assert cluster.get("pod/p").status.container_statuses[0].ready is False
        assert cluster.request("GET", "/api/v1/namespaces/default/pods/p/proxy/index.html").status == 404
        cluster.exec("p", ["mv", "/tmp/index.html", page])
        cluster.advance("2s")
        assert cluster.get("pod/p").status.container_statuses[0].ready is True

    def test_a_status_of_somebody_else_stands_for_up_to_ten_seconds(self):
        """Then the kubelet looks through all statuses, and writes what is so."""
        cluster = kemu.Cluster(nodes=1)
        cluster.apply(pod("p"))
        cluster.wait("pod/p", "condition=Ready")
        cluster.patch("pod/p", {"status": {"phase": "Failed"}}, subresource="status")
        cluster.settle()
        assert cluster.get("pod/p").status.phase == "Failed"
        cluster.advance("10s")
        assert cluster.get("pod/p").status.phase == "Running"

    def test_a_controller_that_makes_refused_pods_anew_takes_time(self):
        """A StatefulSet whose pod its node refuses tries again and again, but not without end at one moment."""
        cluster = kemu.Cluster(nodes=1)
        port = {"containerPort": 80, "hostPort": 80}
        cluster.apply(pod("first", nodeName="node-0", ports=[port]))
        cluster.wait("pod/first", "condition=Ready")
        labels = {"app": "second"}
        container = {"name": "c", "image": "nginx", "ports": [port]}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container], "nodeName": "node-0"}}
        spec = {"replicas": 1, "serviceName": "s", "selector": {"matchLabels": labels}, "template": template}
        cluster.apply({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "second"}, "spec": spec})
        cluster.advance("1s")
        gone = [change for change in cluster.history("pods") if change.new is None]
        assert 5 <= len(gone) <= 10
        cluster.delete("pod/first", grace_seconds=0)
        cluster.wait("pod/second-0", "condition=Ready", timeout="1m")
