"""Random histories of a cluster: at any step the scheduler's state is all that it needs to go on as it would have.

A fork, and a scheduler that is built around its unpickled state, do what the original does.
"""

from __future__ import annotations

import pickle
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import kemu
from kemu.kit import Client, EventRecorder
from kemu.reconcilers.scheduler import Code, Plugin, Scheduler, Status
from kemu.values.prints import fingerprint
from kemu.values.state import differences, foreign

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
NO_DEFAULTS = {"name": "PodTopologySpread", "args": {"defaultConstraints": [], "defaultingType": "List"}}
BATCHED = {"profiles": [{"schedulerName": "default-scheduler", "pluginConfig": [NO_DEFAULTS]}]}
SECOND = {"profiles": [{"schedulerName": "default-scheduler"}, {"schedulerName": "second"}]}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
APART = {"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": "apart"}}}
SPREAD = {
    "topologyKey": ZONE,
    "maxSkew": 1,
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": {"matchLabels": {"app": "spread"}},
}
SPECS: dict[str, dict[str, Any]] = {
    "plain": {},
    "gated": {"schedulingGates": [{"name": "example.com/wait"}]},
    "asks": {},
    "high": {"priorityClassName": "high"},
    "picky": {"nodeSelector": {ZONE: "nowhere"}},
    "spread": {"topologySpreadConstraints": [SPREAD]},
    "apart": {"affinity": {"podAntiAffinity": {REQUIRED: [APART]}}},
    "stored": {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "late"}}]},
    "device": {"resourceClaims": [{"name": "gpu", "resourceClaimName": "gpu"}]},
}


class Ask(Plugin):
    """Somebody has to allow pods that ask."""

    name = "Ask"

    def filter(self, state: Any, pod: Any, node: Any) -> None:
        state["asked"] = ("seen", node.name)

    def permit(self, state: Any, pod: Any, node_name: str) -> tuple[Status | None, float]:
        assert state["asked"][0] == "seen"
        return (Status(Code.WAIT), 20.0) if pod.shape.labels.get("app") == "asks" else (None, 0.0)

    def sign(self, pod: Any) -> Any:
        return pod.shape.labels.get("app")


def pod(name: str, which: str, cpu: str) -> dict[str, Any]:
    container = {"name": "c", "image": "i", "resources": {"requests": {"cpu": cpu}}}
    spec = {"containers": [container], "automountServiceAccountToken": False, **SPECS[which]}
    metadata = {"name": name, "namespace": "default", "labels": {"app": which}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def rebuilt(cluster: kemu.Cluster) -> kemu.Cluster:
    """A fork whose scheduler knows nothing but the unpickled state of the original."""
    twin, before = cluster.fork(), cluster.scheduler
    client = Client(twin.api, "kube-scheduler", user=twin.scheduler.recorder._client.user)
    twin.scheduler = twin.parts.scheduler = Scheduler(
        client=client,
        cache=twin.parts.caches["scheduler"],
        recorder=EventRecorder(client, "default-scheduler", state=before.recorder.state.fork()),
        loop=twin.loop,
        entropy=twin.entropy,
        state=pickle.loads(pickle.dumps(before.state)),
        config=twin.parts.plan.scheduler_config,
        extenders=before.wiring.extenders,
        plugins=before.wiring.added,
    )
    return twin


def known(value: Any) -> Any:
    """An object of the API by the version that it is, for a fingerprint."""
    metadata = getattr(value, "metadata", None)
    return value if metadata is None else (type(value).__name__, metadata.uid, metadata.resource_version)


def made(kind: str, name: str, api: str = "v1", **more: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "default"}, **more}


def furnished(config: Any, seed: int) -> kemu.Cluster:
    """A cluster without nodes and controllers, with a volume and a device to be had."""
    cluster = kemu.Cluster(nodes=0, controllers="", scheduler_config=config, seed=seed)
    cluster.create(made("ServiceAccount", "default", automountServiceAccountToken=False))
    cluster.create(made("PriorityClass", "high", "scheduling.k8s.io/v1", value=10))
    late = {"provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "WaitForFirstConsumer"}
    cluster.create(made("StorageClass", "late", "storage.k8s.io/v1", **late))
    room = {"accessModes": ["ReadWriteOnce"], "storageClassName": "late"}
    source = {"capacity": {"storage": "1Gi"}, "hostPath": {"path": "/v"}, **room}
    cluster.create(made("PersistentVolume", "disk", spec=source))
    cluster.patch("persistentvolume", "disk", {"status": {"phase": "Available"}}, type="merge", subresource="status")
    wanted = {"resources": {"requests": {"storage": "1Gi"}}, **room}
    cluster.create(made("PersistentVolumeClaim", "late", spec=wanted))
    api = "resource.k8s.io/v1"
    cluster.create(made("DeviceClass", "gpu", api, spec={}))
    pool = {"name": "p", "generation": 1, "resourceSliceCount": 1}
    device = {"name": "g", "bindingConditions": ["ready"], "bindingFailureConditions": ["broken"]}
    reach = {"driver": "gpu.example.com", "nodeName": "n0", "pool": pool, "devices": [device]}
    cluster.create(made("ResourceSlice", "s", api, spec=reach))
    requests = [{"name": "r", "exactly": {"deviceClassName": "gpu"}}]
    cluster.create(made("ResourceClaim", "gpu", api, spec={"devices": {"requests": requests}}))
    cluster.scheduler.register(Ask)
    cluster.settle()
    return cluster


names = st.sampled_from([f"n{i}" for i in range(5)])
amounts = st.sampled_from(["100m", "900m", "1500m"])
delays = st.sampled_from([0, 0.005, 0.3, 1, 2, 11, 31, 331])


class StateMachine(RuleBasedStateMachine):
    """Nodes and pods come and go and time passes, in one cluster; now and then there are three."""

    def __init__(self) -> None:
        super().__init__()
        self.cluster: Any = None
        self.count = 0

    @initialize(config=st.sampled_from([None, BATCHED, SECOND]), seed=st.integers(0, 3))
    def begin(self, config: Any, seed: int) -> None:
        """A cluster with a node or two."""
        self.cluster = furnished(config, seed)
        for name in ("n0", "n1"):
            self.change_node(name, "z0", "2")

    @rule(name=names, zone=st.sampled_from(["z0", "z1"]), cpu=st.sampled_from(["1", "2"]))
    def change_node(self, name: str, zone: str, cpu: str) -> None:
        """A node comes, or moves to another zone and gets other room."""
        labels = {HOST: name, ZONE: zone}
        if not any(node.metadata.name == name for node in self.cluster.list("nodes")):
            self.cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}})
        self.cluster.patch("node", name, {"metadata": {"labels": labels}, "spec": {"taints": None}}, type="merge")
        room = {"cpu": cpu, "memory": "8Gi", "pods": "5"}
        images = [{"names": ["i:latest"], "sizeBytes": 10**9}] if zone == "z1" else []
        status = {"allocatable": room, "capacity": room, "images": images}
        self.cluster.patch("node", name, {"status": status}, type="merge", subresource="status")

    @rule(name=names)
    def remove_node(self, name: str) -> None:
        """A node goes."""
        if any(node.metadata.name == name for node in self.cluster.list("nodes")):
            self.cluster.delete(f"node/{name}")

    @rule(name=names)
    def cordon(self, name: str) -> None:
        """A node is closed."""
        if any(node.metadata.name == name for node in self.cluster.list("nodes")):
            self.cluster.cordon(name)

    @rule(which=st.sampled_from(sorted(SPECS)), cpu=amounts, number=st.integers(1, 3))
    def create_pods(self, which: str, cpu: str, number: int) -> None:
        """Pods come that look alike."""
        for _ in range(number):
            self.count += 1
            self.cluster.create(pod(f"p{self.count}", which, cpu))

    @rule(steps=st.integers(0, 6))
    def make_room(self, steps: int) -> None:
        """The nodes are full of pods, and a more important one comes."""
        self.create_pods("plain", "900m", 6)
        self.cluster.settle()
        self.create_pods("high", "1500m", 1)
        self.step(steps)

    @rule()
    def want_devices(self) -> None:
        """Two pods come for the one device on the first node, which has to get ready."""
        self.change_node("n0", "z0", "2")
        self.create_pods("device", "100m", 2)
        self.cluster.settle()

    @rule(kind=st.sampled_from(["ready", "broken"]))
    def device_answers(self, kind: str) -> None:
        """The device is ready, or will never be."""
        at = {"lastTransitionTime": "2026-01-01T00:00:00Z"}
        conditions = [{"type": kind, "status": "True", "reason": "Dev", "message": kind, **at}]
        device = {"driver": "gpu.example.com", "pool": "p", "device": "g", "conditions": conditions}
        status = {"status": {"devices": [device]}}
        if self.cluster.get("resourceclaim", "gpu").status.allocation is not None:
            self.cluster.patch("resourceclaim", "gpu", status, type="merge", subresource="status")

    @precondition(lambda self: self.cluster is not None and self.cluster.list("pods"))
    @rule(data=st.data())
    def delete_pod(self, data: st.DataObject) -> None:
        """A pod goes."""
        found = data.draw(st.sampled_from([each.metadata.name for each in self.cluster.list("pods")]))
        self.cluster.delete(f"pod/{found}", grace_seconds=0)

    @rule()
    def open_gates(self) -> None:
        """All gates are taken away."""
        for each in self.cluster.list("pods"):
            if each.spec.scheduling_gates:
                self.cluster.patch("pod", each.metadata.name, {"spec": {"schedulingGates": None}}, type="merge")

    @rule(allowed=st.booleans())
    def answer(self, allowed: bool) -> None:
        """Those who ask get an answer."""
        for key in list(self.cluster.scheduler.waiting_pods):
            if allowed:
                self.cluster.scheduler.allow(key, "Ask")
            else:
                self.cluster.scheduler.refuse(key, "Ask", "not today")

    @rule(delay=delays)
    def wait(self, delay: float) -> None:
        """Time passes."""
        self.cluster.advance(delay)

    @rule(steps=st.integers(1, 4))
    def step(self, steps: int) -> None:
        """A few units of work are done, and more may be due."""
        for _ in range(steps):
            self.cluster.step()
            self.state_is_state()

    @rule(delay=delays, cpu=amounts)
    def three_ways(self, delay: float, cpu: str) -> None:
        """The cluster, its fork, and a fork with a rebuilt scheduler do the same; the history goes on with the last."""
        ways = [self.cluster, self.cluster.fork(), rebuilt(self.cluster)]
        for cluster in ways:
            cluster.step()
            cluster.advance(delay)
            cluster.create(pod(f"way-{self.count}", "plain", cpu))
            cluster.settle()
            cluster.delete(f"pod/way-{self.count}", grace_seconds=0)
            cluster.advance(1)
        self.count += 1
        for other in ways[1:]:
            assert not list(differences(self.cluster.scheduler.state, other.scheduler.state))
            assert fingerprint(self.cluster.scheduler.state, known) == fingerprint(other.scheduler.state, known)
            assert self.cluster.digest() == other.digest()
        self.cluster = ways[-1]

    @invariant()
    def state_is_state(self) -> None:
        """The state holds nothing that it must not, is what its copies are, and what follows from it is right."""
        if self.cluster is None:
            return
        scheduler = self.cluster.scheduler
        state = scheduler.state
        assert not list(foreign(state))
        for copy in (state.fork(), pickle.loads(pickle.dumps(state))):
            assert fingerprint(state, known) == fingerprint(copy, known)
        scheduler.desk.snapshot.check()
        scheduler.desk.queue.index.check(state.queue)


TestSchedulerState = StateMachine.TestCase
TestSchedulerState.settings = settings(max_examples=10, stateful_step_count=25, deadline=None)
