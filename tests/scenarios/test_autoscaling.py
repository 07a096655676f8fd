"""Autoscalers: replicas that follow what is measured."""

import pickle

import pytest

import kemu
from kemu import errors


def web(replicas=1, cpu="100m"):
    """A Deployment whose pods ask for so much."""
    container = {"name": "c", "image": "nginx", "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}},
        },
    }


def autoscaler(*metrics, name="web", most=10, **spec):
    """An autoscaler of the Deployment, at 50 % of its cpu unless metrics are given."""
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": most, "metrics": list(metrics or [cpu]), **spec}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name}, "spec": spec}


def replicas(cluster):
    return cluster.get("deployment/web").spec.replicas


def condition(cluster, type_, name="web"):
    found = next(each for each in cluster.get(f"hpa/{name}").status.conditions if each.type == type_)
    return found.status, found.reason, found.message


@pytest.fixture
def load():
    """A cluster whose Deployment has a load of two and a half pods, shared by all of them."""
    cluster = kemu.Cluster(nodes=2)
    cluster.apply([web(), autoscaler()])
    cluster.metrics.set("pod/web-*", cpu="125m", shared=True)
    return cluster


def test_replicas_follow_a_load_that_is_shared(load):
    """125m at 50m each are three replicas; when the load goes, they go five minutes later."""
    load.advance("2m")
    assert replicas(load) == 3
    status = load.get("hpa/web").status
    assert (status.current_replicas, status.desired_replicas) == (3, 3)
    current = status.current_metrics[0].resource.current
    assert (current.average_utilization, str(current.average_value)) == (42, "42m")
    assert condition(load, "ScalingActive")[:2] == ("True", "ValidMetricFound")
    assert condition(load, "ScalingLimited")[:2] == ("False", "DesiredWithinRange")
    load.metrics.set("pod/web-*", cpu="10m", shared=True)
    load.advance("4m")
    assert replicas(load) == 3
    assert condition(load, "AbleToScale")[:2] == ("True", "ScaleDownStabilized")
    load.advance("3m")
    assert replicas(load) == 1
    events = [(event.reason, event.message) for event in load.events("hpa/web") if event.reason == "SuccessfulRescale"]
    assert events == [
        ("SuccessfulRescale", "New size: 3; reason: cpu resource utilization (percentage of request) above target"),
        ("SuccessfulRescale", "New size: 1; reason: All metrics below target"),
    ]


def test_a_metric_is_of_the_moment(cluster):
    """A value may have a course; who asks gets what counts then (D-080)."""
    cluster.apply([web(), autoscaler()])
    cluster.metrics.set("pod/web-*", cpu={"0s": "50m", "1m": "200m", "90s": None})
    cluster.advance("65s")
    (pod,) = cluster.request("GET", "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods").json()["items"][:1]
    assert pod["containers"] == [{"name": "c", "usage": {"cpu": "200m"}}] and pod["window"] == "15s"
    assert pod["timestamp"] == "2000-01-01T00:01:05Z"
    cluster.advance("35s")
    assert condition(cluster, "ScalingActive")[:2] == ("False", "FailedGetResourceMetric")
    assert replicas(cluster) > 1


def test_without_a_metrics_server_it_says_what_is_missing(cluster):
    """Each kind of metric names the server that is not there."""
    cpu = {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "1"}}
    described = {"apiVersion": "v1", "kind": "Service", "name": "web"}
    each = {"type": "AverageValue", "averageValue": "5"}
    metrics = {
        "a": {"type": "Resource", "resource": cpu},
        "b": {"type": "ContainerResource", "containerResource": {"container": "c", **cpu}},
        "c": {"type": "Pods", "pods": {"metric": {"name": "q"}, "target": each}},
        "d": {"type": "Object", "object": {"metric": {"name": "q"}, "describedObject": described, "target": each}},
        "e": {"type": "External", "external": {"metric": {"name": "q"}, "target": each}},
    }
    custom = "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered"
    usage = (
        "failed to get cpu usage: unable to get metrics for resource cpu: unable to fetch metrics from resource "
        "metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
    )
    external = (
        "unable to get external metric default/q/nil: unable to fetch metrics from external metrics API: the server "
        "could not find the requested resource (get q.external.metrics.k8s.io)"
    )
    texts = {
        "a": ("FailedGetResourceMetric", usage, f"failed to get cpu resource metric value: {usage}"),
        "b": ("FailedGetContainerResourceMetric", usage, f"failed to get c container metric value: {usage}"),
        "c": (
            "FailedGetPodsMetric",
            f"unable to get metric q: {custom}",
            f"failed to get pods metric value: unable to get metric q: {custom}",
        ),
        "d": (
            "FailedGetObjectMetric",
            f"unable to get metric q: Service on default web/{custom}",
            "failed to get object metric value: failed to get q object metric: "
            f"unable to get metric q: Service on default web/{custom}",
        ),
        "e": (
            "FailedGetExternalMetric",
            external,
            f"failed to get q external metric value: failed to get q external metric: {external}",
        ),
    }
    cluster.apply(web())
    for name, metric in metrics.items():
        cluster.apply(autoscaler(metric, name=name))
        cluster.advance("16s")
        reason, text, summary = texts[name]
        wanted = ("False", reason, f"the HPA was unable to compute the replica count: {text}")
        assert condition(cluster, "ScalingActive", name) == wanted
        said = [(event.reason, event.message) for event in cluster.events(f"hpa/{name}")]
        assert said[0] == (reason, text)
        prefix = "invalid metrics (1 invalid out of 1), first error is: "
        assert said[1] == ("FailedComputeMetricsReplicas", f"{prefix}{summary}")
        cluster.delete(f"hpa/{name}")


def test_numbers_of_objects_pods_and_the_outside(cluster):
    """The metric that wants most counts, and the status shows all of them."""
    described = {"apiVersion": "v1", "kind": "Service", "name": "front"}
    number = {"metric": {"name": "requests"}, "describedObject": described, "target": {"type": "Value", "value": "10"}}
    queue = {"name": "queue", "selector": {"matchLabels": {"name": "a"}}}
    cluster.apply(
        [
            web(replicas=2),
            autoscaler(
                {"type": "Object", "object": number},
                {
                    "type": "Pods",
                    "pods": {"metric": {"name": "rate"}, "target": {"type": "AverageValue", "averageValue": "4"}},
                },
                {
                    "type": "External",
                    "external": {"metric": queue, "target": {"type": "AverageValue", "averageValue": "30"}},
                },
            ),
        ]
    )
    cluster.metrics.set("service/front", {"requests": 15})
    cluster.metrics.set("pod/web-*", rate=4)
    cluster.metrics.external("queue", 90, labels={"name": "a"})
    cluster.metrics.external("queue", 10_000, labels={"name": "b"})
    cluster.advance("16s")
    assert replicas(cluster) == 3
    first, second, third = cluster.get("hpa/web").status.current_metrics
    assert str(first.object.current.value) == "15" and first.object.described_object.name == "front"
    assert str(second.pods.current.average_value) == "4" and str(third.external.current.average_value) == "45"
    cluster.metrics.set("service/front", {"requests": None})
    cluster.metrics.external("queue", 30, labels={"name": "a"})
    cluster.metrics.set("pod/web-*", rate=1)
    cluster.advance("10m")
    assert replicas(cluster) == 3, "what cannot be read may want more"
    assert condition(cluster, "ScalingActive")[:2] == ("False", "FailedGetObjectMetric")


def test_two_autoscalers_of_the_same_pods_do_nothing(load):
    """Each sees that the other selects its pods."""
    load.apply(autoscaler(name="twin"))
    load.advance("1m")
    status, reason, text = condition(load, "ScalingActive")
    assert (status, reason) == ("False", "AmbiguousSelector")
    assert text == "pods by selector app=web are controlled by multiple HPAs: [default/twin default/web]"


def test_a_target_beyond_the_bounds_is_brought_back(cluster):
    """Whatever the metrics say, or if none do."""
    cluster.apply([web(replicas=5), autoscaler(most=3)])
    cluster.advance("16s")
    assert replicas(cluster) == 3
    (event,) = [event for event in cluster.events("hpa/web") if event.reason == "SuccessfulRescale"]
    assert event.message == "New size: 3; reason: Current number of replicas above Spec.MaxReplicas"
    assert condition(cluster, "AbleToScale")[2] == "the HPA controller was able to update the target scale to 3"


def test_a_scale_that_is_refused_is_said_and_tried_again(load):
    """The condition and an event tell; 15 s later it is tried once more."""

    def closed(request, following):
        if request.subresource == "scale" and request.verb == "update" and load.now < 50:
            raise errors.ServiceUnavailable("closed")
        return following(request)

    load.wrap(closed)
    load.advance("46s")
    assert condition(load, "AbleToScale") == (
        "False",
        "FailedUpdateScale",
        "the HPA controller was unable to update the target scale: closed",
    )
    load.advance("20s")
    assert replicas(load) == 3


def test_what_is_remembered_forks_and_pickles(load):
    """In the middle of a stabilisation: all futures take away the replicas at the same time."""
    load.advance("2m")
    load.metrics.set("pod/web-*", cpu="10m", shared=True)
    load.advance("2m")
    twins = [load.fork(), pickle.loads(pickle.dumps(load))]
    for each in (load, *twins):
        each.advance("5m")
    assert {each.digest() for each in twins} == {load.digest()}
    assert {each.state_hash() for each in twins} == {load.state_hash()}
    assert replicas(load) == 1


def test_kubectl_top_has_pods_and_nodes(cluster):
    """Pods as declared, nodes as their pods use together; there is no such group before anything is declared."""
    assert cluster.request("GET", "/apis/metrics.k8s.io/v1beta1/pods").status == 404
    cluster.apply(web(replicas=2))
    cluster.metrics.set("pod/web-*", cpu="200m", memory="64Mi")
    cluster.advance("5s")
    pods = cluster.request("GET", "/apis/metrics.k8s.io/v1beta1/pods?labelSelector=app%3Dweb").json()
    assert [each["containers"][0]["usage"] for each in pods["items"]] == [{"cpu": "200m", "memory": "64Mi"}] * 2
    nodes = [cluster.request("GET", f"/apis/metrics.k8s.io/v1beta1/nodes/node-{number}").json() for number in range(3)]
    assert [node["usage"] for node in nodes] == [{"cpu": "200m", "memory": "64Mi"}] * 2 + [{}]
    cluster.metrics.set("node/node-2", cpu=1)
    node = cluster.request("GET", "/apis/metrics.k8s.io/v1beta1/nodes/node-2").json()
    assert node["kind"] == "NodeMetrics" and node["usage"] == {"cpu": "1"}
    assert cluster.request("DELETE", "/apis/metrics.k8s.io/v1beta1/nodes/node-0").status == 405


def test_mistakes_are_said(cluster):
    """What is no object, no amount or not shared by pods is a UsageError."""
    for call in (
        lambda: cluster.metrics.set("web", cpu=1),
        lambda: cluster.metrics.set("pod/web", cpu="much"),
        lambda: cluster.metrics.set("service/web", {"q": 1}, shared=True),
    ):
        with pytest.raises(errors.UsageError):
            call()
