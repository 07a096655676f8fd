"""Port-forwards: connections from outside of the cluster to what listens in a pod, as its kubelet opens them.

What listens in a simulated pod speaks HTTP. A connection is given bytes, and gives back the bytes of the answers to the
requests that are whole by then; it keeps nothing else, and no time passes.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ... import errors
from ...containers.calls import Call
from ...containers.files import to_text
from ...containers.http_text import Asked, Connection
from .serving import check_node

if TYPE_CHECKING:
    from .fleet import Kubelets

LOCAL = "127.0.0.1"


class Forward:
    """A port-forward to one pod, in the hands of who has asked for it."""

    __slots__ = ("_kubelets", "_pod", "_turns", "ports")

    def __init__(
        self, kubelets: Kubelets, pod: Any, turns: AbstractContextManager[Any], ports: tuple[int, ...]
    ) -> None:
        self._kubelets = kubelets
        self._pod = pod
        self._turns = turns
        self.ports = ports
        """Those that were asked for from the start."""

    def open(self, port: int) -> Connection | str:
        """A connection to a port of the pod, or why there is none."""
        worker = self._kubelets.worker_of(self._pod)
        sandbox = worker.sandbox if worker is not None and worker.sandbox_ready else ""
        if not sandbox:
            return f"error forwarding port {port} to pod: failed to find sandbox of pod {self._pod.metadata.name}"
        if self._asked(port, Asked("")) is None:
            inside = f'failed to connect to localhost:{port} inside namespace "{sandbox}"'
            why = f"IPv4: dial tcp4 {LOCAL}:{port}: connect: connection refused"
            return f"error forwarding port {port} to pod {sandbox}, uid : {inside}, {why}"
        return Connection(lambda asked: self._asked(port, asked))

    def _asked(self, port: int, asked: Asked) -> tuple[int, str] | None:
        """What the pod answers there; for no path, whether it listens."""
        with self._turns:
            worker = self._kubelets.worker_of(self._pod)
            if worker is None or not worker.ip:
                return None
            call = Call(asked.path, LOCAL, asked.method, to_text(asked.body))
            answer = self._kubelets.on_network.answers(worker.ip, port, call)
            return None if isinstance(answer, str) else answer


def forward(kubelets: Kubelets, pod: Any, ports: tuple[int, ...], turns: AbstractContextManager[Any]) -> Forward:
    """A port-forward to a pod. Raises BadRequest for a pod without a node, InternalError if its node is not there."""
    if not pod.spec.node_name:
        raise errors.BadRequest(f"pod {pod.metadata.name} does not have a host assigned")
    check_node(kubelets, pod)
    return Forward(kubelets, pod, turns, ports)
