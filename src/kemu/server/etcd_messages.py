"""etcd's messages as JSON: one table of fields per request, one small function per answer.

As grpc-gateway has it: int64 are strings, bytes are base64, enums are names, and what has its default value is left
out. A request may name a field in either spelling and leave out any; fields that nobody knows are ignored.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from functools import cache
from typing import Any

from ..store import (
    CLUSTER_ID,
    MEMBER_ID,
    Compare,
    DeleteRangeRequest,
    DeleteRangeResponse,
    Event,
    Header,
    KeyValue,
    PutRequest,
    PutResponse,
    RangeRequest,
    RangeResponse,
    TxnRequest,
    TxnResponse,
    WatchResponse,
)
from .go_json import JsonError, Number, binary, integer, mismatch

RAFT_TERM = 2

_SORT_ORDER = ("etcdserverpb.RangeRequest_SortOrder", ("NONE", "ASCEND", "DESCEND"))
_SORT_TARGET = ("etcdserverpb.RangeRequest_SortTarget", ("KEY", "VERSION", "CREATE", "MOD", "VALUE"))
_RESULT = ("etcdserverpb.Compare_CompareResult", ("EQUAL", "GREATER", "LESS", "NOT_EQUAL"))
_TARGET = ("etcdserverpb.Compare_CompareTarget", ("VERSION", "CREATE", "MOD", "VALUE", "LEASE"))
_FILTER = ("etcdserverpb.WatchCreateRequest_FilterType", ("NOPUT", "NODELETE"))
_ALARM = ("etcdserverpb.AlarmType", ("NONE", "NOSPACE", "CORRUPT"))
_ACTION = ("etcdserverpb.AlarmRequest_AlarmAction", ("GET", "ACTIVATE", "DEACTIVATE"))

FIELDS: dict[str, dict[str, Any]] = {
    "range": {
        "key": "bytes",
        "range_end": "bytes",
        "limit": "int64",
        "revision": "int64",
        "sort_order": _SORT_ORDER,
        "sort_target": _SORT_TARGET,
        "serializable": "bool",
        "keys_only": "bool",
        "count_only": "bool",
        "min_mod_revision": "int64",
        "max_mod_revision": "int64",
        "min_create_revision": "int64",
        "max_create_revision": "int64",
    },
    "put": {
        "key": "bytes",
        "value": "bytes",
        "lease": "int64",
        "prev_kv": "bool",
        "ignore_value": "bool",
        "ignore_lease": "bool",
    },
    "delete_range": {"key": "bytes", "range_end": "bytes", "prev_kv": "bool"},
    "txn": {"compare": ["compare"], "success": ["op"], "failure": ["op"]},
    "compare": {
        "result": _RESULT,
        "target": _TARGET,
        "key": "bytes",
        "version": "int64",
        "create_revision": "int64",
        "mod_revision": "int64",
        "value": "bytes",
        "lease": "int64",
        "range_end": "bytes",
    },
    "op": {
        "request_range": "range",
        "request_put": "put",
        "request_delete_range": "delete_range",
        "request_txn": "txn",
    },
    "compact": {"revision": "int64", "physical": "bool"},
    "lease_grant": {"TTL": "int64", "ID": "int64"},
    "lease_id": {"ID": "int64"},
    "lease_time_to_live": {"ID": "int64", "keys": "bool"},
    "watch": {"create_request": "watch_create", "cancel_request": "watch_cancel", "progress_request": "empty"},
    "watch_create": {
        "key": "bytes",
        "range_end": "bytes",
        "start_revision": "int64",
        "progress_notify": "bool",
        "filters": [_FILTER],
        "prev_kv": "bool",
        "watch_id": "int64",
        "fragment": "bool",
    },
    "watch_cancel": {"watch_id": "int64"},
    "alarm": {"action": _ACTION, "memberID": "uint64", "alarm": _ALARM},
    "empty": {},
}


@cache
def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def decode(message: str, value: Any) -> dict[str, Any]:
    """The fields of a message that were given, by their own names. Raises JsonError in Go's words. O(size)."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise mismatch(value, "map[string]json.RawMessage")
    found = {}
    for name, kind in FIELDS[message].items():
        for spelling in (name, _camel(name)):
            if spelling in value:
                if value[spelling] is not None:
                    found[name] = _field(kind, value[spelling])
                break
    return found


def _field(kind: Any, value: Any) -> Any:
    if kind == "bytes":
        return binary(value)
    if kind == "int64":
        return integer(value)
    if kind == "uint64":
        return integer(value, 65)
    if kind == "bool":
        if not isinstance(value, bool):
            raise mismatch(value, "bool")
        return value
    if isinstance(kind, tuple):
        return _enum(kind[0], kind[1], value)
    if isinstance(kind, list):
        if not isinstance(value, list):
            raise mismatch(value, "[]json.RawMessage")
        return [_field(kind[0], each) for each in value]
    return decode(kind, value)


def _enum(go_type: str, names: tuple[str, ...], value: Any) -> str:
    if isinstance(value, Number):
        number = integer(value, 32, go_type)
        return names[number] if 0 <= number < len(names) else str(number)
    if not isinstance(value, str):
        raise mismatch(value, go_type)
    if value not in names:
        raise JsonError(f'unknown value "{value}" for enum {go_type}')
    return value


def range_request(fields: dict[str, Any]) -> RangeRequest:
    return RangeRequest(**{"key": b"", **fields})


def put_request(fields: dict[str, Any]) -> PutRequest:
    return PutRequest(**{"key": b"", **fields})


def delete_request(fields: dict[str, Any]) -> DeleteRangeRequest:
    return DeleteRangeRequest(**{"key": b"", **fields})


def txn_request(fields: dict[str, Any]) -> TxnRequest:
    return TxnRequest(
        tuple(_compare(each) for each in fields.get("compare", ())),
        tuple(_operation(each) for each in fields.get("success", ())),
        tuple(_operation(each) for each in fields.get("failure", ())),
    )


_OPERANDS = {
    "VERSION": "version",
    "CREATE": "create_revision",
    "MOD": "mod_revision",
    "VALUE": "value",
    "LEASE": "lease",
}


def _compare(fields: dict[str, Any]) -> Compare:
    target = fields.get("target", "VERSION")
    operand = fields.get(_OPERANDS.get(target, ""), b"" if target == "VALUE" else 0)
    return Compare(fields.get("key", b""), target, fields.get("result", "EQUAL"), operand, fields.get("range_end", b""))


_OPERATIONS: tuple[tuple[str, Callable[[dict[str, Any]], Any]], ...] = (
    ("request_put", put_request),
    ("request_range", range_request),
    ("request_delete_range", delete_request),
    ("request_txn", txn_request),
)


def _operation(fields: dict[str, Any]) -> Any:
    for name, make in _OPERATIONS:
        if name in fields:
            return make(fields[name])
    return None


# -- answers: dicts in the order of the fields' numbers, without what has its default ------------------------------


def header(head: Header) -> dict[str, Any]:
    """A header with the ids of this member."""
    told: dict[str, Any] = {"cluster_id": str(CLUSTER_ID), "member_id": str(MEMBER_ID)}
    if head.revision:
        told["revision"] = str(head.revision)
    told["raft_term"] = str(RAFT_TERM)
    return told


def _inner(head: Header) -> dict[str, Any]:
    """The header of an operation within a transaction has no ids."""
    return {"revision": str(head.revision)} if head.revision else {}


Head = Callable[[Header], dict[str, Any]]


def pair(kv: KeyValue) -> dict[str, Any]:
    told: dict[str, Any] = {"key": b64encode(kv.key).decode()}
    if kv.create_revision:
        told["create_revision"] = str(kv.create_revision)
    told["mod_revision"] = str(kv.mod_revision)
    if kv.version:
        told["version"] = str(kv.version)
    if kv.value:
        told["value"] = b64encode(kv.value).decode()
    if kv.lease:
        told["lease"] = str(kv.lease)
    return told


def ranged(answer: RangeResponse, head: Head = header) -> dict[str, Any]:
    told: dict[str, Any] = {"header": head(answer.header)}
    if answer.kvs:
        told["kvs"] = [pair(kv) for kv in answer.kvs]
    if answer.more:
        told["more"] = True
    if answer.count:
        told["count"] = str(answer.count)
    return told


def put(answer: PutResponse, head: Head = header) -> dict[str, Any]:
    told: dict[str, Any] = {"header": head(answer.header)}
    if answer.prev_kv is not None:
        told["prev_kv"] = pair(answer.prev_kv)
    return told


def deleted(answer: DeleteRangeResponse, head: Head = header) -> dict[str, Any]:
    told: dict[str, Any] = {"header": head(answer.header)}
    if answer.deleted:
        told["deleted"] = str(answer.deleted)
    if answer.prev_kvs:
        told["prev_kvs"] = [pair(kv) for kv in answer.prev_kvs]
    return told


def txn(answer: TxnResponse, head: Head = header) -> dict[str, Any]:
    told: dict[str, Any] = {"header": head(answer.header)}
    if answer.succeeded:
        told["succeeded"] = True
    if answer.responses:
        told["responses"] = [_response(each) for each in answer.responses]
    return told


def _response(answer: Any) -> dict[str, Any]:
    if isinstance(answer, PutResponse):
        return {"response_put": put(answer, _inner)}
    if isinstance(answer, RangeResponse):
        return {"response_range": ranged(answer, _inner)}
    if isinstance(answer, DeleteRangeResponse):
        return {"response_delete_range": deleted(answer, _inner)}
    return {"response_txn": txn(answer, _inner)}


def event(change: Event) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if change.type == "DELETE":
        told["type"] = "DELETE"
    told["kv"] = pair(change.kv)
    if change.prev_kv is not None:
        told["prev_kv"] = pair(change.prev_kv)
    return told


def watched(answer: WatchResponse) -> dict[str, Any]:
    told: dict[str, Any] = {"header": header(answer.header)}
    if answer.watch_id:
        told["watch_id"] = str(answer.watch_id)
    if answer.created:
        told["created"] = True
    if answer.canceled:
        told["canceled"] = True
    if answer.compact_revision:
        told["compact_revision"] = str(answer.compact_revision)
    if answer.cancel_reason:
        told["cancel_reason"] = answer.cancel_reason
    if answer.fragment:
        told["fragment"] = True
    if answer.events:
        told["events"] = [event(each) for each in answer.events]
    return told
