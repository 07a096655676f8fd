"""Metadata that all kinds share, and the small kinds of the API machinery itself (`meta/v1`)."""

from __future__ import annotations

from .declare import Int64, Json, Map, Time, always, field, keyed, pointer
from .model import Kind, Struct

API_VERSION = "v1"
PACKAGE = "io.k8s.apimachinery.pkg.apis.meta.v1"

UID = str
CauseType = str
ConditionStatus = str
DeletionPropagation = str
FieldSelectorOperator = str
LabelSelectorOperator = str
ManagedFieldsOperationType = str
StatusReason = str
Verbs = tuple[str, ...]


class ListMeta(Struct):
    """TODO"""

    self_link: str | None
    resource_version: str | None
    _continue: str | None
    remaining_item_count: Int64 | None = pointer
    shard_info: ShardInfo | None


class ShardInfo(Struct):
    """TODO"""

    selector: str


class ObjectMeta(Struct):
    """TODO"""

    name: str | None
    generate_name: str | None
    namespace: str | None
    self_link: str | None
    uid: UID | None
    resource_version: str | None
    generation: Int64 | None
    creation_timestamp: Time | None
    deletion_timestamp: Time | None
    deletion_grace_period_seconds: Int64 | None = pointer
    labels: Map[str]
    annotations: Map[str]
    owner_references: tuple[OwnerReference, ...] = keyed("uid", merge="uid")
    finalizers: tuple[str, ...] = field(list_type="set", strategy="merge")
    managed_fields: tuple[ManagedFieldsEntry, ...]


class OwnerReference(Struct, map_type="atomic"):
    """TODO"""

    api_version: str
    kind: str
    name: str
    uid: UID
    controller: bool | None = pointer
    block_owner_deletion: bool | None = pointer


class DeleteOptions(Kind):
    """TODO"""

    grace_period_seconds: Int64 | None = pointer
    preconditions: Preconditions | None
    orphan_dependents: bool | None = pointer
    propagation_policy: DeletionPropagation | None = pointer
    dry_run: tuple[str, ...]
    ignore_store_read_error_with_cluster_breaking_potential: bool | None = pointer


class Preconditions(Struct):
    """TODO"""

    uid: UID | None = pointer
    resource_version: str | None = pointer


class Status(Kind):
    """TODO"""

    metadata: ListMeta
    status: str | None
    message: str | None
    reason: StatusReason | None
    details: StatusDetails | None
    code: int | None


class StatusDetails(Struct):
    """TODO"""

    name: str | None
    group: str | None
    kind: str | None
    uid: UID | None
    causes: tuple[StatusCause, ...]
    retry_after_seconds: int | None


class StatusCause(Struct):
    """TODO"""

    reason: CauseType | None
    message: str | None
    field: str | None


class APIGroup(Kind):
    """TODO"""

    name: str
    versions: tuple[GroupVersionForDiscovery, ...] = always
    preferred_version: GroupVersionForDiscovery
    server_address_by_client_cidrs: tuple[ServerAddressByClientCIDR, ...] = field(json="serverAddressByClientCIDRs")


class ServerAddressByClientCIDR(Struct):
    """TODO"""

    client_cidr: str = field(json="clientCIDR")
    server_address: str


class GroupVersionForDiscovery(Struct):
    """TODO"""

    group_version: str
    version: str


class APIResource(Struct):
    """TODO"""

    name: str
    singular_name: str
    namespaced: bool
    group: str | None
    version: str | None
    kind: str
    verbs: Verbs = field(always=True, list_type="none")
    short_names: tuple[str, ...]
    categories: tuple[str, ...]
    storage_version_hash: str | None


class APIResourceList(Kind):
    """TODO"""

    group_version: str
    resources: tuple[APIResource, ...] = always


class LabelSelector(Struct, map_type="atomic"):
    """TODO"""

    match_labels: Map[str]
    match_expressions: tuple[LabelSelectorRequirement, ...]


class LabelSelectorRequirement(Struct):
    """TODO"""

    key: str
    operator: LabelSelectorOperator
    values: tuple[str, ...]


class FieldSelectorRequirement(Struct):
    """TODO"""

    key: str
    operator: FieldSelectorOperator
    values: tuple[str, ...]


class ManagedFieldsEntry(Struct):
    """TODO"""

    manager: str | None
    operation: ManagedFieldsOperationType | None
    api_version: str | None
    time: Time | None
    fields_type: str | None
    fields_v1: Json | None = field(schema="FieldsV1")
    subresource: str | None


class Condition(Struct):
    """TODO"""

    type: str
    status: ConditionStatus
    observed_generation: Int64 | None
    last_transition_time: Time | None = always
    reason: str
    message: str


class WatchEvent(Struct):
    """TODO"""

    type: str
    object: Json = field(always=True, schema="RawExtension")
