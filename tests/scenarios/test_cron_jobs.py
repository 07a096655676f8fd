"""Cron jobs: what a schedule starts, what becomes of it, and how much of it is kept."""

import pickle

from kemu import errors
from kemu.objects import evolve


def cron_job(name="c", *args, schedule="* * * * *", **spec):
    """A CronJob whose Job runs for 3 s unless the arguments say otherwise."""
    container = {"name": "c", "image": "kemu/script:1", "args": list(args or ("--run=3s",))}
    template = {
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}, "backoffLimit": 0}
    }
    spec = {"schedule": schedule, "jobTemplate": {"metadata": {"labels": {"from": name}}, **template}, **spec}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name}, "spec": spec}


def jobs(cluster):
    return [each.metadata.name for each in cluster.list("jobs")]


def reasons(cluster, name="c"):
    return [event.reason for event in cluster.events(f"cronjob/{name}")]


def minute(cluster, number):
    """The number that the name of a Job ends with, of so many minutes after the start."""
    return int(cluster.clock.unix - cluster.now) // 60 + number


def test_a_schedule_starts_jobs_and_old_ones_go(cluster):
    """Three that succeeded and one that failed are kept; each is named by its minute and says when it was due."""
    cluster.apply(cron_job())
    cluster.apply(cron_job("bad", "--run=1s", "--exit=1"))
    cluster.advance("5m30s")
    numbers = range(minute(cluster, 3), minute(cluster, 6))
    assert [name for name in jobs(cluster) if name.startswith("c-")] == [f"c-{number}" for number in numbers]
    assert [name for name in jobs(cluster) if name.startswith("bad-")] == [f"bad-{minute(cluster, 5)}"]
    job = cluster.get("job", f"c-{minute(cluster, 5)}")
    assert job.metadata.annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"] == "2000-01-01T00:05:00Z"
    status = cluster.get("cronjob/c").status
    assert (status.active, str(status.last_schedule_time)) == ((), "2000-01-01T00:05:00Z")
    assert status.last_successful_time == job.status.completion_time
    assert set(reasons(cluster)) == {"SuccessfulCreate", "SawCompletedJob", "SuccessfulDelete"}


def test_jobs_that_overlap_do_as_the_policy_says(cluster):
    """Both run, or the new one waits for the end of the old one, or takes its place."""
    for policy in ("Allow", "Forbid", "Replace"):
        cluster.apply(cron_job(policy.lower(), "--run=90s", concurrencyPolicy=policy))
    cluster.advance("2m10s")
    first, second = minute(cluster, 1), minute(cluster, 2)
    assert jobs(cluster) == [f"allow-{first}", f"allow-{second}", f"forbid-{first}", f"replace-{second}"]
    cluster.advance("30s")
    assert f"forbid-{second}" in jobs(cluster), "it catches up"
    assert "JobAlreadyActive" in reasons(cluster, "forbid") and "SuccessfulDelete" in reasons(cluster, "replace")


def test_a_suspended_schedule_starts_nothing_and_catches_up_once(cluster):
    """Of all that was missed only the last time counts, and only within the deadline for starting."""
    cluster.apply(cron_job(suspend=True))
    cluster.apply(cron_job("late", schedule="0 * * * *", suspend=True, startingDeadlineSeconds=60))
    cluster.advance("62m")
    assert jobs(cluster) == []
    cluster.patch("cronjob", "c", {"spec": {"suspend": False}})
    cluster.patch("cronjob", "late", {"spec": {"suspend": False}})
    cluster.settle()
    assert jobs(cluster) == [f"c-{minute(cluster, 62)}"]
    cluster.advance("59m")
    assert f"late-{minute(cluster, 120)}" in jobs(cluster)


def test_another_schedule_counts_from_its_next_time(cluster):
    """A change of the schedule starts nothing by itself."""
    cluster.apply(cron_job(schedule="0 0 1 1 *"))
    cluster.advance("2m30s")
    cluster.patch("cronjob", "c", {"spec": {"schedule": "* * * * *", "timeZone": "Asia/Kolkata"}})
    cluster.advance("20s")
    assert jobs(cluster) == []
    cluster.advance("20s")
    [job] = cluster.list("jobs")
    stamp = job.metadata.annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"]
    assert stamp == "2000-01-01T05:33:00+05:30"


def test_a_schedule_that_never_comes_is_said_to_be_invalid(cluster):
    """And costs nothing."""
    cluster.apply(cron_job(schedule="0 0 31 2 *"))
    cluster.advance("10m")
    assert reasons(cluster) == ["InvalidSchedule"] and jobs(cluster) == []


def test_a_job_that_goes_missing_or_comes_from_elsewhere_is_noticed(cluster):
    """The list of active Jobs is what there is."""
    cluster.apply(cron_job("c", "--run=1h", schedule="0 * * * *"))
    cluster.advance("61m")
    [job] = cluster.list("jobs")
    twin = evolve(job, {"metadata.name": "twin", "spec.selector": None, "spec.template.metadata.labels": {}})
    cluster.delete(f"job/{job.metadata.name}", propagation="Background")
    cluster.create(evolve(twin, {"metadata.resource_version": None, "metadata.uid": None}))
    cluster.advance("5s")
    assert {"MissingJob", "UnexpectedJob"} <= set(reasons(cluster))
    assert cluster.get("cronjob/c").status.active == ()


def test_what_is_refused_is_tried_again(cluster):
    """The Job comes late, under the name of its time."""

    def full(request, following):
        if request.verb == "create" and request.resource.key == "jobs.batch" and cluster.now < 90:
            raise errors.Forbidden("exceeded quota")
        return following(request)

    cluster.wrap(full)
    cluster.apply(cron_job())
    cluster.advance("110s")
    assert jobs(cluster) == [f"c-{minute(cluster, 1)}"] and "FailedCreate" in reasons(cluster)


def test_a_cron_job_goes_on_in_a_fork_and_from_a_pickle(cluster):
    """With the timer for its next time."""
    cluster.apply(cron_job())
    cluster.advance("70s")
    branch, twin = cluster.fork(), pickle.loads(pickle.dumps(cluster))
    for each in (cluster, branch, twin):
        each.advance("3m")
    assert branch.digest() == twin.digest() == cluster.digest() and len(cluster.list("jobs")) == 3
