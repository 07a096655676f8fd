"""All kubelets of a cluster, as one component of the loop.

Each pod on each node is one `Worker`; a unit of work is one sync, one probe or one notice of a container that ended.
A node whose kubelet does not run keeps its work until it runs again. What is remembered is one record, `KubeletsState`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, cast

from ... import errors
from ...apiserver.going_on import GoingOn
from ...apiserver.request import AUTHENTICATED, User
from ...apiserver.server import ApiServer
from ...clock import exact
from ...containers.files import Issued
from ...kit import Cache, Client, EventRecorder, key_of
from ...kit.indexes import BY_NAMESPACE, BY_NODE
from ...loop import Loop
from ...network import Network
from ...objects import coordination, core, storage
from ...objects.pod_resources import host_ports
from ...objects.pods import is_finished
from ...runtime_fake import Container, ExecResult, FakeRuntime
from ...values.evolving import evolved
from ...values.frozen import EMPTY_MAP, FrozenMap
from ...wellknown import MIRROR, NODE_LEASES, NODE_USER, NODES
from . import (
    admission,
    adopting,
    answering,
    ending,
    environment,
    life,
    mounting,
    pressure,
    probes,
    resizing,
    serving,
    showing,
    static_pods,
    stopping,
    sync,
)
from .heartbeats import (
    RENEW_SECONDS,
    REPORT_SECONDS,
    beat_after,
    lease_of_now,
    next_beat,
    node_of_now,
)
from .nodes import RELIST_SECONDS, RUNTIME_PATIENCE, Machine, NodeHandle
from .severed import Severed
from .state import KubeletsState
from .tokens import mounted_token
from .views import Views
from .worker import SYNCING, TERMINATED, Worker, is_only_told

REFUSAL_SECONDS = 0.1
"""How long it takes until a pod that its node does not take is shown as failed: who makes it anew at once, again and
again, must not do so without end at one moment."""

POD = core.Pod
SERVICE = core.Service
KEPT = (
    (POD, BY_NODE),
    (core.PersistentVolumeClaim, None),
    (core.PersistentVolume, None),
    (storage.CSIDriver, None),
)
"""What kubelets look up, beside what they are told of."""

KUBERNETES = "default/kubernetes"
"""The Service that every container finds in its environment."""

"""The group of all kubelets."""


class Kubelets:
    """The kubelets of every node that has one. Each acts as its own user, `system:node:NAME`."""

    __slots__ = (
        "_clients",
        "_server",
        "loop",
        "network",
        "on_network",
        "runtime",
        "state",
        "views",
    )

    def __init__(
        self,
        *,
        server: ApiServer,
        cache: Cache,
        runtime: FakeRuntime,
        network: Network,
        loop: Loop,
        state: KubeletsState | None = None,
    ) -> None:
        self._server = server
        self.runtime = runtime
        self.network = network
        self.loop = loop
        self._clients: dict[str, Client] = {}
        self.state = state or KubeletsState()
        cache.keep("kubelets", *KEPT)
        cache.subscribe(core.Node, self._node_changed)
        cache.subscribe(coordination.Lease, self._lease_changed)
        self.views = Views(
            cache,
            server,
            loop,
            self.state.views,
            pods=self._pod_changed,
            services=self._service_changed,
            sources=self._source_changed,
        )
        server.current["leases.coordination.k8s.io"] = GoingOn(self._lease_of_now, self._renewal_after)
        server.current["nodes"] = GoingOn(self._node_of_now, self._report_after)
        runtime.on_exit = self._exited
        runtime.on_fill = self._filled
        runtime.on_page = self._page_changed
        runtime.issue = self._token
        runtime.shows = lambda container: showing.shown(self, container)
        self.on_network = answering.Ends(self)
        self.on_network.attach(network)
        loop.attach("kubelet", self)

    @property
    def now(self) -> float:
        """Virtual seconds since the start."""
        return self.loop.clock.now

    @property
    def unix(self) -> float:
        """The virtual time in seconds since 1970."""
        return self.loop.clock.unix

    @property
    def server(self) -> ApiServer:
        """The API server of the cluster."""
        return self._server

    def client(self, node: str) -> Client:
        """The client of the kubelet of a node: what it asks while the network does not reach it is never answered."""
        machine = self.state.nodes.get(node)
        if machine is not None and not machine.reachable:
            return self._cut_off(node)
        return self.control(node)

    def control(self, node: str) -> Client:
        """The same, whether or not the network reaches it."""
        client = self._clients.get(node)
        if client is None:
            user = User(f"{NODE_USER}{node}", (NODES, AUTHENTICATED), trusted=True)
            client = self._clients[node] = Client(self._server, "kubelet", user=user)
        return client

    def _cut_off(self, node: str) -> Client:
        direct = self.control(node)
        return Client(cast(ApiServer, Severed(self._server, node)), direct.actor, user=direct.user)

    def recorder(self, node: str) -> EventRecorder:
        """What the kubelet of a node records events with."""
        return EventRecorder(self.client(node), "kubelet", node, self.state.events)

    # Nodes

    def add_node(
        self,
        name: str,
        *,
        cpu: str,
        memory: str,
        pods: int,
        labels: Mapping[str, str],
        taints: Sequence[Any],
        capacity: Mapping[str, str] | None = None,
    ) -> NodeHandle:
        """Register a node and start its kubelet."""
        life.register(self, name, cpu=cpu, memory=memory, pods=pods, labels=labels, taints=taints, capacity=capacity)
        return NodeHandle(self, name)

    def handle(self, name: str) -> NodeHandle:
        """A handle on a node that has a kubelet. Raises UsageError otherwise."""
        if name not in self.state.nodes:
            known = ", ".join(self.state.nodes) or "none"
            raise errors.UsageError(f"no node {name!r} with a kubelet; there are: {known}")
        return NodeHandle(self, name)

    def adopt(self, obj: Any) -> None:
        """Take over a Node, or a pod as it runs, that another cluster had."""
        adopting.node(self, obj) if isinstance(obj, core.Node) else adopting.expect(self, obj)

    def _taken_over(self, pod: Any, key: str, machine: Machine) -> Worker:
        del self.state.expected[pod.metadata.uid]
        return adopting.taken_over(self, pod, key, machine)

    def crash(self, name: str) -> None:
        """Kill a node: no kubelet, no containers. O(its pods and what kubelets remember of their events)."""
        self.stop_kubelet(name)
        for worker in self.state.on_node(name):
            mounting.leave(self, worker)
            self._forget(worker)
        self.state.take_waiting(name)
        self.state.events.forget(name)

    def boot(self, name: str) -> None:
        """Start a crashed node: it begins with the pods that are bound to it, and what its disk has of them."""
        fresh = {"shutdown": None, "short_of": EMPTY_MAP, "lost_runtime": None, "missed_runtime": False}
        self.state.nodes[name] = evolved(self.state.nodes[name], **fresh)
        self.views.join(name) if self.state.nodes[name].reachable else self.views.blind(name)
        mounting.tidy(self, name, {str(pod.metadata.uid) for pod in self.views.of(name).indexed(POD, BY_NODE, name)})
        self._run_again(name)
        life.enrol(self, name)
        life.lighten(self, name, report_in=life.STARTING)

    def stop_kubelet(self, name: str) -> None:
        """End a kubelet. What it was to do waits for it."""
        if self.state.nodes[name].running:
            self.state.nodes[name] = evolved(self.state.nodes[name], running=False)
            life.darken(self, name)

    def start_kubelet(self, name: str) -> None:
        """Start a kubelet: it catches up with what it was to do, and looks which pods it has by now. O(its pods)."""
        self._run_again(name)
        life.lighten(self, name, report_in=life.LATER)

    def _run_again(self, name: str) -> None:
        self.state.nodes[name] = evolved(self.state.nodes[name], running=True)
        for item in self.state.take_waiting(name):
            self.loop.schedule("kubelet", item)
        for pod in self.views.of(name).indexed(POD, BY_NODE, name):
            self._pod_changed(name, None, pod)
        static_pods.look(self, name)

    def stop_runtime(self, name: str) -> None:
        """Let the container runtime of a node answer no more. What its kubelet was to do waits for it."""
        if self.state.nodes[name].lost_runtime is None:
            self.state.nodes[name] = evolved(self.state.nodes[name], lost_runtime=self.now)
            self.loop.schedule("kubelet", ("runtime", name), delay=RUNTIME_PATIENCE)

    def start_runtime(self, name: str) -> None:
        """Let it answer again."""
        machine = self.state.nodes[name]
        if machine.lost_runtime is None:
            return
        self.state.nodes[name] = machine = evolved(machine, lost_runtime=None, missed_runtime=False)
        if machine.running:
            for item in self.state.take_waiting(name):
                self.loop.schedule("kubelet", item)
            self.loop.schedule_at("kubelet", ("status", name), next_beat(machine, self.now))

    def partition(self, name: str) -> None:
        """The network no longer leads to a node. O(1)."""
        if self.state.nodes[name].reachable:
            self.state.nodes[name] = evolved(self.state.nodes[name], reachable=False)
            self.views.part(name)
            life.darken(self, name)

    def heal(self, name: str) -> None:
        """The network leads to a node again: it is told what it has missed. O(what has changed meanwhile)."""
        if not self.state.nodes[name].reachable:
            self.state.nodes[name] = evolved(self.state.nodes[name], reachable=True)
            self.views.join(name)
            self._look_for_node(name)
            life.lighten(self, name, report_in=life.LATER)

    def free_address(self, machine: Machine) -> str:
        """An address for a pod on a machine that no other pod has."""
        return self.network.pod_address(machine.index, lambda each: self.state.by_address.bucket(each) is not None)

    def _wait(self, node: str, item: tuple[Hashable, ...]) -> None:
        """Keep work for a kubelet that does not run. O(1); bounded by its pods, their containers and probes."""
        self.state.waiting.set(node, item, item)

    def _holder(self, lease: Any) -> Machine | None:
        """The machine whose kubelet renews a Lease."""
        metadata = lease.metadata
        return self.state.nodes.get(metadata.name) if metadata.namespace == NODE_LEASES else None

    def _lease_of_now(self, lease: Any) -> Any:
        return lease_of_now(lease, self._holder(lease), self.loop.clock)

    def _renewal_after(self, lease: Any, moment: float) -> float | None:
        machine = self._holder(lease)
        return None if machine is None else beat_after(machine, moment, RENEW_SECONDS)

    def _node_of_now(self, node: Any) -> Any:
        name = node.metadata.name
        return node_of_now(node, self.state.nodes.get(name), self.loop.clock, self.runtime.images_of(name))

    def _report_after(self, node: Any, moment: float) -> float | None:
        machine = self.state.nodes.get(node.metadata.name)
        return None if machine is None else beat_after(machine, moment, REPORT_SECONDS)

    # What happens

    def _pod_changed(self, node: str, old: Any | None, new: Any | None) -> None:
        pod = new if new is not None else old
        assert pod is not None
        if node in self.state.nodes:
            self.loop.schedule("kubelet", ("pod", pod.metadata.uid, key_of(pod), node))

    def _node_changed(self, cls: Any, old: Any | None, new: Any | None) -> None:
        """A kubelet looks at its own node with its next heartbeat; that there is none any more it knows at once."""
        if old is None or new is None:
            self._look_for_node(new.metadata.name if old is None else old.metadata.name)  # type: ignore[union-attr]
            return
        if old.spec.unschedulable == new.spec.unschedulable:
            return
        machine = self.state.nodes.get(new.metadata.name)
        if machine is not None and machine.dark is None:
            self.loop.schedule_at("kubelet", ("status", machine.name), next_beat(machine, self.now))

    def _look_for_node(self, name: str) -> None:
        """Note whether there is a Node of a machine, as far as its kubelet can see."""
        machine = self.state.nodes.get(name)
        if machine is not None and machine.reachable:
            listed = self.views.of(name).get(core.Node, name) is not None
            self.state.nodes[name] = evolved(machine, listed=listed)

    def _lease_changed(self, cls: Any, old: Any | None, new: Any | None) -> None:
        """Where the Lease is gone that a kubelet renews, it makes a new one with its next heartbeat."""
        machine = None if new is not None or old is None else self._holder(old)
        if machine is not None and machine.dark is None:
            self.loop.schedule_at("kubelet", ("renew", machine.name), next_beat(machine, self.now))

    def _service_changed(self, node: str, service: Any) -> None:
        """What the containers of a namespace find in their environment is no longer what it was."""
        if node or key_of(service) == KUBERNETES:
            self.state.links.clear()
        else:
            self.state.links.pop(service.metadata.namespace, None)

    def _source_changed(self, obj: Any) -> None:
        what = "configmap" if isinstance(obj, core.ConfigMap) else "secret"
        for uid in self.state.mounting.bucket(f"{what}/{key_of(obj)}") or ():
            mounting.source_changed(self, self.state.workers[uid])

    def _filled(self, owner: str, volume: str) -> None:
        mounting.filled(self, owner, volume)

    def _token(self, asked: Issued) -> str:
        """The token that a container finds."""
        return mounted_token(self, asked)

    def service_links(self, node: str, namespace: str) -> FrozenMap[str, str]:
        """The variables that name the Services of a namespace, and the cluster's own, as a node knows them; the very
        same map until one of them changes. O(1), and O(Services of the namespace) the first time after a change.
        """
        view = self.views.of(node)
        place = namespace if view.count(SERVICE, BY_NAMESPACE, namespace) else ""
        if view is not self.views.shared:
            place = f"{node}/{place}"
        links = self.state.links.get(place)
        if links is None:
            kubernetes = view.get(SERVICE, KUBERNETES)
            ordered = sorted(view.list(SERVICE, namespace), key=key_of)
            if kubernetes is not None and namespace != kubernetes.metadata.namespace:
                ordered.insert(0, kubernetes)
            links = self.state.links[place] = environment.service_links(ordered)
        return links

    def _exited(self, container: Container) -> None:
        """A container has ended: its kubelet finds out at the next relist."""
        sandbox = self.runtime.sandbox(container.sandbox)
        worker = self.state.workers.get(sandbox.owner) if sandbox is not None else None
        if worker is None:
            return
        if not container.stopping:
            self.relist(worker)
        elif worker.halt is not None:
            self.queue(worker)
        stopping.ended(self, worker, container.name)
        if worker.phase == SYNCING:
            probes.ended(self, worker, container.name)

    def _page_changed(self, container: Container) -> None:
        """What a container answers is different by now: its readiness is asked again."""
        sandbox = self.runtime.sandbox(container.sandbox)
        worker = self.state.workers.get(sandbox.owner) if sandbox is not None else None
        if worker is not None:
            self.state.keep(probes.resume(self, worker, container.name, later=True))

    def relist(self, worker: Worker, later: int = 0) -> None:
        """Have a worker synced when the kubelet next asks the runtime what has changed, or so many times later."""
        due = self.relist_of(worker, later)
        if later or self.state.relisting.get(worker.uid) != due:
            if not later:
                self.state.relisting[worker.uid] = due
            self.loop.schedule_at("kubelet", ("relist", worker.uid), due)

    def relist_of(self, worker: Worker, later: int = 0) -> float:
        """When its kubelet next knows what became of the containers of a pod, or so many times later."""
        asked = self.state.nodes[worker.node].relist_after(exact(self.now - worker.lag))
        return exact(asked + worker.lag + later * RELIST_SECONDS)

    def run(self, item: tuple[Hashable, ...]) -> None:
        """One unit of work."""
        what, uid = str(item[0]), str(item[1])
        if what in _OF_NODES:
            _OF_NODES[what](self, uid)
            return
        worker = self.state.workers.get(uid)
        if what == "pod":
            self._observe(uid, str(item[2]), str(item[3]), worker)
            return
        if worker is None:
            return
        if not self.state.nodes[worker.node].works:
            self._wait(worker.node, item)
            return
        if what in ("sync", "wake", "relist"):
            (self.state.relisting if what == "relist" else self.state.queued).pop(uid, None)
            self._sync(worker, due=what == "wake")
        elif what == "probe":
            self.state.keep(probes.run(self, worker, *item[2:]))  # type: ignore[arg-type]
        elif what == "probed":
            self.state.keep(probes.result(self, worker, *item[2:]))  # type: ignore[arg-type]
        elif what == "unprobed":
            self.state.keep(probes.gone(self, worker, *item[2:]))  # type: ignore[arg-type]
        elif what == "remount":
            mounting.remount(self, worker)
        elif what == "in-vain":
            self.state.keep(mounting.mount_in_vain(self, worker))
        elif what == "full":
            mounting.evict_full(self, worker, str(item[2]))
        elif what == "tidy":
            if static_pods.tidy(self, worker):
                self._forget(worker)
        elif what == "stopping":
            stopping.go_on(self, worker)

    def _observe(self, uid: str, key: str, at: str, worker: Worker | None) -> None:
        """Look at a pod as its node sees it now, and take note of what changed for its worker."""
        pod = self.views.of(at).get(POD, key)
        if pod is not None and pod.metadata.uid != uid:
            pod = None
        static = self.state.workers.get(self.state.statics.get(key, ""))
        if static is not None:
            if pod is None or pod.metadata.deletion_timestamp is not None:
                self.queue(static)  # its mirror pod is to be replaced
            return
        if worker is None:
            node = self.state.nodes.get(pod.spec.node_name or "") if pod is not None else None
            if pod is None or node is None or not node.running:
                return
            if not node.works:
                self._wait(node.name, ("pod", uid, key, at))
                return
            if static_pods.is_mirror(pod):
                return
            if is_finished(pod) and pod.metadata.deletion_timestamp is None:
                return
            worker = self.met(pod, key, node) if uid not in self.state.expected else self._taken_over(pod, key, node)
        if not self.state.nodes[worker.node].works:
            self._wait(worker.node, ("pod", uid, key, at))
            return
        if pod is None:
            self._force_deleted(worker)
            return
        known = uid in self.state.workers
        if known and int(pod.metadata.resource_version or 0) <= int(worker.pod.metadata.resource_version):
            return  # what this kubelet itself wrote comes back to it, or what it saw when it wrote
        old, worker = worker.pod, self.with_pod(worker, pod)
        if known and is_only_told(old, pod):
            beat = next_beat(self.state.nodes[worker.node], self.now)
            self.loop.schedule_at("kubelet", ("sync", uid), beat)
            self.state.keep(worker)
            return
        if not known and worker.rejected:
            self.state.keep(worker)
            self.loop.schedule("kubelet", ("sync", uid), delay=REFUSAL_SECONDS)
            return
        self.state.keep(self.noticed(worker))

    def with_pod(self, worker: Worker, pod: Any) -> Worker:
        """The worker with its pod as it is by now. A pod that asks for other resources gets them, or not yet."""
        old, worker = worker.pod, evolved(worker, pod=pod)
        mounting.pod_changed(self, worker, old)
        return worker if pod.spec is old.spec or worker.rejected else resizing.noticed(self, worker, old)

    def met(self, pod: Any, key: str, machine: Machine, *, static: bool = False) -> Worker:
        """The worker of a pod that a kubelet sees for the first time, which it takes or refuses. O(1), and O(pods of
        the node) if it asks for ports of the node."""
        lag = self.state.lag(self.now)
        worker = Worker.met(pod, key=key, node=machine.name, started_at=self.now, lag=lag, static=static)
        node = self.node_of(machine)
        ports = self.state.ports_on(machine.name) if host_ports(pod) else ()
        refusal = admission.refusal(pod, node, self.state.used.get(machine.name) or EMPTY_MAP, ports)
        refusal = pressure.refusal(worker, machine) or refusal
        if machine.shutdown is not None:
            refusal = admission.GOES_DOWN
        if refusal is None or pod.metadata.deletion_timestamp is not None:
            return worker
        if refusal.reason.startswith("OutOf") and ending.is_critical(worker):
            ended = ending.make_room(self, worker, node)
            if ended is not None:
                return evolved(worker, waits_for=ended)
        self.event(worker, "Warning", refusal.reason, refusal.message)
        return worker.refused(refusal.reason, f"Pod was rejected: {refusal.message}")

    def shut_down(self, name: str, grace: float, critical: float) -> None:
        """Shut a machine down in good order."""
        ending.shut_down(self, name, grace, critical)

    def press(self, name: str, what: str) -> None:
        """A machine is short of something."""
        pressure.press(self, name, what)

    def relieve(self, name: str, what: str) -> None:
        """A machine has enough of something again."""
        pressure.relieve(self, name, what)

    def ends(self, uid: str) -> bool:
        """Whether a pod has not stopped yet."""
        worker = self.state.workers.get(uid)
        return worker is not None and worker.phase != TERMINATED

    def node_of(self, machine: Machine) -> Any:
        """The Node of a machine as its kubelet sees it."""
        return self.views.of(machine.name).get(core.Node, machine.name) or machine.node

    def worker_of(self, pod: Any) -> Worker | None:
        """The worker of a pod, or of the static pod that it shows."""
        return self.state.workers.get(pod.metadata.annotations.get(MIRROR, pod.metadata.uid))

    def set_ready(self, worker: Worker, name: str, ready: bool) -> None:
        """Have the readiness probe of a container fail from its next tick on, or do as it would by itself."""
        slot = evolved(worker.slot(name), declared_unready=not ready)
        self.state.keep(probes.resume(self, worker.with_slot(name, slot), name))

    def current(self, worker: Worker, name: str) -> Container | None:
        """The current attempt of a container of a pod, if it has one."""
        container = worker.slot(name).container
        return self.runtime.container(container) if container else None

    def runs(self, worker: Worker, name: str) -> bool:
        """Whether a container of a pod runs."""
        current = self.current(worker, name)
        return current is not None and current.state == "running"

    def noticed(self, worker: Worker) -> Worker:
        """The worker after others have changed its pod: it begins to stop if the pod was deleted, and is synced."""
        if worker.pod.metadata.deletion_timestamp is not None and worker.phase == SYNCING:
            return self.stop(worker)
        self.queue(worker)
        return worker

    def _force_deleted(self, worker: Worker) -> None:
        """The object is gone from the API: its containers stop, and nothing is written any more."""
        if worker.phase == SYNCING:
            for name in worker.slots:
                container = worker.slot(name).container
                if container:
                    self.event(worker, "Normal", "Killing", f"Stopping container {name}", name)
                    self.runtime.stop_container(
                        container, float(worker.pod.spec.termination_grace_period_seconds or 30)
                    )
        self._forget(worker)

    def stop(self, worker: Worker) -> Worker:
        """Begin to end a pod: its containers are only stopped, from now on or after the sync that is under way."""
        if worker.halt is not None:
            return worker
        metadata = worker.pod.metadata
        grace = metadata.deletion_grace_period_seconds if metadata.deletion_timestamp is not None else None
        grace = worker.grace if grace is None else float(grace)
        worker = evolved(worker.moved("stop"), grace=grace, wakes=None)
        self.queue(worker)
        return worker

    def queue(self, worker: Worker) -> None:
        """Have a worker synced soon."""
        if worker.uid not in self.state.queued:
            self.state.queued[worker.uid] = None
            self.loop.schedule("kubelet", ("sync", worker.uid))

    def _sync(self, worker: Worker, *, due: bool) -> None:
        if due and worker.wakes is not None and worker.wakes > self.now:
            return
        after = sync.sync(self, evolved(worker, wakes=None, erred=False, backoff_ends=None))
        if after is None:
            self._forget(worker)
            return
        self.state.keep(after)
        if after.phase == TERMINATED and worker.phase != TERMINATED:
            resizing.room(self, after.node)
        if after.wakes is not None:
            self.loop.schedule_at("kubelet", ("wake", worker.uid), after.wakes)

    def _forget(self, worker: Worker) -> None:
        """Remove what is left of a pod, here and from the runtime."""
        if worker.sandbox:
            self.runtime.remove_sandbox(worker.sandbox)
        mounting.forget(self, worker)
        self.state.forget(worker.uid)
        resizing.room(self, worker.node)

    def report(self, worker: Worker, name: str) -> None:
        """Say in an event what a container that has started asked for that is not simulated."""
        container = self.runtime.container(worker.slot(name).container)
        if container is not None and container.unknown:
            text = f"kemu does not simulate: {', '.join(dict.fromkeys(container.unknown))}"
            self.event(worker, "Warning", "NotSimulated", text, name)

    def event(self, worker: Worker, type: str, reason: str, message: str, container: str = "") -> None:
        """Record an event about a pod, or about one of its containers."""
        path = None
        if container:
            path = f"spec.{_kind_of(worker.pod.spec, container)}{{{container}}}"
        self.recorder(worker.node).event(worker.pod, type, reason, message, field_path=path)

    # Exec

    def exec(self, pod: Any, container: str, command: tuple[str, ...]) -> ExecResult:
        """Run a command in a container of a pod. Raises BadRequest if it does not run."""
        name = serving.container_of(pod, container)
        if pod.spec.node_name in self.state.nodes:
            serving.check_runtime(self, pod)
        worker = self.worker_of(pod)
        found = worker.slot(name).container if worker is not None else ""
        current = self.runtime.container(found) if found else None
        if current is None or current.state != "running":
            raise errors.BadRequest(f"container {name} of pod {pod.metadata.name} is not running")
        return self.runtime.exec(found, command)


def _kind_of(spec: Any, name: str) -> str:
    """The field of a pod's specification that has a container."""
    if name in [each.name for each in spec.init_containers]:
        return "initContainers"
    return "ephemeralContainers" if name in [each.name for each in spec.ephemeral_containers] else "containers"


_OF_NODES: Mapping[str, Callable[[Kubelets, str], None]] = {
    "lease": life.end_renewals,
    "renew": life.renew,
    "status": life.report,
    "enrol": life.enrol,
    "shutdown": lambda kubelets, name: ending.go_down(kubelets, name),
    "pressure": lambda kubelets, name: pressure.look(kubelets, name),
    "manifests": static_pods.look,
    "runtime": life.miss_runtime,
}
"""The units of work that are about a node and not about one of its pods."""
