"""Whatever is sent to etcd's JSON gateway is answered as a gateway answers: JSON, and a status that fits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kemu.errors import EtcdError, UsageError
from kemu.server.etcd_messages import FIELDS
from kemu.server.etcd_service import EtcdService, KeepAliveSession, WatchSession
from kemu.server.go_json import JsonError
from kemu.store import Store

MESSAGES = {
    "/v3/kv/range": "range",
    "/v3/kv/put": "put",
    "/v3/kv/deleterange": "delete_range",
    "/v3/kv/txn": "txn",
    "/v3/kv/compaction": "compact",
    "/v3/lease/grant": "lease_grant",
    "/v3/lease/revoke": "lease_id",
    "/v3/lease/timetolive": "lease_time_to_live",
    "/v3/lease/leases": "empty",
    "/v3/maintenance/status": "empty",
    "/v3/maintenance/hash": "empty",
    "/v3/maintenance/alarm": "alarm",
    "/v3/maintenance/defragment": "empty",
    "/v3/cluster/member/list": "empty",
}
ATOMS: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 3, 99, 2**31, 2**63, -(2**63), 10**40, 1e300),
    *("", "a", "YQ==", "YQ", "AA==", "-1", "1e3", "9" * 30, "null", "\u00b2", "\ud800", "\x00", [], {}, [[]], [{}]),
)
RAW = (
    *(b"", b"{", b"[]", b"null", b"\x00", b"\xff\xfe", b'{"key":"\\ud800"}', b'{"key":1e999}', b"-", b"9"),
    *(b"[" * 9000, b'{"success":[' * 3000, b"9" * 9000, b'{"limit":' + b"9" * 9000 + b"}", b'{"key":[256]}'),
    *(b'{"limit":"' + b"9" * 9000 + b'"}', b'{"key":[' + b"9" * 9000 + b"]}", b'"' + b"\\" * 9001 + b'"'),
)


def values(kind: Any, depth: int = 3) -> st.SearchStrategy[Any]:
    """Values of a field, good and bad ones."""
    atoms = st.sampled_from(ATOMS)
    if isinstance(kind, tuple):
        return st.sampled_from((*kind[1], 0, 1, 9, -1, "9")) | atoms
    if isinstance(kind, list):
        return st.lists(values(kind[0], depth), max_size=3) | atoms
    if kind == "bytes":
        return st.sampled_from(("YQ==", "YWI=", "AA==", "Yg==")) | atoms
    if kind in FIELDS:
        return messages(kind, depth - 1) | atoms if depth else atoms
    return st.integers(-2, 12) | st.integers(-2, 12).map(str) | atoms


def messages(name: str, depth: int = 3) -> st.SearchStrategy[Any]:
    """Messages of a kind with any of its fields, and one that nobody knows."""
    fields = {field: values(kind, depth) for field, kind in FIELDS[name].items()}
    return st.fixed_dictionaries({}, optional={**fields, "x": st.sampled_from(ATOMS)})


def texts(name: str) -> st.SearchStrategy[bytes]:
    """Bodies: whole messages, cut ones, and what is no message at all."""
    whole = messages(name).map(lambda message: json.dumps(message).encode())
    cut = st.tuples(whole, st.integers(0, 60)).map(lambda pair: pair[0][: pair[1]])
    return whole | whole | cut | st.sampled_from(RAW) | st.binary(max_size=20)


CALLS = st.sampled_from(sorted(MESSAGES)).flatmap(lambda path: st.tuples(st.just(path), texts(MESSAGES[path])))
LOUD = {"deadline": None, "database": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=400, **LOUD)
@given(st.lists(CALLS, min_size=1, max_size=8))
def test_every_call_is_answered(calls: list[tuple[str, bytes]]) -> None:
    """JSON with a status below 600; a refusal names its code, and leaves the store as it was."""
    store = Store()
    store.put(b"a", b"1")
    service = EtcdService(store)
    for path, body in calls:
        before = store.revision
        status, text = service.call(path, body)
        answer = json.loads(text)
        if status != 200:
            assert answer["error"] == answer["message"] and isinstance(answer["code"], int)
            assert 400 <= status < 600 and store.revision == before
    store.check()


@settings(max_examples=200, **LOUD)
@given(st.lists(texts("watch"), min_size=1, max_size=4), st.lists(texts("lease_id"), min_size=1, max_size=4))
def test_every_stream_goes_on_or_says_why_not(watches: list[bytes], keep_alives: list[bytes]) -> None:
    """A message of a stream is answered with lines of JSON, or it ends the stream with an error of the gateway's."""
    service = EtcdService(Store())
    for session, pieces in ((WatchSession(service), watches), (KeepAliveSession(service), keep_alives)):
        try:
            for piece in pieces:
                for line in session.feed(piece.decode("utf-8", "replace"), False):
                    assert "result" in json.loads(line)
        except (JsonError, EtcdError, UsageError) as refusal:
            assert str(refusal)
        session.close()


@pytest.mark.parametrize("body", RAW, ids=lambda body: body[:12].decode("latin-1"))
@pytest.mark.parametrize("path", ["/v3/kv/range", "/v3/kv/txn"])
def test_what_is_no_message_is_refused_as_such(path: str, body: bytes) -> None:
    """400 and InvalidArgument, however deep or long it is."""
    status, text = EtcdService(Store()).call(path, body)
    answer = json.loads(text)
    assert status in (200, 400) and (status == 200 or answer["code"] == 3)
