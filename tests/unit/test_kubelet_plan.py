"""What a kubelet decides to do for the containers of a pod: a pure function, case by case."""

import attrs
import pytest

from kemu.objects import codec, core
from kemu.reconcilers.kubelet.plan import finished, plan
from kemu.reconcilers.kubelet.worker import Slot, Worker
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


def decided(pod, seen=(), now=100.0):
    """The plan in short."""
    return [(action.act.value, action.container.name) for action in plan(pod, {c.name: c for c in seen}, now)]


RUNS = Slot(container="x", started=True)


def backed_off(seconds):
    """What is remembered of a container that has crashed before."""
    return attrs.evolve(RUNS, backoff=seconds, backoff_at=70.0)


@pytest.mark.parametrize(
    ("pod", "seen", "actions"),
    [
        (worker(main=("a", "b")), [], [("start", "a"), ("start", "b")]),
        (worker(a=RUNS), [attempt("a")], []),
        (worker(init=("i", "j")), [], [("start", "i")]),
        (worker(init=("i", "j"), i=RUNS), [attempt("i")], []),
        (worker(init=("i", "j"), i=RUNS), [attempt("i", "exited", 0)], [("start", "j")]),
        (worker(init=("i",), i=RUNS), [attempt("i", "exited", 0)], [("start", "a")]),
        (worker(init=("i",), i=RUNS), [attempt("i", "exited", 1)], [("restart", "i")]),
        (worker("Never", init=("i",), i=RUNS), [attempt("i", "exited", 1)], []),
        (worker(init=("s+", "i")), [], [("start", "s"), ("start", "i")]),
        (worker(init=("s+",), s=Slot(container="x")), [attempt("s")], []),
        (worker(init=("s+",), s=RUNS, a=RUNS), [attempt("s", "exited", 0), attempt("a")], [("restart", "s")]),
        (worker("OnFailure", a=RUNS), [attempt("a", "exited", 0)], []),
        (worker("OnFailure", a=RUNS), [attempt("a", "exited", 1)], [("restart", "a")]),
        (worker("Never", a=RUNS), [attempt("a", "exited", 1)], []),
        (
            worker(a=attrs.evolve(RUNS, backoff=20.0, backoff_at=70.0)),
            [attempt("a", "exited", 1, 90.0)],
            [("hold", "a")],
        ),
        (
            worker(a=attrs.evolve(RUNS, backoff=10.0, backoff_at=70.0)),
            [attempt("a", "exited", 1, 90.0)],
            [("restart", "a")],
        ),
        (worker(a=attrs.evolve(RUNS, unhealthy=True)), [attempt("a")], [("condemn", "a")]),
        (worker(a=RUNS), [attrs.evolve(attempt("a"), image="old")], [("replace", "a")]),
    ],
)
def test_what_is_to_be_done_follows_from_what_is_seen(pod, seen, actions):
    """Nothing is asked but the record and the containers; asked again it says the same."""
    assert decided(pod, seen) == actions == decided(pod, seen)


@pytest.mark.parametrize(
    ("pod", "seen", "ended"),
    [
        (worker(a=RUNS), [attempt("a", "exited", 0)], False),
        (worker("Never", a=RUNS), [attempt("a", "exited", 1)], True),
        (worker("OnFailure", a=RUNS), [attempt("a", "exited", 1)], False),
        (worker("OnFailure", a=RUNS), [attempt("a", "exited", 0)], True),
        (worker("Never", init=("i",)), [attempt("i", "exited", 1)], True),
        (worker("Never", init=("i",)), [attempt("i")], False),
        (worker("Never", init=("s+",), a=RUNS), [attempt("s"), attempt("a", "exited", 0)], True),
    ],
)
def test_a_pod_has_ended_when_nothing_of_it_starts_again(pod, seen, ended):
    """Sidecars do not count."""
    assert finished(pod, {container.name: container for container in seen}) is ended
