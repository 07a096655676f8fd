"""All kubelets of a cluster, as one component of the loop.

Each pod on each node is one `Worker`; a unit of work is one sync, one probe or one notice of a container that ended.
A node whose kubelet does not run keeps its work until it runs again. What is remembered is one record, `KubeletsState`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from math import floor
from typing import Any

import attrs

from ... import errors
from ...apiserver.request import AUTHENTICATED, LogOptions, User
from ...apiserver.server import ApiServer
from ...kit import Cache, Client, EventRecorder, key_of
from ...kit.indexes import BY_NAMESPACE, BY_NODE
from ...loop import Loop
from ...network import Network
from ...objects import core
from ...objects.pods import is_finished
from ...runtime_fake import Container, ExecResult, FakeRuntime
from ...values.frozen import FrozenMap
from ...values.times import MicroTime
from . import environment, probes
from .nodes import Machine, NodeHandle, lease_object, node_object
from .state import KubeletsState
from .sync import sync
from .worker import SYNCING, TERMINATING, Worker

POD = core.Pod
SERVICE = core.Service
KUBERNETES = "default/kubernetes"
"""The Service that every container finds in its environment."""

RELIST_SECONDS = 1.0
"""How often a kubelet asks the runtime what became of its containers."""

NODES = "system:nodes"
"""The group of all kubelets."""


class Kubelets:
    """The kubelets of every node that has one. Each acts as its own user, `system:node:NAME`."""

    __slots__ = (
        "_clients",
        "_server",
        "cache",
        "loop",
        "network",
        "runtime",
        "state",
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
        self.cache = cache
        self.runtime = runtime
        self.network = network
        self.loop = loop
        self._clients: dict[str, Client] = {}
        self.state = state or KubeletsState()
        cache.index(POD, BY_NODE)
        cache.subscribe(POD, self._pod_changed)
        cache.subscribe(SERVICE, self._service_changed)
        runtime.on_exit = self._exited
        network.answers = self._answers
        loop.attach("kubelet", self)

    def fork(self, *, server: ApiServer, cache: Cache, runtime: FakeRuntime, network: Network, loop: Loop) -> Kubelets:
        """The same kubelets in a forked cluster."""
        return Kubelets(
            server=server, cache=cache, runtime=runtime, network=network, loop=loop, state=self.state.fork()
        )

    @property
    def now(self) -> float:
        """Virtual seconds since the start."""
        return self.loop.clock.now

    @property
    def unix(self) -> float:
        """The virtual time in seconds since 1970."""
        return self.loop.clock.unix

    def client(self, node: str) -> Client:
        """The client of the kubelet of a node."""
        client = self._clients.get(node)
        if client is None:
            user = User(f"system:node:{node}", (NODES, AUTHENTICATED), trusted=True)
            client = self._clients[node] = Client(self._server, "kubelet", user=user)
        return client

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
        index = self.state.machines
        machine = Machine(name=name, index=index, address=f"172.18.{index // 250}.{3 + index % 250}")
        client = self.client(name)
        node = client.create(
            node_object(
                machine,
                cpu=cpu,
                memory=memory,
                pods=pods,
                labels=labels,
                taints=taints,
                now=self.unix,
                pod_range=self.network.ranges.of_node(index),
                extra=capacity or {},
            )
        )
        self.state.nodes[name] = machine
        self.state.machines += 1
        client.create(lease_object(name, node.metadata.uid, self.unix))
        self.state.events.recorders = len(self.state.nodes)
        self.recorder(name).event(node, "Normal", "Starting", "Starting kubelet.")
        return NodeHandle(self, name)

    def handle(self, name: str) -> NodeHandle:
        """A handle on a node that has a kubelet. Raises UsageError otherwise."""
        if name not in self.state.nodes:
            known = ", ".join(self.state.nodes) or "none"
            raise errors.UsageError(f"no node {name!r} with a kubelet; there are: {known}")
        return NodeHandle(self, name)

    def crash(self, name: str) -> None:
        """Kill a node: no kubelet, no containers. O(its pods)."""
        self.set_running(name, False)
        for worker in self.state.on_node(name):
            self._forget(worker)
        self.state.take_waiting(name)

    def boot(self, name: str) -> None:
        """Start a crashed node: it begins with the pods that are bound to it."""
        self.set_running(name, True)

    def set_running(self, name: str, running: bool) -> None:
        """Stop or start a kubelet. What it was to do waits for it; then it looks which pods it has by now.

        O(its pods).
        """
        self.state.nodes[name] = attrs.evolve(self.state.nodes[name], running=running)
        if not running:
            return
        for item in self.state.take_waiting(name):
            self.loop.schedule("kubelet", item)
        for pod in self.cache.indexed(POD, BY_NODE, name):
            self._pod_changed(POD, None, pod)

    def hold(self, node: str) -> None:
        """Let a kubelet hear of no change of its pods, as behind a network that delivers nothing."""
        self.state.held[node] = None

    def release(self, node: str) -> None:
        """Let a kubelet hear again, also of what was held back."""
        self.state.held.pop(node, None)
        if self.state.nodes[node].running:
            for item in self.state.take_waiting(node):
                self.loop.schedule("kubelet", item)

    def free_address(self, machine: Machine) -> str:
        """An address for a pod on a machine that no other pod has."""
        return self.network.pod_address(machine.index, lambda each: self.state.by_address.bucket(each) is not None)

    def _wait(self, node: str, item: tuple[Hashable, ...]) -> None:
        """Keep work for a kubelet that does not run. O(1); bounded by its pods, their containers and probes."""
        self.state.waiting.set(node, item, item)

    # What happens

    def _pod_changed(self, cls: Any, old: Any | None, new: Any | None) -> None:
        pod = new if new is not None else old
        assert pod is not None
        node = pod.spec.node_name
        if node in self.state.nodes:
            self.loop.schedule("kubelet", ("pod", pod.metadata.uid, key_of(pod)))

    def _service_changed(self, cls: Any, old: Any | None, new: Any | None) -> None:
        """What the containers of a namespace find in their environment is no longer what it was."""
        service = new if new is not None else old
        assert service is not None
        if key_of(service) == KUBERNETES:
            self.state.links.clear()
        else:
            self.state.links.pop(service.metadata.namespace, None)

    def service_links(self, namespace: str) -> FrozenMap[str, str]:
        """The variables that name the Services of a namespace, and the cluster's own; the very same map until one of
        them changes. O(1), and O(Services of the namespace) the first time after a change.
        """
        place = namespace if self.cache.count(SERVICE, BY_NAMESPACE, namespace) else ""
        links = self.state.links.get(place)
        if links is None:
            kubernetes = self.cache.get(SERVICE, KUBERNETES)
            ordered = sorted(self.cache.list(SERVICE, namespace), key=key_of)
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
        if worker.phase == TERMINATING or worker.slot(container.name).unhealthy:
            self.queue(worker)
        else:
            self.relist(worker)

    def relist(self, worker: Worker) -> None:
        """Have a worker synced when the kubelet next asks the runtime what has changed."""
        due = floor(self.now / RELIST_SECONDS) * RELIST_SECONDS + RELIST_SECONDS
        self.loop.schedule_at("kubelet", ("sync", worker.uid), due)

    def run(self, item: tuple[Hashable, ...]) -> None:
        """One unit of work."""
        what, uid = str(item[0]), str(item[1])
        worker = self.state.workers.get(uid)
        if what == "pod":
            self._observe(uid, str(item[2]), worker)
            return
        if worker is None:
            return
        if not self.state.nodes[worker.node].running:
            self._wait(worker.node, item)
            return
        if what in ("sync", "wake"):
            self.state.queued.pop(uid, None)
            self._sync(worker, due=what == "wake")
        elif what == "probe":
            self.state.keep(probes.run(self, worker, *item[2:]))  # type: ignore[arg-type]
        elif what == "probed":
            self.state.keep(probes.result(self, worker, *item[2:]))  # type: ignore[arg-type]
        elif what == "sigterm":
            self.runtime.stop_container(str(item[2]), float(item[3]))  # type: ignore[arg-type]

    def _observe(self, uid: str, key: str, worker: Worker | None) -> None:
        """Look at a pod as the cache shows it now, and take note of what changed for its worker."""
        pod = self.cache.get(POD, key)
        if pod is not None and pod.metadata.uid != uid:
            pod = None
        if worker is None:
            node = self.state.nodes.get(pod.spec.node_name or "") if pod is not None else None
            if pod is None or node is None or not node.running:
                return
            if is_finished(pod) and pod.metadata.deletion_timestamp is None:
                return
            worker = Worker(uid=uid, key=key, node=node.name, pod=pod, started_at=self.now)
        if not self.state.nodes[worker.node].running or worker.node in self.state.held:
            self._wait(worker.node, ("pod", uid, key))
            return
        if pod is None:
            self._force_deleted(worker)
            return
        known = uid in self.state.workers
        if known and int(pod.metadata.resource_version or 0) <= int(worker.pod.metadata.resource_version):
            return  # what this kubelet itself wrote comes back to it, or what it saw when it wrote
        self.state.keep(self.noticed(attrs.evolve(worker, pod=pod)))

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
        """Begin to end a pod: from now on its containers are only stopped."""
        metadata = worker.pod.metadata
        grace = metadata.deletion_grace_period_seconds if metadata.deletion_timestamp is not None else None
        worker = attrs.evolve(worker.moved("stop"), grace=None if grace is None else float(grace), wakes=None)
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
        after = sync(self, attrs.evolve(worker, wakes=None))
        if after is None:
            self._forget(worker)
            return
        self.state.keep(after)
        if after.wakes is not None:
            self.loop.schedule_at("kubelet", ("wake", worker.uid), after.wakes)

    def _forget(self, worker: Worker) -> None:
        """Remove what is left of a pod, here and from the runtime."""
        if worker.sandbox:
            self.runtime.remove_sandbox(worker.sandbox)
        self.state.forget(worker.uid)

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
            inits = {each.name for each in worker.pod.spec.init_containers}
            path = f"spec.{'initContainers' if container in inits else 'containers'}{{{container}}}"
        self.recorder(worker.node).event(worker.pod, type, reason, message, field_path=path)

    # Logs, exec and what answers on the network

    def _container_of(self, pod: Any, name: str) -> str:
        names = [each.name for each in (*pod.spec.containers, *pod.spec.init_containers)]
        if not name:
            if len(pod.spec.containers) > 1:
                raise errors.BadRequest(
                    f"a container name must be specified for pod {pod.metadata.name}, "
                    f"choose one of: [{' '.join(each.name for each in pod.spec.containers)}]"
                )
            return str(pod.spec.containers[0].name)
        if name not in names:
            raise errors.BadRequest(f"container {name} is not valid for pod {pod.metadata.name}")
        return name

    def logs(self, pod: Any, options: LogOptions) -> Iterator[bytes]:
        """What a container has logged, by the options of the log subresource."""
        name = self._container_of(pod, options.container)
        worker = self.state.workers.get(pod.metadata.uid)
        slot = worker.slot(name) if worker is not None else None
        if options.previous:
            found = slot.last if slot is not None else ""
            if not found:
                raise errors.BadRequest(
                    f'previous terminated container "{name}" in pod "{pod.metadata.name}" not found'
                )
        else:
            found = (slot.container or slot.last) if slot is not None else ""
            if not found:
                waiting = "PodInitializing" if pod.spec.init_containers else "ContainerCreating"
                raise errors.BadRequest(
                    f'container "{name}" in pod "{pod.metadata.name}" is waiting to start: {waiting}'
                )
        return _limited(self._log_lines(self.runtime.logs(found), options), options.limit_bytes)

    def _log_lines(self, lines: Sequence[Any], options: LogOptions) -> Iterator[bytes]:
        """The lines of a log that are asked for, as they are written out."""
        unix = self.unix - self.now
        since = float("-inf") if options.since_time is None else int(options.since_time) - unix
        if options.since_seconds is not None:
            since = self.now - options.since_seconds
        lines = [line for line in lines if line.time >= since]
        if options.tail_lines is not None:
            lines = lines[-options.tail_lines :] if options.tail_lines else []
        for line in lines:
            stamp = f"{_nanoseconds(unix + line.time)} " if options.timestamps else ""
            yield f"{stamp}{line.text}\n".encode()

    def exec(self, pod: Any, container: str, command: tuple[str, ...]) -> ExecResult:
        """Run a command in a container of a pod. Raises BadRequest if it does not run."""
        name = self._container_of(pod, container)
        worker = self.state.workers.get(pod.metadata.uid)
        found = worker.slot(name).container if worker is not None else ""
        current = self.runtime.container(found) if found else None
        if current is None or current.state != "running":
            raise errors.BadRequest(f"container {name} of pod {pod.metadata.name} is not running")
        return self.runtime.exec(found, command)

    def _answers(self, ip: str, port: int) -> tuple[int, str] | None:
        """What the pod with an address serves on a port, or None if nothing listens."""
        for worker in self.state.with_address(ip):
            for name in worker.slots:
                container = self.runtime.container(worker.slot(name).container)
                if container is not None and self.runtime.listens(container, port):
                    script = container.script
                    body = script.serves if script.serves is not None else f"{worker.pod.metadata.name}\n"
                    return script.http_status, body
        return None


def _nanoseconds(moment: float) -> str:
    """A moment as logs are stamped: nine digits of a second, of which six say something."""
    return f"{str(MicroTime(round(moment * 1_000_000))).removesuffix('Z')}000Z"


def _limited(pieces: Iterator[bytes], limit: int | None) -> Iterator[bytes]:
    """At most so many bytes of a body."""
    if limit is None:
        yield from pieces
        return
    for piece in pieces:
        yield piece[:limit]
        limit -= len(piece)
        if limit <= 0:
            return
