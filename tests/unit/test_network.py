"""The simulated network: what names resolve to, and who answers."""

import pytest

OBJECTS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 8080, targetPort: 80, nodePort: 30080}]}
---
apiVersion: v1
kind: Service
metadata: {name: sticky}
spec: {sessionAffinity: ClientIP, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: headless}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: alias}
spec: {type: ExternalName, externalName: web.default.svc.cluster.local.}
---
apiVersion: v1
kind: Service
metadata: {name: circle}
spec: {type: ExternalName, externalName: circle.default.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: empty}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: sub}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 6379}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, labels: {app: db}}
spec:
  hostname: db-0
  subdomain: sub
  containers: [{name: db, image: redis}, {name: tools, image: busybox, args: [sleep, 1h]}]
"""


@pytest.fixture
def world(cluster):
    """(cluster, network, addresses of the web pods in the order of headless DNS)"""
    cluster.apply(OBJECTS)
    cluster.advance("5s")
    pods = cluster.list("pods", label_selector="app=web")
    return cluster, cluster.network, {pod.status.pod_ip for pod in pods}


DEFAULT, FULL = "default", "web.default.svc.cluster.local"
SAME = [
    ("web", DEFAULT),
    ("WEB", DEFAULT),
    ("web.default", DEFAULT),
    ("web.default", "kube-system"),
    ("web.default.svc", "kube-system"),
    (FULL, "kube-system"),
    (FULL + ".", "kube-system"),
]


@pytest.mark.parametrize(("name", "namespace"), SAME)
def test_a_service_has_many_names(world, name, namespace):
    """Short names are completed by the search path of the asking pod's namespace."""
    cluster, network, _ = world
    assert network.resolve(name, namespace) == (FULL, (cluster.get("service/web").spec.cluster_ip,))


@pytest.mark.parametrize(
    ("name", "namespace"),
    [
        ("web", "kube-system"),
        ("web.", DEFAULT),
        ("nope", DEFAULT),
        ("", DEFAULT),
        ("example.com", DEFAULT),
        ("circle", DEFAULT),
        ("999-1-1-1.default.pod", DEFAULT),
        ("1.2.3", DEFAULT),
        ("empty-1.sub", DEFAULT),
    ],
)
def test_what_nobody_is_called_has_no_address(world, name, namespace):
    """Other namespaces, names that end in a dot and are not full, aliases in a circle, addresses that are none."""
    assert world[1].resolve(name, namespace)[1] == ()


def test_headless_services_pods_and_aliases_have_names(world):
    """A headless Service is all of its pods; each pod has a name there; an ExternalName is somebody else's name."""
    cluster, network, addresses = world
    assert set(network.resolve("headless", DEFAULT)[1]) == addresses
    db = cluster.get("pod/db").status.pod_ip
    dashed = db.replace(".", "-")
    for name in ("db-0.sub", "sub", f"{dashed}.sub", f"{dashed}.default.pod", db):
        assert network.resolve(name, DEFAULT)[1] == (db,), name
    assert network.resolve("alias", DEFAULT)[1] == (cluster.get("service/web").spec.cluster_ip,)
    network.add_host("example.com", "93.184.216.34")
    assert network.resolve("example.com", DEFAULT)[1] == ("93.184.216.34",)


def test_a_pod_that_is_not_ready_leaves_its_headless_service(world):
    """Unless the Service publishes addresses that are not ready."""
    cluster, network, addresses = world
    cluster.apply("apiVersion: v1\nkind: Pod\nmetadata: {name: late, labels: {app: web}}\nspec:\n  containers:\n"
                  "  - {name: c, image: nginx, readinessProbe: {exec: {command: ['false']}}}\n")  # fmt: skip
    cluster.advance("5s")
    assert set(network.resolve("headless", DEFAULT)[1]) == addresses
    cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "headless"},
                   "spec": {"clusterIP": "None", "publishNotReadyAddresses": True, "selector": {"app": "web"},
                            "ports": [{"port": 80}]}})  # fmt: skip
    cluster.advance("5s")
    assert len(network.resolve("headless", DEFAULT)[1]) == 3


def test_connections_end_at_a_ready_pod(world):
    """Through a Service's own port, the node port of any node, a headless name or an address; and nowhere else."""
    cluster, network, addresses = world
    node = cluster.get("node/node-2").status.addresses[0].address
    for host, port in [("web", 8080), ("alias", 8080), (node, 30080), ("headless", 80), (min(addresses), 80)]:
        status, body = network.fetch(host, port, "/", DEFAULT)
        assert status == 200 and body.startswith("web-"), (host, port)
    assert {network.fetch("web", 8080, "/", DEFAULT, attempt=number)[1] for number in range(20)} == {
        pod.metadata.name + "\n" for pod in cluster.list("pods", label_selector="app=web")
    }
    assert len({network.fetch("sticky", 80, "/", DEFAULT, attempt=number)[1] for number in range(20)}) == 1
    for host, port in [("web", 80), ("empty", 80), (min(addresses), 81), ("10.9.9.9", 80), (node, 30081)]:
        assert network.fetch(host, port, "/", DEFAULT).endswith("Connection refused"), (host, port)
    assert network.fetch("nope", 80, "/", DEFAULT) == "bad address 'nope'"


COMMANDS = [
    ("nc -z localhost 6379 && echo open", "open\n"),
    ("nc -z 127.0.0.1 6380; echo $?", "nc: can't connect to remote host (127.0.0.1): Connection refused\n1\n"),
    ("wget -qO- nope", "wget: bad address 'nope'\n"),
    ("curl -sf http://nope; echo $?", "6\n"),
    ("hostname; cat /etc/hostname", "db-0\ndb-0\n"),
    ("[ $(hostname -i) = $(grep db-0 /etc/hosts | cut -f1) ] && echo mine", "mine\n"),
    ("head -1 /etc/resolv.conf", "search default.svc.cluster.local svc.cluster.local cluster.local\n"),
    ("nslookup nope | tail -2", "** server can't find nope.default.svc.cluster.local: NXDOMAIN\n\n"),
]


@pytest.mark.parametrize(("command", "output"), COMMANDS)
def test_a_container_sees_the_network_of_its_pod(world, command, output):
    """localhost is shared by the containers of a pod; what is refused is said as busybox and curl say it."""
    assert world[0].exec("db", ["sh", "-c", command], container="tools").output == output


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("+short web A", ""),
        ("+short +search web A", "{web}\n"),
        (f"+noall +answer +search {FULL} A", f"{FULL}.\t30\tIN\tA\t{{web}}\n"),
        (f"+short +search _http._tcp.{FULL} SRV", f"0 100 8080 {FULL}.\n"),
        ("+short +search _redis._tcp.sub SRV", "0 100 6379 db-0.sub.default.svc.cluster.local.\n"),
        ("+short +search alias CNAME", f"{FULL}.\n"),
        ("+short -x {web}", f"{FULL}.\n"),
        ("+noall +answer +search nope A", ""),
    ],
)
def test_names_are_dug_up(world, words, printed):
    """Records by their type, with the search path of the pod if that is asked for."""
    cluster, _, _ = world
    cluster.patch("service/web", {"spec": {"ports": [{"port": 8080, "name": "http"}]}})
    cluster.patch("service/sub", {"spec": {"ports": [{"port": 6379, "name": "redis"}]}})
    cluster.advance("2s")
    web = cluster.get("service/web").spec.cluster_ip
    command = ["dig", *words.format(web=web).split()]
    assert cluster.exec("db", command, container="tools").output == printed.format(web=web)


def test_a_port_of_a_node_leads_to_the_pod_that_has_it(cluster):
    """For its protocol, and on the address that it names; a pod in the network of the node finds those of localhost."""
    agnhost = {"name": "c", "image": "agnhost", "args": ["netexec", "--udp-port=8080"]}
    node = cluster.get("node/node-0").status.addresses[0].address
    for name, address, protocol in [("a", "127.0.0.1", "TCP"), ("b", node, "TCP"), ("d", node, "UDP")]:
        port = {"containerPort": 8080, "hostPort": 5000, "hostIP": address, "protocol": protocol}
        spec = {"nodeName": "node-0", "containers": [{**agnhost, "ports": [port]}]}
        cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
    box = {"nodeName": "node-0", "hostNetwork": True, "containers": [{"name": "c", "image": "agnhost"}]}
    cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "box"}, "spec": box})
    cluster.advance("5s")
    scripts = (
        "curl -s --interface eth0 http://127.0.0.1:5000/hostname",
        f"curl -s http://{node}:5000/hostname",
        f"echo hostname | nc -u -w 1 {node} 5000",
        f"curl -s http://{node}:5001/hostname",
    )
    assert [cluster.exec("box", ["sh", "-c", each]).output for each in scripts] == ["a", "b", "d", ""]


def test_a_service_keeps_its_protocols_apart(world):
    """And every connection of one moment ends where chance has it."""
    cluster, _, _ = world
    web = cluster.get("service/web").spec.cluster_ip
    script = f"nc -z -u {web} 8080; echo $?; for i in $(seq 20); do curl -s {web}:8080; done"
    refused, *names = cluster.exec("db", ["sh", "-c", script], container="tools").output.splitlines()
    assert refused == "1" and len(set(names)) == 2
