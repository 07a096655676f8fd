"""A cluster as kubeadm leaves it: `Cluster(control_plane=1)`."""

from __future__ import annotations

import pickle

import pytest

import kemu

COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


@pytest.fixture
def cluster() -> kemu.Cluster:
    """One machine of the control plane, and two for everything else."""
    cluster = kemu.Cluster(nodes=2, control_plane=1)
    cluster.advance("1m")
    return cluster


def test_components_are_static_pods_that_run(cluster: kemu.Cluster) -> None:
    """Each component has a mirror pod on its machine, ready and never restarted."""
    for name in COMPONENTS:
        pod = cluster.get("pod", f"{name}-control-plane", namespace="kube-system")
        assert pod.metadata.annotations["kubernetes.io/config.source"] == "file"
        assert pod.metadata.labels == {"component": name, "tier": "control-plane"}
        assert pod.spec.node_name == "control-plane"
        assert pod.spec.priority_class_name == "system-node-critical"
        (status,) = pod.status.container_statuses
        assert (status.ready, status.restart_count) == (True, 0)


def test_addons_run_where_they_may(cluster: kemu.Cluster) -> None:
    """DNS runs twice, at the address that every pod asks; kube-proxy runs on each machine."""
    assert cluster.get("deployment", "coredns", namespace="kube-system").status.ready_replicas == 2
    assert cluster.get("daemonset", "kube-proxy", namespace="kube-system").status.number_ready == 3
    service = cluster.get("service", "kube-dns", namespace="kube-system")
    assert service.spec.cluster_ip == cluster.network.dns
    (endpoints,) = cluster.list("endpointslices", namespace="kube-system")
    assert len(endpoints.endpoints) == 2


def test_pods_of_users_keep_off_the_control_plane(cluster: kemu.Cluster) -> None:
    """Its taint keeps away what does not put up with it, and the API server is where its Service says."""
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"replicas": 6, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    cluster.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    cluster.wait("deployment/web", "condition=Available")
    assert {pod.spec.node_name for pod in cluster.list("pods", namespace="default")} == {"node-0", "node-1"}
    (subset,) = cluster.get("endpoints", "kubernetes", namespace="default").subsets
    pod = cluster.get("pod", "kube-apiserver-control-plane", namespace="kube-system")
    assert [each.ip for each in subset.addresses] == [pod.status.host_ip]


def test_several_machines_share_what_there_is_once() -> None:
    """Each machine has components of its own; the add-ons are there once."""
    cluster = kemu.Cluster(nodes=0, control_plane=3)
    cluster.advance("1m")
    pods = cluster.list("pods", namespace="kube-system", label_selector="tier=control-plane")
    assert len(pods) == 3 * len(COMPONENTS)
    assert cluster.get("daemonset", "kube-proxy", namespace="kube-system").status.number_ready == 3


def test_it_forks_and_pickles() -> None:
    """A cluster with a control plane goes on from a pickle as it would itself."""
    cluster = kemu.Cluster(nodes=1, control_plane=1)
    twin = pickle.loads(pickle.dumps(cluster))
    cluster.advance("30s")
    twin.advance("30s")
    assert cluster.state_hash() == twin.state_hash()
    assert cluster.digest() == twin.digest()


def test_a_cluster_without_has_none_of_it() -> None:
    """What was not asked for is not there."""
    cluster = kemu.Cluster(nodes=1)
    cluster.advance("30s")
    assert not cluster.list("pods", namespace=None)
    assert [each.metadata.name for each in cluster.list("serviceaccounts", namespace="kube-system")] == ["default"]
    assert not [each for each in cluster.list("configmaps", namespace=None) if "kubeadm" in each.metadata.name]
