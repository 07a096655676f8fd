"""The `kemu` command, as a person uses it."""

import functools
import os
import re
import signal
import subprocess
import sys

import pytest

from kemu.cli import main
from tests.scenarios.manifests import DEPLOYMENT, EXAMPLES

POD = """
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, image: "kemu/script:1", args: [--run=5s]}]}
"""


def run(capsys, *words):
    """(exit code, standard output, standard error) of a command line."""
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_main_job_tells_its_story(capsys):
    """Everything that the classic manifest does, in order, then the tables and the timeline."""
    code, out, err = run(capsys, "run", EXAMPLES / "myapp")
    assert (code, err) == (0, "")
    story = [
        "pod/myapp-pod Pending",
        "pod/myapp-pod scheduled to node-",
        "pod/myapp-pod Init:0/2",
        "[init-myservice] waiting for myservice",
        "service/myservice created",
        "pod/myapp-pod Init:1/2",
        "[init-mydb] waiting for mydb",
        "service/mydb created",
        "pod/myapp-pod PodInitializing",
        "[myapp-container] The app is running!",
        "pod/myapp-pod Running and Ready",
        "pod/myapp-pod Completed",
        "pod/myapp-pod Running and Ready",
        "NAME        READY   STATUS    RESTARTS",
        "LAST SEEN   TYPE     REASON",
        "timeline from 0s to 1h0m50s",
    ]
    at = 0
    for line in story:
        found = out.find(line, at)
        assert found >= 0, f"{line!r} does not come after {out[max(0, at - 200) : at]!r}"
        at = found
    assert out.count("waiting for myservice\n") == 5


def test_the_same_command_prints_the_same(capsys):
    """Two runs are equal to the letter; another seed differs."""
    first = run(capsys, "run", EXAMPLES / "myapp")[1]
    assert run(capsys, "run", EXAMPLES / "myapp")[1] == first
    assert run(capsys, "run", EXAMPLES / "myapp", "--seed", 9)[1] != first


@pytest.mark.parametrize("suffix", ["svg", "html", "txt"])
def test_the_timeline_can_be_written_to_a_file(capsys, tmp_path, suffix):
    """Each form says the same; its name decides which."""
    (tmp_path / "pod.yaml").write_text(POD)
    target = tmp_path / f"out.{suffix}"
    code, _, _ = run(capsys, "run", tmp_path / "pod.yaml", "--for", "12s", "--timeline", target, "--quiet")
    assert code == 0 and "CrashLoopBackOff" not in target.read_text() and "pod/p" in target.read_text()


SCENARIO = "apiVersion: kemu.dev/v1\nkind: Scenario\n"

BAD = {
    "broken YAML": ({"a.yaml": "kind: ["}, (), "not valid YAML: "),
    "an unknown kind": ({"a.yaml": POD.replace("kind: Pod", "kind: Pood")}, (), 'no matches for kind "Pood"'),
    "an invalid pod": ({"a.yaml": POD.replace("name: p}", "name: P}")}, (), 'Pod "P" is invalid: metadata.name'),
    "an empty folder": ({}, (), "no .yaml, .yml, .json files in this folder"),
    "a bad scenario": (
        {"s.yaml": "apiVersion: kemu.dev/v1\nkind: Scenario\nspec: {steps: [{at: 1s}]}"},
        (),
        "spec.steps.0",
    ),
    "a step that does two things": (
        {"s.yaml": "apiVersion: kemu.dev/v1\nkind: Scenario\nspec: {steps: [{at: 1s, delete: a/b, crash: web}]}"},
        (),
        "exactly one of",
    ),
    "two scenarios": (
        {
            "s.yaml": "apiVersion: kemu.dev/v1\nkind: Scenario\nspec: {}\n---\n"
            "apiVersion: kemu.dev/v1\nkind: Scenario\nspec: {}"
        },
        (),
        "a second scenario",
    ),
    "a timeout that cannot be met": (
        {"a.yaml": POD},
        ("--wait", "pod/p:condition=Nope", "--wait-timeout", "5s"),
        "timed out waiting for condition=Nope",
    ),
    "a bad duration": ({"a.yaml": POD}, ("--for", "soon"), "--for: "),
    "a time that is not to come": ({"a.yaml": POD}, ("--for=-5s",), "--for: -5s is no length of time"),
    "a wait without a condition": ({"a.yaml": POD}, ("--wait", "pod/p"), "--wait pod/p: use WHAT:CONDITION"),
    "a wait for an unknown kind": ({"a.yaml": POD}, ("--wait", "x/p:create"), 'doesn\'t have a resource type "x"'),
    "a bad time to wait": ({"a.yaml": POD}, ("--wait-timeout", "soon"), "--wait-timeout: "),
    "no folder for the timeline": ({"a.yaml": POD}, ("--timeline", "/no/such/x.svg"), "there is no folder /no/such"),
    "a broken file among good ones": ({"a.yaml": POD, "b.yaml": "kind: ["}, (), "b.yaml, line 2, column 1: not valid"),
    "a scenario with a typing error": ({"s.yaml": SCENARIO + "sepc: {}"}, (), "unknown field 'sepc'"),
    "a scenario without a spec": ({"s.yaml": SCENARIO}, (), "spec is missing"),
    "a scenario of another version": (
        {"s.yaml": SCENARIO.replace("v1", "v2") + "spec: {}"},
        (),
        "apiVersion is 'kemu.dev/v2': a scenario has 'kemu.dev/v1'",
    ),
    "steps that are no list": ({"s.yaml": SCENARIO + "spec: {steps: {at: 5}}"}, (), "spec.steps: a list is needed"),
    "a step that is no mapping": ({"s.yaml": SCENARIO + "spec: {steps: [5]}"}, (), "spec.steps.0: a mapping is needed"),
    "a step at no time": (
        {"s.yaml": SCENARIO + "spec: {steps: [{delete: pod/p}]}"},
        (),
        "spec.steps.0: at is missing",
    ),
    "a step in the past": (
        {"s.yaml": SCENARIO + "spec: {steps: [{at: -5s, delete: pod/p}]}"},
        (),
        "spec.steps.0.at: '-5s' is no time from now on",
    ),
    "a step behind the end": (
        {"s.yaml": SCENARIO + "spec: {for: 5s, steps: [{at: 1h, crash: node-0}]}"},
        (),
        "spec.for ends before the step at 3600 s",
    ),
    "a step that applies nonsense": (
        {"s.yaml": SCENARIO + "spec: {steps: [{at: 5s, apply: {kind: Pod}}]}"},
        (),
        "spec.steps.0.apply: the manifest: error validating data: [apiVersion not set]",
    ),
    "a step that is refused": (
        {"s.yaml": SCENARIO + "spec: {steps: [{at: 5s, delete: pod/nope}]}"},
        (),
        'the step at 5 s (delete): pods "nope" not found',
    ),
    "a zero byte": ({"a.yaml": "a\0b"}, (), "a.yaml: not valid YAML: unacceptable character"),
    "a duration without end": ({"a.yaml": POD}, ("--for", "9" * 5000 + "h"), "--for: time: invalid duration"),
    "too many nodes": ({"a.yaml": POD}, ("--nodes", "9" * 20), "nodes are too many: at most 100000"),
    "less than no nodes": ({"a.yaml": POD}, ("--nodes=-1",), "nodes must be a whole number of at least 0"),
    "a scenario of too many nodes": ({"s.yaml": SCENARIO + "spec: {nodes: 200000}"}, (), "nodes are too many"),
    "a time beyond numbers": (
        {"s.yaml": SCENARIO + "spec: {steps: [{at: 1e400, crash: node-0}]}"},
        (),
        "spec.steps.0.at: ",
    ),
    "a timeline of no known form": ({"a.yaml": POD}, ("--timeline", "x.pdf"), "ends in .svg, .html or .txt"),
}


@pytest.mark.parametrize("case", BAD, ids=str)
def test_bad_input_ends_in_one_clear_message(capsys, tmp_path, case):
    """One line on standard error, exit code 1, no traceback."""
    files, options, message = BAD[case]
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    code, _, err = run(capsys, "run", tmp_path, *options)
    assert code == 1 and err.startswith("error: ") and message in err and "Traceback" not in err


def test_what_is_no_file_is_not_read(capsys, tmp_path):
    """Not a pipe that nobody writes to, nor a device that never ends; bytes that are no text have a place."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    for path, message in (
        (tmp_path / "pipe", "pipe: neither a file nor a folder"),
        ("/dev/zero", "/dev/zero: neither a file nor a folder"),
        (tmp_path, "bytes.yaml: cannot be read: 'utf-8' codec can't decode byte 0xff in position 0"),
        ("a\0b", "does not exist"),
    ):
        code, out, err = run(capsys, "run", path)
        assert (code, out) == (1, "") and message in err and err.count("\n") == 1


def test_a_timeline_is_written_whole_or_not_at_all(capsys, tmp_path):
    """What cannot be put in its place leaves nothing beside it."""
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "t.svg").mkdir()
    code, _, err = run(capsys, "run", tmp_path / "pod.yaml", "--for", "1s", "--timeline", tmp_path / "t.svg")
    assert code == 1 and "t.svg: Is a directory" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pod.yaml", "t.svg"]


@pytest.mark.parametrize(
    ("words", "streams", "code", "message"),
    [
        ("run POD --for 1s", ">&-", 1, "error: standard output is closed\n"),
        ("version", ">&-", 1, "error: standard output is closed\n"),
        ("run POD --for 1s", ">/dev/full", 1, "error: No space left on device\n"),
        ("version", ">/dev/full", 1, "error: No space left on device\n"),
        ("run POD --for 1s", "<&- >/dev/null", 0, ""),
        ("run - <&-", ">/dev/null", 1, 'error: the path "-" does not exist\n'),
    ],
)
def test_streams_may_be_closed_or_full(tmp_path, words, streams, code, message):
    """One line on standard error, and an exit code that says so."""
    (tmp_path / "pod.yaml").write_text(POD)
    command = f"{sys.executable} -m kemu {words.replace('POD', 'pod.yaml')} {streams}"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (code, message)


def test_an_interrupt_is_one_line_and_exit_code_130(tmp_path):
    """Whenever it comes while a command runs, also if who runs the tests does not heed interrupts."""
    (tmp_path / "pod.yaml").write_text(POD)
    command = [sys.executable, "-u", "-m", "kemu", "run", str(tmp_path / "pod.yaml"), "--for", "100000h"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    heeds = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, preexec_fn=heeds, **pipes) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        err = process.communicate(timeout=60)[1]
    assert (process.returncode, err) == (130, "interrupted\n")


def test_a_missing_path_is_said_to_be_missing(capsys):
    """As kubectl says it."""
    assert run(capsys, "run", "/no/such")[::2] == (1, 'error: the path "/no/such" does not exist\n')


@pytest.mark.parametrize("words", [(), ("nope",), ("run",), ("run", "x", "--nodes", "many")])
def test_a_bad_command_line_is_exit_code_2(capsys, words):
    """argparse says what is missing."""
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    assert caught.value.code == 2 and "usage: kemu" in capsys.readouterr().err


def test_a_deployment_runs_without_a_scenario(capsys, tmp_path):
    """A folder of manifests alone runs for a minute of virtual time."""
    (tmp_path / "web.yaml").write_text(DEPLOYMENT)
    code, out, _ = run(capsys, "run", tmp_path, "--wait", "deployment/web:condition=Available")
    assert code == 0 and "web    3/3" in out and "after 1m0s of virtual time" in out


def test_what_a_broken_folder_would_have_done_is_not_done(capsys, tmp_path):
    """Everything is read before anything runs: not a line of the story is told."""
    (tmp_path / "a.yaml").write_text(POD)
    (tmp_path / "b.yaml").write_text("kind: [")
    assert run(capsys, "run", tmp_path)[1] == ""


def test_a_file_that_a_step_applies_is_not_there_from_the_start(capsys, tmp_path):
    """A file beside a scenario that is the step's own waits for it."""
    (tmp_path / "later.yaml").write_text(POD)
    (tmp_path / "s.yaml").write_text(SCENARIO + "spec: {for: 9s, steps: [{at: 5s, apply: later.yaml}]}")
    _, out, _ = run(capsys, "run", tmp_path)
    assert "    5.000s  applied pod/p" in out and "    0.000s" not in out


def test_folders_in_a_folder_are_read_on_request(capsys, tmp_path):
    """As kubectl: only with --recursive."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "a.yaml").write_text(POD)
    assert run(capsys, "run", tmp_path)[0] == 1
    assert run(capsys, "run", tmp_path, "-R", "--for", "1s")[0] == 0


def test_other_namespaces_are_told_of(capsys, tmp_path):
    """What lives elsewhere is in the story, with its namespace, and in the tables."""
    (tmp_path / "a.yaml").write_text(
        "{apiVersion: v1, kind: Namespace, metadata: {name: prod}}\n---"
        + POD.replace("name: p}", "name: p, namespace: prod}", 1)
    )
    _, out, _ = run(capsys, "run", tmp_path, "--for", "8s")
    assert "pod/p (in prod) Running and Ready" in out and "NAMESPACE   NAME   READY" in out


def test_a_duration_cuts_a_scenario_short(capsys):
    """--for ends the run there, and steps that would come later are not taken."""
    _, out, _ = run(capsys, "run", EXAMPLES / "myapp", "--for", "15s")
    assert "after 15s of virtual time" in out and "service/myservice created" in out and "mydb created" not in out


def test_the_story_and_the_events_are_in_the_order_of_time(capsys, tmp_path):
    """Whatever is told later happened later; the table of events ends with the last one."""
    (tmp_path / "web.yaml").write_text(DEPLOYMENT + "---" + POD)
    out = run(capsys, "run", tmp_path, "--wait", "pod/p:jsonpath={.status.phase}=Running")[1]
    story = out.partition("\nafter ")[0]
    times = [float(found[1]) for found in re.finditer(r"^ *([0-9]+[.][0-9]{3})s  ", story, re.M)]
    assert times == sorted(times) and len(times) > 10
    reasons = [line.split()[2] for line in out.splitlines() if " Normal " in line and " pod/p " in line]
    assert reasons[:4] == ["Scheduled", "Pulled", "Created", "Started"]


@pytest.mark.parametrize("lines", [0, 3])
def test_a_reader_who_leaves_is_no_error(tmp_path, lines):
    """`kemu run ... | head -3` ends without a traceback."""
    command = f"{sys.executable} -m kemu run {EXAMPLES / 'myapp'} | head -{lines}"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert ended.stderr == "" and len(ended.stdout.splitlines()) == lines


def test_the_story_tells_of_what_is_not_simulated(tmp_path, capsys):
    """As the manifests and the steps of the scenario are applied, and when a wait for it fails."""
    ingress = "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: q}, spec: {defaultBackend: "
    ingress += "{service: {name: s, port: {number: 80}}}}}"
    schema = "{apiVersion: flowcontrol.apiserver.k8s.io/v1, kind: FlowSchema, metadata: {name: f}, spec: "
    schema += "{priorityLevelConfiguration: {name: global-default}}}"
    steps = f"apiVersion: kemu.dev/v1\nkind: Scenario\nspec: {{for: 2s, steps: [{{at: 1s, apply: {schema}}}]}}\n"
    (tmp_path / "q.yaml").write_text(ingress, encoding="utf-8")
    (tmp_path / "s.yaml").write_text(steps, encoding="utf-8")
    wait = ("--wait", "ingress/q:jsonpath={.status.loadBalancer.ingress[0].ip}=1", "--wait-timeout", "1s")
    code, out, err = run(capsys, "run", tmp_path, *wait)
    assert "    0.000s  not simulated: Ingress: there is no ingress controller, so it never has an address\n" in out
    assert "    1.000s  not simulated: FlowSchema: no request is ever queued\n" in out
    assert code == 1 and err.endswith(
        "; not simulated: Ingress: there is no ingress controller, so it never has an address\n"
    )
