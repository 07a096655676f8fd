"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Base64, Int64, always, field, keyed, pointer, required
from .model import Object, ObjectList, Struct
from . import meta
API_VERSION = 'admissionregistration.k8s.io/v1'
PACKAGE = 'io.k8s.api.admissionregistration.v1'
FailurePolicyType = Literal['Fail', 'Ignore']
MatchPolicyType = Literal['Equivalent', 'Exact']
OperationType = str
ParameterNotFoundActionType = str
PatchType = Literal['ApplyConfiguration', 'JSONPatch']
ReinvocationPolicyType = Literal['IfNeeded', 'Never']
ScopeType = Literal['*', 'Cluster', 'Namespaced']
SideEffectClass = Literal['None', 'NoneOnDryRun', 'Some', 'Unknown']
ValidationAction = str

class ValidatingAdmissionPolicy(Object):
    spec: ValidatingAdmissionPolicySpec
    status: ValidatingAdmissionPolicyStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: ValidatingAdmissionPolicySpec | Mapping[str, Any] | None = ...,
        status: ValidatingAdmissionPolicyStatus | Mapping[str, Any] | None = ...,
        kind: Literal["ValidatingAdmissionPolicy"] | None = ...,
        api_version: Literal["admissionregistration.k8s.io/v1"] | None = ...
    ) -> None: ...

class ValidatingAdmissionPolicySpec(Struct):
    param_kind: ParamKind | None
    match_constraints: MatchResources | None
    validations: tuple[Validation, ...]
    failure_policy: FailurePolicyType | None
    audit_annotations: tuple[AuditAnnotation, ...]
    match_conditions: tuple[MatchCondition, ...]
    variables: tuple[Variable, ...]
    def __init__(self, *,
        param_kind: ParamKind | Mapping[str, Any] | None = ...,
        match_constraints: MatchResources | Mapping[str, Any] | None = ...,
        validations: Sequence[Validation | Mapping[str, Any]] | None = ..., failure_policy: FailurePolicyType | None =
        ..., audit_annotations: Sequence[AuditAnnotation | Mapping[str, Any]] | None = ...,
        match_conditions: Sequence[MatchCondition | Mapping[str, Any]] | None = ...,
        variables: Sequence[Variable | Mapping[str, Any]] | None = ...
    ) -> None: ...

class ParamKind(Struct):
    api_version: str | None
    kind: str | None
    def __init__(self, *, api_version: str | None = ..., kind: str | None = ...) -> None: ...

class MatchResources(Struct):
    namespace_selector: meta.LabelSelector | None
    object_selector: meta.LabelSelector | None
    resource_rules: tuple[NamedRuleWithOperations, ...]
    exclude_resource_rules: tuple[NamedRuleWithOperations, ...]
    match_policy: MatchPolicyType | None
    def __init__(self, *,
        namespace_selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        object_selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        resource_rules: Sequence[NamedRuleWithOperations | Mapping[str, Any]] | None = ...,
        exclude_resource_rules: Sequence[NamedRuleWithOperations | Mapping[str, Any]] | None = ...,
        match_policy: MatchPolicyType | None = ...
    ) -> None: ...

class NamedRuleWithOperations(Struct):
    resource_names: tuple[str, ...]
    operations: tuple[OperationType, ...]
    api_groups: tuple[str, ...]
    api_versions: tuple[str, ...]
    resources: tuple[str, ...]
    scope: ScopeType | None
    def __init__(self, *,
        resource_names: list[str] | tuple[str, ...] | None = ...,
        operations: list[OperationType] | tuple[OperationType, ...] | None = ...,
        api_groups: list[str] | tuple[str, ...] | None = ..., api_versions: list[str] | tuple[str, ...] | None = ...,
        resources: list[str] | tuple[str, ...] | None = ..., scope: ScopeType | None = ...
    ) -> None: ...

class Validation(Struct):
    expression: str
    message: str | None
    reason: meta.StatusReason | None
    message_expression: str | None
    def __init__(self, *,
        expression: str | None = ..., message: str | None = ..., reason: meta.StatusReason | None = ...,
        message_expression: str | None = ...
    ) -> None: ...

class AuditAnnotation(Struct):
    key: str
    value_expression: str
    def __init__(self, *, key: str | None = ..., value_expression: str | None = ...) -> None: ...

class MatchCondition(Struct):
    name: str
    expression: str
    def __init__(self, *, name: str | None = ..., expression: str | None = ...) -> None: ...

class Variable(Struct):
    name: str
    expression: str
    def __init__(self, *, name: str | None = ..., expression: str | None = ...) -> None: ...

class ValidatingAdmissionPolicyStatus(Struct):
    observed_generation: Int64 | None
    type_checking: TypeChecking | None
    conditions: tuple[meta.Condition, ...]
    def __init__(self, *,
        observed_generation: Int64 | None = ..., type_checking: TypeChecking | Mapping[str, Any] | None = ...,
        conditions: Sequence[meta.Condition | Mapping[str, Any]] | None = ...
    ) -> None: ...

class TypeChecking(Struct):
    expression_warnings: tuple[ExpressionWarning, ...]
    def __init__(self, *,
        expression_warnings: Sequence[ExpressionWarning | Mapping[str, Any]] | None = ...
    ) -> None: ...

class ExpressionWarning(Struct):
    field_ref: str
    warning: str
    def __init__(self, *, field_ref: str | None = ..., warning: str | None = ...) -> None: ...

class ValidatingAdmissionPolicyBinding(Object):
    spec: ValidatingAdmissionPolicyBindingSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: ValidatingAdmissionPolicyBindingSpec | Mapping[str, Any] | None = ...,
        kind: Literal["ValidatingAdmissionPolicyBinding"] | None = ...,
        api_version: Literal["admissionregistration.k8s.io/v1"] | None = ...
    ) -> None: ...

class ValidatingAdmissionPolicyBindingSpec(Struct):
    policy_name: str | None
    param_ref: ParamRef | None
    match_resources: MatchResources | None
    validation_actions: tuple[ValidationAction, ...]
    def __init__(self, *,
        policy_name: str | None = ..., param_ref: ParamRef | Mapping[str, Any] | None = ...,
        match_resources: MatchResources | Mapping[str, Any] | None = ...,
        validation_actions: list[ValidationAction] | tuple[ValidationAction, ...] | None = ...
    ) -> None: ...

class ParamRef(Struct):
    name: str | None
    namespace: str | None
    selector: meta.LabelSelector | None
    parameter_not_found_action: ParameterNotFoundActionType | None
    def __init__(self, *,
        name: str | None = ..., namespace: str | None = ..., selector: meta.LabelSelector | Mapping[str, Any] | None =
        ..., parameter_not_found_action: ParameterNotFoundActionType | None = ...
    ) -> None: ...

class ValidatingWebhookConfiguration(Object):
    webhooks: tuple[ValidatingWebhook, ...]
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        webhooks: Sequence[ValidatingWebhook | Mapping[str, Any]] | None = ...,
        kind: Literal["ValidatingWebhookConfiguration"] | None = ...,
        api_version: Literal["admissionregistration.k8s.io/v1"] | None = ...
    ) -> None: ...

class ValidatingWebhook(Struct):
    name: str
    client_config: WebhookClientConfig
    rules: tuple[RuleWithOperations, ...]
    failure_policy: FailurePolicyType | None
    match_policy: MatchPolicyType | None
    namespace_selector: meta.LabelSelector | None
    object_selector: meta.LabelSelector | None
    side_effects: SideEffectClass | None
    timeout_seconds: int | None
    admission_review_versions: tuple[str, ...]
    match_conditions: tuple[MatchCondition, ...]
    def __init__(self, *,
        name: str | None = ..., client_config: WebhookClientConfig | Mapping[str, Any] | None = ...,
        rules: Sequence[RuleWithOperations | Mapping[str, Any]] | None = ..., failure_policy: FailurePolicyType | None =
        ..., match_policy: MatchPolicyType | None = ...,
        namespace_selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        object_selector: meta.LabelSelector | Mapping[str, Any] | None = ..., side_effects: SideEffectClass | None =
        ..., timeout_seconds: int | None = ..., admission_review_versions: list[str] | tuple[str, ...] | None = ...,
        match_conditions: Sequence[MatchCondition | Mapping[str, Any]] | None = ...
    ) -> None: ...

class WebhookClientConfig(Struct):
    url: str | None
    service: ServiceReference | None
    ca_bundle: Base64 | None
    def __init__(self, *,
        url: str | None = ..., service: ServiceReference | Mapping[str, Any] | None = ...,
        ca_bundle: Base64 | None = ...
    ) -> None: ...

class ServiceReference(Struct):
    namespace: str
    name: str
    path: str | None
    port: int | None
    def __init__(self, *,
        namespace: str | None = ..., name: str | None = ..., path: str | None = ..., port: int | None = ...
    ) -> None: ...

class RuleWithOperations(Struct):
    operations: tuple[OperationType, ...]
    api_groups: tuple[str, ...]
    api_versions: tuple[str, ...]
    resources: tuple[str, ...]
    scope: ScopeType | None
    def __init__(self, *,
        operations: list[OperationType] | tuple[OperationType, ...] | None = ...,
        api_groups: list[str] | tuple[str, ...] | None = ..., api_versions: list[str] | tuple[str, ...] | None = ...,
        resources: list[str] | tuple[str, ...] | None = ..., scope: ScopeType | None = ...
    ) -> None: ...

class MutatingWebhookConfiguration(Object):
    webhooks: tuple[MutatingWebhook, ...]
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        webhooks: Sequence[MutatingWebhook | Mapping[str, Any]] | None = ...,
        kind: Literal["MutatingWebhookConfiguration"] | None = ...,
        api_version: Literal["admissionregistration.k8s.io/v1"] | None = ...
    ) -> None: ...

class MutatingWebhook(Struct):
    name: str
    client_config: WebhookClientConfig
    rules: tuple[RuleWithOperations, ...]
    failure_policy: FailurePolicyType | None
    match_policy: MatchPolicyType | None
    namespace_selector: meta.LabelSelector | None
    object_selector: meta.LabelSelector | None
    side_effects: SideEffectClass | None
    timeout_seconds: int | None
    admission_review_versions: tuple[str, ...]
    reinvocation_policy: ReinvocationPolicyType | None
    match_conditions: tuple[MatchCondition, ...]
    def __init__(self, *,
        name: str | None = ..., client_config: WebhookClientConfig | Mapping[str, Any] | None = ...,
        rules: Sequence[RuleWithOperations | Mapping[str, Any]] | None = ..., failure_policy: FailurePolicyType | None =
        ..., match_policy: MatchPolicyType | None = ...,
        namespace_selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        object_selector: meta.LabelSelector | Mapping[str, Any] | None = ..., side_effects: SideEffectClass | None =
        ..., timeout_seconds: int | None = ..., admission_review_versions: list[str] | tuple[str, ...] | None = ...,
        reinvocation_policy: ReinvocationPolicyType | None = ...,
        match_conditions: Sequence[MatchCondition | Mapping[str, Any]] | None = ...
    ) -> None: ...

class MutatingAdmissionPolicy(Object):
    spec: MutatingAdmissionPolicySpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: MutatingAdmissionPolicySpec | Mapping[str, Any] | None = ...,
        kind: Literal["MutatingAdmissionPolicy"] | None = ...,
        api_version: Literal["admissionregistration.k8s.io/v1"] | None = ...
    ) -> None: ...

class MutatingAdmissionPolicySpec(Struct):
    param_kind: ParamKind | None
    match_constraints: MatchResources | None
    variables: tuple[Variable, ...]
    mutations: tuple[Mutation, ...]
    failure_policy: FailurePolicyType | None
    match_conditions: tuple[MatchCondition, ...]
    reinvocation_policy: ReinvocationPolicyType | None
    def __init__(self, *,
        param_kind: ParamKind | Mapping[str, Any] | None = ...,
        match_constraints: MatchResources | Mapping[str, Any] | None = ...,
        variables: Sequence[Variable | Mapping[str, Any]] | None = ...,
        mutations: Sequence[Mutation | Mapping[str, Any]] | None = ..., failure_policy: FailurePolicyType | None = ...,
        match_conditions: Sequence[MatchCondition | Mapping[str, Any]] | None = ...,
        reinvocation_policy: ReinvocationPolicyType | None = ...
    ) -> None: ...

class Mutation(Struct):
    patch_type: PatchType
    apply_configuration: ApplyConfiguration | None
    json_patch: JSONPatch | None
    def __init__(self, *,
        patch_type: PatchType | None = ..., apply_configuration: ApplyConfiguration | Mapping[str, Any] | None = ...,
        json_patch: JSONPatch | Mapping[str, Any] | None = ...
    ) -> None: ...

class ApplyConfiguration(Struct):
    expression: str | None
    def __init__(self, *, expression: str | None = ...) -> None: ...

class JSONPatch(Struct):
    expression: str | None
    def __init__(self, *, expression: str | None = ...) -> None: ...

class MutatingAdmissionPolicyBinding(Object):
    spec: MutatingAdmissionPolicyBindingSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: MutatingAdmissionPolicyBindingSpec | Mapping[str, Any] | None = ...,
        kind: Literal["MutatingAdmissionPolicyBinding"] | None = ...,
        api_version: Literal["admissionregistration.k8s.io/v1"] | None = ...
    ) -> None: ...

class MutatingAdmissionPolicyBindingSpec(Struct):
    policy_name: str | None
    param_ref: ParamRef | None
    match_resources: MatchResources | None
    def __init__(self, *,
        policy_name: str | None = ..., param_ref: ParamRef | Mapping[str, Any] | None = ...,
        match_resources: MatchResources | Mapping[str, Any] | None = ...
    ) -> None: ...

class ValidatingAdmissionPolicyList(ObjectList):
    items: tuple[ValidatingAdmissionPolicy, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ValidatingAdmissionPolicy | Mapping[str, Any]] | None = ...,
        kind: Literal["ValidatingAdmissionPolicyList"] | None = ...,
        api_version: Literal["admissionregistration.k8s.io/v1"] | None = ...
    ) -> None: ...

class ValidatingAdmissionPolicyBindingList(ObjectList):
    items: tuple[ValidatingAdmissionPolicyBinding, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ValidatingAdmissionPolicyBinding | Mapping[str, Any]] | None = ...,
        kind: Literal["ValidatingAdmissionPolicyBindingList"] | None = ...,
        api_version: Literal["admissionregistration.k8s.io/v1"] | None = ...
    ) -> None: ...

class ValidatingWebhookConfigurationList(ObjectList):
    items: tuple[ValidatingWebhookConfiguration, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ValidatingWebhookConfiguration | Mapping[str, Any]] | None = ...,
        kind: Literal["ValidatingWebhookConfigurationList"] | None = ...,
        api_version: Literal["admissionregistration.k8s.io/v1"] | None = ...
    ) -> None: ...

class MutatingWebhookConfigurationList(ObjectList):
    items: tuple[MutatingWebhookConfiguration, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[MutatingWebhookConfiguration | Mapping[str, Any]] | None = ...,
        kind: Literal["MutatingWebhookConfigurationList"] | None = ...,
        api_version: Literal["admissionregistration.k8s.io/v1"] | None = ...
    ) -> None: ...

class MutatingAdmissionPolicyList(ObjectList):
    items: tuple[MutatingAdmissionPolicy, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[MutatingAdmissionPolicy | Mapping[str, Any]] | None = ...,
        kind: Literal["MutatingAdmissionPolicyList"] | None = ...,
        api_version: Literal["admissionregistration.k8s.io/v1"] | None = ...
    ) -> None: ...

class MutatingAdmissionPolicyBindingList(ObjectList):
    items: tuple[MutatingAdmissionPolicyBinding, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[MutatingAdmissionPolicyBinding | Mapping[str, Any]] | None = ...,
        kind: Literal["MutatingAdmissionPolicyBindingList"] | None = ...,
        api_version: Literal["admissionregistration.k8s.io/v1"] | None = ...
    ) -> None: ...
