"""DefaultBinder: bind the pod through its `binding` subresource."""

from __future__ import annotations

from ..framework import CycleState, Plugin, Status
from ..shapes import PodInfo


class DefaultBinder(Plugin):
    """Writes the binding."""

    name = "DefaultBinder"

    def bind(self, state: CycleState, pod: PodInfo, node_name: str) -> Status | None:
        """Bind the pod to the node; what the API server refuses comes back as an error."""
        failure: Status | None = self.handle.writer.bind(pod.pod, node_name)
        return failure
