"""How the API server shares itself among requests (`flowcontrol.apiserver.k8s.io/v1`)."""

from __future__ import annotations

from .declare import Time, always, field, keyed, pointer
from .model import Object, ObjectList, Struct

API_VERSION = "flowcontrol.apiserver.k8s.io/v1"
PACKAGE = "io.k8s.api.flowcontrol.v1"

ConditionStatus = str
FlowDistinguisherMethodType = str
FlowSchemaConditionType = str
LimitResponseType = str
PriorityLevelConfigurationConditionType = str
PriorityLevelEnablement = str
SubjectKind = str


class FlowSchema(Object):
    """TODO"""

    spec: FlowSchemaSpec
    status: FlowSchemaStatus


class FlowSchemaList(ObjectList):
    """A page of flow schemas."""

    items: tuple[FlowSchema, ...] = field(required=True)


class FlowSchemaSpec(Struct):
    """TODO"""

    priority_level_configuration: PriorityLevelConfigurationReference = field(required=True)
    matching_precedence: int = field(required=False)
    distinguisher_method: FlowDistinguisherMethod | None
    rules: tuple[PolicyRulesWithSubjects, ...]


class FlowDistinguisherMethod(Struct):
    """TODO"""

    type: FlowDistinguisherMethodType


class PriorityLevelConfigurationReference(Struct):
    """TODO"""

    name: str


class PolicyRulesWithSubjects(Struct):
    """TODO"""

    subjects: tuple[Subject, ...] = always
    resource_rules: tuple[ResourcePolicyRule, ...]
    non_resource_rules: tuple[NonResourcePolicyRule, ...]


class Subject(
    Struct,
    unions=(
        {
            "discriminator": "kind",
            "fields-to-discriminateBy": {"group": "Group", "serviceAccount": "ServiceAccount", "user": "User"},
        },
    ),
):
    """TODO"""

    kind: SubjectKind
    user: UserSubject | None
    group: GroupSubject | None
    service_account: ServiceAccountSubject | None


class UserSubject(Struct):
    """TODO"""

    name: str


class GroupSubject(Struct):
    """TODO"""

    name: str


class ServiceAccountSubject(Struct):
    """TODO"""

    namespace: str
    name: str


class ResourcePolicyRule(Struct):
    """TODO"""

    verbs: tuple[str, ...] = field(always=True, list_type="set")
    api_groups: tuple[str, ...] = field(always=True, list_type="set")
    resources: tuple[str, ...] = field(always=True, list_type="set")
    cluster_scope: bool | None
    namespaces: tuple[str, ...] = field(always=True, required=False, list_type="set")


class NonResourcePolicyRule(Struct):
    """TODO"""

    verbs: tuple[str, ...] = field(always=True, list_type="set")
    non_resource_urls: tuple[str, ...] = field(json="nonResourceURLs", always=True, list_type="set")


class FlowSchemaStatus(Struct):
    """TODO"""

    conditions: tuple[FlowSchemaCondition, ...] = keyed("type", merge="type")


class FlowSchemaCondition(Struct):
    """TODO"""

    type: FlowSchemaConditionType | None
    status: ConditionStatus | None
    last_transition_time: Time | None = field(always=True, required=False)
    reason: str | None
    message: str | None


class PriorityLevelConfiguration(Object):
    """TODO"""

    spec: PriorityLevelConfigurationSpec
    status: PriorityLevelConfigurationStatus


class PriorityLevelConfigurationList(ObjectList):
    """A page of priority level configurations."""

    items: tuple[PriorityLevelConfiguration, ...] = field(required=True)


class PriorityLevelConfigurationSpec(
    Struct, unions=({"discriminator": "type", "fields-to-discriminateBy": {"exempt": "Exempt", "limited": "Limited"}},)
):
    """TODO"""

    type: PriorityLevelEnablement
    limited: LimitedPriorityLevelConfiguration | None
    exempt: ExemptPriorityLevelConfiguration | None


class LimitedPriorityLevelConfiguration(Struct):
    """TODO"""

    nominal_concurrency_shares: int | None = field(pointer=True, always=True, required=False)
    limit_response: LimitResponse
    lendable_percent: int | None = pointer
    borrowing_limit_percent: int | None = pointer


class ExemptPriorityLevelConfiguration(Struct):
    """TODO"""

    nominal_concurrency_shares: int | None = pointer
    lendable_percent: int | None = pointer


class LimitResponse(Struct, unions=({"discriminator": "type", "fields-to-discriminateBy": {"queuing": "Queuing"}},)):
    """TODO"""

    type: LimitResponseType
    queuing: QueuingConfiguration | None


class QueuingConfiguration(Struct):
    """TODO"""

    queues: int = field(required=False)
    hand_size: int = field(required=False)
    queue_length_limit: int = field(required=False)


class PriorityLevelConfigurationStatus(Struct):
    """TODO"""

    conditions: tuple[PriorityLevelConfigurationCondition, ...] = keyed("type", merge="type")


class PriorityLevelConfigurationCondition(Struct):
    """TODO"""

    type: PriorityLevelConfigurationConditionType | None
    status: ConditionStatus | None
    last_transition_time: Time | None = field(always=True, required=False)
    reason: str | None
    message: str | None
