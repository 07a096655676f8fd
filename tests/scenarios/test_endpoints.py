"""Endpoints, and the slices that a Service has: which endpoint is where, for whom it is, and what becomes of it."""

from __future__ import annotations

import pytest

import kemu
from kemu import errors
from kemu.kit.endpoint_sets import in_order
from kemu.objects import core, discovery, evolve
from kemu.reconcilers.endpoints import decide as subsets_of
from kemu.reconcilers.endpoints import truncated
from kemu.reconcilers.endpointslice.controller import decide
from kemu.reconcilers.endpointslice.packing import MOST
from tests.scenarios.manifests import DEPLOYMENT, script_pod, service

MIRRORED = "endpointslicemirroring-controller.k8s.io"


def pod(number, ready=True, ip="", node="node-0", **ports):
    """A pod as the controllers see it. `ports` are the named ones of its container."""
    named = [{"name": name, "containerPort": number} for name, number in ports.items()]
    address = ip or f"10.0.{number // 200}.{number % 200 + 1}"
    return core.Pod(
        metadata={"name": f"p{number:04}", "namespace": "default", "uid": f"u{number}"},
        spec={"nodeName": node, "containers": [{"name": "c", "ports": named}]},
        status={
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        },
    )


def a_service(*ports, **spec):
    """A Service with these target ports."""
    return core.Service(
        metadata={"name": "web", "namespace": "default", "uid": "s1", "labels": {"team": "a"}},
        spec={
            "selector": {"app": "web"},
            "clusterIP": "10.96.0.9",
            "ipFamilies": ["IPv4"],
            "ports": [
                {"name": str(port), "port": 80 + number, "targetPort": port, "protocol": "TCP"}
                for number, port in enumerate(ports)
            ],
            **spec,
        },
    )


class World:
    """The slices of one Service, and what was written to bring them about."""

    def __init__(self, owner):
        self.service, self.slices, self.writes, self.made = owner, [], 0, 0

    def sync(self, pods, zones=None):
        """Let the controller look at these pods, and check that a second look writes nothing."""
        zones = {"node-0": None} if zones is None else zones
        self.writes = self._carry_out(pods, zones)
        assert self._carry_out(pods, zones) == 0
        found = [each for piece in self.slices for each in piece.endpoints]
        assert len(found) == len({each.addresses for each in found})
        assert all(len(piece.endpoints) <= MOST for piece in self.slices)

    def _carry_out(self, pods, zones):
        writes = 0
        for family, plan in decide(self.service, pods, zones, self.slices).items():
            held = {piece.metadata.name: piece for piece in self.slices}
            for new in plan.create:
                self.made += 1
                made = discovery.EndpointSlice(
                    metadata={
                        "name": f"web-{self.made}",
                        "namespace": "default",
                        "labels": {
                            "team": "a",
                            "kubernetes.io/service-name": "web",
                            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                        },
                        "ownerReferences": [{"kind": "Service", "name": "web", "uid": "s1"}],
                    },
                    address_type=family,
                    ports=new.ports,
                    endpoints=new.endpoints,
                )
                held[made.metadata.name] = made
            for piece in plan.update:
                held[piece.metadata.name] = piece
            for piece in plan.delete:
                del held[piece.metadata.name]
            self.slices = list(held.values())
            writes += len(plan.create) + len(plan.update) + len(plan.delete)
        return writes

    @property
    def sizes(self):
        return sorted(len(piece.endpoints) for piece in self.slices)


def test_a_slice_has_a_hundred_endpoints_at_most():
    """What is more goes into others; what changes is written where it is, and nothing is packed anew."""
    world = World(a_service(8080))
    world.sync([])
    assert world.sizes == [0] and world.slices[0].ports == ()
    world.sync([pod(number) for number in range(250)])
    assert world.sizes == [50, 100, 100] and world.writes == 3
    world.sync([pod(number, ready=number != 7) for number in range(250)])
    assert world.writes == 1
    world.sync([pod(number) for number in range(260)])
    assert world.sizes == [60, 100, 100]
    world.sync([pod(number) for number in range(100, 260)])
    assert sum(world.sizes) == 160 and len(world.slices) == 2
    world.sync([pod(number) for number in (100, 259)])
    assert world.sizes == [1, 1]
    world.sync([pod(number) for number in (100, 258, 259)])
    assert world.sizes == [1, 2] and world.writes == 1
    world.sync([])
    assert world.sizes == [0] and len(world.slices) == 1


def test_pods_with_other_ports_are_in_other_slices():
    """A named port may be another one in each pod, or be missing."""
    world = World(a_service("web", "admin"))
    world.sync([pod(0, web=80, admin=81), pod(1, web=80), pod(2, web=8080), pod(3, web=80)])
    shown = sorted((tuple(port.port for port in piece.ports), len(piece.endpoints)) for piece in world.slices)
    assert shown == [((80,), 2), ((81, 80), 1), ((8080,), 1)]
    found = subsets_of(a_service("web", "admin"), [pod(0, web=80, admin=81), pod(1, web=80), pod(2)])
    assert [([port.port for port in each.ports], len(each.addresses)) for each in found] == [([80], 2), ([81], 1)]


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ({}, "10.0.0.1"),
        ({"ipFamilies": ["IPv6", "IPv4"]}, "fd00::1"),
        ({"ipFamilies": []}, "10.0.0.1"),
        ({"ipFamilies": [], "clusterIP": "fd00::9"}, "fd00::1"),
        ({"ipFamilies": [], "clusterIP": "None"}, "10.0.0.1"),
    ],
)
def test_endpoints_have_addresses_of_the_first_family(spec, shown):
    """Of which a pod may have none: then it is left out."""
    both = evolve(pod(0), {"status.pod_ips": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]})
    (found,) = subsets_of(a_service(80, **spec), [both])
    assert [each.ip for each in found.addresses] == [shown]
    assert subsets_of(a_service(80, ipFamilies=["IPv6"]), [pod(0)]) == ()


def test_a_pod_on_a_node_that_is_not_there_is_left_out():
    """Unless its Service publishes what is not ready."""
    world = World(a_service(80))
    world.sync([pod(0), pod(1, node="gone")])
    assert world.sizes == [1]
    published = World(a_service(80, publishNotReadyAddresses=True))
    published.sync([pod(0, ready=False), pod(1, node="gone")])
    assert published.sizes == [2]
    (piece,) = published.slices
    assert piece.endpoints[0].conditions.ready and not piece.endpoints[0].conditions.serving


def test_a_service_of_two_families_has_slices_of_both():
    """Each with the addresses of its own; a family that it loses takes its slices along."""
    world = World(a_service(80, ipFamilies=["IPv4", "IPv6"]))
    six = pod(1, ip="fd00::1")
    world.sync([pod(0), six])
    shown = {piece.address_type: [each.addresses for each in piece.endpoints] for piece in world.slices}
    assert shown == {"IPv4": [("10.0.0.1",)], "IPv6": [("fd00::1",)]}
    world.service = a_service(80)
    world.sync([pod(0), six])
    assert [piece.address_type for piece in world.slices] == ["IPv4"]


@pytest.mark.parametrize(
    ("distribution", "zones", "nodes"),
    [
        (None, None, None),
        ("PreferClose", ["a"], []),
        ("PreferSameZone", ["a"], []),
        ("PreferSameNode", ["a"], ["node-0"]),
    ],
)
def test_endpoints_are_for_their_zone_or_node_if_the_service_says_so(distribution, zones, nodes):
    """One that is not ready is for nobody; who takes the field back takes the hints along."""
    world = World(a_service(80, trafficDistribution=distribution))
    world.sync([pod(0), pod(1, ready=False)], {"node-0": "a"})
    ready, unready = world.slices[0].endpoints
    assert unready.hints is None and ready.zone == "a"
    if zones is None:
        assert ready.hints is None
    else:
        assert [each.name for each in ready.hints.for_zones] == zones
        assert [each.name for each in ready.hints.for_nodes] == nodes
        world.service = a_service(80)
        world.sync([pod(0), pod(1, ready=False)], {"node-0": "a"})
        assert world.writes == 1 and world.slices[0].endpoints[0].hints is None


def test_endpoints_of_more_than_a_thousand_are_cut():
    """Those that are ready come first; of several subsets each is cut in proportion."""
    few = subsets_of(a_service(80), [pod(number) for number in range(1000)])
    assert truncated(few) is few
    many = subsets_of(a_service(80), [pod(number, ready=number % 2 == 0) for number in range(1500)])
    (cut,) = truncated(many)
    assert (len(cut.addresses), len(cut.not_ready_addresses)) == (750, 250)
    (cut,) = truncated(subsets_of(a_service(80), [pod(number, ready=number < 1200) for number in range(1300)]))
    assert (len(cut.addresses), len(cut.not_ready_addresses)) == (1000, 0)
    mixed = [pod(number, web=80 if number < 900 else 81) for number in range(1800)]
    assert [len(each.addresses) for each in truncated(subsets_of(a_service("web"), mixed))] == [500, 500]


def test_the_ports_of_endpoints_are_in_the_order_of_their_hashes():
    """Go prints them, and FNV makes a number of it: what the Service says of their order does not count."""
    plain = [core.EndpointPort(name=name, port=port, protocol="TCP") for name, port in (("http", 8080), ("m", 9090))]
    http2 = core.EndpointPort(port=80, protocol="UDP", app_protocol="kubernetes.io/h2c")
    assert in_order([http2, *plain]) == (plain[1], plain[0], http2)


def test_the_ports_of_slices_are_in_an_order_of_their_own():
    """In which they are found again, whatever the Service says first."""

    def slice_port(name, number):
        return discovery.EndpointPort(name=name, port=number, protocol="TCP")

    web, admin = slice_port("web", 80), slice_port("admin", 81)
    assert in_order([web, admin]) == in_order([admin, web]) == (admin, web)
    world = World(a_service("web", "admin"))
    world.sync([pod(0, web=80, admin=81)])
    (piece,) = world.slices
    assert piece.ports == (admin, web)
    world.service = a_service("admin", "web")
    world.sync([pod(0, web=80, admin=81), pod(1, web=80, admin=81)])
    assert world.sizes == [2] and world.writes == 1


def test_endpoints_say_since_when_they_were_out_of_date():
    """What is written carries the time of the earliest change that it answers for."""
    cluster = kemu.Cluster(nodes=1)
    cluster.apply([service("web", app="web"), script_pod("web", "--run=1h")])
    cluster.advance("10s")
    (became_ready,) = [
        each.last_transition_time for each in cluster.get("pod/web").status.conditions if each.type == "Ready"
    ]
    (piece,) = cluster.list("endpointslices", label_selector="kubernetes.io/service-name=web")
    for found in (cluster.get("endpoints/web"), piece):
        assert found.metadata.annotations == {"endpoints.kubernetes.io/last-change-trigger-time": str(became_ready)}


def test_a_pod_that_ended_is_listed_until_something_else_changes():
    """It is not ready before it ends; that it has ended wakes nobody, and who looks then leaves it out."""
    cluster = kemu.Cluster(nodes=1)
    stays, ends = script_pod("stays", "--run=1h"), script_pod("ends", "--run=4s", restart="Never")
    stays["metadata"]["labels"] = ends["metadata"]["labels"] = {"app": "web"}
    cluster.apply([service("web", app="web"), stays, ends])
    cluster.wait("pod/ends", "jsonpath={.status.phase}=Succeeded")
    cluster.advance("1m")
    (subset,) = cluster.get("endpoints/web").subsets
    assert [each.target_ref.name for each in subset.not_ready_addresses] == ["ends"]
    cluster.patch("pod", "stays", {"metadata": {"labels": {"some": "thing"}}})
    cluster.settle()
    (subset,) = cluster.get("endpoints/web").subsets
    assert not subset.not_ready_addresses and [each.target_ref.name for each in subset.addresses] == ["stays"]


def slices(cluster, name, manager=MIRRORED):
    return cluster.list(
        "endpointslices",
        label_selector=f"kubernetes.io/service-name={name},endpointslice.kubernetes.io/managed-by={manager}",
    )


def test_endpoints_without_selector_are_mirrored():
    """With their labels and annotations, one slice for each set of ports and family, as long as they are there."""
    cluster = kemu.Cluster(nodes=0)
    endpoints = {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "db", "labels": {"team": "a"}, "annotations": {"note": "b"}},
        "subsets": [
            {"addresses": [{"ip": "10.9.9.9"}, {"ip": "fd00::9"}], "notReadyAddresses": [{"ip": "10.9.9.8"}],
             "ports": [{"port": 5432}]},
        ],
    }  # fmt: skip
    cluster.create(endpoints)
    cluster.settle()
    assert not slices(cluster, "db")
    cluster.create(service("db"))
    cluster.settle()
    found = {each.address_type: each for each in slices(cluster, "db")}
    four = [(each.addresses, each.conditions.ready) for each in found["IPv4"].endpoints]
    assert four == [(("10.9.9.9",), True), (("10.9.9.8",), False)]
    assert [each.addresses for each in found["IPv6"].endpoints] == [("fd00::9",)]
    assert found["IPv4"].metadata.labels["team"] == "a" and found["IPv4"].metadata.annotations == {"note": "b"}
    cluster.patch("endpoints", "db", {"subsets": [{"addresses": [{"ip": "10.9.9.7"}], "ports": [{"port": 1}]}]})
    cluster.settle()
    (left,) = slices(cluster, "db")
    assert [each.addresses for each in left.endpoints] == [("10.9.9.7",)] and left.ports[0].port == 1
    assert left.metadata.name == found["IPv4"].metadata.name
    cluster.patch("endpoints", "db", {"metadata": {"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}}})
    cluster.settle()
    assert not slices(cluster, "db")


def test_subsets_are_packed_anew_before_they_are_mirrored():
    """One slice for all ports that the same addresses have; who is not ready in one of two places is not ready."""
    cluster = kemu.Cluster(nodes=0)
    cluster.apply(service("db"))
    one, two = {"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}
    web, admin, spare = {"name": "web", "port": 80}, {"name": "admin", "port": 81}, {"name": "spare", "port": 82}
    subsets = [
        {"addresses": [one, two], "ports": [web]},
        {"addresses": [two, one], "ports": [admin]},
        {"addresses": [one], "ports": [spare]},
        {"notReadyAddresses": [one], "ports": [web, admin]},
    ]
    cluster.create({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "db"}, "subsets": subsets})
    cluster.settle()
    shown = {
        tuple(sorted(port.name for port in each.ports)): {
            endpoint.addresses: endpoint.conditions.ready for endpoint in each.endpoints
        }
        for each in slices(cluster, "db")
    }
    assert shown == {
        ("admin", "web"): {("10.0.0.1",): False, ("10.0.0.2",): True},
        ("spare",): {("10.0.0.1",): True},
    }


def test_what_cannot_be_mirrored_is_said():
    """More than a thousand addresses of a subset."""
    cluster = kemu.Cluster(nodes=0)
    addresses = [{"ip": f"10.9.{number // 200}.{number % 200}"} for number in range(1100)]
    cluster.create(service("db"))
    cluster.create({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "db"},
                    "subsets": [{"addresses": addresses, "ports": [{"port": 1}]}]})  # fmt: skip
    cluster.settle()
    assert [len(each.endpoints) for each in slices(cluster, "db")] == [1000]
    (event,) = cluster.events("endpoints/db")
    assert event.message == (
        "A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 100 addresses were skipped"
    )


def test_a_service_that_is_only_a_name_has_no_endpoints():
    """ExternalName, whatever it selects; one that is deleted takes the Endpoints of its name along."""
    cluster = kemu.Cluster(nodes=1)
    cluster.apply(DEPLOYMENT)
    cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "out"},
                   "spec": {"type": "ExternalName", "externalName": "a.b", "selector": {"app": "web"}}})  # fmt: skip
    cluster.apply(service("db"))
    cluster.apply({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "db"},
                   "subsets": [{"addresses": [{"ip": "10.9.9.9"}], "ports": [{"port": 1}]}]})  # fmt: skip
    cluster.advance("5s")
    assert [each.metadata.name for each in cluster.list("endpoints", namespace="default")] == ["db", "kubernetes"]
    cluster.delete("service/db")
    cluster.advance("1s")
    assert [each.metadata.name for each in cluster.list("endpoints", namespace="default")] == ["kubernetes"]
    assert not slices(cluster, "db")


def test_endpoints_whose_service_went_unseen_go_when_the_controller_starts():
    """All that are there then and have no Service, but for those that are a lock; while it runs they are let be."""
    cluster = kemu.Cluster(nodes=1)
    cluster.apply([DEPLOYMENT, service("web", app="web")])
    lock = {"control-plane.alpha.kubernetes.io/leader": "{}"}
    for name, notes in (("by-hand", {}), ("lock", lock)):
        metadata = {"name": name, "annotations": notes}
        cluster.create({"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata})
    cluster.advance("10s")
    manager = cluster.process("kube-controller-manager")
    manager.stop()
    cluster.delete("service/web")
    cluster.advance("10s")
    assert [each.metadata.name for each in cluster.list("endpoints")] == ["by-hand", "kubernetes", "lock", "web"]
    manager.start()
    cluster.advance("10s")
    assert [each.metadata.name for each in cluster.list("endpoints")] == ["kubernetes", "lock"]


def test_endpoints_that_could_not_be_written_are_told_of(cluster):
    """An event for each try says what was to be done, of the slices and of Endpoints; once it succeeds all is well."""

    def fault(request, following):
        if request.resource.key in ("endpoints", "endpointslices.discovery.k8s.io") and cluster.now < 2:
            if request.verb == "create":
                raise errors.Forbidden("not now")
        return following(request)

    cluster.wrap(fault)
    cluster.apply([DEPLOYMENT, service("web", app="web")])
    cluster.advance("1m")
    told = {(each.involved_object.kind, each.reason): each.message for each in cluster.events()}
    assert told["Service", "FailedToUpdateEndpointSlices"] == (
        "Error updating Endpoint Slices for Service default/web: "
        "failed to create EndpointSlice for Service default/web: not now"
    )
    assert told["Endpoints", "FailedToCreateEndpoint"] == "Failed to create endpoint for service default/web: not now"
    (piece,) = [each for each in cluster.list("endpointslices") if each.metadata.name.startswith("web-")]
    assert len(piece.endpoints) == 3 and len(cluster.get("endpoints/web").subsets[0].addresses) == 3


def test_a_pod_on_a_node_that_is_gone_is_told_of(cluster):
    """As long as it is there: its Service is tried again, with the others."""
    cluster.apply([DEPLOYMENT, service("web", app="web")])
    cluster.advance("10s")
    gone = cluster.list("pods")[0]
    cluster.delete("node", gone.spec.node_name)
    cluster.patch("service", "web", {"metadata": {"labels": {"again": "yes"}}}, type="merge")
    cluster.settle()
    text = f"skipping Pod {gone.metadata.name} for Service default/web: Node {gone.spec.node_name} Not Found"
    assert [each.message for each in cluster.events("service/web")] == [
        f"Error updating Endpoint Slices for Service default/web: {text}"
    ]
