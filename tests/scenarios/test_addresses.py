"""Addresses of Services are objects, of ranges that are objects, too."""

from __future__ import annotations

from typing import Any

import pytest

import kemu
from kemu.apiserver.addresses import ALLOCATOR, FAMILY, MANAGED_BY


def service(name: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"ports": [{"port": 80}], **spec},
    }


def names(cluster: kemu.Cluster) -> set[str]:
    return {each.metadata.name for each in cluster.list("ipaddresses")}


def told(cluster: kemu.Cluster, about: str) -> list[tuple[str, str]]:
    return [(each.reason, each.message) for each in cluster.events(about)]


def test_a_service_comes_and_goes_with_the_objects_of_its_addresses(cluster: kemu.Cluster):
    """At once, since a real server writes them in the same request."""
    assert names(cluster) == {"10.96.0.1"}
    made = cluster.create(service("web"))
    address = cluster.get("ipaddress", made.spec.cluster_ip)
    assert dict(address.metadata.labels) == {FAMILY: "IPv4", MANAGED_BY: ALLOCATOR}
    parent = address.spec.parent_ref
    assert (parent.group or "", parent.resource, parent.namespace, parent.name) == ("", "services", "default", "web")
    cluster.create(service("none", clusterIP="None"))
    cluster.patch("service/web", {"spec": {"type": "ExternalName", "externalName": "x.example", "clusterIP": ""}})
    assert names(cluster) == {"10.96.0.1"}
    cluster.patch("service/web", {"spec": {"type": "ClusterIP", "externalName": None}})
    assert names(cluster) == {"10.96.0.1", cluster.get("service/web").spec.cluster_ip}
    cluster.delete("service/web")
    assert names(cluster) == {"10.96.0.1"}


def test_a_rehearsal_takes_no_address(cluster: kemu.Cluster):
    body = service("web")
    assert cluster.request("POST", "/api/v1/namespaces/default/services?dryRun=All", {}, body).status == 201
    assert names(cluster) == {"10.96.0.1"}


def test_an_address_that_is_taken_by_something_else_is_not_given_out(cluster: kemu.Cluster):
    taken = {"apiVersion": "networking.k8s.io/v1", "kind": "IPAddress", "metadata": {"name": "10.96.7.7"}}
    cluster.create({**taken, "spec": {"parentRef": {"group": "example.com", "resource": "gateways", "name": "g"}}})
    with pytest.raises(
        kemu.errors.KemuError, match=r"failed to allocate IP 10.96.7.7: provided IP is already allocated"
    ):
        cluster.create(service("web", clusterIP="10.96.7.7"))
    cluster.advance("2m")
    assert "10.96.7.7" in names(cluster)


def test_an_object_that_somebody_deleted_comes_back(cluster: kemu.Cluster):
    address = cluster.create(service("web")).spec.cluster_ip
    cluster.delete(f"ipaddress/{address}")
    assert address not in names(cluster)
    cluster.settle()
    assert address in names(cluster)
    assert ("ClusterIPNotAllocated", f"Cluster IP [IPv4]: {address} is not allocated; repairing") in told(
        cluster, "service/web"
    )


def test_an_object_that_belongs_to_no_service_goes_after_a_minute(cluster: kemu.Cluster):
    leaked = {"name": "10.96.7.8", "labels": {MANAGED_BY: ALLOCATOR}}
    spec = {"parentRef": {"resource": "services", "namespace": "default", "name": "gone"}}
    cluster.create({"apiVersion": "networking.k8s.io/v1", "kind": "IPAddress", "metadata": leaked, "spec": spec})
    cluster.advance("59s")
    assert "10.96.7.8" in names(cluster)
    cluster.advance("2s")
    assert "10.96.7.8" not in names(cluster)


def test_an_object_that_names_another_service_goes(cluster: kemu.Cluster):
    cluster.create(service("web"))
    wrong = {"name": "10.96.7.9", "labels": {MANAGED_BY: ALLOCATOR}}
    spec = {"parentRef": {"resource": "services", "namespace": "default", "name": "web"}}
    cluster.create({"apiVersion": "networking.k8s.io/v1", "kind": "IPAddress", "metadata": wrong, "spec": spec})
    cluster.settle()
    assert "10.96.7.9" not in names(cluster)


def test_services_get_addresses_of_every_range_that_is_ready():
    cluster = kemu.Cluster(nodes=0, service_cidr="10.96.0.0/28")
    more = {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": "more"}}
    with pytest.raises(kemu.errors.KemuError, match="the provided network does not match the current range"):
        cluster.create(service("early", clusterIP="10.200.0.5"))
    cluster.create({**more, "spec": {"cidrs": ["10.200.0.0/28"]}})
    cluster.settle()
    with pytest.raises(kemu.errors.KemuError, match=r"the provided IP \(10.200.0.0\) is not in the valid range"):
        cluster.create(service("edge", clusterIP="10.200.0.0"))
    made = [cluster.create(service(f"s{number}")).spec.cluster_ip for number in range(27)]
    assert len(set(made)) == 27
    assert {each.rpartition(".")[0] for each in made[:13]} == {"10.96.0"}
    assert {each.rpartition(".")[0] for each in made[13:]} == {"10.200.0"}
    with pytest.raises(kemu.errors.KemuError, match="range is full"):
        cluster.create(service("one-too-many"))
    cluster.delete("servicecidr/more")
    cluster.advance("1m")
    assert cluster.get("servicecidr/more").status.conditions[0].reason == "Terminating"
    for number in range(27):
        cluster.delete(f"service/s{number}")
    cluster.advance("1m")
    assert [each.metadata.name for each in cluster.list("servicecidrs")] == ["kubernetes"]


def test_the_flow_control_of_a_new_server_is_kept(cluster: kemu.Cluster):
    """What is missing comes back within a minute; what was changed does, as long as it says so of itself."""
    cluster.delete("flowschema/probes")
    spec = {"spec": {"matchingPrecedence": 7}}
    cluster.patch("flowschema/service-accounts", spec)
    own = {"metadata": {"annotations": {"apf.kubernetes.io/autoupdate-spec": "false"}}}
    cluster.patch("flowschema/global-default", {**own, **spec})
    cluster.patch("flowschema/catch-all", own)
    cluster.advance("1m")
    found = {each.metadata.name: each for each in cluster.list("flowschemas")}
    assert found["probes"].spec.matching_precedence == 2
    assert found["service-accounts"].spec.matching_precedence == 9000
    assert found["global-default"].spec.matching_precedence == 7
    assert found["catch-all"].metadata.annotations["apf.kubernetes.io/autoupdate-spec"] == "true"


def test_ports_of_nodes_are_given_until_there_are_none(cluster):
    """Then it is said so, and one that is given back can be had again."""
    names = [f"p{number}" for number in range(2768)]
    ports = [{"name": name, "port": number + 1} for number, name in enumerate(names)]
    many = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "many"}}
    made = cluster.create({**many, "spec": {"type": "NodePort", "ports": ports}})
    assert sorted(port.node_port for port in made.spec.ports) == list(range(30000, 32768))
    one = {**many, "metadata": {"name": "one"}, "spec": {"type": "NodePort", "ports": ports[:1]}}
    with pytest.raises(kemu.errors.InternalError, match="failed to allocate a nodePort: range is full"):
        cluster.create(one)
    edge = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "allocateLoadBalancerNodePorts": False}
    with pytest.raises(kemu.errors.InternalError, match="failed to allocate a HealthCheck NodePort 0: range is full"):
        cluster.create({**many, "metadata": {"name": "edge"}, "spec": {**edge, "ports": ports[:1]}})
    assert [each.metadata.name for each in cluster.list("services")] == ["kubernetes", "many"]
    cluster.delete("service/many")
    assert cluster.create(one).spec.ports[0].node_port in range(30000, 32768)
