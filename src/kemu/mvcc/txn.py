"""Transactions: checked as a whole, compared, then done as a whole under one revision or not at all."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, NamedTuple

from ..errors import (
    DuplicateKey,
    EmptyKey,
    KeyNotFound,
    LeaseNotFound,
    LeaseProvided,
    TooManyOps,
    UsageError,
    ValueProvided,
)
from .history import History
from .ranges import check_range, check_revision, read
from .records import DeleteRangeResponse, Header, KeyValue, PutResponse, TxnResponse
from .requests import (
    COMPARE_RESULTS,
    COMPARE_TARGETS,
    Compare,
    DeleteRangeRequest,
    Operation,
    PutRequest,
    RangeRequest,
    TxnRequest,
    check_types,
    upper,
)

MAX_OPS = 128
"""etcd's `--max-txn-ops`. A nested transaction has what its parent's longest list leaves over."""

_TARGETS: dict[str, Callable[[KeyValue], Any]] = {
    "VERSION": lambda pair: pair[4],
    "CREATE": lambda pair: pair[2],
    "MOD": lambda pair: pair[3],
    "LEASE": lambda pair: pair[5],
    "VALUE": lambda pair: pair[1],
}
_RESULTS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUAL": lambda one, two: one == two,
    "NOT_EQUAL": lambda one, two: one != two,
    "GREATER": lambda one, two: one > two,
    "LESS": lambda one, two: one < two,
}
_tuple: Any = tuple.__new__
_ABSENT = KeyValue(b"", b"", 0, 0, 0)


def check_put(request: PutRequest) -> None:
    """Refuse a put that no state could satisfy. O(1)."""
    if not request.key:
        raise EmptyKey
    if request.ignore_value and request.value != b"":
        raise ValueProvided
    if request.ignore_lease and request.lease:
        raise LeaseProvided


def check_txn(request: TxnRequest, max_ops: int = MAX_OPS) -> None:
    """Refuse a transaction that no state could satisfy: O(size of the request), and O(puts × deletes) for overlap."""
    _check_ops(request, max_ops)
    for operations in (request.success, request.failure):
        if len(operations) > 1 or (operations and type(operations[0]) is TxnRequest):
            _check_overlap(operations)


def _check_ops(request: TxnRequest, max_ops: int) -> None:
    longest = max(len(request.compare), len(request.success), len(request.failure))
    if longest > max_ops:
        raise TooManyOps
    for compare in request.compare:
        if not isinstance(compare, Compare):
            raise UsageError(f"a txn compares with Compare(...), got {compare!r}")
        if type(compare.key) is not bytes or type(compare.range_end) is not bytes:
            raise UsageError(f"keys are bytes, got {compare!r}")
        if compare.target != "VALUE" and type(compare.operand) is not int:
            raise UsageError(f"only the target VALUE compares with anything but an int; got {compare!r}")
        if not compare.key:
            raise EmptyKey
        known = compare.target in COMPARE_TARGETS and compare.result in COMPARE_RESULTS
        if not known and not any(each.isdigit() for each in (compare.target, compare.result)):
            raise UsageError(f"a Compare has a target of {COMPARE_TARGETS} and a result of {COMPARE_RESULTS}")
    for operation in request.success + request.failure:
        if isinstance(operation, PutRequest):
            check_types(operation)
            check_put(operation)
        elif isinstance(operation, RangeRequest):
            check_types(operation)
            check_range(operation)
        elif isinstance(operation, DeleteRangeRequest):
            check_types(operation)
            if not operation.key:
                raise EmptyKey
        elif isinstance(operation, TxnRequest):
            _check_ops(operation, max_ops - longest)
        elif operation is None:
            raise KeyNotFound  # what etcd answers to an operation without a request in it
        else:
            raise UsageError(f"a txn is made of Range-, Put-, DeleteRange- and TxnRequests: {operation!r}")


_Interval = tuple[bytes, bytes]


def _check_overlap(operations: tuple[Operation, ...]) -> tuple[set[bytes], list[_Interval]]:
    """Refuse a key that is put twice, or put and deleted on the same path; returns the keys put and deleted."""
    deletes = [(each.key, each.range_end) for each in operations if isinstance(each, DeleteRangeRequest)]
    puts: set[bytes] = set()
    for nested in operations:
        if not isinstance(nested, TxnRequest):
            continue
        puts_then, deletes_then = _check_overlap(nested.success)
        puts_else, deletes_else = _check_overlap(nested.failure)
        both = puts_then | puts_else  # the branches exclude each other: the same key in both is no repetition
        if puts & both or any(_deleted(key, deletes) for key in both):
            raise DuplicateKey
        puts |= both
        deletes += deletes_then
        deletes += deletes_else
    for put in operations:
        if isinstance(put, PutRequest):
            if put.key in puts or _deleted(put.key, deletes):
                raise DuplicateKey
            puts.add(put.key)
    return puts, deletes


def _deleted(key: bytes, intervals: list[_Interval]) -> bool:
    """Whether etcd's check sees the key as deleted. It takes bounds literally: an interval up to `\\0`, which deletes
    everything from its start on, holds nothing here, so such a delete and a put can meet in one transaction."""
    return any(start <= key < range_end if range_end else key == start for start, range_end in intervals)


def choose(history: History, request: TxnRequest) -> Choice:
    """Which branch every transaction takes, all decided on the state before any of them writes. O(compared keys)."""
    succeeded = True
    for compare in request.compare:
        if not _holds(history, compare):
            succeeded = False
            break
    operations = request.success if succeeded else request.failure
    if len(operations) == 1 and type(operations[0]) is not TxnRequest:
        return Choice(succeeded, operations, [])
    return Choice(succeeded, operations, [choose(history, each) for each in operations if isinstance(each, TxnRequest)])


class Choice(NamedTuple):
    """The branch that a transaction takes, and the choices of the transactions in it, in order."""

    succeeded: bool
    operations: tuple[Operation, ...]
    nested: list[Choice]


def check_choice(history: History, choice: Choice, leases: Container[int]) -> None:
    """Refuse what the state before the transaction cannot satisfy, puts before reads as etcd does: O(operations)."""
    _check_puts(history, choice, leases)
    _check_reads(history, choice)


def _check_puts(history: History, choice: Choice, leases: Container[int]) -> None:
    nested = iter(choice.nested)
    for each in choice.operations:
        if isinstance(each, PutRequest):
            if (each.ignore_value or each.ignore_lease) and history.live.get(each.key) is None:
                raise KeyNotFound
            if each.lease and each.lease not in leases:
                raise LeaseNotFound
        elif isinstance(each, TxnRequest):
            _check_puts(history, next(nested), leases)


def _check_reads(history: History, choice: Choice) -> None:
    nested = iter(choice.nested)
    for each in choice.operations:
        if isinstance(each, RangeRequest):
            check_revision(history, each.revision)
        elif isinstance(each, TxnRequest):
            _check_reads(history, next(nested))


def execute(history: History, choice: Choice) -> list[Any]:
    """Do the chosen operations in order on the pending revision; the caller commits, or rolls back on an error.

    O(operations × log n + r). A read sees the writes before it.
    """
    nested = iter(choice.nested)
    answers: list[Any] = []
    for each in choice.operations:
        if isinstance(each, PutRequest):
            answers.append(put(history, each))
        elif isinstance(each, RangeRequest):
            answers.append(read(history, each))
        elif isinstance(each, DeleteRangeRequest):
            answers.append(delete_range(history, each))
        else:
            inner = next(nested)
            responses = execute(history, inner)
            answers.append(TxnResponse(Header(0), inner.succeeded, responses))  # etcd leaves this header empty
    return answers


def put(history: History, request: PutRequest) -> PutResponse:
    """Write one key under the pending revision. Raises KeyNotFound if a value or lease to keep is not there."""
    old = history.live.get(request.key)
    value, lease = request.value, request.lease
    if request.ignore_value or request.ignore_lease:
        if old is None:
            raise KeyNotFound
        if request.ignore_value:
            value = old.value
        if request.ignore_lease:
            lease = old.lease
    history.put(request.key, value, lease)
    return _tuple(PutResponse, (_tuple(Header, (history.revision + 1,)), old if request.prev_kv else None))


def delete_range(history: History, request: DeleteRangeRequest) -> DeleteRangeResponse:
    """Delete an interval under the pending revision. O(r log n)."""
    if request.range_end:
        found = history.live.slice(request.key, upper(request.range_end))
    else:
        pair = history.live.get(request.key)
        found = [] if pair is None else [pair]
    for pair in found:
        history.delete(pair.key)
    header = Header(history.revision + bool(history.pending))
    return DeleteRangeResponse(header, len(found), found if request.prev_kv else [])


def _holds(history: History, compare: Compare) -> bool:
    if compare.range_end:
        pairs = history.live.slice(compare.key, upper(compare.range_end))
    else:
        pair = history.live.get(compare.key)
        pairs = [] if pair is None else [pair]
    if not pairs:
        if compare.target == "VALUE":
            return False  # an absent key has no value, not even an empty one
        pairs = [_ABSENT]
    target, result, operand = _TARGETS.get(compare.target), _RESULTS.get(compare.result), compare.operand
    if result is None:
        return True  # a relation that only a newer etcd knows
    if target is None:
        return result(0, 0)  # likewise a target
    if len(pairs) == 1:
        return result(target(pairs[0]), operand)
    return all(result(target(pair), operand) for pair in pairs)
