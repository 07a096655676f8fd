"""Admission policies as they are run: their programs, and which of their bindings are about a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import attrs

from ...cel import EvaluationError, ObjectType, Program, list_of
from ...objects import admissionregistration as registration
from ...values.selectors import selector_of
from .. import failures
from ..request import Desk, Request
from .expressions import OBJECT, PATCH, Scope, compiled, variables_of
from .matching import Sight, exempt, meets, sight_of
from .names import Held, document, evaluated, names_of

APPLIED = ObjectType(OBJECT, {}).type
PATCHES = list_of(PATCH.type)


@attrs.frozen(eq=False)
class Plan:
    """The programs of one policy."""

    conditions: tuple[tuple[str, Program | str], ...]
    variables: Mapping[str, Program | str]
    expressions: tuple[tuple[str, Program | str], ...]
    """Of a validating policy its validations, of a mutating one its mutations."""
    messages: tuple[Program | str | None, ...]
    """Of each validation its messageExpression."""
    notes: tuple[tuple[str, Program | str], ...]
    """Of a validating policy its audit annotations."""


@lru_cache(maxsize=512)
def plan_of(spec: Any) -> Plan:
    """The plan of a policy, made once for all with the same specification."""
    params = spec.param_kind is not None
    mutating = isinstance(spec, registration.MutatingAdmissionPolicySpec)
    scope = Scope(params=params, patches=mutating)
    programs, inner = variables_of(spec.variables, scope)
    bare = attrs.evolve(inner, authorizer=False)
    if mutating:
        texts = tuple(mutation_text(each) for each in spec.mutations)
        messages: tuple[Program | str | None, ...] = ()
        notes: tuple[tuple[str, Program | str], ...] = ()
    else:
        texts = tuple(each.expression for each in spec.validations)
        said = [each.message_expression for each in spec.validations]
        messages = tuple(compiled(text, bare) if text else None for text in said)
        notes = tuple((each.value_expression, compiled(each.value_expression, bare)) for each in spec.audit_annotations)
    return Plan(
        tuple((each.expression, compiled(each.expression, scope)) for each in spec.match_conditions),
        programs,
        tuple((text, compiled(text, inner)) for text in texts),
        messages,
        notes,
    )


def mutation_text(mutation: Any) -> str:
    """The expression of a mutation."""
    held = mutation.json_patch if mutation.patch_type == "JSONPatch" else mutation.apply_configuration
    return (held.expression or "") if held is not None else ""


@attrs.frozen(eq=False)
class Invocation:
    """One policy, by one of its bindings, with one parameter, about a request as they see it. `problem` says why it
    cannot be asked."""

    policy: Any
    binding: Any
    """None if the policy cannot be asked by any."""
    sight: Sight
    params: Any = None
    problem: str = ""

    @property
    def binding_name(self) -> str:
        """The name of the binding, or of none."""
        return self.binding.metadata.name or "" if self.binding is not None else ""

    @property
    def plan(self) -> Plan:
        """The programs of the policy."""
        return plan_of(self.policy.spec)

    def names(self, desk: Desk) -> dict[str, Any]:
        """What the names in its expressions stand for."""
        names = names_of(self.sight, desk, self.params)
        names["variables"] = Held(self.plan.variables, names)
        return names

    def applies(self, names: Mapping[str, Any]) -> bool:
        """Whether all match conditions are true. Raises EvaluationError if one fails and none is false."""
        return conditions_hold(self.plan.conditions, names)


def conditions_hold(conditions: Iterable[tuple[str, Program | str]], names: Mapping[str, Any]) -> bool:
    """Whether all conditions are true. Raises EvaluationError if some fail and none is false."""
    problems = []
    for text, program in conditions:
        try:
            if evaluated(program, names) is not True:
                return False
        except EvaluationError as problem:
            problems.append(resulted(text, problem))
    if problems:
        unique = list(dict.fromkeys(problems))
        raise EvaluationError(unique[0] if len(unique) == 1 else f"[{', '.join(unique)}]")
    return True


def resulted(text: str, problem: Exception) -> str:
    """What is told of an expression that fails."""
    return f"expression '{text}' resulted in error: {problem}"


def invocations(request: Request, desk: Desk, policies: Any, bindings: Any) -> Iterator[Invocation]:
    """The policies of a kind that are about a request, by their bindings, in the order of their names."""
    if exempt(request):
        return
    sight = sight_of(request)
    by_policy: dict[str, list[Any]] = {}
    for binding in desk.list(bindings):
        by_policy.setdefault(binding.spec.policy_name or "", []).append(binding)
    for policy in desk.list(policies):
        bound = by_policy.get(policy.metadata.name)
        seen = meets(policy.spec.match_constraints, sight, desk) if bound else None
        unknown = _unknown_kind(policy.spec.param_kind, desk) if seen is not None else ""
        if unknown:
            text = f"failed to configure policy: failed to find resource referenced by paramKind: '{unknown}'"
            yield Invocation(policy, None, sight, problem=text)
            continue
        for binding in bound or () if seen is not None else ():
            if meets(binding.spec.match_resources, sight, desk) is not None:
                yield from _with_params(policy, binding, seen, desk)


def _unknown_kind(kind: Any, desk: Desk) -> str:
    """The kind of a policy's parameters, if there is none such."""
    if kind is None or desk.row_of_kind(kind.api_version or "", kind.kind or "") is not None:
        return ""
    group, _, version = (kind.api_version or "").rpartition("/")
    return f"{group}/{version}, Kind={kind.kind}"


def _with_params(policy: Any, binding: Any, sight: Any, desk: Desk) -> Iterator[Invocation]:
    """One invocation for every parameter; one with a problem if there is something wrong with them."""
    kind, reference = policy.spec.param_kind, binding.spec.param_ref
    if kind is None or reference is None:
        yield Invocation(policy, binding, sight)
        return
    row = desk.row_of_kind(kind.api_version or "", kind.kind or "")
    assert row is not None
    found, why = _params(row, reference, sight, desk)
    if not found and not why and reference.parameter_not_found_action == "Deny":
        why = "no params found for policy binding with `Deny` parameterNotFoundAction"
    if why:
        yield Invocation(policy, binding, sight, problem=f"failed to configure binding: {why}")
    for each in found:
        yield Invocation(policy, binding, sight, document(row, each))


def _params(row: Any, reference: Any, sight: Sight, desk: Desk) -> tuple[list[Any], str]:
    """The parameters that a binding names or selects, and what is wrong with how it does."""
    namespace = None
    if row.namespaced:
        namespace = reference.namespace or (sight.namespace if sight.scoped else "")
        if not namespace:
            return [], "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
    elif reference.namespace:
        return [], "paramRef.namespace must not be provided for a cluster-scoped `paramKind`"
    if reference.name:
        found = desk.find(row, namespace, reference.name)
        return [found] if found is not None else [], ""
    if reference.selector is None:
        return [], "one of name or selector must be provided"
    selector = selector_of(reference.selector)
    return [each for each in desk.list(row, namespace) if selector.matches(each.metadata.labels)], ""


def refused(request: Request, message: str, reason: str) -> Exception:
    """The refusal of a policy: a 403 in form, with the code of its reason."""
    return failures.denied(request.resource.kind, request.name or _name(request), message, reason)


def _name(request: Request) -> str:
    obj = request.obj if request.obj is not None else request.old
    return obj.metadata.name or ""
