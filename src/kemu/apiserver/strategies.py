"""What the server itself does to an object on create, update and delete, kind by kind.

The general rules come first: a client cannot set status except through the status subresource, and nothing else
through it; `generation` counts changes of the desired state; deletion waits for finalizers. The tables at the end hold
what single kinds add, such as the phase of a new Pod or the cluster IP of a Service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..objects import core, evolve, schema
from ..values.durations import wrapped_seconds
from ..values.frozen import FrozenMap
from . import qos
from .label_keys import with_label_keys
from .networking import allocate_service
from .request import DeleteOptions, Desk
from .resources import Resource

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
BUMPS_GENERATION = ("", "scale", "resize", "ephemeralcontainers")
"""The writes whose changes `generation` counts; binding a Pod to a node is none of them."""

TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
DEFAULT_GRACE = 30
"""Seconds a Pod gets to stop when neither the request nor the Pod says."""


# The general rules


def before_create(desk: Desk, resource: Resource, obj: Any) -> Any:
    """The object as it is first stored: without the status that a client may have sent, with what its kind adds."""
    if resource.has_status and resource.key not in STATUS_ON_CREATE:
        obj = evolve(obj, status=None)
    prepare = ON_CREATE.get(resource.key)
    return prepare(desk, obj) if prepare else obj


def before_update(desk: Desk, resource: Resource, new: Any, old: Any, subresource: str) -> Any:
    """The object as it will be stored: each part taken from the side that this request may write."""
    if resource.has_status:
        if subresource == "status":
            kept = STATUS_KEEPS.get(resource.key, _everything_but_status)
            new = kept(new, old)
            if resource.key in STATUS_KEEPS_LABELS:
                new = evolve(new, metadata=evolve(new.metadata, labels=old.metadata.labels))
        elif not subresource and resource.key not in STATUS_ON_UPDATE:
            new = new if new.status is old.status else evolve(new, status=old.status)
    prepare = ON_UPDATE.get(resource.key)
    if prepare:
        new = prepare(desk, new, old, subresource)
    counted = resource.counts_generation and subresource in BUMPS_GENERATION
    if counted and (desired_changed(new, old) or _annotations_count(resource, new, old)):
        new = evolve(new, metadata=evolve(new.metadata, generation=(old.metadata.generation or 0) + 1))
    return new


def ignored(resource: Resource, subresource: str) -> tuple[tuple[str, ...], ...]:
    """The fields that a write through this subresource leaves as they are, as the paths of ownership name them."""
    found: tuple[tuple[str, ...], ...] = ()
    if resource.has_status and resource.key not in STATUS_ON_UPDATE:
        found = (("f:spec",),) if subresource == "status" else (("f:status",),) if not subresource else ()
    if subresource == "status" and resource.key in STATUS_KEEPS_LABELS:
        found = (*found, ("f:metadata", "f:labels"))
    return found


def writable(resource: Resource, subresource: str, new: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of a write without what this subresource ignores: that is as it was, and the writer does not own it."""
    ignored: tuple[str, ...] = ()
    if resource.has_status and resource.key not in STATUS_ON_UPDATE:
        ignored = ("spec",) if subresource == "status" else ("status",) if not subresource else ()
    result = {key: value for key, value in new.items() if key not in ignored}
    result.update((key, old[key]) for key in ignored if key in old)
    if subresource == "status" and resource.key in STATUS_KEEPS_LABELS:
        metadata = {key: value for key, value in (new.get("metadata") or {}).items() if key != "labels"}
        labels = (old.get("metadata") or {}).get("labels")
        result["metadata"] = metadata if labels is None else {**metadata, "labels": labels}
    return result


def before_delete(desk: Desk, resource: Resource, old: Any, options: DeleteOptions) -> tuple[Any, bool]:
    """The object as the deletion leaves it, and whether it is to be removed at once."""
    metadata = old.metadata
    finalizers = _deletion_finalizers(resource, old, options.propagation)
    grace = _grace(resource, old, options)
    if metadata.deletion_timestamp is not None:
        left = metadata.deletion_grace_period_seconds or 0
        if grace is not None and grace < left:
            when = type(metadata.deletion_timestamp)(
                int(metadata.deletion_timestamp) - wrapped_seconds(left) + wrapped_seconds(grace)
            )
            metadata = evolve(metadata, deletion_timestamp=when, deletion_grace_period_seconds=grace)
        metadata = metadata if finalizers == metadata.finalizers else evolve(metadata, finalizers=finalizers)
        new = old if metadata is old.metadata else evolve(old, metadata=metadata)
        return new, not finalizers and not metadata.deletion_grace_period_seconds and resource.key != "namespaces"
    now = desk.stamp()
    seconds = grace or 0
    changes: dict[str, Any] = {
        "deletion_timestamp": type(now)(int(now) + wrapped_seconds(seconds)),
        "deletion_grace_period_seconds": None if resource.key == "namespaces" else seconds,
        "finalizers": finalizers,
    }
    if metadata.generation:
        changes["generation"] = metadata.generation + 1
    new = evolve(old, metadata=evolve(metadata, **changes))
    mark = ON_DELETE.get(resource.key)
    if mark:
        new = mark(desk, new)
    if finalizers or seconds or resource.key == "namespaces":
        return new, False
    return (new if resource.key == "pods" else old), True


def may_vanish(resource: Resource, new: Any, old: Any) -> bool:
    """Whether an object that is being deleted has lost its last reason to stay."""
    if resource.key == "namespaces":
        return not new.metadata.finalizers and not new.spec.finalizers
    return not new.metadata.finalizers and not new.metadata.deletion_grace_period_seconds


def desired_changed(new: Any, old: Any) -> bool:
    """Whether anything but metadata and status differs."""
    for field in schema.fields(type(new)):
        name = field.name
        if name in ("metadata", "status") or not field.stored:
            continue
        was, now = getattr(old, name), getattr(new, name)
        if now is not was and now != was:
            return True
    return False


def _annotations_count(resource: Resource, new: Any, old: Any) -> bool:
    """A Deployment's annotations are part of what is desired."""
    return resource.key == "deployments.apps" and new.metadata.annotations != old.metadata.annotations


def _everything_but_status(new: Any, old: Any) -> Any:
    """A status write: metadata and spec stay as they were, but for labels, annotations and finalizers."""
    if new.metadata is old.metadata:
        return evolve(old, status=new.status)
    metadata = evolve(
        old.metadata,
        labels=new.metadata.labels,
        annotations=new.metadata.annotations,
        finalizers=new.metadata.finalizers,
        owner_references=new.metadata.owner_references,
        managed_fields=new.metadata.managed_fields,
    )
    return evolve(old, metadata=metadata, status=new.status)


def _deletion_finalizers(resource: Resource, old: Any, propagation: str | None) -> tuple[str, ...]:
    kept = tuple(name for name in old.metadata.finalizers if name not in (FOREGROUND, ORPHAN))
    if propagation == "Foreground":
        return (*kept, FOREGROUND)
    if propagation == "Orphan":
        return (*kept, ORPHAN)
    if propagation == "Background":
        return kept
    if resource.key in ORPHANS and kept == old.metadata.finalizers:
        return (*kept, ORPHAN)
    return old.metadata.finalizers


def _grace(resource: Resource, old: Any, options: DeleteOptions) -> int | None:
    """Seconds of grace, or None where a deletion has none."""
    if resource.key != "pods":
        return None
    grace = options.grace_seconds
    if grace is None:
        grace = old.spec.termination_grace_period_seconds
        grace = DEFAULT_GRACE if grace is None else grace
    if not old.spec.node_name or old.status.phase in ("Failed", "Succeeded"):
        return 0
    return 1 if grace < 0 else grace


# What single kinds add


def _create_pod(desk: Desk, pod: Any) -> Any:
    status = evolve(pod.status, phase="Pending", qos_class=qos.class_of(pod.spec))
    if pod.spec.scheduling_gates:
        gated = _condition(
            desk,
            "PodScheduled",
            "False",
            "SchedulingGated",
            "Scheduling is blocked due to non-empty scheduling gates",
        )
        status = evolve(status, conditions=(gated,))
    return evolve(pod, status=status, spec=with_label_keys(pod.spec, pod.metadata.labels))


def _condition(desk: Desk, type_: str, status: str, reason: str, message: str) -> Any:
    return core.PodCondition(
        type=type_, status=status, reason=reason, message=message, last_transition_time=desk.stamp()
    )


def _update_pod(desk: Desk, new: Any, old: Any, subresource: str) -> Any:
    if subresource == "status":
        status = new.status
        if not status.qos_class:
            status = evolve(status, qos_class=old.status.qos_class)
        return evolve(new, status=status)
    return new


def _create_namespace(desk: Desk, namespace: Any) -> Any:
    spec = namespace.spec
    if "kubernetes" not in spec.finalizers:
        spec = evolve(spec, finalizers=(*spec.finalizers, "kubernetes"))
    return evolve(namespace, spec=spec, status=evolve(namespace.status, phase="Active"))


def _update_namespace(desk: Desk, new: Any, old: Any, subresource: str) -> Any:
    if subresource == "":
        new = evolve(new, spec=evolve(new.spec, finalizers=old.spec.finalizers))
    elif subresource == "finalize":
        new = evolve(new, status=old.status)
    return new


def _delete_namespace(desk: Desk, namespace: Any) -> Any:
    return evolve(namespace, status=evolve(namespace.status, phase="Terminating"))


def _create_service(desk: Desk, service: Any) -> Any:
    return allocate_service(desk, service, None)


def _update_service(desk: Desk, new: Any, old: Any, subresource: str) -> Any:
    return new if subresource == "status" else allocate_service(desk, new, old)


def _create_job(desk: Desk, job: Any) -> Any:
    if job.spec.manual_selector:
        return job
    uid, name = job.metadata.uid, job.metadata.name or ""
    own = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }
    template = job.spec.template
    labels = FrozenMap({**template.metadata.labels, **own})
    template = evolve(template, metadata=evolve(template.metadata, labels=labels))
    selector = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    job = evolve(job, spec=evolve(job.spec, template=template, selector=selector))
    return job if job.metadata.labels else evolve(job, metadata=evolve(job.metadata, labels=labels))


def _create_daemon_set(desk: Desk, daemon_set: Any) -> Any:
    return _template_generation(daemon_set, 1)


def _update_daemon_set(desk: Desk, new: Any, old: Any, subresource: str) -> Any:
    if subresource:
        return new
    before = int(old.metadata.annotations.get(TEMPLATE_GENERATION, "0") or 0)
    return _template_generation(new, before + (new.spec.template != old.spec.template))


def _template_generation(daemon_set: Any, generation: int) -> Any:
    """The annotation that counts the changes of a DaemonSet's template."""
    metadata = daemon_set.metadata
    annotations = FrozenMap({**metadata.annotations, TEMPLATE_GENERATION: str(generation)})
    return evolve(daemon_set, metadata=evolve(metadata, annotations=annotations))


def _create_volume(desk: Desk, volume: Any) -> Any:
    return evolve(volume, status={"phase": "Pending", "lastPhaseTransitionTime": desk.stamp()})


STATUS_ON_CREATE = frozenset(
    ["nodes", "pods", "namespaces", "persistentvolumes", "customresourcedefinitions.apiextensions.k8s.io"]
)
"""A status sent on create is kept (or replaced by what the kind's own rule says)."""

STATUS_ON_UPDATE = frozenset({"customresourcedefinitions.apiextensions.k8s.io"})

ORPHANS = frozenset({"jobs.batch", "replicationcontrollers"})
"""Kinds whose dependents stay if a deletion does not say what becomes of them, as in their first versions."""

STATUS_KEEPS_LABELS = frozenset({"deployments.apps"})
"""Kinds whose status subresource does not write labels either."""

STATUS_KEEPS: dict[str, Callable[[Any, Any], Any]] = {}
"""Kinds whose status subresource may write more than the status."""

ON_CREATE: dict[str, Callable[[Desk, Any], Any]] = {
    "pods": lambda desk, pod: _create_pod(desk, evolve(pod, status=None)),
    "namespaces": _create_namespace,
    "services": _create_service,
    "jobs.batch": _create_job,
    "daemonsets.apps": _create_daemon_set,
    "persistentvolumes": _create_volume,
    "persistentvolumeclaims": lambda desk, claim: evolve(claim, status={"phase": "Pending"}),
}

ON_UPDATE: dict[str, Callable[[Desk, Any, Any, str], Any]] = {
    "pods": _update_pod,
    "namespaces": _update_namespace,
    "services": _update_service,
    "daemonsets.apps": _update_daemon_set,
}

ON_DELETE: dict[str, Callable[[Desk, Any], Any]] = {"namespaces": _delete_namespace}
