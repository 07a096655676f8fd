"""What a type checker makes of a user's program: mypy, as strict as it can be."""

import re
import subprocess
import sys

import pytest

from kemu.objects import stubs

HEAD = """\
import kemu
from kemu.objects import Deployment, Pod, core, evolve

cluster = kemu.Cluster()
"""

PROGRAM = {
    'pod = Pod(metadata={"name": "x", "labels": {"app": "x"}}, spec=core.PodSpec(node_name="n"))': "",
    'core.PodSpec(containers=[{"name": "c", "image": "i"}, core.Container(name="d")], node_selector={"a": "b"})': "",
    'core.ResourceRequirements(limits={"cpu": 1, "memory": "1Gi"})': "",
    'core.EnvVar(name="A", value="1")': "",
    'Pod(metdata={"name": "x"})': 'Unexpected keyword argument "metdata" for "Pod"; did you mean "metadata"?',
    'Pod(kind="Node")': """Argument "kind" to "Pod" has incompatible type "Literal['Node']" """,
    'core.Container(name="c", command="ls")': 'Argument "command" to "Container" has incompatible type "str"',
    'core.PodSpec(restart_policy="Never ever")': 'Argument "restart_policy" to "PodSpec" has incompatible type',
    "pod.spec.nodename": '"PodSpec" has no attribute "nodename"; maybe "node_name"?',
    "pod.spec = core.PodSpec()": 'Property "spec" defined in "Pod" is read-only',
    "reveal_type(pod.spec.containers)": 'Revealed type is "tuple[kemu.objects.core.container.Container, ...]"',
    "reveal_type(Deployment().spec.replicas)": 'Revealed type is "int | None"',
    'reveal_type(evolve(pod, status={"phase": "Running"}))': 'Revealed type is "kemu.objects.core.pod.Pod"',
    'reveal_type(cluster.get(Pod, "x"))': 'Revealed type is "kemu.objects.core.pod.Pod"',
    'reveal_type(cluster.get("pod/x"))': 'Revealed type is "Any"',
    'reveal_type(cluster.list(Pod, label_selector={"a": "b"}, namespace=None))': (
        'Revealed type is "tuple[kemu.objects.core.pod.Pod, ...]"'
    ),
    "reveal_type(cluster.apply(pod))": 'Revealed type is "kemu.objects.core.pod.Pod"',
    "reveal_type(cluster.create(Deployment()))": 'Revealed type is "kemu.objects.apps.Deployment"',
    'cluster.apply("app.yaml").metadata': "",
    "reveal_type(cluster.get(pod))": 'Revealed type is "kemu.objects.core.pod.Pod"',
    'reveal_type(cluster.patch(Pod, "x", {}))': 'Revealed type is "kemu.objects.core.pod.Pod"',
    'reveal_type(cluster.wait(pod, "condition=Ready"))': 'Revealed type is "kemu.objects.core.pod.Pod"',
    'reveal_type(cluster.wait(Pod, "x", "condition=Ready"))': 'Revealed type is "kemu.objects.core.pod.Pod"',
    'cluster.wait("pods", "condition=Ready", label_selector={"a": "b"})': "",
    'cluster.get(Pod, "x").status.fase': '"PodStatus" has no attribute "fase"',
    'cluster.list("pods", label_selectr={})': 'Unexpected keyword argument "label_selectr"',
    "cluster.run_until(lambda c: c.list(Deployment)[0].status.ready_replicas)": "",
}
"""Lines of one program, and what is said of each; nothing where it is right."""


def test_stubs_are_those_of_the_declarations():
    """`python -m kemu.objects.stubs` writes them anew when a declaration has changed."""
    assert {path: path.read_text(encoding="utf-8") for path in stubs.stubs()} == stubs.stubs()


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What mypy says of the program, by line."""
    pytest.importorskip("mypy")
    folder = tmp_path_factory.mktemp("typed")
    path = folder / "program.py"
    path.write_text(HEAD + "\n".join(PROGRAM) + "\n", encoding="utf-8")
    options = ["--strict", "--follow-imports=silent", "--no-error-summary", "--cache-dir", str(folder / "cache")]
    run = subprocess.run([sys.executable, "-m", "mypy", *options, str(path)], capture_output=True, text=True)
    assert not run.stderr
    found = {}
    for line in run.stdout.splitlines():
        number, text = re.search(r"program\.py:(\d+): \w+: (.*)", line).groups()
        found[int(number)] = f"{found.get(int(number), '')}{text}\n"
    return found


@pytest.mark.parametrize("line", PROGRAM)
def test_a_type_checker_knows_what_is_right_and_what_is_wrong(said, line):
    """Fields, their types, what constructors take, and what comes back from the cluster."""
    text = said.get(HEAD.count("\n") + list(PROGRAM).index(line) + 1, "")
    assert text.startswith(PROGRAM[line].strip()) and bool(text) == bool(PROGRAM[line])


def test_nothing_else_is_said(said):
    """What stands before the lines in question is right."""
    assert min(said) > HEAD.count("\n")
