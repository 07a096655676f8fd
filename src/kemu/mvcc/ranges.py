"""Range requests: which pairs, filtered, sorted and cut as etcd does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import Compacted, EmptyKey, FutureRevision, InvalidSortOption
from .history import History
from .records import Header, KeyValue, RangeResponse
from .requests import SORT_ORDERS, SORT_TARGETS, RangeRequest, upper

_SORT_KEYS: dict[str, Callable[[KeyValue], Any]] = {
    "KEY": lambda pair: pair[0],
    "VALUE": lambda pair: pair[1],
    "CREATE": lambda pair: pair[2],
    "MOD": lambda pair: pair[3],
    "VERSION": lambda pair: pair[4],
}


def check_range(request: RangeRequest) -> None:
    """Refuse what can be refused without looking at the data. O(1)."""
    if not request.key:
        raise EmptyKey
    if request.sort_order not in SORT_ORDERS or request.sort_target not in SORT_TARGETS:
        raise InvalidSortOption


def check_revision(history: History, revision: int) -> None:
    """Refuse a revision that is compacted or in the future, as etcd does inside a transaction. O(1)."""
    if revision > history.revision:
        raise FutureRevision
    if revision and revision < history.compacted:
        raise Compacted


def read(history: History, request: RangeRequest) -> RangeResponse:
    """Answer a range request that `check_range` let pass, on the state that includes pending writes.

    O(log n + r) for a current read, plus O(r log r) to sort by anything but the key; see `History.range_at` for a
    past one. As in etcd: `count` is of the whole interval, before limit and filters, and `limit` is applied
    before sorting when there is a sort target but no sort order.
    """
    now = history.revision + bool(history.pending)
    revision = request.revision
    if revision > now:
        raise FutureRevision
    if 0 < revision < history.compacted:
        raise Compacted
    if revision <= 0:
        revision = now
    limit = request.limit
    filtered = (
        request.min_mod_revision
        or request.max_mod_revision
        or request.min_create_revision
        or request.max_create_revision
    )
    order = request.sort_order
    if filtered or not (order == "NONE" or (order == "ASCEND" and request.sort_target == "KEY")):
        limit = 0
    pairs, count = _fetch(history, request, revision, now, limit + 1 if limit > 0 else 0)
    if request.count_only:
        return RangeResponse(Header(now), [], False, count)
    if filtered:
        pairs = _filter(pairs, request)
    if order == "NONE" and request.sort_target != "KEY":
        order = "ASCEND"
    if order == "DESCEND" or (order == "ASCEND" and request.sort_target != "KEY"):
        pairs = sorted(pairs, key=_SORT_KEYS[request.sort_target], reverse=order == "DESCEND")
    more = 0 < request.limit < len(pairs)
    if more:
        pairs = pairs[: request.limit]
    if request.keys_only:
        pairs = [pair._replace(value=b"") for pair in pairs]
    return RangeResponse(Header(now), pairs, more, count)


def _fetch(history: History, request: RangeRequest, revision: int, now: int, limit: int) -> tuple[list[KeyValue], int]:
    if not request.range_end:
        pair = history.live.get(request.key) if revision == now else history.key_at(request.key, revision)
        return ([], 0) if pair is None else ([pair], 1)
    end = upper(request.range_end)
    if revision != now:
        pairs = history.range_at(request.key, end, revision)
        return (pairs[:limit] if limit else pairs), len(pairs)
    if request.count_only:
        return [], history.live.count(request.key, end)
    pairs = history.live.slice(request.key, end, limit)
    return pairs, (history.live.count(request.key, end) if limit and len(pairs) == limit else len(pairs))


def _filter(pairs: list[KeyValue], request: RangeRequest) -> list[KeyValue]:
    if request.max_mod_revision:
        pairs = [pair for pair in pairs if pair[3] <= request.max_mod_revision]
    if request.min_mod_revision:
        pairs = [pair for pair in pairs if pair[3] >= request.min_mod_revision]
    if request.max_create_revision:
        pairs = [pair for pair in pairs if pair[2] <= request.max_create_revision]
    if request.min_create_revision:
        pairs = [pair for pair in pairs if pair[2] >= request.min_create_revision]
    return pairs
