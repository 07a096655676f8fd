"""The `kemu` command, as a person uses it."""

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
        {"s.yaml": "apiVersion: kemu.dev/v1\nkind: Scenario\nspec: {steps: [{at: 1s, delete: a/b, crash: n}]}"},
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
