"""No script stops the world: whatever a container runs, a minute of it is a bounded amount of work."""

from __future__ import annotations

import cProfile

import pytest

import kemu
from kemu.containers import files, machine, patterns
from kemu.values import regexes

MOST_CALLS = 12_000_000
"""Of functions, in 70 s. What is bounded takes a tenth of it or less; what is not would not end."""

BUSY = (
    "while true; do :; done",
    "while true; do echo x; done",
    "while true; do sleep 0; done",
    "x=3; while true; do x=$((x*x)); done",
    "i=0; while [ $i -lt 100000000 ]; do i=$((i+1)); done",
    "until nslookup x; do :; done",
    "while true; do continue 99; done",
    "while true; do for f in /*/*; do :; done; done",
    "while true; do x=$(echo a | sed s/a/b/); done",
    "while true; do echo $RANDOM >> /tmp/x; cat /tmp/x; done",
    'while true; do sh -c "sh -c \\"echo a\\""; done',
    "seq 1 99999 > a; while true; do sort a > b; grep -o 9 a > c; sed s/1/2/g a > d; done",
    "while :; do cp -r /etc /tmp/$RANDOM; done",
    "x=aaaaaaaaaaaaaaaa; while true; do x=$x$x; y=${x//a/b}; done",
    'i=0; while true; do i=$((i+1)); eval "f$i() { :; }"; done',
)
"""Scripts that never end, and compute."""

ENDING = {
    "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! | grep -E '^(a+)+$'": (1, ""),
    "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! | awk '/^(a+)+$/'": (0, ""),
    "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! | sed -E 's/^(a+)+$/x/'": (0, "a" * 40 + "!\n"),
    f"case {'a' * 60} in {'*a' * 20}*b) echo y;; esac": (0, ""),
    f"r='^(a+)+b'; [[ {'a' * 60} =~ $r ]] || echo n": (0, "n\n"),
    "while true; do sleep 100 & done": (2, f"sh: {machine.NO_FORK}\n"),
    "f(){ x=$(f); }; f; echo $?": (0, f"sh: {machine.NO_FORK}\n2\n"),
    "x=aaaaaaaaaaaaaaaa; while true; do x=$x$x; y=${x%%b*}; done": (2, "sh: out of memory\n"),
    "echo " + "x" * (1 << 17): (255, "exec /bin/sh: argument list too long\n"),
}
"""Scripts that end, with their exit codes and what they print."""


def run(script: str) -> tuple[kemu.Cluster, int]:
    """A cluster 70 s after a pod with a script came, and how many calls that took."""
    cluster = kemu.Cluster(nodes=1)
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", script]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}
    cluster.create({**pod, "spec": {"restartPolicy": "Never", "containers": [container]}})
    profile = cProfile.Profile()
    profile.enable()
    cluster.advance("70s")
    profile.disable()
    return cluster, sum(each.callcount for each in profile.getstats())


@pytest.mark.parametrize("script", BUSY)
def test_a_script_that_only_computes_has_a_slow_processor(script: str):
    cluster, calls = run(script)
    assert cluster.get("pod/p").status.phase == "Running"
    assert calls < MOST_CALLS


@pytest.mark.parametrize(("script", "end"), ENDING.items(), ids=[script[:40] for script in ENDING])
def test_a_script_that_wants_too_much_ends(script: str, end: tuple[int, str]):
    cluster, calls = run(script)
    state = cluster.get("pod/p").status.container_statuses[0].state
    assert state.terminated is not None
    assert (state.terminated.exit_code, cluster.logs("p")) == end
    assert calls < MOST_CALLS


def test_a_disk_is_full_one_day(monkeypatch: pytest.MonkeyPatch):
    """Of bytes, and of files."""
    monkeypatch.setattr(files, "DISK", 1_000_000)
    cluster, _ = run("seq 1 66666 > a; cat a > b; echo $?; cat a > c; echo $?; rm b; cat a > d; echo $?")
    assert cluster.logs("p") == "0\ncat: /c: No space left on device\n1\n0\n"
    monkeypatch.undo()
    monkeypatch.setattr(files, "MOST_FILES", 100)
    cluster, _ = run("for i in $(seq 200); do touch /tmp/$i || break; done; echo $i")
    lines = cluster.logs("p").splitlines()
    assert files.FULL in lines[-2]
    assert int(lines[-1]) < 100


def test_a_program_that_rests_is_not_slow():
    """Only what computes without a pause for long gets a slow processor; a pause, and it is quick again."""
    loop = "i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done"
    cluster, _ = run(f"for n in 1 2 3 4 5 6 7 8 9 10; do {loop}; sleep 1; done; echo done")
    assert cluster.logs("p") == "done\n"
    finished = cluster.get("pod/p").status.container_statuses[0].state.terminated
    assert finished.finished_at - finished.started_at == 10


@pytest.mark.parametrize(
    ("operator", "pattern", "value", "left"),
    [
        ("#", "a*b", "axbxb", "xb"),
        ("##", "a*b", "axbxb", ""),
        ("%", "b*", "axbxb", "axbx"),
        ("%%", "b*", "axbxb", "ax"),
        ("#", "*", "abc", "abc"),
        ("##", "*", "abc", ""),
        ("%", "?[b-d]", "abc", "a"),
        ("%%", "[!x]", "abx", "abx"),
        ("#", "[z-a]", "abc", "abc"),
    ],
)
def test_a_glob_takes_the_shortest_or_the_longest_part_of_an_end(operator: str, pattern: str, value: str, left: str):
    assert patterns.Glob([(pattern, False)]).trimmed(value, operator) == left


def test_a_quoted_star_is_a_star():
    assert patterns.Glob([("a", False), ("*", True)]).fits("a*")
    assert not patterns.Glob([("a", False), ("*", True)]).fits("ab")
    assert patterns.Glob([(patterns.unglobbed("[*?]"), False)]).fits("[*?]")


def test_groups_are_where_perl_finds_them():
    found = regexes.compiled(r"(a+)(b(c)?)")
    assert list(found.all_spans("xaabcaab")) == [((1, 5), (1, 3), (3, 5), (4, 5)), ((5, 8), (5, 7), (7, 8), (-1, -1))]
    assert regexes.compiled("a*").replaced("baac", lambda _: "-") == "-b-c-"
    assert regexes.compiled("(?:a|ab)(c|bcd)(d*)").spans("abcd") == ((0, 4), (1, 4), (4, 4))


def test_a_back_reference_is_not_simulated():
    cluster, _ = run(r"echo aa | grep '\(a\)\1'; echo $?")
    assert "not simulated" in cluster.logs("p")
