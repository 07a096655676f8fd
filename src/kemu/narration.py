"""A cluster's story as it happens: one line for every change that a person watching would care about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .apiserver.tables import pod_status

if TYPE_CHECKING:
    from .cluster import Cluster
    from .runtime_fake import Container, LogLine

Say = Callable[[str], None]


class Narrator:
    """Tells of what has happened since it was last asked. `say` gets one line at a time."""

    def __init__(self, cluster: Cluster, say: Say, namespace: str = "default") -> None:
        self._cluster = cluster
        self._say = say
        self._namespace = namespace
        self._revision = cluster.store.revision
        self._words: dict[str, str] = {}
        self._written: list[tuple[float, str]] = []
        cluster.runtime.on_write = self._wrote

    def catch_up(self) -> None:
        """Tell everything that is new: first what changed, then what containers wrote."""
        cluster = self._cluster
        if cluster.store.revision != self._revision:
            since, self._revision = self._revision + 1, cluster.store.revision
            for change in cluster.history(namespace=self._namespace, since=since):
                line = self._line(change)
                if line:
                    self.tell(change.time, line)
        if self._written:
            told, self._written = self._written, []
            for time, line in told:
                self.tell(time, line)

    def tell(self, time: float, text: str) -> None:
        """One line of the story, with its moment in virtual time."""
        self._say(f"{time:9.3f}s  {text}")

    def _wrote(self, container: Container, lines: Sequence[LogLine]) -> None:
        sandbox = self._cluster.runtime.sandbox(container.sandbox)
        if sandbox is not None and sandbox.namespace == self._namespace:
            name = f"pod/{sandbox.name} [{container.name}]"
            self._written.extend((line.time, f"{name} {line.text}") for line in lines if line.text)

    def _line(self, change: Any) -> str:
        obj, kind = change.object, change.kind
        name = f"{kind.lower()}/{obj.metadata.name}"
        if kind == "Event":
            involved = obj.involved_object
            if obj.type == "Warning" and change.type == "ADDED":
                return f"{involved.kind.lower()}/{involved.name} warning: {obj.reason}: {obj.message}"
            return ""
        if kind == "Pod":
            return self._pod(change, name)
        if kind in ("Endpoints", "EndpointSlice", "Lease", "ServiceAccount") or obj.metadata.name == "kube-root-ca.crt":
            return ""
        if change.type == "ADDED":
            return f"{name} created"
        return f"{name} deleted" if change.type == "DELETED" else ""

    def _pod(self, change: Any, name: str) -> str:
        pod = change.object
        if change.type == "DELETED":
            self._words.pop(pod.metadata.uid, None)
            return f"{name} is gone"
        word = pod_status(pod)
        ready = any(condition.type == "Ready" and condition.status == "True" for condition in pod.status.conditions)
        if word == "Running" and ready:
            word = "Running and Ready"
        if word == "Pending" and pod.spec.node_name:
            word = f"scheduled to {pod.spec.node_name}"
        if self._words.get(pod.metadata.uid) == word:
            return ""
        self._words[pod.metadata.uid] = word
        return f"{name} {word}"
