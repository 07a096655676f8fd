"""Jobs: pods that run to their end, each counted once, whatever happens to it or to the controller."""

import pickle
from itertools import pairwise

import pytest

from kemu import errors
from kemu.reconcilers.job.pods import TRACKING


def job(name="j", *args, **spec):
    """A Job of one container that does what the arguments say: by default it runs for 3 s."""
    container = {"name": "c", "image": "kemu/script:1", "args": list(args or ("--run=3s",))}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"template": template, **spec}}


def conditions(cluster, name="j"):
    return {each.type: each.reason for each in cluster.get("job", name).status.conditions if each.status == "True"}


def reasons(cluster, name="j"):
    return [event.reason for event in cluster.events(f"job/{name}")]


def tracked(cluster):
    return [pod.metadata.name for pod in cluster.list("pods") if TRACKING in pod.metadata.finalizers]


def test_a_job_runs_until_enough_pods_have_succeeded(cluster):
    """At most `parallelism` at once; the status never counts a pod twice, and no finalizer is left."""
    cluster.apply(job(parallelism=2, completions=5))
    seen = 0
    while "Complete" not in conditions(cluster) and cluster.now < 60:
        cluster.step()
        status = cluster.get("job/j").status
        running = [pod for pod in cluster.list("pods") if pod.status.phase not in ("Succeeded", "Failed")]
        uncounted = status.uncounted_terminated_pods
        count = (status.succeeded or 0) + len(uncounted.succeeded if uncounted else ())
        assert seen <= count <= 5 and len(running) <= 2
        seen = count
    cluster.advance("5s")
    status = cluster.get("job/j").status
    assert (status.succeeded, status.active, status.ready, status.terminating) == (5, None, 0, 0)
    assert conditions(cluster) == dict.fromkeys(("SuccessCriteriaMet", "Complete"), "CompletionsReached")
    assert reasons(cluster) == ["SuccessfulCreate"] * 5 + ["Completed"] and tracked(cluster) == []


def test_a_pod_that_somebody_deletes_is_counted_and_replaced(cluster):
    """Its finalizer keeps it until it is in the status."""
    cluster.apply(job("j", "--run=30s", "--stopexit=143", backoffLimit=2))
    cluster.advance("5s")
    cluster.delete(f"pod/{cluster.list('pods')[0].metadata.name}")
    cluster.advance("5s")
    assert cluster.get("job/j").status.failed == 1
    cluster.advance("1m")
    assert cluster.get("job/j").status.succeeded == 1 and len(cluster.list("pods")) == 1


def test_failures_back_off_until_the_limit(cluster):
    """10 s and 20 s after the end of the pod before; then the Job fails."""
    cluster.apply(job("j", "--run=1s", "--exit=1", backoffLimit=2))
    cluster.advance("2m")
    made = sorted(int(pod.metadata.creation_timestamp) for pod in cluster.list("pods"))
    assert [after - before for before, after in pairwise(made)] == [11, 21]
    assert conditions(cluster) == dict.fromkeys(("FailureTarget", "Failed"), "BackoffLimitExceeded")
    assert cluster.get("job/j").status.failed == 3 and cluster.get("job/j").status.completion_time is None


def test_a_restarted_controller_counts_failures_but_not_their_back_off(cluster):
    """What is in the status is kept; how long to wait is remembered only by the process, as upstream."""
    cluster.apply(job("j", "--run=1s", "--exit=1", backoffLimit=1))
    cluster.advance("5s")
    assert len(cluster.list("pods")) == 1
    manager = cluster.process("kube-controller-manager")
    manager.crash()
    manager.start()
    cluster.advance("1s")
    assert len(cluster.list("pods")) == 2
    cluster.advance("1m")
    assert conditions(cluster)["Failed"] == "BackoffLimitExceeded" and cluster.get("job/j").status.failed == 2


def test_an_indexed_job_tells_its_pods_who_they_are(cluster):
    """Name, host name, label, annotation and environment; and it grows and shrinks while it runs."""
    made = job(completions=2, parallelism=2, completionMode="Indexed")
    script = "echo $JOB_COMPLETION_INDEX on $(hostname); sleep 20"
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", script]}
    made["spec"]["template"]["spec"]["containers"] = [container]
    cluster.apply(made)
    cluster.advance("2s")
    cluster.patch("job", "j", {"spec": {"completions": 4, "parallelism": 4}})
    cluster.advance("2s")
    pods = sorted(cluster.list("pods"), key=lambda pod: pod.spec.hostname)
    assert [pod.spec.hostname for pod in pods] == ["j-0", "j-1", "j-2", "j-3"]
    assert [pod.metadata.labels["batch.kubernetes.io/job-completion-index"] for pod in pods] == list("0123")
    assert cluster.logs(f"pod/{pods[3].metadata.name}") == "3 on j-3\n"
    cluster.patch("job", "j", {"spec": {"completions": 3, "parallelism": 3}})
    cluster.advance("1m")
    status = cluster.get("job/j").status
    assert (status.succeeded, status.completed_indexes, status.failed) == (3, "0-2", None)


def test_a_suspended_job_has_no_pods_and_its_time_begins_anew(cluster):
    """Its pods are deleted without being counted; a deadline counts from when it goes on."""
    cluster.apply(job("j", "--run=8s", activeDeadlineSeconds=12))
    cluster.advance("5s")
    cluster.patch("job", "j", {"spec": {"suspend": True}})
    cluster.advance("1m")
    status = cluster.get("job/j").status
    assert (status.start_time, status.active, status.failed, cluster.list("pods")) == (None, None, None, ())
    cluster.patch("job", "j", {"spec": {"suspend": False}})
    cluster.advance("1m")
    assert conditions(cluster)["Complete"] == "CompletionsReached"
    assert reasons(cluster)[-5:] == ["SuccessfulDelete", "Suspended", "SuccessfulCreate", "Resumed", "Completed"]


def test_what_is_deleted_with_its_pods_left_lets_them_go(cluster):
    """An orphaned pod keeps running and loses its finalizer."""
    cluster.apply(job("j", "--run=1h"))
    cluster.advance("5s")
    cluster.delete("job/j", propagation="Orphan")
    cluster.advance("5s")
    [pod] = cluster.list("pods")
    assert (pod.metadata.owner_references, pod.metadata.finalizers, pod.status.phase) == ((), (), "Running")


def test_a_pod_that_matches_is_adopted_and_tracked_and_one_that_does_not_is_released(cluster):
    """With a selector of the user's own."""
    spec = {"manualSelector": True, "selector": {"matchLabels": {"app": "x"}}, "parallelism": 1}
    made = job("j", "--run=1h", **spec)
    made["spec"]["template"]["metadata"] = {"labels": {"app": "x"}}
    stray = {**made["spec"]["template"], "apiVersion": "v1", "kind": "Pod"}
    cluster.apply({**stray, "metadata": {"name": "stray", "labels": {"app": "x"}}})
    cluster.advance("2s")
    cluster.apply(made)
    cluster.advance("2s")
    [pod] = cluster.list("pods")
    assert pod.metadata.owner_references[0].name == "j" and pod.metadata.finalizers == (TRACKING,)
    cluster.patch("pod", "stray", {"metadata": {"labels": {"app": "y"}}})
    cluster.advance("5s")
    left = cluster.get("pod/stray")
    assert (left.metadata.owner_references, left.metadata.finalizers) == ((), ())
    assert len(cluster.list("pods")) == 2 and cluster.get("job/j").status.active == 1


def test_a_job_of_another_controller_is_left_alone(cluster):
    """`managedBy` names who looks after it."""
    cluster.apply(job(managedBy="example.com/mine"))
    cluster.advance("1m")
    assert cluster.list("pods") == () and cluster.get("job/j").status.start_time is None


def test_pods_that_cannot_be_created_are_tried_again(cluster):
    """One, then two, then four at a time, so that a refusal is met once a second and not by every pod."""
    tries = []

    def full(request, following):
        if request.actor == "job-controller" and request.verb == "create" and request.resource.key == "pods":
            tries.append(cluster.now)
            if len(cluster.list("pods")) >= 2 and cluster.now < 20:
                raise errors.Forbidden("exceeded quota")
        return following(request)

    cluster.wrap(full)
    cluster.apply(job(parallelism=8, completions=8))
    cluster.settle()
    assert len(tries) == 3 and cluster.get("job/j").status.active == 2
    cluster.advance("2m")
    assert cluster.get("job/j").status.succeeded == 8 and "FailedCreate" in reasons(cluster)


@pytest.mark.parametrize("exit", [0, 1])
def test_a_job_goes_some_time_after_it_is_over(cluster, exit):
    """With its pods; a time that is set later counts from the end as well."""
    cluster.apply(job("j", "--run=1s", f"--exit={exit}", backoffLimit=0, ttlSecondsAfterFinished=10))
    cluster.apply(job("kept", "--run=1s"))
    cluster.advance("10s")
    assert cluster.get("job/j").status.start_time
    cluster.advance("10s")
    assert [each.metadata.name for each in cluster.list("jobs")] == ["kept"]
    assert {pod.metadata.labels["job-name"] for pod in cluster.list("pods")} == {"kept"}
    cluster.patch("job", "kept", {"spec": {"ttlSecondsAfterFinished": 1}})
    cluster.advance("5s")
    assert cluster.list("jobs") == () and cluster.list("pods") == ()


def test_a_job_goes_on_in_a_fork_and_from_a_pickle(cluster):
    """In the middle of a back-off: what the controller remembers is part of the cluster."""
    cluster.apply(job("j", "--run=2s", "--exit=1", backoffLimit=3, parallelism=2, completions=2))
    cluster.advance("25s")
    branch, twin = cluster.fork(), pickle.loads(pickle.dumps(cluster))
    for each in (cluster, branch, twin):
        each.advance("5m")
    assert branch.digest() == twin.digest() == cluster.digest()
    assert conditions(twin)["Failed"] == "BackoffLimitExceeded"


def test_a_late_informer_makes_no_pod_twice(cluster):
    """The controller waits until it has seen its own pods; then it counts what has ended meanwhile."""
    pods = cluster.process("kube-controller-manager").informer("pods")
    pods.hold()
    cluster.apply(job(parallelism=2, completions=2))
    cluster.advance("1m")
    cluster.patch("job", "j", {"spec": {"parallelism": 3}})
    cluster.advance("1m")
    assert len(cluster.list("pods")) == 2 and cluster.get("job/j").status.succeeded is None
    pods.release()
    cluster.advance("10s")
    assert cluster.get("job/j").status.succeeded == 2 and len(cluster.list("pods")) == 2
