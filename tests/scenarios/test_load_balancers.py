"""Services of type LoadBalancer, with a cloud and without."""

from __future__ import annotations

import pickle

import pytest

import kemu
from kemu import errors
from tests.scenarios.manifests import script_pod, service

FINALIZER = "service.kubernetes.io/load-balancer-cleanup"


def balanced(name, **spec):
    """A Service that asks for a load balancer."""
    made = service(name, app=name)
    return {**made, "spec": {**made["spec"], "type": "LoadBalancer", **spec}}


def reasons(cluster, name):
    return [(each.reason, each.source.component) for each in cluster.events(f"service/{name}")]


def addresses(cluster):
    services = cluster.list("services")
    return {each.metadata.name: entry.ip for each in services for entry in each.status.load_balancer.ingress}


def test_without_a_cloud_a_load_balancer_waits_for_ever():
    """As in a cluster of one's own; who applies one is told."""
    cluster = kemu.Cluster(nodes=1)
    with pytest.warns(errors.NotSimulated, match="there is no cloud that gives it an address"):
        cluster.apply(balanced("web"))
    cluster.advance("1h")
    web = cluster.get("service/web")
    assert not web.status.load_balancer.ingress and not web.metadata.finalizers and web.spec.ports[0].node_port


def test_a_cloud_gives_an_address_after_a_while(recwarn):
    """With the events and the finalizer of the service controller; a Service of its own class is somebody else's."""
    cluster = kemu.Cluster(nodes=1)
    cluster.cloud.load_balancers(takes="20s", ip_mode="Proxy")
    cluster.apply([balanced("web"), balanced("other", loadBalancerClass="example.com/own"), script_pod("web")])
    cluster.advance("19s")
    web = cluster.get("service/web")
    assert web.metadata.finalizers == (FINALIZER,) and not web.status.load_balancer.ingress
    cluster.advance("2s")
    (entry,) = cluster.get("service/web").status.load_balancer.ingress
    assert (entry.ip, entry.ip_mode) == ("203.0.113.1", "Proxy")
    assert reasons(cluster, "web") == [
        ("EnsuringLoadBalancer", "service-controller"),
        ("EnsuredLoadBalancer", "service-controller"),
    ]
    assert not cluster.get("service/other").metadata.finalizers and not cluster.events("service/other")
    assert not [each for each in recwarn if "no cloud" in str(each.message)]


def test_a_load_balancer_goes_before_its_service():
    """One that is deleted stays until the cloud is done; one that wants none any more loses its address."""
    cluster = kemu.Cluster(nodes=1)
    cluster.cloud.load_balancers(takes="5s")
    cluster.apply([balanced("web"), balanced("api")])
    cluster.advance("6s")
    assert addresses(cluster) == {"api": "203.0.113.2", "web": "203.0.113.1"}
    cluster.delete("service/web")
    cluster.patch("service", "api", {"spec": {"type": "ClusterIP"}})
    cluster.advance("4s")
    assert cluster.get("service/web").metadata.deletion_timestamp is not None
    cluster.advance("2s")
    assert not [each for each in cluster.list("services") if each.metadata.name == "web"]
    api = cluster.get("service/api")
    assert not api.status.load_balancer.ingress and not api.metadata.finalizers
    assert [reason for reason, _ in reasons(cluster, "api")][2:] == ["DeletingLoadBalancer", "DeletedLoadBalancer"]


def test_no_two_services_have_one_address():
    """Numbers go round, and what is given back is given out again; when there is none left, a Service waits for one."""
    cluster = kemu.Cluster(nodes=1)
    cluster.cloud.load_balancers(addresses="192.0.2.0/30")
    cluster.apply([balanced("a"), balanced("b"), balanced("c", loadBalancerIP="198.51.100.7")])
    cluster.settle()
    assert addresses(cluster) == {"a": "192.0.2.1", "b": "192.0.2.2", "c": "198.51.100.7"}
    cluster.apply(balanced("d"))
    cluster.advance("1m")
    assert "d" not in addresses(cluster)
    cluster.delete("service/a")
    cluster.advance("10m")
    assert addresses(cluster)["d"] == "192.0.2.1"


def test_a_cloud_may_fail_and_be_mended():
    """It is tried again after five seconds, ten, and so on, and each time there is an event."""
    cluster = kemu.Cluster(nodes=1)
    cluster.cloud.load_balancers(fails="quota exceeded")
    cluster.apply(balanced("web"))
    cluster.advance("16s")
    (event,) = [each for each in cluster.events("service/web") if each.type == "Warning"]
    assert event.reason == "SyncLoadBalancerFailed" and event.count == 3
    assert event.message == "Error syncing load balancer: failed to ensure load balancer: quota exceeded"
    cluster.cloud.load_balancers()
    cluster.advance("5m")
    assert addresses(cluster) == {"web": "203.0.113.1"}


def test_a_change_of_the_service_is_a_change_of_its_balancer():
    """What the balancer is made for is looked at; other changes are none of its business."""
    cluster = kemu.Cluster(nodes=1)
    cluster.cloud.load_balancers(takes="1s")
    cluster.apply(balanced("web"))
    cluster.advance("2s")
    cluster.patch("service", "web", {"metadata": {"labels": {"a": "b"}}})
    cluster.advance("2s")
    assert len(reasons(cluster, "web")) == 2
    cluster.patch("service", "web", {"spec": {"sessionAffinity": "ClientIP"}})
    twin = pickle.loads(pickle.dumps(cluster))
    for each in (cluster, cluster.fork(), twin):
        each.advance("2s")
        assert [event.count for event in each.events("service/web")] == [2, 2]
        assert addresses(each) == {"web": "203.0.113.1"}


@pytest.mark.parametrize("wrong", [{"addresses": "somewhere"}, {"ip_mode": "Magic"}])
def test_a_cloud_that_cannot_be_is_refused(wrong):
    """With what would have been right."""
    with pytest.raises(errors.UsageError, match="must be"):
        kemu.Cluster(nodes=1).cloud.load_balancers(**wrong)


@pytest.mark.parametrize("number", range(1, 7))
def test_a_cloud_that_is_killed_between_two_writes_ends_what_it_has_begun(number):
    """Every Service has one address, and one that is deleted goes."""
    cluster, writes = kemu.Cluster(nodes=1), []

    def fault(request, following):
        answer = following(request)
        if request.actor == "service-lb-controller" and request.resource.key == "services":
            writes.append(request)
            if len(writes) == number:
                raise errors.ProcessCrash("power cut")
        return answer

    cluster.wrap(fault)
    cluster.cloud.load_balancers(takes="3s")
    cluster.apply([balanced("a"), balanced("b")])
    cluster.advance("1m")
    assert sorted(addresses(cluster)) == ["a", "b"] and len(set(addresses(cluster).values())) == 2
    cluster.delete("service/a")
    cluster.patch("service", "b", {"spec": {"type": "ClusterIP"}})
    cluster.advance("2m")
    assert len(writes) >= number and not addresses(cluster)
    assert [each.metadata.finalizers for each in cluster.list("services") if each.metadata.name in "ab"] == [()]


def test_a_load_balancer_is_told_of_the_nodes_behind_it():
    """Of those that come and go, but not of those that are to be left out; without any it says so."""
    cluster = kemu.Cluster(nodes=2)
    cluster.cloud.load_balancers(takes="1s")
    cluster.apply(balanced("web"))
    cluster.advance("5s")
    events = [("EnsuringLoadBalancer", 1), ("EnsuredLoadBalancer", 1)]

    def told():
        cluster.advance("1s")
        return [(each.reason, each.count or 1) for each in cluster.events("service/web")]

    assert told() == events
    cluster.add_node("left-out", labels={"node.kubernetes.io/exclude-from-external-load-balancers": ""})
    cluster.advance("1m")
    assert told() == events
    cluster.add_node("more", labels={"node.kubernetes.io/exclude-from-external-load-balancers": "false"})
    assert told() == [*events, ("UpdatedLoadBalancer", 1)]
    cluster.cloud.load_balancers(takes="1s", fails="quota exceeded")
    cluster.delete("node/more")
    assert ("UpdateLoadBalancerFailed", 1) in told()
    (failed,) = [each for each in cluster.events("service/web") if each.reason == "UpdateLoadBalancerFailed"]
    assert failed.message == (
        "Error updating load balancer with new hosts [node-0 node-1] [node names limited, total number of nodes: 2], "
        "error: quota exceeded"
    )
    cluster.cloud.load_balancers(takes="1s")
    cluster.advance("1m")
    for name in ("node-0", "node-1"):
        cluster.delete(f"node/{name}")
    assert told()[-1][0] == "UnAvailableLoadBalancer"
    cluster.apply(balanced("late"))
    cluster.advance("5s")
    assert [reason for reason, _ in reasons(cluster, "late")] == [
        "EnsuringLoadBalancer",
        "UnAvailableLoadBalancer",
        "EnsuredLoadBalancer",
    ]
