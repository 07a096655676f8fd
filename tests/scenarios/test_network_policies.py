"""NetworkPolicies: who may reach whom, by pods, namespaces, addresses and ports."""

import pytest

import kemu

SERVER = {"name": "c", "image": "nginx", "ports": [{"name": "http", "containerPort": 80}]}
CLIENT = {"name": "c", "image": "busybox", "command": ["sleep", "1h"]}


def pod(name, container, namespace="default", **labels):
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}


def policy(name, selected, **spec):
    rules = {"podSelector": {"matchLabels": selected}, **spec}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name}, "spec": rules}


@pytest.fixture
def cluster():
    """A server behind a Service, a friend and a stranger in its namespace, and a guest in another one."""
    cluster = kemu.Cluster(nodes=2)
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other", "labels": {"team": "b"}}}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}
    cluster.apply([space, {**service, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}])
    cluster.advance("1s")
    cluster.apply(
        [
            pod("web", SERVER, app="web"),
            pod("friend", CLIENT, role="friend"),
            pod("stranger", CLIENT),
            pod("guest", CLIENT, "other"),
        ]
    )
    cluster.advance("5s")
    return cluster


def reach(cluster):
    """Who reaches the server through its Service."""
    found = []
    for name, namespace in (("friend", "default"), ("stranger", "default"), ("guest", "other")):
        done = cluster.exec(name, ["wget", "-qO-", "-T", "1", "http://web.default"], namespace=namespace)
        if done.exit_code == 0:
            found.append(name)
    return found


@pytest.mark.parametrize(
    ("spec", "who"),
    [
        ({}, []),
        ({"policyTypes": ["Egress"]}, ["friend", "stranger", "guest"]),
        ({"ingress": [{}]}, ["friend", "stranger", "guest"]),
        ({"ingress": [{"from": [{"podSelector": {}}]}]}, ["friend", "stranger"]),
        ({"ingress": [{"from": [{"podSelector": {"matchLabels": {"role": "friend"}}}]}]}, ["friend"]),
        ({"ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"team": "b"}}}]}]}, ["guest"]),
        ({"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}, ["friend", "stranger", "guest"]),
        ({"ingress": [{"ports": [{"port": 80}]}]}, ["friend", "stranger", "guest"]),
        ({"ingress": [{"ports": [{"port": "http"}]}]}, ["friend", "stranger", "guest"]),
        ({"ingress": [{"ports": [{"port": 1, "endPort": 90}]}]}, ["friend", "stranger", "guest"]),
        ({"ingress": [{"ports": [{"port": 443}]}]}, []),
        ({"ingress": [{"ports": [{"port": 80, "protocol": "UDP"}]}]}, []),
    ],
)
def test_a_policy_says_who_may_reach_a_pod(cluster, spec, who):
    """All are let through before; each row is what is left with it."""
    assert reach(cluster) == ["friend", "stranger", "guest"]
    cluster.apply(policy("p", {"app": "web"}, **spec))
    cluster.settle()
    assert reach(cluster) == who
    cluster.delete("networkpolicy/p")
    cluster.settle()
    assert reach(cluster) == ["friend", "stranger", "guest"]


def test_rules_of_several_policies_add_up(cluster):
    """What any of them lets through is let through."""
    friends = [{"from": [{"podSelector": {"matchLabels": {"role": "friend"}}}]}]
    guests = [{"from": [{"namespaceSelector": {"matchLabels": {"team": "b"}}, "podSelector": {}}]}]
    cluster.apply([policy("a", {"app": "web"}, ingress=friends), policy("b", {"app": "web"}, ingress=guests)])
    cluster.settle()
    assert reach(cluster) == ["friend", "guest"]


def test_a_policy_says_whom_a_pod_may_reach(cluster):
    """The other end has nothing to say about it, unless a policy selects it too."""
    cluster.apply(policy("out", {"role": "friend"}, policyTypes=["Egress"]))
    cluster.settle()
    assert reach(cluster) == ["stranger", "guest"]
    allowed = [{"to": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 80}]}]
    cluster.apply(policy("out", {"role": "friend"}, policyTypes=["Egress"], egress=allowed))
    cluster.settle()
    assert reach(cluster) == ["friend", "stranger", "guest"]


def test_what_is_not_let_through_times_out(cluster):
    """Nobody says no; a fork goes on alike."""
    cluster.apply(policy("p", {"app": "web"}))
    cluster.settle()
    for one in (cluster, cluster.fork()):
        done = one.exec("friend", ["wget", "-qO-", "-T", "1", "http://web"])
        assert done.exit_code != 0 and "timed out" in done.output
