"""One-line programs of Perl, as examples of Jobs have them."""

import pytest

import kemu
from kemu.containers.perl import pi


def ended(*command):
    """How a Job's pod with a command ends: its exit code, what it wrote, and after how many seconds."""
    cluster = kemu.Cluster(nodes=1)
    container = {"name": "c", "image": "perl:5.34.0", "command": list(command)}
    pod = {"restartPolicy": "Never", "containers": [container]}
    spec = {"backoffLimit": 0, "template": {"spec": pod}}
    cluster.apply({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": spec})
    cluster.advance("1m")
    (found,) = cluster.list("pods")
    state = found.status.container_statuses[0].state.terminated
    seconds = int(state.finished_at) - int(state.started_at)
    return state.exit_code, cluster.logs(found.metadata.name), seconds


def test_the_job_of_the_documentation_prints_pi():
    code, text, _ = ended("perl", "-Mbignum=bpi", "-wle", "print bpi(2000)")
    assert code == 0 and len(text) == 2002 and text.startswith("3.14159265358979323846264338327950288")
    assert text.endswith("133904780275901\n")


@pytest.mark.parametrize(("digits", "text"), [(1, "3"), (2, "3.1"), (3, "3.14"), (5, "3.1416"), (10, "3.141592654")])
def test_digits_are_rounded(digits, text):
    assert pi(digits) == text


@pytest.mark.parametrize(
    ("command", "code", "text", "seconds"),
    [
        (["-e", "print 'it\\'s', \"\\tx\\n\""], 0, "it's\tx\n", 0),
        (["-l", "-e", "print 1; sleep 7; print 2 . 'x'"], 0, "1\n2x\n", 7),
        (["-E", 'say("a", 3.5); exit 4; say "b"'], 4, "a3.5\n", 0),
        (["-e", "die 'no'"], 255, "no at -e line 1.\n", 0),
        (["-we", 'die "no\\n"'], 255, "no\n", 0),
        (["-e", "print bpi(5)"], 2, "sh: not simulated: perl bpi\n", 0),
        (["-e", "my $x = 3"], 2, "sh: not simulated: perl my\n", 0),
        (["-e", 'print "$x"'], 2, 'sh: not simulated: perl "$x"\n', 0),
        (["-ne", "print"], 2, "sh: not simulated: perl -ne\n", 0),
        (["-Mbignum=bpi", "-e", "print bpi(99999)"], 2, "sh: not simulated: 99999 digits\n", 0),
    ],
)
def test_few_words_are_understood_and_others_refused(command, code, text, seconds):
    assert ended("perl", *command) == (code, text, seconds)
