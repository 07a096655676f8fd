"""Plain data: key-value pairs, events, and the answers to requests, with etcd's names and fields."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

SUB_BITS = 32
"""A position in history is `main revision << SUB_BITS | sub revision`."""

SUB_MASK = (1 << SUB_BITS) - 1

PUT = "PUT"
DELETE = "DELETE"

Trail: TypeAlias = "tuple[int, int | KeyValue, int, int]"
"""How to walk from one version of a key to the older ones: (depth, prior, jump, sub).

`depth` counts the older versions, tombstones included. `prior` is the position of the version just before (or that
version itself, once everything older was compacted; 0 when there is none). `jump` is the position of the version at
depth `depth & (depth - 1)`. `sub` is this version's own sub-revision.
"""


class KeyValue(NamedTuple):
    """One version of a key. A tombstone has version 0. Equal when the six fields that etcd knows are equal."""

    key: bytes
    value: Any
    create_revision: int
    mod_revision: int
    version: int
    lease: int = 0
    trail: Trail | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeyValue) and self[:6] == other[:6]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.key, self.mod_revision))

    def __repr__(self) -> str:
        if not self.version:
            return f"KeyValue({self.key!r}, deleted at {self.mod_revision})"
        lease = f", lease={self.lease}" if self.lease else ""
        return (
            f"KeyValue({self.key!r}, {self.value!r}, create_revision={self.create_revision}, "
            f"mod_revision={self.mod_revision}, version={self.version}{lease})"
        )

    @property
    def position(self) -> int:
        """Where this version stands in history: main revision, then sub-revision."""
        return self.mod_revision << SUB_BITS | (self.trail[3] if self.trail else 0)


class Event(NamedTuple):
    """One change: `type` is `PUT` or `DELETE`, `kv` the pair after it, `prev_kv` the pair before its revision."""

    type: str
    kv: KeyValue
    prev_kv: KeyValue | None


class Header(NamedTuple):
    """The head of every answer. The ids and the term belong to the member that answers, not to the data."""

    revision: int


class RangeResponse(NamedTuple):
    header: Header
    kvs: list[KeyValue]
    more: bool
    count: int  # type: ignore[assignment]


class PutResponse(NamedTuple):
    header: Header
    prev_kv: KeyValue | None


class DeleteRangeResponse(NamedTuple):
    header: Header
    deleted: int
    prev_kvs: list[KeyValue]


class TxnResponse(NamedTuple):
    header: Header
    succeeded: bool
    responses: list[Any]


class CompactResponse(NamedTuple):
    header: Header


class WatchResponse(NamedTuple):
    """One message of a watch stream: `created` and `canceled` answers, events of one or more revisions, or progress."""

    header: Header
    watch_id: int
    created: bool = False
    canceled: bool = False
    compact_revision: int = 0
    cancel_reason: str = ""
    fragment: bool = False
    events: tuple[Event, ...] = ()


class LeaseGrantResponse(NamedTuple):
    header: Header
    id: int
    ttl: int


class LeaseRevokeResponse(NamedTuple):
    header: Header


class LeaseKeepAliveResponse(NamedTuple):
    """`ttl` is 0 if there is no such lease."""

    header: Header
    id: int
    ttl: int


class LeaseTimeToLiveResponse(NamedTuple):
    """`ttl` is what remains, in whole seconds, and -1 if there is no such lease; `granted_ttl` is where it began."""

    header: Header
    id: int
    ttl: int
    granted_ttl: int = 0
    keys: tuple[bytes, ...] = ()


class LeaseLeasesResponse(NamedTuple):
    header: Header
    leases: tuple[int, ...]


class StatusResponse(NamedTuple):
    """`db_size` counts the bytes of all remembered keys and values."""

    header: Header
    version: str
    db_size: int
    raft_index: int
    errors: tuple[str, ...]


class HashResponse(NamedTuple):
    header: Header
    hash: int


class HashKvResponse(NamedTuple):
    header: Header
    hash: int
    compact_revision: int
