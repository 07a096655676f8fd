"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from ..declare import Int64, Time, always, pointer, required
from ..model import Struct
from .. import meta
API_VERSION = 'v1'
PACKAGE = 'io.k8s.api.core.v1'
NodeInclusionPolicy = Literal['Honor', 'Ignore']
NodeSelectorOperator = Literal['DoesNotExist', 'Exists', 'Gt', 'In', 'Lt', 'NotIn']
TaintEffect = Literal['NoSchedule', 'PreferNoSchedule', 'NoExecute']
TolerationOperator = Literal['Equal', 'Exists', 'Gt', 'Lt']
UnsatisfiableConstraintAction = Literal['DoNotSchedule', 'ScheduleAnyway']

class TopologySelectorTerm(Struct):
    match_label_expressions: tuple[TopologySelectorLabelRequirement, ...]
    def __init__(self, *,
        match_label_expressions: Sequence[TopologySelectorLabelRequirement | Mapping[str, Any]] | None = ...
    ) -> None: ...

class TopologySelectorLabelRequirement(Struct):
    key: str
    values: tuple[str, ...]
    def __init__(self, *, key: str | None = ..., values: list[str] | tuple[str, ...] | None = ...) -> None: ...

class Affinity(Struct):
    node_affinity: NodeAffinity | None
    pod_affinity: PodAffinity | None
    pod_anti_affinity: PodAntiAffinity | None
    def __init__(self, *,
        node_affinity: NodeAffinity | Mapping[str, Any] | None = ...,
        pod_affinity: PodAffinity | Mapping[str, Any] | None = ...,
        pod_anti_affinity: PodAntiAffinity | Mapping[str, Any] | None = ...
    ) -> None: ...

class NodeAffinity(Struct):
    required_during_scheduling_ignored_during_execution: NodeSelector | None
    preferred_during_scheduling_ignored_during_execution: tuple[PreferredSchedulingTerm, ...]
    def __init__(self, *,
        required_during_scheduling_ignored_during_execution: NodeSelector | Mapping[str, Any] | None = ...,
        preferred_during_scheduling_ignored_during_execution: Sequence[PreferredSchedulingTerm | Mapping[str, Any]] | None = ...
    ) -> None: ...

class NodeSelector(Struct):
    node_selector_terms: tuple[NodeSelectorTerm, ...]
    def __init__(self, *, node_selector_terms: Sequence[NodeSelectorTerm | Mapping[str, Any]] | None = ...) -> None: ...

class NodeSelectorTerm(Struct):
    match_expressions: tuple[NodeSelectorRequirement, ...]
    match_fields: tuple[NodeSelectorRequirement, ...]
    def __init__(self, *,
        match_expressions: Sequence[NodeSelectorRequirement | Mapping[str, Any]] | None = ...,
        match_fields: Sequence[NodeSelectorRequirement | Mapping[str, Any]] | None = ...
    ) -> None: ...

class NodeSelectorRequirement(Struct):
    key: str
    operator: NodeSelectorOperator
    values: tuple[str, ...]
    def __init__(self, *,
        key: str | None = ..., operator: NodeSelectorOperator | None = ...,
        values: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...

class PreferredSchedulingTerm(Struct):
    weight: int
    preference: NodeSelectorTerm
    def __init__(self, *,
        weight: int | None = ..., preference: NodeSelectorTerm | Mapping[str, Any] | None = ...
    ) -> None: ...

class PodAffinity(Struct):
    required_during_scheduling_ignored_during_execution: tuple[PodAffinityTerm, ...]
    preferred_during_scheduling_ignored_during_execution: tuple[WeightedPodAffinityTerm, ...]
    def __init__(self, *,
        required_during_scheduling_ignored_during_execution: Sequence[PodAffinityTerm | Mapping[str, Any]] | None = ...,
        preferred_during_scheduling_ignored_during_execution: Sequence[WeightedPodAffinityTerm | Mapping[str, Any]] | None = ...
    ) -> None: ...

class PodAffinityTerm(Struct):
    label_selector: meta.LabelSelector | None
    namespaces: tuple[str, ...]
    topology_key: str
    namespace_selector: meta.LabelSelector | None
    match_label_keys: tuple[str, ...]
    mismatch_label_keys: tuple[str, ...]
    def __init__(self, *,
        label_selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        namespaces: list[str] | tuple[str, ...] | None = ..., topology_key: str | None = ...,
        namespace_selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        match_label_keys: list[str] | tuple[str, ...] | None = ...,
        mismatch_label_keys: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...

class WeightedPodAffinityTerm(Struct):
    weight: int
    pod_affinity_term: PodAffinityTerm
    def __init__(self, *,
        weight: int | None = ..., pod_affinity_term: PodAffinityTerm | Mapping[str, Any] | None = ...
    ) -> None: ...

class PodAntiAffinity(Struct):
    required_during_scheduling_ignored_during_execution: tuple[PodAffinityTerm, ...]
    preferred_during_scheduling_ignored_during_execution: tuple[WeightedPodAffinityTerm, ...]
    def __init__(self, *,
        required_during_scheduling_ignored_during_execution: Sequence[PodAffinityTerm | Mapping[str, Any]] | None = ...,
        preferred_during_scheduling_ignored_during_execution: Sequence[WeightedPodAffinityTerm | Mapping[str, Any]] | None = ...
    ) -> None: ...

class Taint(Struct):
    key: str
    value: str | None
    effect: TaintEffect
    time_added: Time | None
    def __init__(self, *,
        key: str | None = ..., value: str | None = ..., effect: TaintEffect | None = ...,
        time_added: Time | datetime | str | int | None = ...
    ) -> None: ...

class Toleration(Struct):
    key: str | None
    operator: TolerationOperator | None
    value: str | None
    effect: TaintEffect | None
    toleration_seconds: Int64 | None
    def __init__(self, *,
        key: str | None = ..., operator: TolerationOperator | None = ..., value: str | None = ...,
        effect: TaintEffect | None = ..., toleration_seconds: Int64 | None = ...
    ) -> None: ...

class TopologySpreadConstraint(Struct):
    max_skew: int
    topology_key: str
    when_unsatisfiable: UnsatisfiableConstraintAction
    label_selector: meta.LabelSelector | None
    min_domains: int | None
    node_affinity_policy: NodeInclusionPolicy | None
    node_taints_policy: NodeInclusionPolicy | None
    match_label_keys: tuple[str, ...]
    def __init__(self, *,
        max_skew: int | None = ..., topology_key: str | None = ...,
        when_unsatisfiable: UnsatisfiableConstraintAction | None = ...,
        label_selector: meta.LabelSelector | Mapping[str, Any] | None = ..., min_domains: int | None = ...,
        node_affinity_policy: NodeInclusionPolicy | None = ..., node_taints_policy: NodeInclusionPolicy | None = ...,
        match_label_keys: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...
