"""Where pods may run: affinity, taints, tolerations, topology spread, node selectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import Int64, Time, always, pointer, required
from ..model import Struct

if TYPE_CHECKING:
    from .. import meta

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"

NodeInclusionPolicy = Literal["Honor", "Ignore"]
NodeSelectorOperator = Literal["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"]
TaintEffect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
TolerationOperator = Literal["Equal", "Exists", "Gt", "Lt"]
UnsatisfiableConstraintAction = Literal["DoNotSchedule", "ScheduleAnyway"]


class TopologySelectorTerm(Struct, map_type="atomic"):
    """Parts of the cluster, by labels of their nodes."""

    match_label_expressions: tuple[TopologySelectorLabelRequirement, ...]


class TopologySelectorLabelRequirement(Struct):
    """The values that one label may have."""

    key: str
    values: tuple[str, ...] = always


class Affinity(Struct):
    """Where a pod wants to be, and near which other pods it wants or does not want to be."""

    node_affinity: NodeAffinity | None
    pod_affinity: PodAffinity | None
    pod_anti_affinity: PodAntiAffinity | None


class NodeAffinity(Struct):
    """The nodes that a pod must or would like to run on."""

    required_during_scheduling_ignored_during_execution: NodeSelector | None
    preferred_during_scheduling_ignored_during_execution: tuple[PreferredSchedulingTerm, ...]


class NodeSelector(Struct, map_type="atomic"):
    """Which nodes are acceptable: any of several terms."""

    node_selector_terms: tuple[NodeSelectorTerm, ...] = always


class NodeSelectorTerm(Struct, map_type="atomic"):
    """Conditions on labels and fields of a node, all of which must hold."""

    match_expressions: tuple[NodeSelectorRequirement, ...]
    match_fields: tuple[NodeSelectorRequirement, ...]


class NodeSelectorRequirement(Struct):
    """One condition on one label or field of a node."""

    key: str
    operator: NodeSelectorOperator
    values: tuple[str, ...]


class PreferredSchedulingTerm(Struct):
    """A wish about nodes, and how much it counts."""

    weight: int
    preference: NodeSelectorTerm = required


class PodAffinity(Struct):
    """The pods that a pod must or would like to be near."""

    required_during_scheduling_ignored_during_execution: tuple[PodAffinityTerm, ...]
    preferred_during_scheduling_ignored_during_execution: tuple[WeightedPodAffinityTerm, ...]


class PodAffinityTerm(Struct):
    """Some other pods, and what counts as near."""

    label_selector: meta.LabelSelector | None
    namespaces: tuple[str, ...]
    topology_key: str
    namespace_selector: meta.LabelSelector | None
    match_label_keys: tuple[str, ...]
    mismatch_label_keys: tuple[str, ...]


class WeightedPodAffinityTerm(Struct):
    """A wish about other pods, and how much it counts."""

    weight: int
    pod_affinity_term: PodAffinityTerm = required


class PodAntiAffinity(Struct):
    """The pods that a pod must not or would rather not be near."""

    required_during_scheduling_ignored_during_execution: tuple[PodAffinityTerm, ...]
    preferred_during_scheduling_ignored_during_execution: tuple[WeightedPodAffinityTerm, ...]


class Taint(Struct):
    """A reason for pods to stay away from a node, which they can tolerate."""

    key: str
    value: str | None
    effect: TaintEffect
    time_added: Time | None


class Toleration(Struct):
    """A taint that a pod puts up with."""

    key: str | None
    operator: TolerationOperator | None
    value: str | None
    effect: TaintEffect | None
    toleration_seconds: Int64 | None = pointer


class TopologySpreadConstraint(Struct):
    """How evenly pods are spread over the parts of a cluster."""

    max_skew: int
    topology_key: str
    when_unsatisfiable: UnsatisfiableConstraintAction
    label_selector: meta.LabelSelector | None
    min_domains: int | None = pointer
    node_affinity_policy: NodeInclusionPolicy | None = pointer
    node_taints_policy: NodeInclusionPolicy | None = pointer
    match_label_keys: tuple[str, ...]
