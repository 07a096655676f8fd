"""What a kubelet decides to do for the containers of a pod: a pure function, case by case."""

import attrs
import pytest

from kemu.objects import codec, core
from kemu.reconcilers.kubelet.acting import backoff_of
from kemu.reconcilers.kubelet.plan import plan
from kemu.reconcilers.kubelet.restarts import starts_again
from kemu.reconcilers.kubelet.worker import Slot, Stopping, Worker
from kemu.runtime_fake import Container
from kemu.values.frozen import FrozenMap


def worker(policy="Always", init=(), main=("a",), **slots):
    """A pod of these containers (a sidecar's name ends with a plus), and what its kubelet remembers of them."""
    inits = [
        {"name": name.rstrip("+"), "image": "i", **({"restartPolicy": "Always"} if name.endswith("+") else {})}
        for name in init
    ]
    spec = {"restartPolicy": policy, "initContainers": inits, "containers": [{"name": n, "image": "i"} for n in main]}
    pod = codec.decode(core.Pod, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
    return Worker(uid="u", key="default/p", node="n", pod=pod, slots=FrozenMap(slots))


def attempt(name, state="running", code=None, at=0.0, **more):
    """An attempt of a container, as the runtime shows it."""
    ended = {"exit_code": code, "finished_at": at} if state == "exited" else {}
    plain = {"command": (), "args": (), "env": FrozenMap(), "files": FrozenMap(), "attempt": 0, "created_at": 0.0}
    names = {"id": name, "sandbox": "s", "name": name, "image": "i", "image_ref": "i"}
    return Container(**names, **plain, state=state, **ended, **more)


def decided(pod, *seen):
    """The plan in short: what is stopped (-), what is started (+), and what becomes of the whole pod."""
    made = plan(pod, {c.name: c for c in seen})
    whole = ["stop"] * made.stop + ["reset"] * made.reset
    return [*whole, *[f"-{kill.container.name}" for kill in made.kills], *[f"+{each.name}" for each in made.starts]]


RUNS = Slot(container="x", started=True)
CONDEMNED = attrs.evolve(RUNS, failed_probe="liveness")
UNSTARTED = Slot(container="x", failed_probe="startup")


@pytest.mark.parametrize(
    ("pod", "seen", "actions"),
    [
        (worker(main=("a", "b")), [], "+a +b"),
        (worker(a=RUNS), [attempt("a")], ""),
        (worker(init=("i", "j")), [], "+i"),
        (worker(init=("i", "j"), i=RUNS), [attempt("i")], ""),
        (worker(init=("i", "j"), i=RUNS), [attempt("i", "exited", 0)], "+j"),
        (worker(init=("i",), i=RUNS), [attempt("i", "exited", 0)], "+a"),
        (worker(init=("i",), i=RUNS), [attempt("i", "exited", 1)], "+i"),
        (worker("Never", init=("i",), i=RUNS), [attempt("i", "exited", 1)], "stop"),
        (worker(init=("s+", "i")), [], "+s"),
        (worker(init=("s+", "i"), s=RUNS), [attempt("s")], "+i"),
        (worker(init=("s+",), s=Slot(container="x")), [attempt("s")], ""),
        (worker(init=("s+",), s=RUNS), [attempt("s")], "+a"),
        (worker(init=("s+",), s=RUNS, a=RUNS), [attempt("s", "exited", 0), attempt("a")], "+s"),
        (worker(init=("s+",), s=UNSTARTED), [attempt("s")], "-s +s"),
        (worker(init=("s+",), s=CONDEMNED, a=RUNS), [attempt("s"), attempt("a")], "-s +s"),
        (worker("Never", init=("s+",), s=RUNS, a=RUNS), [attempt("s"), attempt("a", "exited", 0)], "stop"),
        (worker("OnFailure", a=RUNS), [attempt("a", "exited", 0)], "stop"),
        (worker("OnFailure", a=RUNS), [attempt("a", "exited", 1)], "+a"),
        (worker("Never", a=RUNS), [attempt("a", "exited", 1)], "stop"),
        (worker("Never", main=("a", "b"), a=RUNS, b=RUNS), [attempt("a", "exited", 1), attempt("b")], ""),
        (worker(a=CONDEMNED), [attempt("a")], "-a +a"),
        (worker("Never", a=CONDEMNED), [attempt("a")], "stop"),
        (worker("Never", main=("a", "b"), a=CONDEMNED, b=RUNS), [attempt("a"), attempt("b")], "-a"),
        (worker(a=RUNS), [attrs.evolve(attempt("a"), image="old")], "-a +a"),
    ],
)
def test_what_is_to_be_done_follows_from_what_is_seen(pod, seen, actions):
    """Nothing is asked but the record and the containers; asked again it says the same."""
    assert decided(pod, *seen) == actions.split() == decided(pod, *seen)


def ruled(policy, *rules):
    """A container with a policy and rules of its own: an action, an operator, and exit codes."""
    written = [{"action": act, "exitCodes": {"operator": how, "values": list(codes)}} for act, how, *codes in rules]
    container = {"name": "a", "image": "i", "restartPolicy": policy, "restartPolicyRules": written}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container]}}
    pod = codec.decode(core.Pod, manifest)
    return pod.spec, pod.spec.containers[0]


@pytest.mark.parametrize(
    ("policy", "rules", "code", "again"),
    [
        ("Never", [("Restart", "In", 42)], 42, True),
        ("Never", [("Restart", "In", 42)], 1, False),
        ("Never", [("Restart", "NotIn", 0, 1)], 2, True),
        ("Never", [("Restart", "NotIn", 0, 1)], 1, False),
        ("OnFailure", [("Restart", "In", 0)], 0, True),
        ("OnFailure", [], 0, False),
        ("Always", [], 0, True),
    ],
)
def test_rules_of_a_container_come_before_its_policy(policy, rules, code, again):
    """The first rule that matches decides; without one the policy does."""
    assert starts_again(*ruled(policy, *rules), code) is again


def test_a_rule_can_start_the_whole_pod_again():
    """Whatever else there is to do."""
    spec, _ = ruled("Never", ("RestartAllContainers", "In", 7))
    pod = attrs.evolve(worker(a=RUNS), pod=attrs.evolve(worker().pod, spec=spec))
    assert decided(pod, attempt("a", "exited", 7)) == ["reset"]
    assert decided(pod, attempt("a", "exited", 8)) == ["stop"]


@pytest.mark.parametrize(
    ("slot", "now", "held"),
    [
        (Slot(backoff=20.0, backoff_at=70.0), 100.0, 20.0),
        (Slot(backoff=20.0, backoff_at=70.0), 110.0, None),
        (Slot(backoff=300.0, backoff_at=-600.0), 100.0, None),
        (Slot(), 100.0, None),
        (
            Slot(backoff=20.0, backoff_at=70.0, ended=89.0, stopping=Stopping(begun=95.0, grace=2.0, hooked=95.0)),
            100.0,
            20.0,
        ),
        (Slot(backoff=20.0, backoff_at=70.0, stopping=Stopping(begun=95.0, grace=2.0, hooked=95.0)), 100.0, None),
    ],
)
def test_a_back_off_counts_from_the_last_end_that_a_sync_has_seen(slot, now, held):
    """What the sync itself has stopped does not count, but the attempt before it."""
    container = worker().pod.spec.containers[0]
    slot = attrs.evolve(slot, backoff_for=(container.image, container.resources))
    assert backoff_of(slot, attempt("a", "exited", 1, at=90.0), container, now) == held
    other = attrs.evolve(slot, backoff_for=("another", container.resources))
    assert backoff_of(other, attempt("a", "exited", 1, at=90.0), container, now) is None
