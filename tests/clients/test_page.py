"""The page for browsers: its file, and the stream that it listens to."""

import json
import re
import socket
import urllib.request
from contextlib import closing

import pytest

import kemu

pytest.importorskip("aiohttp", reason="aiohttp is not installed: pip install 'kemu[server]'")
PATIENCE = 20.0
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web"},
    "spec": {"containers": [{"name": "c", "image": "nginx"}]},
}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def served():
    cluster = kemu.Cluster(nodes=1)
    with cluster.serve() as server:
        yield cluster, server


def opened(server, path="/", headers=None):
    return urllib.request.urlopen(urllib.request.Request(server.url + path, headers=headers or {}), timeout=PATIENCE)


def told(stream):
    """The next picture."""
    line = stream.readline()
    while not line.startswith(b"data: "):
        line = stream.readline()
    return json.loads(line.removeprefix(b"data: "))


def test_a_browser_is_given_a_page_that_needs_nothing_else(served):
    """No address of anybody else is in it, and the browser is told to load none."""
    _, server = served
    with opened(server, headers=BROWSER) as answer:
        page = answer.read().decode()
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert 'new EventSource("/")' in page and not re.search(r"https?://|src=", page)
    named = set(re.findall(r'part\("(\w+)"\)', page))
    assert named <= set(re.findall(r'id="(\w+)"', page)) and {"timeline", "objects", "events"} <= named


def test_other_clients_get_the_paths(served):
    """Whatever else they accept."""
    _, server = served
    for headers in ({}, {"Accept": "application/json"}, {"Accept": "*/*"}):
        with opened(server, headers=headers) as answer:
            assert "/api/v1" in json.load(answer)["paths"]


def test_the_stream_shows_what_happens(served):
    """The whole picture at once, and again when something is written."""
    cluster, server = served
    with opened(server, headers={"Accept": "text/event-stream"}) as stream:
        first = told(stream)
        assert [each.split()[0] for each in first["objects"]].count("NAME") >= 1
        assert not any("web" in each for each in first["objects"])
        cluster.create(POD)
        seen = told(stream)
        while not any("Running" in each for each in seen["objects"]):
            seen = told(stream)
        assert "web" in seen["timeline"] and seen["timeline"].startswith("<svg")
        assert "Scheduled" in seen["events"] and "revision" in seen["time"]


def test_who_goes_leaves_nothing_behind(served):
    """Half of a picture was read, or none of it."""
    cluster, server = served
    host, port = server.url.removeprefix("http://").split(":")
    for _ in range(20):
        with closing(socket.create_connection((host, int(port)), timeout=PATIENCE)) as link:
            link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
            link.recv(10)
    cluster.create(POD)
    with opened(server, "/healthz") as answer:
        assert answer.read() == b"ok"


def test_where_credentials_are_needed_there_is_no_page():
    """A browser has none to show."""
    import ssl

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with kemu.Cluster(nodes=0).serve(tls=True) as server:
        request = urllib.request.Request(f"{server.url}/", headers=BROWSER)
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request, timeout=PATIENCE, context=context)
    assert refusal.value.code == 403
