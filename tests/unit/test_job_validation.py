"""What the server accepts as a Job, and what of one may change."""

import copy

import pytest

from kemu import errors
from kemu.apiserver.kinds.job_rules import indexes_in

JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "j"},
    "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}},
}
INDEXED = {"completionMode": "Indexed", "completions": 3, "parallelism": 3}


def job(**spec):
    made = copy.deepcopy(JOB)
    made["spec"] |= spec
    return made


def rule(**fields):
    return {"podFailurePolicy": {"rules": [fields]}}


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ({"parallelism": -1}, "spec.parallelism: Invalid value: -1"),
        ({"completionMode": "Indexed", "parallelism": 1}, "spec.completions: Required value"),
        ({**INDEXED, "parallelism": 200_000}, "spec.parallelism: Invalid value: 200000"),
        ({**INDEXED, "maxFailedIndexes": 1}, "spec.backoffLimitPerIndex: Required value"),
        ({**INDEXED, "backoffLimitPerIndex": 1, "maxFailedIndexes": 4}, "must be less than or equal to completions"),
        ({**INDEXED, "completions": 200_000, "backoffLimitPerIndex": 1}, "spec.maxFailedIndexes: Required value"),
        ({"backoffLimitPerIndex": 1}, "requires indexed completion mode"),
        ({"successPolicy": {"rules": [{"succeededCount": 1}]}}, "spec.successPolicy: Invalid value"),
        ({**INDEXED, "successPolicy": {"rules": []}}, "spec.successPolicy.rules: Required value"),
        ({**INDEXED, "successPolicy": {"rules": [{"succeededIndexes": "0-9"}]}}, 'too large index: "9"'),
        (
            {**INDEXED, "successPolicy": {"rules": [{"succeededIndexes": "0,1", "succeededCount": 3}]}},
            "the number of indexes in the specified succeededIndexes field",
        ),
        (rule(action="X", onExitCodes={"operator": "In", "values": [1]}), 'rules[0].action: Unsupported value: "X"'),
        (rule(action="Count", onExitCodes={"operator": "In", "values": [0]}), "must not be 0 for the In operator"),
        (rule(action="Count", onExitCodes={"operator": "In", "values": [2, 1]}), "must be ordered"),
        (rule(action="Count"), "specifying one of OnExitCodes and OnPodConditions is required"),
        (
            {"podReplacementPolicy": "TerminatingOrFailed", **rule(action="Ignore", onPodConditions=[{"type": "X"}])},
            "spec.podReplacementPolicy: Unsupported value",
        ),
        ({"managedBy": "me"}, "must be a domain-prefixed path"),
        ({"selector": {"matchLabels": {"a": "b"}}}, "`selector` not auto-generated"),
        ({"manualSelector": True}, "spec.selector: Required value"),
    ],
)
def test_what_no_controller_could_run_is_refused(cluster, spec, complaint):
    """The complaint names the field; a Job that is accepted has all that its controller asks for."""
    with pytest.raises(errors.Invalid) as refusal:
        cluster.create(job(**spec))
    assert complaint in str(refusal.value)


def test_only_what_is_certainly_not_indexed_needs_to_be(cluster):
    """Of a mode that there is not only that is said."""
    with pytest.raises(errors.Invalid) as refusal:
        cluster.create(job(completionMode="Odd", backoffLimitPerIndex=1))
    assert "requires indexed" not in str(refusal.value) and "Odd" in str(refusal.value)


@pytest.mark.parametrize("policy", [None, "Always", "Sometimes"])
def test_the_pods_of_a_job_end(cluster, policy):
    """So their containers are not restarted for ever."""
    made = job()
    made["spec"]["template"]["spec"]["restartPolicy"] = policy
    with pytest.raises(errors.Invalid, match="restartPolicy"):
        cluster.create(made)


def test_an_indexed_job_grows_with_its_parallelism_and_the_template_stays(cluster):
    """All else of what is to be run never changes."""
    cluster.create(job(**INDEXED))
    cluster.patch("job", "j", {"spec": {"completions": 5, "parallelism": 5}})
    for change in (
        {"completions": 4},
        {"completionMode": "NonIndexed"},
        {"backoffLimitPerIndex": 1},
        {"template": {"spec": {"containers": [{"name": "c", "image": "other"}]}}},
    ):
        with pytest.raises(errors.Invalid):
            cluster.patch("job", "j", {"spec": change})


def test_a_suspended_job_may_still_go_elsewhere(cluster):
    """Where its pods run, and with what resources; not what they run. Once they run it is settled."""
    cluster.create(job(suspend=True))
    cluster.settle()
    place = {"template": {"spec": {"nodeSelector": {"disk": "ssd"}, "tolerations": [{"operator": "Exists"}]}}}
    cluster.patch("job", "j", {"spec": place})
    more = {"template": {"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}]}}}
    cluster.patch("job", "j", {"spec": more})
    with pytest.raises(errors.Invalid, match="field is immutable"):
        cluster.patch("job", "j", {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "x"}]}}}})
    cluster.patch("job", "j", {"spec": {"suspend": False}})
    cluster.settle()
    with pytest.raises(errors.Invalid, match="field is immutable"):
        cluster.patch("job", "j", {"spec": {"template": {"spec": {"nodeSelector": {"disk": "hdd"}}}}})
    assert cluster.list("pods")[0].spec.node_selector == {"disk": "ssd"}


def test_what_a_client_labels_stays_its_own(cluster):
    """A Job without labels has those of its template, before the server adds its own to that."""
    made = job()
    made["spec"]["template"]["metadata"] = {"labels": {"app": "x"}}
    created = cluster.create(made)
    assert created.metadata.labels == {"app": "x"}
    assert set(created.spec.template.metadata.labels) > {"app", "job-name", "batch.kubernetes.io/controller-uid"}
    made["metadata"]["name"] = "other"
    made["spec"]["template"]["metadata"]["labels"]["job-name"] = "wrong"
    with pytest.raises(errors.Invalid, match="must be 'other'"):
        cluster.create(made)


@pytest.mark.parametrize(
    ("text", "words"),
    [("2,1", "non-increasing"), ("1-1", "non-increasing"), ("1-2-3", "two parts"), ("a", "cannot convert"),
     ("0-3", "too large"), ("9" * 40, "too large"), ("0,0", "non-increasing")],
)  # fmt: skip
def test_indexes_rise_and_exist(text, words):
    """And each is named once."""
    assert indexes_in("0,2", 3) == 2 and indexes_in("0-2", 3) == 3 and indexes_in("", 3) == 0
    with pytest.raises(ValueError, match=words):
        indexes_in(text, 3)


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ({"schedule": "0 24 * * *"}, "end of range (24) above maximum (23)"),
        ({"schedule": ""}, "spec.schedule: Required value"),
        ({"schedule": "TZ=UTC 0 1 * * *"}, "cannot use TZ or CRON_TZ in schedule"),
        ({"timeZone": ""}, "timeZone must be nil or non-empty string"),
        ({"timeZone": "Mars/Base"}, "unknown time zone Mars/Base"),
        ({"timeZone": "../etc"}, "unknown time zone ../etc"),
        ({"timeZone": "Local"}, "timeZone must be an explicit time zone"),
        ({"startingDeadlineSeconds": -1}, "must be greater than or equal to 0"),
        ({"jobTemplate": {"spec": job(completionMode="Indexed", parallelism=1)["spec"]}}, "completions: Required"),
        ({"jobTemplate": {"spec": job(manualSelector=True)["spec"]}}, "manualSelector: Unsupported value"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused(cluster, spec, complaint):
    """And so is a template of which no Job could be made."""
    spec = {"schedule": "* * * * *", "jobTemplate": {"spec": JOB["spec"]}, **spec}
    with pytest.raises(errors.Invalid) as refusal:
        cluster.create({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c"}, "spec": spec})
    assert complaint in str(refusal.value)
