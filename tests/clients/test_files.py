"""Clusters in files: saved, loaded, and served from there."""

import json
import signal
import subprocess
import sys
import urllib.request

import pytest

import kemu
from kemu.errors import UsageError
from kemu.kept import MARK

PATIENCE = 20.0
LOOP = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "loop"},
    "spec": {
        "containers": [
            {"name": "c", "image": "busybox", "command": ["sh", "-c", "while true; do echo on; sleep 7; done"]}
        ]
    },
}


@pytest.fixture
def cluster():
    cluster = kemu.Cluster(nodes=2, seed=3)
    cluster.apply(LOOP)
    cluster.advance("10s")
    return cluster


def test_a_cluster_goes_on_from_its_file_as_it_would_have(cluster, tmp_path):
    """In the middle of a loop of a shell."""
    cluster.save(tmp_path / "file")
    twin = kemu.Cluster.load(str(tmp_path / "file"))
    for each in (cluster, twin):
        each.advance("10m")
    assert twin.digest() == cluster.digest() and twin.logs("loop") == cluster.logs("loop")


def test_only_its_owner_can_read_a_file(cluster, tmp_path):
    """Secrets are in it; and nothing else is left in the folder."""
    cluster.save(tmp_path / "file")
    assert (tmp_path / "file").stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_file_that_cannot_be_written_leaves_the_old_one_alone(cluster, tmp_path):
    """Whole or not at all."""
    cluster.save(tmp_path / "file")
    before = (tmp_path / "file").read_bytes()
    cluster.conversion("x.example.com", lambda document, version: document)
    with pytest.raises(UsageError, match="has no name that a pickle could find"):
        cluster.save(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == before
    with pytest.raises(UsageError, match="cannot be written"):
        kemu.Cluster(nodes=0).save(tmp_path / "none" / "file")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "cannot be read: No such file"),
        (b"kind: Pod\n", "is no file of a cluster"),
        (MARK + b"0.0.1\n", "was written by kemu 0.0.1, and this is kemu"),
        (MARK + kemu.__version__.encode() + b"\n", "is damaged"),
        (MARK + kemu.__version__.encode() + b"\nabc", "is damaged"),
    ],
)
def test_what_is_no_file_of_this_version_is_said_to_be_none(tmp_path, content, text):
    """Missing, something else, old, cut off."""
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=text):
        kemu.Cluster.load(path)


def test_half_a_file_is_damaged(cluster, tmp_path):
    """Wherever it was cut."""
    cluster.save(tmp_path / "file")
    whole = (tmp_path / "file").read_bytes()
    for part in (len(whole) // 2, len(whole) - 1):
        (tmp_path / "file").write_bytes(whole[:part])
        with pytest.raises(UsageError, match="is damaged"):
            kemu.Cluster.load(tmp_path / "file")


# kemu serve


def serving(*words):
    """A `kemu serve` on any free port, and the address that it prints."""
    command = [sys.executable, "-m", "kemu", "serve", "--port", "0", *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return process, process.stdout.readline().split()[-1]


def get(url, path):
    """The JSON at a path."""
    with urllib.request.urlopen(url + path, timeout=PATIENCE) as answer:
        return json.load(answer)


def post(url, path, document):
    """Create an object."""
    request = urllib.request.Request(url + path, json.dumps(document).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_what_is_served_is_saved_at_the_end_and_served_again(tmp_path, how):
    """However it is asked to end."""
    pytest.importorskip("aiohttp", reason="aiohttp is not installed: pip install 'kemu[server]'")
    file, secrets = tmp_path / "file", "/api/v1/namespaces/default/secrets"
    process, url = serving("--nodes", "1", "--save", file)
    made = post(url, secrets, {"metadata": {"name": "kept"}})
    process.send_signal(how)
    assert process.wait(PATIENCE) == 0 and process.stderr.read() == ""
    process, url = serving("--load", file)
    try:
        assert get(url, f"{secrets}/kept") == made
    finally:
        process.send_signal(how)
        assert process.wait(PATIENCE) == 0


def test_a_served_cluster_runs_the_controllers_that_it_is_told_to(tmp_path):
    """Without any, and without a scheduler, a Deployment stays alone and a pod without a node."""
    pytest.importorskip("aiohttp", reason="aiohttp is not installed: pip install 'kemu[server]'")
    process, url = serving("--controllers", "serviceaccount-controller", "--no-scheduler")
    try:
        template = {"metadata": {"labels": {"a": "b"}}, "spec": LOOP["spec"]}
        spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
        post(url, "/apis/apps/v1/namespaces/default/deployments", {"metadata": {"name": "web"}, "spec": spec})
        post(url, "/api/v1/namespaces/default/pods", LOOP)
        assert get(url, "/apis/apps/v1/replicasets")["items"] == []
        assert "nodeName" not in get(url, "/api/v1/namespaces/default/pods/loop")["spec"]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--load", "none"], "error: none cannot be read"),
        (["--load", "x", "--nodes", "2", "--no-scheduler"], "error: --nodes, --no-scheduler: the cluster in x is as"),
        (["--save", "none/x"], "error: --save none/x: there is no folder"),
        (["--controllers", "nobody"], 'error: "nobody" is not in the list of known controllers'),
    ],
)
def test_a_wrong_word_is_one_line(tmp_path, words, text):
    """Before anything is served."""
    (tmp_path / "x").write_bytes(MARK)
    command = [sys.executable, "-m", "kemu", "serve", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, cwd=tmp_path)
    assert done.returncode == 1 and done.stderr.startswith(text) and done.stderr.count("\n") == 1


def test_a_dump_of_a_real_cluster_is_served_as_it_is(cluster, tmp_path):
    """YAML, told from a file of a cluster by its content; a node for each of its own."""
    pytest.importorskip("aiohttp", reason="aiohttp is not installed: pip install 'kemu[server]'")
    file = tmp_path / "dump.yaml"
    texts = [cluster.request("GET", path).body.decode() for path in ("/api/v1/nodes", "/api/v1/pods")]
    file.write_text("\n---\n".join(texts))
    process, url = serving("--load", file)
    try:
        pod = get(url, "/api/v1/namespaces/default/pods/loop")
        assert pod["metadata"]["uid"] == cluster.get("pod/loop").metadata.uid
        assert [each["metadata"]["name"] for each in get(url, "/api/v1/nodes")["items"]] == ["node-0", "node-1"]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
