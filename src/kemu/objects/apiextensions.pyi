"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Base64, Int64, Json, Map, Time, always, field, keyed, pointer, required
from .model import Object, ObjectList, Struct
API_VERSION = 'apiextensions.k8s.io/v1'
PACKAGE = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1'
ConditionStatus = str
ConversionStrategyType = str
CustomResourceDefinitionConditionType = str
FieldValueErrorReason = Literal['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']
JSONSchemaURL = str
ResourceScope = str

class CustomResourceDefinition(Object):
    spec: CustomResourceDefinitionSpec
    status: CustomResourceDefinitionStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: CustomResourceDefinitionSpec | Mapping[str, Any] | None = ...,
        status: CustomResourceDefinitionStatus | Mapping[str, Any] | None = ...,
        kind: Literal["CustomResourceDefinition"] | None = ...,
        api_version: Literal["apiextensions.k8s.io/v1"] | None = ...
    ) -> None: ...

class CustomResourceDefinitionSpec(Struct):
    group: str
    names: CustomResourceDefinitionNames
    scope: ResourceScope
    versions: tuple[CustomResourceDefinitionVersion, ...]
    conversion: CustomResourceConversion | None
    preserve_unknown_fields: bool | None
    def __init__(self, *,
        group: str | None = ..., names: CustomResourceDefinitionNames | Mapping[str, Any] | None = ...,
        scope: ResourceScope | None = ...,
        versions: Sequence[CustomResourceDefinitionVersion | Mapping[str, Any]] | None = ...,
        conversion: CustomResourceConversion | Mapping[str, Any] | None = ...,
        preserve_unknown_fields: bool | None = ...
    ) -> None: ...

class CustomResourceDefinitionNames(Struct):
    plural: str
    singular: str | None
    short_names: tuple[str, ...]
    kind: str
    list_kind: str | None
    categories: tuple[str, ...]
    def __init__(self, *,
        plural: str | None = ..., singular: str | None = ..., short_names: list[str] | tuple[str, ...] | None = ...,
        kind: str | None = ..., list_kind: str | None = ..., categories: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...

class CustomResourceDefinitionVersion(Struct):
    name: str
    served: bool
    storage: bool
    deprecated: bool | None
    deprecation_warning: str | None
    schema: CustomResourceValidation | None
    subresources: CustomResourceSubresources | None
    additional_printer_columns: tuple[CustomResourceColumnDefinition, ...]
    selectable_fields: tuple[SelectableField, ...]
    def __init__(self, *,
        name: str | None = ..., served: bool | None = ..., storage: bool | None = ..., deprecated: bool | None = ...,
        deprecation_warning: str | None = ..., schema: CustomResourceValidation | Mapping[str, Any] | None = ...,
        subresources: CustomResourceSubresources | Mapping[str, Any] | None = ...,
        additional_printer_columns: Sequence[CustomResourceColumnDefinition | Mapping[str, Any]] | None = ...,
        selectable_fields: Sequence[SelectableField | Mapping[str, Any]] | None = ...
    ) -> None: ...

class CustomResourceValidation(Struct):
    open_apiv3_schema: JSONSchemaProps | None
    def __init__(self, *, open_apiv3_schema: JSONSchemaProps | Mapping[str, Any] | None = ...) -> None: ...

class JSONSchemaProps(Struct):
    id: str | None
    schema: JSONSchemaURL | None
    ref: str | None
    description: str | None
    type: str | None
    format: str | None
    title: str | None
    default: Json | None
    maximum: float | None
    exclusive_maximum: bool | None
    minimum: float | None
    exclusive_minimum: bool | None
    max_length: Int64 | None
    min_length: Int64 | None
    pattern: str | None
    max_items: Int64 | None
    min_items: Int64 | None
    unique_items: bool | None
    multiple_of: float | None
    enum: tuple[Json, ...]
    max_properties: Int64 | None
    min_properties: Int64 | None
    required: tuple[str, ...]
    items: Json | None
    all_of: tuple[JSONSchemaProps, ...]
    one_of: tuple[JSONSchemaProps, ...]
    any_of: tuple[JSONSchemaProps, ...]
    _not: JSONSchemaProps | None
    properties: Map[JSONSchemaProps]
    additional_properties: Json | None
    pattern_properties: Map[JSONSchemaProps]
    dependencies: Map[Json]
    additional_items: Json | None
    definitions: Map[JSONSchemaProps]
    external_docs: ExternalDocumentation | None
    example: Json | None
    nullable: bool | None
    x_kubernetes_preserve_unknown_fields: bool | None
    x_kubernetes_embedded_resource: bool | None
    x_kubernetes_int_or_string: bool | None
    x_kubernetes_list_map_keys: tuple[str, ...]
    x_kubernetes_list_type: str | None
    x_kubernetes_map_type: str | None
    x_kubernetes_validations: tuple[ValidationRule, ...]
    def __init__(self, *,
        id: str | None = ..., schema: JSONSchemaURL | None = ..., ref: str | None = ..., description: str | None = ...,
        type: str | None = ..., format: str | None = ..., title: str | None = ..., default: Any = ...,
        maximum: float | None = ..., exclusive_maximum: bool | None = ..., minimum: float | None = ...,
        exclusive_minimum: bool | None = ..., max_length: Int64 | None = ..., min_length: Int64 | None = ...,
        pattern: str | None = ..., max_items: Int64 | None = ..., min_items: Int64 | None = ...,
        unique_items: bool | None = ..., multiple_of: float | None = ..., enum: Sequence[Any] | None = ...,
        max_properties: Int64 | None = ..., min_properties: Int64 | None = ...,
        required: list[str] | tuple[str, ...] | None = ..., items: Any = ...,
        all_of: Sequence[JSONSchemaProps | Mapping[str, Any]] | None = ...,
        one_of: Sequence[JSONSchemaProps | Mapping[str, Any]] | None = ...,
        any_of: Sequence[JSONSchemaProps | Mapping[str, Any]] | None = ...,
        _not: JSONSchemaProps | Mapping[str, Any] | None = ...,
        properties: Mapping[str, JSONSchemaProps | Mapping[str, Any]] | None = ..., additional_properties: Any = ...,
        pattern_properties: Mapping[str, JSONSchemaProps | Mapping[str, Any]] | None = ...,
        dependencies: Mapping[str, Any] | None = ..., additional_items: Any = ...,
        definitions: Mapping[str, JSONSchemaProps | Mapping[str, Any]] | None = ...,
        external_docs: ExternalDocumentation | Mapping[str, Any] | None = ..., example: Any = ...,
        nullable: bool | None = ..., x_kubernetes_preserve_unknown_fields: bool | None = ...,
        x_kubernetes_embedded_resource: bool | None = ..., x_kubernetes_int_or_string: bool | None = ...,
        x_kubernetes_list_map_keys: list[str] | tuple[str, ...] | None = ..., x_kubernetes_list_type: str | None = ...,
        x_kubernetes_map_type: str | None = ...,
        x_kubernetes_validations: Sequence[ValidationRule | Mapping[str, Any]] | None = ...
    ) -> None: ...

class ExternalDocumentation(Struct):
    description: str | None
    url: str | None
    def __init__(self, *, description: str | None = ..., url: str | None = ...) -> None: ...

class ValidationRule(Struct):
    rule: str
    message: str | None
    message_expression: str | None
    reason: FieldValueErrorReason | None
    field_path: str | None
    optional_old_self: bool | None
    def __init__(self, *,
        rule: str | None = ..., message: str | None = ..., message_expression: str | None = ...,
        reason: FieldValueErrorReason | None = ..., field_path: str | None = ..., optional_old_self: bool | None = ...
    ) -> None: ...

class CustomResourceSubresources(Struct):
    status: CustomResourceSubresourceStatus | None
    scale: CustomResourceSubresourceScale | None
    def __init__(self, *,
        status: CustomResourceSubresourceStatus | Mapping[str, Any] | None = ...,
        scale: CustomResourceSubresourceScale | Mapping[str, Any] | None = ...
    ) -> None: ...

class CustomResourceSubresourceStatus(Struct):
    def __init__(self) -> None: ...

class CustomResourceSubresourceScale(Struct):
    spec_replicas_path: str
    status_replicas_path: str
    label_selector_path: str | None
    def __init__(self, *,
        spec_replicas_path: str | None = ..., status_replicas_path: str | None = ...,
        label_selector_path: str | None = ...
    ) -> None: ...

class CustomResourceColumnDefinition(Struct):
    name: str
    type: str
    format: str | None
    description: str | None
    priority: int | None
    json_path: str
    def __init__(self, *,
        name: str | None = ..., type: str | None = ..., format: str | None = ..., description: str | None = ...,
        priority: int | None = ..., json_path: str | None = ...
    ) -> None: ...

class SelectableField(Struct):
    json_path: str
    def __init__(self, *, json_path: str | None = ...) -> None: ...

class CustomResourceConversion(Struct):
    strategy: ConversionStrategyType
    webhook: WebhookConversion | None
    def __init__(self, *,
        strategy: ConversionStrategyType | None = ..., webhook: WebhookConversion | Mapping[str, Any] | None = ...
    ) -> None: ...

class WebhookConversion(Struct):
    client_config: WebhookClientConfig | None
    conversion_review_versions: tuple[str, ...]
    def __init__(self, *,
        client_config: WebhookClientConfig | Mapping[str, Any] | None = ...,
        conversion_review_versions: list[str] | tuple[str, ...] | None = ...
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

class CustomResourceDefinitionStatus(Struct):
    conditions: tuple[CustomResourceDefinitionCondition, ...]
    accepted_names: CustomResourceDefinitionNames
    stored_versions: tuple[str, ...]
    observed_generation: Int64 | None
    def __init__(self, *,
        conditions: Sequence[CustomResourceDefinitionCondition | Mapping[str, Any]] | None = ...,
        accepted_names: CustomResourceDefinitionNames | Mapping[str, Any] | None = ...,
        stored_versions: list[str] | tuple[str, ...] | None = ..., observed_generation: Int64 | None = ...
    ) -> None: ...

class CustomResourceDefinitionCondition(Struct):
    type: CustomResourceDefinitionConditionType
    status: ConditionStatus
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    observed_generation: Int64 | None
    def __init__(self, *,
        type: CustomResourceDefinitionConditionType | None = ..., status: ConditionStatus | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ..., message: str | None =
        ..., observed_generation: Int64 | None = ...
    ) -> None: ...

class CustomResourceDefinitionList(ObjectList):
    items: tuple[CustomResourceDefinition, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[CustomResourceDefinition | Mapping[str, Any]] | None = ...,
        kind: Literal["CustomResourceDefinitionList"] | None = ...,
        api_version: Literal["apiextensions.k8s.io/v1"] | None = ...
    ) -> None: ...
