"""Where pods may run: affinity, taints, tolerations, topology spread, node selectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import Int64, Time, always, field, pointer
from ..model import Struct

if TYPE_CHECKING:
    from .. import meta

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"

NodeInclusionPolicy = Literal["Honor", "Ignore"]
NodeSelectorOperator = Literal["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"]
TaintEffect = Literal["NoExecute", "NoSchedule", "PreferNoSchedule"]
TolerationOperator = Literal["Equal", "Exists", "Gt", "Lt"]
UnsatisfiableConstraintAction = Literal["DoNotSchedule", "ScheduleAnyway"]


class NodeSelector(Struct, map_type="atomic"):
    """TODO"""

    node_selector_terms: tuple[NodeSelectorTerm, ...] = always


class NodeSelectorTerm(Struct, map_type="atomic"):
    """TODO"""

    match_expressions: tuple[NodeSelectorRequirement, ...]
    match_fields: tuple[NodeSelectorRequirement, ...]


class NodeSelectorRequirement(Struct):
    """TODO"""

    key: str
    operator: NodeSelectorOperator
    values: tuple[str, ...]


class TopologySelectorTerm(Struct, map_type="atomic"):
    """TODO"""

    match_label_expressions: tuple[TopologySelectorLabelRequirement, ...]


class TopologySelectorLabelRequirement(Struct):
    """TODO"""

    key: str
    values: tuple[str, ...] = always


class Affinity(Struct):
    """TODO"""

    node_affinity: NodeAffinity | None
    pod_affinity: PodAffinity | None
    pod_anti_affinity: PodAntiAffinity | None


class PodAffinity(Struct):
    """TODO"""

    required_during_scheduling_ignored_during_execution: tuple[PodAffinityTerm, ...]
    preferred_during_scheduling_ignored_during_execution: tuple[WeightedPodAffinityTerm, ...]


class PodAntiAffinity(Struct):
    """TODO"""

    required_during_scheduling_ignored_during_execution: tuple[PodAffinityTerm, ...]
    preferred_during_scheduling_ignored_during_execution: tuple[WeightedPodAffinityTerm, ...]


class WeightedPodAffinityTerm(Struct):
    """TODO"""

    weight: int
    pod_affinity_term: PodAffinityTerm = field(required=True)


class PodAffinityTerm(Struct):
    """TODO"""

    label_selector: meta.LabelSelector | None
    namespaces: tuple[str, ...]
    topology_key: str
    namespace_selector: meta.LabelSelector | None
    match_label_keys: tuple[str, ...]
    mismatch_label_keys: tuple[str, ...]


class NodeAffinity(Struct):
    """TODO"""

    required_during_scheduling_ignored_during_execution: NodeSelector | None
    preferred_during_scheduling_ignored_during_execution: tuple[PreferredSchedulingTerm, ...]


class PreferredSchedulingTerm(Struct):
    """TODO"""

    weight: int
    preference: NodeSelectorTerm = field(required=True)


class Taint(Struct):
    """TODO"""

    key: str
    value: str | None
    effect: TaintEffect
    time_added: Time | None


class Toleration(Struct):
    """TODO"""

    key: str | None
    operator: TolerationOperator | None
    value: str | None
    effect: TaintEffect | None
    toleration_seconds: Int64 | None = pointer


class TopologySpreadConstraint(Struct):
    """TODO"""

    max_skew: int
    topology_key: str
    when_unsatisfiable: UnsatisfiableConstraintAction
    label_selector: meta.LabelSelector | None
    min_domains: int | None = pointer
    node_affinity_policy: NodeInclusionPolicy | None = pointer
    node_taints_policy: NodeInclusionPolicy | None = pointer
    match_label_keys: tuple[str, ...]
