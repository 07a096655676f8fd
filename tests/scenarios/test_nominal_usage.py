"""Usage that nobody declares: what `metrics.k8s.io` says where it is nominal."""

import kemu


def pod(name, *containers):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": list(containers)}}


def container(name, **requests):
    return {"name": name, "image": "nginx", "resources": {"requests": requests}}


def usage(cluster, what):
    """By name, the use of each container of a pod, or of a node."""
    items = cluster.request("GET", f"/apis/metrics.k8s.io/v1beta1/{what}").json()["items"]
    return {
        each["metadata"]["name"]: {one["name"]: one["usage"] for one in each["containers"]}
        if "containers" in each
        else each["usage"]
        for each in items
    }


def test_a_container_uses_half_of_what_it_requests():
    """Or a little; a node what its pods use together; and a declaration counts for more."""
    cluster = kemu.Cluster(nodes=1)
    assert cluster.request("GET", "/apis/metrics.k8s.io/v1beta1/pods").status == 404
    cluster.metrics.nominal()
    assert usage(cluster, "nodes") == {"node-0": {"cpu": "0", "memory": "0"}}
    cluster.apply([pod("a", container("x", cpu="300m"), container("y", memory="64Mi")), pod("b", container("x"))])
    cluster.advance("5s")
    little = {"cpu": "1m", "memory": "8Mi"}
    assert usage(cluster, "pods") == {
        "a": {"x": {"cpu": "150m", "memory": "8Mi"}, "y": {"cpu": "1m", "memory": "32Mi"}},
        "b": {"x": little},
    }
    assert usage(cluster, "nodes") == {"node-0": {"cpu": "152m", "memory": "48Mi"}}
    cluster.metrics.set("pod/b", cpu="2")
    assert usage(cluster.fork(), "pods")["b"] == {"x": {"cpu": "2", "memory": "8Mi"}}
