"""What webhooks make of a request, and say about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from ... import errors
from ...cel import EvaluationError
from ...objects import admissionregistration as registration
from ...objects import codec
from .. import failures, patch
from ..audit import PATCHES
from ..calling import CallFailed
from ..defaults import with_defaults
from ..inner import dumped
from ..policies.expressions import Scope, compiled
from ..policies.matching import Sight, exempt, seen_by, selects_namespace, selects_object, sight_of
from ..policies.names import document, names_of
from ..policies.plans import conditions_hold
from ..policies.webhooks import Answer, asked, refusal
from ..request import Desk, Request
from .base import Round

MUTATION, VALIDATION = "mutation.webhook.admission.k8s.io/", "validating.webhook.admission.k8s.io/"
"""How the keys begin of what is noted of webhooks."""

HARMLESS = ("None", "NoneOnDryRun")


def change(request: Request, desk: Desk, turn: Round) -> Any:
    """The object as all mutating webhooks change it, one after the other. Raises what the first of them refuses."""
    for index, (configuration, hook) in enumerate(_hooks(registration.MutatingWebhookConfiguration, desk)):
        key = ("webhook", configuration, hook.name)
        sight = _meant(hook, request, desk)
        if sight is None or not turn.passes(key, hook.reinvocation_policy == "IfNeeded", request.obj):
            continue
        which = f"{MUTATION}round_{int(turn.again)}_index_{index}"
        answer = _answer(hook, sight, desk, which)
        before, about = request.obj, {"configuration": configuration, "webhook": hook.name}
        if answer is not None and answer.patch:
            request = request.with_obj(_patched(hook, sight, answer, request))
            if request.note is not None:
                said = {**about, "patch": answer.patch, "patchType": "JSONPatch"}
                request.note(which.replace(MUTATION, PATCHES), dumped(said))
        if request.note is not None:
            request.note(which, dumped({**about, "mutated": request.obj != before}))
        turn.outputs[key] = request.obj
    return request.obj


def judge(request: Request, desk: Desk) -> None:
    """Ask all validating webhooks; raises what the first of them refuses."""
    problem: errors.ApiError | None = None
    sights = [
        (hook, _meant(hook, request, desk)) for _, hook in _hooks(registration.ValidatingWebhookConfiguration, desk)
    ]
    meant = [(hook, sight) for hook, sight in sights if sight is not None]
    for index, (hook, sight) in enumerate(meant):
        try:
            _answer(hook, sight, desk, f"{VALIDATION}round_0_index_{index}")
        except errors.ApiError as refused:
            problem = problem or refused
    if problem is not None:
        raise problem


def _hooks(kind: Any, desk: Desk) -> Iterator[tuple[str, Any]]:
    """All webhooks of a kind, by the names of their configurations."""
    for configuration in desk.list(kind):
        for hook in configuration.webhooks:
            yield configuration.metadata.name, hook


def _meant(hook: Any, request: Request, desk: Desk) -> Sight | None:
    """A request as a webhook sees it; None if it is not to be asked. Raises Forbidden if its conditions fail."""
    if exempt(request):
        return None
    sight = sight_of(request)
    seen = seen_by(hook.rules, hook.match_policy, sight, desk)
    if seen is None or not selects_object(hook.object_selector, sight):
        return None
    if not selects_namespace(hook.namespace_selector, sight, desk):
        return None
    if hook.match_conditions:
        scope = Scope()
        programs = [(each.expression, compiled(each.expression, scope)) for each in hook.match_conditions]
        try:
            if not conditions_hold(programs, names_of(seen, desk, None)):
                return None
        except EvaluationError as problem:
            if hook.failure_policy == "Ignore":
                return None
            raise failures.forbidden(request.resource.kind, sight.name, str(problem)) from None
    return seen


def _answer(hook: Any, sight: Sight, desk: Desk, which: str) -> Answer | None:
    """What a webhook says; None if it fails and that is to be ignored. Raises what it refuses with.

    `which` of the webhooks it is, is noted for an audit if it fails, and beside that what it wants noted itself.
    """
    request = sight.request
    if getattr(request.options, "dry_run", False) and hook.side_effects not in HARMLESS:
        raise failures.bad_request(f'admission webhook "{hook.name}" does not support dry run')
    try:
        answer = asked(hook, sight, desk, which)
    except CallFailed as problem:
        if hook.failure_policy == "Ignore":
            if request.note is not None:
                request.note(f"failed-open.{which}", hook.name)
            return None
        raise failures.internal_error(f'failed calling webhook "{hook.name}": {problem}') from None
    if request.warn is not None:
        for text in answer.warnings:
            request.warn(text)
    if request.note is not None:
        for key, text in answer.notes.items():
            request.note(f"{hook.name}/{key}", text)
    if not answer.allowed:
        raise refusal(hook.name, answer)
    return answer


def _patched(hook: Any, sight: Sight, answer: Answer, request: Request) -> Any:
    """The object with the patch of a webhook applied and its defaults, in the version in which the request was made."""
    if sight.obj is None:
        text = f'admission webhook "{hook.name}" attempted to modify the object'
        raise failures.internal_error(f"{text}, which is not supported for this operation")
    try:
        found = patch.json_patch(document(sight.row, sight.obj, sight.kind), answer.patch)
        obj = sight.row.kind.decode(found, field_validation="Ignore")
    except (patch.PatchFailed, codec.DecodeError) as problem:
        raise failures.internal_error(str(problem)) from None
    obj = codec.sharing(obj, sight.obj)
    obj = attrs.evolve(sight, obj=obj, old=None).through(request.resource).obj
    return with_defaults(request.resource.kind.settled(obj), request.obj)
