"""What the scheduler writes: bindings, conditions, nominations, evictions, volumes and events."""

from __future__ import annotations

from typing import Any

from ...errors import ApiError, Conflict, InternalError, NotFound, ServiceUnavailable
from ...kit import Client, EventRecorder
from ...objects import Pod, core, evolve
from ...objects.conditions import find_condition, with_condition
from ...values.times import Time
from .framework import Status, error
from .volumes import AssumedVolumes

PATCH_ATTEMPTS = 4
"""How often the status of a pod is patched while the server fails; upstream waits 0.3 seconds in all meanwhile."""

NOTE_LIMIT = 1024
"""Longest event note that the API server takes."""


class Writer:
    """Every write of the scheduler. Events name the profile that handles the pod."""

    def __init__(self, client: Client, recorder: EventRecorder, volumes: AssumedVolumes) -> None:
        self.client = client
        self.volumes = volumes
        self._recorder = recorder

    def event(self, pod: Any, kind: str, reason: str, note: str, action: str, related: Any | None = None) -> None:
        """Record an event in the name of the pod's profile; what is too long is cut as upstream cuts it."""
        profile = (related or pod).spec.scheduler_name
        if len(note) > NOTE_LIMIT:
            note = note[: NOTE_LIMIT - 4] + " ..."
        self._recorder.named(profile).event(pod, kind, reason, note, action=action, related=related)

    def bind(self, pod: Any, node_name: str) -> Status | None:
        """Bind a pod; the API server's refusal comes back as an error."""
        try:
            self.client.bind(pod, node_name)
        except ApiError as problem:
            return error(problem.message)
        return None

    def update(self, obj: Any) -> Any:
        """Replace an object. Raises ApiError."""
        return self.client.update(obj)

    def update_status(self, obj: Any) -> Any:
        """Replace an object's status. Raises ApiError."""
        return self.client.update_status(obj)

    def timestamp(self) -> Time:
        """Now, as API objects write it."""
        return self.client.stamp()

    def release(self, claim: Any, uid: str) -> None:
        """Take a pod's reservation of a resource claim back, if the server lets it; another claim is left alone."""
        metadata = claim.metadata
        try:
            current = self.client.find(type(claim), metadata.name, metadata.namespace)
            if current is None or current.metadata.uid != metadata.uid:
                return
            users = tuple(user for user in current.status.reserved_for if user.uid != uid)
            written = self.client.update_status(evolve(current, {"status.reserved_for": users}))
        except ApiError:
            return
        self.volumes.await_newer("ResourceClaim", f"{metadata.namespace}/{metadata.name}", written)

    def _status(self, pod: Any, status: dict[str, Any]) -> None:
        """Patch the status of a pod, which may be gone or another one by now."""
        for _ in range(PATCH_ATTEMPTS):
            try:
                self.client.patch(pod, {"status": status}, type="strategic", subresource="status")
            except (InternalError, ServiceUnavailable):
                continue
            except ApiError:
                return
            return

    def reject(self, pod: Any, reason: str, message: str, nominated: str | None) -> None:
        """Write the PodScheduled condition, and the nomination unless it is None; nothing if that says nothing new."""
        condition = self._condition(pod, "PodScheduled", "False", reason, message)
        status: dict[str, Any] = {}
        conditions = with_condition(pod.status.conditions, condition)
        if conditions is not pod.status.conditions:
            status["conditions"] = [find_condition(conditions, condition.type)]
        if nominated is not None and (pod.status.nominated_node_name or "") != nominated:
            status["nominatedNodeName"] = nominated or None
        if status:
            self._status(pod, status)

    def nominate(self, pod: Any, node_name: str) -> None:
        """Write `status.nominatedNodeName`; "" clears it."""
        if (pod.status.nominated_node_name or "") != node_name:
            self._status(pod, {"nominatedNodeName": node_name or None})

    def clear_nomination(self, pod: Any) -> None:
        """A more important pod takes the node that this one was nominated to."""
        self.nominate(pod, "")

    def preempt(self, victim: Any, preemptor: Any, node_name: str, *, in_memory: bool = False) -> Status | None:
        """Evict a victim: condition, deletion, event. Only the event for one that was turned back `in_memory`.

        The API server's refusal comes back as an error; a victim that is gone already is none.
        """
        note = f"Preempted by pod {preemptor.metadata.uid} on node {node_name}"
        if in_memory:
            note += " (in kube-scheduler memory)."
        else:
            try:
                self._evict(victim, preemptor)
            except (NotFound, Conflict):
                return None
            except ApiError as problem:
                return error(problem.message)
        self.event(victim, "Normal", "Preempted", note, "Preempting", related=preemptor)
        return None

    def _evict(self, victim: Any, preemptor: Any) -> None:
        message = f"{preemptor.spec.scheduler_name}: preempting to accommodate a higher priority pod"
        condition = self._condition(victim, "DisruptionTarget", "True", "PreemptionByScheduler", message)
        metadata = victim.metadata
        self._status(victim, {"conditions": [condition]})
        self.client.delete(Pod, metadata.name, metadata.namespace, uid=metadata.uid)

    def _condition(self, pod: Any, kind: str, status: str, reason: str, message: str) -> core.PodCondition:
        return core.PodCondition(
            type=kind,
            status=status,
            reason=reason,
            message=message,
            observed_generation=pod.metadata.generation or None,
            last_transition_time=self.client.stamp(),
        )
