"""The scheduling queue: order, backoff, gates, and which events wake which pods."""

from __future__ import annotations

from typing import Any

import pytest

from kemu.objects import Node, Pod, evolve
from kemu.objects.codec import decode
from kemu.reconcilers.scheduler import config
from kemu.reconcilers.scheduler.events import (
    ASSIGNED_POD_ADD,
    ASSIGNED_POD_DELETE,
    NODE,
    Action,
    ClusterEvent,
    Registration,
    node_events,
    pod_events,
    registered,
)
from kemu.reconcilers.scheduler.nodes import Snapshot
from kemu.reconcilers.scheduler.plugins import REGISTRY
from kemu.reconcilers.scheduler.queue import QueueRules, SchedulingQueue
from kemu.reconcilers.scheduler.shapes import PodInfo


class Bench:
    """A queue with the default profile and a clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 0.0
        self.snapshot = Snapshot()
        profile = config.Configuration().profiles[0]
        rules = QueueRules({profile.name: config.build(profile, REGISTRY)})
        self.queue = SchedulingQueue(rules, lambda: self.time)

    def pod(self, name: str, **spec: Any) -> PodInfo:
        metadata = {"name": name, "namespace": "default", "uid": name}
        spec = {"schedulerName": "default-scheduler", "containers": [{"name": "c"}], **spec}
        return self.snapshot.info(decode(Pod, {"metadata": metadata, "spec": spec}))

    def popped(self) -> list[str]:
        found = []
        while (queued := self.queue.pop()) is not None:
            found.append(queued.info.uid)
            self.queue.done(queued.info.uid)
        return found


def test_higher_priority_first_then_arrival() -> None:
    """PrioritySort; pods that came at the same time keep the order in which they came."""
    bench = Bench()
    for name, priority in (("a", 0), ("b", 10), ("c", 0), ("d", 10), ("e", -5)):
        bench.queue.add(bench.pod(name, priority=priority))
    assert bench.popped() == ["b", "d", "a", "c", "e"]


@pytest.mark.parametrize(("failures", "seconds"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (9, 10)])
def test_backoff_doubles_up_to_ten_seconds(failures: int, seconds: int) -> None:
    """Without a plugin to blame the pod is not even popped from the backoff queue before its time."""
    bench = Bench()
    bench.queue.add(bench.pod("a"))
    for attempt in range(failures):
        queued = bench.queue.pop()
        assert queued is not None, attempt
        bench.queue.reject(queued, ())
        started = bench.time
        assert bench.queue.pop() is None
        while not bench.queue.active:
            bench.time += 1
            bench.queue.flush_backoff()
    assert bench.time - started == seconds + 1


def test_a_rejected_pod_waits_for_an_event_that_helps() -> None:
    """A pod refused for lack of CPU is woken by a pod that leaves, not by one that comes."""
    bench = Bench()
    info = bench.pod("a")
    bench.queue.add(info)
    queued = bench.queue.pop()
    assert queued is not None
    bench.queue.reject(queued, ["NodeResourcesFit"])
    placed = evolve(bench.pod("other").pod, {"spec.node_name": "n"})
    bench.queue.move(ASSIGNED_POD_ADD, None, placed)
    assert bench.popped() == []
    bench.queue.move(ASSIGNED_POD_DELETE, placed, None)
    assert bench.popped() == ["a"]


def test_an_event_during_the_attempt_is_not_lost() -> None:
    """What happens while a pod is in flight counts when it comes back."""
    bench = Bench()
    bench.queue.add(bench.pod("a"))
    queued = bench.queue.pop()
    assert queued is not None
    bench.queue.move(ASSIGNED_POD_DELETE, evolve(bench.pod("b").pod, {"spec.node_name": "n"}), None)
    bench.queue.reject(queued, ["NodeResourcesFit"])
    assert bench.popped() == ["a"]


def test_a_pod_that_preempts_waits_until_the_evictions_are_done() -> None:
    """Room that appears meanwhile is not used before `release`."""
    bench = Bench()
    bench.queue.add(bench.pod("a"))
    queued = bench.queue.pop()
    assert queued is not None
    bench.queue.reject(queued, ["NodeResourcesFit"], held=True)
    bench.queue.move(ASSIGNED_POD_DELETE, evolve(bench.pod("b").pod, {"spec.node_name": "n"}), None)
    assert bench.popped() == []
    assert not bench.queue.ready()
    bench.queue.release("a")
    assert bench.queue.ready()
    assert bench.popped() == ["a"]


def test_a_gated_pod_waits_for_its_own_gates_only() -> None:
    """Nothing wakes a gated pod but the removal of its last gate."""
    bench = Bench()
    gated = bench.pod("a", schedulingGates=[{"name": "example.com/wait"}])
    bench.queue.add(gated)
    bench.queue.move(ClusterEvent(NODE, Action.ADD), None, decode(Node, {"metadata": {"name": "n"}}))
    assert bench.popped() == []
    bench.queue.update(gated.pod, bench.pod("a"))
    assert bench.popped() == ["a"]


def test_five_minutes_are_enough() -> None:
    """A pod that no event helped is tried again after five minutes."""
    bench = Bench()
    bench.queue.add(bench.pod("a"))
    queued = bench.queue.pop()
    assert queued is not None
    bench.queue.reject(queued, ["NodeAffinity"])
    bench.time = 299.0
    bench.queue.flush_leftover()
    assert not bench.queue.active
    bench.time = 301.0
    bench.queue.flush_leftover()
    assert bench.popped() == ["a"]


def test_a_fork_goes_its_own_way() -> None:
    """Popping from a fork leaves the original alone."""
    bench = Bench()
    for name in ("a", "b"):
        bench.queue.add(bench.pod(name))
    twin = SchedulingQueue(bench.queue.rules, lambda: 0.0, bench.queue.state.fork(), bench.queue.index.fork())
    assert twin.pop() is not None
    assert len(twin) == 1
    assert bench.popped() == ["a", "b"]


@pytest.mark.parametrize(
    ("wanted", "event", "expected"),
    [
        (Registration("Pod", Action.DELETE), ClusterEvent("AssignedPod", Action.DELETE), True),
        (Registration("Pod", Action.DELETE), ClusterEvent("AssignedPod", Action.ADD), False),
        (Registration("Node", Action.ADD | Action.NODE_TAINT), ClusterEvent("Node", Action.NODE_TAINT), True),
        (Registration("Node", Action.ADD), ClusterEvent("Node", Action.NODE_LABEL), False),
        (Registration("CSINode", Action.UPDATE), ClusterEvent("CSINode", Action.UPDATE), True),
        (Registration("Pod", Action.POD_LABEL), ClusterEvent("UnschedulablePod", Action.UPDATE), False),
    ],
)
def test_which_registrations_an_event_meets(wanted: Registration, event: ClusterEvent, expected: bool) -> None:
    """The kind must fit, and the event must be within the registered actions."""
    assert registered(wanted, event) is expected


def test_what_an_update_amounts_to() -> None:
    """Each interesting change is an event of its own; anything else of a pod is a plain update."""
    pod = Bench().pod("a", tolerations=[]).pod
    labelled = evolve(pod, {"metadata.labels": {"a": "b"}})
    assert [e.action for e in pod_events(pod, labelled)] == [Action.POD_LABEL]
    assert [e.action for e in pod_events(pod, evolve(pod, {"status.phase": "Pending"}))] == [Action.UPDATE]
    node = decode(Node, {"metadata": {"name": "n"}, "spec": {"unschedulable": True}})
    assert [e.action for e in node_events(node, evolve(node, {"spec.unschedulable": None}))] == [Action.NODE_TAINT]
    assert node_events(node, evolve(node, {"status.phase": "x"})) == []
