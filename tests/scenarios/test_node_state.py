"""What runtime, network and kubelets remember: one record each, which can be written down at any step."""

import pickle

import pytest

import kemu
from kemu.values.prints import fingerprint
from kemu.values.state import differences, foreign
from tests.scenarios.manifests import DEPLOYMENT, script_pod, service, shell_pod

TRUE = {"exec": {"command": ["true"]}, "periodSeconds": 3}
SHARED = {"volumes": [{"name": "d", "emptyDir": {}}]}


def components(cluster):
    """Whose state this is about."""
    return cluster.runtime, cluster.parts.kubelets, cluster.network


def busy_cluster():
    """Probes, hooks, back-offs, pipes, traps, logs, volumes, behaviours that are functions, a machine that is down."""
    cluster = kemu.Cluster(nodes=3, seed=5)
    cluster.runtime.on("mine", lambda start: kemu.Script(run=4, exit=start.attempt))
    cluster.runtime.on("web", {"listens": [80], "serves": "hello\n"})
    cluster.network.add_host("db.example.com", "198.51.100.7")
    cluster.apply([service("web", app="web"), DEPLOYMENT])
    cluster.apply(script_pod("loops", "--run=1s", "--exit=1", container={"image": "mine"}))
    cluster.images.missing("nowhere")
    cluster.images.slow("kemu/slow", "7s")
    cluster.apply(script_pod("gone", container={"image": "nowhere"}))
    cluster.apply(script_pod("late", container={"image": "kemu/slow"}))
    hook = {"preStop": {"exec": {"command": ["sleep", "2s"]}}}
    cluster.apply(script_pod("hooked", "--stop=4s", container={"livenessProbe": TRUE, "lifecycle": hook}))
    cluster.apply(shell_pod("pipes", "(while true; do date; sleep 1.3; done) | while read x; do echo $x; done & wait"))
    writes = shell_pod("writes", "while true; do echo x >> /d/f; sleep 2; done", **SHARED)
    writes["spec"]["containers"] += [{"name": "tail", "image": "busybox", "command": ["tail", "-F", "/d/f"]}]
    for container in writes["spec"]["containers"]:
        container["volumeMounts"] = [{"name": "d", "mountPath": "/d"}]
    cluster.apply(writes)
    cluster.apply(shell_pod("asks", "until wget -qO- http://web; do sleep 1; done; echo found; sleep 3; exit 1"))
    cluster.node("node-1").stop_kubelet()
    return cluster


def test_states_are_frozen_values_at_every_step():
    """No function, no component and nothing that changes stands in them, and what is written down is read again."""
    cluster = busy_cluster()
    for step in range(400):
        cluster.step()
        if step % 8:
            continue
        for component in components(cluster):
            state = component.state
            assert not list(foreign(state))
            read = pickle.loads(pickle.dumps(state))
            prints = {fingerprint(each) for each in (state, state.fork(), read)}
            assert len(prints) == 1, list(differences(state, read))
    cluster.runtime.check()
    cluster.parts.kubelets.state.check()


@pytest.mark.parametrize("seconds", [0.2, 6.25, 33])
def test_who_goes_on_from_what_was_written_down_goes_on_the_same(seconds):
    """A fork, the original, and a fork with the state that was read back have the same future."""
    cluster = busy_cluster()
    cluster.advance(seconds)
    fork, read = cluster.fork(), cluster.fork()
    for own, other in zip(components(cluster), components(read), strict=True):
        other.state = pickle.loads(pickle.dumps(own.state))
    for each in (fork, read, cluster):
        each.node("node-1").start_kubelet()
        each.delete("pod/hooked")
        each.advance("45s")
    for one, *others in zip(*map(components, (cluster, fork, read)), strict=True):
        assert {fingerprint(one.state)} == {fingerprint(other.state) for other in others}
    assert cluster.digest() == fork.digest() == read.digest()


def test_nothing_is_left_of_pods_that_are_gone():
    """Logs, volumes, addresses, probes and links of what is gone are gone."""
    cluster = busy_cluster()
    cluster.advance("30s")
    cluster.node("node-1").start_kubelet()
    cluster.delete("deployment/web")
    for pod in cluster.list("pods"):
        cluster.delete(f"pod/{pod.metadata.name}")
    cluster.delete("service/web")
    cluster.advance("2m")
    runtime, kubelets = cluster.runtime.state, cluster.parts.kubelets.state
    left = (runtime.sandboxes, runtime.containers, runtime.logs, runtime.volumes, runtime.by_owner, runtime.by_sandbox)
    assert not any(len(each) for each in left)
    assert not any(map(len, (kubelets.workers, kubelets.by_node, kubelets.by_address, kubelets.queued)))
    assert not len(kubelets.waiting) and len(kubelets.links) <= 1


def test_containers_share_the_links_to_services(cluster):
    """What names the Services of a namespace is one map, however many containers and processes find it."""
    for number in range(30):
        cluster.apply(service(f"s{number}"))
    script = "echo $S7_SERVICE_HOST $S7_SERVICE_PORT; unset S7_SERVICE_PORT; S8_PORT=mine; sleep 2; env; sh -c env"
    for name in ("one", "two"):
        cluster.apply(shell_pod(name, script, restartPolicy="Never"))
    cluster.advance("1s")
    one, two = cluster.runtime.state.containers.values()
    assert one.links is two.links is one.machine.links and len(one.links) > 90 > len(one.env)
    assert len(one.machine.processes[0].variables.own) < 10
    cluster.advance("5s")
    address = cluster.get("service/s7").spec.cluster_ip
    lines = cluster.logs("one").splitlines()
    assert lines[0] == f"{address} 80" and "S9_SERVICE_PORT=80" in lines
    assert lines.count("S8_PORT=mine") == 2 and not any(line.startswith("S7_SERVICE_PORT") for line in lines)
    cluster.delete("service/s7")
    cluster.apply(shell_pod("late", "env"))
    cluster.advance("1s")
    assert "S7_SERVICE_HOST" not in cluster.logs("late") and "S9_SERVICE_HOST" in cluster.logs("late")
    assert "S7_SERVICE_HOST" in one.links


def test_a_pod_finds_no_links_if_it_wants_none(cluster):
    """enableServiceLinks false leaves them out, and what a container sets itself goes before them."""
    cluster.apply(service("db"))
    env = [{"name": "DB_PORT", "value": "my own"}, {"name": "ALSO", "value": "$(DB_SERVICE_PORT)"}]
    for name, wanted in (("none", False), ("own", True)):
        pod = shell_pod(name, "env", enableServiceLinks=wanted, restartPolicy="Never")
        pod["spec"]["containers"][0]["env"] = env
        cluster.apply(pod)
    cluster.advance("2s")
    assert {"DB_PORT=my own", "ALSO=80", "DB_SERVICE_PORT=80"} <= set(cluster.logs("own").splitlines())
    assert "ALSO=$(DB_SERVICE_PORT)" in cluster.logs("none") and "SERVICE_HOST" not in cluster.logs("none")
