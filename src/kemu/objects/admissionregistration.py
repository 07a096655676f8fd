"""Admission webhooks and admission policies (`admissionregistration.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import Base64, Int64, always, field, keyed, pointer
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
    """TODO"""

    spec: ValidatingAdmissionPolicySpec
    status: ValidatingAdmissionPolicyStatus


class ValidatingAdmissionPolicyStatus(Struct):
    """TODO"""

    observed_generation: Int64 | None
    type_checking: TypeChecking | None
    conditions: tuple[meta.Condition, ...] = keyed("type")


class TypeChecking(Struct):
    """TODO"""

    expression_warnings: tuple[ExpressionWarning, ...]


class ExpressionWarning(Struct):
    """TODO"""

    field_ref: str
    warning: str


class ValidatingAdmissionPolicyList(ObjectList):
    """A page of validating admission policies."""

    items: tuple[ValidatingAdmissionPolicy, ...] = field(required=True)


class ValidatingAdmissionPolicySpec(Struct):
    """TODO"""

    param_kind: ParamKind | None
    match_constraints: MatchResources | None
    validations: tuple[Validation, ...]
    failure_policy: FailurePolicyType | None = pointer
    audit_annotations: tuple[AuditAnnotation, ...]
    match_conditions: tuple[MatchCondition, ...] = keyed("name", merge="name")
    variables: tuple[Variable, ...] = keyed("name", merge="name")


class ParamKind(Struct, map_type="atomic"):
    """TODO"""

    api_version: str | None
    kind: str | None


class Validation(Struct):
    """TODO"""

    expression: str
    message: str | None
    reason: meta.StatusReason | None = pointer
    message_expression: str | None


class Variable(Struct, map_type="atomic"):
    """TODO"""

    name: str
    expression: str


class AuditAnnotation(Struct):
    """TODO"""

    key: str
    value_expression: str


class ValidatingAdmissionPolicyBinding(Object):
    """TODO"""

    spec: ValidatingAdmissionPolicyBindingSpec = field(required=True)


class ValidatingAdmissionPolicyBindingList(ObjectList):
    """A page of validating admission policy bindings."""

    items: tuple[ValidatingAdmissionPolicyBinding, ...] = field(required=True)


class ValidatingAdmissionPolicyBindingSpec(Struct):
    """TODO"""

    policy_name: str | None = field(required=True)
    param_ref: ParamRef | None
    match_resources: MatchResources | None
    validation_actions: tuple[ValidationAction, ...] = field(required=True, list_type="set")


class ParamRef(Struct, map_type="atomic"):
    """TODO"""

    name: str | None
    namespace: str | None
    selector: meta.LabelSelector | None
    parameter_not_found_action: ParameterNotFoundActionType | None = pointer


class MatchResources(Struct, map_type="atomic"):
    """TODO"""

    namespace_selector: meta.LabelSelector | None
    object_selector: meta.LabelSelector | None
    resource_rules: tuple[NamedRuleWithOperations, ...]
    exclude_resource_rules: tuple[NamedRuleWithOperations, ...]
    match_policy: MatchPolicyType | None = pointer


class NamedRuleWithOperations(Struct, map_type="atomic"):
    """TODO"""

    resource_names: tuple[str, ...]
    operations: tuple[OperationType, ...]
    api_groups: tuple[str, ...]
    api_versions: tuple[str, ...]
    resources: tuple[str, ...]
    scope: ScopeType | None = pointer


class ValidatingWebhookConfiguration(Object):
    """TODO"""

    webhooks: tuple[ValidatingWebhook, ...] = keyed("name", merge="name")


class ValidatingWebhookConfigurationList(ObjectList):
    """A page of validating webhook configurations."""

    items: tuple[ValidatingWebhookConfiguration, ...] = field(required=True)


class MutatingWebhookConfiguration(Object):
    """TODO"""

    webhooks: tuple[MutatingWebhook, ...] = keyed("name", merge="name")


class MutatingWebhookConfigurationList(ObjectList):
    """A page of mutating webhook configurations."""

    items: tuple[MutatingWebhookConfiguration, ...] = field(required=True)


class ValidatingWebhook(Struct):
    """TODO"""

    name: str
    client_config: WebhookClientConfig = field(required=True)
    rules: tuple[RuleWithOperations, ...]
    failure_policy: FailurePolicyType | None = pointer
    match_policy: MatchPolicyType | None = pointer
    namespace_selector: meta.LabelSelector | None
    object_selector: meta.LabelSelector | None
    side_effects: SideEffectClass | None = field(pointer=True, always=True)
    timeout_seconds: int | None = pointer
    admission_review_versions: tuple[str, ...] = always
    match_conditions: tuple[MatchCondition, ...] = keyed("name", merge="name")


class MutatingWebhook(Struct):
    """TODO"""

    name: str
    client_config: WebhookClientConfig = field(required=True)
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
    """TODO"""

    spec: MutatingAdmissionPolicySpec


class MutatingAdmissionPolicyList(ObjectList):
    """A page of mutating admission policies."""

    items: tuple[MutatingAdmissionPolicy, ...] = field(required=True)


class MutatingAdmissionPolicySpec(Struct):
    """TODO"""

    param_kind: ParamKind | None
    match_constraints: MatchResources | None
    variables: tuple[Variable, ...]
    mutations: tuple[Mutation, ...]
    failure_policy: FailurePolicyType | None = pointer
    match_conditions: tuple[MatchCondition, ...] = keyed("name", merge="name")
    reinvocation_policy: ReinvocationPolicyType | None


class Mutation(Struct):
    """TODO"""

    patch_type: PatchType
    apply_configuration: ApplyConfiguration | None
    json_patch: JSONPatch | None


class ApplyConfiguration(Struct):
    """TODO"""

    expression: str | None


class JSONPatch(Struct):
    """TODO"""

    expression: str | None


class MutatingAdmissionPolicyBinding(Object):
    """TODO"""

    spec: MutatingAdmissionPolicyBindingSpec


class MutatingAdmissionPolicyBindingList(ObjectList):
    """A page of mutating admission policy bindings."""

    items: tuple[MutatingAdmissionPolicyBinding, ...] = field(required=True)


class MutatingAdmissionPolicyBindingSpec(Struct):
    """TODO"""

    policy_name: str | None
    param_ref: ParamRef | None
    match_resources: MatchResources | None


class RuleWithOperations(Struct):
    """TODO"""

    operations: tuple[OperationType, ...]
    api_groups: tuple[str, ...]
    api_versions: tuple[str, ...]
    resources: tuple[str, ...]
    scope: ScopeType | None = pointer


class WebhookClientConfig(Struct):
    """TODO"""

    url: str | None = pointer
    service: ServiceReference | None
    ca_bundle: Base64 | None


class ServiceReference(Struct):
    """TODO"""

    namespace: str
    name: str
    path: str | None = pointer
    port: int | None = pointer


class MatchCondition(Struct):
    """TODO"""

    name: str
    expression: str
