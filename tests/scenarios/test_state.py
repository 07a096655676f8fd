"""The whole state of a cluster: it pickles at any step, is hashed, and holds nothing but plain data."""

from __future__ import annotations

import cProfile
import pickle
from typing import Any

import pytest

import kemu
from kemu import errors
from kemu.kit import Wiring
from kemu.objects import core
from kemu.values.state import foreign
from tests.scenarios.manifests import MYAPP


def config(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def pod(name: str, *command: str, **container: Any) -> dict[str, Any]:
    image = container.pop("image", "busybox")
    spec = {"name": "c", "image": image, **({"command": list(command)} if command else {}), **container}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [spec]}}


def deployment(replicas: int = 3, **labels: str) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web", **labels}},
                "spec": {"containers": [{"name": "c", "image": "kemu/script:1"}]},
            },
        },
    }


WATCHED = Wiring("noting", reconciles=core.ConfigMap)


def noting(api: Any, cache: Any, key: str) -> None:
    """Makes a Secret beside every ConfigMap of the namespace default."""
    namespace, _, name = key.partition("/")
    if namespace == "default" and cache.get(core.ConfigMap, key) and api.find(core.Secret, name, namespace) is None:
        api.create(core.Secret(metadata={"name": name, "namespace": namespace}))


def busy() -> kemu.Cluster:
    """A cluster in which everything goes on: probes, back-offs, shell loops, leases, a rollout, pods that wait."""
    cluster = kemu.Cluster(nodes=2, seed=3)
    cluster.process("op", replicas=2).add(WATCHED, noting)
    cluster.apply(MYAPP)
    cluster.apply(deployment())
    probe = {"exec": {"command": ["true"]}, "periodSeconds": 3}
    cluster.apply(pod("loop", "sh", "-c", "while true; do echo hi; sleep 7; done", readinessProbe=probe))
    cluster.apply(pod("crash", "sh", "-c", "sleep 2; exit 1"))
    cluster.images.missing("registry.example/*")
    cluster.apply(pod("unpulled", image="registry.example/web:1"))
    large = pod("large", "sleep", "1h")
    large["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "100"}}
    cluster.apply(large)
    cluster.create(config("x"))
    return cluster


@pytest.mark.parametrize("start", [0, 7, 40, 75])
def test_an_unpickled_cluster_goes_on_exactly_as_the_original(start):
    """So does a fork; nothing foreign is in the state at any of these steps."""
    cluster = busy()
    if start > 7:
        cluster.advance("20s")
        cluster.apply(deployment(5, v="2"))
    for _ in range(start):
        cluster.step()
    for _ in range(3):
        twin, branch = pickle.loads(pickle.dumps(cluster)), cluster.fork()
        assert twin.digest() == cluster.digest() == branch.digest()
        assert twin.state_hash() == cluster.state_hash() == branch.state_hash()
        for each in (twin, branch):
            each.advance("45s")
            each.scale("deployment/web", 1)
            each.node("node-1").crash()
            each.advance("30s")
        assert twin.digest() == branch.digest()
        assert twin.state_hash() == branch.state_hash()
        parts = cluster.parts
        for state in (
            parts.runtime.state, parts.network.state, parts.kubelets.state, parts.scheduler.state, parts.api.state,
            parts.loop.state, parts.expiry.state, *(process.state for process in parts.processes.values()),
            *(cache.state for cache in parts.caches.values()),
        ):  # fmt: skip
            assert list(foreign(state)) == []
        for _ in range(5):
            cluster.step()


def test_an_unpickled_cluster_is_a_cluster():
    """Everything can be done with it: look, write, fork, and pickle it again."""
    cluster = busy()
    cluster.advance("1m")
    twin = pickle.loads(pickle.dumps(cluster))
    assert twin.table("pods") == cluster.table("pods")
    assert twin.logs("loop") == cluster.logs("loop")
    assert twin.events() == cluster.events()
    assert twin.history("deployments")[-1].object == cluster.history("deployments")[-1].object
    assert twin.at(30).list("pods") == cluster.at(30).list("pods")
    assert str(twin.explain("pod/large")) == str(cluster.explain("pod/large"))
    assert twin.request("GET", "/api/v1/pods").body == cluster.request("GET", "/api/v1/pods").body
    again = pickle.loads(pickle.dumps(twin.fork()))
    again.advance("1h")
    cluster.advance("1h")
    assert again.digest() == cluster.digest()


def test_a_function_without_a_name_cannot_be_pickled(cluster):
    cluster.process("op").add(WATCHED, lambda api, cache, key: None)
    with pytest.raises(errors.UsageError, match="define it at the top of a module"):
        pickle.dumps(cluster)


def made(*names: str) -> kemu.Cluster:
    cluster = kemu.Cluster(nodes=1)
    for name in names:
        cluster.create(config(name))
    return cluster


def test_two_ways_into_one_state_have_one_hash():
    """Whatever the revision numbers, and whatever was refused, rehearsed or looked at on the way."""
    one, other = made("a", "b"), made("b", "a")
    assert one.state_hash() == other.state_hash() != made("a").state_hash()
    with pytest.raises(errors.AlreadyExists):
        other.create(config("a"))
    other.request("POST", "/api/v1/namespaces/default/configmaps?dryRun=All", {}, config("c"))
    other.list("pods")
    one.settle()
    other.settle()
    assert one.get("configmap/a").metadata.resource_version != other.get("configmap/a").metadata.resource_version
    rehearsed = other.parts.api.state.rehearsals
    assert rehearsed == 1
    other.parts.api.state.rehearsals = 0
    assert one.state_hash() == other.state_hash()


def test_there_and_back_is_the_same_state():
    cluster = made("a")
    cluster.settle()
    before = cluster.state_hash()
    cluster.patch("configmap", "a", {"data": {"k": "v"}})
    cluster.settle()
    changed = cluster.state_hash()
    cluster.patch("configmap", "a", {"data": {"k": None}})
    cluster.settle()
    assert cluster.state_hash() == before != changed


def test_what_is_under_way_counts():
    """Work that is scheduled, what informers have not seen, and time."""
    one = made("a")
    other = one.fork()
    other.settle()
    assert one.state_hash() != other.state_hash()
    one.settle()
    assert one.state_hash() == other.state_hash()
    other.process("kube-controller-manager").informer("configmaps").hold()
    assert one.state_hash() != other.state_hash()
    held = other.state_hash()
    other.create(config("unseen"))
    other.settle()
    assert held != other.state_hash()
    one.advance("1s")
    assert one.state_hash() != made("a").state_hash()


def test_the_hash_of_the_objects_is_that_of_a_fresh_walk():
    """It is kept up to date by changes; from scratch it is the same, also after compaction."""
    cluster = kemu.Cluster(nodes=2, compaction="5m")
    cluster.apply(MYAPP)
    cluster.state_hash()
    for replicas in (2, 5, 1):
        cluster.apply(deployment(replicas))
        cluster.advance("4m")
        kept = cluster.state_hash()
        cluster.parts.objects_hash.__init__()  # type: ignore[misc]
        assert cluster.state_hash() == kept


def test_a_hash_that_is_kept_up_to_date_is_that_of_a_fresh_walk():
    """A pickle knows no sums: what it is hashed to is worked out from all that is there, in forks as well."""
    cluster = busy()
    for _ in range(6):
        cluster.state_hash()
        cluster.advance("7s")
        branch = cluster.fork()
        branch.delete("deployment/web")
        branch.advance("3s")
        for each in (cluster, branch):
            assert each.state_hash() == pickle.loads(pickle.dumps(each)).state_hash()


def test_a_hash_costs_what_has_changed_since_the_last_one():
    """However many pods there are: counted in calls of functions, which no machine changes."""

    def calls(pods):
        cluster = kemu.Cluster(nodes=2)
        cluster.apply(deployment(replicas=pods))
        cluster.advance("1m")
        for count in range(2):
            cluster.patch("deployment", "web", {"metadata": {"annotations": {"count": str(count)}}}, type="merge")
            cluster.advance("1s")
            profile = cProfile.Profile()
            profile.enable()
            cluster.state_hash()
            profile.disable()
        return sum(entry.callcount for entry in profile.getstats())

    assert calls(100) < calls(10) * 1.1
