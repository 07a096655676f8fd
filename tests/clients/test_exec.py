"""Commands in containers, by the websockets of Python clients, in process."""

import asyncio

import pytest

import kemu

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web"},
    "spec": {"containers": [{"name": "c", "image": "busybox", "command": ["sleep", "infinity"]}]},
}


@pytest.fixture
def running(mock_kubernetes):
    mock_kubernetes.apply(POD)
    mock_kubernetes.wait("pod/web", "condition=Ready", timeout="1m")
    return mock_kubernetes


@pytest.fixture
def run(running):
    """Runs a command by the official client."""
    kubernetes = pytest.importorskip("kubernetes")
    stream = pytest.importorskip("kubernetes.stream").stream
    kubernetes.config.load_kube_config()
    core = kubernetes.client.CoreV1Api()

    def run(*command, name="web", **more):
        wanted = {"stderr": True, "stdout": True, "stdin": False, "tty": False, **more}
        return stream(core.connect_get_namespaced_pod_exec, name, "default", command=list(command), **wanted)

    return run


def test_the_official_client_runs_a_command(run):
    """All of its output comes back at once."""
    assert run("echo", "hello") == "hello\n"


def test_the_official_client_talks_to_a_command(run, running):
    """Input, output, errors and the exit code, while virtual time passes."""
    script = "read x; echo got $x; sleep 5; echo bad >&2; exit 3"
    talk = run("sh", "-c", script, stdin=True, _preload_content=False)
    talk.write_stdin("one\n")
    assert talk.readline_stdout(timeout=3) == "got one"
    began = running.now
    talk.update(timeout=2)
    assert talk.is_open() and running.now == began + 2
    talk.run_forever(timeout=60)
    assert talk.read_stderr() == "bad\n" and talk.returncode == 3 and running.now == began + 5
    talk.close()


def test_a_client_that_knows_only_the_fourth_version_runs_a_command(cluster, monkeypatch):
    """As that of release 35 and before."""
    kubernetes = pytest.importorskip("kubernetes")
    stream = pytest.importorskip("kubernetes.stream")
    with monkeypatch.context() as older:
        older.delattr(stream.ws_client, "V5_CHANNEL_PROTOCOL", raising=False)
        inside = kemu.mock_kubernetes(cluster)
        inside.__enter__()
    cluster.apply(POD)
    cluster.wait("pod/web", "condition=Ready", timeout="1m")
    kubernetes.config.load_kube_config()
    core = kubernetes.client.CoreV1Api()
    talk = stream.stream(
        core.connect_get_namespaced_pod_exec, "web", "default", command=["sh", "-c", "echo a; exit 3"], stdout=True,
        stderr=True, stdin=False, tty=False, _preload_content=False,
    )  # fmt: skip
    talk.run_forever(timeout=60)
    inside.__exit__(None, None, None)
    assert talk.read_stdout() == "a\n" and talk.returncode == 3


def test_the_official_client_is_told_what_is_missing(run):
    """A pod that does not exist is an answer."""
    exceptions = pytest.importorskip("kubernetes.client.exceptions")
    with pytest.raises(exceptions.ApiException, match='pods \\\\"none\\\\" not found'):
        run("true", name="none")


def test_the_asynchronous_client_runs_commands(running):
    """At once, and message by message in both directions, on the cluster's clock."""
    client = pytest.importorskip("kubernetes_asyncio.client")
    config = pytest.importorskip("kubernetes_asyncio.config")
    ws = pytest.importorskip("kubernetes_asyncio.stream")
    how = {"stderr": True, "stdin": False, "stdout": True, "tty": False}
    script = ["sh", "-c", "read x; sleep 5; echo got $x; exit 3"]

    async def main():
        await config.load_kube_config()
        async with ws.WsApiClient() as api:
            core = client.CoreV1Api(api)
            said = await core.connect_get_namespaced_pod_exec("web", "default", command=["echo", "hello"], **how)
            how["stdin"] = True
            talk = await core.connect_get_namespaced_pod_exec(
                "web", "default", command=script, _preload_content=False, **how
            )
            async with talk as socket:
                await socket.send_bytes(b"\0one\n")
                messages = [message.data async for message in socket]
            return said, messages, api.parse_error_data(messages[-1][1:])

    began = running.now
    said, messages, code = kemu.run(running, main())
    assert said == "hello\n" and b"\x01got one\n" in messages and code == 3
    assert running.now >= began + 5


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("clock", ["the cluster's", "its own"])
def test_kr8s_runs_a_command(running, clock):
    """With asyncio, on either clock."""
    objects = pytest.importorskip("kr8s.asyncio.objects")

    async def main():
        pod = await objects.Pod.get("web", namespace="default")
        done = await pod.exec(["sh", "-c", "echo out; sleep 2; echo err >&2"])
        assert (done.stdout, done.stderr, done.returncode) == (b"out\n", b"err\n", 0)
        assert (await pod.exec(["sh", "-c", "exit 4"], check=False)).returncode == 4

    began = running.now
    if clock == "its own":
        asyncio.run(main())
    else:
        kemu.run(running, main())
    assert running.now >= began + 2
