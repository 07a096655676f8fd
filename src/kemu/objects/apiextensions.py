"""Custom resource definitions (`apiextensions.k8s.io/v1`)."""

from __future__ import annotations

from typing import Literal

from .declare import Base64, Int64, Json, Map, Time, always, field, keyed, pointer, required
from .model import Object, ObjectList, Struct

API_VERSION = "apiextensions.k8s.io/v1"
PACKAGE = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1"

ConditionStatus = str
ConversionStrategyType = str
CustomResourceDefinitionConditionType = str
FieldValueErrorReason = Literal["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"]
JSONSchemaURL = str
ResourceScope = str


class CustomResourceDefinition(Object):
    """A new kind of object that the server learns to serve."""

    spec: CustomResourceDefinitionSpec = required
    status: CustomResourceDefinitionStatus


class CustomResourceDefinitionSpec(Struct):
    """The names, scope, versions and conversion of a new kind."""

    group: str
    names: CustomResourceDefinitionNames = required
    scope: ResourceScope
    versions: tuple[CustomResourceDefinitionVersion, ...] = always
    conversion: CustomResourceConversion | None
    preserve_unknown_fields: bool | None


class CustomResourceDefinitionNames(Struct):
    """What a new kind is called."""

    plural: str
    singular: str | None
    short_names: tuple[str, ...]
    kind: str
    list_kind: str | None
    categories: tuple[str, ...]


class CustomResourceDefinitionVersion(Struct):
    """One version of a new kind: schema, subresources, columns."""

    name: str
    served: bool
    storage: bool
    deprecated: bool | None
    deprecation_warning: str | None = pointer
    schema: CustomResourceValidation | None
    subresources: CustomResourceSubresources | None
    additional_printer_columns: tuple[CustomResourceColumnDefinition, ...]
    selectable_fields: tuple[SelectableField, ...]


class CustomResourceValidation(Struct):
    """The schema that objects must follow."""

    open_apiv3_schema: JSONSchemaProps | None = field(json="openAPIV3Schema")


class JSONSchemaProps(Struct):
    """A JSON Schema, with the extensions of Kubernetes."""

    id: str | None
    schema: JSONSchemaURL | None = field(json="$schema")
    ref: str | None = field(json="$ref", pointer=True)
    description: str | None
    type: str | None
    format: str | None
    title: str | None
    default: Json | None = field(schema="JSON")
    maximum: float | None = pointer
    exclusive_maximum: bool | None
    minimum: float | None = pointer
    exclusive_minimum: bool | None
    max_length: Int64 | None = pointer
    min_length: Int64 | None = pointer
    pattern: str | None
    max_items: Int64 | None = pointer
    min_items: Int64 | None = pointer
    unique_items: bool | None
    multiple_of: float | None = pointer
    enum: tuple[Json, ...] = field(schema="JSON")
    max_properties: Int64 | None = pointer
    min_properties: Int64 | None = pointer
    required: tuple[str, ...]
    items: Json | None = field(schema="JSONSchemaPropsOrArray")
    all_of: tuple[JSONSchemaProps, ...]
    one_of: tuple[JSONSchemaProps, ...]
    any_of: tuple[JSONSchemaProps, ...]
    _not: JSONSchemaProps | None
    properties: Map[JSONSchemaProps]
    additional_properties: Json | None = field(schema="JSONSchemaPropsOrBool")
    pattern_properties: Map[JSONSchemaProps]
    dependencies: Map[Json] = field(schema="JSONSchemaPropsOrStringArray", go="v1.JSONSchemaDependencies", pointer=True)
    additional_items: Json | None = field(schema="JSONSchemaPropsOrBool")
    definitions: Map[JSONSchemaProps] = field(go="v1.JSONSchemaDefinitions")
    external_docs: ExternalDocumentation | None
    example: Json | None = field(schema="JSON")
    nullable: bool | None
    x_kubernetes_preserve_unknown_fields: bool | None = field(json="x-kubernetes-preserve-unknown-fields", pointer=True)
    x_kubernetes_embedded_resource: bool | None = field(json="x-kubernetes-embedded-resource")
    x_kubernetes_int_or_string: bool | None = field(json="x-kubernetes-int-or-string")
    x_kubernetes_list_map_keys: tuple[str, ...] = field(json="x-kubernetes-list-map-keys")
    x_kubernetes_list_type: str | None = field(json="x-kubernetes-list-type", pointer=True)
    x_kubernetes_map_type: str | None = field(json="x-kubernetes-map-type", pointer=True)
    x_kubernetes_validations: tuple[ValidationRule, ...] = keyed(
        "rule", json="x-kubernetes-validations", merge="rule", go="v1.ValidationRules"
    )


class ExternalDocumentation(Struct):
    """Where to read more."""

    description: str | None
    url: str | None


class ValidationRule(Struct):
    """A CEL expression that must be true, and what to say when it is not."""

    rule: str
    message: str | None
    message_expression: str | None
    reason: FieldValueErrorReason | None = pointer
    field_path: str | None
    optional_old_self: bool | None = pointer


class CustomResourceSubresources(Struct):
    """The subresources of a new kind."""

    status: CustomResourceSubresourceStatus | None
    scale: CustomResourceSubresourceScale | None


class CustomResourceSubresourceStatus(Struct):
    """That the status of a new kind is written by itself: nothing more is said of it."""


class CustomResourceSubresourceScale(Struct):
    """Where a new kind keeps its replicas, so that it can be scaled."""

    spec_replicas_path: str
    status_replicas_path: str
    label_selector_path: str | None = pointer


class CustomResourceColumnDefinition(Struct):
    """A column that tables of a new kind show."""

    name: str
    type: str
    format: str | None
    description: str | None
    priority: int | None
    json_path: str


class SelectableField(Struct):
    """A field by which objects of a new kind can be selected."""

    json_path: str


class CustomResourceConversion(Struct):
    """How objects get from one version to another."""

    strategy: ConversionStrategyType
    webhook: WebhookConversion | None


class WebhookConversion(Struct):
    """The webhook that converts objects, and the review versions it speaks."""

    client_config: WebhookClientConfig | None
    conversion_review_versions: tuple[str, ...] = always


class WebhookClientConfig(Struct):
    """How a conversion webhook is reached and trusted."""

    url: str | None = pointer
    service: ServiceReference | None
    ca_bundle: Base64 | None


class ServiceReference(Struct):
    """The service behind a conversion webhook."""

    namespace: str
    name: str
    path: str | None = pointer
    port: int | None = pointer


class CustomResourceDefinitionStatus(Struct):
    """What is known about a new kind: conditions, accepted names, stored versions."""

    conditions: tuple[CustomResourceDefinitionCondition, ...] = keyed("type", always=True, required=False)
    accepted_names: CustomResourceDefinitionNames
    stored_versions: tuple[str, ...] = field(always=True, required=False)
    observed_generation: Int64 | None


class CustomResourceDefinitionCondition(Struct):
    """One observation about a new kind, such as whether its names were accepted."""

    type: CustomResourceDefinitionConditionType
    status: ConditionStatus
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None
    observed_generation: Int64 | None


class CustomResourceDefinitionList(ObjectList):
    """A page of custom resource definitions."""

    items: tuple[CustomResourceDefinition, ...] = required
