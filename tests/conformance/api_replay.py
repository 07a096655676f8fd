"""Replays recorded API conversations against a cluster, in process.

A case is a list of steps: a request, and the status, warnings and body that a real API server answered. Values that a
server chooses freely are placeholders such as `<uid:1>` or `<time>`; the same numbered placeholder is the same value
everywhere in a case. A step with `wait` is repeated, with virtual time passing, until it matches.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import yaml

import kemu

CONTROLLERS = ",".join(
    f"{name}-controller"
    for name in (
        "serviceaccount",
        "legacy-serviceaccount-token-cleaner",
        "serviceaccount-token",
        "garbage-collector",
        "namespace",
        "resourcequota",
        "clusterrole-aggregation",
        "persistentvolumeclaim-protection",
        "persistentvolume-protection",
        "volumeattributesclass-protection",
        "service-cidr",
        "validatingadmissionpolicy-status",
    )
)
"""What acted on the recorded server: no workload controllers, no scheduler, no kubelets."""

TOKENS = {"admintoken": ("admin", ["system:masters"]), "alicetoken": ("alice", ["dev"])}
PLACEHOLDER = re.compile(r"<(uid|rv|listrv|gen|ip|port|continue|token):\d+>|<(time|age|n|text)>")
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
SHAPES = {
    "uid": UUID,
    "rv": r"\d+",
    "listrv": r"\d+",
    "gen": "[a-z0-9]{5}",
    "ip": r"[0-9a-f.:]+",
    "port": r"\d+",
    "continue": r"\S+",
    "token": r"\S+",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z",
    "age": r"<unknown>|<invalid>|(?:\d+[smhdy])+",
    "n": r"-?\d+(?:\.\d+)?",
    "text": r".*?",
}
DISTINCT = ("uid", "rv", "gen", "ip", "port")
"""Placeholders of these kinds with different numbers stand for different values."""


class Bindings(dict[str, str]):
    """What the placeholders of a case stand for, as far as is known."""

    def filled(self, value: Any) -> Any:
        """A request with the values seen so far put in."""
        if isinstance(value, dict):
            return {self.filled(key): self.filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if not isinstance(value, str):
            return value
        if re.fullmatch(r"<port:\d+>", value) and value in self:
            return int(self[value])
        return PLACEHOLDER.sub(self._known, value)

    def _known(self, found: re.Match[str]) -> str:
        return self.get(found[0], "2020-01-01T00:00:00Z" if found[0] == "<time>" else found[0])

    def path(self, path: str) -> str:
        """A request's path with the values seen so far, quoted."""
        return PLACEHOLDER.sub(lambda found: quote(self._known(found), safe=""), path)

    def matches(self, expected: str, actual: str) -> bool:
        """Whether a text fits one with placeholders; binds those that are new."""
        pattern, last, new = "", 0, []
        for found in PLACEHOLDER.finditer(expected):
            pattern += re.escape(expected[last : found.start()])
            last = found.end()
            name = found[0]
            if name in self:
                pattern += re.escape(self[name])
            elif found[2]:
                pattern += f"(?:{SHAPES[found[2]]})"
            elif name in new:
                pattern += f"(?P=g{new.index(name)})"
            else:
                pattern += f"(?P<g{len(new)}>{SHAPES[found[1]]})"
                new.append(name)
        matched = re.fullmatch(pattern + re.escape(expected[last:]), actual, re.DOTALL)
        if matched is None:
            return False
        values = {name: matched[f"g{number}"] for number, name in enumerate(new)}
        for name, value in values.items():
            kind = name[1 : name.index(":")]
            if kind in DISTINCT and any(other.startswith(f"<{kind}:") and self[other] == value for other in self):
                return False
        self.update(values)
        return True


def differences(expected: Any, actual: Any, bindings: Bindings, where: str = "") -> Iterator[str]:
    """Every difference between a recorded and a seen value, as `path: expected X, got Y`."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        left = dict(actual)
        for key, value in expected.items():
            found = key if key in left else next((k for k in left if "<" in key and bindings.matches(key, k)), None)
            if found is None:
                yield f"{where}.{key}: missing, expected {_short(value)}"
            else:
                yield from differences(value, left.pop(found), bindings, f"{where}.{key}")
        yield from (f"{where}.{key}: unexpected {_short(value)}" for key, value in left.items())
    elif isinstance(expected, list) and isinstance(actual, list):
        for index, (one, other) in enumerate(zip(expected, actual, strict=False)):
            yield from differences(one, other, bindings, f"{where}[{index}]")
        if len(expected) != len(actual):
            yield f"{where}: expected {len(expected)} items, got {len(actual)}"
    elif isinstance(expected, str) and PLACEHOLDER.search(expected):
        text = actual if isinstance(actual, str) else json.dumps(actual)
        if not bindings.matches(expected, text):
            yield f"{where}: expected {_short(expected)}, got {_short(actual)}"
    elif expected != actual or isinstance(expected, bool) != isinstance(actual, bool):
        yield f"{where}: expected {_short(expected)}, got {_short(actual)}"


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 200 else text[:200] + "..."


def comparable(value: Any, managed: bool, key: str = "") -> Any:
    """A body without what has no fixed order or is prose: managedFields, causes of a conflict, descriptions, and the
    rules of somebody, which a real server gathers in any order."""
    if isinstance(value, list):
        if key in ("resourceRules", "nonResourceRules") and all("operations" not in rule for rule in value):
            value = sorted(value, key=lambda rule: json.dumps(rule, sort_keys=True))
        return [comparable(item, managed, key) for item in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for name, item in value.items():
        if name == "managedFields" and key == "metadata":
            if not managed:
                continue
            order = ("manager", "operation", "subresource", "apiVersion")
            item = sorted(item or [], key=lambda entry: tuple(entry.get(part, "") for part in order))
        if name == "description" and key == "columnDefinitions":
            continue
        if name == "causes" and value.get("kind") is None and isinstance(item, list):
            item = sorted(item, key=lambda cause: (cause.get("message", ""), cause.get("field", "")))
        result[name] = comparable(item, managed, name)
    return result


class World:
    """A fresh cluster that stands as the recorded server did."""

    def __init__(self) -> None:
        self.cluster = kemu.Cluster(nodes=0, scheduler=False, controllers=CONTROLLERS, tokens=TOKENS)

    def play(self, case: Mapping[str, Any]) -> list[str]:
        """The differences of the first step that does not match; empty if all do."""
        bindings = Bindings()
        for number, step in enumerate(case["steps"]):
            attempts = int((step.get("wait") or {}).get("timeout_seconds", 0)) + 1
            found: list[str] = []
            for _ in range(attempts):
                trial = Bindings(bindings)
                found = self._step(step, trial, bool(case.get("managed_fields")))
                if not found:
                    bindings = trial
                    break
                if attempts > 1:
                    self.cluster.advance(1)
            if found:
                return [f"step {number}: {step['method']} {step['path']}", *found]
        return []

    def _step(self, step: Mapping[str, Any], bindings: Bindings, managed: bool) -> list[str]:
        headers = {"Authorization": "Bearer admintoken", "User-Agent": "vectors", **(step.get("headers") or {})}
        body = bindings.filled(step.get("body"))
        data = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
        response = self.cluster.request(
            step["method"], bindings.path(step["path"]), headers=bindings.filled(headers), body=data
        )
        whole = response.body
        self.cluster.settle()
        if response.status != step["status"]:
            return [f"status: expected {step['status']}, got {response.status}: {whole[:300].decode(errors='replace')}"]
        found = []
        media = next((value for name, value in response.headers if name == "Content-Type"), "").partition(";")[0]
        if "response" in step:
            if media != step.get("content_type", "application/json") and whole:
                found.append(f"content type: expected {step.get('content_type')}, got {media}")
            actual = _decoded(whole, media, bool(step.get("stream")))
            found += differences(comparable(step["response"], managed), comparable(actual, managed), bindings)
        warnings = [value for name, value in response.headers if name == "Warning"]
        wanted = [f"299 - {json.dumps(text, ensure_ascii=False)}" for text in step.get("warnings") or ()]
        if warnings != wanted and "response" in step:
            found.append(f"warnings: expected {wanted}, got {warnings}")
        return found


def _decoded(body: bytes, media: str, stream: bool) -> Any:
    text = body.decode()
    if stream:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    if not body:
        return None
    if media == "application/yaml":
        return yaml.safe_load(text)
    return json.loads(text) if media.endswith("json") else text
