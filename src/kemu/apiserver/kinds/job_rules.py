"""What the specification of a Job must be, in a Job and in the template of a CronJob, and what of it may change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...objects import evolve
from ...values import names
from ..failures import (
    FieldError,
    duplicate,
    invalid_inside,
    invalid_value,
    not_supported,
    too_long,
    too_many,
)
from ..failures import required as missing
from ..rows import Spec, below
from ..rules import at_least, domain_prefixed_path, one_of
from ..updates import IMMUTABLE
from .pods.rules import TEMPLATE

COUNT = at_least(0)
INDEXED = "Indexed"
PARALLEL_MAX = 100_000
"""Pods at once, and failed indexes, of an indexed Job."""

MANY_COMPLETIONS = 100_000
PARALLEL_OF_MANY = 10_000
"""The same of one with more completions than that, and a limit for each index."""

RULES_MAX = 20
CODES_MAX = 255
MANAGER_MAX = 63
"""Bytes of `managedBy`."""

INDEXES_MAX = 64 * 1024
"""Bytes of `succeededIndexes`."""

ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
STATUSES = ("False", "True", "Unknown")


def job_defaults(at: str) -> dict[str, str]:
    """The defaults of a specification at a path that a template has as well."""
    return {f"{at}.podFailurePolicy.rules[*].onPodConditions[*].status": "True"}


def job_rules(at: str) -> dict[str, Spec]:
    """The rows of a specification at a path."""
    return {
        f"{at}.parallelism": COUNT,
        f"{at}.completions": COUNT,
        f"{at}.activeDeadlineSeconds": COUNT,
        f"{at}.backoffLimit": COUNT,
        f"{at}.ttlSecondsAfterFinished": COUNT,
        f"{at}.backoffLimitPerIndex": COUNT,
        f"{at}.maxFailedIndexes": COUNT,
        f"{at}.managedBy": domain_prefixed_path,
        f"{at}.completionMode": one_of("NonIndexed", INDEXED),
        at: _modes,
        f"{at}.template": TEMPLATE,
    }


def _modes(spec: Any) -> Iterator[FieldError]:
    """What goes together, but for the template."""
    if spec.max_failed_indexes is not None and spec.backoff_limit_per_index is None:
        yield missing("backoffLimitPerIndex", "when maxFailedIndexes is specified")
    if len((spec.managed_by or "").encode()) > MANAGER_MAX:
        yield too_long("managedBy", MANAGER_MAX)
    if spec.completion_mode == INDEXED:
        yield from _indexed(spec)
    elif spec.completion_mode in (None, "NonIndexed"):
        yield from _not_indexed(spec)
    if spec.pod_failure_policy is not None:
        yield from below("podFailurePolicy.rules", _failure_policy(spec))
    if spec.success_policy is not None:
        if spec.completion_mode == INDEXED:
            yield from below("successPolicy.rules", _success_policy(spec))
        else:
            yield invalid_inside("successPolicy", spec.success_policy, "requires indexed completion mode")
    replacement, options = spec.pod_replacement_policy, ("Failed", "TerminatingOrFailed")
    allowed = options if spec.pod_failure_policy is None else options[:1]
    if replacement is not None and replacement not in allowed:
        yield not_supported("podReplacementPolicy", replacement, allowed)


def _indexed(spec: Any) -> Iterator[FieldError]:
    completions, parallelism, failed = spec.completions, spec.parallelism, spec.max_failed_indexes
    if completions is None:
        yield missing("completions", "when completion mode is Indexed")
    if (parallelism or 0) > PARALLEL_MAX:
        text = f"must be less than or equal to {PARALLEL_MAX} when completion mode is Indexed"
        yield invalid_value("parallelism", parallelism, text)
    if failed is not None and completions is not None and failed > completions:
        yield invalid_value("maxFailedIndexes", failed, "must be less than or equal to completions")
    if (failed or 0) > PARALLEL_MAX:
        yield invalid_value("maxFailedIndexes", failed, f"must be less than or equal to {PARALLEL_MAX}")
    if (completions or 0) > MANY_COMPLETIONS and spec.backoff_limit_per_index is not None:
        text = f"must be less than or equal to {PARALLEL_OF_MANY} when completions are above {MANY_COMPLETIONS}"
        if failed is None:
            yield missing("maxFailedIndexes", f"must be specified when completions is above {MANY_COMPLETIONS}")
        for name, value in (("parallelism", parallelism), ("maxFailedIndexes", failed)):
            if (value or 0) > PARALLEL_OF_MANY:
                yield invalid_value(name, value, f"{text} and used with backoff limit per index")


def _not_indexed(spec: Any) -> Iterator[FieldError]:
    for name, value in (
        ("backoffLimitPerIndex", spec.backoff_limit_per_index),
        ("maxFailedIndexes", spec.max_failed_indexes),
    ):
        if value is not None:
            yield invalid_value(name, value, "requires indexed completion mode")


# Policies


def _failure_policy(spec: Any) -> Iterator[FieldError]:
    rules = spec.pod_failure_policy.rules
    if len(rules) > RULES_MAX:
        yield too_many("", len(rules), RULES_MAX)
    template = spec.template.spec
    known = {container.name for container in (*template.containers, *template.init_containers)}
    for number, rule in enumerate(rules):
        yield from below(f"[{number}]", _failure_rule(spec, rule, known))


def _failure_rule(spec: Any, rule: Any, known: set[str]) -> Iterator[FieldError]:
    if not rule.action:
        yield missing("action", f"valid values: {_quoted(ACTIONS)}")
    elif rule.action not in ACTIONS:
        yield not_supported("action", rule.action, ACTIONS)
    elif rule.action == "FailIndex" and spec.backoff_limit_per_index is None:
        yield invalid_value("action", rule.action, "requires the backoffLimitPerIndex to be set")
    if rule.on_exit_codes is not None:
        yield from below("onExitCodes", _exit_codes(rule.on_exit_codes, known))
    yield from below("onPodConditions", _pod_conditions(rule.on_pod_conditions))
    both = (rule.on_exit_codes is not None) + bool(rule.on_pod_conditions)
    if both != 1:
        which = "specifying both OnExitCodes and OnPodConditions is not supported"
        text = which if both else "specifying one of OnExitCodes and OnPodConditions is required"
        yield FieldError("", "FieldValueInvalid", f"Invalid value: {text}")


def _exit_codes(wanted: Any, known: set[str]) -> Iterator[FieldError]:
    if not wanted.operator:
        yield missing("operator", 'valid values: ["In" "NotIn"]')
    elif wanted.operator not in ("In", "NotIn"):
        yield not_supported("operator", wanted.operator, ("In", "NotIn"))
    if wanted.container_name is not None and wanted.container_name not in known:
        text = "must be one of the container or initContainer names in the pod template"
        yield invalid_value("containerName", wanted.container_name, text)
    codes = wanted.values
    if not codes:
        yield invalid_value("values", codes, "at least one value is required")
    elif len(codes) > CODES_MAX:
        yield too_many("values", len(codes), CODES_MAX)
    for number, code in enumerate(codes):
        if wanted.operator == "In" and code == 0:
            yield invalid_value(f"values[{number}]", code, "must not be 0 for the In operator")
        if code in codes[:number]:
            yield duplicate(f"values[{number}]", code)
    if tuple(sorted(codes)) != tuple(codes):
        yield invalid_value("values", codes, "must be ordered")


def _pod_conditions(patterns: Sequence[Any]) -> Iterator[FieldError]:
    if len(patterns) > RULES_MAX:
        yield too_many("", len(patterns), RULES_MAX)
    for number, pattern in enumerate(patterns):
        for text in names.is_qualified_name(pattern.type or ""):
            yield invalid_value(f"[{number}].type", pattern.type or "", text)
        if not pattern.status:
            yield missing(f"[{number}].status", f"valid values: {_quoted(STATUSES)}")
        elif pattern.status not in STATUSES:
            yield not_supported(f"[{number}].status", pattern.status, STATUSES)


def _quoted(words: Sequence[str]) -> str:
    return "[" + " ".join(f'"{word}"' for word in words) + "]"


def _success_policy(spec: Any) -> Iterator[FieldError]:
    rules = spec.success_policy.rules
    if not rules:
        yield missing("", "at least one rules must be specified when the successPolicy is specified")
    if len(rules) > RULES_MAX:
        yield too_many("", len(rules), RULES_MAX)
    for number, rule in enumerate(rules):
        yield from below(f"[{number}]", _success_rule(rule, spec.completions or 0))


def _success_rule(rule: Any, completions: int) -> Iterator[FieldError]:
    indexes, count, total = rule.succeeded_indexes, rule.succeeded_count, 0
    if indexes is None and count is None:
        yield missing("", "at least one of succeededCount or succeededIndexes must be specified")
    if indexes is not None:
        if len(indexes.encode()) > INDEXES_MAX:
            yield too_long("succeededIndexes", INDEXES_MAX)
        try:
            total = indexes_in(indexes, completions)
        except ValueError as problem:
            yield invalid_value("succeededIndexes", indexes, f"error parsing succeededIndexes: {problem}")
    if count is None:
        return
    if count < 0:
        yield invalid_value("succeededCount", count, "must be greater than or equal to 0")
    text = "must be less than or equal to"
    if count > completions:
        yield invalid_value("succeededCount", count, f"{text} {completions} (the number of specified completions)")
    if indexes is not None and count > total:
        which = "the number of indexes in the specified succeededIndexes field"
        yield invalid_value("succeededCount", count, f"{text} {total} ({which})")


def indexes_in(text: str, completions: int) -> int:
    """How many indexes a text such as `0-2,5` names. Raises ValueError for one that does not rise, or is too large."""
    total, last = 0, -1
    for part in text.split(",") if text else ():
        first, end = interval(part, completions)
        if total and last >= first:
            raise ValueError(f"non-increasing order, previous: {last}, current: {first}")
        total, last = total + end - first + 1, end
    return total


def interval(part: str, completions: int) -> tuple[int, int]:
    """The first and the last index that a part such as `0-2` names. Raises ValueError for one that names none."""
    limits = part.split("-")
    if len(limits) > 2:
        rule = "violates the requirement that an index interval can have at most two parts separated by '-'"
        raise ValueError(f'the fragment "{part}" {rule}')
    first, *rest = [_index(limit, completions) for limit in limits]
    end = rest[0] if rest else first
    if rest and first >= end:
        raise ValueError(f"non-increasing order, previous: {first}, current: {end}")
    return first, end


def _index(text: str, completions: int) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f'cannot convert string to integer for index: "{text}"')
    if len(text) > 19 or int(text) >= completions:
        raise ValueError(f'too large index: "{text}"')
    return int(text)


def restart_policy(at: str, template: Any, policy: Any) -> Iterator[FieldError]:
    """A pod of a Job is to end: its containers are restarted when they fail, or not at all."""
    found, where = template.spec.restart_policy, f"{at}.template.spec.restartPolicy"
    if found in (None, "", "Always"):
        yield missing(where, 'valid values: "OnFailure", "Never"')
    elif found not in ("OnFailure", "Never"):
        yield not_supported(where, found, ("OnFailure", "Never"))
    elif policy is not None and found != "Never":
        yield invalid_value(where, found, 'only "Never" is supported when podFailurePolicy is specified')


# What may change


def completions_stay(new: Any, old: Any) -> Iterator[FieldError]:
    """The completions of an indexed Job change together with its parallelism; all others' stay."""
    now, was = new.spec.completions, old.spec.completions
    if now == was:
        return
    if new.spec.completion_mode != INDEXED:
        yield invalid_value("spec.completions", now, IMMUTABLE)
    elif now is not None and now != new.spec.parallelism:
        yield invalid_value("spec.completions", now, "can only be modified in tandem with spec.parallelism")


def template_stays(new: Any, old: Any) -> Iterator[FieldError]:
    """The template of a Job that runs stays; one that is suspended, and has no pods, may ask for other places."""
    now, was = new.spec.template, old.spec.template
    idle = old.status.start_time is None or any(
        each.type == "Suspended" and each.status == "True" for each in old.status.conditions
    )
    resting = bool(old.spec.suspend) and idle and not old.status.active
    if resting:
        was = evolve(was, metadata=now.metadata, spec=_elsewhere(was.spec, now.spec))
    if now != was and resting:
        yield invalid_inside("spec.template.spec", now.spec, IMMUTABLE)
    elif now != was:
        yield invalid_inside("spec.template", now, IMMUTABLE)


def _elsewhere(was: Any, now: Any) -> Any:
    """The old specification with what decides where pods run, and with what resources, as in the new one."""
    return evolve(
        was,
        node_selector=now.node_selector,
        tolerations=now.tolerations,
        scheduling_gates=now.scheduling_gates,
        affinity=_affinity(was.affinity, now.affinity),
        containers=_resized(was.containers, now.containers),
        init_containers=_resized(was.init_containers, now.init_containers),
    )


def _affinity(was: Any, now: Any) -> Any:
    if was is None:
        return None if now is None else evolve(now, pod_affinity=None, pod_anti_affinity=None)
    if now is None and was.pod_affinity is None and was.pod_anti_affinity is None:
        return None
    return evolve(was, node_affinity=None if now is None else now.node_affinity)


def _resized(was: Sequence[Any], now: Sequence[Any]) -> Sequence[Any]:
    if len(was) != len(now):
        return was
    pairs = zip(was, now, strict=True)
    return tuple([evolve(old, resources=new.resources) if old.name == new.name else old for old, new in pairs])
