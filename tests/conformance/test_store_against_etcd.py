"""The store beside a real etcd: the same random requests, every answer and every watch event alike."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from kemu.clock import Clock
from kemu.server.etcd_service import EtcdService, WatchSession
from kemu.store import DeleteRangeResponse, Store

from .etcd_process import MISSING, HttpClient, WatchClient, etcd_binary, running_etcd
from .store_differential import Comparison, Generator, compare_segment, difference_in, segments, shrink

OPERATIONS = int(os.environ.get("KEMU_ETCD_OPERATIONS", "100000"))
SEED = int(os.environ.get("KEMU_ETCD_SEED", "20260101"))

pytestmark = [pytest.mark.slow, pytest.mark.skipif(etcd_binary() is None, reason=MISSING)]


@pytest.mark.parametrize(("number", "count"), list(enumerate(segments(OPERATIONS))))
def test_random_requests_get_the_answers_of_a_real_etcd(number: int, count: int) -> None:
    """Every response, error and watch event of a random sequence is the one that etcd gives, and so is HashKV."""
    compare_segment(SEED, number, count)


def test_leases_expire_with_their_keys_as_in_etcd() -> None:
    """A lease that nobody keeps alive deletes its keys under one revision; others stay."""
    grants = ['{"ID":"1","TTL":"1"}', '{"ID":"2","TTL":"600"}']
    puts = ['{"key":"YQ==","lease":"1"}', '{"key":"Yg==","lease":"1"}', '{"key":"Yw==","lease":"2"}']
    everything = b'{"key":"AA==","range_end":"AA=="}'
    clock = Clock()
    store = Store(clock)
    service = EtcdService(store)
    with running_etcd() as port:
        client = HttpClient(port)
        watch_text = '{"create_request":{"key":"AA==","range_end":"AA=="}}'
        real_watch, kemu_watch = WatchClient(port, watch_text), WatchSession(service)
        real_watch.wait_for(lambda message: message.get("created", False))
        kemu_watch.feed(watch_text, complete=True)
        requests = [("/v3/lease/grant", body) for body in grants] + [("/v3/kv/put", body) for body in puts]
        for path, body in requests:
            status, _ = client.post(path, body.encode())
            assert status == service.call(path, body.encode())[0] == 200
        store.expire(now=1.9)
        assert len(store.items(b"")) == 3, "etcd makes two seconds of a shorter TTL"
        clock.jump(2.0)
        store.tick()
        deletion = real_watch.wait_for(_deletes, seconds=20)
        real = json.loads(client.post("/v3/kv/range", everything)[1])
        kemu = json.loads(service.call("/v3/kv/range", everything)[1])
        assert real["kvs"] == kemu["kvs"]
        assert real["header"]["revision"] == kemu["header"]["revision"]
        ours = [event for line in kemu_watch.lines() for event in json.loads(line)["result"].get("events", ())]
        theirs = [event for message in real_watch.receive() for event in message.get("events", ())]
        assert theirs + deletion["events"] == ours
        client.close()
        real_watch.close()


def _deletes(message: dict[str, Any]) -> bool:
    return any(event.get("type") == "DELETE" for event in message.get("events", ()))


class DeletesOneKeyOnly(Store):
    """A store with a mistake."""

    __slots__ = ()

    def delete_range(self, key: bytes, range_end: bytes = b"", *, prev_kv: bool = False) -> DeleteRangeResponse:
        return super().delete_range(key, b"", prev_kv=prev_kv)


def test_a_difference_is_found_and_shrunk() -> None:
    """The comparison notices a store that is wrong, and reduces the sequence to the requests that show it."""
    operations = Generator(5).operations(400)
    difference = difference_in(operations, DeletesOneKeyOnly)
    assert difference is not None
    fewer, _ = shrink(operations[: difference.index + 1], seconds=40, kind=DeletesOneKeyOnly)
    assert len(fewer) <= 6, fewer
    assert any(path == "/v3/kv/deleterange" for path, _ in fewer)


def test_the_comparison_begins_with_two_empty_stores() -> None:
    """An empty sequence shows no difference: ids, revision and HashKV of an empty etcd are alike."""
    with running_etcd() as port:
        comparison = Comparison(port, Store())
        comparison.run([])
        comparison.close()
