"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Int64, Json, Map, Time, always, field, immutable, keyed, pointer
from .model import Struct, TopLevel
API_VERSION = 'v1'
PACKAGE = 'io.k8s.apimachinery.pkg.apis.meta.v1'
UID = str
CauseType = str
ConditionStatus = str
DeletionPropagation = str
FieldSelectorOperator = str
LabelSelectorOperator = str
ManagedFieldsOperationType = str
StatusReason = str
Verbs = tuple[str, ...]

class ObjectMeta(Struct):
    name: str | None
    generate_name: str | None
    namespace: str | None
    self_link: str | None
    uid: UID | None
    resource_version: str | None
    generation: Int64 | None
    creation_timestamp: Time | None
    deletion_timestamp: Time | None
    deletion_grace_period_seconds: Int64 | None
    labels: Map[str]
    annotations: Map[str]
    owner_references: tuple[OwnerReference, ...]
    finalizers: tuple[str, ...]
    managed_fields: tuple[ManagedFieldsEntry, ...]
    def __init__(self, *,
        name: str | None = ..., generate_name: str | None = ..., namespace: str | None = ..., self_link: str | None =
        ..., uid: UID | None = ..., resource_version: str | None = ..., generation: Int64 | None = ...,
        creation_timestamp: Time | datetime | str | int | None = ...,
        deletion_timestamp: Time | datetime | str | int | None = ..., deletion_grace_period_seconds: Int64 | None = ...,
        labels: Mapping[str, str] | None = ..., annotations: Mapping[str, str] | None = ...,
        owner_references: Sequence[OwnerReference | Mapping[str, Any]] | None = ...,
        finalizers: list[str] | tuple[str, ...] | None = ...,
        managed_fields: Sequence[ManagedFieldsEntry | Mapping[str, Any]] | None = ...
    ) -> None: ...

class OwnerReference(Struct):
    api_version: str
    kind: str
    name: str
    uid: UID
    controller: bool | None
    block_owner_deletion: bool | None
    def __init__(self, *,
        api_version: str | None = ..., kind: str | None = ..., name: str | None = ..., uid: UID | None = ...,
        controller: bool | None = ..., block_owner_deletion: bool | None = ...
    ) -> None: ...

class ManagedFieldsEntry(Struct):
    manager: str | None
    operation: ManagedFieldsOperationType | None
    api_version: str | None
    time: Time | None
    fields_type: str | None
    fields_v1: Json | None
    subresource: str | None
    def __init__(self, *,
        manager: str | None = ..., operation: ManagedFieldsOperationType | None = ..., api_version: str | None = ...,
        time: Time | datetime | str | int | None = ..., fields_type: str | None = ..., fields_v1: Any = ...,
        subresource: str | None = ...
    ) -> None: ...

class DeleteOptions(TopLevel):
    grace_period_seconds: Int64 | None
    preconditions: Preconditions | None
    orphan_dependents: bool | None
    propagation_policy: DeletionPropagation | None
    dry_run: tuple[str, ...]
    ignore_store_read_error_with_cluster_breaking_potential: bool | None
    def __init__(self, *,
        grace_period_seconds: Int64 | None = ..., preconditions: Preconditions | Mapping[str, Any] | None = ...,
        orphan_dependents: bool | None = ..., propagation_policy: DeletionPropagation | None = ...,
        dry_run: list[str] | tuple[str, ...] | None = ...,
        ignore_store_read_error_with_cluster_breaking_potential: bool | None = ...,
        kind: Literal["DeleteOptions"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class Preconditions(Struct):
    uid: UID | None
    resource_version: str | None
    def __init__(self, *, uid: UID | None = ..., resource_version: str | None = ...) -> None: ...

class Status(TopLevel):
    metadata: ListMeta
    status: str | None
    message: str | None
    reason: StatusReason | None
    details: StatusDetails | None
    code: int | None
    def __init__(self, *,
        metadata: ListMeta | Mapping[str, Any] | None = ..., status: str | None = ..., message: str | None = ...,
        reason: StatusReason | None = ..., details: StatusDetails | Mapping[str, Any] | None = ..., code: int | None =
        ..., kind: Literal["Status"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class ListMeta(Struct):
    self_link: str | None
    resource_version: str | None
    _continue: str | None
    remaining_item_count: Int64 | None
    shard_info: ShardInfo | None
    def __init__(self, *,
        self_link: str | None = ..., resource_version: str | None = ..., _continue: str | None = ...,
        remaining_item_count: Int64 | None = ..., shard_info: ShardInfo | Mapping[str, Any] | None = ...
    ) -> None: ...

class ShardInfo(Struct):
    selector: str
    def __init__(self, *, selector: str | None = ...) -> None: ...

class StatusDetails(Struct):
    name: str | None
    group: str | None
    kind: str | None
    uid: UID | None
    causes: tuple[StatusCause, ...]
    retry_after_seconds: int | None
    def __init__(self, *,
        name: str | None = ..., group: str | None = ..., kind: str | None = ..., uid: UID | None = ...,
        causes: Sequence[StatusCause | Mapping[str, Any]] | None = ..., retry_after_seconds: int | None = ...
    ) -> None: ...

class StatusCause(Struct):
    reason: CauseType | None
    message: str | None
    field: str | None
    def __init__(self, *,
        reason: CauseType | None = ..., message: str | None = ..., field: str | None = ...
    ) -> None: ...

class APIGroup(TopLevel):
    name: str
    versions: tuple[GroupVersionForDiscovery, ...]
    preferred_version: GroupVersionForDiscovery
    server_address_by_client_cidrs: tuple[ServerAddressByClientCIDR, ...]
    def __init__(self, *,
        name: str | None = ..., versions: Sequence[GroupVersionForDiscovery | Mapping[str, Any]] | None = ...,
        preferred_version: GroupVersionForDiscovery | Mapping[str, Any] | None = ...,
        server_address_by_client_cidrs: Sequence[ServerAddressByClientCIDR | Mapping[str, Any]] | None = ...,
        kind: Literal["APIGroup"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class GroupVersionForDiscovery(Struct):
    group_version: str
    version: str
    def __init__(self, *, group_version: str | None = ..., version: str | None = ...) -> None: ...

class ServerAddressByClientCIDR(Struct):
    client_cidr: str
    server_address: str
    def __init__(self, *, client_cidr: str | None = ..., server_address: str | None = ...) -> None: ...

class APIResourceList(TopLevel):
    group_version: str
    resources: tuple[APIResource, ...]
    def __init__(self, *,
        group_version: str | None = ..., resources: Sequence[APIResource | Mapping[str, Any]] | None = ...,
        kind: Literal["APIResourceList"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class APIResource(Struct):
    name: str
    singular_name: str
    namespaced: bool
    group: str | None
    version: str | None
    kind: str
    verbs: Verbs
    short_names: tuple[str, ...]
    categories: tuple[str, ...]
    storage_version_hash: str | None
    def __init__(self, *,
        name: str | None = ..., singular_name: str | None = ..., namespaced: bool | None = ..., group: str | None = ...,
        version: str | None = ..., kind: str | None = ..., verbs: list[str] | tuple[str, ...] | None = ...,
        short_names: list[str] | tuple[str, ...] | None = ..., categories: list[str] | tuple[str, ...] | None = ...,
        storage_version_hash: str | None = ...
    ) -> None: ...

class LabelSelector(Struct):
    match_labels: Map[str]
    match_expressions: tuple[LabelSelectorRequirement, ...]
    def __init__(self, *,
        match_labels: Mapping[str, str] | None = ...,
        match_expressions: Sequence[LabelSelectorRequirement | Mapping[str, Any]] | None = ...
    ) -> None: ...

class LabelSelectorRequirement(Struct):
    key: str
    operator: LabelSelectorOperator
    values: tuple[str, ...]
    def __init__(self, *,
        key: str | None = ..., operator: LabelSelectorOperator | None = ...,
        values: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...

class FieldSelectorRequirement(Struct):
    key: str
    operator: FieldSelectorOperator
    values: tuple[str, ...]
    def __init__(self, *,
        key: str | None = ..., operator: FieldSelectorOperator | None = ...,
        values: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...

class Condition(Struct):
    type: str
    status: ConditionStatus
    observed_generation: Int64 | None
    last_transition_time: Time | None
    reason: str
    message: str
    def __init__(self, *,
        type: str | None = ..., status: ConditionStatus | None = ..., observed_generation: Int64 | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class WatchEvent(Struct):
    type: str
    object: Json
    def __init__(self, *, type: str | None = ..., object: Any = ...) -> None: ...
