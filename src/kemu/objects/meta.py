"""Metadata that all kinds share, and the small kinds of the API machinery itself (`meta/v1`)."""

from __future__ import annotations

from .declare import Int64, Json, Map, Time, always, field, immutable, keyed, pointer
from .model import Struct, TopLevel

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


class ObjectMeta(Struct):
    """Metadata that every stored object has: names, identity, labels, owners, history of writers."""

    name: str | None = immutable
    generate_name: str | None
    namespace: str | None = immutable
    self_link: str | None
    uid: UID | None = immutable
    resource_version: str | None
    generation: Int64 | None
    creation_timestamp: Time | None = immutable
    deletion_timestamp: Time | None = immutable
    deletion_grace_period_seconds: Int64 | None = pointer
    labels: Map[str]
    annotations: Map[str]
    owner_references: tuple[OwnerReference, ...] = keyed("uid", merge="uid")
    finalizers: tuple[str, ...] = field(list_type="set", strategy="merge")
    managed_fields: tuple[ManagedFieldsEntry, ...]


class OwnerReference(Struct, map_type="atomic"):
    """An object that this one belongs to, and goes away with."""

    api_version: str
    kind: str
    name: str
    uid: UID
    controller: bool | None = pointer
    block_owner_deletion: bool | None = pointer


class ManagedFieldsEntry(Struct):
    """Which fields one writer owns."""

    manager: str | None
    operation: ManagedFieldsOperationType | None
    api_version: str | None
    time: Time | None
    fields_type: str | None
    fields_v1: Json | None = field(schema="FieldsV1")
    subresource: str | None


class DeleteOptions(TopLevel):
    """How a deletion is to be done: grace, preconditions, what happens to dependents."""

    grace_period_seconds: Int64 | None = pointer
    preconditions: Preconditions | None
    orphan_dependents: bool | None = pointer
    propagation_policy: DeletionPropagation | None = pointer
    dry_run: tuple[str, ...]
    ignore_store_read_error_with_cluster_breaking_potential: bool | None = pointer


class Preconditions(Struct):
    """What must be true of an object for it to be deleted."""

    uid: UID | None = pointer
    resource_version: str | None = pointer


class Status(TopLevel):
    """The answer to a request that has no object to return: success, or what went wrong."""

    metadata: ListMeta
    status: str | None
    message: str | None
    reason: StatusReason | None
    details: StatusDetails | None
    code: int | None


class ListMeta(Struct):
    """Metadata of a list: its revision, and where the next page begins."""

    self_link: str | None
    resource_version: str | None
    _continue: str | None
    remaining_item_count: Int64 | None = pointer
    shard_info: ShardInfo | None


class ShardInfo(Struct):
    """Which part of the objects a list covers when it was asked for one shard."""

    selector: str


class StatusDetails(Struct):
    """More about a failure: which object, which causes, when to try again."""

    name: str | None
    group: str | None
    kind: str | None
    uid: UID | None
    causes: tuple[StatusCause, ...]
    retry_after_seconds: int | None


class StatusCause(Struct):
    """One of several causes of a failure, and the field it is about."""

    reason: CauseType | None
    message: str | None
    field: str | None


class APIGroup(TopLevel):
    """A group of the API: its name and its versions."""

    name: str
    versions: tuple[GroupVersionForDiscovery, ...] = always
    preferred_version: GroupVersionForDiscovery
    server_address_by_client_cidrs: tuple[ServerAddressByClientCIDR, ...] = field(json="serverAddressByClientCIDRs")


class GroupVersionForDiscovery(Struct):
    """A version of a group, in both spellings."""

    group_version: str
    version: str


class ServerAddressByClientCIDR(Struct):
    """The address of the server that clients of a network should use."""

    client_cidr: str = field(json="clientCIDR")
    server_address: str


class APIResourceList(TopLevel):
    """The resources that one version of a group serves."""

    group_version: str
    resources: tuple[APIResource, ...] = always


class APIResource(Struct):
    """A served resource: its names, its scope and its verbs."""

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


class LabelSelector(Struct, map_type="atomic"):
    """Which labels objects must have to be chosen: exact pairs and expressions, all of which must hold."""

    match_labels: Map[str]
    match_expressions: tuple[LabelSelectorRequirement, ...]


class LabelSelectorRequirement(Struct):
    """One expression on one label."""

    key: str
    operator: LabelSelectorOperator
    values: tuple[str, ...]


class FieldSelectorRequirement(Struct):
    """One expression on one field."""

    key: str
    operator: FieldSelectorOperator
    values: tuple[str, ...]


class Condition(Struct):
    """One observation about an object: a type, a status, and why."""

    type: str
    status: ConditionStatus
    observed_generation: Int64 | None
    last_transition_time: Time | None = field(always=True, required=True)
    reason: str
    message: str


class WatchEvent(Struct):
    """One change on a watch: what happened, and the object after it."""

    type: str
    object: Json = field(always=True, schema="RawExtension")
