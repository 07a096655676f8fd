"""How the API server shares itself among requests (`flowcontrol.apiserver.k8s.io/v1`)."""

from __future__ import annotations

from .declare import Time, always, field, keyed, pointer, required
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
    """Which requests belong together and which priority level serves them."""

    spec: FlowSchemaSpec
    status: FlowSchemaStatus


class FlowSchemaSpec(Struct):
    """The requests that a flow schema matches, its precedence, and how it tells flows apart."""

    priority_level_configuration: PriorityLevelConfigurationReference = required
    matching_precedence: int = field(required=False)
    distinguisher_method: FlowDistinguisherMethod | None
    rules: tuple[PolicyRulesWithSubjects, ...]


class PriorityLevelConfigurationReference(Struct):
    """The priority level that a flow schema sends its requests to."""

    name: str


class FlowDistinguisherMethod(Struct):
    """How the requests of a flow schema are split into flows."""

    type: FlowDistinguisherMethodType


class PolicyRulesWithSubjects(Struct):
    """Requests by who makes them and what they ask for."""

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
    """Who makes a request: a user, a group or a service account."""

    kind: SubjectKind
    user: UserSubject | None
    group: GroupSubject | None
    service_account: ServiceAccountSubject | None


class UserSubject(Struct):
    """A user by name; `*` is everybody."""

    name: str


class GroupSubject(Struct):
    """A group by name; `*` is every group."""

    name: str


class ServiceAccountSubject(Struct):
    """A service account by namespace and name; the name `*` is all of a namespace."""

    namespace: str
    name: str


class ResourcePolicyRule(Struct):
    """Requests for resources, by verb, group, resource and namespace."""

    verbs: tuple[str, ...] = field(always=True, list_type="set")
    api_groups: tuple[str, ...] = field(always=True, list_type="set")
    resources: tuple[str, ...] = field(always=True, list_type="set")
    cluster_scope: bool | None
    namespaces: tuple[str, ...] = field(always=True, required=False, list_type="set")


class NonResourcePolicyRule(Struct):
    """Requests for paths that are no resources, by verb and path."""

    verbs: tuple[str, ...] = field(always=True, list_type="set")
    non_resource_urls: tuple[str, ...] = field(json="nonResourceURLs", always=True, list_type="set")


class FlowSchemaStatus(Struct):
    """What is known about a flow schema."""

    conditions: tuple[FlowSchemaCondition, ...] = keyed("type", merge="type")


class FlowSchemaCondition(Struct):
    """One observation about a flow schema, such as a reference that leads nowhere."""

    type: FlowSchemaConditionType | None
    status: ConditionStatus | None
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class PriorityLevelConfiguration(Object):
    """A share of the server's capacity."""

    spec: PriorityLevelConfigurationSpec
    status: PriorityLevelConfigurationStatus


class PriorityLevelConfigurationSpec(
    Struct, unions=({"discriminator": "type", "fields-to-discriminateBy": {"exempt": "Exempt", "limited": "Limited"}},)
):
    """Whether a priority level is limited, and how much it gets."""

    type: PriorityLevelEnablement
    limited: LimitedPriorityLevelConfiguration | None
    exempt: ExemptPriorityLevelConfiguration | None


class LimitedPriorityLevelConfiguration(Struct):
    """The seats of a limited priority level, and what it lends and borrows."""

    nominal_concurrency_shares: int | None = field(pointer=True, always=True, required=False)
    limit_response: LimitResponse
    lendable_percent: int | None = pointer
    borrowing_limit_percent: int | None = pointer


class LimitResponse(Struct, unions=({"discriminator": "type", "fields-to-discriminateBy": {"queuing": "Queuing"}},)):
    """What happens to a request that finds no seat."""

    type: LimitResponseType
    queuing: QueuingConfiguration | None


class QueuingConfiguration(Struct):
    """How the queues of a priority level are laid out."""

    queues: int = field(required=False)
    hand_size: int = field(required=False)
    queue_length_limit: int = field(required=False)


class ExemptPriorityLevelConfiguration(Struct):
    """The seats that an exempt priority level counts for, and what it lends."""

    nominal_concurrency_shares: int | None = pointer
    lendable_percent: int | None = pointer


class PriorityLevelConfigurationStatus(Struct):
    """What is known about a priority level."""

    conditions: tuple[PriorityLevelConfigurationCondition, ...] = keyed("type", merge="type")


class PriorityLevelConfigurationCondition(Struct):
    """One observation about a priority level."""

    type: PriorityLevelConfigurationConditionType | None
    status: ConditionStatus | None
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class FlowSchemaList(ObjectList):
    """A page of flow schemas."""

    items: tuple[FlowSchema, ...] = required


class PriorityLevelConfigurationList(ObjectList):
    """A page of priority level configurations."""

    items: tuple[PriorityLevelConfiguration, ...] = required
