"""Scenario files: what happens to a cluster, and when, as YAML.

    apiVersion: kemu.dev/v1
    kind: Scenario
    spec:
      nodes: 3
      for: 3650s
      steps:
      - at: 10s
        apply: {apiVersion: v1, kind: Service, ...}

A step does exactly one thing at a moment of virtual time: `apply` (a manifest, a list of them, or the name of a file
beside the scenario), `delete` (`pod/web-0`), `scale` (`deployment/web` to `replicas`), `cordon`, `crash` or `boot` (a
node).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import jsonschema

from .errors import ManifestError
from .manifests import SUFFIXES, read_manifests
from .values.durations import parse_duration

if TYPE_CHECKING:
    from .cluster import Cluster

API_VERSION, KIND = "kemu.dev/v1", "Scenario"
ACTIONS = ("apply", "delete", "scale", "cordon", "crash", "boot")
DURATION = {"type": ["string", "number"]}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["apiVersion", "kind", "spec"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": API_VERSION},
        "kind": {"const": KIND},
        "metadata": {"type": "object"},
        "spec": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "nodes": {"type": "integer", "minimum": 0},
                "seed": {"type": "integer"},
                "namespace": {"type": "string"},
                "for": DURATION,
                "steps": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["at"],
                        "additionalProperties": False,
                        "minProperties": 2,
                        "properties": {
                            "at": DURATION,
                            "apply": {"type": ["string", "object", "array"]},
                            "delete": {"type": "string"},
                            "scale": {"type": "string"},
                            "replicas": {"type": "integer", "minimum": 0},
                            "cordon": {"type": "string"},
                            "crash": {"type": "string"},
                            "boot": {"type": "string"},
                        },
                    },
                },
            },
        },
    },
}


@attrs.frozen
class Step:
    """One thing to do at a moment (`at`, in seconds since the start): one of ACTIONS, and what it acts on."""

    at: float
    action: str
    value: Any
    replicas: int = 0

    def run(self, cluster: Cluster, namespace: str) -> str:
        """Do it; the answer says in a few words what was done."""
        if self.action == "apply":
            stored = cluster.apply(self.value, namespace=namespace)
            objects = stored if isinstance(stored, list) else [stored]
            return "applied " + ", ".join(f"{type(obj).kind.lower()}/{obj.metadata.name}" for obj in objects)
        if self.action == "delete":
            cluster.delete(self.value, namespace=namespace)
            return f"deleted {self.value}"
        if self.action == "scale":
            cluster.scale(self.value, self.replicas, namespace=namespace)
            return f"scaled {self.value} to {self.replicas}"
        if self.action == "cordon":
            cluster.cordon(self.value)
            return f"cordoned {self.value}"
        handle = cluster.node(self.value)
        if self.action == "crash":
            handle.crash()
        else:
            handle.boot()
        return f"{self.action} {self.value}"


@attrs.frozen
class Scenario:
    """What to start with, what to do when, and how long to go on (seconds; None: until nothing changes)."""

    manifests: tuple[Mapping[str, Any], ...]
    steps: tuple[Step, ...] = ()
    nodes: int = 3
    seed: int = 0
    namespace: str = "default"
    duration: float | None = None


def load_scenario(path: Path) -> Scenario:
    """Read a folder of manifests with at most one scenario among them, or a single file.

    Raises ManifestError, with the place, for what cannot be read or is no valid scenario.
    """
    if not path.exists():
        raise ManifestError(f'the path "{path}" does not exist')
    files = sorted(child for child in path.iterdir() if child.suffix in SUFFIXES) if path.is_dir() else [path]
    if not files:
        raise ManifestError(f"{path}: no {', '.join(SUFFIXES)} files in this folder")
    manifests: list[Mapping[str, Any]] = []
    found: tuple[Path, Mapping[str, Any]] | None = None
    for file in files:
        for document in read_manifests(file)[0]:
            if document.get("kind") != KIND:
                manifests.append(document)
            elif found is not None:
                raise ManifestError(f"{file}: a second scenario; the first is in {found[0]}")
            else:
                found = (file, document)
    if found is None:
        return Scenario(tuple(manifests))
    return _scenario(*found, tuple(manifests))


def _scenario(file: Path, document: Mapping[str, Any], manifests: tuple[Mapping[str, Any], ...]) -> Scenario:
    problem = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(SCHEMA).iter_errors(document))
    if problem is not None:
        where = ".".join(str(part) for part in problem.absolute_path) or "the document"
        raise ManifestError(f"{file}: {where}: {problem.message}")
    spec = document["spec"]
    steps = [_step(file, number, raw) for number, raw in enumerate(spec.get("steps", ()))]
    return Scenario(
        manifests,
        tuple(sorted(steps, key=lambda step: step.at)),
        nodes=spec.get("nodes", 3),
        seed=spec.get("seed", 0),
        namespace=spec.get("namespace", "default"),
        duration=_duration(file, "spec.for", spec["for"]) if "for" in spec else None,
    )


def _duration(file: Path, where: str, value: Any) -> float:
    try:
        return parse_duration(value)
    except ValueError as problem:
        raise ManifestError(f"{file}: {where}: {problem}") from None


def _step(file: Path, number: int, raw: Mapping[str, Any]) -> Step:
    where = f"spec.steps.{number}"
    actions = [action for action in ACTIONS if action in raw]
    if len(actions) != 1:
        raise ManifestError(f"{file}: {where}: a step does exactly one of {', '.join(ACTIONS)}")
    action = actions[0]
    if (action == "scale") != ("replicas" in raw):
        raise ManifestError(f"{file}: {where}: scale and replicas belong together")
    value = raw[action]
    if action == "apply":
        documents = read_manifests(file.parent / value if isinstance(value, str) else value)[0]
        value = list(documents)
    return Step(_duration(file, f"{where}.at", raw["at"]), action, value, raw.get("replicas", 0))
