"""Admission webhooks and admission policies (`admissionregistration.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import Base64, Int64, always, field, keyed, pointer, required
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import meta

API_VERSION = "admissionregistration.k8s.io/v1"
PACKAGE = "io.k8s.api.admissionregistration.v1"

FailurePolicyType = Literal["Fail", "Ignore"]
MatchPolicyType = Literal["Equivalent", "Exact"]
OperationType = str
ParameterNotFoundActionType = str
PatchType = Literal["ApplyConfiguration", "JSONPatch"]
ReinvocationPolicyType = Literal["IfNeeded", "Never"]
ScopeType = Literal["*", "Cluster", "Namespaced"]
SideEffectClass = Literal["None", "NoneOnDryRun", "Some", "Unknown"]
ValidationAction = str


class ValidatingAdmissionPolicy(Object):
    """Rules in CEL that a request must satisfy, once a binding puts them to work."""

    spec: ValidatingAdmissionPolicySpec
    status: ValidatingAdmissionPolicyStatus


class ValidatingAdmissionPolicySpec(Struct):
    """Which requests a validating policy looks at, its expressions, and what a failure means."""

    param_kind: ParamKind | None
    match_constraints: MatchResources | None
    validations: tuple[Validation, ...]
    failure_policy: FailurePolicyType | None = pointer
    audit_annotations: tuple[AuditAnnotation, ...]
    match_conditions: tuple[MatchCondition, ...] = keyed("name", merge="name")
    variables: tuple[Variable, ...] = keyed("name", merge="name")


class ParamKind(Struct, map_type="atomic"):
    """The kind of the objects that parameterise a policy."""

    api_version: str | None
    kind: str | None


class MatchResources(Struct, map_type="atomic"):
    """Which requests a policy applies to."""

    namespace_selector: meta.LabelSelector | None
    object_selector: meta.LabelSelector | None
    resource_rules: tuple[NamedRuleWithOperations, ...]
    exclude_resource_rules: tuple[NamedRuleWithOperations, ...]
    match_policy: MatchPolicyType | None = pointer


class NamedRuleWithOperations(Struct, map_type="atomic"):
    """Requests by operation and resource, and perhaps for objects of some names only."""

    resource_names: tuple[str, ...]
    operations: tuple[OperationType, ...]
    api_groups: tuple[str, ...]
    api_versions: tuple[str, ...]
    resources: tuple[str, ...]
    scope: ScopeType | None = pointer


class Validation(Struct):
    """One expression that must be true, and what to say when it is not."""

    expression: str
    message: str | None
    reason: meta.StatusReason | None = pointer
    message_expression: str | None


class AuditAnnotation(Struct):
    """A note that a policy adds to the audit record of a request."""

    key: str
    value_expression: str


class MatchCondition(Struct):
    """An expression that must be true for a request to be looked at."""

    name: str
    expression: str


class Variable(Struct, map_type="atomic"):
    """A named expression that the other expressions of a policy can use."""

    name: str
    expression: str


class ValidatingAdmissionPolicyStatus(Struct):
    """What is known about a validating policy, such as type errors in its expressions."""

    observed_generation: Int64 | None
    type_checking: TypeChecking | None
    conditions: tuple[meta.Condition, ...] = keyed("type")


class TypeChecking(Struct):
    """What checking the types of a policy's expressions found."""

    expression_warnings: tuple[ExpressionWarning, ...]


class ExpressionWarning(Struct):
    """A type error in one expression of a policy."""

    field_ref: str
    warning: str


class ValidatingAdmissionPolicyBinding(Object):
    """Puts a validating policy to work, with parameters and for some objects."""

    spec: ValidatingAdmissionPolicyBindingSpec = required


class ValidatingAdmissionPolicyBindingSpec(Struct):
    """Which policy, with which parameters, where, and what a failure causes."""

    policy_name: str | None = required
    param_ref: ParamRef | None
    match_resources: MatchResources | None
    validation_actions: tuple[ValidationAction, ...] = field(required=True, list_type="set")


class ParamRef(Struct, map_type="atomic"):
    """The objects from which a binding takes the parameters of a policy."""

    name: str | None
    namespace: str | None
    selector: meta.LabelSelector | None
    parameter_not_found_action: ParameterNotFoundActionType | None = pointer


class ValidatingWebhookConfiguration(Object):
    """Webhooks that may refuse requests."""

    webhooks: tuple[ValidatingWebhook, ...] = keyed("name", merge="name")


class ValidatingWebhook(Struct):
    """One webhook that may refuse requests, which requests it is asked about, and how it is reached."""

    name: str
    client_config: WebhookClientConfig = required
    rules: tuple[RuleWithOperations, ...]
    failure_policy: FailurePolicyType | None = pointer
    match_policy: MatchPolicyType | None = pointer
    namespace_selector: meta.LabelSelector | None
    object_selector: meta.LabelSelector | None
    side_effects: SideEffectClass | None = field(pointer=True, always=True)
    timeout_seconds: int | None = pointer
    admission_review_versions: tuple[str, ...] = always
    match_conditions: tuple[MatchCondition, ...] = keyed("name", merge="name")


class WebhookClientConfig(Struct):
    """How an admission webhook is reached and trusted."""

    url: str | None = pointer
    service: ServiceReference | None
    ca_bundle: Base64 | None


class ServiceReference(Struct):
    """The service behind an admission webhook."""

    namespace: str
    name: str
    path: str | None = pointer
    port: int | None = pointer


class RuleWithOperations(Struct):
    """Requests by operation and resource."""

    operations: tuple[OperationType, ...]
    api_groups: tuple[str, ...]
    api_versions: tuple[str, ...]
    resources: tuple[str, ...]
    scope: ScopeType | None = pointer


class MutatingWebhookConfiguration(Object):
    """Webhooks that may change objects before they are stored."""

    webhooks: tuple[MutatingWebhook, ...] = keyed("name", merge="name")


class MutatingWebhook(Struct):
    """One webhook that may change objects, which requests it is asked about, and how it is reached."""

    name: str
    client_config: WebhookClientConfig = required
    rules: tuple[RuleWithOperations, ...]
    failure_policy: FailurePolicyType | None = pointer
    match_policy: MatchPolicyType | None = pointer
    namespace_selector: meta.LabelSelector | None
    object_selector: meta.LabelSelector | None
    side_effects: SideEffectClass | None = field(pointer=True, always=True)
    timeout_seconds: int | None = pointer
    admission_review_versions: tuple[str, ...] = always
    reinvocation_policy: ReinvocationPolicyType | None = pointer
    match_conditions: tuple[MatchCondition, ...] = keyed("name", merge="name")


class MutatingAdmissionPolicy(Object):
    """Changes in CEL that are made to objects before they are stored, once a binding puts them to work."""

    spec: MutatingAdmissionPolicySpec


class MutatingAdmissionPolicySpec(Struct):
    """Which requests a mutating policy looks at, and what it changes."""

    param_kind: ParamKind | None
    match_constraints: MatchResources | None
    variables: tuple[Variable, ...]
    mutations: tuple[Mutation, ...]
    failure_policy: FailurePolicyType | None = pointer
    match_conditions: tuple[MatchCondition, ...] = keyed("name", merge="name")
    reinvocation_policy: ReinvocationPolicyType | None


class Mutation(Struct):
    """One change: a piece to apply, or a JSON patch."""

    patch_type: PatchType
    apply_configuration: ApplyConfiguration | None
    json_patch: JSONPatch | None


class ApplyConfiguration(Struct):
    """An expression that yields an object to merge as server-side apply would."""

    expression: str | None


class JSONPatch(Struct):
    """An expression that yields the operations of a JSON patch."""

    expression: str | None


class MutatingAdmissionPolicyBinding(Object):
    """Puts a mutating policy to work, with parameters and for some objects."""

    spec: MutatingAdmissionPolicyBindingSpec


class MutatingAdmissionPolicyBindingSpec(Struct):
    """Which policy, with which parameters, and where."""

    policy_name: str | None
    param_ref: ParamRef | None
    match_resources: MatchResources | None


class ValidatingAdmissionPolicyList(ObjectList):
    """A page of validating admission policies."""

    items: tuple[ValidatingAdmissionPolicy, ...] = required


class ValidatingAdmissionPolicyBindingList(ObjectList):
    """A page of validating admission policy bindings."""

    items: tuple[ValidatingAdmissionPolicyBinding, ...] = required


class ValidatingWebhookConfigurationList(ObjectList):
    """A page of validating webhook configurations."""

    items: tuple[ValidatingWebhookConfiguration, ...] = required


class MutatingWebhookConfigurationList(ObjectList):
    """A page of mutating webhook configurations."""

    items: tuple[MutatingWebhookConfiguration, ...] = required


class MutatingAdmissionPolicyList(ObjectList):
    """A page of mutating admission policies."""

    items: tuple[MutatingAdmissionPolicy, ...] = required


class MutatingAdmissionPolicyBindingList(ObjectList):
    """A page of mutating admission policy bindings."""

    items: tuple[MutatingAdmissionPolicyBinding, ...] = required
