"""What the scheduler writes: bindings, conditions, nominations, evictions, volumes and events."""

from __future__ import annotations

from typing import Any

from ...errors import ApiError, Conflict, NotFound
from ...kit import Client, EventRecorder
from ...objects import Pod, core, evolve
from ...values.times import Time
from .framework import Status, error
from .volumes import AssumedVolumes

NOTE_LIMIT = 1024
"""Longest event note that the API server takes."""


class Writer:
    """Every write of the scheduler. Events name the profile that handles the pod."""

    def __init__(self, client: Client, recorder: EventRecorder, volumes: AssumedVolumes) -> None:
        self.client = client
        self.volumes = volumes
        self._recorder = recorder
        self._recorders: dict[str, EventRecorder] = {recorder.component: recorder}

    def fork(self, client: Client, recorder: EventRecorder, volumes: AssumedVolumes) -> Writer:
        """A writer for a forked cluster."""
        twin = Writer(client, recorder, volumes)
        for name, own in self._recorders.items():
            if own is not self._recorder:
                twin._recorders[name] = own.fork(client)
        return twin

    def event(self, pod: Any, kind: str, reason: str, note: str, action: str, related: Any | None = None) -> None:
        """Record an event in the name of the pod's profile; what is too long is cut as upstream cuts it."""
        profile = (related or pod).spec.scheduler_name
        recorder = self._recorders.get(profile)
        if recorder is None:
            recorder = self._recorders[profile] = EventRecorder(self.client, profile)
        if len(note) > NOTE_LIMIT:
            note = note[: NOTE_LIMIT - 4] + " ..."
        recorder.event(pod, kind, reason, note, action=action, related=related)

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
        return Time(int(self.client.unix))

    def release(self, claim: Any, uid: str) -> None:
        """Take a pod's reservation of a resource claim back; a claim that is gone or another one is left alone."""
        metadata = claim.metadata

        def change(current: Any) -> Any:
            if current.metadata.uid != metadata.uid:
                return current
            users = tuple(user for user in current.status.reserved_for if user.uid != uid)
            return evolve(current, {"status.reserved_for": users})

        try:
            written = self.client.change(type(claim), metadata.name, metadata.namespace, change, subresource="status")
        except (NotFound, Conflict):
            return
        self.volumes.await_newer("ResourceClaim", f"{metadata.namespace}/{metadata.name}", written)

    def _status(self, pod: Any, change: Any) -> None:
        metadata = pod.metadata
        try:
            self.client.change(Pod, metadata.name, metadata.namespace, change, subresource="status")
        except (NotFound, Conflict):
            return

    def reject(self, pod: Any, reason: str, message: str, nominated: str | None) -> None:
        """Write the PodScheduled condition, and the nomination unless it is None."""
        condition = self._condition(pod, "PodScheduled", "False", reason, message)
        uid = pod.metadata.uid

        def change(current: Any) -> Any:
            if current.metadata.uid != uid:
                return current
            changes: dict[str, Any] = {}
            conditions = with_condition(current.status.conditions, condition)
            if conditions is not current.status.conditions:
                changes["status.conditions"] = conditions
            if nominated is not None and (current.status.nominated_node_name or "") != nominated:
                changes["status.nominated_node_name"] = nominated or None
            return evolve(current, changes) if changes else current

        self._status(pod, change)

    def nominate(self, pod: Any, node_name: str) -> None:
        """Write `status.nominatedNodeName`; "" clears it."""
        if (pod.status.nominated_node_name or "") != node_name:
            self._status(pod, lambda current: evolve(current, {"status.nominated_node_name": node_name or None}))

    def clear_nomination(self, pod: Any) -> None:
        """A more important pod takes the node that this one was nominated to."""
        self.nominate(pod, "")

    def preempt(self, victim: Any, preemptor: Any, node_name: str, *, in_memory: bool = False) -> None:
        """Evict a victim: condition, deletion, event. Only the event for one that was turned back `in_memory`."""
        note = f"Preempted by pod {preemptor.metadata.uid} on node {node_name}"
        if in_memory:
            note += " (in kube-scheduler memory)."
        elif not self._evict(victim, preemptor):
            return
        self.event(victim, "Normal", "Preempted", note, "Preempting", related=preemptor)

    def _evict(self, victim: Any, preemptor: Any) -> bool:
        message = f"{preemptor.spec.scheduler_name}: preempting to accommodate a higher priority pod"
        condition = self._condition(victim, "DisruptionTarget", "True", "PreemptionByScheduler", message)
        name, namespace = victim.metadata.name, victim.metadata.namespace
        current = self.client.find(Pod, name, namespace)
        if current is None or current.metadata.uid != victim.metadata.uid:
            return False

        def change(pod: Any) -> Any:
            conditions = with_condition(pod.status.conditions, condition)
            return evolve(pod, {"status.conditions": conditions})

        self._status(victim, change)
        try:
            self.client.delete(Pod, name, namespace)
        except NotFound:
            return False
        return True

    def _condition(self, pod: Any, kind: str, status: str, reason: str, message: str) -> core.PodCondition:
        return core.PodCondition(
            type=kind,
            status=status,
            reason=reason,
            message=message,
            observed_generation=pod.metadata.generation or None,
            last_transition_time=Time(int(self.client.unix)),
        )


def with_condition(conditions: tuple[Any, ...], condition: Any) -> tuple[Any, ...]:
    """The conditions with one set; the same tuple when that says nothing new.

    The transition time moves only with the status.
    """
    for index, present in enumerate(conditions):
        if present.type != condition.type:
            continue
        if present.status == condition.status:
            condition = evolve(condition, last_transition_time=present.last_transition_time)
        if present == condition:
            return conditions
        return (*conditions[:index], condition, *conditions[index + 1 :])
    return (*conditions, condition)
