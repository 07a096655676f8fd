"""`kemu etcd`: the JSON of etcd's gateway, and the server that speaks it."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

import kemu
from kemu.server.etcd_gateway import main
from kemu.server.etcd_service import EtcdService
from kemu.server.go_json import JsonError, Reader
from kemu.store import CLUSTER_ID, MEMBER_ID, Store

HEADER = f'{{"cluster_id":"{CLUSTER_ID}","member_id":"{MEMBER_ID}","revision":"%d","raft_term":"2"}}'


def refusal(message: str, code: int) -> str:
    return json.dumps({"error": message, "message": message, "code": code}, separators=(",", ":"))


CALLS = [
    ("kv/put", '{"key":"Zm9v","value":"YmFy"}', 200, f'{{"header":{HEADER % 3}}}'),
    (
        "kv/range",
        '{"key":"YQ==","rangeEnd":"AA==","limit":1}',
        200,
        f'{{"header":{HEADER % 2},"kvs":[{{"key":"YQ==","create_revision":"2","mod_revision":"2","version":"1",'
        '"value":"MQ=="}],"count":"1"}',
    ),
    (
        "kv/deleterange",
        '{"key":"YQ==","prev_kv":true}',
        200,
        f'{{"header":{HEADER % 3},"deleted":"1","prev_kvs":[{{"key":"YQ==","create_revision":"2","mod_revision":"2",'
        '"version":"1","value":"MQ=="}]}',
    ),
    (
        "kv/txn",
        '{"compare":[{"key":"YQ==","target":"VERSION","version":"1"}],"success":[{"requestPut":{"key":"Yg=="}},'
        '{"request_range":{"key":"Yg=="}},{"request_txn":{}}]}',
        200,
        f'{{"header":{HEADER % 3},"succeeded":true,"responses":[{{"response_put":{{"header":{{"revision":"3"}}}}}},'
        '{"response_range":{"header":{"revision":"3"},"kvs":[{"key":"Yg==","create_revision":"3","mod_revision":"3",'
        '"version":"1"}],"count":"1"}},{"response_txn":{"header":{},"succeeded":true}}]}',
    ),
    ("kv/compaction", '{"revision":"2"}', 200, f'{{"header":{HEADER % 2}}}'),
    ("lease/grant", '{"TTL":"1","ID":5}', 200, f'{{"header":{HEADER % 2},"ID":"5","TTL":"2"}}'),
    ("lease/timetolive", '{"ID":"6"}', 200, f'{{"header":{HEADER % 2},"ID":"6","TTL":"-1"}}'),
    ("lease/leases", "", 200, f'{{"header":{HEADER % 2}}}'),
    ("lease/revoke", '{"ID":"6"}', 404, refusal("etcdserver: requested lease not found", 5)),
    ("kv/range", "{}", 400, refusal("etcdserver: key is not provided", 3)),
    (
        "kv/range",
        '{"key":"YQ==","revision":9}',
        400,
        refusal("etcdserver: mvcc: required revision is a future revision", 11),
    ),
    ("kv/range", '{"key":"!"}', 400, refusal("illegal base64 data at input byte 0", 3)),
    ("kv/range", '{"key":"Zg"}', 400, refusal("illegal base64 data at input byte 0", 3)),
    ("kv/range", '{"key":5}', 400, refusal("json: cannot unmarshal number into Go value of type []uint8", 3)),
    ("kv/range", '{"limit":"x"}', 400, refusal("invalid character 'x' looking for beginning of value", 3)),
    ("kv/range", '{"limit":1.5}', 400, refusal("json: cannot unmarshal number 1.5 into Go value of type int64", 3)),
    ("kv/range", '{"limit":', 400, refusal("unexpected EOF", 3)),
    (
        "kv/range",
        '{"sort_order":"UP"}',
        400,
        refusal('unknown value "UP" for enum etcdserverpb.RangeRequest_SortOrder', 3),
    ),
    (
        "kv/range",
        "[]",
        400,
        refusal("json: cannot unmarshal array into Go value of type map[string]json.RawMessage", 3),
    ),
    ("maintenance/alarm", "{}", 200, "{}"),
]


@pytest.mark.parametrize(("path", "body", "status", "answer"), CALLS)
def test_a_call_is_answered_as_the_gateway_does(path: str, body: str, status: int, answer: str) -> None:
    """Integers as strings, bytes as base64, defaults left out, Go's words for what cannot be read."""
    store = Store()
    store.put(b"a", b"1")
    assert EtcdService(store).call(f"/v3/{path}", body.encode()) == (status, answer)


def server() -> Iterator[int]:
    """The port of a server in a process of its own, as a user starts it."""
    script = "import sys; from kemu.server.etcd_gateway import main; sys.exit(main(sys.argv[1:]))"
    source = os.path.dirname(next(iter(kemu.__path__)))
    process = subprocess.Popen(
        [sys.executable, "-c", script, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("kemu etcd: listening on http://127.0.0.1:"), line
    yield int(line.rsplit(":", 1)[1])
    process.terminate()
    assert process.wait(timeout=10) == 0


@pytest.fixture
def port() -> Iterator[int]:
    """A server of its own for a test."""
    yield from server()


def post(port: int, path: str, body: str) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", path, body)
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def test_a_watch_streams_what_others_write(port: int) -> None:
    """Several watches on one stream, events as they happen, keys of an expired lease deleted by the clock."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    first = b'{"create_request":{"key":"YQ==","range_end":"eg=="}}'
    head = b"POST /v3/watch HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection.sendall(head + b"%x\r\n%s\r\n" % (len(first), first))
    answer = connection.makefile("rb")
    assert answer.readline().startswith(b"HTTP/1.1 200")
    while answer.readline() != b"\r\n":
        pass

    def message() -> dict[str, object]:
        data = answer.read(int(answer.readline(), 16))
        answer.readline()
        found: dict[str, object] = json.loads(data)["result"]
        return found

    assert message()["created"] is True
    second = b'{"create_request":{"key":"Yg==","watch_id":"7"}}'
    connection.sendall(b"%x\r\n%s\r\n" % (len(second), second))
    assert message()["watch_id"] == "7"
    assert post(port, "/v3/lease/grant", '{"TTL":"2","ID":"5"}')[0] == 200
    assert post(port, "/v3/kv/put", '{"key":"Yg==","value":"eA==","lease":"5"}')[0] == 200
    assert [message().get("watch_id", "0") for _ in range(2)] == ["0", "7"]
    expired = [message(), message()]
    assert [event["type"] for each in expired for event in each["events"]] == ["DELETE", "DELETE"]  # type: ignore[attr-defined]
    connection.close()
    assert post(port, "/v3/kv/range", '{"key":"Yg=="}')[1].get("kvs") is None


def test_requests_on_one_connection_are_answered_in_order(port: int) -> None:
    """Pipelined and chunked requests get their answers one after the other."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    body = b'{"key":"YQ=="}'
    plain = b"POST /v3/kv/put HTTP/1.1\r\nHost: e\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    chunked = b"POST /v3/kv/range HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
    missing = b"POST /v3/nothing HTTP/1.1\r\nHost: e\r\nContent-Length: 0\r\n\r\n"
    wrong = b"GET /v3/kv/range HTTP/1.1\r\nHost: e\r\n\r\n"
    connection.sendall(plain + chunked % (len(body), body) + missing + wrong)
    received = b""
    deadline = time.monotonic() + 10
    while received.count(b"HTTP/1.1") < 4 and time.monotonic() < deadline:
        received += connection.recv(1 << 16)
    assert [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]] == [b"200", b"200", b"404", b"405"]
    connection.close()


HEAD = b"POST /v3/kv/range HTTP/1.1\r\nHost: e\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
UNREADABLE: dict[str, tuple[bytes, int, str]] = {
    "half a message": (HEAD + b'Content-Length: 40\r\n\r\n{"ke', 400, "unexpected EOF"),
    "half a chunk": (CHUNKED + b'20\r\n{"ke', 400, "unexpected EOF"),
    "half a watch": (b'POST /v3/watch HTTP/1.1\r\nContent-Length: 90\r\n\r\n{"cr', 500, "unexpected EOF"),
    "no length": (HEAD + b'\r\n{"key":"YQ=="}', 400, "etcdserver: key is not provided"),
    "a length too short": (HEAD + b'Content-Length: 3\r\n\r\n{"key":"YQ=="}', 400, "unexpected EOF"),
    "a length that is none": (HEAD + b"Content-Length: x\r\n\r\n{}", 400, "400 Bad Request"),
    "a negative length": (HEAD + b"Content-Length: -2\r\n\r\n{}", 400, "400 Bad Request"),
    "a length with a square": (HEAD + b"Content-Length: \xb2\r\n\r\n{}", 400, "400 Bad Request"),
    "an endless length": (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", 400, "400 Bad Request"),
    "an endless head": (HEAD + b"X: " + b"a" * (1 << 20) + b"a" * 9000, 431, "431 Request Header Fields Too Large"),
    "a head without a colon": (HEAD + b"nothing\r\n\r\n", 400, "400 Bad Request"),
    "binary garbage": (bytes(range(128, 256)) + b"\r\n\r\n", 400, "400 Bad Request"),
    "another encoding": (HEAD + b"Transfer-Encoding: gzip\r\n\r\n{}", 501, "501 Not Implemented"),
    "a chunk of no length": (CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", 400, "invalid byte in chunk length"),
    "a chunk of less than nothing": (CHUNKED + b"-2\r\n{}\r\n", 400, "invalid byte in chunk length"),
    "a chunk without an end": (CHUNKED + b"2\r\n{}xx0\r\n\r\n", 400, "malformed chunked encoding"),
    "trailers": (CHUNKED + b"0\r\nA: b\r\n\r\n", 400, "etcdserver: key is not provided"),
    "endless nesting": (HEAD + b"Content-Length: 5000\r\n\r\n" + b"[" * 5000, 400, "exceeded max depth"),
    "another method": (b"FOO /v3/kv/range HTTP/1.1\r\n\r\n", 405, "Method Not Allowed"),
}


def test_how_deep_a_message_may_be_nested() -> None:
    """D-065: 300 deep, where etcd reads 10,000."""
    depth = 300
    Reader("[" * depth + "]" * depth).value()
    with pytest.raises(JsonError, match="exceeded max depth"):
        Reader("[" * (depth + 1) + "]" * (depth + 1)).value()


def raw(port: int, data: bytes) -> tuple[int, bytes]:
    """Status and body of what comes back when so much, and nothing more, is sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        with http.client.HTTPResponse(connection, method="POST") as answer:
            answer.begin()
            return answer.status, answer.read()


@pytest.fixture(scope="module")
def shared_port() -> Iterator[int]:
    """A server that a whole table of broken requests is sent to."""
    yield from server()


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_hardly_http_is_answered(shared_port: int, case: str) -> None:
    """In Go's words, as far as there is somebody to answer; and the server goes on."""
    data, status, message = UNREADABLE[case]
    answered, body = raw(shared_port, data)
    assert answered == status and message in body.decode()
    assert post(shared_port, "/v3/kv/range", '{"key":"YQ=="}')[0] == 200


def test_the_answer_to_a_head_request_has_no_body(shared_port: int) -> None:
    """What comes next on the connection is the next answer."""
    connection = http.client.HTTPConnection("127.0.0.1", shared_port, timeout=10)
    for _ in range(2):
        connection.request("HEAD", "/version")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
    connection.close()


BAD_FLAGS = [
    (["--port", "\u00b2"], "'\u00b2' is not a port"),
    (["--port", "9" * 5000], "is not a port"),
    (["--quota-backend-bytes", "9" * 5000], "is not a whole number above 0"),
    (["--auto-compaction-retention=-5h"], "'-5h' is not understood"),
    (["--auto-compaction-retention", "9" * 5000], "is not understood"),
    (["--auto-compaction-mode", "revision", "--auto-compaction-retention", "1h"], "'1h' is not understood"),
    (["--port", "x"], "'x' is not a port"),
    (["--port", "70000"], "'70000' is not a port"),
    (["--nonsense"], "unrecognized arguments: --nonsense"),
    (["--max-txn-ops", "0"], "'0' is not a whole number above 0"),
    (["--auto-compaction-mode", "never"], "invalid choice: 'never'"),
    (["--auto-compaction-retention", "soon"], "'soon' is not understood"),
]


@pytest.mark.parametrize(("arguments", "complaint"), BAD_FLAGS)
def test_a_bad_flag_is_one_clear_line(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 2, and standard error has one line that says what is wrong."""
    try:
        code: object = main(arguments)
    except SystemExit as ended:
        code = ended.code
    assert code == 2
    text = capsys.readouterr().err
    assert complaint in text and text.count("\n") == 1 and text.startswith("kemu etcd: ")


def test_a_port_in_use_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The server does not take another's port, and says so."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["--port", str(taken.getsockname()[1])]) == 1
    assert "cannot listen on 127.0.0.1" in capsys.readouterr().err
