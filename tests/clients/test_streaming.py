"""Exec and port-forwards over SPDY without a websocket around it: by hand, and by a kubectl that is told to."""

import json
import os
import socket
import subprocess
import zlib
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

import kemu

pytest.importorskip("aiohttp", reason="aiohttp is not installed: pip install 'kemu[server]'")
from kemu.server.spdy import DICTIONARY, Data, Spdy
from tests.clients.web import KUBECTL, PATIENCE, POD
from tests.unit.test_spdy import control, data, opening

EXEC = "/api/v1/namespaces/default/pods/web/exec"
FORWARD = "/api/v1/namespaces/default/pods/web/portforward"
UPGRADE = {"Connection": "Upgrade", "Upgrade": "SPDY/3.1"}


@pytest.fixture
def served():
    cluster = kemu.Cluster(nodes=1)
    cluster.apply(POD)
    cluster.wait("pod/web", "condition=Ready")
    with cluster.serve() as server:
        yield cluster, server


class Client:
    """The other side of a connection: streams that are opened, and what comes on them."""

    def __init__(self, link, head, rest):
        self.link, self.head = link, head
        self.spdy, self.packer = Reader(), zlib.compressobj(zdict=DICTIONARY)
        self.said, self.ended = {}, set()
        self.take(rest)

    def open(self, stream, flags=0, **headers):
        self.link.sendall(opening(stream, packer=self.packer, flags=flags, **headers))

    def take(self, piece):
        for event in self.spdy.receive(piece):
            if isinstance(event, Data):
                self.said[event.stream] = self.said.get(event.stream, b"") + event.data
                if event.ended:
                    self.ended.add(event.stream)

    def until(self, *streams):
        """Read until these streams have ended."""
        while not set(streams) <= self.ended and (piece := self.link.recv(65536)):
            self.take(piece)
        return [self.said.get(stream, b"") for stream in streams]


class Reader(Spdy):
    """Reads what a server says, whose replies are none of a client's frames."""

    def _control(self, kind, flags, content):
        return None if kind == 2 else super()._control(kind, flags, content)


@contextmanager
def connected(server, path, protocol):
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname, place.port), timeout=PATIENCE) as link:
        lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Length: 0", f"X-Stream-Protocol-Version: {protocol}"]
        lines += [f"{name}: {value}" for name, value in UPGRADE.items()]
        link.sendall("\r\n".join([*lines, "", ""]).encode())
        read = b""
        while b"\r\n\r\n" not in read:
            read += link.recv(4096)
        head, _, rest = read.partition(b"\r\n\r\n")
        yield Client(link, head, rest)


def test_a_command_talks_on_the_streams_that_are_opened_for_it(served):
    """What it says waits for its stream; its input ends with the stream of it; how it ended is a Status."""
    _, server = served
    with connected(server, f"{EXEC}?command=cat&stdin=true&stdout=true", "v4.channel.k8s.io") as client:
        assert (
            client.head.startswith(b"HTTP/1.1 101") and b"X-Stream-Protocol-Version: v4.channel.k8s.io" in client.head
        )
        client.open(1, streamtype="error")
        client.open(3, streamtype="stdin")
        client.link.sendall(control(6, b"\0\0\0\7") + data(3, b"some ") + data(3, b"text", 1))
        client.open(5, streamtype="stdout")
        error, out = client.until(1, 5)
    assert out == b"some text" and json.loads(error)["status"] == "Success"


def test_a_command_that_fails_says_so(served):
    """With its exit code; what it complains of has a stream of its own."""
    _, server = served
    path = f"{EXEC}?command=sh&command=-c&command=echo+no+%3E%262%3B+exit+3&stdout=true&stderr=true"
    with connected(server, path, "v4.channel.k8s.io") as client:
        for stream, kind in ((1, "error"), (3, "stdout"), (5, "stderr")):
            client.open(stream, streamtype=kind)
        error, out, err = client.until(1, 3, 5)
    assert (out, err) == (b"", b"no\n")
    assert json.loads(error)["details"]["causes"] == [{"reason": "ExitCode", "message": "3"}]


def test_a_port_is_forwarded(served):
    """As in a websocket: a stream for data and one for errors."""
    _, server = served
    with connected(server, FORWARD, "portforward.k8s.io") as client:
        client.open(1, streamtype="error", requestid="0", port="80", flags=1)
        client.open(3, streamtype="data", requestid="0", port="80")
        client.link.sendall(data(3, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"))
        error, said = client.until(1, 3)
    assert error == b"" and said.endswith(b"\r\n\r\nweb\n")


@pytest.mark.parametrize("sent", [b"\xff" * 64, b"nonsense" * 8, control(1, b"\0\0\0\1" + b"\0" * 6 + b"no zlib")])
def test_what_is_no_spdy_is_hung_up_on(served, sent):
    cluster, server = served
    for path, protocol in ((EXEC + "?command=cat&stdin=true", "v4.channel.k8s.io"), (FORWARD, "portforward.k8s.io")):
        with connected(server, path, protocol) as client:
            client.link.sendall(sent)
            assert client.until(1) == [b""]
    assert cluster.get("pod/web").status.phase == "Running"


def test_a_client_that_goes_away_is_missed_by_nobody(served):
    """The process reads the end of its input."""
    cluster, server = served
    with connected(server, EXEC + "?command=cat&stdin=true&stdout=true", "v4.channel.k8s.io") as client:
        for stream, kind in ((1, "error"), (3, "stdin"), (5, "stdout")):
            client.open(stream, streamtype=kind)
        client.link.sendall(data(3, b"a\n"))
        while 5 not in client.said:
            client.take(client.link.recv(4096))
    assert cluster.exec("pod/web", ["echo", "on"]).exit_code == 0


def test_a_protocol_that_nobody_speaks_is_refused(served):
    """With those that are spoken, as a real kubelet does."""
    cluster, _ = served
    for headers in (UPGRADE, {**UPGRADE, "X-Stream-Protocol-Version": "v9.channel.k8s.io"}):
        answer = cluster.request("POST", EXEC + "?command=cat&stdout=true", headers)
        assert answer.status == 403 and "server accepts [v4.channel.k8s.io]" in answer.body.decode()


def test_events_of_streams_that_mean_nothing_are_passed_over(served):
    """A stream for the size of a terminal, data on none, a stream that is given up."""
    _, server = served
    with connected(server, EXEC + "?command=cat&stdin=true&stdout=true", "v4.channel.k8s.io") as client:
        for stream, kind in ((1, "error"), (3, "stdin"), (5, "stdout"), (7, "resize")):
            client.open(stream, streamtype=kind)
        client.link.sendall(
            data(7, b'{"Width":1}') + data(9, b"lost") + data(3, b"kept") + control(3, b"\0\0\0\3\0\0\0\5")
        )
        error, out = client.until(1, 5)
    assert out == b"kept" and json.loads(error)["status"] == "Success"


@pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl on this machine")
def test_kubectl_without_websockets(served, tmp_path):
    """As all of them were once."""
    _, server = served
    environment = {
        "KUBECONFIG": server.kubeconfig,
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false",
    }

    def kubectl(*words, given=""):
        command = [KUBECTL, *words]
        return subprocess.run(
            command, input=given, capture_output=True, text=True, env=environment, timeout=PATIENCE, check=False
        )

    assert kubectl("exec", "-i", "web", "--", "cat", given="some text").stdout == "some text"
    failed = kubectl("exec", "web", "--", "sh", "-c", "echo no >&2; exit 3")
    assert failed.returncode == 3 and failed.stderr.startswith("no\n")
