"""Streams as a user reads them: watches, followed logs, commands in containers; and what happens while one waits."""

import copy
import json
import pickle
import threading

import pytest

import kemu
from kemu import errors
from kemu.clock import exact
from kemu.containers.sessions import ERROR, STDERR, STDOUT
from kemu.driver import FRUITLESS, Pace
from kemu.kit import DONE, Wiring
from kemu.objects import core
from kemu.streams import Polled
from kemu.turns import Wall
from tests.scenarios.manifests import script_pod

PODS = "/api/v1/namespaces/default/pods"
MAPS = "/api/v1/namespaces/default/configmaps"
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Protocol": "v5.channel.k8s.io"}
SAYING = "for i in 1 2 3; do echo n$i; sleep 5; done"


def shell(name, script=None, **container):
    """A pod that runs a shell script once."""
    command = {"command": ["sh", "-c", script]} if script else {}
    container = {"name": "c", "image": "busybox", **command, **container}
    spec = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def config(name):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def running(cluster, name, script="sleep 1h", **container):
    """A pod of that name that runs."""
    cluster.apply(shell(name, script, **container))
    cluster.wait(f"pod/{name}", "condition=Ready", timeout="1m")


def names(lines):
    return [json.loads(line)["object"]["metadata"]["name"] for line in lines]


def said(frames, channel=STDOUT):
    return b"".join(frame.data for frame in frames if frame.channel == channel).decode()


# Watches


def test_a_watch_is_a_value_that_can_be_polled(cluster):
    """A look gives what is there, or until when there is nothing, and moves neither time nor work."""
    cluster.advance("2s")
    version = cluster.store.revision
    watch = cluster.request("GET", f"{MAPS}?watch=true&timeoutSeconds=30&resourceVersion={version}").stream()
    assert watch.poll() == Polled(until=32)
    cluster.create(config("a"))
    cluster.create(config("b"))
    assert names(watch.poll().items) == ["a", "b"] and cluster.now == 2
    cluster.apply(script_pod("p", "--run=5s"))
    assert watch.poll().until == 2, "the pod is to be scheduled now"
    cluster.advance("30s")
    assert watch.poll().ended and watch.ended


def test_many_watches_see_the_same(cluster):
    """Whoever looks, and however often: each reader has a place of its own."""
    watches = [cluster.request("GET", f"{PODS}?watch=true&timeoutSeconds=60").stream() for _ in range(20)]
    cluster.apply(script_pod("p", "--run=5s", restart="Never"))
    first = list(watches[0])
    assert all(list(watch.poll().items) == first for watch in watches[1:]) and cluster.now == 60
    assert len(first) > 4


# Logs


def test_a_followed_log_comes_when_it_is_written(cluster):
    """Reading on lets time pass; it ends with the container."""
    cluster.apply(shell("p", SAYING))
    cluster.advance("1s")
    start = cluster.now
    seen = [(line, cluster.now - start) for line in cluster.logs("p", follow=True)]
    assert [line for line, _ in seen] == ["n1", "n2", "n3"]
    assert [round(at) for _, at in seen] == [0, 4, 9]


def test_a_followed_log_over_rest_is_a_stream_too(cluster):
    """The same lines, and options count from when it was asked."""
    cluster.apply(shell("p", SAYING))
    cluster.advance("7s")
    log = f"{PODS}/p/log?follow=true"
    later = cluster.fork()
    assert cluster.request("GET", log).body == b"n1\nn2\nn3\n"
    assert later.request("GET", f"{log}&tailLines=1").body == b"n2\nn3\n"
    assert later.now < 20


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("", ["n1", "n2", "n3"]),
        ("tailLines=2", ["n2", "n3"]),
        ("tailLines=0", []),
        ("sinceSeconds=7", ["n3"]),
        ("sinceTime=2000-01-01T00:00:03Z", ["n2", "n3"]),
        ("tailLines=5&sinceSeconds=12", ["n2", "n3"]),
        ("limitBytes=4", ["n1", "n"]),
        ("container=c&tailLines=1", ["n3"]),
        ("timestamps=true&tailLines=1", ["2000-01-01T00:00:10.300000000Z n3"]),
    ],
)
def test_a_log_is_what_its_options_ask_for(cluster, query, lines):
    """The end of it, what is new enough, so many bytes, with times."""
    cluster.apply(shell("p", SAYING))
    cluster.advance("17s")
    answer = cluster.request("GET", f"{PODS}/p/log?{query}")
    assert answer.status == 200 and dict(answer.headers)["Content-Type"] == "text/plain"
    assert answer.body.decode().splitlines() == lines


def test_the_hand_asks_for_parts_of_a_log_too(cluster):
    """The last lines, the last seconds, with times; followed or not."""
    cluster.apply(shell("p", SAYING))
    cluster.advance("17s")
    assert cluster.logs("pod/p", tail=1) == "n3\n" and cluster.logs("p", since="7s") == "n3\n"
    assert cluster.logs("p", since=12, timestamps=True).startswith("2000-01-01T00:00:05.300000000Z n2\n")
    assert list(cluster.logs("p", tail=2, follow=True)) == ["n2", "n3"]


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("tailLines=-1", 422, "tailLines: Invalid value: -1: must be greater than or equal to 0"),
        ("limitBytes=0", 422, "limitBytes: Invalid value: 0: must be greater than 0"),
        ("container=x", 400, "container x is not valid for pod p"),
        ("previous=true", 400, 'previous terminated container "c" in pod "p" not found'),
    ],
)
def test_a_log_that_cannot_be_shown_says_why(cluster, query, status, message):
    """In the words of a real server."""
    running(cluster, "p")
    answer = cluster.request("GET", f"{PODS}/p/log?{query}")
    assert answer.status == status and message in answer.json()["message"]


def test_a_log_of_a_container_that_never_ran_says_what_it_waits_for(cluster):
    """An image that cannot be pulled has words of its own; several containers have to be told apart."""
    cluster.images.missing("registry/web")
    cluster.apply(shell("absent", image="registry/web:1"))
    two = shell("two", "sleep 1h")
    two["spec"]["initContainers"] = [{"name": "first", "image": "busybox", "command": ["sleep", "1h"]}]
    two["spec"]["containers"].append({"name": "d", "image": "nginx"})
    cluster.apply(two)
    assert cluster.logs("absent") == "", "it has no node yet"
    cluster.advance("300ms")
    for pod, container, words in (
        ("absent", "", "is waiting to start: image can't be pulled"),
        ("two", "", r"a container name must be specified for pod two, choose one of: \[first c d\]"),
        ("two", "c", 'container "c" in pod "two" is waiting to start: PodInitializing'),
    ):
        with pytest.raises(errors.BadRequest, match=words):
            cluster.logs(pod, container=container)
    cluster.advance("12s")
    with pytest.raises(errors.BadRequest, match="trying and failing to pull image"):
        cluster.logs("absent", follow=True)


def test_a_node_that_does_not_answer_has_no_logs(cluster):
    """Its kubelet is asked, and is not there."""
    running(cluster, "p")
    node = cluster.get("pod/p").spec.node_name
    cluster.node(node).crash()
    with pytest.raises(errors.InternalError, match="10250: connect: connection refused"):
        cluster.logs("p")


def test_the_log_before_is_kept_until_the_next_restart(cluster):
    """`previous` shows the attempt before."""
    pod = shell("p", "echo here $RANDOM; sleep 2; exit 1")
    pod["spec"]["restartPolicy"] = "Always"
    cluster.apply(pod)
    cluster.advance("1s")
    first = cluster.logs("p")
    cluster.advance("6s")
    assert first.startswith("here") and cluster.logs("p", previous=True) == first


# Commands


def test_a_command_takes_its_time(cluster):
    """What it writes comes when it writes it, output and errors apart, and at the end a Status says how it ended."""
    running(cluster, "p")
    start = cluster.now
    session = cluster.exec("p", ["sh", "-c", "echo a; echo oops >&2; sleep 3; printf b; exit 3"], stream=True)
    frames = [(frame.channel, frame.data, cluster.now - start) for frame in session]
    assert frames[:3] == [(STDOUT, b"a\n", 0), (STDERR, b"oops\n", 0), (STDOUT, b"b", 3)]
    assert session.exit_code == 3 and session.status["reason"] == "NonZeroExitCode"
    assert session.status["details"] == {"causes": [{"reason": "ExitCode", "message": "3"}]}


def test_who_looks_late_finds_all_that_was_written_meanwhile(cluster):
    """A command does at each moment what it would have done if somebody had looked."""
    running(cluster, "p")
    session = cluster.exec("p", ["sh", "-c", "for i in 1 2 3 4; do date +%S; sleep 2; done"], stream=True)
    cluster.advance("5s")
    late = session.poll()
    seconds = [int(line) for line in said(late.items).split()]
    assert len(seconds) == 3 and seconds[2] == seconds[0] + 4 and not late.ended


def test_a_command_reads_what_is_sent_to_it(cluster):
    """Line by line while it is open, and to its end."""
    running(cluster, "p")
    cat = cluster.exec("p", ["cat"], stdin=True)
    assert cat.poll().items == ()
    cat.send("one\n")
    assert said([next(cat)]) == "one\n"
    cat.send(b"two")
    cat.close_input()
    assert said(cat) == "two" and cat.exit_code == 0


def test_a_shell_takes_commands_from_its_input(cluster):
    """It remembers what it was told, changes the files of the container, and ends with `exit`."""
    running(cluster, "p")
    sh = cluster.exec("p", ["sh"], stdin=True)
    sh.send("x=5\necho $x > /tmp/x\necho done\n")
    assert said(sh.poll().items) == "done\n"
    assert cluster.exec("p", ["cat", "/tmp/x"]).output == "5\n"
    sh.send("exit 4\n")
    assert [frame.channel for frame in sh] == [ERROR] and sh.exit_code == 4


def test_a_command_that_does_not_exist_is_an_internal_error(cluster):
    """As a real runtime says it; there is no exit code."""
    running(cluster, "p")
    session = cluster.exec("p", ["nope"], stream=True)
    assert [frame.channel for frame in session] == [ERROR]
    assert session.exit_code is None and 'exec: "nope": executable file not found' in session.status["message"]


def test_a_command_ends_with_its_container(cluster):
    """It is killed, as all processes of the container are."""
    running(cluster, "p", "sleep 4; exit 0")
    session = cluster.exec("p", ["sleep", "100"], stream=True)
    assert list(session) and session.exit_code == 137 and cluster.now < 6


def test_a_scripted_container_ends_its_commands_when_they_say(cluster):
    """`sleep 3` takes three seconds of virtual time."""
    cluster.apply(script_pod("p"))
    cluster.wait("pod/p", "condition=Ready")
    cluster.advance("2700ms")
    session = cluster.exec("p", ["sleep", "3s"], stream=True)
    assert session.poll().until == 6
    assert list(session) and session.exit_code == 0 and cluster.now == 6


def test_who_is_attached_hears_the_container_and_may_talk_to_it(cluster):
    """What it writes from now on; input reaches a container that has one; the talk ends with it."""
    running(cluster, "p", None, stdin=True, stdinOnce=True)
    cluster.advance("10s")
    session, quiet = cluster.attach("p", stdin=True), cluster.attach("p")
    session.send("echo hello\n")
    quiet.send("echo never\n")
    assert said([next(session)]) == said([next(quiet)]) == "hello\n"
    session.close_input()
    assert [frame.channel for frame in session] == [ERROR] and session.exit_code == 0
    cluster.wait("pod/p", "jsonpath={.status.phase}=Succeeded")
    assert cluster.logs("p") == "hello\n"


@pytest.mark.parametrize("how", ["exec?command=ls", "attach?stdin=true"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_asks_without_an_upgrade_is_told_to(cluster, how, method):
    """After what the server itself can see: the pod, its container, its node."""

    def refusal(pod, more=""):
        answer = cluster.request(method, f"{PODS}/{pod}/{how}{more}")
        return answer.status, answer.json()["message"]

    cluster.apply(shell("p", "sleep 1h"))
    assert refusal("p") == (400, "pod p does not have a host assigned")
    cluster.settle()
    assert refusal("p") == (400, "Upgrade request required")
    assert refusal("q") == (404, 'pods "q" not found')
    assert refusal("p", "&container=x") == (400, "container x is not valid for pod p")
    answer = cluster.request(method, f"{PODS}/p/{how}", headers=UPGRADE)
    assert (answer.status, answer.json()["reason"]) == (500, "InternalError"), "it does not run yet"


def test_an_upgraded_request_carries_frames(cluster):
    """What a websocket would carry, in both directions; the best protocol that both know is chosen."""
    running(cluster, "p")
    path = f"{PODS}/p/exec?command=cat&stdin=true"
    answer = cluster.request("GET", path, headers={**UPGRADE, "Sec-WebSocket-Protocol": "v4.channel.k8s.io, x"})
    assert answer.status == 101 and dict(answer.headers)["Sec-WebSocket-Protocol"] == "v4.channel.k8s.io"
    answer.session.receive(b"\x00hello\n")
    answer.session.receive(b'\x04{"Width":80,"Height":24}')
    answer.session.receive(b"\xff\x00")
    assert [frame.message for frame in answer.session] == [
        b"\x01hello\n",
        b'\x03{"metadata": {}, "status": "Success"}',
    ]
    unknown = cluster.request("GET", path, headers={**UPGRADE, "Sec-WebSocket-Protocol": "v9"})
    assert unknown.status == 400


def test_a_command_is_a_list_of_words(cluster):
    """A text, or nothing, is refused with what to write instead."""
    running(cluster, "p")
    for command in ("ls /tmp", []):
        with pytest.raises(errors.UsageError, match="a command is a list of words"):
            cluster.exec("p", command)


def test_exec_needs_the_right_to_create_also_by_get():
    """Who may only read may not run commands."""
    cluster = kemu.Cluster(nodes=1, tokens={"t": ("alice", [])})
    running(cluster, "p")
    rules = [{"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["get"]}]
    cluster.create({"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": rules, **RBAC})
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "r"}
    subjects = [{"kind": "User", "name": "alice", "apiGroup": "rbac.authorization.k8s.io"}]
    binding = {"kind": "ClusterRoleBinding", "metadata": {"name": "b"}, "roleRef": reference, "subjects": subjects}
    cluster.create({**binding, **RBAC})
    answer = cluster.request("GET", f"{PODS}/p/exec?command=ls", headers={"Authorization": "Bearer t", **UPGRADE})
    assert answer.status == 403 and 'cannot create resource "pods/exec"' in answer.json()["message"]


RBAC = {"apiVersion": "rbac.authorization.k8s.io/v1"}


# Who waits


def test_whatever_waits_in_running_work_says_so(cluster):
    """A reconcile, a wrapper of the door and a behaviour may look at streams, and wait for none."""
    running(cluster, "p", SAYING)
    cluster.apply(shell("i", None, stdin=True))
    cluster.wait("pod/i", "condition=Ready")
    waits = (
        cluster.settle,
        lambda: cluster.sleep(1),
        lambda: cluster.wait_until(lambda: True, 0),
        lambda: next(cluster.request("GET", f"{PODS}?watch=true").stream()),
        lambda: next(cluster.logs("p", follow=True)),
        lambda: next(cluster.exec("p", ["sleep", "1"], stream=True)),
        lambda: next(cluster.attach("i")),
        lambda: cluster.request("GET", f"{PODS}/p/log?follow=true").body,
    )
    refused = []

    def all_of_them(where):
        assert cluster.logs("p", follow=True).poll().items
        for number, wait in enumerate(waits):
            try:
                wait()
            except errors.UsageError as problem:
                refused.append((where, number))
                assert "is running, and nothing can happen while it waits" in str(problem)

    def reconcile(api, cache, key):
        all_of_them("reconcile")
        return DONE

    def wrapper(request, following):
        if request.verb == "create" and request.name == "y":
            all_of_them("wrapper")
        return following(request)

    def behaves(start):
        all_of_them("behaviour")
        return kemu.Script()

    now = cluster.now
    cluster.process("op").add(Wiring("configs", reconciles=core.ConfigMap), reconcile)
    cluster.settle()
    cluster.wrap(wrapper)
    cluster.create(config("y"))
    assert cluster.now == now
    cluster.runtime.on("special", behaves)
    cluster.apply(script_pod("s", container={"image": "special"}))
    cluster.wait("pod/s", "condition=Ready")
    for where in ("reconcile", "wrapper", "behaviour"):
        assert {number for found, number in refused if found == where} == set(range(len(waits))), where


def test_a_log_that_will_never_say_more_is_an_error(cluster):
    """Nothing is due any more, and nobody else could do something."""
    cluster.apply(script_pod("p", container={"image": "nginx"}))
    cluster.wait("pod/p", "condition=Ready")
    with pytest.raises(errors.NeverEnds, match="nothing is due in the cluster any more"):
        next(cluster.logs("p", follow=True))


def test_a_watch_that_is_opened_again_and_again_is_an_error_in_the_end():
    """A client that waits for what nobody will do does not turn for ever."""
    cluster = kemu.Cluster(nodes=0, controllers="", scheduler=False)
    version, opened = cluster.store.revision, 0
    with pytest.raises(errors.NeverEnds, match="over only because their own time was"):
        while True:
            opened += 1
            list(cluster.request("GET", f"{MAPS}?watch=true&timeoutSeconds=5&resourceVersion={version}").stream())
    assert opened == FRUITLESS + 1


def test_a_command_that_never_ends_is_an_error_in_the_end(cluster):
    """It wakes up for ever, but it is its reader's own: nothing of the world is due."""
    cluster.apply(script_pod("p", container={"image": "nginx"}))
    cluster.wait("pod/p", "condition=Ready")
    session = cluster.exec("p", ["sh", "-c", "echo on; while true; do sleep 60; done"], stream=True)
    assert said([next(session)]) == "on\n"
    cluster.create(config("meanwhile"))
    with pytest.raises(errors.NeverEnds, match="over only because their own time was"):
        next(session)


def test_a_client_that_sleeps_and_looks_is_an_error_in_the_end(cluster):
    """So is one that looks whether something has come, and sleeps, and looks."""
    with pytest.raises(errors.NeverEnds):
        while not cluster.list("pods"):
            cluster.sleep("1s")


# Forks, pickles, threads, clocks


def test_a_stream_belongs_to_its_reader(cluster):
    """Forks and pickles of a cluster that is being read go on without it, and as the original does."""
    running(cluster, "p", SAYING)
    watch = cluster.request("GET", f"{PODS}?watch=true&timeoutSeconds=90").stream()
    session = cluster.exec("p", ["sh", "-c", "sleep 4; echo x > /tmp/x"], stream=True)
    log = cluster.logs("p", follow=True)
    assert next(watch) and next(log) == "n1" and not session.poll().items
    branch, twin = cluster.fork(), pickle.loads(pickle.dumps(cluster))
    for each in (watch, session, log):
        with pytest.raises(errors.UsageError, match="belongs to its reader"):
            copy.copy(each)
    for each in (cluster, branch, twin):
        each.advance("1m")
    assert branch.digest() == twin.digest() == cluster.digest()
    assert branch.state_hash() == twin.state_hash() == cluster.state_hash()
    assert list(log) == ["n2", "n3"] and list(watch.poll().items)


def test_reading_changes_no_history():
    """Who only watches and follows leaves no trace: the digest is that of a cluster that nobody read."""
    one, other = kemu.Cluster(seed=3), kemu.Cluster(seed=3)
    for cluster in (one, other):
        cluster.apply(shell("p", SAYING))
    watch = one.request("GET", f"{PODS}?watch=true&timeoutSeconds=40").stream()
    one.wait("pod/p", "condition=Ready")
    assert list(one.logs("p", follow=True)) and list(watch)
    other.advance("40s")
    assert one.now == other.now == 40 and one.digest() == other.digest()


def test_a_reading_and_a_writing_thread_both_go_on():
    """The reader gives way whenever somebody wants to write; nothing is lost, and nothing seen twice."""
    cluster, seen = kemu.Cluster(nodes=1), []
    cluster.apply(shell("busy", "while true; do sleep 1; done"))

    def read():
        version = cluster.store.revision
        while len(seen) < 20:
            path = f"{MAPS}?watch=true&timeoutSeconds=5&resourceVersion={version}"
            for line in cluster.request("GET", path).stream():
                seen.extend(names([line]))
                version = json.loads(line)["object"]["metadata"]["resourceVersion"]

    reader = threading.Thread(target=read)
    with cluster.turn():
        reader.start()
        cluster.create(config("m0"))
        cluster.sleep("1s")
        assert seen == [], "a turn is kept, also while its holder waits"
    for number in range(1, 20):
        cluster.create(config(f"m{number}"))
    reader.join(timeout=60)
    assert set(seen) <= {f"m{number}" for number in range(20)} and len(seen) == len(set(seen)) >= 19


def test_threads_write_one_at_a_time():
    """Each call is whole: no write is lost, and every revision was one write."""
    cluster = kemu.Cluster(nodes=0)
    before = cluster.store.revision
    cluster.create({**config("shared"), "data": {"n": "0"}})

    def write():
        for _ in range(50):
            with cluster.turn():
                shared = cluster.get("configmap", "shared")
                cluster.patch("configmap", "shared", {"data": {"n": str(int(shared.data["n"]) + 1)}}, type="merge")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cluster.get("configmap", "shared").data["n"] == "200"
    assert len(cluster.history(since=before + 1)) == 201


def test_a_reader_waits_for_other_threads_before_it_gives_up(cluster):
    """With nothing due, somebody else may still write."""
    version = cluster.store.revision
    cluster.apply(shell("p", None, stdin=True))
    cluster.wait("pod/p", "condition=Ready")
    log, lines = cluster.logs("p", follow=True), []
    reader = threading.Thread(target=lambda: lines.append(next(log)))
    with cluster.turn():
        reader.start()
        session = cluster.attach("p", stdin=True)
    session.send("echo now\n")
    reader.join(timeout=60)
    assert lines == ["now"] and cluster.store.revision > version


class Hand(Wall):
    """A clock that goes on only while somebody waits by it."""

    def __init__(self):
        self.time = 0.0

    def now(self):
        return self.time

    def pause(self, turns, seconds):
        self.time += seconds


def test_a_clock_that_follows_the_wall_gives_the_same_history():
    """Ten virtual seconds in one: what happens is the same as if it had jumped, and lasts a tenth of it."""
    wall = Hand()
    fast, jumping = kemu.Cluster(nodes=1, clock=Pace(10, wall)), kemu.Cluster(nodes=1)
    for cluster in (fast, jumping):
        cluster.apply(shell("p", SAYING))
        cluster.wait("pod/p", "condition=Ready", timeout="1m")
        assert list(cluster.logs("p", follow=True)) == ["n1", "n2", "n3"]
        cluster.wait("pod/p", "jsonpath={.status.phase}=Succeeded", timeout="1m")
        cluster.advance("10s")
    assert fast.digest() == jumping.digest() and fast.now == jumping.now
    assert wall.time == pytest.approx(fast.now / 10)
    twin = pickle.loads(pickle.dumps(fast))
    wall.time += 3
    assert [fast.get("pod/p") and fast.now, twin.now] == [exact(jumping.now + 30), jumping.now]


def test_a_real_clock_is_the_one_on_the_wall():
    """It needs no hands: time has passed when somebody looks again."""
    cluster = kemu.Cluster(nodes=1, clock="real")
    before = cluster.now
    threading.Event().wait(0.01)
    assert cluster.get("node/node-0") and before + 0.01 <= cluster.now < before + 60
