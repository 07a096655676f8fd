"""Subresources that are not just a part of the object: scale, binding, eviction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import errors
from ..objects import autoscaling_v1, core, evolve, meta, policy
from ..objects.scheme import Kind
from ..values.frozen import FrozenMap
from ..values.selectors import selector_of
from . import failures
from .resources import Resource, row
from .server import ApiServer, Context, DeleteOptions

SCALE = row(
    Kind(
        group="autoscaling",
        version="v1",
        kind="Scale",
        plural="scales",
        singular="scale",
        short_names=(),
        categories=(),
        namespaced=True,
        verbs=(),
        subresources=FrozenMap(),
    )
)
"""The row of what the scale subresource reads and writes; it is served under no path of its own."""

SCALABLE = frozenset(["deployments.apps", "replicasets.apps", "statefulsets.apps", "replicationcontrollers"])


def scale_of(obj: Any) -> Any:
    """The Scale of a workload: what autoscalers and `kubectl scale` see."""
    selector = obj.spec.selector
    if isinstance(selector, Mapping):
        text = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    else:
        text = str(selector_of(selector))
    metadata = obj.metadata
    return autoscaling_v1.Scale(
        metadata=meta.ObjectMeta(
            name=metadata.name,
            namespace=metadata.namespace,
            uid=metadata.uid,
            resource_version=metadata.resource_version,
            creation_timestamp=metadata.creation_timestamp,
        ),
        spec={"replicas": obj.spec.replicas or 0},
        status={"replicas": obj.status.replicas or 0, "selector": text},
    )


def rescale(server: ApiServer, resource: Resource, namespace: str, name: str, scale: Any, context: Context) -> Any:
    """Write a Scale back: only `spec.replicas` of the workload changes. Returns the new Scale."""
    wanted = scale.spec.replicas or 0
    if wanted < 0:
        problem = failures.invalid_value("spec.replicas", wanted, "must be greater than or equal to 0")
        raise failures.invalid(SCALE.kind, name, [problem])

    def change(old: Any) -> Any:
        metadata = evolve(
            old.metadata,
            resource_version=scale.metadata.resource_version or old.metadata.resource_version,
            uid=scale.metadata.uid or old.metadata.uid,
        )
        return evolve(old, metadata=metadata, spec=evolve(old.spec, replicas=wanted))

    return scale_of(server.update(resource, namespace, name, change, context, subresource="scale"))


def bind(
    server: ApiServer,
    namespace: str,
    name: str,
    node: str,
    context: Context,
    *,
    uid: str | None = None,
    annotations: Mapping[str, str] = FrozenMap(),
    labels: Mapping[str, str] = FrozenMap(),
) -> Any:
    """Assign a Pod to a node, for good, whatever node it was nominated for.

    Raises Conflict if it has a node already, is being deleted, or has scheduling gates.
    """
    pods = server.resources.of(core.Pod)

    def refused(why: str) -> errors.Conflict:
        text = f'Operation cannot be fulfilled on pods/binding "{name}": {why}'
        return errors.Conflict(text, details={"name": name, "kind": "pods/binding"})

    def change(pod: Any) -> Any:
        if uid and uid != pod.metadata.uid:
            why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {pod.metadata.uid}"
            raise failures.conflict(pods.kind, name, why)
        if pod.metadata.deletion_timestamp is not None:
            raise refused(f"pod {name} is being deleted, cannot be assigned to a host")
        if pod.spec.node_name:
            raise refused(f'pod {name} is already assigned to node "{pod.spec.node_name}"')
        if pod.spec.scheduling_gates:
            raise refused(f"pod {name} has non-empty .spec.schedulingGates")
        scheduled = core.PodCondition(type="PodScheduled", status="True", last_transition_time=server.timestamp())
        others = tuple(condition for condition in pod.status.conditions if condition.type != "PodScheduled")
        metadata = pod.metadata
        if annotations:
            metadata = evolve(metadata, annotations=FrozenMap({**metadata.annotations, **annotations}))
        if labels:
            metadata = evolve(metadata, labels=FrozenMap({**metadata.labels, **labels}))
        return evolve(
            pod,
            metadata=metadata,
            spec=evolve(pod.spec, node_name=node),
            status=evolve(pod.status, conditions=(*others, scheduled), nominated_node_name=None),
        )

    return server.update(pods, namespace, name, change, context, subresource="binding")


def evict(
    server: ApiServer, namespace: str, name: str, eviction: Any, options: DeleteOptions, context: Context
) -> None:
    """Delete a Pod if its disruption budget allows. Raises TooManyRequests if not."""
    pods = server.resources.of(core.Pod)
    pod = server.get(pods, namespace, name)
    if pod.status.phase not in ("Succeeded", "Failed", "Pending") and pod.metadata.deletion_timestamp is None:
        _spend_budget(server, namespace, pod, context)
    if pod.metadata.deletion_timestamp is None and not context.dry_run:
        server.update(pods, namespace, name, lambda old: _disrupted(server, old), context, subresource="status")
    server.delete(pods, namespace, name, options, context)


def _disrupted(server: ApiServer, pod: Any) -> Any:
    condition = core.PodCondition(
        type="DisruptionTarget",
        status="True",
        reason="EvictionByEvictionAPI",
        message="Eviction API: evicting",
        last_transition_time=server.timestamp(),
    )
    others = tuple(each for each in pod.status.conditions if each.type != "DisruptionTarget")
    return evolve(pod, status=evolve(pod.status, conditions=(*others, condition)))


def _spend_budget(server: ApiServer, namespace: str, pod: Any, context: Context) -> None:
    budgets = server.resources.of(policy.PodDisruptionBudget)
    matching = [
        pair.value
        for pair in server.store.items(budgets.collection(namespace))
        if pair.value.spec.selector is not None and selector_of(pair.value.spec.selector).matches(pod.metadata.labels)
    ]
    if len(matching) > 1:
        raise failures.unexplained(
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        )
    if not matching:
        return
    budget = matching[0]
    name = budget.metadata.name
    if budget.status.observed_generation is not None and budget.status.observed_generation < budget.metadata.generation:
        text = "Cannot evict pod as it would violate the pod's disruption budget."
        raise errors.TooManyRequests(
            text,
            details={
                "retryAfterSeconds": 10,
                "causes": [
                    {
                        "reason": "DisruptionBudget",
                        "message": f"The disruption budget {name} is still being processed by the server.",
                    }
                ],
            },
        )
    if (budget.status.disruptions_allowed or 0) <= 0:
        raise errors.TooManyRequests(
            "Cannot evict pod as it would violate the pod's disruption budget.",
            details={
                "causes": [
                    {
                        "reason": "DisruptionBudget",
                        "message": f"The disruption budget {name} needs {budget.status.desired_healthy} healthy pods "
                        f"and has {budget.status.current_healthy} currently",
                    }
                ]
            },
        )

    def spend(old: Any) -> Any:
        disrupted = FrozenMap({**old.status.disrupted_pods, pod.metadata.name: server.timestamp()})
        allowed = (old.status.disruptions_allowed or 0) - 1
        return evolve(old, status=evolve(old.status, disruptions_allowed=allowed, disrupted_pods=disrupted))

    server.update(budgets, namespace, name, spend, context, subresource="status")
