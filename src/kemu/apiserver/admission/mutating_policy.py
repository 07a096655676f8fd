"""What the expressions of mutating admission policies make of an object before it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ... import errors
from ...cel import EvaluationError
from ...objects import admissionregistration as registration
from ...objects import codec
from .. import apply, failures, patch
from ..defaults import with_defaults
from ..policies.expressions import Made
from ..policies.matching import Sight
from ..policies.names import document, evaluated
from ..policies.plans import Invocation, invocations, mutation_text, resulted
from ..request import Desk, Request
from ..schema_check import mistakes
from .base import Round

NAME = "MutatingAdmissionPolicy"


def change(request: Request, desk: Desk, turn: Round) -> Any:
    """The object as all policies with a binding change it, one after the other. Raises Forbidden if one fails."""
    problems: list[tuple[str, str]] = []
    policies = registration.MutatingAdmissionPolicy
    for each in invocations(request, desk, policies, registration.MutatingAdmissionPolicyBinding):
        spec, key = each.policy.spec, (NAME, each.policy.metadata.name, each.binding_name)
        if not turn.passes(key, spec.reinvocation_policy == "IfNeeded", request.obj):
            continue
        now = attrs.evolve(each, sight=attrs.evolve(each.sight, obj=request.obj, request=request))
        obj, problem, reason = _changed(now, desk)
        obj = with_defaults(request.resource.kind.settled(obj), request.obj)
        request = request.with_obj(obj)
        turn.outputs[key] = obj
        if problem and spec.failure_policy != "Ignore":
            whose = f'policy "{each.policy.metadata.name}"'
            if each.binding is not None:
                whose = f"policy '{each.policy.metadata.name}' with binding '{each.binding_name}'"
            problems.append((f"{whose} denied request: {problem}", reason))
    if problems:
        raise _refused(request, problems)
    return request.obj


def _refused(request: Request, problems: list[tuple[str, str]]) -> errors.Forbidden:
    """A 403 that tells the first problem, and all of them as causes."""
    name = request.name or request.obj.metadata.name or ""
    refusal = failures.forbidden(request.resource.kind, name, "")
    message, reason = problems[0]
    status = refusal.status
    refusal.message = status["message"] = message
    if reason:
        status["reason"] = reason
    status["details"]["causes"] = [{"message": text} for text, _ in problems]
    return refusal


def _changed(each: Invocation, desk: Desk) -> tuple[Any, str, str]:
    """The object as a policy changes it, and what went wrong: a text, and the reason of the refusal."""
    sight = each.sight
    if each.problem:
        return sight.obj, each.problem, ""
    try:
        if not each.applies(each.names(desk)):
            return sight.obj, "", ""
    except EvaluationError as failure:
        return sight.obj, str(failure), "Invalid"
    problem = ""
    for mutation in each.policy.spec.mutations:
        now = attrs.evolve(each, sight=sight)
        text = mutation_text(mutation)
        program = dict(each.plan.expressions)[text]
        try:
            value = evaluated(program, now.names(desk))
        except EvaluationError as failure:
            problem = problem or resulted(text, failure)
            continue
        try:
            change = _patched if mutation.patch_type == "JSONPatch" else _applied
            sight = attrs.evolve(sight, obj=change(sight, value))
        except _Unfit as misfit:
            problem = problem or str(misfit)
    return sight.obj, problem, "Invalid" if problem else ""


class _Unfit(Exception):
    """What an expression gives does not fit the object."""


def _applied(sight: Sight, value: Any) -> Any:
    """The object with what an expression wrote down merged in, as server-side apply merges. Raises _Unfit."""
    if not isinstance(value, Made):
        raise _Unfit(f"unsupported return type from ApplyConfiguration expression: {type(value).__name__}")
    wrong = _misnamed(value, "Object")
    if wrong:
        raise _Unfit(f"type mismatch: {wrong}")
    kind, shape = sight.row.kind, sight.row.shape
    plain = {"apiVersion": kind.api_version, "kind": kind.kind, **_plain(value)}
    problems = [f"{path}: {text}" for path, text in mistakes(plain, shape)]
    if problems:
        shown = problems[0] if len(problems) == 1 else "errors:" + "".join(f"\n  {each}" for each in problems)
        raise _Unfit(f"error applying patch: failed to convert patch object to typed object: {shown}")
    live = document(sight.row, sight.obj)
    return codec.sharing(_decoded(sight, apply.merge(live, plain, shape)), sight.obj)


def _patched(sight: Sight, value: Any) -> Any:
    """The object with a JSON patch applied; one whose test fails changes nothing. Raises _Unfit."""
    operations = []
    for each in value:
        if not isinstance(each, Made) or each.name != "JSONPatch":
            text = "type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch"
            raise _Unfit(f"{text}, got element of {type(each).__name__}")
        operations.append({name: _plain(item) for name, item in each.items()})
    before = document(sight.row, sight.obj)
    try:
        after = patch.json_patch(before, operations)
    except patch.TestFailed:
        return sight.obj
    except patch.PatchFailed as problem:
        raise _Unfit(f"JSON Patch: {problem}") from None
    return codec.sharing(_decoded(sight, after), sight.obj)


def _decoded(sight: Sight, found: Any) -> Any:
    try:
        return sight.row.kind.decode(found, field_validation="Strict")
    except codec.DecodeError as problem:
        raise failures.internal_error(str(problem)) from None


def _plain(value: Any) -> Any:
    """What an expression gives as JSON."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _misnamed(value: Any, wanted: str) -> str:
    """What is wrong with the names of the types in an object: each is named by the path to it."""
    if isinstance(value, Made) and value.name != wanted:
        end = "which matches field name path from root Object type"
        return f'unexpected type name "{value.name}", expected "{wanted}", {end}'
    if isinstance(value, Mapping):
        below = {key: f"{wanted}.{key}" if isinstance(value, Made) else wanted for key in value}
        texts = [_misnamed(item, below[key]) for key, item in value.items()]
    elif isinstance(value, list | tuple):
        texts = [_misnamed(item, wanted) for item in value]
    else:
        texts = []
    return next(filter(None, texts), "")
