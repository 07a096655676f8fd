"""A cluster that is served: whole answers, answers that go on, who may come, and what clients get wrong."""

import asyncio
import gzip
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

import kemu
from kemu.errors import UsageError
from kemu.server import pulse, tempo
from kemu.server.tempo import AUTO, Tempo, tempo_of

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web"},
    "spec": {"containers": [{"name": "c", "image": "nginx"}]},
}
PODS = "/api/v1/namespaces/default/pods"
pytest.importorskip("aiohttp", reason="aiohttp is not installed: pip install 'kemu[server]'")
PATIENCE = 20.0
"""Real seconds after which something that should have come has not."""


@pytest.fixture
def served():
    cluster = kemu.Cluster(nodes=1)
    with cluster.serve() as server:
        yield cluster, server


def ask(server, method, path, body=None, headers=None, **more):
    """One request on a connection of its own: status, headers and body."""
    parts = urlsplit(server.url)
    with closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE, **more)) as connection:
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def opened(server, path):
    """A connection with an answer that goes on."""
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
    connection.request("GET", path)
    return connection, connection.getresponse()


def eventually(holds):
    over = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < over, "it has not come to pass"
        time.sleep(0.01)


# Answers


def test_what_is_created_over_http_comes_to_life_by_itself(served):
    _, server = served
    status, _, body = ask(server, "POST", PODS, POD)
    assert status == 201 and json.loads(body)["metadata"]["name"] == "web"
    eventually(lambda: json.loads(ask(server, "GET", f"{PODS}/web")[2])["status"]["phase"] == "Running")


def test_the_hand_and_the_clients_hold_the_same_cluster(served):
    cluster, server = served
    cluster.create(POD)
    assert ask(server, "GET", f"{PODS}/web")[0] == 200
    ask(server, "DELETE", f"{PODS}/web?gracePeriodSeconds=0")
    assert not cluster.list("pods")


def test_an_answer_over_http_is_the_one_in_process(served):
    cluster, server = served
    for path in (
        "/api",
        "/apis",
        "/version",
        "/api/v1/nodes/node-0",
        "/api/v1/namespaces/default/pods/none",
        "/nowhere",
    ):
        inside = cluster.request("GET", path)
        status, headers, body = ask(server, "GET", path)
        assert (status, headers["Content-Type"], body) == (
            inside.status,
            dict(inside.headers)["Content-Type"],
            inside.body,
        )


def test_a_watch_hears_what_the_hand_does(served):
    cluster, server = served
    connection, answer = opened(server, f"{PODS}?watch=true&timeoutSeconds=300")
    with closing(connection):
        cluster.create(POD)
        assert json.loads(answer.readline())["type"] == "ADDED"
        cluster.patch("pod/web", {"metadata": {"labels": {"a": "b"}}})
        heard = json.loads(answer.readline())
        while heard["object"]["metadata"].get("labels") != {"a": "b"}:
            heard = json.loads(answer.readline())


def test_a_watch_ends_when_its_time_is_over(served):
    _, server = served
    began = time.monotonic()
    connection, answer = opened(server, f"{PODS}?watch=true&timeoutSeconds=1")
    with closing(connection):
        assert answer.read() == b""
    assert 0.9 < time.monotonic() - began < PATIENCE


def test_hundreds_of_watches_hear_of_their_own_namespace(served):
    cluster, server = served
    watches = [opened(server, f"{PODS}?watch=true") for _ in range(200)]
    cluster.create(POD)
    for connection, answer in watches:
        assert json.loads(answer.readline())["object"]["metadata"]["name"] == "web"
        connection.close()
    assert ask(server, "GET", "/healthz")[2] == b"ok"


def test_a_log_is_followed_while_it_grows(served):
    _, server = served
    script = "for i in 1 2 3; do echo line $i; sleep 1; done"
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", script]}
    ask(server, "POST", PODS, {**POD, "spec": {"containers": [container], "restartPolicy": "Never"}})
    eventually(lambda: ask(server, "GET", f"{PODS}/web/log")[0] == 200)
    assert ask(server, "GET", f"{PODS}/web/log?follow=true")[2] == b"line 1\nline 2\nline 3\n"


def test_one_connection_carries_many_requests(served):
    _, server = served
    parts = urlsplit(server.url)
    with closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)) as connection:
        for _ in range(50):
            connection.request("GET", "/api/v1/nodes")
            answer = connection.getresponse()
            assert answer.status == 200 and answer.read()


def test_a_large_answer_is_compressed_for_who_takes_that(served):
    cluster, server = served
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "big"}, "data": {"k": "x" * 200_000}})
    path = "/api/v1/namespaces/default/configmaps/big"
    _, headers, body = ask(server, "GET", path, headers={"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip" and gzip.decompress(body) == ask(server, "GET", path)[2]


def test_what_has_not_changed_is_not_sent_again(served):
    _, server = served
    accept = {"Accept": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"}
    status, headers, body = ask(server, "GET", "/apis", headers=accept)
    assert status == 200 and json.loads(body)["kind"] == "APIGroupDiscoveryList"
    status, _, body = ask(server, "GET", "/apis", headers={**accept, "If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")


# Who may come


def tls(server, own=None):
    """The context of a client that trusts a server, with the certificate of its kubeconfig if `own` is set."""
    import base64

    config = yaml.safe_load(Path(server.kubeconfig).read_text())
    authority = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    if own is not None:
        user = config["users"][0]["user"]
        pair = b"".join(base64.b64decode(user[f"client-{name}-data"]) for name in ("certificate", "key"))
        own.write_bytes(pair)
        context.load_cert_chain(own)
    return context


def test_with_tls_a_client_is_who_its_certificate_or_its_token_says(tmp_path):
    cluster = kemu.Cluster(tokens={"secret": ("alice", ["dev"])})
    with cluster.serve(tls=True) as server:

        def status(context, headers=None):
            request = urllib.request.Request(f"{server.url}/api/v1/nodes", headers=headers or {})
            try:
                with urllib.request.urlopen(request, context=context, timeout=PATIENCE) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as refusal:
                return refusal.code, refusal.read()

        assert status(tls(server, tmp_path / "own.pem"))[0] == 200
        code, body = status(tls(server))
        assert code == 403 and b'User \\"system:anonymous\\" cannot list' in body
        code, body = status(tls(server), {"Authorization": "Bearer secret"})
        assert code == 403 and b'User \\"alice\\" cannot list' in body
        assert status(tls(server), {"Authorization": "Bearer wrong"})[0] == 401


def test_a_plain_port_takes_no_tls_and_lives_on(served):
    _, server = served
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE) as connection:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(connection)
    assert ask(server, "GET", "/healthz")[0] == 200


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"host": "0.0.0.0"}, "can be reached from other machines"),
        ({"port": 70000}, "a port is a number from 0"),
        ({"clock": "soon"}, "a clock is"),
        ({"kubeconfig": "/nowhere/at/all"}, "there is no folder /nowhere/at"),
    ],
)
def test_what_cannot_be_served_is_refused_before_anything_listens(wish, text):
    with pytest.raises(UsageError, match=text):
        kemu.Cluster().serve(**wish)


def test_a_port_that_is_taken_is_said_to_be(served):
    _, server = served
    with pytest.raises(UsageError, match="is in use: name another one"):
        kemu.Cluster().serve(urlsplit(server.url).port)


# What clients get wrong


def raw(server, data):
    """What comes back for bytes, until the server closes."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET /api HTTP/1.1\r\nHost",
        b"POST /api/v1/nodes HTTP/1.1\r\nContent-Length: 5\r\n\r\nab",
        b"\x16\x03\x01",
    ],
)
def test_half_a_request_disturbs_nobody(served, data):
    _, server = served
    raw(server, data)
    assert ask(server, "GET", "/healthz")[2] == b"ok"


def test_a_body_that_is_no_json_is_a_bad_request(served):
    _, server = served
    parts = urlsplit(server.url)
    with closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)) as connection:
        connection.request("POST", PODS, "{", {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 400 and json.loads(answer.read())["reason"] == "BadRequest"


def test_a_body_beyond_the_limit_is_refused_and_the_server_lives_on(served):
    _, server = served
    parts = urlsplit(server.url)
    with closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)) as connection:
        connection.request("POST", PODS, b"x" * (4 * 1024 * 1024), {"Content-Type": "application/json"})
        assert connection.getresponse().status == 413
    assert ask(server, "GET", "/healthz")[0] == 200


def test_a_client_that_goes_leaves_nothing_behind(served):
    cluster, server = served
    for _ in range(20):
        connection, _ = opened(server, f"{PODS}?watch=true")
        connection.close()
    cluster.create(POD)
    assert ask(server, "GET", f"{PODS}/web")[0] == 200


@pytest.mark.parametrize(("path", "accept"), [(f"{PODS}?watch=true", "*/*"), ("/", "text/event-stream")])
def test_a_client_that_goes_in_the_middle_of_an_answer_is_no_error(served, monkeypatch, caplog, path, accept):
    """It is found out where something is written to it."""
    gone = []

    async def write(response, data):
        gone.append(data)
        raise ConnectionResetError("Cannot write to closing transport")

    _, server = served
    monkeypatch.setattr("aiohttp.web.StreamResponse.write", write)
    parts = urlsplit(server.url)
    with closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)) as connection:
        connection.request("GET", path, headers={"Accept": accept})
        connection.getresponse().read()
    assert gone and not caplog.records


def test_a_strict_cluster_tells_who_served_it_what_its_controller_raised():
    cluster = kemu.Cluster(nodes=0)

    @cluster.controller("secrets")
    def broken(request, client):
        raise ZeroDivisionError("by nothing")

    server = cluster.serve()
    ask(server, "POST", "/api/v1/namespaces/default/secrets", {"metadata": {"name": "x"}})
    eventually(lambda: not any(each.name == "kemu-server" for each in threading.enumerate()))
    with pytest.raises(ZeroDivisionError):
        server.close()


# Websockets


def spoken(server, path, protocol, *said):
    """The messages that a server sends by a websocket to a client that names a protocol, or none, and says so much."""
    aiohttp = pytest.importorskip("aiohttp")

    async def listen():
        protocols = (protocol,) if protocol else ()
        async with aiohttp.ClientSession() as client, client.ws_connect(server.url + path, protocols=protocols) as it:
            assert (it.protocol or "") == protocol
            for each in said:
                await (it.send_str if isinstance(each, str) else it.send_bytes)(each)
            return [message.data async for message in it]

    return asyncio.run(listen())


@pytest.mark.parametrize("named", [True, False])
def test_logs_and_commands_are_read_by_the_plain_protocols(served, named):
    """A log piece by piece; a command by channel, and nothing at its end if it went well. Who names none gets them."""
    cluster, server = served
    log, channels = ("binary.k8s.io", "channel.k8s.io") if named else ("", "")
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", "echo alive; sleep 1h"]}
    cluster.create({**POD, "spec": {"containers": [container]}})
    cluster.wait("pod/web", "condition=Ready")
    assert spoken(server, f"{PODS}/web/log", log) == [b"alive\n"]
    run = f"{PODS}/web/exec?stdout=1&stderr=1&command="
    assert spoken(server, f"{run}echo&command=hello", channels) == [b"\x01hello\n"]
    assert spoken(server, f"{run}false", channels)[-1].startswith(b"\x03command terminated with non-zero")
    for said in ("\x00from a client\n", b"\x00from a client\n"):
        assert spoken(server, f"{run}head&command=-1&stdin=1", channels, said) == [b"\x01from a client\n"]


@pytest.mark.parametrize("protocol", ["v4.channel.k8s.io", ""])
@pytest.mark.parametrize(
    "said", ["\x00GET / HTTP/1.1\r\nConnection: close\r\n\r\n", b"\x00GET / HTTP/1.1\r\nConnection: close\r\n\r\n"]
)
def test_ports_are_forwarded_by_channels(served, protocol, said):
    """As bytes or as text, whether the client names the protocol or none, as kr8s does."""
    cluster, server = served
    cluster.create(POD)
    cluster.wait("pod/web", "condition=Ready")
    data, errors, answer = spoken(server, f"{PODS}/web/portforward?ports=80", protocol, said)
    assert (data, errors) == (b"\x00\x50\x00", b"\x01\x50\x00") and answer.startswith(b"\x00HTTP/1.1 200 OK\r\n")


# Time


def test_a_clock_is_read():
    assert tempo_of("auto") == AUTO and tempo_of("real") == Tempo(1.0) and tempo_of("8x") == tempo_of(8) == Tempo(8.0)


def test_time_leaps_to_what_is_due_and_not_to_a_distant_deadline(served):
    _, server = served
    container = {"name": "c", "image": "busybox", "command": ["sleep", "300"]}
    ask(server, "POST", PODS, {**POD, "spec": {"containers": [container], "restartPolicy": "Never"}})
    eventually(lambda: json.loads(ask(server, "GET", f"{PODS}/web")[2])["status"]["phase"] == "Succeeded")


def test_what_somebody_is_in_the_middle_of_is_not_overtaken(served):
    """A taint that is taken away at once evicts nobody who puts up with it for a while."""
    _, server = served
    tolerating = {"key": "t", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 10}
    ask(server, "POST", PODS, {**POD, "spec": {**POD["spec"], "tolerations": [tolerating]}})
    eventually(lambda: json.loads(ask(server, "GET", f"{PODS}/web")[2])["status"]["phase"] == "Running")
    merge = {"Content-Type": "application/merge-patch+json"}
    for taints in ([{"key": "t", "effect": "NoExecute"}], []):
        assert ask(server, "PATCH", "/api/v1/nodes/node-0", {"spec": {"taints": taints}}, merge)[0] == 200
    time.sleep(0.5)
    assert "deletionTimestamp" not in json.loads(ask(server, "GET", f"{PODS}/web")[2])["metadata"]


def test_a_pod_that_sleeps_to_be_looked_at_is_there_to_be_looked_at(served):
    cluster, server = served
    container = {"name": "c", "image": "busybox", "command": ["sleep", "600"]}
    ask(server, "POST", PODS, {**POD, "spec": {"containers": [container]}})
    eventually(lambda: json.loads(ask(server, "GET", f"{PODS}/web")[2])["status"]["phase"] == "Running")
    began = cluster.now
    time.sleep(0.5)
    assert cluster.now - began < 5


def test_who_has_written_may_look_what_becomes_of_it(served, monkeypatch):
    """A pod that ends in a moment is still there when its client looks at once."""
    _, server = served
    ask(server, "POST", PODS, POD)
    eventually(lambda: json.loads(ask(server, "GET", f"{PODS}/web")[2])["status"]["phase"] == "Running")
    monkeypatch.setattr(tempo, "BREATH", 0.5)
    assert ask(server, "DELETE", f"{PODS}/web")[0] == 200
    assert "deletionTimestamp" in json.loads(ask(server, "GET", f"{PODS}/web")[2])["metadata"]
    eventually(lambda: ask(server, "GET", f"{PODS}/web")[0] == 404)


def test_time_leaps_for_nobody(served, monkeypatch):
    """But for who asks."""
    monkeypatch.setattr(pulse, "ATTENTION", 0.2)
    cluster, server = served
    began = cluster.now
    container = {"name": "c", "image": "busybox", "command": ["sleep", "30"]}
    ask(server, "POST", PODS, {**POD, "spec": {"containers": [container], "restartPolicy": "Never"}})
    time.sleep(1)
    assert cluster.now - began < 10
    eventually(lambda: json.loads(ask(server, "GET", f"{PODS}/web")[2])["status"]["phase"] == "Succeeded")
    assert cluster.now - began >= 30


def test_time_goes_on_while_it_is_ahead_of_the_wall(served):
    """Hardly slower than usual: who polls does not have to wait until the wall has caught up."""
    cluster, server = served
    script = "while true; do date; sleep 1; done"
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", script]}
    cluster.advance("10m")
    ask(server, "POST", PODS, {**POD, "spec": {"containers": [container]}})
    eventually(lambda: ask(server, "GET", f"{PODS}/web/log")[2].count(b"\n") > 26)


def test_the_wall_catches_up_while_nobody_is_there(served, monkeypatch):
    """And time goes on as soon as somebody asks again."""
    monkeypatch.setattr(pulse, "ATTENTION", 0.2)
    cluster, server = served
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", "while true; do sleep 0.1; echo a; done"]}
    ask(server, "POST", PODS, {**POD, "spec": {"containers": [container]}})
    eventually(lambda: ask(server, "GET", f"{PODS}/web/log")[2].count(b"\n") > 26)
    cluster.advance("10m")
    time.sleep(0.4)
    began = cluster.now
    time.sleep(0.5)
    assert cluster.now == began
    eventually(lambda: ask(server, "GET", PODS)[0] == 200 and cluster.now > began + 0.2)


def test_real_time_does_not_leap():
    cluster = kemu.Cluster(nodes=1)
    with cluster.serve(clock="real") as server:
        began, since = cluster.now, time.monotonic()
        ask(server, "POST", PODS, POD)
        assert cluster.now - began <= time.monotonic() - since + 0.1


def test_a_faster_clock_runs_faster():
    cluster = kemu.Cluster(nodes=0)
    began = cluster.now
    with cluster.serve(clock="100x"):
        eventually(lambda: cluster.settle() or cluster.now - began > 20)


# The command


def started(*words):
    """A `kemu serve` on any free port, and the address that it prints."""
    command = [sys.executable, "-m", "kemu", "serve", "--port", "0", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return process, process.stdout.readline().split()[-1]


def test_the_command_serves_until_it_is_interrupted(tmp_path):
    config = tmp_path / "config"
    process, url = started(
        "--nodes", "2", "--node-capacity", "cpu=1,memory=3840Mi,pods=110", "--kubeconfig", str(config)
    )
    try:
        with urllib.request.urlopen(f"{url}/api/v1/nodes", timeout=PATIENCE) as answer:
            nodes = json.load(answer)["items"]
        assert [node["status"]["capacity"]["cpu"] for node in nodes] == ["1", "1"]
        assert yaml.safe_load(config.read_text())["clusters"][0]["cluster"]["server"] == url
        assert config.stat().st_mode & 0o077 == 0
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0 and process.stderr.read() == ""


def test_the_command_serves_a_control_plane():
    process, url = started("--nodes", "1", "--control-plane", "1")
    try:
        with urllib.request.urlopen(f"{url}/api/v1/nodes", timeout=PATIENCE) as answer:
            nodes = {node["metadata"]["name"]: node["spec"].get("taints", []) for node in json.load(answer)["items"]}
        with urllib.request.urlopen(f"{url}/api/v1/namespaces/kube-system/pods", timeout=PATIENCE) as answer:
            pods = {pod["metadata"]["name"]: pod["status"]["phase"] for pod in json.load(answer)["items"]}
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0 and process.stderr.read() == ""
    assert sorted(nodes) == ["control-plane", "node-0"] and nodes["control-plane"] and not nodes["node-0"]
    assert pods["kube-apiserver-control-plane"] == "Running" and set(pods.values()) == {"Running"}


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--clock", "soon"], "error: a clock is"),
        (["--token", "x"], "error: --token x: use TOKEN=USER"),
        (["--node-capacity", "cpu"], "error: --node-capacity cpu: use NAME=AMOUNT"),
        (["--nodes", "-1"], "error: -1 nodes are not served"),
        (["--control-plane", "-1"], "error: --control-plane -1: a control plane has 0 to 9 machines"),
        (["--start", "yesterday"], "error: start is a time"),
        (["--host", "0.0.0.0"], "error: 0.0.0.0 can be reached"),
    ],
)
def test_a_wrong_word_on_the_command_line_is_one_line(words, text):
    done = subprocess.run(
        [sys.executable, "-m", "kemu", "serve", *words], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 1 and done.stderr.startswith(text) and done.stderr.count("\n") == 1


# kubectl


KUBECTL = shutil.which("kubectl")
needs_kubectl = pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl on this machine")


@pytest.fixture
def kubectl(served, tmp_path):
    _, server = served
    own = {"KUBECONFIG": server.kubeconfig, "HOME": str(tmp_path), "PATH": os.environ["PATH"]}

    def run(*words, stdin=None, environment=None):
        variables = {**own, **(environment or {})}
        done = subprocess.run(
            [KUBECTL, *words], input=stdin, capture_output=True, text=True, env=variables, cwd=tmp_path, timeout=60
        )
        return done.returncode, done.stdout, done.stderr

    return run


@needs_kubectl
def test_kubectl_creates_waits_scales_and_deletes(kubectl):
    assert kubectl("create", "deployment", "web", "--image=nginx") == (0, "deployment.apps/web created\n", "")
    code, _, _ = kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    assert code == 0
    assert kubectl("scale", "deployment/web", "--replicas=3")[1] == "deployment.apps/web scaled\n"
    assert kubectl("wait", "--for=jsonpath={.status.readyReplicas}=3", "deployment/web", "--timeout=30s")[0] == 0
    assert kubectl("get", "deployment", "web")[1].split()[5:9] == ["web", "3/3", "3", "3"]
    assert kubectl("delete", "deployment", "web")[1].startswith('deployment.apps "web" deleted')


@needs_kubectl
def test_kubectl_reads_logs_and_runs_commands(kubectl):
    kubectl("run", "sh", "--image=busybox", "--command", "--", "sh", "-c", "echo hello; sleep 3600")
    assert kubectl("wait", "--for=condition=Ready", "pod/sh", "--timeout=30s")[0] == 0
    assert kubectl("logs", "sh")[1] == "hello\n"
    assert kubectl("exec", "sh", "--", "sh", "-c", "echo out; echo err >&2; exit 3")[:2] == (3, "out\n")
    assert kubectl("exec", "-i", "sh", "--", "cat", stdin="from here")[1] == "from here"


@needs_kubectl
def test_kubectl_checks_a_manifest_before_it_sends_it(kubectl):
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndatas: {a: b}\n"
    code, _, problem = kubectl("create", "-f", "-", stdin=text)
    assert code == 1 and 'unknown field "datas"' in problem
    assert "configmap/x created" in kubectl("apply", "-f", "-", stdin=text.replace("datas", "data"))[1]


def test_a_kubelet_is_reached_through_its_node(served):
    """What it answers says what it is."""
    _, server = served
    status, _, body = ask(server, "GET", "/api/v1/nodes/node-0/proxy/healthz")
    assert (status, body) == (200, b"ok")
    status, _, body = ask(server, "GET", "/api/v1/nodes/node-0:10250/proxy/pods")
    assert (status, json.loads(body)["kind"]) == (200, "PodList")


@needs_kubectl
def test_kubectl_copies_files_both_ways(kubectl, tmp_path):
    kubectl("run", "sh", "--image=busybox", "--command", "--", "sleep", "3600")
    assert kubectl("wait", "--for=condition=Ready", "pod/sh", "--timeout=30s")[0] == 0
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.txt").write_text("from outside: äöü\n" * 500)
    assert kubectl("cp", "there", "sh:/tmp/here")[0] == 0
    assert kubectl("exec", "sh", "--", "head", "-n", "1", "/tmp/here/a.txt")[1] == "from outside: äöü\n"
    assert kubectl("cp", "sh:/tmp/here", "back")[0] == 0
    assert (tmp_path / "back" / "a.txt").read_text() == (tmp_path / "there" / "a.txt").read_text()


@needs_kubectl
def test_kubectl_shows_what_is_used(kubectl, served):
    """Of pods and nodes."""
    cluster, _ = served
    cluster.metrics.nominal()
    cluster.create(POD)
    cluster.wait("pod/web", "condition=Ready")
    assert kubectl("top", "pods")[1].split() == ["NAME", "CPU(cores)", "MEMORY(bytes)", "web", "1m", "8Mi"]
    assert kubectl("top", "nodes")[1].split()[-5:] == ["node-0", "1m", "0%", "8Mi", "0%"]


@needs_kubectl
def test_kubectl_debugs_edits_and_attaches(kubectl, served, tmp_path):
    """A container to look at another one, an editor, a process that reads."""
    kubectl("run", "sh", "--image=busybox", "--command", "--", "sleep", "3600")
    assert kubectl("wait", "--for=condition=Ready", "pod/sh", "--timeout=30s")[0] == 0
    code, out, _ = kubectl("debug", "-i", "sh", "--image=busybox", "--", "sh", "-c", "sleep 1; echo looked", stdin="")
    assert code == 0 and "looked" in out
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's/run: sh/run: edited/' \"$1\"\n")
    editor.chmod(0o755)
    assert kubectl("edit", "pod", "sh", environment={"KUBE_EDITOR": str(editor)})[1] == "pod/sh edited\n"
    assert kubectl("get", "pod", "sh", "-o", "jsonpath={.metadata.labels.run}")[1] == "edited"
    reading = {"name": "c", "image": "busybox", "stdin": True, "command": ["sh", "-c", "read x; echo got $x"]}
    served[0].create({**POD, "metadata": {"name": "cat"}, "spec": {"containers": [reading], "restartPolicy": "Never"}})
    assert kubectl("wait", "--for=condition=Ready", "pod/cat", "--timeout=30s")[0] == 0
    assert "got it" in kubectl("attach", "-i", "cat", stdin="it\n")[1]
