"""What a kubelet serves of the containers of its pods: their logs, and the talks of exec and attach."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ... import errors
from ...apiserver import failures
from ...apiserver.request import ConnectOptions, LogOptions, Request
from ...clock import Clock
from ...containers.files import to_bytes
from ...containers.sessions import Attachment, Talk
from ...runtime_fake import FakeRuntime
from ...streams import Given, Polled, Source
from ...values.times import MicroTime
from .nodes import KUBELET_PORT, Machine

if TYPE_CHECKING:
    from .fleet import Kubelets

WAITING = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}
"""Why a container has no log yet, where it is not just the reason for which it waits."""


NO_RUNTIME = (
    'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix '
    '/run/containerd/containerd.sock: connect: connection refused"'
)


class Log:
    """A source of the lines of one container's log, as the options of the log subresource ask for them.

    Of one that was rotated there is what stands in the newest file. One that is followed ends with the container. What
    is asked of the past (`tail_lines`, `since`) counts from when it
    was asked.
    """

    __slots__ = ("_at", "_container", "_left", "_options", "_runtime")

    def __init__(self, runtime: FakeRuntime, container: str, options: LogOptions) -> None:
        self._runtime = runtime
        self._container = container
        self._options = options
        self._left = options.limit_bytes
        self._at = max(self._first(), runtime.file_begins(container))

    def _first(self) -> int:
        """The number of the first line that is asked for."""
        options, clock = self._options, self._runtime.loop.clock
        lines = self._runtime.logs(self._container)
        since = float("-inf")
        if options.since_seconds is not None:
            since = clock.now - options.since_seconds
        elif options.since_time is not None:
            since = int(options.since_time) - (clock.unix - clock.now)
        at = next((number for number, line in enumerate(lines) if line.time >= since), len(lines))
        return at if options.tail_lines is None else max(at, len(lines) - options.tail_lines)

    def poll(self) -> Polled[bytes]:
        """The lines that were written since the last look. O(1) if there are none."""
        lines = self._runtime.logs(self._container)
        new, self._at = lines[self._at :] if len(lines) > self._at else (), len(lines)
        pieces = []
        for line in new:
            if self._left is not None and self._left <= 0:
                break
            stamp = f"{nine_digits(self._runtime.loop.clock, line.time)} " if self._options.timestamps else ""
            piece = to_bytes(f"{stamp}{line.whole}")[: self._left]
            self._left = None if self._left is None else self._left - len(piece)
            pieces.append(piece)
        container = self._runtime.container(self._container)
        goes_on = self._options.follow and container is not None and container.state != "exited" and self._left != 0
        return Polled(tuple(pieces), ended=not goes_on)


def nine_digits(clock: Clock, moment: float) -> str:
    """A moment, in seconds since the start, as logs are stamped: with nine digits of a second, of which six count."""
    return f"{str(MicroTime(round((clock.unix - clock.now + moment) * 1_000_000))).removesuffix('Z')}000Z"


def container_of(pod: Any, name: str) -> str:
    """The name of the container that is meant. Raises BadRequest if it could be several, or none is called so."""
    spec = pod.spec
    names = [each.name for each in (*spec.init_containers, *spec.containers, *spec.ephemeral_containers)]
    if not name:
        if len(spec.containers) > 1:
            shown = " ".join(names)
            raise errors.BadRequest(
                f"a container name must be specified for pod {pod.metadata.name}, choose one of: [{shown}]"
            )
        return str(spec.containers[0].name)
    if name not in names:
        raise errors.BadRequest(f"container {name} is not valid for pod {pod.metadata.name}")
    return name


def check_node(kubelets: Kubelets, pod: Any) -> None:
    """Raise InternalError if the node of a pod has no kubelet that answers, as a server says that cannot reach it."""
    machine = machine_of(kubelets, pod.spec.node_name)
    if not (machine.running and machine.reachable):
        raise failures.internal_error(f"dial tcp {machine.address}:{KUBELET_PORT}: connect: connection refused")


def check_runtime(kubelets: Kubelets, pod: Any) -> None:
    """Raise InternalError if the container runtime of a pod's node does not answer, as its kubelet says it."""
    if machine_of(kubelets, pod.spec.node_name).lost_runtime is not None:
        raise failures.internal_error(NO_RUNTIME)


def machine_of(kubelets: Kubelets, node: str) -> Machine:
    """The machine of a node. Raises InternalError for a node that has none, as a server says that cannot find it."""
    machine = kubelets.state.nodes.get(node)
    if machine is None:
        raise failures.internal_error("no preferred addresses found; known addresses: []")
    return machine


def log(kubelets: Kubelets, pod: Any, options: LogOptions) -> Source[bytes]:
    """What a container has logged; nothing for a pod without a node. Raises BadRequest, InternalError."""
    name = container_of(pod, options.container)
    if not pod.spec.node_name:
        return Given()
    check_node(kubelets, pod)
    worker = kubelets.worker_of(pod)
    slot = worker.slot(name) if worker is not None else None
    which = f'container "{name}" in pod "{pod.metadata.name}"'
    if options.previous:
        found = slot.last if slot is not None else ""
        if not found:
            raise errors.BadRequest(f"previous terminated {which} not found")
    else:
        found = (slot.container or slot.last) if slot is not None else ""
        if not found:
            reason = (slot.waiting if slot is not None else "") or (
                "PodInitializing" if pod.spec.init_containers else "ContainerCreating"
            )
            raise errors.BadRequest(f"{which} is waiting to start: {WAITING.get(reason, reason)}")
    return Log(kubelets.runtime, found, options)


def connection(kubelets: Kubelets, pod: Any, request: Request) -> Callable[[], Talk]:
    """How to begin to talk to a container, as exec or attach asks for it.

    Raises BadRequest for what the API server refuses; what the node refuses is raised by the function.
    """
    options: ConnectOptions = request.options
    name = container_of(pod, options.container)
    if not pod.spec.node_name:
        raise errors.BadRequest(f"pod {pod.metadata.name} does not have a host assigned")
    return lambda: _talk(kubelets, pod, name, request.subresource, options)


def _talk(kubelets: Kubelets, pod: Any, name: str, how: str, options: ConnectOptions) -> Talk:
    """Begin to talk to a container. Raises InternalError if it does not run, BadRequest for a talk about nothing."""
    check_node(kubelets, pod)
    check_runtime(kubelets, pod)
    if not (options.stdin or options.stdout or options.stderr):
        raise errors.BadRequest("you must specify at least 1 of stdin, stdout, stderr")
    runtime = kubelets.runtime
    worker = kubelets.worker_of(pod)
    current = runtime.container(worker.slot(name).container) if worker is not None else None
    if current is None or current.state != "running":
        raise failures.internal_error(f'unable to upgrade connection: container not found ("{name}")')
    if how == "exec":
        return runtime.begin(current.id, options)
    specs = (*pod.spec.containers, *pod.spec.init_containers)
    once = any(each.stdin_once for each in specs if each.name == name)
    return Attachment(runtime, current.id, options, once)
