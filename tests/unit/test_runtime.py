"""The fake runtime by itself: sandboxes, containers, logs, forks."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kemu.clock import Clock
from kemu.containers.behavior import Script
from kemu.containers.tape import Tape
from kemu.entropy import Entropy
from kemu.errors import UsageError
from kemu.loop import Loop
from kemu.runtime_fake import FakeRuntime, Mount, RuntimeRefused


class NoNetwork:
    """A network without anybody in it."""

    dns = "10.96.0.10"

    def resolve(self, name, namespace):
        return name, ()

    def ask(self, host, port, call, namespace, attempt=0):
        return f"bad address '{host}'"

    def connects(self, host, port, namespace):
        return "refused"


def world():
    """(loop, runtime, sandbox id)"""
    loop = Loop(Clock(), Entropy(0))
    runtime = FakeRuntime(loop, NoNetwork())
    sandbox = runtime.run_sandbox(
        node="n", owner="u", namespace="default", name="p", hostname="p", ip="10.244.0.2", attempt=0
    )
    return loop, runtime, sandbox.id


def start(runtime, sandbox, *command, image="busybox", files=(), args=()):
    made = runtime.create_container(
        sandbox, name="c", image=image, command=command, args=args, env={"A": "1"}, files=dict(files), attempt=0
    )
    return runtime.start_container(made.id)


def start_with(runtime, sandbox, mounts, script):
    made = runtime.create_container(
        sandbox, name="c", image="busybox", command=("sh", "-c", script), args=(), env={}, attempt=0,
        mounts=[Mount(path=path, volume=("u", volume)) for path, volume in mounts.items()],
    )  # fmt: skip
    return runtime.start_container(made.id).id


def texts(runtime, container):
    return [line.text for line in runtime.logs(container)]


def pass_time(loop, until):
    while (work := loop.pop(until)) is not None:
        loop.run(work)


@pytest.mark.parametrize(
    ("command", "args", "lines"),
    [
        (("sh", "-c", "echo one"), (), ["one"]),
        (("sh",), ("-c", "echo two"), ["two"]),
        (("/bin/sh", "-ec"), ("false; echo never",), []),
        (("sh", "-c", "echo $0 $1", "name", "first"), (), ["name first"]),
        ((), ("echo", "by", "args"), ["by args"]),
        (("/scripts/run.sh", "x"), (), ["script x"]),
        (("sh", "/scripts/run.sh", "y"), (), ["script y"]),
        (("env",), (), ["A=1"]),
    ],
)
def test_command_and_args_make_one_command_line(command, args, lines):
    """As in a real container: both together are what is executed, with or without a shell."""
    _, runtime, sandbox = world()
    files = {"/scripts/run.sh": "#!/bin/sh\necho script $1\n"}
    assert texts(runtime, start(runtime, sandbox, *command, args=args, files=files).id) == lines


def test_a_program_that_the_image_lacks_cannot_be_started():
    """The refusal is the one of runc."""
    _, runtime, sandbox = world()
    with pytest.raises(RuntimeRefused, match='exec: "/bin/nope": stat /bin/nope: no such file or directory'):
        start(runtime, sandbox, "/bin/nope")


def test_what_a_process_wrote_can_be_read_after_its_end():
    """From its termination file, for one."""
    _, runtime, sandbox = world()
    ended = start(runtime, sandbox, "sh", "-c", "echo -n all went wrong > /dev/termination-log; exit 3")
    assert (ended.state, ended.exit_code) == ("exited", 3)
    assert ended.files["/dev/termination-log"] == "all went wrong"


def test_a_command_in_a_container_sees_and_changes_its_files():
    """exec is a process of its own with the container's files; who follows a file notices."""
    loop, runtime, sandbox = world()
    container = start(runtime, sandbox, "sh", "-c", "touch /log; tail -f /log").id
    assert runtime.exec(container, ("sh", "-c", "echo hello >> /log; exit 4")).exit_code == 4
    pass_time(loop, 1.0)
    assert texts(runtime, container) == ["hello"]
    assert runtime.exec(container, ("cat", "/log")).output == "hello\n"
    assert runtime.exec(container, ("sleep", "5")).seconds == 5
    late = runtime.exec(container, ("sleep", "5"), timeout=2.0)
    assert (late.seconds, late.exit_code) == (2.0, 137)
    assert runtime.exec(container, ("tail", "-f", "/log")).exit_code == 137, "what never ends is cut off"


def test_a_container_listens_where_its_processes_do():
    """A port is open while a process waits for connections on it."""
    _, runtime, sandbox = world()
    container = start(runtime, sandbox, "sh", "-c", "nc -lk -p 8080 -e cat")
    assert runtime.listens(container, 8080) and not runtime.listens(container, 80)
    idle = start(runtime, sandbox, "sleep", "1h")
    assert not runtime.listens(idle, 8080)
    runtime.kill_container(container.id)
    assert not runtime.listens(runtime.container(container.id), 8080)


def test_a_log_grows_without_being_copied():
    """A day of lines costs what the lines cost: what was read earlier stays as it was, and forks share it."""
    loop, runtime, sandbox = world()
    container = start(runtime, sandbox, "sh", "-c", "while true; do echo x; sleep 1; done").id
    pass_time(loop, 9.5)
    before = runtime.logs(container)
    pass_time(loop, 19.5)
    assert (len(before), len(runtime.logs(container))) == (10, 20)
    assert list(before) == list(runtime.logs(container))[:10]


def test_two_futures_of_a_log_do_not_see_each_other():
    """Whoever is not the newest version copies before it grows."""
    start = Tape.of("ab")
    one, two = start.plus("c"), start.plus("d", "e")
    three = one.plus("f")
    assert [list(each) for each in (start, one, two, three)] == [list("ab"), list("abc"), list("abde"), list("abcf")]
    assert three[-1] == "f" and one[-1] == "c" and two[1:3] == ("b", "d")
    assert pickle.loads(pickle.dumps(one)) == one == tuple("abc")
    with pytest.raises(IndexError):
        one[3]


def test_every_state_of_a_process_can_be_pickled():
    """Pipes, traps, background jobs and loops are plain data at every moment."""
    script = (
        "trap 'echo bye; exit 0' TERM; (while true; do echo a; sleep 3; done) | while read x; do echo $x; done & wait"
    )
    loop, runtime, sandbox = world()
    container = start(runtime, sandbox, "sh", "-c", script).id
    for second in range(8):
        pass_time(loop, float(second))
        machine = runtime.container(container).machine
        assert pickle.loads(pickle.dumps(machine)) == machine
    assert texts(runtime, container) == ["a", "a", "a"]
    runtime.stop_container(container, 30.0)
    assert texts(runtime, container)[-1] == "bye" and runtime.container(container).exit_code == 0
    runtime.check()


def test_containers_share_their_volumes():
    """What one writes, the others of the pod see at once, under the folder where they have it; forks differ."""
    loop, runtime, sandbox = world()
    start_with(runtime, sandbox, {"/work": "data"}, "echo first > /work/index")
    count = "i=0; while true; do echo $i >> /var/log/1.log; i=$((i+1)); sleep 1; done"
    start_with(runtime, sandbox, {"/var/log": "data"}, count)
    tail = start_with(runtime, sandbox, {"/logs/": "data"}, "cat /logs/index; tail -n+1 -F /logs/1.log")
    alone = start_with(runtime, sandbox, {"/logs": "other"}, "ls /logs; [ -d /logs ] && echo empty")
    pass_time(loop, 2.5)
    assert texts(runtime, tail) == ["first", "0", "1", "2"] and texts(runtime, alone) == ["empty"]
    runtime.exec(tail, ("sh", "-c", "echo by exec > /logs/note; rm /logs/index"))
    again = start_with(runtime, sandbox, {"/d": "data"}, "cat /d/note; ls /d")
    assert texts(runtime, again) == ["by exec", "1.log", "note"], "a later container finds what is there"
    runtime.remove_sandbox(sandbox)
    assert not runtime.state.volumes


@given(st.lists(st.integers(0, 1100), max_size=8), st.integers(-3000, 3000), st.integers(-3000, 3000))
def test_a_tape_is_a_tuple_that_grows(sizes, start, stop):
    """Whatever is added in whatever pieces, it reads like the tuple of it, and is the same as if it came at once."""
    tape, items = Tape(), []
    for size in sizes:
        added = range(len(items), len(items) + size)
        shorter, tape = tape, tape.plus(*added)
        assert len(shorter) == len(items)
        items.extend(added)
    assert tape == tuple(items) == tuple(tape) and len(tape) == len(items)
    assert tape.levels == Tape.of(items).levels and hash(tape) == hash(Tape.of(items))
    assert tape[start:stop] == tuple(items[start:stop])
    assert all(tape[place] == items[place] for place in range(-len(items), len(items), 97))


def test_a_runtime_that_was_written_down_needs_its_functions():
    """A behaviour that is a function is not part of the state: who lacks it is told."""
    loop, runtime, sandbox = world()
    runtime.on("mine", lambda start: Script(run=1, exit=3))
    container = start(runtime, sandbox, image="mine").id
    read = pickle.loads(pickle.dumps(runtime.state))
    again = FakeRuntime(loop, NoNetwork(), read, runtime.functions)
    pass_time(loop, 2.0)
    assert again.container(container).exit_code == 3 and runtime.container(container).exit_code is None
    assert start(again, sandbox, image="mine").script.exit == 3
    with pytest.raises(UsageError, match="does not have"):
        start(FakeRuntime(loop, NoNetwork(), read), sandbox, image="mine")
    runtime.on("mine", {"exit": 4})
    assert len(runtime.state.behaviors) == 1, "the latest registration replaces the one before"


def test_who_is_woken_early_goes_on_once():
    """A container that follows a file while it sleeps is woken by every write, and keeps one alarm."""
    loop, runtime, sandbox = world()
    start_with(runtime, sandbox, {"/d": "data"}, "tail -F /d/f & while true; do sleep 10; done")
    start_with(runtime, sandbox, {"/d": "data"}, "while true; do echo x >> /d/f; sleep 0.1; done")
    pass_time(loop, 60.0)
    assert len(list(loop.waiting())) < 20


@pytest.mark.parametrize("command", [("after", "soon"), ("sleep", "-"), ("exit", "x"), ("before", "")])
def test_a_script_container_refuses_what_it_does_not_understand(command):
    """A probe with a word that is no duration fails, as a program would."""
    _, runtime, sandbox = world()
    container = start(runtime, sandbox, image="kemu/script").id
    result = runtime.exec(container, command)
    assert result.exit_code == 2 and result.output.startswith(command[0])


@pytest.mark.parametrize("script", ["while true; do sleep 1; done", "while true; do :; done"])
def test_a_command_that_never_ends_is_cut_off(script):
    """Also if nobody said when."""
    _, runtime, sandbox = world()
    container = start(runtime, sandbox, "sleep", "1h").id
    assert runtime.exec(container, ("sh", "-c", script)).exit_code == 137
