"""Random histories of machines and their pods: whatever the order, what is left at the end belongs together."""

from __future__ import annotations

import pickle
from contextlib import suppress
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

import kemu
from kemu import errors
from kemu.values.prints import fingerprint
from kemu.values.state import foreign

NODE = "node-0"
NAMES = ("a", "b")
ALWAYS_READY = {"exec": {"command": ["true"]}, "periodSeconds": 3}
CONTAINERS: list[dict[str, Any]] = [
    {"image": "nginx", "readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 2}},
    {"image": "busybox", "command": ["sh", "-c", "while true; do sleep 1.7; done"], "livenessProbe": ALWAYS_READY},
    {"image": "busybox", "command": ["sh", "-c", "trap 'exit 0' TERM; echo hi >> /d/f; tail -f /d/f"]},
    {"image": "kemu/script", "args": ["--run=7s", "--exit=1", "--stop=4s"]},
    {"image": "kemu/script", "args": ["--run=2s"], "lifecycle": {"preStop": {"exec": {"command": ["sleep", "1s"]}}}},
    {"image": "nowhere"},
    {"image": "slow"},
]
names = st.sampled_from(NAMES)
DAY_OF_A_NODE = ("crash", "boot", "stop_kubelet", "start_kubelet", "reboot", "restart", "partition", "heal")
blows = st.lists(st.sampled_from(DAY_OF_A_NODE), max_size=2) | st.just(["reboot"])


def components(cluster: kemu.Cluster) -> tuple[Any, ...]:
    """Whose state this is about."""
    return cluster.runtime, cluster.parts.kubelets, cluster.network


class NodeMachine(RuleBasedStateMachine):
    """Machines crash and come back, kubelets stop and start, pods are made, changed, deleted and made anew."""

    cluster: kemu.Cluster

    @initialize(shuffle=st.booleans(), seed=st.integers(0, 3), offset=st.sampled_from([0, 0.000001, 0.3, 0.481118]))
    def start(self, shuffle: bool, seed: int, offset: float) -> None:
        self.cluster = kemu.Cluster(nodes=1, seed=seed, shuffle=shuffle)
        self.cluster.images.missing("nowhere")
        self.cluster.images.slow("slow", "1.5s")
        self.cluster.advance(offset)
        self.create("a", CONTAINERS[0], "Always")
        self.create("b", CONTAINERS[1], "Always")
        self.cluster.advance(2.5)

    @rule(name=names, container=st.sampled_from(CONTAINERS), policy=st.sampled_from(["Always", "Never"]))
    def create(self, name: str, container: dict[str, Any], policy: str) -> None:
        mounts = [{"name": "d", "mountPath": "/d"}]
        spec = {
            "nodeName": NODE,
            "restartPolicy": policy,
            "terminationGracePeriodSeconds": 5,
            "containers": [{"name": "c", "volumeMounts": mounts, **container}, {"name": "d", "image": "nginx"}],
            "volumes": [{"name": "d", "emptyDir": {}}],
        }
        with suppress(errors.Invalid, errors.Conflict):  # another one has the name
            self.cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})

    def delete(self, name: str, grace: int | None) -> None:
        with suppress(errors.NotFound):
            self.cluster.delete(f"pod/{name}", grace_seconds=grace)

    @rule(name=names, image=st.sampled_from([None, "httpd"]))
    def change(self, name: str, image: str | None) -> None:
        document: dict[str, Any] = {"metadata": {"labels": {"at": str(int(self.cluster.now))}}}
        if image is not None:
            document["spec"] = {"containers": [{"name": "d", "image": image}]}
        with suppress(errors.NotFound):
            self.cluster.patch("pod", name, document)

    @rule(blows=blows, name=names, end=st.sampled_from(["", "delete", "kill", "change"]), steps=st.integers(0, 3))
    def upset(self, blows: list[str], name: str, end: str, steps: int) -> None:
        """Several things at one moment, of which nobody hears before the last."""
        for blow in blows:
            self.happen(blow)
        if end == "change":
            self.change(name, "httpd")
        elif end:
            self.delete(name, 0 if end == "kill" else None)
        for _ in range(steps):
            self.cluster.step()

    def happen(self, blow: str) -> None:
        node = self.cluster.node(NODE)
        if blow in ("reboot", "restart"):
            node.crash() if blow == "reboot" else node.stop_kubelet()
            self.cluster.advance(3)
            node.boot() if blow == "reboot" else node.start_kubelet()
        else:
            getattr(node, blow)()

    @rule(seconds=st.sampled_from([0, 0.1, 0.3, 1, 2.5, 4.999999, 20]))
    def wait(self, seconds: float) -> None:
        self.cluster.advance(seconds)

    @rule()
    def become_another(self) -> None:
        """Go on in a fork whose state has been written down and read again."""
        twin = pickle.loads(pickle.dumps(self.cluster.fork()))
        for own, other in zip(components(self.cluster), components(twin), strict=True):
            assert not list(foreign(own.state))
            assert fingerprint(own.state) == fingerprint(other.state)
        self.cluster = twin

    @rule()
    def calm_down(self) -> None:
        """After a while all that runs is as it should be."""
        cluster, kubelets = self.cluster, self.cluster.parts.kubelets
        cluster.advance("2m")
        cluster.runtime.check()
        kubelets.state.check()
        pods = {pod.metadata.uid: pod for pod in cluster.list("pods")}
        running = {name for name, each in kubelets.state.nodes.items() if each.running and each.reachable}
        for uid, pod in pods.items():
            if pod.spec.node_name in running:
                assert pod.metadata.deletion_timestamp is None, f"{pod.metadata.name} stays"
                assert uid in kubelets.state.workers or pod.status.phase in ("Succeeded", "Failed")
        for uid, worker in kubelets.state.workers.items():
            assert uid in pods or worker.node not in running, f"nobody wants {worker.key}"
        for sandbox in cluster.runtime.sandboxes():
            worker = kubelets.state.workers.get(sandbox.owner)
            assert worker is not None and worker.sandbox == sandbox.id, f"nobody looks after {sandbox.name}"

    def teardown(self) -> None:
        if hasattr(self, "cluster"):
            self.calm_down()


NodeMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
test_machines_and_their_pods = NodeMachine.TestCase
