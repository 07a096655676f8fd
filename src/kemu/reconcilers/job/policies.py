"""What a Job's policies say: of a failed pod, and of the indexes that have succeeded. Everything is pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from . import indexes
from .indexes import Indexes


@attrs.frozen
class Match:
    """The rule of a pod failure policy that fits a pod: what it does, and what it says if it ends the Job."""

    action: str = ""
    """FailJob, FailIndex, Count or Ignore; empty if no rule fits."""
    message: str = ""

    @property
    def counts(self) -> bool:
        """Whether the failure counts towards the back-off limits."""
        return self.action != "Ignore"


NO_RULE = Match()


def match(policy: Any | None, pod: Any) -> Match:
    """The first rule that fits a failed pod."""
    for number, rule in enumerate(() if policy is None else policy.rules):
        about = _exit_code(pod, rule) if rule.on_exit_codes is not None else _pod_condition(pod, rule)
        if about:
            ends = rule.action == "FailJob"
            return Match(rule.action, f"{about} matching FailJob rule at index {number}" if ends else "")
    return NO_RULE


def _exit_code(pod: Any, rule: Any) -> str:
    """What of a pod's containers fits a rule about exit codes."""
    metadata, status = pod.metadata, pod.status
    container = _exited(status.container_statuses, rule.on_exit_codes)
    container = container or _exited(status.init_container_statuses, rule.on_exit_codes)
    if container is None:
        return ""
    who = f"Container {container.name} for pod {metadata.namespace}/{metadata.name}"
    return f"{who} failed with exit code {container.state.terminated.exit_code}"


def _exited(statuses: Iterable[Any], wanted: Any) -> Any | None:
    """The first container that has failed with one of some exit codes, or with any but these."""
    for status in statuses:
        ended = None if status.state is None else status.state.terminated
        if ended is None or ended.exit_code == 0 or wanted.container_name not in (None, status.name):
            continue
        if (ended.exit_code in wanted.values) == (wanted.operator == "In"):
            return status
    return None


def _pod_condition(pod: Any, rule: Any) -> str:
    """What of a pod's conditions fits a rule about these."""
    wanted = [(pattern.type, pattern.status) for pattern in rule.on_pod_conditions]
    for condition in pod.status.conditions:
        if (condition.type, condition.status) in wanted:
            return f"Pod {pod.metadata.namespace}/{pod.metadata.name} has condition {condition.type}"
    return ""


def success(job: Any, succeeded: Indexes) -> str:
    """Which rule of a Job's success policy the succeeded indexes meet, in words; empty if none."""
    policy = job.spec.success_policy
    if policy is None or not succeeded:
        return ""
    for number, rule in enumerate(policy.rules):
        if _meets(rule, job.spec.completions, succeeded):
            return f"Matched rules at index {number}"
    return ""


def _meets(rule: Any, completions: int, succeeded: Indexes) -> bool:
    count = rule.succeeded_count
    if rule.succeeded_indexes is None:
        return count is not None and indexes.total(succeeded) >= count
    wanted = indexes.parse(rule.succeeded_indexes, completions)
    found = indexes.common(wanted, succeeded)
    return bool(wanted) and (found == indexes.total(wanted) or (count is not None and found >= count))
