"""Webhooks that Python functions answer: how one is found, asked and understood."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from ... import errors
from ..calling import CallFailed, posted, url_of
from ..request import Desk
from .matching import Sight
from .names import described, document

Answerer = Callable[[dict[str, Any]], Any]
"""Gets an AdmissionReview and gives one back, or less: see `Answer.of`."""

VERSION = "admission.k8s.io/v1"


@attrs.frozen
class Webhook:
    """Who answers at a service or URL, and how many seconds of virtual time that takes."""

    answer: Answerer
    seconds: float = 0.0


@attrs.frozen
class Answer:
    """What a webhook says: whether it lets the request pass, what it changes, and what it warns of."""

    allowed: bool
    status: Mapping[str, Any] = attrs.field(factory=dict)
    patch: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    notes: Mapping[str, str] = attrs.field(factory=dict)
    """What it wants noted for an audit."""

    @classmethod
    def of(cls, given: Any, uid: str) -> Answer:
        """Read what a function gave. Raises CallFailed.

        That is an AdmissionReview, its response, a list of patch operations, a text that says why not, or whether the
        request may pass (nothing means that it may).
        """
        if given is None or isinstance(given, bool):
            return cls(given is not False)
        if isinstance(given, str):
            return cls(False, {"message": given})
        if isinstance(given, list | tuple):
            return cls(True, patch=tuple(given))
        if not isinstance(given, Mapping):
            raise CallFailed(
                f"expected webhook response of {VERSION}, Kind=AdmissionReview, got {type(given).__name__}"
            )
        response = given.get("response") if "response" in given or "apiVersion" in given else given
        if not isinstance(response, Mapping):
            raise CallFailed("webhook response was absent")
        if response.get("uid", uid) != uid:
            raise CallFailed(f'expected response.uid="{uid}", got "{response.get("uid")}"')
        allowed = bool(response.get("allowed", False))
        patch = _operations(response) if allowed else ()
        notes = response.get("auditAnnotations") or {}
        return cls(allowed, response.get("status") or {}, patch, tuple(response.get("warnings") or ()), notes)


def _operations(response: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The operations of a patch, which travel as base64 of JSON. Raises CallFailed."""
    patch, kind = response.get("patch"), response.get("patchType")
    if not patch:
        if kind:
            raise CallFailed("webhook returned response.patchType but not response.patch")
        return ()
    if isinstance(patch, list | tuple):
        return tuple(patch)
    if kind is None:
        raise CallFailed("webhook returned response.patch but not response.patchType")
    if kind != "JSONPatch":
        raise CallFailed(f'webhook returned invalid response.patchType of "{kind}"')
    try:
        found = json.loads(base64.b64decode(patch))
    except (ValueError, binascii.Error) as problem:
        raise CallFailed(f"could not read response.patch: {problem}") from None
    return tuple(found or ())


def asked(hook: Any, sight: Sight, desk: Desk, which: str) -> Answer:
    """What a webhook says about a request. Raises CallFailed if it cannot be asked or understood.

    `which` of the calls within the request it is, has an id of its own.
    """
    request = sight.request
    where = (request.resource.name, request.namespace or "", sight.name)
    before = sight.old.metadata.resource_version if sight.old is not None else ""
    uid = desk.entropy.uid("review", hook.name, which, *where, before, *desk.occasion(request, f"reviews/{hook.name}"))
    review = {
        "kind": "AdmissionReview",
        "apiVersion": VERSION,
        "request": {
            "uid": uid,
            **described(sight),
            "object": document(sight.row, sight.obj, sight.kind),
            "oldObject": document(sight.row, sight.old, sight.kind),
        },
    }
    return Answer.of(_told(hook, review, desk), uid)


def _told(hook: Any, review: dict[str, Any], desk: Desk) -> Any:
    """What a function, or else a server in the cluster, answers to a review. Raises CallFailed if nobody does."""
    client, timeout = hook.client_config, hook.timeout_seconds or 10
    service = client.service
    where = client.url if service is None else f"{service.name}/{service.namespace}/{service.path or ''}"
    found = desk.webhooks.get(target(where))
    try:
        if found is None:
            return posted(client, timeout, review, desk)
        if found.seconds > timeout:
            raise CallFailed(f'Post "{url_of(client, timeout)}": context deadline exceeded')
    except CallFailed as problem:
        raise CallFailed(f"failed to call webhook: {problem}") from None
    return found.answer(review)


def target(text: str) -> str:
    """A URL, or a service as `name/namespace/path`, in one form."""
    if "://" in text:
        return text.rstrip("/")
    parts = [part for part in text.split("/") if part]
    if len(parts) < 2:
        raise errors.UsageError(f'a webhook is at "https://..." or "service/namespace/path", not {text!r}')
    return "/".join(parts)


def refusal(name: str, answer: Answer) -> errors.ApiError:
    """The refusal of a webhook: its own status, with who says so before its message."""
    status = dict(answer.status)
    said = status.get("message") or status.get("reason")
    start = f'admission webhook "{name}" denied the request'
    message = f"{start}: {said}" if said else f"{start} without explanation"
    code = max(int(status.get("code") or 0), 400)
    found = _CLASSES.get(code, errors.BadRequest)(message, code=code, reason=status.get("reason") or "")
    if status.get("details"):
        found.status["details"] = status["details"]
    return found


_CLASSES: dict[int, type[errors.ApiError]] = {
    cls.code: cls
    for cls in (
        errors.BadRequest,
        errors.Forbidden,
        errors.NotFound,
        errors.Conflict,
        errors.RequestEntityTooLarge,
        errors.Invalid,
        errors.TooManyRequests,
        errors.InternalError,
        errors.ServiceUnavailable,
    )
}
