"""The pure rules of the Job controller: sets of indexes, what pods a Job needs, back-off, policies, and counting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kemu.objects import batch, core, evolve
from kemu.reconcilers.job import indexes
from kemu.reconcilers.job.backoff import BackOff, finished_at
from kemu.reconcilers.job.counting import MOST, counted, tally
from kemu.reconcilers.job.ending import COMPLETIONS, DEADLINE, LIMIT, Ending, ending_of
from kemu.reconcilers.job.pods import FAILURES, INDEX, TRACKING, new_pod
from kemu.reconcilers.job.policies import match, success
from kemu.reconcilers.job.view import view_of
from kemu.reconcilers.job.work import Work, decide

NEVER_FAILED = BackOff()
NUMBERS = st.integers(0, 2**41 - 1).map(lambda mask: {number for number in range(41) if mask >> number & 1})


@given(NUMBERS, NUMBERS, st.integers(0, 45), st.integers(0, 10))
def test_sets_of_indexes_are_sets(some, others, completions, count):
    """Whatever they are written as: union, size, membership, what both have and what is missing."""
    left, right = indexes.of(some), indexes.of(others)
    assert indexes.parse(indexes.text_of(left), 41) == left
    assert indexes.joined(left, right) == indexes.of(some | others)
    assert indexes.total(left) == len(some)
    assert [number for number in range(45) if indexes.has(left, number)] == sorted(some)
    assert indexes.common(left, right) == len(some & others)
    missing = [number for number in range(completions) if number not in some]
    assert list(indexes.first_missing(left, completions, count)) == missing[:count]


@pytest.mark.parametrize(
    ("text", "completions", "read"),
    [
        ("", 5, ""),
        ("0-2,5", 9, "0-2,5"),
        ("0-8,9", 5, "0-4"),
        ("1,2,3", 9, "1-3"),
        ("0,1", 9, "0,1"),
        ("x,3,-2,4-", 9, "3,4"),
        ("0-1999999999", 2_000_000_000, "0-1999999999"),
    ],
)
def test_indexes_are_read_and_written_as_a_status_has_them(text, completions, read):
    """Two in a row with a comma, more with a dash; what a Job does not have, or nobody can read, is left out."""
    assert indexes.text_of(indexes.parse(text, completions)) == read


def job(status=None, **spec):
    """A Job with the defaults of the API server."""
    indexed = {"completion_mode": "Indexed"} if spec.pop("indexed", False) else {"completion_mode": "NonIndexed"}
    defaults = {"parallelism": 1, "completions": 1, "backoff_limit": 6, "pod_replacement_policy": "TerminatingOrFailed"}
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}
    return batch.Job(
        metadata={"name": "j", "namespace": "default", "uid": "job-uid"},
        spec=batch.JobSpec(template=template, **{**defaults, **indexed, **spec}),
        status=batch.JobStatus(**{"uncounted_terminated_pods": {}, "start_time": 1000, **(status or {})}),
    )


def pod(name, phase="Running", *, index=None, failures=None, code=None, at=2000, deleted=False, tracked=True, node="n"):
    """A pod of the Job; `code` is how its container exited, `at` when."""
    annotations = {} if index is None else {INDEX: str(index)}
    if failures is not None:
        annotations[FAILURES] = str(failures)
    state = {"running": {}} if code is None else {"terminated": {"exitCode": code, "finishedAt": at}}
    return core.Pod(
        metadata={
            "name": name,
            "namespace": "default",
            "uid": name,
            "annotations": annotations,
            "finalizers": [TRACKING] if tracked else [],
            "creationTimestamp": 1000,
            "deletionTimestamp": at if deleted else None,
        },
        spec={"nodeName": node, "containers": [{"name": "c", "image": "i"}]},
        status={
            "phase": phase,
            "containerStatuses": [
                {"name": "c", "ready": False, "restartCount": 0, "image": "i", "imageID": "", "state": state}
            ],
        },
    )


def work(made, *pods, backoff=NEVER_FAILED, unix=3000.0):
    decided = decide(view_of(made, pods), backoff, unix)
    return [each.metadata.name for each in decided.delete], decided.create, decided.wait


@pytest.mark.parametrize(
    ("made", "pods", "expected"),
    [
        (job(parallelism=3, completions=5), [], ([], (None,) * 3, 0)),
        (job(parallelism=3, completions=5, status={"succeeded": 3}), [pod("a")], ([], (None,), 0)),
        (job(parallelism=3, completions=None), [pod("a", "Succeeded"), pod("b")], ([], (), 0)),
        (job(parallelism=1, completions=5), [pod("a"), pod("b", "Pending", node=None)], (["b"], (), 0)),
        (job(parallelism=2, completions=2, suspend=True), [pod("a"), pod("b")], (["a", "b"], (), 0)),
        (job(parallelism=1), [pod("a", deleted=True)], ([], (None,), 0)),
        (job(parallelism=1, pod_replacement_policy="Failed"), [pod("a", deleted=True)], ([], (), 0)),
        (job(parallelism=900, completions=900), [], ([], (None,) * 500, 0)),
        (job(parallelism=2, completions=4, indexed=True, status={"completed_indexes": "0,2"}), [], ([], (1, 3), 0)),
        (job(parallelism=3, completions=3, indexed=True), [pod("a", index=1)], ([], (0, 2), 0)),
        (
            job(parallelism=2, completions=2, indexed=True),
            [pod("a", index=1), pod("b", "Pending", index=1), pod("c", index=7), pod("d")],
            (["c", "d", "b"], (), 0),
        ),
    ],
)
def test_a_job_has_at_most_its_parallelism_of_pods_and_no_more_than_it_needs(made, pods, expected):
    """Pods are created or deleted, never both; in an indexed Job each missing index gets one, and none two."""
    deleted, created, wait = work(made, *pods)
    assert (sorted(deleted), created, wait) == (sorted(expected[0]), *expected[1:])


def test_failures_put_off_the_next_pods():
    """10 s after the first failure, doubling up to ten minutes, counted since the last success."""
    made = job(parallelism=1)
    backoff = BackOff()
    waits = []
    for number in range(9):
        backoff = backoff.after(made, [], [pod(f"p{number}", "Failed", code=1, at=2000)])
        waits.append(backoff.left(2000.0))
    assert waits == [10, 20, 40, 80, 160, 320, 600, 600, 600]
    assert work(made, backoff=BackOff("job-uid", 1, 2000), unix=2004.5) == ([], (), 5.5)
    assert work(made, backoff=BackOff("job-uid", 1, 2000), unix=2010.0) == ([], (None,), 0)
    ended = backoff.after(made, [pod("s", "Succeeded", code=0, at=2100)], [pod("f", "Failed", code=1, at=2050)])
    assert ended == BackOff()
    assert backoff.after(evolve(made, {"metadata.uid": "another"}), [], []) == BackOff()


def test_each_index_has_a_back_off_of_its_own():
    """Its failed pod stays until the successor exists; the others do not wait for it."""
    made = job(parallelism=3, completions=3, indexed=True, backoff_limit_per_index=5)
    failed = pod("a", "Failed", index=0, failures=1, code=1, at=2000)
    assert work(made, failed, unix=2001.0) == ([], (1, 2), 0)
    assert work(made, failed, pod("b", index=1), pod("c", index=2), unix=2001.0) == ([], (), 19.0)
    assert work(made, failed, pod("b", index=1), pod("c", index=2), unix=2020.0) == ([], (0,), 0)
    assert tally(view_of(made, [failed]), made.status, None).pods == ()
    successor = new_pod(made, 0, failed)
    assert successor.metadata.annotations[FAILURES] == "2" and successor.spec.hostname == "j-0"
    assert successor.spec.containers[0].env[0].name == "JOB_COMPLETION_INDEX"


def test_a_pod_ended_when_its_last_container_did():
    """Otherwise when it was no longer ready, was asked to go, or began."""
    assert finished_at(pod("a", "Failed", code=1, at=2345)) == 2345
    assert finished_at(pod("a", deleted=True, at=2500)) == 2500
    assert finished_at(pod("a")) == 1000
    unready = {"type": "Ready", "status": "False", "lastTransitionTime": 2222}
    assert finished_at(evolve(pod("a"), {"status.conditions": [unready]})) == 2222


RULES = (
    {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
    {"action": "FailJob", "onExitCodes": {"containerName": "c", "operator": "In", "values": [42]}},
    {"action": "Count", "onExitCodes": {"operator": "In", "values": [3]}},
    {"action": "FailIndex", "onExitCodes": {"operator": "NotIn", "values": [1]}},
)


@pytest.mark.parametrize(
    ("code", "action", "message"),
    [
        (42, "FailJob", "Container c for pod default/p failed with exit code 42 matching FailJob rule at index 1"),
        (3, "Count", ""),
        (7, "FailIndex", ""),
        (1, "", ""),
        (0, "", ""),
    ],
)
def test_the_first_rule_that_fits_a_failed_pod_counts(code, action, message):
    """By exit code or by condition; what fits no rule counts as any failure."""
    policy = batch.PodFailurePolicy(rules=RULES)
    found = match(policy, pod("p", "Failed", code=code))
    assert (found.action, found.message, found.counts) == (action, message, True)
    disrupted = evolve(
        pod("p", "Failed", code=42), {"status.conditions": [{"type": "DisruptionTarget", "status": "True"}]}
    )
    assert not match(policy, disrupted).counts


@pytest.mark.parametrize(
    ("rule", "succeeded", "met"),
    [
        ({"succeededIndexes": "0,2"}, "0-2", True),
        ({"succeededIndexes": "0,2"}, "0,1", False),
        ({"succeededIndexes": "0-9", "succeededCount": 2}, "3,8", True),
        ({"succeededIndexes": "0-9", "succeededCount": 3}, "3,8", False),
        ({"succeededCount": 2}, "4-5", True),
        ({"succeededCount": 2}, "", False),
    ],
)
def test_a_success_policy_is_met_by_indexes_or_by_their_number(rule, succeeded, met):
    """The rule that is met is named by its place."""
    made = job(completions=10, parallelism=10, indexed=True, success_policy={"rules": [rule]})
    assert success(made, indexes.parse(succeeded, 10)) == ("Matched rules at index 0" if met else "")


def ending(made, *pods, unix=1500.0):
    return ending_of(view_of(made, pods), unix)


def test_the_first_reason_to_end_counts():
    """What was announced stays; then the failure policy, the limits, the failed indexes and the success policy."""
    failed = [pod(f"p{number}", "Failed", code=42) for number in range(2)]
    policy = {"rules": [RULES[1]]}
    assert ending(job(), *failed) is None
    assert ending(job(backoff_limit=1), *failed) == LIMIT
    assert ending(job(backoff_limit=1, pod_failure_policy=policy), *failed).reason == "PodFailurePolicy"
    assert ending(job(active_deadline_seconds=500)) == DEADLINE
    assert ending(job(active_deadline_seconds=501)) is None
    assert ending(job(active_deadline_seconds=500, suspend=True)) is None
    said = {"conditions": [{"type": "SuccessCriteriaMet", "status": "True", "reason": "R", "message": "M"}]}
    assert ending(job(backoff_limit=0, status=said), *failed) == Ending("SuccessCriteriaMet", "R", "M")
    per_index = {"parallelism": 2, "completions": 2, "indexed": True, "backoff_limit_per_index": 0}
    lost = [pod("a", "Failed", index=0, code=1), pod("b", "Succeeded", index=1, code=0)]
    assert ending(job(**per_index), *lost).reason == "FailedIndexes"
    assert ending(job(**per_index), lost[0]) is None
    assert ending(job(**per_index, max_failed_indexes=0), lost[0]).reason == "MaxFailedIndexesExceeded"


def test_a_pod_is_counted_once():
    """First in the list of uids, then, when its finalizer is off, in the counter; an index needs no list."""
    made = job(parallelism=3, completions=3)
    pods = [pod("a", "Succeeded", code=0), pod("b", "Failed", code=1), pod("c"), pod("d", "Failed", tracked=False)]
    sums = tally(view_of(made, pods), made.status, None)
    uncounted = sums.status.uncounted_terminated_pods
    assert (uncounted.succeeded, uncounted.failed) == (("a",), ("b",))
    assert [each.metadata.name for each in sums.pods] == ["a", "b"] and not sums.full
    again = tally(view_of(evolve(made, status=sums.status), pods), sums.status, None)
    assert again.status == sums.status
    after = counted(sums.status, {"b"})
    assert (after.succeeded, after.failed, after.uncounted_terminated_pods.failed) == (1, None, ("b",))
    assert counted(after, {"b"}) is after
    indexed = job(parallelism=3, completions=3, indexed=True)
    sums = tally(
        view_of(indexed, [pod("a", "Succeeded", index=2), pod("b", "Succeeded", index=9)]), indexed.status, None
    )
    assert (sums.status.succeeded, sums.status.completed_indexes) == (1, "2")
    assert len(sums.pods) == 2 and sums.status.uncounted_terminated_pods == made.status.uncounted_terminated_pods


def test_a_job_that_ends_lets_all_its_pods_go():
    """If it fails all that have not succeeded have failed; if it succeeds they are not counted."""
    made = job(parallelism=2, completions=2)
    view = view_of(made, [pod("a"), pod("b", "Succeeded")])
    lost = tally(view, made.status, LIMIT).status.uncounted_terminated_pods
    assert (lost.succeeded, lost.failed) == (("b",), ("a",))
    kept = tally(view, made.status, COMPLETIONS).status.uncounted_terminated_pods
    assert (kept.succeeded, kept.failed) == (("b",), ())


def test_a_status_lists_at_most_so_many_pods():
    """The others wait for the next sync."""
    made = job(parallelism=900, completions=900)
    sums = tally(view_of(made, [pod(f"p{number}", "Succeeded") for number in range(MOST + 7)]), made.status, None)
    assert sums.full and len(sums.pods) == len(sums.status.uncounted_terminated_pods.succeeded) == MOST


def test_nothing_to_do_is_no_work():
    """A Job with the pods that it needs."""
    assert decide(view_of(job(), [pod("a")]), BackOff(), 1000.0) == Work()
