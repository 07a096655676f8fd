"""On which nodes a DaemonSet runs, and how its pods get there: each asks for one by its name. Everything is pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import attrs

from ...kit.pod_control import pod_from
from ...kit.revisions import LABEL
from ...objects import core, evolve
from ...objects.node_selectors import RequiredNodes
from ...objects.tolerations import tolerates, untolerated
from ...values.integers import integer
from ...values.memo import Memo

GENERATION = "deprecated.daemonset.template.generation"
"""The annotation of a DaemonSet that counts the changes of its template."""

GENERATION_LABEL = "pod-template-generation"
NODE_NAME = "metadata.name"

Effect = Literal["NoExecute", "NoSchedule"]
NO_EXECUTE: Effect = "NoExecute"
NO_SCHEDULE: Effect = "NoSchedule"
TOLERATED: tuple[tuple[str, Effect], ...] = (
    ("node.kubernetes.io/not-ready", NO_EXECUTE),
    ("node.kubernetes.io/unreachable", NO_EXECUTE),
    ("node.kubernetes.io/disk-pressure", NO_SCHEDULE),
    ("node.kubernetes.io/memory-pressure", NO_SCHEDULE),
    ("node.kubernetes.io/pid-pressure", NO_SCHEDULE),
    ("node.kubernetes.io/unschedulable", NO_SCHEDULE),
)
"""The taints that no pod of a DaemonSet minds, whatever its template says."""

NETWORK: tuple[str, Effect] = ("node.kubernetes.io/network-unavailable", NO_SCHEDULE)
"""What one on the network of its node does not mind either."""


def tolerations_of(spec: Any) -> tuple[Any, ...]:
    """The tolerations of a template with those that every DaemonSet has."""
    found = list(spec.tolerations)
    for key, effect in (*TOLERATED, NETWORK) if spec.host_network else TOLERATED:
        new = core.Toleration(key=key, operator="Exists", effect=effect)
        like = [n for n, each in enumerate(found) if evolve(each, toleration_seconds=None) == new]
        if like:
            found[like[0]] = new
        else:
            found.append(new)
    return tuple(found)


@attrs.frozen(eq=False)
class Placement:
    """What the template of a DaemonSet asks of nodes."""

    node_name: str
    required: RequiredNodes
    tolerations: tuple[Any, ...]

    def fits(self, node: Any) -> tuple[bool, bool]:
        """Whether a pod is to run on a node, and whether one that runs there may stay.

        A taint NoSchedule keeps new ones away and lets the others stay.
        """
        metadata = node.metadata
        if self.node_name not in ("", metadata.name) or not self.required.matches(metadata.name, metadata.labels):
            return False, False
        if untolerated(node.spec.taints, self.tolerations) is None:
            return True, True
        driven_out = (each for each in node.spec.taints if each.effect == NO_EXECUTE)
        return False, all(tolerates(self.tolerations, taint) for taint in driven_out)


placement_of = Memo(lambda spec: Placement(spec.node_name or "", RequiredNodes(spec), tolerations_of(spec)))
"""What the specification of a template asks of nodes."""


def generation_of(daemon_set: Any) -> str | None:
    """The number of the template, as its pods bear it; None where it cannot be read."""
    number = integer(daemon_set.metadata.annotations.get(GENERATION, ""))
    return None if number is None else str(number)


def new_pods(daemon_set: Any, digest: str, nodes: Iterable[str]) -> Iterator[Any]:
    """New pods of a DaemonSet for some nodes."""
    generation = generation_of(daemon_set)
    pod: Any = pod_from(daemon_set)
    labels = {**pod.metadata.labels, LABEL: digest}
    if generation is not None:
        labels[GENERATION_LABEL] = generation
    pod = evolve(pod, {"metadata.labels": labels, "spec.tolerations": placement_of(pod.spec).tolerations})
    for node in nodes:
        yield evolve(pod, {"spec.affinity": _bound_to(node, pod.spec.affinity)})


def _bound_to(node: str, affinity: Any) -> core.Affinity:
    """An affinity that asks for one node, instead of what it required of nodes before."""
    here = core.NodeSelectorRequirement(key=NODE_NAME, operator="In", values=(node,))
    selector = core.NodeSelector(node_selector_terms=(core.NodeSelectorTerm(match_fields=(here,)),))
    affinity = affinity or core.Affinity()
    of_nodes = affinity.node_affinity or core.NodeAffinity()
    of_nodes = evolve(of_nodes, required_during_scheduling_ignored_during_execution=selector)
    changed: core.Affinity = evolve(affinity, node_affinity=of_nodes)
    return changed


def target_of(pod: Any) -> str:
    """The node that a pod is on or asks for; empty if it asks for none, or for several."""
    if pod.spec.node_name:
        name: str = pod.spec.node_name
        return name
    of_nodes = None if pod.spec.affinity is None else pod.spec.affinity.node_affinity
    required = None if of_nodes is None else of_nodes.required_during_scheduling_ignored_during_execution
    for term in () if required is None else required.node_selector_terms:
        for field in term.match_fields:
            if field.key == NODE_NAME and field.operator == "In":
                return field.values[0] if len(field.values) == 1 else ""
    return ""


def is_updated(pod: Any, digest: str, generation: str | None) -> bool:
    """Whether a pod is of the current template, by its hash or by its number."""
    labels = pod.metadata.labels
    return labels.get(LABEL) == digest or (generation is not None and labels.get(GENERATION_LABEL) == generation)
