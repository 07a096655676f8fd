"""Disruption budgets: how many pods may be evicted now, and what an eviction does to that."""

import pytest

from kemu import errors
from tests.scenarios.manifests import DEPLOYMENT, script_pod


def budget(name="web", app="web", **spec):
    selector = {"matchLabels": {"app": app}}
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"selector": selector, **spec},
    }


def numbers(cluster, name="web"):
    status = cluster.get("pdb", name).status
    return status.expected_pods, status.current_healthy, status.desired_healthy, status.disruptions_allowed


def allowed(cluster, name="web"):
    (condition,) = cluster.get("pdb", name).status.conditions
    return condition.status, condition.reason


def pods(cluster):
    return sorted(pod.metadata.name for pod in cluster.list("pods", label_selector="app=web"))


AMOUNTS = [
    ({"minAvailable": 1}, (3, 3, 1, 2)),
    ({"minAvailable": 3}, (3, 3, 3, 0)),
    ({"minAvailable": "50%"}, (3, 3, 2, 1)),
    ({"maxUnavailable": 1}, (3, 3, 2, 1)),
    ({"maxUnavailable": "34%"}, (3, 3, 1, 2)),
    ({"maxUnavailable": 0}, (3, 3, 3, 0)),
]


@pytest.mark.parametrize(("spec", "expected"), AMOUNTS)
def test_a_budget_counts_what_may_go(cluster, spec, expected):
    """Expected, healthy, needed and allowed, also of percentages, which are rounded up."""
    cluster.apply([DEPLOYMENT, budget(**spec)])
    cluster.advance("10s")
    assert numbers(cluster) == expected
    assert allowed(cluster) == (("True", "SufficientPods") if expected[3] else ("False", "InsufficientPods"))


def test_a_drain_never_goes_below_the_budget(cluster):
    """At every step as many pods are ready as the budget asks for, and each is evicted in the end."""
    cluster.apply([DEPLOYMENT, budget(minAvailable=2)])
    cluster.advance("10s")
    before = pods(cluster)
    evicted = 0
    while evicted < 3 and cluster.now < 300:
        name = before[evicted]
        try:
            cluster.evict(name)
            evicted += 1
        except errors.TooManyRequests:
            cluster.advance("1s")
        ready = [pod for pod in cluster.list("pods") if any(c.type == "Ready" and c.status == "True" for c in
                                                            pod.status.conditions)]  # fmt: skip
        assert sum(pod.metadata.deletion_timestamp is None for pod in ready) >= 2
    cluster.advance("10s")
    assert not set(before) & set(pods(cluster)) and len(pods(cluster)) == 3


def test_an_eviction_spends_at_once(cluster):
    """A second one in the same moment is refused, with the reason; the pod is noted until it is seen to go."""
    cluster.apply([DEPLOYMENT, budget(minAvailable=2)])
    cluster.advance("10s")
    first, second, _ = pods(cluster)
    cluster.evict(first)
    with pytest.raises(errors.TooManyRequests) as refusal:
        cluster.evict(second)
    causes = [cause["message"] for cause in refusal.value.causes]
    assert causes == ["The disruption budget web needs 2 healthy pods and has 3 currently"] or causes == [
        "The disruption budget web does not allow evicting pods currently"
    ]
    cluster.advance("10s")
    assert numbers(cluster) == (3, 3, 2, 1)
    assert not cluster.get("pdb/web").status.disrupted_pods


def test_an_eviction_that_did_not_happen_is_forgotten(cluster):
    """A pod that was to be deleted and was not counts as healthy again after two minutes, and that is said."""
    cluster.apply([DEPLOYMENT, budget(minAvailable=2)])
    cluster.advance("10s")
    name = pods(cluster)[0]

    def fault(request, following):
        if request.verb == "delete" and request.resource.key == "pods":
            raise errors.InternalError("not now")
        return following(request)

    noted = {"disruptedPods": {name: str(cluster.get("pod", name).metadata.creation_timestamp)}}
    restore = cluster.wrap(fault)
    cluster.patch("pdb", "web", {"status": {**noted, "disruptionsAllowed": 0}}, subresource="status", type="merge")
    cluster.settle()
    assert numbers(cluster) == (3, 2, 2, 0)
    cluster.advance("3m")
    restore()
    assert numbers(cluster) == (3, 3, 2, 1)
    assert "NotDeleted" in [event.reason for event in cluster.events(f"pod/{name}")]


UNHEALTHY = [
    ({"minAvailable": 1}, 3, False),
    ({"minAvailable": 1, "unhealthyPodEvictionPolicy": "IfHealthyBudget"}, 3, False),
    ({"minAvailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"}, 3, True),
    ({"minAvailable": 1}, 1, True),
]


@pytest.mark.parametrize(("spec", "broken", "goes"), UNHEALTHY)
def test_a_pod_that_is_not_ready_may_go_if_the_others_suffice(cluster, spec, broken, goes):
    """Or if the policy says so; it costs the budget nothing then."""
    never = {"readinessProbe": {"exec": {"command": ["after", "1h"]}}}
    for number in range(3):
        pod = script_pod(f"p{number}", container=never if number < broken else {})
        pod["metadata"]["labels"] = {"app": "web"}
        cluster.create(pod)
    cluster.apply(budget(**spec))
    cluster.advance("10s")
    before = cluster.get("pdb/web").status.disruptions_allowed
    if goes:
        cluster.evict("p0")
        assert not cluster.get("pdb/web").status.disrupted_pods
        assert cluster.get("pdb/web").status.disruptions_allowed == before
    else:
        with pytest.raises(errors.TooManyRequests):
            cluster.evict("p0")


def test_pods_of_nobody_have_no_share(cluster):
    """They do not count for a percentage, which is said; a number needs no owner."""
    for number in range(2):
        pod = script_pod(f"p{number}")
        pod["metadata"]["labels"] = {"app": "web"}
        cluster.create(pod)
    cluster.apply(budget(minAvailable="50%"))
    cluster.advance("10s")
    assert numbers(cluster) == (0, 2, 0, 0)
    (said,) = [event for event in cluster.events("pdb/web") if event.reason == "UnmanagedPods"]
    assert "(selector: &LabelSelector{MatchLabels:map[string]string{app: web,}," in said.message
    cluster.apply(budget(minAvailable=1))
    cluster.settle()
    assert numbers(cluster) == (2, 2, 1, 1)


def test_owners_without_a_scale_cannot_be_counted(cluster):
    """A budget that needs to know how many pods a DaemonSet wants fails to sync, says why, and allows nothing."""
    agent = {"selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}}}}
    agent["template"]["spec"] = {"containers": [{"name": "c", "image": "kemu/script:1"}]}
    cluster.apply({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "web"}, "spec": agent})
    cluster.apply(budget(minAvailable=1))
    cluster.advance("10s")
    assert numbers(cluster)[3] == 2
    cluster.apply(budget(maxUnavailable=1))
    cluster.settle()
    assert allowed(cluster) == ("False", "SyncFailed")
    assert cluster.get("pdb/web").status.disruptions_allowed == 0
    (condition,) = cluster.get("pdb/web").status.conditions
    assert condition.message == "daemonsets.apps does not implement the scale subresource"
    with pytest.raises(errors.TooManyRequests) as refusal:
        cluster.evict(pods(cluster)[0])
    assert refusal.value.causes[0]["message"] == "The disruption budget web is still being processed by the server."


def test_two_budgets_of_one_pod_are_one_too_many(cluster):
    """An eviction is refused as a mistake, and the pod is told of, as one of the first budget (D-091)."""
    cluster.apply([DEPLOYMENT, budget(minAvailable=1), budget("twin", minAvailable=1)])
    cluster.advance("10s")
    name = pods(cluster)[0]
    with pytest.raises(errors.InternalError):
        cluster.evict(name)
    cluster.advance("5s")
    (said,) = {e.message for e in cluster.events(f"pod/{name}") if e.reason == "MultiplePodDisruptionBudgets"}
    assert said.endswith('matches multiple PodDisruptionBudgets.  Chose "web" arbitrarily.')


def test_no_pods_is_told(cluster):
    cluster.apply(budget(minAvailable=1))
    cluster.settle()
    assert numbers(cluster) == (0, 0, 1, 0)
    assert [event.reason for event in cluster.events("pdb/web")][:1] == ["NoPods"]


def test_a_pod_that_stays_is_no_longer_about_to_go(cluster):
    """After two minutes its DisruptionTarget is taken back."""
    cluster.create(script_pod("p"))
    cluster.advance("2s")
    when = str(cluster.get("pod/p").metadata.creation_timestamp)
    condition = {"type": "DisruptionTarget", "status": "True", "reason": "Test", "lastTransitionTime": when}
    cluster.patch("pod", "p", {"status": {"conditions": [condition]}}, subresource="status")
    cluster.advance("1m")

    def marked():
        return [each.status for each in cluster.get("pod/p").status.conditions if each.type == "DisruptionTarget"]

    assert marked() == ["True"]
    cluster.advance("2m")
    assert marked() == ["False"]
