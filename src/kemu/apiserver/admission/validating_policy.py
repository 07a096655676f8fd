"""What the expressions of validating admission policies say about a request, by the bindings of their policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from ...cel import CostExceeded, EvaluationError
from ...objects import admissionregistration as registration
from ..inner import dumped
from ..policies.names import evaluated
from ..policies.plans import Invocation, invocations, refused, resulted
from ..request import Desk, Request

LONGEST_MESSAGE = 5 * 1024
LONGEST_NOTE = 10 * 1024
FAILURE = "validation.policy.admission.k8s.io/validation_failure"
"""The key of what is noted of the first denial."""


@attrs.frozen
class Denial:
    """Why a policy says no."""

    message: str
    reason: str = ""
    failed: bool = False
    """Whether that is because it could not be asked; then every binding denies, whatever its actions are."""
    index: int = 0
    """Which of its expressions it is that is not true."""


def judge(request: Request, desk: Desk) -> None:
    """Ask all policies with a binding; raises what the first of them says that says no."""
    refusal: Exception | None = None
    policies = registration.ValidatingAdmissionPolicy
    notes: dict[str, dict[str, None]] = {}
    for each in invocations(request, desk, policies, registration.ValidatingAdmissionPolicyBinding):
        policy, binding = each.policy.metadata.name, each.binding_name
        whose = f"ValidatingAdmissionPolicy '{policy}'" + (f" with binding '{binding}'" if binding else "")
        for denial in _denials(each, desk, notes):
            actions = each.binding.spec.validation_actions if each.binding is not None else ()
            if "Warn" in actions and request.warn is not None and not denial.failed:
                request.warn(f"Validation failed for {whose}: {denial.message}")
            if "Audit" in actions and not denial.failed and request.note is not None:
                request.note(FAILURE, _noted(denial, policy, binding, actions))
            if refusal is None and ("Deny" in actions or denial.failed):
                refusal = refused(request, f"{whose} denied request: {denial.message}", denial.reason or "Invalid")
    if request.note is not None:
        for key, texts in notes.items():
            request.note(key, ", ".join(texts))
    if refusal is not None:
        raise refusal


def _noted(denial: Denial, policy: str, binding: str, actions: Sequence[str]) -> str:
    """What is noted of a denial for an audit."""
    failure = {
        "message": denial.message,
        "policy": policy,
        "binding": binding,
        "expressionIndex": denial.index,
        "validationActions": list(actions),
    }
    return dumped([failure])


def _denials(each: Invocation, desk: Desk, notes: dict[str, dict[str, None]]) -> Iterator[Denial]:
    """Why a policy says no, by one of its bindings; a failure counts only where it is to.

    What it wants noted for an audit is added to `notes`, by key, each text once.
    """
    fails = each.policy.spec.failure_policy != "Ignore"
    if each.problem:
        if fails:
            yield Denial(each.problem, failed=True)
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
    yield from _annotated(each, names, fails, notes)


def _judged(each: Invocation, names: Mapping[str, Any], fails: bool) -> Iterator[Denial]:
    """What the validations of a policy say."""
    plan, validations = each.plan, each.policy.spec.validations
    rows = zip(plan.expressions, validations, plan.messages, strict=True)
    for index, ((text, program), validation, message) in enumerate(rows):
        try:
            if evaluated(program, names) is not True:
                yield Denial(_message(validation, message, names), validation.reason or "", index=index)
        except EvaluationError as problem:
            if fails:
                yield Denial(resulted(text, problem), index=index)
            if isinstance(problem, CostExceeded):
                return


def _annotated(
    each: Invocation, names: Mapping[str, Any], fails: bool, notes: dict[str, dict[str, None]]
) -> Iterator[Denial]:
    """Add what the audit annotations of a policy say, which can fail."""
    for (text, program), annotation in zip(each.plan.notes, each.policy.spec.audit_annotations, strict=True):
        try:
            value = evaluated(program, names)
        except EvaluationError as problem:
            if fails:
                yield Denial(resulted(text, problem), failed=True)
            continue
        if isinstance(value, str) and value.strip():
            key = f"{each.policy.metadata.name}/{annotation.key}"
            notes.setdefault(key, {})[value.strip()[:LONGEST_NOTE]] = None


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
