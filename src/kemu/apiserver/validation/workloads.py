"""Rules for Deployments and ReplicaSets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...values.int_or_string import scaled
from ...values.selectors import selector_of
from ..failures import FieldError, forbidden_field, invalid_value, not_supported, required
from .metadata import immutable, labels
from .pods import NEGATIVE, template

OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
STRATEGIES = ("Recreate", "RollingUpdate")
PERCENT = re.compile(r"[0-9]+%")


def deployment(obj: Any) -> Iterator[FieldError]:
    """What may be wrong with a Deployment."""
    spec = obj.spec
    yield from _counts(spec)
    yield from _selected_template(spec)
    yield from _strategy(spec.strategy, "spec.strategy")
    if spec.progress_deadline_seconds is not None:
        if spec.progress_deadline_seconds < 0:
            yield invalid_value("spec.progressDeadlineSeconds", spec.progress_deadline_seconds, NEGATIVE)
        elif spec.progress_deadline_seconds <= (spec.min_ready_seconds or 0):
            text = "must be greater than minReadySeconds"
            yield invalid_value("spec.progressDeadlineSeconds", spec.progress_deadline_seconds, text)


def replica_set(obj: Any) -> Iterator[FieldError]:
    """What may be wrong with a ReplicaSet."""
    yield from _counts(obj.spec)
    yield from _selected_template(obj.spec)


def deployment_updated(new: Any, old: Any) -> Iterator[FieldError]:
    """A Deployment may change in all but its selector."""
    yield from deployment(new)
    yield from immutable(new.spec.selector, old.spec.selector, "spec.selector")


def replica_set_updated(new: Any, old: Any) -> Iterator[FieldError]:
    """A ReplicaSet may change in all but its selector."""
    yield from replica_set(new)
    yield from immutable(new.spec.selector, old.spec.selector, "spec.selector")


def _counts(spec: Any) -> Iterator[FieldError]:
    for name, value in (("replicas", spec.replicas), ("minReadySeconds", spec.min_ready_seconds)):
        if value is not None and value < 0:
            yield invalid_value(f"spec.{name}", value, NEGATIVE)
    history = getattr(spec, "revision_history_limit", None)
    if history is not None and history < 0:
        yield invalid_value("spec.revisionHistoryLimit", history, NEGATIVE)


def _selected_template(spec: Any) -> Iterator[FieldError]:
    """The selector must say something, and the template's labels must satisfy it."""
    selector = spec.selector
    problems: list[FieldError] = []
    if selector is None:
        yield required("spec.selector")
    else:
        problems = list(label_selector(selector, "spec.selector"))
        yield from problems
        if not selector.match_labels and not selector.match_expressions:
            yield invalid_value("spec.selector", selector, "empty selector is invalid for deployment")
    if problems:
        yield invalid_value("spec.selector", selector, "invalid label selector")
    elif selector is None or selector.match_labels or selector.match_expressions:
        if not selector_of(selector).matches(spec.template.metadata.labels):
            text = "`selector` does not match template `labels`"
            yield invalid_value("spec.template.metadata.labels", spec.template.metadata.labels, text)
    yield from template(spec.template, "spec.template")
    pods = spec.template.spec
    if pods.restart_policy != "Always" and pods.restart_policy:
        yield not_supported("spec.template.spec.restartPolicy", pods.restart_policy, ("Always",))
    if pods.active_deadline_seconds is not None:
        text = "activeDeadlineSeconds in ReplicaSet is not Supported"
        yield forbidden_field("spec.template.spec.activeDeadlineSeconds", text)


def label_selector(selector: Any, where: str) -> Iterator[FieldError]:
    """What may be wrong with a label selector."""
    yield from labels(selector.match_labels, f"{where}.matchLabels")
    for index, expression in enumerate(selector.match_expressions):
        at = f"{where}.matchExpressions[{index}]"
        if expression.operator in ("In", "NotIn"):
            if not expression.values:
                yield required(f"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'")
        elif expression.operator in OPERATORS:
            if expression.values:
                yield FieldError(
                    f"{at}.values",
                    "FieldValueForbidden",
                    "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
                )
        else:
            yield invalid_value(f"{at}.operator", expression.operator, "not a valid selector operator")


def _strategy(strategy: Any, where: str) -> Iterator[FieldError]:
    if strategy.type not in STRATEGIES:
        yield not_supported(f"{where}.type", strategy.type, STRATEGIES) if strategy.type else required(f"{where}.type")
        return
    rolling = strategy.rolling_update
    if strategy.type == "Recreate":
        if rolling is not None:
            yield FieldError(
                f"{where}.rollingUpdate",
                "FieldValueForbidden",
                "Forbidden: may not be specified when strategy `type` is 'Recreate'",
            )
        return
    if rolling is None:
        yield required(f"{where}.rollingUpdate")
        return
    at = f"{where}.rollingUpdate"
    problems = [
        *_amount(rolling.max_unavailable, f"{at}.maxUnavailable"),
        *_amount(rolling.max_surge, f"{at}.maxSurge"),
    ]
    yield from problems
    if not problems and not scaled(rolling.max_unavailable, 100, False) and not scaled(rolling.max_surge, 100, False):
        yield invalid_value(f"{at}.maxUnavailable", rolling.max_unavailable, "may not be 0 when `maxSurge` is 0")
    if isinstance(rolling.max_unavailable, str) and not problems and scaled(rolling.max_unavailable, 100, False) > 100:
        yield invalid_value(f"{at}.maxUnavailable", rolling.max_unavailable, "must not be greater than 100%")


def _amount(value: int | str, where: str) -> Iterator[FieldError]:
    """A count, or a percentage."""
    if isinstance(value, int):
        if value < 0:
            yield invalid_value(where, value, NEGATIVE)
    elif not PERCENT.fullmatch(value):
        text = (
            "a valid percent string must be a numeric string followed by an ending '%' "
            "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
        )
        yield invalid_value(where, value, text)
