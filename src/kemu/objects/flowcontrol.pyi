"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Time, always, field, keyed, pointer, required
from .model import Object, ObjectList, Struct
API_VERSION = 'flowcontrol.apiserver.k8s.io/v1'
PACKAGE = 'io.k8s.api.flowcontrol.v1'
ConditionStatus = str
FlowDistinguisherMethodType = str
FlowSchemaConditionType = str
LimitResponseType = str
PriorityLevelConfigurationConditionType = str
PriorityLevelEnablement = str
SubjectKind = str

class FlowSchema(Object):
    spec: FlowSchemaSpec
    status: FlowSchemaStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: FlowSchemaSpec | Mapping[str, Any] | None =
        ..., status: FlowSchemaStatus | Mapping[str, Any] | None = ..., kind: Literal["FlowSchema"] | None = ...,
        api_version: Literal["flowcontrol.apiserver.k8s.io/v1"] | None = ...
    ) -> None: ...

class FlowSchemaSpec(Struct):
    priority_level_configuration: PriorityLevelConfigurationReference
    matching_precedence: int
    distinguisher_method: FlowDistinguisherMethod | None
    rules: tuple[PolicyRulesWithSubjects, ...]
    def __init__(self, *,
        priority_level_configuration: PriorityLevelConfigurationReference | Mapping[str, Any] | None = ...,
        matching_precedence: int | None = ...,
        distinguisher_method: FlowDistinguisherMethod | Mapping[str, Any] | None = ...,
        rules: Sequence[PolicyRulesWithSubjects | Mapping[str, Any]] | None = ...
    ) -> None: ...

class PriorityLevelConfigurationReference(Struct):
    name: str
    def __init__(self, *, name: str | None = ...) -> None: ...

class FlowDistinguisherMethod(Struct):
    type: FlowDistinguisherMethodType
    def __init__(self, *, type: FlowDistinguisherMethodType | None = ...) -> None: ...

class PolicyRulesWithSubjects(Struct):
    subjects: tuple[Subject, ...]
    resource_rules: tuple[ResourcePolicyRule, ...]
    non_resource_rules: tuple[NonResourcePolicyRule, ...]
    def __init__(self, *,
        subjects: Sequence[Subject | Mapping[str, Any]] | None = ...,
        resource_rules: Sequence[ResourcePolicyRule | Mapping[str, Any]] | None = ...,
        non_resource_rules: Sequence[NonResourcePolicyRule | Mapping[str, Any]] | None = ...
    ) -> None: ...

class Subject(Struct):
    kind: SubjectKind
    user: UserSubject | None
    group: GroupSubject | None
    service_account: ServiceAccountSubject | None
    def __init__(self, *,
        kind: SubjectKind | None = ..., user: UserSubject | Mapping[str, Any] | None = ...,
        group: GroupSubject | Mapping[str, Any] | None = ...,
        service_account: ServiceAccountSubject | Mapping[str, Any] | None = ...
    ) -> None: ...

class UserSubject(Struct):
    name: str
    def __init__(self, *, name: str | None = ...) -> None: ...

class GroupSubject(Struct):
    name: str
    def __init__(self, *, name: str | None = ...) -> None: ...

class ServiceAccountSubject(Struct):
    namespace: str
    name: str
    def __init__(self, *, namespace: str | None = ..., name: str | None = ...) -> None: ...

class ResourcePolicyRule(Struct):
    verbs: tuple[str, ...]
    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    cluster_scope: bool | None
    namespaces: tuple[str, ...]
    def __init__(self, *,
        verbs: list[str] | tuple[str, ...] | None = ..., api_groups: list[str] | tuple[str, ...] | None = ...,
        resources: list[str] | tuple[str, ...] | None = ..., cluster_scope: bool | None = ...,
        namespaces: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...

class NonResourcePolicyRule(Struct):
    verbs: tuple[str, ...]
    non_resource_urls: tuple[str, ...]
    def __init__(self, *,
        verbs: list[str] | tuple[str, ...] | None = ..., non_resource_urls: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...

class FlowSchemaStatus(Struct):
    conditions: tuple[FlowSchemaCondition, ...]
    def __init__(self, *, conditions: Sequence[FlowSchemaCondition | Mapping[str, Any]] | None = ...) -> None: ...

class FlowSchemaCondition(Struct):
    type: FlowSchemaConditionType | None
    status: ConditionStatus | None
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: FlowSchemaConditionType | None = ..., status: ConditionStatus | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class PriorityLevelConfiguration(Object):
    spec: PriorityLevelConfigurationSpec
    status: PriorityLevelConfigurationStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: PriorityLevelConfigurationSpec | Mapping[str, Any] | None = ...,
        status: PriorityLevelConfigurationStatus | Mapping[str, Any] | None = ...,
        kind: Literal["PriorityLevelConfiguration"] | None = ...,
        api_version: Literal["flowcontrol.apiserver.k8s.io/v1"] | None = ...
    ) -> None: ...

class PriorityLevelConfigurationSpec(Struct):
    type: PriorityLevelEnablement
    limited: LimitedPriorityLevelConfiguration | None
    exempt: ExemptPriorityLevelConfiguration | None
    def __init__(self, *,
        type: PriorityLevelEnablement | None = ...,
        limited: LimitedPriorityLevelConfiguration | Mapping[str, Any] | None = ...,
        exempt: ExemptPriorityLevelConfiguration | Mapping[str, Any] | None = ...
    ) -> None: ...

class LimitedPriorityLevelConfiguration(Struct):
    nominal_concurrency_shares: int | None
    limit_response: LimitResponse
    lendable_percent: int | None
    borrowing_limit_percent: int | None
    def __init__(self, *,
        nominal_concurrency_shares: int | None = ..., limit_response: LimitResponse | Mapping[str, Any] | None = ...,
        lendable_percent: int | None = ..., borrowing_limit_percent: int | None = ...
    ) -> None: ...

class LimitResponse(Struct):
    type: LimitResponseType
    queuing: QueuingConfiguration | None
    def __init__(self, *,
        type: LimitResponseType | None = ..., queuing: QueuingConfiguration | Mapping[str, Any] | None = ...
    ) -> None: ...

class QueuingConfiguration(Struct):
    queues: int
    hand_size: int
    queue_length_limit: int
    def __init__(self, *,
        queues: int | None = ..., hand_size: int | None = ..., queue_length_limit: int | None = ...
    ) -> None: ...

class ExemptPriorityLevelConfiguration(Struct):
    nominal_concurrency_shares: int | None
    lendable_percent: int | None
    def __init__(self, *, nominal_concurrency_shares: int | None = ..., lendable_percent: int | None = ...) -> None: ...

class PriorityLevelConfigurationStatus(Struct):
    conditions: tuple[PriorityLevelConfigurationCondition, ...]
    def __init__(self, *,
        conditions: Sequence[PriorityLevelConfigurationCondition | Mapping[str, Any]] | None = ...
    ) -> None: ...

class PriorityLevelConfigurationCondition(Struct):
    type: PriorityLevelConfigurationConditionType | None
    status: ConditionStatus | None
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: PriorityLevelConfigurationConditionType | None = ..., status: ConditionStatus | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class FlowSchemaList(ObjectList):
    items: tuple[FlowSchema, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[FlowSchema | Mapping[str, Any]] | None = ..., kind: Literal["FlowSchemaList"] | None = ...,
        api_version: Literal["flowcontrol.apiserver.k8s.io/v1"] | None = ...
    ) -> None: ...

class PriorityLevelConfigurationList(ObjectList):
    items: tuple[PriorityLevelConfiguration, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[PriorityLevelConfiguration | Mapping[str, Any]] | None = ...,
        kind: Literal["PriorityLevelConfigurationList"] | None = ...,
        api_version: Literal["flowcontrol.apiserver.k8s.io/v1"] | None = ...
    ) -> None: ...
