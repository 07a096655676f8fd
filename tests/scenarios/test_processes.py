"""Who runs controllers: processes that crash and start, see each kind by itself, remember, and lead or wait."""

from __future__ import annotations

import pickle
from typing import Any

import attrs
import pytest

import kemu
from kemu import errors
from kemu.kit import DONE, Result, Wiring
from kemu.objects import codec, core, evolve
from kemu.values.prints import fingerprint
from kemu.values.state import foreign
from tests.scenarios.manifests import MYAPP

CONFIGS = Wiring("counter", reconciles=core.ConfigMap)


def config(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(name: str = "web", replicas: int = 3) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "kemu/script:1"}]},
            },
        },
    }


@attrs.frozen
class Count:
    """How often a key was reconciled."""

    times: int = 0


def third_time(api: Any, cache: Any, memory: Count, key: str) -> None:
    """Makes a Secret when a key is looked at for the third time."""
    api.remember(Count(memory.times + 1))
    if memory.times == 2 and cache.get(core.ConfigMap, key) is not None:
        api.create(core.Secret(metadata={"name": key.partition("/")[2], "namespace": "default"}))


def test_what_a_controller_remembers_does_not_leak_into_another_future(cluster):
    cluster.process("op").add(attrs.evolve(CONFIGS, memory=Count), third_time)
    cluster.create(config("x"))
    cluster.settle()
    futures = [cluster.fork(), cluster.fork()]
    for future in futures:
        future.patch("configmap", "x", {"data": {"a": "1"}})
        future.settle()
        assert future.list("secrets", namespace="default") == ()
    for future in futures:
        future.patch("configmap", "x", {"data": {"a": "2"}})
        future.settle()
        assert [each.metadata.name for each in future.list("secrets", namespace="default")] == ["x"]
    assert cluster.list("secrets", namespace="default") == ()


def test_memory_goes_with_the_object_and_with_the_process(cluster):
    operator = cluster.process("op").add(attrs.evolve(CONFIGS, memory=Count), third_time)
    cluster.create(config("x"))
    cluster.settle()
    memory = cluster.parts.processes["op"].state.memory
    assert memory["counter", "default/x"] == Count(1)
    cluster.delete("configmap/x")
    cluster.settle()
    assert ("counter", "default/x") not in memory
    operator.crash()
    assert len(memory) == 0


def test_a_bug_reaches_the_test_and_loses_no_key(cluster):
    """The key is put back before: when the bug is gone, it is reconciled like any other."""
    seen = []

    def reconcile(api, cache, key):
        seen.append(key)
        if key == "default/x" and seen.count(key) == 1:
            raise KeyError("oops")

    cluster.process("op").add(CONFIGS, reconcile)
    cluster.settle()
    cluster.create(config("x"))
    with pytest.raises(KeyError, match="oops") as caught:
        cluster.settle()
    assert "counter of op on default/x" in caught.value.__notes__[0]
    cluster.advance("1s")
    assert seen.count("default/x") == 2


def test_a_process_that_is_not_strict_restarts_after_a_back_off():
    """At once the first time, then after 10 s, 20 s, ...: and then everything is listed and reconciled again."""
    cluster = kemu.Cluster(strict=False)
    falls = []

    def reconcile(api, cache, key):
        if key == "default/x" and len(falls) < 4:
            falls.append(api.now)
            raise RuntimeError("a panic")

    cluster.create(config("x"))
    cluster.process("op").add(CONFIGS, reconcile)
    cluster.advance("5m")
    assert falls == [0.0, 0.0, 10.0, 30.0]
    assert cluster.process("op").running


def test_a_mapper_with_a_bug_leaves_nobody_deaf():
    """The process falls and lists again; other controllers of it see everything."""
    cluster = kemu.Cluster(strict=False)
    seen = []

    def broken(cache, old, new):
        if new is not None and new.metadata.name == "bad":
            raise KeyError("no such label")
        return ()

    operator = cluster.process("op")
    operator.add(Wiring("broken", reconciles=core.Secret, watches=((core.ConfigMap, broken),)), lambda *_: None)
    operator.add(CONFIGS, lambda api, cache, key: seen.append(key))
    cluster.settle()
    cluster.create(config("before"))
    cluster.create(config("bad"))
    cluster.create(config("after"))
    cluster.settle()
    cluster.delete("configmap/bad")
    cluster.advance("1h")
    assert {"default/before", "default/after"} <= set(seen)
    cluster.apply(deployment())
    cluster.wait("deployment/web", "condition=Available", timeout="1m")


def test_a_mapper_with_a_bug_reaches_a_strict_test(cluster):
    def broken(cache, old, new):
        raise KeyError("no such label")

    cluster.process("op").add(
        Wiring("broken", reconciles=core.Secret, watches=((core.PersistentVolume, broken),)), lambda *_: None
    )
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "pv"},
            "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}},
        }
    )
    with pytest.raises(KeyError, match="no such label"):
        cluster.settle()


def crash_at(cluster: kemu.Cluster, actor: str, number: int) -> list[int]:
    """Let the process of an actor crash at its write of this number: after the write took effect."""
    writes: list[int] = []

    def fault(request, following):
        if request.actor != actor or request.verb in ("get", "list", "watch"):
            return following(request)
        answer = following(request)
        writes.append(cluster.store.revision)
        if len(writes) == number:
            raise errors.ProcessCrash("power cut")
        return answer

    cluster.wrap(fault)
    return writes


def outcome(cluster: kemu.Cluster) -> list[Any]:
    """What there is, but for what depends on when it was written."""
    found = []
    for kind in ("deployments", "replicasets", "services", "endpoints", "endpointslices", "serviceaccounts"):
        for obj in cluster.list(kind, namespace="default"):
            status = getattr(obj, "status", None)
            counts = (getattr(status, "ready_replicas", None), getattr(status, "replicas", None))
            found.append((kind, obj.metadata.labels, counts))
    pods = [(pod.metadata.labels, pod.status.phase) for pod in cluster.list("pods", namespace="default")]
    return sorted(map(str, [*found, *pods]))


CONTROLLERS = ("deployment-controller", "replicaset-controller", "endpoints-controller", "endpointslice-controller",
               "garbage-collector-controller")  # fmt: skip


@pytest.mark.parametrize("actor", CONTROLLERS)
def test_a_crash_between_any_two_writes_changes_nothing_in_the_end(actor):
    """Each controller, crashed after each of its writes in a rollout and a clean-up, ends where it ends without."""

    def scenario(number: int) -> tuple[list[Any], int]:
        cluster = kemu.Cluster(nodes=2)
        writes = crash_at(cluster, actor, number)
        cluster.apply(MYAPP)
        cluster.apply(deployment())
        cluster.advance("1m")
        changed = deployment(replicas=2)
        changed["spec"]["template"]["metadata"]["labels"]["version"] = "2"
        cluster.apply(changed)
        cluster.apply(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "web"},
                "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
            }
        )
        cluster.advance("2m")
        cluster.apply(deployment("gone"))
        cluster.advance("10s")
        cluster.delete("deployment/gone", propagation="Foreground")
        cluster.advance("10m")
        return outcome(cluster), len(writes)

    calm, count = scenario(0)
    assert count
    for number in range(1, min(count, 12) + 1):
        assert scenario(number)[0] == calm, number


NAMESPACE_CONTROLLERS = (
    "serviceaccount-controller", "root-ca-certificate-publisher-controller", "namespace-controller"
)  # fmt: skip


@pytest.mark.parametrize("actor", NAMESPACE_CONTROLLERS)
def test_a_crash_between_any_two_writes_leaves_no_namespace_half_made(actor):
    """Each that is there has its account and certificate, and one that was deleted is gone with all that was in it."""

    def scenario(number: int) -> tuple[list[Any], int]:
        cluster = kemu.Cluster(nodes=1)
        writes = crash_at(cluster, actor, number)
        for name in ("kept", "gone"):
            cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        cluster.advance("5s")
        cluster.apply([{**config(name), "metadata": {"name": name, "namespace": "gone"}} for name in ("a", "b")])
        cluster.apply({**deployment(), "metadata": {"name": "web", "namespace": "gone"}})
        cluster.delete("serviceaccount/default", namespace="kept")
        cluster.advance("10s")
        cluster.delete("namespace/gone")
        cluster.advance("5m")
        kinds = ("namespaces", "serviceaccounts", "configmaps", "pods", "deployments", "replicasets")
        found = [(obj.kind, obj.metadata.namespace, obj.metadata.name) for kind in kinds
                 for obj in cluster.list(kind, namespace=None)]  # fmt: skip
        return sorted(map(str, found)), len(writes)

    calm, count = scenario(0)
    assert count and not any("gone" in line for line in calm) and any("kept" in line for line in calm)
    for number in range(1, count + 1):
        assert scenario(number)[0] == calm, number


def jobs_outcome(cluster: kemu.Cluster) -> list[Any]:
    """How Jobs have ended, and the pods that are left, but for what depends on when it was written."""
    found = []
    for job in cluster.list("jobs"):
        status = job.status
        ends = sorted((each.type, each.reason) for each in status.conditions if each.status == "True")
        indexes = (status.completed_indexes, status.failed_indexes)
        found.append((job.metadata.name, status.succeeded, status.failed, *indexes, ends))
    kept = ("app", "batch.kubernetes.io/job-name")
    for pod in cluster.list("pods"):
        labels = sorted((key, value) for key, value in pod.metadata.labels.items() if key in kept)
        found.append((labels, pod.status.phase, pod.metadata.finalizers, bool(pod.metadata.owner_references)))
    return sorted(map(str, found))


JOBS = """
apiVersion: batch/v1
kind: Job
metadata: {name: good}
spec:
  parallelism: 2
  completions: 3
  ttlSecondsAfterFinished: 600
  template:
    spec: {restartPolicy: Never, containers: [{name: c, image: "kemu/script:1", args: [--run=3s]}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: bad}
spec:
  completionMode: Indexed
  parallelism: 2
  completions: 2
  backoffLimitPerIndex: 1
  ttlSecondsAfterFinished: 20
  template:
    spec: {restartPolicy: Never, containers: [{name: c, image: "kemu/script:1", args: [--run=1s, --exit=1]}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: long}
spec:
  template:
    metadata: {labels: {app: long}}
    spec: {restartPolicy: Never, containers: [{name: c, image: "kemu/script:1", args: [--run=1h]}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: left}
spec:
  template:
    metadata: {labels: {app: left}}
    spec: {restartPolicy: Never, containers: [{name: c, image: "kemu/script:1", args: [--run=1h]}]}
"""


@pytest.mark.parametrize("actor", ["job-controller", "ttl-after-finished-controller", "garbage-collector-controller"])
def test_a_crash_between_any_two_writes_loses_no_pod_of_a_job(actor):
    """Each pod is counted once, and none keeps its finalizer, wherever the process ended."""

    def scenario(number: int) -> tuple[list[Any], int]:
        cluster = kemu.Cluster(nodes=2)
        writes = crash_at(cluster, actor, number)
        cluster.apply(JOBS)
        cluster.advance("10s")
        cluster.patch("job", "long", {"spec": {"suspend": True}})
        cluster.delete("job/left", propagation="Orphan")
        cluster.advance("5m")
        return jobs_outcome(cluster), len(writes)

    calm, count = scenario(0)
    assert count and not any("batch.kubernetes.io/job-tracking" in line for line in calm)
    for number in range(1, count + 1):
        assert scenario(number)[0] == calm, number


WORKLOADS = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 3
  selector: {matchLabels: {app: db}}
  persistentVolumeClaimRetentionPolicy: {whenScaled: Delete, whenDeleted: Delete}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: "kemu/script:1"}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  revisionHistoryLimit: 0
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: c, image: "kemu/script:1"}]}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: old}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: old}}
    spec: {containers: [{name: c, image: "kemu/script:1"}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: old}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: old}}}
"""


def workloads_outcome(cluster: kemu.Cluster) -> list[Any]:
    """What there is of these workloads, but for what depends on when it was written."""
    found: list[Any] = []
    for kind in ("statefulsets", "daemonsets", "replicationcontrollers"):
        for obj in cluster.list(kind):
            status = obj.status
            counts = (getattr(status, "ready_replicas", None), getattr(status, "number_available", None))
            revisions = (getattr(status, "current_revision", None), getattr(status, "update_revision", None))
            found.append((kind, obj.metadata.name, counts, revisions, status.observed_generation))
    for budget in cluster.list("poddisruptionbudgets"):
        status = budget.status
        found.append(("budget", status.disruptions_allowed, status.current_healthy, status.disrupted_pods))
    for revision in cluster.list("controllerrevisions"):
        found.append(("revision", revision.metadata.name, revision.revision, bool(revision.metadata.owner_references)))
    for claim in cluster.list("persistentvolumeclaims"):
        owners = [(owner.kind, owner.name) for owner in claim.metadata.owner_references]
        found.append(("claim", claim.metadata.name, claim.status.phase, owners))
    for pod in cluster.list("pods"):
        name = pod.metadata.name if pod.metadata.labels["app"] == "db" else ""
        found.append(("pod", name, pod.metadata.labels, pod.status.phase, bool(pod.metadata.owner_references)))
    return sorted(map(str, found))


WORKLOAD_CONTROLLERS = (
    "statefulset-controller", "daemonset-controller", "replicationcontroller-controller", "disruption-controller"
)  # fmt: skip


def workloads_history(cluster: kemu.Cluster) -> list[Any]:
    """What becomes of the workloads when they are made, changed, scaled, evicted from and orphaned."""
    cluster.storage.provisioner("example.com/disk", default_class="standard")
    cluster.apply(WORKLOADS)
    cluster.advance("1m")
    for kind, name in (("statefulset", "db"), ("daemonset", "agent")):
        cluster.patch(kind, name, {"spec": {"template": {"metadata": {"labels": {"version": "2"}}}}})
    cluster.advance("1m")
    cluster.scale("statefulset/db", 2)
    cluster.evict(min(pod.metadata.name for pod in cluster.list("pods", label_selector="app=old")))
    cluster.advance("1m")
    cluster.delete("daemonset/agent", propagation="Orphan")
    cluster.advance("6m")
    return workloads_outcome(cluster)


@pytest.mark.parametrize("actor", WORKLOAD_CONTROLLERS)
def test_a_crash_between_any_two_writes_leaves_every_workload_whole(actor):
    """Pods, claims, revisions and budgets are the same, wherever the process ended."""

    def scenario(number: int) -> tuple[list[Any], int]:
        cluster = kemu.Cluster(nodes=2)
        writes = crash_at(cluster, actor, number)
        return workloads_history(cluster), len(writes)

    calm, count = scenario(0)
    assert count
    for number in range(1, count + 1):
        assert scenario(number)[0] == calm, number


@pytest.mark.parametrize("seeds", [range(8), pytest.param(range(8, 200), marks=pytest.mark.slow)], ids=["few", "many"])
def test_the_order_of_work_decides_nothing_about_workloads(seeds):
    """Whatever the order of the work of each moment, the same is there in the end."""
    calm = workloads_history(kemu.Cluster(nodes=2))
    for seed in seeds:
        assert workloads_history(kemu.Cluster(nodes=2, seed=seed, shuffle=True)) == calm, seed


LATE_KINDS = (
    "pods", "nodes", "statefulsets", "daemonsets", "replicationcontrollers", "controllerrevisions",
    "persistentvolumeclaims", "poddisruptionbudgets",
)  # fmt: skip


@pytest.mark.parametrize("kind", LATE_KINDS)
def test_a_late_informer_delays_workloads_and_changes_nothing(kind):
    """The controllers decide on the past of one kind: the same is there in the end."""
    calm = workloads_history(kemu.Cluster(nodes=2))
    cluster = kemu.Cluster(nodes=2)
    cluster.process("kube-controller-manager").informer(kind).delay("1500ms")
    assert workloads_history(cluster) == calm


CRON_JOBS = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: often}
spec:
  schedule: "* * * * *"
  successfulJobsHistoryLimit: 1
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: c, image: "kemu/script:1", args: [--run=3s]}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: anew}
spec:
  schedule: "* * * * *"
  concurrencyPolicy: Replace
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: c, image: "kemu/script:1", args: [--run=90s]}]}
"""


def test_a_crash_between_any_two_writes_runs_no_job_twice():
    """Each minute has one Job, whose name is the lock; those that run are listed, and old ones go."""

    def scenario(number: int) -> tuple[list[Any], int]:
        cluster = kemu.Cluster(nodes=2)
        writes = crash_at(cluster, "cronjob-controller", number)
        cluster.apply(CRON_JOBS)
        cluster.advance("3m40s")
        active = [[each.name for each in one.status.active] for one in cluster.list("cronjobs")]
        made = [(job.metadata.name, [each.type for each in job.status.conditions]) for job in cluster.list("jobs")]
        return [active, made], len(writes)

    calm, count = scenario(0)
    for number in range(1, count + 1):
        assert scenario(number)[0] == calm, number


def test_a_crash_between_any_two_writes_scales_to_the_same_number():
    """An autoscaler that forgets what it recommended ends with what the load asks for."""

    def scenario(number: int) -> tuple[list[Any], int]:
        cluster = kemu.Cluster(nodes=2)
        writes = crash_at(cluster, "horizontal-pod-autoscaler-controller", number)
        web = deployment(replicas=1)
        web["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "100m"}}
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
        spec = {"scaleTargetRef": target, "maxReplicas": 6, "targetCPUUtilizationPercentage": 50}
        hpa = {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}}
        cluster.apply([web, {**hpa, "spec": spec}])
        for load in ("225m", "90m"):
            cluster.metrics.set("pod/web-*", cpu=load, shared=True)
            cluster.advance("10m")
        status = cluster.get("hpa/web").status
        numbers = [cluster.get("deployment/web").spec.replicas, status.current_replicas, status.desired_replicas]
        return [numbers, sorted((each.type, each.status, each.reason) for each in status.conditions)], len(writes)

    calm, count = scenario(0)
    assert count > 4 and calm[0] == [2, 2, 2]
    for number in range(1, count + 1):
        assert scenario(number)[0] == calm, number


VOLUMES = """
apiVersion: v1
kind: PersistentVolume
metadata: {name: kept}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: by-hand, hostPath: {path: /tmp/a}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: kept}
spec: {accessModes: [ReadWriteOnce], storageClassName: by-hand, resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: made}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: gone}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}}
"""
BINDERS = ("persistentvolume-binder-controller", "persistentvolume-protection-controller",
           "persistentvolumeclaim-protection-controller", "csi-provisioner/example.com/disk")  # fmt: skip


@pytest.mark.parametrize("actor", BINDERS)
def test_a_crash_between_any_two_writes_binds_every_claim_once(actor):
    """A binding has four writes; whoever finds a part of them completes it, and what is to go goes."""

    def scenario(number: int) -> tuple[list[Any], int]:
        cluster = kemu.Cluster(nodes=1)
        writes = crash_at(cluster, actor, number)
        cluster.storage.provisioner("example.com/disk", takes="2s", default_class="standard")
        cluster.apply(VOLUMES)
        cluster.advance("1m")
        cluster.delete("pvc/gone")
        cluster.delete("pvc/kept")
        cluster.advance("2m")
        volumes = [
            (one.spec.capacity["storage"], one.status.phase, one.spec.claim_ref.name) for one in cluster.list("pv")
        ]
        claims = [(one.metadata.name, one.status.phase, one.metadata.annotations) for one in cluster.list("pvc")]
        return [sorted(map(str, volumes)), claims], len(writes)

    calm, count = scenario(0)
    assert count and len(calm[0]) == 2 and [claim[:2] for claim in calm[1]] == [("made", "Bound")]
    for number in range(1, count + 1):
        assert scenario(number)[0] == calm, number


def test_a_crashed_process_does_nothing_until_it_is_started(cluster):
    manager = cluster.process("kube-controller-manager")
    manager.crash()
    assert not manager.running
    cluster.apply(deployment())
    cluster.advance("10m")
    assert cluster.list("replicasets") == ()
    manager.start()
    cluster.wait("deployment/web", "condition=Available", timeout="1m")


def test_one_kind_can_be_late(cluster):
    """Pods late, ReplicaSets on time: the controller waits for its own pods, and makes none twice."""
    manager = cluster.process("kube-controller-manager")
    manager.informer("pods").hold()
    cluster.apply(deployment())
    cluster.advance("1m")
    assert len(cluster.list("pods")) == 3
    assert cluster.list("replicasets")[0].status.replicas in (None, 0)
    cluster.scale("deployment/web", 5)
    cluster.advance("1m")
    assert len(cluster.list("pods")) == 3, "its own pods of before have not been seen"
    manager.informer("pods").release()
    cluster.advance("1m")
    assert len(cluster.list("pods")) == 5
    cluster.wait("deployment/web", "condition=Available", timeout="1m")


def test_a_slow_informer_sees_everything_later(cluster):
    seen = []
    operator = cluster.process("op").add(CONFIGS, lambda api, cache, key: seen.append((api.now, key)))
    cluster.settle()
    seen.clear()
    operator.informer("configmaps").delay("2s")
    cluster.create(config("a"))
    cluster.advance("1s")
    cluster.create(config("b"))
    assert seen == []
    cluster.advance("10s")
    assert seen == [(2.0, "default/a"), (3.0, "default/b")]
    operator.informer("configmaps").release()
    cluster.create(config("c"))
    cluster.settle()
    assert seen[-1] == (11.0, "default/c")


def test_a_process_sees_what_it_held_back_in_order_and_once(cluster):
    seen = []

    def mapper(cache, old, new):
        seen.append((old and old.data.get("n"), new and new.data.get("n")))
        return ()

    operator = cluster.process("op").add(
        Wiring("w", reconciles=core.Secret, watches=((core.ConfigMap, mapper),)), lambda *_: None
    )
    cluster.settle()
    seen.clear()
    operator.informer("configmaps").hold()
    for number in range(3):
        cluster.apply(config("x", n=str(number)))
    cluster.settle()
    assert seen == []
    operator.informer(core.ConfigMap).release()
    cluster.settle()
    assert seen == [(None, "0"), ("0", "1"), ("1", "2")]
    assert len(cluster.parts.processes["op"].cache.state.apart) == 0


def test_of_several_replicas_one_leads():
    """The others wait; when the leader crashes another takes over once its lease has run out."""
    cluster = kemu.Cluster()
    seen = []
    operator = cluster.process("op", replicas=3)
    operator.add(CONFIGS, lambda api, cache, key: seen.append(key))
    cluster.advance("5s")
    first = operator.leader
    assert first and len(operator) == 3
    cluster.create(config("x"))
    cluster.settle()
    assert seen.count("default/x") == 1
    cluster.process(first).crash()
    cluster.advance("10s")
    assert operator.leader == ""
    cluster.advance("30s")
    assert operator.leader not in ("", first)
    assert seen.count("default/x") == 2, "who leads anew lists everything"
    lease = cluster.get("lease/op", namespace="kube-system")
    assert lease.spec.holder_identity == operator.leader and lease.spec.lease_transitions == 1
    cluster.process(operator.leader).stop()
    cluster.advance("7s")
    assert operator.leader != "", "a lease that was given up is taken at the next look"


def test_a_leader_that_cannot_renew_leads_no_longer():
    cluster = kemu.Cluster()
    operator = cluster.process("op", replicas=2)
    seen = []
    operator.add(CONFIGS, lambda api, cache, key: seen.append(api.actor))
    cluster.advance("5s")
    leader = operator.leader

    def cut_off(request, following):
        if request.actor == leader:
            raise errors.ServiceUnavailable("no route")
        return following(request)

    restore = cluster.wrap(cut_off)
    cluster.advance("7s")
    assert operator.leader == leader
    cluster.advance("30s")
    assert operator.leader not in ("", leader)
    restore()
    cluster.advance("1m")
    assert operator.leader not in ("", leader)


def test_a_process_has_a_user():
    """One that is not kemu's own may do what roles allow, and its first list is tried until it may."""
    cluster = kemu.Cluster()
    operator = cluster.process("op", user="system:serviceaccount:default:op")

    def reconcile(api, cache, key):
        if key == "default/x" and api.find(core.Secret, "s", "default") is None:
            api.create(core.Secret(metadata={"name": "s", "namespace": "default"}))

    operator.add(CONFIGS, reconcile)
    cluster.create(config("x"))
    cluster.advance("1m")
    refused = 'configmaps is forbidden: User "system:serviceaccount:default:op" cannot list resource "configmaps"'
    assert refused in operator.refusals["op", "list"]
    rules = [{"apiGroups": [""], "resources": ["*"], "verbs": ["*"]}]
    cluster.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "op"},
            "rules": rules,
        }
    )
    cluster.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "op"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "op"},
            "subjects": [{"kind": "ServiceAccount", "name": "op", "namespace": "default"}],
        }
    )
    cluster.advance("1m")
    assert cluster.get("secret/s") and dict(operator.refusals) == {}


def test_a_result_takes_durations_and_nothing(cluster):
    times = []

    def reconcile(api, cache, key):
        times.append(api.now)
        return Result(after="1m30s") if len(times) < 3 else None

    cluster.process("op").add(Wiring("ticker", reconciles=core.Node), reconcile)
    cluster.advance("10m")
    assert {0.0, 90.0} <= set(times)


def test_nothing_runs_inside_running_work(cluster):
    """Whatever waits in a reconcile says so, whichever way it waits."""
    problems = []

    def reconcile(api, cache, key):
        for wait in (
            cluster.settle,
            lambda: cluster.advance("1s"),
            lambda: cluster.wait("node/node-0", "condition=Ready"),
            lambda: cluster.run_until(lambda c: False, timeout="1s"),
            lambda: next(cluster.request("GET", "/api/v1/pods?watch=true&timeoutSeconds=5").stream()),
        ):
            try:
                wait()
            except errors.UsageError as problem:
                problems.append(str(problem))
        return DONE

    cluster.process("op").add(CONFIGS, reconcile)
    now = cluster.now
    cluster.create(config("x"))
    cluster.settle()
    assert cluster.now == now
    assert problems and all("is running, and nothing can happen while it waits" in text for text in problems)


def test_names_that_are_taken(cluster):
    cluster.process("op").add(CONFIGS, lambda *_: None)
    with pytest.raises(errors.UsageError, match="there is a controller 'counter' already"):
        cluster.process("op").add(CONFIGS, lambda *_: None)
    with pytest.raises(errors.UsageError, match="there is a process 'op' already"):
        cluster.process("op", replicas=3)
    with pytest.raises(errors.UsageError, match="replicas must be"):
        cluster.process("other", replicas=0)
    with pytest.raises(errors.UsageError, match="resource type"):
        cluster.process("op").add(Wiring("w", reconciles="nothings"), lambda *_: None)


def test_the_state_of_a_process_is_plain_data():
    """At every step: nothing foreign in it, and its fork equals its unpickled self."""
    cluster = kemu.Cluster(nodes=2)
    cluster.process("op").add(attrs.evolve(CONFIGS, memory=Count), third_time)
    cluster.apply(MYAPP)
    cluster.apply(deployment())
    for _ in range(120):
        if cluster.step() is None:
            break
        for process in cluster.parts.processes.values():
            assert list(foreign(process.state)) == []
    plain = {"canonical": lambda value: codec.written(value) if hasattr(value, "metadata") else value}
    for process in cluster.parts.processes.values():
        twin = pickle.loads(pickle.dumps(process.state))
        assert fingerprint(twin, **plain) == fingerprint(process.state.fork(), **plain)
        process.check()


def test_no_built_in_controller_scans_a_namespace(monkeypatch):
    """None of them asks its cache for all of a kind, but for nodes, classes, cluster roles, and DaemonSets for a
    new node."""
    from kemu.kit.cache import Cache

    listed = []
    plain = Cache.list
    monkeypatch.setattr(
        Cache,
        "list",
        lambda self, kind, namespace=None: listed.append((self.name, kind)) or plain(self, kind, namespace),
    )
    cluster = kemu.Cluster(nodes=2)
    cluster.apply(MYAPP)
    cluster.apply(deployment())
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
        }
    )
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "stray", "labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "kemu/script:1"}]},
        }
    )
    cluster.apply(JOBS)
    cluster.apply(CRON_JOBS)
    cluster.apply(WORKLOADS)
    cluster.advance("2m")
    cluster.delete("deployment/web")
    cluster.delete("job/left", propagation="Orphan")
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}})
    cluster.delete("namespace/other")
    cluster.advance("5m")
    kinds = {kind.__name__ for name, kind in listed if name.startswith("kube-controller-manager")}
    assert kinds == {"Node", "StorageClass", "DaemonSet", "ClusterRole"}


def test_adoption_and_endpoints_follow_labels(cluster):
    """The indexes move with labels, owners and selectors."""
    cluster.apply(deployment())
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web", "tier": "a"}, "ports": [{"port": 80}]},
        }
    )
    cluster.advance("30s")
    endpoints = cluster.get("endpoints/web")
    assert endpoints.subsets == ()
    pod = cluster.list("pods", namespace="default")[0]
    cluster.patch("pod", pod.metadata.name, {"metadata": {"labels": {"tier": "a"}}})
    cluster.settle()
    assert len(cluster.get("endpoints/web").subsets[0].addresses) == 1
    cluster.patch("service", "web", {"spec": {"selector": {"tier": None}}})
    cluster.settle()
    assert len(cluster.get("endpoints/web").subsets[0].addresses) == 3
    cluster.patch("pod", pod.metadata.name, {"metadata": {"labels": {"app": "other"}}})
    cluster.advance("10s")
    released = cluster.get("pod", pod.metadata.name)
    assert released.metadata.owner_references == ()
    assert len(cluster.get("endpoints/web").subsets[0].addresses) == 3
    cluster.patch("pod", pod.metadata.name, {"metadata": {"labels": {"app": "web"}}})
    cluster.advance("10s")
    gone_or_owned = [p for p in cluster.list("pods", namespace="default") if p.metadata.name == pod.metadata.name]
    assert not gone_or_owned or gone_or_owned[0].metadata.owner_references
    for cache in cluster.parts.caches.values():
        cache.check()


def test_a_caller_may_not_change_what_the_cache_shows(cluster):
    """Objects are frozen: a change is another object."""
    found = cluster.get("node/node-0")
    with pytest.raises(AttributeError):
        found.metadata.name = "other"  # type: ignore[misc]
    assert evolve(found, {"metadata.labels[a]": "b"}).metadata.labels["a"] == "b"


def test_the_scheduler_is_a_process():
    """Crashed it binds nothing; started it knows nothing, and tries every pod that has no node."""
    cluster = kemu.Cluster(nodes=2)
    scheduler = cluster.process("kube-scheduler")
    scheduler.crash()
    assert not scheduler.running
    cluster.apply(deployment())
    cluster.advance("10m")
    assert {pod.spec.node_name for pod in cluster.list("pods")} == {None}
    branch = cluster.fork()
    twin = pickle.loads(pickle.dumps(cluster))
    for each in (branch, twin):
        each.advance("10m")
        assert {pod.spec.node_name for pod in each.list("pods")} == {None}
        each.process("kube-scheduler").start()
        each.wait("deployment/web", "condition=Available", timeout="1m")
    assert branch.digest() == twin.digest()
    scheduler.start()
    scheduler.start()
    cluster.wait("deployment/web", "condition=Available", timeout="1m")
    for step in range(0, 60, 7):
        cluster.scale("deployment/web", 3 + step % 5)
        for _ in range(step):
            cluster.step()
        scheduler.crash()
        cluster.advance("3s")
        scheduler.start()
        cluster.wait("deployment/web", "condition=Available", timeout="5m")


def test_a_scheduler_that_sees_the_past_binds_to_nodes_that_have_gone():
    cluster = kemu.Cluster(nodes=1)
    scheduler = cluster.process("kube-scheduler")
    scheduler.informer("nodes").hold()
    cluster.add_node("late")
    cluster.cordon("node-0")
    cluster.apply(deployment())
    cluster.advance("1m")
    assert {pod.spec.node_name for pod in cluster.list("pods")} == {"node-0"}
    scheduler.informer("nodes").release()
    cluster.scale("deployment/web", 5)
    cluster.advance("1m")
    assert "late" in {pod.spec.node_name for pod in cluster.list("pods")}


def test_every_kubelet_is_a_process():
    """Crashed it reports nothing while containers live on; held back it does not hear that a pod has to go."""
    cluster = kemu.Cluster(nodes=2)
    cluster.apply(deployment(replicas=4))
    cluster.wait("deployment/web", "condition=Available", timeout="1m")
    kubelet = cluster.process("kubelet/node-0")
    assert kubelet.running
    kubelet.informer("pods").hold()
    cluster.delete("deployment/web")
    cluster.advance("5m")
    assert {pod.spec.node_name for pod in cluster.list("pods")} == {"node-0"}
    twin = pickle.loads(pickle.dumps(cluster))
    kubelet.informer("pods").release()
    cluster.advance("1m")
    assert cluster.list("pods") == ()
    twin.process("kubelet/node-0").crash()
    twin.process("kubelet/node-0").informer(core.Pod).release()
    twin.advance("5m")
    assert twin.list("pods") != ()
    twin.process("kubelet/node-0").start()
    twin.advance("1m")
    assert twin.list("pods") == ()
    with pytest.raises(errors.UsageError, match="no node 'nowhere'"):
        cluster.process("kubelet/nowhere")
    with pytest.raises(errors.UsageError, match="no node looks at"):
        kubelet.informer("deployments")


def test_a_wait_for_next_to_nothing_is_over():
    """What is left of a time may be less than the clock can tell: it does not wait at the same moment for ever."""
    cluster = kemu.Cluster()
    seen = []

    @cluster.controller(for_="configmaps", name="op")
    def reconcile(request, client):
        if request.name == "a":
            seen.append(cluster.now)
        return kemu.Requeue(1e-9) if len(seen) < 5 else None

    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"}})
    cluster.advance("1s")
    assert [round(moment, 6) for moment in seen] == [0.0, 1e-06, 2e-06, 3e-06, 4e-06]


def test_what_is_late_by_a_time_that_floats_cannot_say_comes_all_the_same():
    """3.015 and 3 are a little more than 6.015: what is due at a moment is seen at that moment."""
    assert 3.015 + 3.0 > 6.015
    cluster = kemu.Cluster(nodes=1)
    cluster.process("kube-controller-manager").informer("deployments").delay("3s")
    cluster.advance("3.015s")
    cluster.create(deployment())
    cluster.advance("1m")
    assert cluster.get("deployment/web").status.observed_generation == 1
