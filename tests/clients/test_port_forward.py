"""Port-forwards to what listens in pods: kubectl, the official client, and what clients get wrong."""

import http.client
import os
import select
import socket
import subprocess
import urllib.request
from contextlib import contextmanager

import pytest

import kemu

pytest.importorskip("aiohttp", reason="aiohttp is not installed: pip install 'kemu[server]'")
from kemu.reconcilers.kubelet.forwarding import Connection
from kemu.server.tunnels import Tunnel
from tests.clients.web import KUBECTL, PATIENCE, POD
from tests.unit.test_spdy import opening


@pytest.fixture
def served():
    cluster = kemu.Cluster(nodes=1)
    cluster.apply(POD)
    cluster.wait("pod/web", "condition=Ready")
    with cluster.serve() as server:
        yield cluster, server


# What a connection says


def connection(answer=(200, "hello"), bodies=None):
    asked, bodies = [], [] if bodies is None else bodies

    def answers(request):
        asked.append(request.path)
        bodies.append(request.body)
        return answer

    return Connection(answers), asked


def test_a_request_is_answered_when_it_is_whole():
    """Piece by piece; the connection stays for the next one."""
    link, asked = connection()
    assert link.hear(b"GET /a HTTP/1.1\r\nHost") == b"" and asked == []
    said = link.hear(b": x\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200 OK\r\n") and said.endswith(b"\r\n\r\nhello") and asked == ["/a"]
    assert link.hear(b"GET /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n").count(b"hello") == 2
    assert asked == ["/a", "/b", "/c"] and not link.over


def test_a_body_is_not_taken_for_a_request():
    """However it comes: it is read with its request, which is answered when all of it is there."""
    bodies = []
    link, asked = connection(bodies=bodies)
    assert link.hear(b"POST /a HTTP/1.1\r\nContent-Length: 20\r\n\r\nGET / HTTP") == b"" and asked == []
    link.hear(b"/1.1\r\n\r\n..GET /b HTTP/1.1\r\n\r\n")
    assert asked == ["/a", "/b"] and bodies == [b"GET / HTTP/1.1\r\n\r\n..", b""]
    chunked = b"PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
    said = b"".join(link.hear(chunked[at : at + 1]) for at in range(len(chunked)))
    assert said.endswith(b"hello") and asked[2:] == ["/c"] and bodies[2:] == [b"abcde"]


def test_who_asks_first_may_send_a_body():
    link, asked = connection()
    head = b"POST /a HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    assert link.hear(head) == b"HTTP/1.1 100 Continue\r\n\r\n" and asked == []
    assert link.hear(b"ab").endswith(b"hello") and asked == ["/a"]


def test_a_body_has_an_end():
    """One that is said to be longer than anybody sends is refused at once, one that becomes so when it does."""
    link, _ = connection()
    assert b"413" in link.hear(b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n") and link.over
    link, _ = connection()
    assert link.hear(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n") == b""
    assert b"413" in link.hear(b"x" * 5_000_000) and link.over


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"PING\r\n", b""),
        (b"x" * 70_000, b""),
        (b"GET / HTTP/1.0\r\n\r\n", b"Connection: close"),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", b"Connection: close"),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"Connection: close"),
    ],
)
def test_a_connection_is_hung_up(sent, said):
    """On what is no HTTP at once, on who asks for it after the answer."""
    link, _ = connection()
    answer = link.hear(sent)
    assert link.over and said in answer and bool(answer) == bool(said)


def test_nobody_answers_any_more():
    """The container has ended since."""
    link, _ = connection(None)
    assert link.hear(b"GET / HTTP/1.1\r\n\r\n") == b"" and link.over


def test_a_head_has_no_body():
    """But its length."""
    link, _ = connection((404, "none"))
    said = link.hear(b"HEAD / HTTP/1.1\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 404 Not Found") and b"Content-Length: 4" in said and said.endswith(b"\r\n\r\n")


def test_a_stream_that_means_nothing_is_refused():
    """Data without a stream for errors, a port that is none."""
    for headers in ({"streamtype": "data", "port": "80", "requestid": "0"}, {"streamtype": "other"}):
        with pytest.raises(ValueError, match="means nothing"):
            list(Tunnel(None).receive(opening(1, **headers)))


# kubectl


@contextmanager
def forwarding(server, tmp_path, *words):
    """A `kubectl port-forward`, and the local ports that it has chosen."""
    environment = {"KUBECONFIG": server.kubeconfig, "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [KUBECTL, "port-forward", "--address", "127.0.0.1", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        ports = [process.stdout.readline().split(" -> ")[0].rpartition(":")[2] for _ in words[1:]]
        yield process, [int(port) for port in ports]
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def fetched(port, path="/"):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
        return answer.read()


@pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl on this machine")
def test_kubectl_forwards_a_port(served, tmp_path):
    """Several connections, one after the other and at once; also to a Service."""
    cluster, server = served
    cluster.patch("pod/web", {"metadata": {"labels": {"app": "web"}}})
    spec = {"selector": {"app": "web"}, "ports": [{"port": 8080, "targetPort": 80}]}
    cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})
    with forwarding(server, tmp_path, "pod/web", ":80") as (_, [port]):
        assert [fetched(port) for _ in range(3)] == [b"web\n"] * 3
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as idle:
            assert fetched(port) == b"web\n"
            idle.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert b"".join(iter(lambda: idle.recv(4096), b"")).endswith(b"web\n")
    with forwarding(server, tmp_path, "service/web", ":8080") as (_, [port]):
        assert fetched(port) == b"web\n"


@pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl on this machine")
def test_kubectl_is_told_that_nobody_listens(served, tmp_path):
    """The connection is closed, and the reason printed."""
    _, server = served
    with forwarding(server, tmp_path, "pod/web", ":81") as (process, [port]):
        with pytest.raises(OSError):  # closed, or reset
            fetched(port)
        assert "connect: connection refused" in process.stderr.readline()


# The official client


def test_the_official_client_forwards_a_port(served):
    """By channels; a port on which nobody listens says so."""
    kubernetes = pytest.importorskip("kubernetes")
    stream = pytest.importorskip("kubernetes.stream")
    _, server = served
    client = kubernetes.config.new_client_from_config(server.kubeconfig)
    core = kubernetes.client.CoreV1Api(client)
    link = stream.portforward(core.connect_get_namespaced_pod_portforward, "web", "default", ports="80,81")
    talk = link.socket(80)
    talk.settimeout(PATIENCE)
    talk.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert b"".join(iter(lambda: talk.recv(4096), b"")).endswith(b"\r\n\r\nweb\n")
    assert "connection refused" in link.error(81) and not link.error(80)


@pytest.fixture
def forwarded(mock_kubernetes):
    """Forwards ports of a pod by the official client, in process."""
    kubernetes = pytest.importorskip("kubernetes")
    stream = pytest.importorskip("kubernetes.stream")
    mock_kubernetes.apply(POD)
    mock_kubernetes.wait("pod/web", "condition=Ready")
    kubernetes.config.load_kube_config()
    core = kubernetes.client.CoreV1Api()
    return lambda ports: stream.portforward(core.connect_get_namespaced_pod_portforward, "web", "default", ports=ports)


def test_the_official_client_forwards_a_port_in_process(forwarded):
    """What waits for a socket can wait for this one; a port on which nobody listens says so."""
    link = forwarded("80,81")
    talk = link.socket(80)
    talk.setblocking(True)
    talk.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    said = b""
    while select.select([talk], [], [], PATIENCE)[0] and (piece := talk.recv(16)):
        said += piece
    assert said.endswith(b"\r\n\r\nweb\n")
    with pytest.raises(BrokenPipeError):
        talk.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert "connection refused" in link.error(81) and link.error(80) is None and link.socket(81).recv(1) == b""
    with pytest.raises(ValueError, match="Invalid port"):
        link.socket(82)
    link.close()
    assert not link.connected


def test_a_library_speaks_http_over_a_forwarded_socket(forwarded):
    """Request after request, with bodies."""
    connection = http.client.HTTPConnection("web")
    connection.sock = forwarded("80").socket(80)
    for _ in range(2):
        connection.request("POST", "/", body=b"x" * 1000)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"web\n")


# What clients get wrong


def test_what_is_asked_for_wrongly_is_an_answer(served):
    """Without a websocket, with a protocol that nobody speaks, without a port or with one that is none."""
    cluster, _ = served
    path = "/api/v1/namespaces/default/pods/web/portforward"
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    channels = {**upgrade, "Sec-WebSocket-Protocol": "v4.channel.k8s.io"}
    for target, headers, text in (
        (path, {}, "Upgrade request required"),
        (path, {**upgrade, "Sec-WebSocket-Protocol": "v9"}, "unable to upgrade"),
        (path, channels, 'query parameter \\"port\\" is required'),
        (f"{path}?ports=http", channels, "as a port"),
        (f"{path}?ports=70000", channels, "as a port"),
    ):
        answer = cluster.request("GET", target, headers)
        assert answer.status == 400 and text in answer.body.decode()


@pytest.mark.parametrize("sent", [b"\x82\xff", b"\x82\x84abcd\x80\x02\x00\x01", b"\x82\x85abcdnonsense", b"\xff" * 64])
def test_half_a_frame_and_nonsense_disturb_nobody(served, sent):
    """Of a websocket or of SPDY: that client is let go."""
    _, server = served
    host, port = server.url.removeprefix("http://").split(":")
    head = (
        "GET /api/v1/namespaces/default/pods/web/portforward HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        "Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as link:
        link.sendall(head.encode())
        assert b"101 Switching" in link.recv(4096)
        link.sendall(sent)
    with urllib.request.urlopen(f"{server.url}/healthz", timeout=PATIENCE) as answer:
        assert answer.read() == b"ok"
