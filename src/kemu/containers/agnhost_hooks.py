"""The webhooks of the conformance suite's image: what `webhook` and `crd-conversion-webhook` say of a review.

Pure functions of the request in a review, by path, which also say how long the answer takes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from math import inf
from typing import Any

import attrs

Json = dict[str, Any]

UNWANTED = "webhook-e2e-test"
"""The label, or key of data, by which something asks to be refused."""


@attrs.frozen
class Verdict:
    """What a hook says, and how many seconds it takes to."""

    response: Json
    seconds: float = 0.0


Hook = Callable[[Json, Mapping[str, str]], Verdict]
"""Gets the request of a review and the options of the command line."""


def _allowed(**more: Any) -> Verdict:
    return Verdict({"allowed": True, **more})


def _denied(**status: Any) -> Verdict:
    return Verdict({"allowed": False, "status": {"metadata": {}, **status}})


def _patch(*operations: Json) -> Verdict:
    text = json.dumps(operations).encode()
    return _allowed(patch=base64.b64encode(text).decode(), patchType="JSONPatch")


def _written(request: Json) -> Json:
    """The object of a request; of a deletion the one that there was."""
    found: Json = request.get("oldObject" if request["operation"] == "DELETE" else "object") or {}
    return found


def _labels(request: Json) -> Mapping[str, str]:
    return _written(request).get("metadata", {}).get("labels") or {}


def _slow(request: Json, flags: Mapping[str, str]) -> Verdict:
    return Verdict({"allowed": True, "status": {"metadata": {}, "message": "this webhook allows all requests"}}, 5.0)


def _never(request: Json, flags: Mapping[str, str]) -> Verdict:
    return _denied(message="this webhook denies all requests")


def _label(request: Json, flags: Mapping[str, str]) -> Verdict:
    labels = _labels(request)
    if not labels:
        return _patch({"op": "add", "path": "/metadata/labels", "value": {"added-label": "yes"}})
    if labels.get("added-label") == "yes":
        return _allowed()
    verb = "replace" if "added-label" in labels else "add"
    return _patch({"op": verb, "path": "/metadata/labels/added-label", "value": "yes"})


def _pods(request: Json, flags: Mapping[str, str]) -> Verdict:
    label, complaints = _labels(request).get(UNWANTED), list[str]()
    if label == "webhook-disallow":
        complaints.append("the pod contains unwanted label;")
    for container in _written(request).get("spec", {}).get("containers", ()):
        if "webhook-disallow" in container["name"]:
            complaints.append("the pod contains unwanted container name;")
    if label == "wait-forever":
        return Verdict({}, inf)
    return _denied(message=" ".join(complaints)) if complaints else _allowed()


def _attaching(request: Json, flags: Mapping[str, str]) -> Verdict:
    options = _written(request)
    if request.get("name") != "to-be-attached-pod" or not options.get("stdin"):
        return _allowed()
    if options.get("container") != "container1":
        return _allowed()
    return _denied(message="attaching to pod 'to-be-attached-pod' is not allowed")


def _mutating_pods(request: Json, flags: Mapping[str, str]) -> Verdict:
    pod, name = _written(request), "webhook-added-init-container"
    known = [each["name"] for each in pod.get("spec", {}).get("initContainers", ())]
    if pod.get("metadata", {}).get("name") != "webhook-to-be-mutated" or name in known:
        return _allowed()
    added = {"image": "webhook-added-image", "name": name, "resources": {}}
    return _patch({"op": "add", "path": "/spec/initContainers", "value": [added]})


def _sidecars(request: Json, flags: Mapping[str, str]) -> Verdict:
    image, name = flags.get("sidecar-image", ""), "webhook-added-sidecar"
    if not image:
        return _denied(status="Failure", message="No image specified by the sidecar-image parameter", code=500)
    if any(each["name"] == name for each in _written(request).get("spec", {}).get("containers", ())):
        return _allowed()
    added = {"image": image, "name": name, "resources": {}}
    return _patch({"op": "add", "path": "/spec/containers/-", "value": added})


def _judged(what: str, why: str) -> Hook:
    """Judge the data of an object: there is a value that none may have, and one with which none may be deleted."""

    def judge(request: Json, flags: Mapping[str, str]) -> Verdict:
        value, operation = (_written(request).get("data") or {}).get(UNWANTED), request["operation"]
        if value == "webhook-disallow" and operation in ("CREATE", "UPDATE"):
            return _denied(reason=f"the {what} contains unwanted {why}")
        if value == "webhook-nondeletable" and operation == "DELETE":
            return _denied(reason=f"the {what} cannot be deleted because it contains unwanted key and value")
        return _allowed()

    return judge


def _staged(request: Json, flags: Mapping[str, str]) -> Verdict:
    """Take the data of an object one stage further."""
    data = _written(request).get("data") or {}
    for stage, before in ((2, "mutation-stage-1"), (1, "mutation-start")):
        if data.get(before) == "yes":
            return _patch({"op": "add", "path": f"/data/mutation-stage-{stage}", "value": "yes"})
    return _allowed()


def _definitions(request: Json, flags: Mapping[str, str]) -> Verdict:
    if _labels(request).get(UNWANTED) == "webhook-disallow":
        return _denied(message="the crd contains unwanted label")
    return _allowed()


HOOKS: Mapping[str, Hook] = {
    "/add-label": _label,
    "/always-allow-delay-5s": _slow,
    "/always-deny": _never,
    "/configmaps": _judged("configmap", "key and value"),
    "/crd": _definitions,
    "/custom-resource": _judged("custom resource", "data"),
    "/mutating-configmaps": _staged,
    "/mutating-custom-resource": _staged,
    "/mutating-pods": _mutating_pods,
    "/mutating-pods-sidecar": _sidecars,
    "/pods": _pods,
    "/pods/attach": _attaching,
}
"""What `webhook` says of an AdmissionReview, by path."""


def admitted(path: str, body: str, flags: Mapping[str, str]) -> tuple[str, float] | None:
    """The answer of `webhook` to an AdmissionReview, and its seconds; None for a path where it has none."""
    hook = HOOKS.get(path)
    if hook is None:
        return None
    review = json.loads(body)
    verdict = hook(review["request"], flags)
    response = {"uid": review["request"]["uid"], **verdict.response}
    return _answer(review, response), verdict.seconds


def _answer(review: Json, response: Json) -> str:
    return json.dumps({"kind": review["kind"], "apiVersion": review["apiVersion"], "response": response})


class _Inconvertible(Exception):
    """An object that the example cannot convert; the text says why."""


def converted(body: str) -> str:
    """The answer of `crd-conversion-webhook` to a ConversionReview: objects have a `hostPort`, or a host and a port."""
    review = json.loads(body)
    request = review["request"]
    found: Json = {"uid": request["uid"]}
    try:
        objects = [_converted(each, request["desiredAPIVersion"]) for each in request["objects"]]
        found |= {"convertedObjects": objects, "result": {"metadata": {}, "status": "Success"}}
    except _Inconvertible as problem:
        found |= {
            "convertedObjects": [],
            "result": {"metadata": {}, "status": "Failure", "message": str(problem)},
        }
    return _answer(review, found)


V1, V2 = "stable.example.com/v1", "stable.example.com/v2"


def _converted(obj: Json, wanted: str) -> Json:
    was, made = obj["apiVersion"], {**obj, "apiVersion": wanted}
    if was == wanted:
        raise _Inconvertible(f"conversion from a version to itself should not call the webhook: {wanted}")
    if wanted not in (V1, V2) or was not in (V1, V2):
        raise _Inconvertible(f'unexpected conversion version "{wanted if was in (V1, V2) else was}"')
    if was == V1 and "hostPort" in obj:
        parts = str(made.pop("hostPort")).split(":")
        if len(parts) != 2:
            raise _Inconvertible(f"invalid hostPort value `{obj['hostPort']}`")
        made["host"], made["port"] = parts
    elif was == V2 and ("host" in obj or "port" in obj):
        made["hostPort"] = f"{made.pop('host', '')}:{made.pop('port', '')}"
    return made
