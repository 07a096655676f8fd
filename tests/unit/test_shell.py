"""The shell subset: what scripts print, how they end, and what is not understood."""

import pickle

import attrs
import pytest

from kemu.containers.machine import Machine, evaluate
from kemu.containers.shell import ShellError, parse


@attrs.frozen
class Host:
    """A world with one name in it."""

    now: float = 0.0
    unix: float = 946_684_800.0
    hostname: str = "box"
    names: tuple = (("db", "10.0.0.7"),)

    def resolve(self, name):
        found = dict(self.names).get(name)
        return f"{name}.default.svc.cluster.local", (found,) if found else ()

    def fetch(self, host, port, path):
        return (200, f"hello from {host}:{port}{path}\n") if host in dict(self.names) else f"bad address '{host}'"

    def connects(self, host, port):
        return "" if host in dict(self.names) else "refused"


def run(script, *, until=1000.0, host=None, **state):
    """(exit code, lines, seconds) of a script, letting time pass while it waits."""
    host = host or Host()
    machine = Machine(parse(script), **state)
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
    machine, _ = Machine(parse("while true; do :; done")).resume(Host())
    assert machine.exit_code is None and machine.wakes is not None


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


NOT_UNDERSTOOD = [
    "case x in a) ;; esac",
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
