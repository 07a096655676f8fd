"""Requests as plain data, with the names, fields and defaults of etcd's v3 API. Operations of a `txn` are these."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from ..errors import UsageError

SORT_ORDERS = ("NONE", "ASCEND", "DESCEND")
SORT_TARGETS = ("KEY", "VERSION", "CREATE", "MOD", "VALUE")
COMPARE_TARGETS = ("VERSION", "CREATE", "MOD", "VALUE", "LEASE")
COMPARE_RESULTS = ("EQUAL", "GREATER", "LESS", "NOT_EQUAL")


class RangeRequest(NamedTuple):
    """Read `key`, or `key <= k < range_end`; a `range_end` of one zero byte means every key from `key` on."""

    key: bytes
    range_end: bytes = b""
    limit: int = 0
    revision: int = 0
    sort_order: str = "NONE"
    sort_target: str = "KEY"
    serializable: bool = False
    keys_only: bool = False
    count_only: bool = False
    min_mod_revision: int = 0
    max_mod_revision: int = 0
    min_create_revision: int = 0
    max_create_revision: int = 0


class PutRequest(NamedTuple):
    """Write `key`. `ignore_value` and `ignore_lease` keep what the key has, which must exist."""

    key: bytes
    value: Any = b""
    lease: int = 0
    prev_kv: bool = False
    ignore_value: bool = False
    ignore_lease: bool = False


class DeleteRangeRequest(NamedTuple):
    """Delete `key`, or every key in the interval."""

    key: bytes
    range_end: bytes = b""
    prev_kv: bool = False


class Compare(NamedTuple):
    """A condition: the `target` of every key in the interval stands in the relation `result` to `operand`."""

    key: bytes
    target: str = "VERSION"
    result: str = "EQUAL"
    operand: Any = 0
    range_end: bytes = b""


class TxnRequest(NamedTuple):
    """If every comparison holds do `success`, else do `failure`, all under one revision."""

    compare: tuple[Compare, ...] = ()
    success: tuple[Operation, ...] = ()
    failure: tuple[Operation, ...] = ()


Operation: TypeAlias = "RangeRequest | PutRequest | DeleteRangeRequest | TxnRequest"


def prefix_end(prefix: bytes) -> bytes:
    """The `range_end` that makes `prefix` mean every key that begins with it. O(length)."""
    if type(prefix) is not bytes:
        raise UsageError(f"a prefix is bytes, got {prefix!r}")
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes((stem[-1] + 1,)) if stem else b"\0"


def check_int(name: str, value: object) -> None:
    """Raise UsageError unless `value` is a whole number. O(1)."""
    if type(value) is not int:
        raise UsageError(f"{name} is an int, got {value!r}")


def check_types(request: RangeRequest | PutRequest | DeleteRangeRequest) -> None:
    """Raise UsageError for a field of the wrong Python type; the value of a put can be anything. O(fields)."""
    ints: tuple[int, ...] = ()
    if type(request) is RangeRequest:
        ints = (request.limit, request.revision, *request[9:])
    elif type(request) is PutRequest:
        ints = (request.lease,)
    for value in ints:
        if type(value) is not int:
            raise UsageError(f"limits, revisions and leases are ints, got {value!r} in {request!r}")
    end = b"" if type(request) is PutRequest else request[1]
    if type(request.key) is not bytes or type(end) is not bytes:
        raise UsageError(f"keys are bytes, got {request!r}")


def upper(range_end: bytes) -> bytes | None:
    """The end of an interval as an exclusive bound: None for the zero byte that means "no end"."""
    return None if range_end == b"\0" else range_end
