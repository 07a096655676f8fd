"""The shell subset: what scripts print, how they end, and what is not understood."""

import pickle

import attrs
import pytest

from kemu.containers.expansion import evaluate
from kemu.containers.machine import Machine
from kemu.containers.shell import ShellError, parse


@attrs.frozen
class Host:
    """A world with one name in it."""

    now: float = 0.0
    unix: float = 946_684_800.0
    hostname: str = "box"
    dns: str = "10.96.0.10"
    names: tuple = (("db", "10.0.0.7"),)

    def issue(self, token):
        return f"token of {token.account}"

    def resolve(self, name):
        found = dict(self.names).get(name)
        return f"{name}.default.svc.cluster.local", (found,) if found else ()

    def ask(self, host, port, call, attempt=0):
        return (200, f"hello from {host}:{port}{call.path}\n") if host in dict(self.names) else f"bad address '{host}'"

    def connects(self, host, port):
        return "" if host in dict(self.names) else "refused"


def run(script, *, until=1000.0, host=None, **state):
    """(exit code, lines, seconds) of a script, letting time pass while it waits."""
    host = host or Host()
    machine = Machine.of(parse(script), **state)
    lines = []
    while True:
        machine, printed = machine.resume(host)
        lines += printed
        if machine.exit_code is not None or machine.wakes is None or machine.wakes > until:
            return machine.exit_code, lines, host.now, machine
        host = attrs.evolve(host, now=machine.wakes)


SCRIPTS = [
    ("echo one; echo two", 0, ["one", "two"]),
    ("echo a && echo b", 0, ["a", "b"]),
    ("false && echo never", 1, []),
    ("false || echo rescued", 0, ["rescued"]),
    ("! false && echo yes", 0, ["yes"]),
    ("exit 3; echo never", 3, []),
    ("if true; then echo then; else echo else; fi", 0, ["then"]),
    ("if false; then echo 1; elif true; then echo 2; else echo 3; fi", 0, ["2"]),
    ("if false; then echo 1; fi; echo $?", 0, ["0"]),
    ("i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done", 0, ["0", "1", "2"]),
    ("for x in a 'b c' d; do echo $x; done", 0, ["a", "b c", "d"]),
    ("for i in $(seq 5); do [ $i -eq 4 ] && break; echo $i; done; echo end", 0, ["1", "2", "3", "end"]),
    ("for i in 1 2 3; do if [ $i = 2 ]; then continue; fi; echo $i; done", 0, ["1", "3"]),
    ("x=hello; echo \"$x world\" '$x' ${x} ${y:-none}", 0, ["hello world $x hello none"]),
    ("v=a.tar.gz; echo ${v%.gz} ${v%%.*} ${v#a.} ${#v}", 0, ["a.tar a tar.gz 8"]),
    ("echo $((2 + 3 * 4)) $(( (1 + 2) * 3 )) $((7 % 4)) $((3 > 2))", 0, ["14 9 3 1"]),
    ("printf '%s-%d\\n' a 1 b 2", 0, ["a-1", "b-2"]),
    ("printf 'no newline'", 0, ["no newline"]),
    ("echo data > /tmp/f; cat /tmp/f; echo more >> /tmp/f; wc -l < /tmp/f", 0, ["data", "2"]),
    ("test -f /nope || echo missing; touch /nope; test -f /nope && echo there", 0, ["missing", "there"]),
    ("echo 'a b' | grep -q b && echo found", 0, ["found"]),
    ("echo a >/a; cat /a /no", 1, ["a", "cat: can't open '/no': No such file or directory"]),
    ("echo a >/a; cat /no /a", 1, ["cat: can't open '/no': No such file or directory", "a"]),
    ("echo a >/a; grep a /no /a", 2, ["grep: /no: No such file or directory", "/a:a"]),
    ("echo a >/a; echo b >/b; grep -c a /a /b", 0, ["/a:1", "/b:0"]),
    ("echo a >/a; echo b >/b; head -n1 /a /b", 0, ["==> /a <==", "a", "", "==> /b <==", "b"]),
    ("echo a >/a; echo b >/b; tail -qn1 /a /b", 0, ["a", "b"]),
    ("echo a >/a; wc -l /no /a", 1, ["wc: /no: No such file or directory", "1 /a", "1 total"]),
    ("f() { echo in $1; return 4; }; f x; echo $?", 0, ["in x", "4"]),
    ("x=1; (x=2; echo $x); echo $x", 0, ["2", "1"]),
    ("{ echo a; echo b; }", 0, ["a", "b"]),
    ("set -e; false; echo never", 1, []),
    ("set -e; if false; then :; fi; echo on", 0, ["on"]),
    ("nope --flag; echo $?", 0, ["sh: nope: not found", "127"]),
    ("cat <<EOF\nname: $HOSTNAME\nEOF\necho end", 0, ["name: box", "end"]),
    ("hostname; date +%s", 0, ["box", "946684800"]),
    ("trap 'echo bye' EXIT; echo hi", 0, ["hi", "bye"]),
    ("wget -qO- http://db:80/x", 0, ["hello from db:80/x"]),
    ("wget -qO- http://nobody/; echo $?", 0, ["wget: bad address 'nobody'", "1"]),
    ("nc -z db 5432 && echo open", 0, ["open"]),
    ("sh -c 'echo inner $0' name; echo outer", 0, ["inner name", "outer"]),
    ("echo a; # a comment\necho b", 0, ["a", "b"]),
    ("case abc in a*) echo A;; *) echo other;; esac", 0, ["A"]),
    ('case "$1" in start|stop) echo s;; "") echo empty;; esac', 0, ["empty"]),
    ("for x in a b c; do case $x in b) break;; esac; echo $x; done; echo end", 0, ["a", "end"]),
    ("for x in a b c; do case $x in b) continue;; *) echo $x;; esac; done", 0, ["a", "c"]),
    ("for a in 1 2; do for b in 1 2; do [ $b = 2 ] && continue 2; echo $a$b; done; done", 0, ["11", "21"]),
    ("for x in a b; do { echo in; break; } > /tmp/x; done; cat /tmp/x; echo out", 0, ["in", "out"]),
    ('echo one two three | while read a b; do echo "$b-$a"; done', 0, ["two three-one"]),
    ('while read l; do echo "[$l]"; done <<EOF\nx\n  y z\nEOF\necho $?', 0, ["[x]", "[y z]", "0"]),
    ('IFS=: read a b c <<EOF\n1:2::3\nEOF\necho "$a $b $c"', 0, ["1 2 :3"]),
    ("(echo a; echo b) | wc -l", 0, ["2"]),
    ("for i in 1 2 3; do echo $i; done | sort -r | head -2", 0, ["3", "2"]),
    ("while true; do echo tick; sleep 1; done | head -2; echo over", 0, ["tick", "tick", "over"]),
    ("sh -c 'exit 3'; echo $?", 0, ["3"]),
    ("x=$(sh -c 'echo inner; exit 4'); echo $x $?", 0, ["inner 4"]),
    ("f() { local x=2; echo $x; }; x=1; f; echo $x", 0, ["2", "1"]),
    ("f() { for i in 1 2; do return 5; done; }; for j in a b; do f; echo $j $?; done", 0, ["a 5", "b 5"]),
    ("set -e; f() { false; echo on; }; f || echo never; echo end", 0, ["on", "end"]),
    ("set -e; f() { return 3; }; f; echo never", 3, []),
    ("set -e; (exit 4); echo never", 4, []),
    ("set -euo pipefail; false | true; echo never", 1, []),
    ("set -u; echo $nope", 2, ["sh: nope: parameter not set"]),
    ("echo ${nope:?is needed}", 2, ["sh: nope: is needed"]),
    ("echo err >&2; echo gone >/dev/null 2>&1; ls /nope 2>/dev/null; echo x", 0, ["err", "x"]),
    ("exec > /tmp/log 2>&1; echo a; ls /nope; cat /tmp/log > /dev/stderr", 0, []),
    ("sleep 5 & sleep 1; kill $!; wait $!; echo $?", 0, ["143"]),
    ("(sleep 2; echo bg) & wait; echo done", 0, ["bg", "done"]),
    ("sleep 9 & kill -0 $! && echo alive; kill $!; kill -0 $! 2>/dev/null || echo gone", 0, ["alive", "gone"]),
    ("trap 'echo T' TERM; kill $$; echo after", 0, ["T", "after"]),
    ("( trap 'echo sub' EXIT; exit 2 ); echo $?", 0, ["sub", "2"]),
    ("timeout 2 sleep 100; echo $?", 0, ["143"]),
    ("export A=1; B=2; env | grep -E '^(A|B)='; X=3 sh -c 'echo $X'; echo \"[$X]\"", 0, ["A=1", "3", "[]"]),
    ("set -- a b c; shift; echo $1 $#; eval 'echo $2'", 0, ["b 2", "c"]),
    ("[[ abc == a* && -n x ]] && echo yes; [[ abc =~ ^a.c$ ]] && echo re", 0, ["yes", "re"]),
    ("[[ 'a*' == 'a*' ]] && [[ ab != 'a*' ]] && echo quoted", 0, ["quoted"]),
    ('v=hello; echo ${v:1:3} ${v/l/L} ${v//l/L} ${u:-a b} "${u:-c d}"', 0, ["ell heLlo heLLo a b c d"]),
    ("echo $((i+=2)) $((i++)) $i $((i > 2 ? 7 : 8))", 0, ["2 2 3 7"]),
    ("mkdir -p /data/a && [ -d /data/a ] && cd /data && touch x && ls; pwd", 0, ["a", "x", "/data"]),
    (
        "for i in 1 2; do touch /tmp/f$i; done; ls /tmp; echo /tmp/f* '/tmp/f*'",
        0,
        ["f1", "f2", "/tmp/f1 /tmp/f2 /tmp/f*"],
    ),
    ("echo 'echo script $1' > /s.sh; sh /s.sh a; . /s.sh; /s.sh x", 0, ["script a", "script", "script x"]),
    ("bash -c 'echo {1..3} x{a,b}'; echo {1..3}", 0, ["1 2 3 xa xb", "{1..3}"]),
    ("echo a,b,c | cut -d, -f2; echo a:b:c | cut -d: -f2-", 0, ["b", "b:c"]),
    ("echo 'k: v w' | awk '{print $2, $NF}'; printf 'a 1\\nb 2\\n' | awk '$2 > 1 {print $1}'", 0, ["v w", "b"]),
    ("echo foo bar | sed 's/o/0/g; s/\\(b\\)ar/\\1az/'; seq 5 | sed -n '2,3p'", 0, ["f00 baz", "2", "3"]),
    ("echo Hello | tr a-z A-Z | rev; echo a1b2 | tr -d 0-9", 0, ["OLLEH", "ab"]),
    ("printf 'b 2\\na 10\\nb 2\\n' | sort -u -k2n; printf 'x\\nx\\n' | uniq -c", 0, ["b 2", "a 10", "      2 x"]),
    ("expr 1 + 2; basename /a/b.txt .txt; dirname /a/b; seq -s, 3", 0, ["3", "b", "/a", "1,2,3"]),
    ("echo -n abc | base64; echo YWJj | base64 -d", 0, ["YWJj", "abc"]),
    ("echo x | tee /tmp/t; cat /tmp/t; echo 'a b' | xargs echo args", 0, ["x", "x", "args a b"]),
    ("if [ ! -f /nope ] && { true || false; }; then echo ok; fi", 0, ["ok"]),
    (
        "ls /; cd /usr && pwd; test -d /nope",
        1,
        ["bin", "dev", "etc", "home", "lib", "proc", "root", "sys", "tmp", "usr", "var", "/usr"],
    ),
    ("date soon", 1, ["date: invalid date 'soon'"]),
    ("command -v wget >/dev/null && echo has; which perl || echo hasnot", 0, ["has", "hasnot"]),
    ("printf '%03d|%-4s|%x\\n' 7 ab 255", 0, ["007|ab  |ff"]),
    (
        "until nc -z db 5432; do sleep 1; done; curl -s http://db/; curl http://nobody/; echo $?",
        0,
        ["hello from db:80/", "curl: (6) Could not resolve host: nobody", "6"],
    ),
    ("exec echo replaced; echo never", 0, ["replaced"]),
    ("echo 0 > /f; while [ $(cat /f) -lt 3 ]; do echo $(($(cat /f) + 1)) > /f; done; cat /f", 0, ["3"]),
    ("kill -9 1; echo immortal", 0, ["immortal"]),
    ('read x; echo "$? [$x]"', 0, ["1 []"]),
]


@pytest.mark.parametrize(("script", "code", "lines"), SCRIPTS, ids=[script for script, _, _ in SCRIPTS])
def test_a_script_prints_and_ends_as_in_a_real_shell(script, code, lines):
    """The usual words of example manifests mean what they mean in busybox."""
    assert run(script)[:2] == (code, lines)


def test_sleep_takes_virtual_time_and_nothing_else():
    """A loop with sleep goes on exactly when it should."""
    code, lines, seconds, _ = run("for i in 1 2 3; do date +%s; sleep 2; done; sleep 1m")
    assert (code, seconds) == (0, 66.0) and len(lines) == 3


def test_until_waits_for_a_name():
    """The classic loop of an init container ends when the name resolves."""
    script = "until nslookup cache; do echo waiting; sleep 2; done"
    assert run(script, until=9)[1].count("waiting") == 5
    assert run(script, host=Host(names=(("cache", "10.0.0.9"),)))[0] == 0


def test_a_trap_ends_a_process_that_would_ignore_sigterm():
    """The first process of a container ignores SIGTERM unless it has a trap for it."""
    *_, deaf = run("sleep 3600", until=10)
    assert deaf.signal("TERM", Host()) == (deaf, ())
    *_, polite = run("trap 'echo stopping; exit 0' TERM; sleep 3600 & wait", until=10)
    after, lines = polite.signal("TERM", Host(now=5.0))
    assert after.exit_code == 0 and lines == ("stopping",)


def test_a_loop_that_never_waits_does_not_hang_the_world():
    """A program that burns CPU is put aside after a while; it has not ended and goes on later."""
    machine, _ = Machine.of(parse("while true; do :; done")).resume(Host())
    assert machine.exit_code is None and machine.wakes is not None


def test_a_fork_bomb_does_not_hang_the_world():
    """Processes that only start processes use up one budget together."""
    machine, _ = Machine.of(parse("bomb() { bomb | bomb & }; bomb; wait")).resume(Host())
    assert len(machine.processes) < 25_000


def test_a_waiting_process_is_plain_data():
    """A process between two steps can be pickled, compared and resumed elsewhere."""
    *_, machine = run("i=0; while [ $i -lt 9 ]; do i=$((i+1)); sleep 10; done; echo $i", until=35)
    copy = pickle.loads(pickle.dumps(machine))
    assert copy == machine
    host, lines = Host(now=machine.wakes), []
    while copy.exit_code is None:
        copy, printed = copy.resume(host)
        lines += printed
        host = attrs.evolve(host, now=copy.wakes or host.now)
    assert lines == ["9"]


def test_a_trap_waits_for_the_command_in_the_foreground():
    """As in a real shell: a `sleep` in the foreground is not interrupted, the trap runs behind it."""
    *_, machine = run("trap 'echo stop; exit 0' TERM; sleep 60; echo never", until=10)
    after, lines = machine.signal("TERM", Host(now=5.0))
    assert (after.exit_code, lines, after.wakes) == (None, (), 60.0)
    assert after.resume(Host(now=60.0))[1] == ("stop",)


def test_tail_follows_a_file():
    """What is added to a file is printed when it is added, and costs nothing while nothing is."""
    script = "touch /log; (sleep 5; echo one >> /log; sleep 5; echo two >> /log) & tail -f /log"
    _, lines, seconds, machine = run(script)
    assert (lines, seconds, machine.wakes) == (["one", "two"], 10.0, float("inf"))


def test_a_listening_program_has_its_port():
    """nc -l and httpd -f wait for connections on a port; they end by a signal only."""
    assert run("nc -lk -p 8080 -e cat")[3].listens == (8080,)
    assert run("httpd -p 81; sleep infinity")[3].listens == (81,)


def test_random_numbers_are_the_same_in_every_run():
    """$RANDOM is chance that does not depend on the process: the next number differs, the next run does not."""
    lines = run("echo $RANDOM; echo $RANDOM")[1]
    assert lines == run("echo $RANDOM; echo $RANDOM")[1] and lines[0] != lines[1]


UNKNOWN = [
    ("perl -e 1", "perl"),
    ("grep -P x /f", "not simulated: grep: option -P not recognized"),
    ("awk '{x[$1]++}'", "not simulated: awk"),
    ("sed 'y/a/b/'", "not simulated: sed"),
    ("x=$(sleep 1)", "not simulated: $(...)"),
    ("date -d yesterday", "not simulated: date -d"),
    ("printf %q a", "not simulated: printf %q"),
    ("seq 100000000", "not simulated: seq of more than"),
    ("set -o vi", "not simulated: set -o vi"),
    ("echo x 3>&1", "not simulated: the redirection 3>&"),
]


@pytest.mark.parametrize(("script", "what"), UNKNOWN)
def test_an_unknown_option_is_a_failure_that_is_reported(script, what):
    """Programs refuse what they do not simulate; it is said in the output and kept for an event."""
    code, lines, _, machine = run(f"sh -c '{script}'" if "3>" in script else script)
    assert code not in (0, None) and lines and machine.unknown[0].startswith(what)


NOT_UNDERSTOOD = [
    "case x in a) echo",
    "((i++))",
    "a | | b",
    "if; then x; fi",
    "echo 'unterminated",
    "if true; then echo x",
    "for; do done",
    "select x in a; do :; done",
    "echo $((1 +",
    "( echo x",
    "&& echo",
]


@pytest.mark.parametrize("script", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_said_and_never_passed_over(script):
    """A script outside of the subset is refused as a whole, with a reason."""
    with pytest.raises(ShellError, match=r"syntax error|not simulated"):
        parse(script)


def test_arithmetic_follows_c():
    """Division truncates towards zero, and dividing by zero is an error."""
    assert [evaluate(text) for text in ("-7 / 2", "-7 % 2", "1 && 0", "2 == 2", "!3")] == [-3, -1, 0, 1, 0]
    with pytest.raises(ShellError, match="divide by zero"):
        evaluate("1 / 0")


def test_arithmetic_has_64_bits():
    """Numbers wrap around, and one that is too long to be a number is none."""
    assert evaluate("9223372036854775807 + 1") == evaluate("1 << 63") == -(1 << 63) and evaluate("-1 * 5") == -5
    with pytest.raises(ShellError, match="arithmetic syntax error"):
        evaluate("9" * 5000)


@pytest.mark.parametrize(
    ("begin", "end"),
    [("echo $(", ")"), ("( ", ")"), ("if true; then ", "; fi"), ("{ ", "; }")],
)
def test_what_is_nested_without_end_is_refused(begin, end):
    """A script that nests deeper than anybody writes is an error of the script."""
    parse(begin * 10 + "echo x" + end * 10)
    with pytest.raises(ShellError, match="nested too deeply"):
        parse(begin * 2000 + "echo x" + end * 2000)


def test_an_expression_that_is_nested_without_end_is_refused():
    """So is an expression."""
    assert evaluate("(" * 10 + "1" + ")" * 10) == 1
    with pytest.raises(ShellError, match="nested too deeply"):
        evaluate("(" * 2000 + "1" + ")" * 2000)


def test_a_text_that_doubles_for_ever_uses_up_its_memory():
    """The container fails, and not the cluster."""
    assert run("x=a; while true; do x=$x$x; done")[:2] == (2, ["sh: out of memory"])
