"""Where connections to Services go: policies, affinity, hints, endpoints that end, balancers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kemu import Cluster, errors

REFUSED, DROPPED = "Connection refused", "Connection timed out"
ZONES = {"node-0": "a", "node-1": "a", "node-2": "b"}


def pod(name: str, node: str, **more: Any) -> dict[str, Any]:
    container = {"name": "c", "image": "nginx", **more.pop("container", {})}
    labels = {"app": "web"} if name.startswith("web") else {}
    spec = {"nodeName": node, "containers": [container], **more}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}


def service(name: str = "web", **spec: Any) -> dict[str, Any]:
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def world(*objects: dict[str, Any]) -> Cluster:
    """Three nodes in two zones, and somebody on each who asks."""
    cluster = Cluster(nodes=3)
    for node, zone in ZONES.items():
        cluster.patch(f"node/{node}", {"metadata": {"labels": {"topology.kubernetes.io/zone": zone}}})
        cluster.create(pod(f"on-{node}", node, container={"image": "busybox", "command": ["sleep", "1d"]}))
    for each in objects:
        cluster.create(each)
    cluster.advance("10s")
    return cluster


def answers(cluster: Cluster, node: str, url: str = "http://web", times: int = 12) -> set[str]:
    """Who answers somebody on a node, or why nobody does."""
    found = set()
    for _ in range(times):
        reply = cluster.http("GET", url, from_pod=f"on-{node}")
        found.add(reply.pod or reply.problem.rpartition(": ")[2])
    return found


def test_all_ready_endpoints_are_for_all() -> None:
    cluster = world(pod("web-0", "node-0"), pod("web-1", "node-1"), service())
    assert all(answers(cluster, node) == {"web-0", "web-1"} for node in ZONES)


def test_an_internal_policy_means_the_own_node() -> None:
    cluster = world(pod("web-0", "node-0"), pod("web-1", "node-1"), service(internalTrafficPolicy="Local"))
    found = [answers(cluster, node) for node in ZONES]
    assert found == [{"web-0"}, {"web-1"}, {DROPPED}]
    cluster.delete("pod/web-0", grace_seconds=0)
    cluster.delete("pod/web-1", grace_seconds=0)
    cluster.advance("2s")
    assert answers(cluster, "node-2") == {REFUSED}


def test_an_external_policy_is_for_those_outside() -> None:
    """They are told at which nodes endpoints are; pods are led to all endpoints, also at the port of a node."""
    local = service(type="NodePort", externalTrafficPolicy="Local", ports=[{"port": 80, "nodePort": 30080}])
    cluster = world(pod("web-0", "node-0"), pod("web-1", "node-1"), local)
    outside = []
    for node in ZONES:
        address = cluster.get(f"node/{node}").status.addresses[0].address
        found = {cluster.http("GET", f"http://{address}:30080/").pod for _ in range(8)}
        outside.append(found)
        assert answers(cluster, "node-2", f"http://{address}:30080") == {"web-0", "web-1"}
    assert outside == [{"web-0"}, {"web-1"}, {""}]
    dropped = cluster.http("GET", f"http://{address}:30080/")
    assert dropped.status == 0 and dropped.problem.endswith(DROPPED)
    assert answers(cluster, "node-2") == {"web-0", "web-1"}


def test_a_balancer_is_told_and_lets_in_whom_it_should() -> None:
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 31000}
    cluster = world(pod("web-0", "node-0"))
    cluster.cloud.load_balancers(takes="1s")
    cluster.create(service(**spec, loadBalancerSourceRanges=["10.244.0.0/24"]))
    cluster.advance("1m")
    balancer = cluster.get("service/web").status.load_balancer.ingress[0].ip
    told = []
    for node in ZONES:
        address = cluster.get(f"node/{node}").status.addresses[0].address
        reply = cluster.http("GET", f"http://{address}:31000/")
        told.append((reply.status, json.loads(reply.body)["localEndpoints"]))
    assert told == [(200, 1), (503, 0), (503, 0)]
    assert answers(cluster, "node-0", f"http://{balancer}") == {"web-0"}
    assert answers(cluster, "node-1", f"http://{balancer}") == {DROPPED}


@pytest.mark.parametrize(
    ("distribution", "wanted"),
    [
        (None, [{"web-0", "web-1", "web-2"}] * 3),
        ("PreferSameZone", [{"web-0", "web-1"}, {"web-0", "web-1"}, {"web-2"}]),
        ("PreferSameNode", [{"web-0"}, {"web-1"}, {"web-2"}]),
    ],
)
def test_traffic_is_distributed(distribution: str | None, wanted: list[set[str]]) -> None:
    more = {"trafficDistribution": distribution} if distribution else {}
    pods = [pod(f"web-{number}", f"node-{number}") for number in range(3)]
    cluster = world(*pods, service(**more))
    assert [answers(cluster, node, times=30) for node in ZONES] == wanted


def test_what_ends_still_serves_where_nothing_else_does() -> None:
    ends = {"terminationGracePeriodSeconds": 60, "container": {"lifecycle": {"preStop": {"sleep": {"seconds": 30}}}}}
    cluster = world(pod("web-0", "node-0", **ends), pod("web-1", "node-1"), service())
    cluster.delete("pod/web-0")
    cluster.advance("2s")
    assert answers(cluster, "node-2") == {"web-1"}
    cluster.delete("pod/web-1", grace_seconds=0)
    cluster.advance("1s")
    assert answers(cluster, "node-2") == {"web-0"}
    cluster.advance("1m")
    assert answers(cluster, "node-2") == {REFUSED}


def test_a_client_with_affinity_comes_back_until_it_stays_away() -> None:
    config = {"clientIP": {"timeoutSeconds": 60}}
    sticky = service(sessionAffinity="ClientIP", sessionAffinityConfig=config)
    pods = [pod(f"web-{number}", "node-0") for number in range(6)]
    cluster = world(*pods, sticky)
    firsts = [answers(cluster, node, times=6) for node in ZONES]
    assert all(len(found) == 1 for found in firsts)
    cluster.create(pod("web-9", "node-1"))
    for _ in range(4):
        cluster.advance("50s")
        assert [answers(cluster, node, times=1) for node in ZONES] == firsts
    twin = cluster.fork()
    seen = set()
    for _ in range(8):
        cluster.advance("61s")
        seen |= answers(cluster, "node-0", times=1)
    assert len(seen) > 1
    (gone,) = answers(twin, "node-0", times=1)
    assert {gone} == firsts[0]
    twin.delete(f"pod/{gone}", grace_seconds=0)
    twin.advance("2s")
    (other,) = answers(twin, "node-0")
    assert other != gone


def test_a_node_goes_by_what_it_has_seen() -> None:
    """What a partitioned node has not seen goes where it went; others know better."""
    cluster = world(pod("web-0", "node-0"), pod("web-1", "node-2"), service())
    cluster.node("node-2").partition()
    cluster.delete("pod/web-0", grace_seconds=0)
    cluster.create(pod("web-3", "node-1"))
    cluster.advance("10s")
    assert answers(cluster, "node-2", times=30) == {"web-1", DROPPED}
    assert "web-3" in answers(cluster, "node-0", times=30)


def test_somebody_outside_asks_a_node_or_nobody() -> None:
    """What is asked, and what comes of it: from outside, from a node, and where nobody answers."""
    cluster = world(pod("web-0", "node-0"), service(), service("none", selector={"app": "nobody"}))
    reply = cluster.http("GET", "http://web.default.svc.cluster.local/")
    ip = cluster.get("pod/web-0").status.pod_ip
    assert (reply.status, reply.pod, reply.namespace, reply.node) == (200, "web-0", "default", "node-0")
    assert reply.ok and reply.address == f"{ip}:80" and reply.body == "web-0\n"
    assert cluster.http("get", f"http://{ip}/any", from_node="node-1").pod == "web-0"
    assert cluster.http("GET", "http://none").problem.endswith(REFUSED)
    assert cluster.http("GET", f"http://{ip}:81").problem == f"can't connect to remote host ({ip}): {REFUSED}"
    assert cluster.http("GET", "http://nowhere").problem == "bad address 'nowhere'"
    assert not cluster.http("GET", "http://web", namespace="kube-system").ok
    assert cluster.http("GET", "http://web", from_node="node-1").problem == "bad address 'web'"


def test_names_are_asked_for_where_the_pod_says() -> None:
    own = {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.96.0.10"], "searches": ["default.svc.cluster.local"]}}
    pods = {
        "usual": {},
        "of-the-node": {"dnsPolicy": "Default"},
        "own": own,
        "elsewhere": {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["8.8.8.8"]}},
        "on-the-host": {"hostNetwork": True},
        "there-too": {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"},
    }
    shell = {"image": "busybox", "command": ["sleep", "1d"]}
    cluster = world(pod("web-0", "node-0"), service())
    for name, more in pods.items():
        cluster.create(pod(name, "node-1", container=shell, **more))
    cluster.network.add_host("example.com", "93.184.216.34")
    cluster.advance("10s")
    ip = cluster.get("service/web").spec.cluster_ip
    full = "web.default.svc.cluster.local"
    short = {name: cluster.resolve("web", from_pod=name) for name in pods}
    whole = {name: cluster.resolve(full, from_pod=name) for name in pods}
    within = ["usual", "own", "there-too"]
    assert [name for name in pods if short[name] == (ip,)] == within == [name for name in pods if whole[name] == (ip,)]
    assert all(cluster.resolve("example.com", from_pod=name) == ("93.184.216.34",) for name in pods)
    for name in pods:
        said = cluster.exec(name, ["sh", "-c", "wget -q -O - http://web > /dev/null; echo $?"]).output.splitlines()
        assert said[-1] == ("0" if name in within else "1"), name
    assert cluster.resolve(full, type="SRV") == ()
    assert cluster.resolve(".".join([*reversed(ip.split(".")), "in-addr.arpa"]), type="PTR") == (f"{full}.",)


def test_a_name_that_only_a_pod_knows_is_asked_for_there() -> None:
    """What stands in its /etc/hosts goes before what its name server says."""
    aliases = [{"ip": "127.0.0.1", "hostnames": ["me.example.org"]}]
    server = {"name": "s", "image": "nginx"}
    spec = pod("p", "node-1", container={"image": "busybox", "command": ["sleep", "1d"]}, hostAliases=aliases)
    spec["spec"]["containers"].append(server)
    cluster = world(spec)
    assert cluster.exec("p", ["wget", "-q", "-O", "-", "http://me.example.org"], container="c").exit_code == 0


def test_mistakes_say_what_to_do() -> None:
    cluster = world(pod("waits", "node-0", nodeSelector={"no": "where"}))
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "late"}, "spec": LATE})
    with pytest.raises(errors.UsageError, match="no address yet"):
        cluster.http("GET", "http://web", from_pod="late")
    with pytest.raises(errors.NotFound):
        cluster.resolve("web", from_pod="nobody")
    for method, url in (("GET", "ftp://web"), ("http://web", "GET"), ("GET", "http://web:port/")):
        with pytest.raises(errors.UsageError, match=r"http\('GET', 'http://web.default/path'\)"):
            cluster.http(method, url)


LATE = {"containers": [{"name": "c", "image": "nginx"}], "schedulingGates": [{"name": "example.com/gate"}]}


def test_addresses_of_both_families_are_told_apart() -> None:
    """A headless Service of endpoints that somebody else writes may have both."""
    cluster = Cluster(nodes=1)
    cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "both"}, "spec": {"clusterIP": "None"}})
    for family, address in (("IPv4", "192.0.2.7"), ("IPv6", "2001:db8::7")):
        labels = {"kubernetes.io/service-name": "both"}
        piece = {"addressType": family, "endpoints": [{"addresses": [address]}], "ports": [{"port": 80}]}
        meta = {"name": f"both-{family.lower()}", "labels": labels}
        cluster.create({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": meta, **piece})
    cluster.advance("2s")
    full = "both.default.svc.cluster.local"
    assert cluster.resolve(full) == ("192.0.2.7",) and cluster.resolve(full, type="AAAA") == ("2001:db8::7",)
