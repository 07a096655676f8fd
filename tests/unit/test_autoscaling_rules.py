"""How an autoscaler counts: from values to replicas, and from what is wanted to what is allowed."""

import pytest

from kemu.objects import autoscaling_v2, core, meta
from kemu.reconcilers.horizontal_pod_autoscaler.limits import Bounds, Memory, decide
from kemu.reconcilers.horizontal_pod_autoscaler.measuring import go_selector
from kemu.reconcilers.horizontal_pod_autoscaler.replicas import (
    Goal,
    Samples,
    Tolerances,
    Unmeasured,
    by_pods,
    by_share,
    by_value,
    grouped,
    requests_of,
)

NEAR = Tolerances()


def pod(name, phase="Running", ready="True", since=0, started=0, request="100m"):
    """A pod of one container, with a Ready condition that changed at a time."""
    return core.Pod(
        metadata={"name": name, "namespace": "default"},
        spec={"containers": [{"name": "c", "resources": {"requests": {"cpu": request} if request else {}}}]},
        status={
            "phase": phase,
            "startTime": started,
            "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": since}],
        },
    )


def count(values, unready=0, percent=50, current=None, unix=1000):
    """The replicas for pods that use so many thousandths (None: nothing is known) of 100 each, at 50 %."""
    pods = [pod(f"p{number}") for number in range(len(values))]
    pods += [pod(f"u{number}", phase="Pending") for number in range(unready)]
    samples = Samples({f"p{number}": value for number, value in enumerate(values) if value is not None}, unix, 15)
    goal = Goal(percent=percent, requests=requests_of(pods, "", "cpu"))
    groups = grouped(pods, samples, "cpu", unix)
    return by_pods(len(pods) if current is None else current, samples, groups, goal, NEAR)


@pytest.mark.parametrize(
    ("values", "unready", "replicas"),
    [
        ([80, 80, 80, 80], 0, 7),
        ([52, 52, 52, 52], 0, 4),
        ([55, 55], 0, 2),
        ([56, 56], 0, 3),
        ([10, 10, 10, 10], 0, 1),
        ([80, 80], 2, 4),
        ([200, 200], 2, 8),
        ([10, 10], 2, 1),
        ([10, 10, None], 0, 3),
        ([10, 10, 10, 10, None], 0, 3),
        ([200, 200, None], 0, 8),
        ([60, 60, None], 0, 3),
    ],
)
def test_what_does_not_count_holds_the_change_back(values, unready, replicas):
    """Pods without a value use all before replicas go, and none before some come; unready ones none."""
    assert count(values, unready).replicas == replicas


def test_the_status_shows_what_is_known():
    """The average and the percentage are those of the pods that have values."""
    found = count([80, 40, None])
    assert (found.average, found.percent) == (60, 60)
    with pytest.raises(Unmeasured, match="did not receive metrics"):
        count([None, None])


@pytest.mark.parametrize(
    ("ready", "since", "started", "unix", "counts"),
    [
        ("True", 10, 0, 20, False),
        ("True", 10, 0, 25, True),
        ("False", 10, 0, 200, False),
        ("False", 10, 0, 400, False),
        ("False", 100, 0, 400, True),
        ("True", 399, 0, 400, True),
    ],
)
def test_cpu_at_the_start_of_a_pod_says_nothing(ready, since, started, unix, counts):
    """For five minutes only Ready pods count, a window after they became so; later those that never were do not."""
    one = pod("p", ready=ready, since=since, started=started)
    samples = Samples({"p": 80}, unix, 15)
    assert (grouped([one], samples, "cpu", unix).ready == 1) == counts
    assert grouped([one], samples, "memory", unix).ready == 1


def test_requests_are_those_of_the_containers_that_count():
    """A container that asks for nothing leaves no percentage; one that is not there neither."""
    assert requests_of([pod("p")], "c", "cpu") == {"p": 100}
    with pytest.raises(Unmeasured, match="missing request for cpu in container c of Pod p"):
        requests_of([pod("p", request="")], "", "cpu")
    with pytest.raises(Unmeasured, match="container x not found in Pod p"):
        requests_of([pod("p")], "x", "cpu")


def test_numbers_are_for_ready_replicas_or_for_each():
    """A value is in proportion to the ready pods; a share is divided among the replicas."""
    pods = [pod("a"), pod("b"), pod("c", ready="False")]
    assert by_value(3, 20, 10, pods, NEAR).replicas == 4
    assert by_value(3, 11, 10, pods, NEAR).replicas == 3
    assert by_value(0, 25, 10, (), NEAR).replicas == 3
    assert by_share(2, 50, 10, NEAR).replicas == 5 and by_share(2, 50, 10, NEAR).average == 25
    assert by_share(2, 21, 10, NEAR).replicas == 2
    assert by_share(0, 21, 10, NEAR).replicas == 3 and by_share(0, 21, 10, NEAR).average == 21


def behavior(up=(), down=(), up_window=0, down_window=None, up_select="Max", down_select="Max"):
    """A behavior with policies such as ("Pods", 4, 15)."""

    def rules(policies, window, select):
        policies = [{"type": type_, "value": value, "periodSeconds": seconds} for type_, value, seconds in policies]
        return {"stabilizationWindowSeconds": window, "selectPolicy": select, "policies": policies}

    return autoscaling_v2.HorizontalPodAutoscalerBehavior(
        scale_up=rules(up or [("Pods", 4, 15), ("Percent", 100, 15)], up_window, up_select),
        scale_down=rules(down or [("Percent", 100, 15)], down_window, down_select),
    )


def course(rules, wanted, start=1, least=1, most=10):
    """The replicas after each look, 15 s apart, and the reason of the last limit."""
    replicas, now, found = start, 0.0, []
    memory = Memory().begun(start, now)
    for want in wanted:
        limited = decide(rules, Bounds(least, most), replicas, want, memory, now)
        memory = limited.memory
        if limited.replicas != replicas:
            memory = memory.scaled(rules, replicas, limited.replicas, now)
        replicas = limited.replicas
        found.append(replicas)
        now += 15.0
    return found, limited.why[0], limited.able[0]


@pytest.mark.parametrize(
    ("rules", "wanted", "replicas", "why", "able"),
    [
        (None, [4, 8, 2, 2], [4, 8, 8, 8], "DesiredWithinRange", "ScaleDownStabilized"),
        (None, [20, 20, 20], [4, 8, 10], "TooManyReplicas", "ReadyForNewScale"),
        (None, [9], [4], "ScaleUpLimit", "ReadyForNewScale"),
        (None, [6] + [0] * 21, [4, 6] + [6] * 18 + [1, 1], "TooFewReplicas", "ReadyForNewScale"),
        (behavior(), [9, 9], [5, 9], "DesiredWithinRange", "ReadyForNewScale"),
        (behavior(up=[("Pods", 2, 60)]), [9, 9, 9, 9, 9], [3, 3, 3, 3, 5], "ScaleUpLimit", "ReadyForNewScale"),
        (behavior(up_window=30), [5, 5, 5], [1, 1, 5], "DesiredWithinRange", "ReadyForNewScale"),
        (behavior(up_select="Disabled"), [5, 5], [1, 1], "ScaleUpLimit", "ReadyForNewScale"),
        (behavior(up_select="Min"), [9, 9], [2, 4], "ScaleUpLimit", "ReadyForNewScale"),
    ],
)
def test_bounds_windows_and_policies(rules, wanted, replicas, why, able):
    """The highest recommendation of the window counts, then policies say how fast, and bounds how far."""
    assert course(rules, wanted) == (replicas, why, able)


def test_policies_say_how_fast_to_go_down():
    """So many pods, or such a share of them, in a period."""
    slowly = behavior(down=[("Pods", 1, 30)], down_window=0)
    assert course(slowly, [1] * 5, start=4)[0] == [3, 3, 2, 2, 1]
    most, fewest = (
        behavior(down=[("Pods", 1, 15), ("Percent", 50, 15)], down_window=0, down_select=s) for s in ("Max", "Min")
    )
    assert course(most, [1], start=8)[0] == [4]
    assert course(fewest, [1], start=8) == ([7], "ScaleDownLimit", "ReadyForNewScale")


def test_selectors_are_written_as_go_writes_them():
    """As they stand in the texts of a real controller."""
    expressions = [{"key": "k", "operator": "In", "values": ["x", "y"]}]
    selector = meta.LabelSelector(match_labels={"b": "2", "a": "1"}, match_expressions=expressions)
    assert go_selector(None) == "nil"
    assert go_selector(selector) == (
        "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{"
        "LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],},},}"
    )
