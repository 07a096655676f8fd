"""What the server looks up for a request costs what it finds, however much else there is of it."""

from __future__ import annotations

import cProfile

import pytest

import kemu
from kemu import errors

POD = {"containers": [{"name": "c", "image": "nginx"}]}
MAY = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}]


def role(namespace):
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "reader", "namespace": namespace},
        "rules": MAY,
    }


def binding(name, *subjects, namespace="default"):
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [
            {
                "kind": kind,
                "name": who,
                **({} if kind == "ServiceAccount" else {"apiGroup": "rbac.authorization.k8s.io"}),
            }
            for kind, who in subjects
        ],
    }


def budget(name, app):
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app": app}}},
    }


def calls(act):
    """How many functions are called."""
    profile = cProfile.Profile()
    profile.enable()
    act()
    profile.disable()
    return sum(entry.callcount for entry in profile.getstats())


def listed(cluster, token):
    return cluster.request("GET", "/api/v1/namespaces/default/configmaps", {"Authorization": f"Bearer {token}"}).status


def test_a_binding_counts_from_the_moment_it_is_written():
    """For users, groups and service accounts; no longer once it names somebody else; in forks as well."""
    account = "system:serviceaccount:default:robot"
    cluster = kemu.Cluster(nodes=0, tokens={"ann": ("ann", ()), "bob": ("bob", ("staff",)), "bot": (account, ())})
    cluster.apply(role("default"))
    assert [listed(cluster, who) for who in ("ann", "bob", "bot")] == [403, 403, 403]
    cluster.apply(binding("one", ("User", "ann"), ("Group", "staff"), ("ServiceAccount", "robot")))
    assert [listed(cluster, who) for who in ("ann", "bob", "bot")] == [200, 200, 200]
    branch = cluster.fork()
    branch.apply(binding("one", ("User", "carl"), ("Group", "staff")))
    assert [listed(branch, who) for who in ("ann", "bob", "bot")] == [403, 200, 403]
    assert [listed(cluster, who) for who in ("ann", "bob", "bot")] == [200, 200, 200]
    cluster.delete("rolebinding/one")
    assert [listed(cluster, who) for who in ("ann", "bob", "bot")] == [403, 403, 403]


A_FEW = 45
"""So many calls more or less are what is remembered lately by the whole interpreter: less than one for each other."""


def test_bindings_of_others_cost_nothing():
    """A request is authorised by the bindings of its user alone."""

    def cost(others):
        cluster = kemu.Cluster(nodes=0, tokens={"ann": ("ann", ())})
        cluster.apply(role("default"))
        cluster.apply(binding("mine", ("User", "ann")))
        for number in range(others):
            cluster.apply(binding(f"other-{number}", ("User", f"user-{number}")))
        assert listed(cluster, "ann") == 200
        return calls(lambda: listed(cluster, "ann"))

    assert abs(cost(100) - cost(1)) < A_FEW


def test_budgets_of_others_cost_nothing():
    """An eviction looks at the budgets that can mean its pod, whatever their selectors ask for first."""

    def cost(others):
        cluster = kemu.Cluster(nodes=1)
        cluster.apply(budget("mine", "web"))
        for number in range(others):
            cluster.apply(budget(f"other-{number}", f"app-{number}"))
        metadata = {"name": "web", "labels": {"app": "web", "tier": "front"}}
        cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": POD})
        cluster.advance("10s")

        def refused():
            with pytest.raises(errors.TooManyRequests):
                cluster.evict("web")

        refused()
        return calls(refused)

    assert abs(cost(60) - cost(1)) < A_FEW
