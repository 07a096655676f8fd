"""What the expressions of validating admission policies say about a request, by the bindings of their policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ...cel import CostExceeded, EvaluationError
from ...objects import admissionregistration as registration
from ..policies.names import evaluated
from ..policies.plans import Invocation, invocations, refused, resulted
from ..request import Desk, Request

LONGEST_MESSAGE = 5 * 1024


@attrs.frozen
class Denial:
    """Why a policy says no."""

    message: str
    reason: str = ""
    failed: bool = False
    """Whether that is because it could not be asked; then every binding denies, whatever its actions are."""


def judge(request: Request, desk: Desk) -> None:
    """Ask all policies with a binding; raises what the first of them says that says no."""
    refusal: Exception | None = None
    policies = registration.ValidatingAdmissionPolicy
    for each in invocations(request, desk, policies, registration.ValidatingAdmissionPolicyBinding):
        policy, binding = each.policy.metadata.name, each.binding.metadata.name
        whose = f"ValidatingAdmissionPolicy '{policy}' with binding '{binding}'"
        for denial in _denials(each, desk):
            actions = each.binding.spec.validation_actions
            if "Warn" in actions and request.warn is not None and not denial.failed:
                request.warn(f"Validation failed for {whose}: {denial.message}")
            if refusal is None and ("Deny" in actions or denial.failed):
                refusal = refused(request, f"{whose} denied request: {denial.message}", denial.reason or "Invalid")
    if refusal is not None:
        raise refusal


def _denials(each: Invocation, desk: Desk) -> Iterator[Denial]:
    """Why a policy says no, by one of its bindings; a failure counts only where it is to."""
    fails = each.policy.spec.failure_policy != "Ignore"
    if each.problem:
        if fails:
            yield Denial(f"failed to configure binding: {each.problem}", failed=True)
        return
    names = each.names(desk)
    try:
        if not each.applies(names):
            return
    except EvaluationError as problem:
        if fails:
            yield Denial(str(problem))
        return
    yield from _judged(each, names, fails)


def _judged(each: Invocation, names: Mapping[str, Any], fails: bool) -> Iterator[Denial]:
    """What the validations and audit annotations of a policy say."""
    plan, validations = each.plan, each.policy.spec.validations
    for (text, program), validation, message in zip(plan.expressions, validations, plan.messages, strict=True):
        try:
            if evaluated(program, names) is not True:
                yield Denial(_message(validation, message, names), validation.reason or "")
        except EvaluationError as problem:
            if fails:
                yield Denial(resulted(text, problem))
            if isinstance(problem, CostExceeded):
                return
    for text, program in plan.notes:
        try:
            evaluated(program, names)
        except EvaluationError as problem:
            if fails:
                yield Denial(resulted(text, problem), failed=True)


def _message(validation: Any, program: Any, names: Mapping[str, Any]) -> str:
    """What is told of a validation that is not true: what its expression says, its message, or itself."""
    if program is not None:
        try:
            said = evaluated(program, names)
        except EvaluationError:
            said = ""
        text = said.strip() if isinstance(said, str) else ""
        if text and "\n" not in text and len(text.encode()) <= LONGEST_MESSAGE:
            return text
    return (validation.message or "").strip() or f"failed expression: {validation.expression.strip()}"
