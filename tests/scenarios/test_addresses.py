"""Which addresses a cluster gives out: to Services, to nodes, to pods."""

import pickle
from ipaddress import ip_address, ip_network

import pytest

import kemu
from kemu import errors

PORTS = [{"port": 80}]


def service(name, **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": PORTS, **spec}}


def pod(name, node):
    containers = [{"name": "c", "image": "busybox", "command": ["sleep", "1000"]}]
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"nodeName": node, "containers": containers},
    }  # fmt: skip


def quiet(**more):
    return kemu.Cluster(nodes=0, controllers="", scheduler=False, **more)


def test_the_usual_ranges_are_those_of_kubeadm():
    cluster = kemu.Cluster(nodes=2)
    assert cluster.get("service/kubernetes").spec.cluster_ip == "10.96.0.1"
    assert cluster.get("servicecidr/kubernetes").spec.cidrs == ("10.96.0.0/12",)
    assert [cluster.get(f"node/node-{each}").spec.pod_cidr for each in (0, 1)] == ["10.244.0.0/24", "10.244.1.0/24"]
    assert ip_address(cluster.apply(service("web")).spec.cluster_ip) in ip_network("10.96.0.0/12")


def test_a_cluster_gives_out_the_addresses_of_its_ranges():
    cluster = kemu.Cluster(nodes=2, service_cidr="172.30.0.0/16", pod_cidr="10.0.0.0/20")
    assert cluster.get("service/kubernetes").spec.cluster_ip == "172.30.0.1"
    assert cluster.get("servicecidr/kubernetes").spec.cidrs == ("172.30.0.0/16",)
    assert [cluster.get(f"node/node-{each}").spec.pod_cidr for each in (0, 1)] == ["10.0.0.0/24", "10.0.1.0/24"]
    assert ip_address(cluster.apply(service("web")).spec.cluster_ip) in ip_network("172.30.0.0/16")
    cluster.apply(pod("a", "node-1"))
    cluster.advance("5s")
    assert cluster.get("pod/a").status.pod_ip == "10.0.1.2"
    assert "nameserver 172.30.0.10\n" in cluster.exec("a", ["cat", "/etc/resolv.conf"]).output
    assert "KUBERNETES_SERVICE_HOST=172.30.0.1\n" in cluster.exec("a", ["env"]).output


def test_a_fork_and_a_pickle_have_the_same_ranges():
    cluster = quiet(service_cidr="172.30.0.0/16")
    for each in (cluster.fork(), pickle.loads(pickle.dumps(cluster))):
        assert each.apply(service("web")).spec.cluster_ip.startswith("172.30.")


def test_an_address_of_another_range_is_refused():
    with pytest.raises(errors.Invalid, match="the provided network does not match the current range"):
        quiet(service_cidr="172.30.0.0/16").apply(service("web", clusterIP="10.96.3.4"))


def test_addresses_at_the_start_are_for_those_who_ask():
    cluster = quiet(service_cidr="10.0.0.0/24")
    given = {cluster.apply(service(f"s{each}")).spec.cluster_ip for each in range(100)}
    assert len(given) == 100
    assert all(int(ip_address(each)) & 255 >= 16 for each in given)
    assert cluster.apply(service("dns", clusterIP="10.0.0.10")).spec.cluster_ip == "10.0.0.10"


def test_a_range_can_be_used_up_and_an_address_be_given_back():
    cluster = quiet(service_cidr="10.0.0.0/28")
    for each in range(13):
        cluster.apply(service(f"s{each}"))
    with pytest.raises(errors.InternalError, match="failed to allocate a serviceIP: range is full"):
        cluster.apply(service("late"))
    free = cluster.get("service/s7").spec.cluster_ip
    cluster.delete("service/s7")
    fork = cluster.fork()
    assert cluster.apply(service("late")).spec.cluster_ip == fork.apply(service("late")).spec.cluster_ip == free


def test_what_was_taken_is_known_after_history_is_forgotten():
    cluster = kemu.Cluster(nodes=0, service_cidr="10.0.0.0/28", compaction="1m")
    for each in range(6):
        cluster.apply(service(f"s{each}"))
        cluster.advance("5m")
    for each in range(6, 13):
        cluster.apply(service(f"s{each}"))
    assert len({each.spec.cluster_ip for each in cluster.list("services")}) == 14


def test_a_node_port_is_given_back():
    cluster = quiet()
    port = {"port": 80, "nodePort": 30080}
    cluster.apply(service("one", type="NodePort", ports=[port]))
    with pytest.raises(errors.Invalid, match="provided port is already allocated"):
        cluster.apply(service("two", type="NodePort", ports=[port]))
    cluster.patch("service", "one", {"spec": {"type": "ClusterIP"}}, type="merge")
    cluster.apply(service("two", type="NodePort", ports=[port]))


@pytest.mark.parametrize(
    "ranges",
    [
        {"service_cidr": "nonsense"},
        {"service_cidr": "10.96.0.0"},
        {"service_cidr": "10.96.0.1/12"},
        {"service_cidr": "10.96.0.0/29"},
        {"service_cidr": "fd00::/108"},
        {"service_cidr": 12},
        {"pod_cidr": ""},
        {"pod_cidr": None},
        {"pod_cidr": "10.244.0.0/25"},
        {"pod_cidr": "10.100.0.0/16"},
    ],
    ids=str,
)
def test_ranges_that_no_cluster_can_have(ranges):
    with pytest.raises(errors.UsageError, match="_cidr"):
        kemu.Cluster(**ranges)


@pytest.mark.parametrize("type_", ["ClusterIP", "ExternalName"])
def test_a_type_without_node_ports_gives_them_back(type_):
    """Whoever changes the type and leaves the ports as they are means that; who changes them as well is refused."""
    cluster = kemu.Cluster(nodes=0)
    name = {"externalName": "example.com"} if type_ == "ExternalName" else {}
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    made = kemu.to_dict(cluster.create(service("one", type="NodePort", ports=ports)))
    changed = cluster.replace({**made, "spec": {**made["spec"], "type": type_, **name}})
    assert [port.node_port for port in changed.spec.ports] == [None, None]
    for each in made["spec"]["ports"]:
        cluster.create(service(each["name"], type="NodePort", ports=[{"port": 80, "nodePort": each["nodePort"]}]))
