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


def test_the_official_client_is_told_what_is_missing(run):
    """A pod that does not exist is an answer; port-forwarding is not led to the cluster."""
    exceptions = pytest.importorskip("kubernetes.client.exceptions")
    with pytest.raises(exceptions.ApiException, match='pods \\\\"none\\\\" not found'):
        run("true", name="none")
    stream = pytest.importorskip("kubernetes.stream")
    core = pytest.importorskip("kubernetes.client").CoreV1Api()
    with pytest.raises(exceptions.ApiException, match="real sockets"):
        stream.portforward(core.connect_get_namespaced_pod_portforward, "web", "default", ports="80")


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
