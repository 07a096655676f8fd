"""Which pods a ReplicaSet deletes first."""

from __future__ import annotations

import pytest

from kemu.objects import codec, core
from kemu.reconcilers.replicaset.plan import decide

NOW = 1_000_000.0


def stamp(ago):
    return codec.decode(core.PodCondition, {"lastTransitionTime": moment(ago)}).last_transition_time


def pod(name, *, node="n", phase="Running", ready=500, created=500, restarts=0, cost=None, uid=None):
    """A pod that was created and became ready so many seconds ago (None: it is not ready)."""
    conditions = [] if ready is None else [{"type": "Ready", "status": "True", "lastTransitionTime": stamp(ready)}]
    annotations = {} if cost is None else {"controller.kubernetes.io/pod-deletion-cost": cost}
    return core.Pod(
        metadata={"name": name, "uid": uid or name, "creationTimestamp": stamp(created), "annotations": annotations},
        spec={"nodeName": node},
        status={
            "phase": phase,
            "conditions": conditions,
            "containerStatuses": [{"name": "c", "restartCount": restarts}],
        },
    )


def moment(ago):
    """The timestamp of so many seconds before NOW, which is 1970-01-12T13:46:40Z."""
    day, rest = divmod(int(NOW - ago), 86_400)
    return f"1970-01-{day + 1:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


def first(*pods, together=None):
    """The name of the pod that goes first."""
    return decide(len(pods) - 1, pods, together or {}, NOW).delete[0].metadata.name


ORDER = [
    (pod("unassigned", node=None, phase="Pending", ready=None), pod("pending", phase="Pending", ready=None)),
    (pod("pending", phase="Pending", ready=None), pod("running", ready=None)),
    (pod("not-ready", ready=None), pod("ready")),
    (pod("cheap", cost="-5"), pod("dear", cost="5")),
    (pod("young", ready=100), pod("old", ready=500)),
    (pod("restarted", restarts=2), pod("calm", restarts=1)),
    (pod("new", created=100), pod("aged", created=500)),
]


@pytest.mark.parametrize(("goes", "stays"), ORDER, ids=lambda each: each.metadata.name)
def test_who_goes_first(goes, stays):
    """Whatever order they come in."""
    assert first(goes, stays) == first(stays, goes) == goes.metadata.name


def test_times_of_one_magnitude_leave_it_to_chance():
    """300 s and 500 s are alike in powers of two of nanoseconds: the smaller uid goes, though it be the older pod."""
    assert first(pod("young", ready=300, uid="b"), pod("old", ready=500, uid="a")) == "old"


def test_a_crowded_node_is_relieved_first():
    """Before any age counts."""
    pods = (pod("young", node="a", ready=1), pod("old", node="b"))
    assert first(*pods, together={"a": 1, "b": 3}) == "old"


def test_a_decision_creates_or_deletes():
    pods = [pod("a"), pod("b", phase="Pending", ready=None), pod("c")]
    assert decide(5, pods).create == 2
    assert [each.metadata.name for each in decide(2, pods).delete] == ["b"]
    assert decide(3, pods) == decide(3, pods) and not decide(3, pods).delete and not decide(3, pods).create
