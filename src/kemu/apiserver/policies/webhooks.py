"""Webhooks that Python functions answer: how one is found, asked and understood."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs

from ... import errors
from ...objects import core, discovery
from ...values.durations import format_duration
from ...wellknown import SERVICE_NAME
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


class CallFailed(Exception):
    """A webhook could not be asked, or its answer makes no sense; the text says why."""


@attrs.frozen
class Answer:
    """What a webhook says: whether it lets the request pass, what it changes, and what it warns of."""

    allowed: bool
    status: Mapping[str, Any] = attrs.field(factory=dict)
    patch: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()

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
        return cls(allowed, response.get("status") or {}, patch, tuple(response.get("warnings") or ()))


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


def asked(hook: Any, sight: Sight, desk: Desk) -> Answer:
    """What a webhook says about a request. Raises CallFailed if it cannot be asked or understood."""
    found, url = _found(hook, desk)
    timeout = hook.timeout_seconds or 10
    if found.seconds > timeout:
        raise CallFailed(f'failed to call webhook: Post "{url}": context deadline exceeded')
    request = sight.request
    where = (request.resource.name, request.namespace or "", sight.name)
    before = sight.old.metadata.resource_version if sight.old is not None else ""
    uid = desk.entropy.uid("review", hook.name, *where, before, *desk.occasion(request, f"reviews/{hook.name}"))
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
    return Answer.of(found.answer(review), uid)


def _found(hook: Any, desk: Desk) -> tuple[Webhook, str]:
    """Who answers for a webhook, and the URL at which it is asked. Raises CallFailed if nobody does."""
    client = hook.client_config
    timeout = f"timeout={format_duration(hook.timeout_seconds or 10)}"
    if client.service is None:
        url = f"{client.url}?{timeout}"
        found = desk.webhooks.get(target(client.url))
        why = f"dial tcp: lookup {urlsplit(client.url).hostname}: no such host"
    else:
        service = client.service
        host = f"{service.name}.{service.namespace}.svc"
        url = f"https://{host}:{service.port or 443}{service.path or '/'}?{timeout}"
        found = desk.webhooks.get(target(f"{service.name}/{service.namespace}/{service.path or ''}"))
        why = _unreachable(service, desk) if found is None else ""
    if found is None:
        raise CallFailed(f'failed to call webhook: Post "{url}": {why}')
    return found, url


def _unreachable(service: Any, desk: Desk) -> str:
    """Why nobody answers at a service, as far as the cluster knows."""
    known: Any = desk.find(core.Service, service.namespace, service.name)
    if known is None:
        return f'service "{service.name}" not found'
    slices = [
        each
        for each in desk.list(discovery.EndpointSlice, service.namespace)
        if each.metadata.labels.get(SERVICE_NAME) == service.name
    ]
    if not any(point.conditions.ready is not False for each in slices for point in each.endpoints):
        return f'no endpoints available for service "{service.name}"'
    return f"dial tcp {known.spec.cluster_ip}:{service.port or 443}: connect: connection refused"


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
