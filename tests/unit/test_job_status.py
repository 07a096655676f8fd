"""What the API server asks of a Job's status, whoever writes it."""

from __future__ import annotations

from typing import Any

import pytest

import kemu
from kemu import errors

COMPLETE, FAILED = {"type": "Complete", "status": "True"}, {"type": "Failed", "status": "True"}
MET, TARGET = {"type": "SuccessCriteriaMet", "status": "True"}, {"type": "FailureTarget", "status": "True"}
BEGAN, ENDED = "2000-01-01T00:00:10Z", "2000-01-01T00:00:20Z"
DONE = {"conditions": [MET, COMPLETE], "startTime": BEGAN, "completionTime": ENDED, "succeeded": 1}


@pytest.fixture
def cluster() -> kemu.Cluster:
    return kemu.Cluster(nodes=0, controllers="", scheduler=False)


def job(**spec: Any) -> dict[str, Any]:
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": template, **spec}}


def told(cluster: kemu.Cluster, status: dict[str, Any]) -> list[tuple[str, str]]:
    """The causes that a status is refused for; none if it is accepted."""
    try:
        cluster.patch("job/j", {"status": status}, subresource="status")
    except errors.Invalid as problem:
        return [(cause["field"], cause["message"]) for cause in problem.causes]
    return []


@pytest.mark.parametrize(
    ("status", "field", "text"),
    [
        ({**DONE, "conditions": [COMPLETE]}, "conditions", "without the SuccessCriteriaMet=true condition"),
        ({**DONE, "conditions": [MET, COMPLETE, FAILED]}, "conditions", "cannot set Complete=True and Failed=true"),
        ({**DONE, "startTime": None}, "startTime", "startTime is required for finished job"),
        ({**DONE, "completionTime": None}, "completionTime", "completionTime is required for Complete jobs"),
        ({**DONE, "startTime": ENDED, "completionTime": BEGAN}, "completionTime", "must be equal to or after"),
        ({**DONE, "active": 1}, "active", "Invalid value: 1: active>0 is invalid for finished job"),
        ({**DONE, "terminating": 1}, "terminating", "Invalid value: 1: terminating>0 is invalid for finished job"),
        ({**DONE, "uncountedTerminatedPods": {"failed": ["u"]}}, "uncountedTerminatedPods", "must be empty"),
        ({"completionTime": ENDED}, "completionTime", "when there is no Complete=True condition"),
        ({"conditions": [FAILED], "startTime": BEGAN}, "conditions", "without the FailureTarget=true condition"),
        ({"conditions": [MET, TARGET]}, "conditions", "cannot set SuccessCriteriaMet=True and FailureTarget=true"),
        ({"ready": 1}, "ready", "Invalid value: 1: cannot set more ready pods than active"),
        ({"failed": -1}, "failed", "Invalid value: -1: must be greater than or equal to 0"),
        ({"uncountedTerminatedPods": {"failed": ["u", "u"]}}, "uncountedTerminatedPods.failed[1]", '"u"'),
        ({"uncountedTerminatedPods": {"succeeded": [""]}}, "uncountedTerminatedPods.succeeded[0]", "not be empty"),
        ({"completedIndexes": "0"}, "completedIndexes", "when non-indexed completion mode"),
        ({"failedIndexes": "0"}, "failedIndexes", "when backoffLimitPerIndex is null"),
    ],
)
def test_a_status_that_cannot_be_is_refused(cluster, status, field, text):
    """Each is told with its field, and nothing of it is stored."""
    before = cluster.create(job())
    causes = told(cluster, status)
    assert [message for where, message in causes if where == f"status.{field}" and text in message], causes
    assert cluster.get("job/j") == before


def test_what_is_done_stays_done(cluster):
    """Counters do not go down, moments do not move, and what has ended does not begin again."""
    cluster.create(job())
    assert told(cluster, {**DONE, "failed": 2}) == []
    assert told(cluster, {"conditions": [{"type": "Complete", "status": "False"}]}) == [
        ("status.completionTime", f'Invalid value: "{ENDED}": cannot set completionTime when there is no Complete=True '
                                  "condition"),
        ("status.conditions", "Invalid value: cannot disable the terminal Complete=True condition"),
    ]  # fmt: skip
    assert told(cluster, {"failed": 1}) == [("status.failed", "Invalid value: 1: cannot decrease the failed counter")]
    assert told(cluster, {"succeeded": 0}) == [
        ("status.succeeded", "Invalid value: 0: cannot decrease the succeeded counter")
    ]
    assert told(cluster, {"completionTime": "2000-01-01T00:00:30Z"}) == [
        ("status.completionTime", 'Invalid value: "2000-01-01T00:00:30Z": field is immutable')
    ]
    assert told(cluster, {"startTime": "2000-01-01T00:00:05Z"}) == [
        (
            "status.startTime",
            'Invalid value: "2000-01-01T00:00:05Z": field is immutable for unsuspended job once set',
        )
    ]


def test_indexes_are_read(cluster):
    """Of an indexed Job, they rise, are below the completions, and have not both failed and completed."""
    cluster.create(job(completionMode="Indexed", completions=5, parallelism=5, backoffLimitPerIndex=1))
    assert told(cluster, {"completedIndexes": "0-2,1"}) == [
        (
            "status.completedIndexes",
            'Invalid value: "0-2,1": error parsing completedIndexes: non-increasing order, previous: 2, current: 1',
        )
    ]
    assert told(cluster, {"failedIndexes": "7"}) == [
        ("status.failedIndexes", 'Invalid value: "7": error parsing failedIndexes: too large index: "7"')
    ]
    assert told(cluster, {"completedIndexes": "0,2-4", "failedIndexes": "1,3"}) == [
        (
            "status.failedIndexes",
            'Invalid value: "1,3": failedIndexes and completedIndexes overlap at index: 3',
        )
    ]
    assert told(cluster, {"completedIndexes": "0,2-4", "failedIndexes": "1", "succeeded": 4}) == []
    assert told(cluster, {"succeeded": 3}) == [], "it may be made smaller together with its parallelism"


def test_what_has_not_changed_is_not_asked_again(cluster):
    """A status with a field that breaks a rule by now can still be written in all else."""
    cluster.create(job(completionMode="Indexed", completions=3, parallelism=3))
    assert told(cluster, {"completedIndexes": "0-2", "succeeded": 3}) == []
    cluster.patch("job/j", {"spec": {"completions": 1, "parallelism": 1}})
    assert told(cluster, {"active": 1, "ready": 1}) == []


def test_the_labels_of_its_template_are_stored_with_the_first_update(cluster):
    """A Job without labels shows those of its template; the first update writes them, even if it changes nothing."""
    made = cluster.create(job())
    assert made.metadata.labels == made.spec.template.metadata.labels
    once = cluster.replace(made)
    assert once.metadata.resource_version != made.metadata.resource_version
    assert cluster.replace(once).metadata.resource_version == once.metadata.resource_version
    named = cluster.create({**job(), "metadata": {"name": "k", "labels": {"app": "k"}}})
    assert cluster.replace(named).metadata.resource_version == named.metadata.resource_version
