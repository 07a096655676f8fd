"""A cluster's story as it happens: one line for every change that a person watching would care about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .apiserver.kinds.pods.cells import pod_status
from .objects.conditions import is_true
from .objects.pods import is_ready

if TYPE_CHECKING:
    from .cluster import Cluster
    from .history import Change
    from .runtime_fake import Container, LogLine

QUIET = ("Endpoints", "EndpointSlice", "Lease", "ServiceAccount", "ControllerRevision")
"""Kinds that come and go by themselves and tell a reader nothing."""

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
        """Tell everything that is new in the order of time; of one moment first what changed, then what was written."""
        cluster = self._cluster
        told, self._written = self._written, []
        if cluster.store.revision != self._revision:
            since, self._revision = self._revision + 1, cluster.store.revision
            changes = ((change.time, self._line(change)) for change in cluster.history(since=since))
            told = sorted([*(each for each in changes if each[1]), *told], key=lambda each: each[0])
        for time, line in told:
            self.tell(time, line)

    def tell(self, time: float, text: str) -> None:
        """One line of the story, with its moment in virtual time."""
        self._say(f"{time:9.3f}s  {' '.join(text.splitlines()).strip()}")

    def _wrote(self, container: Container, lines: Sequence[LogLine]) -> None:
        sandbox = self._cluster.runtime.sandbox(container.sandbox)
        if sandbox is not None:
            name = f"{self._named('pod', sandbox.name, sandbox.namespace)} [{container.name}]"
            self._written.extend((line.time, f"{name} {line.text}") for line in lines if line.text)

    def _named(self, kind: str, name: str, namespace: str | None) -> str:
        """The name of an object, with its namespace if that is not the one the story is about."""
        return f"{kind.lower()}/{name}" + (f" (in {namespace})" if namespace not in (None, "", self._namespace) else "")

    def _line(self, change: Change) -> str:
        obj, kind = change.object, change.kind
        name = self._named(kind, obj.metadata.name, obj.metadata.namespace)
        if kind == "Event":
            involved = obj.involved_object
            if obj.type == "Warning" and change.type == "ADDED":
                about = self._named(involved.kind, involved.name, involved.namespace)
                return f"{about} warning: {obj.reason}: {obj.message}"
            return ""
        if kind == "Pod":
            return self._pod(change, name)
        if kind in QUIET or obj.metadata.name == "kube-root-ca.crt":
            return ""
        if kind == "Node" and change.type == "MODIFIED":
            return self._node(change, name)
        if change.type == "ADDED":
            return f"{name} created"
        return f"{name} is gone" if change.type == "DELETED" else ""

    def _node(self, change: Change, name: str) -> str:
        ready = is_true(change.object.status.conditions, "Ready")
        word = ("Ready" if ready else "NotReady") + (", cordoned" if change.object.spec.unschedulable else "")
        before = self._words.get(name, "Ready")
        self._words[name] = word
        return f"{name} {word}" if word != before else ""

    def _pod(self, change: Change, name: str) -> str:
        pod = change.object
        if change.type == "DELETED":
            self._words.pop(pod.metadata.uid, None)
            return f"{name} is gone"
        word = pod_status(pod)
        if word == "Running" and is_ready(pod):
            word = "Running and Ready"
        if word == "Pending" and pod.spec.node_name:
            word = f"scheduled to {pod.spec.node_name}"
        if self._words.get(pod.metadata.uid) == word:
            return ""
        self._words[pod.metadata.uid] = word
        return f"{name} {word}"
