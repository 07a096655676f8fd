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
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from .errors import ManifestError
from .manifests import manifest_files, read_manifests
from .values.durations import parse_duration

if TYPE_CHECKING:
    from .cluster import Cluster

API_VERSION, KIND = "kemu.dev/v1", "Scenario"
ACTIONS = ("apply", "delete", "scale", "cordon", "crash", "boot")
FIELDS: Mapping[str, tuple[type, ...]] = {
    "nodes": (int,),
    "seed": (int,),
    "namespace": (str,),
    "for": (str, int, float),
    "steps": (list,),
}
STEP_FIELDS: Mapping[str, tuple[type, ...]] = {
    "at": (str, int, float),
    "apply": (str, dict, list),
    "delete": (str,),
    "scale": (str,),
    "replicas": (int,),
    "cordon": (str,),
    "crash": (str,),
    "boot": (str,),
}
WORDS = {str: "text", int: "a whole number", float: "a number", dict: "a mapping", list: "a list"}


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


def load_scenario(path: Path, *, recursive: bool = False) -> Scenario:
    """Read a folder of manifests with at most one scenario among them, or a single file.

    A file that a step applies is not among the manifests to start with. Raises ManifestError, with the place, for what
    cannot be read or is no valid scenario.
    """
    manifests: list[tuple[Path, Mapping[str, Any]]] = []
    found: tuple[Path, Mapping[str, Any]] | None = None
    for file in manifest_files(path, recursive=recursive):
        for document in read_manifests(file)[0]:
            if document.get("kind") != KIND:
                manifests.append((file, document))
            elif found is not None:
                raise ManifestError(f"{file}: a second scenario; the first is in {found[0]}")
            else:
                found = (file, document)
    if found is None:
        return Scenario(tuple(document for _, document in manifests))
    file = found[0]
    spec = _checked(file, found[1])
    later = [
        (file.parent / raw["apply"]).resolve() for raw in spec.get("steps", ()) if isinstance(raw.get("apply"), str)
    ]
    steps = sorted((_step(file, number, raw) for number, raw in enumerate(spec.get("steps", ()))), key=lambda s: s.at)
    duration = _duration(file, "spec.for", spec["for"]) if "for" in spec else None
    if duration is not None and steps and steps[-1].at > duration:
        raise ManifestError(f"{file}: spec.for ends before the step at {steps[-1].at:g} s")
    return Scenario(
        tuple(document for where, document in manifests if where.resolve() not in later),
        tuple(steps),
        nodes=spec.get("nodes", 3),
        seed=spec.get("seed", 0),
        namespace=spec.get("namespace", "default"),
        duration=duration,
    )


def _checked(file: Path, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The spec of a scenario in which every field is known and of its type. Raises ManifestError."""
    if document.get("apiVersion") != API_VERSION:
        raise ManifestError(f"{file}: apiVersion is {document.get('apiVersion')!r}: a scenario has {API_VERSION!r}")
    unknown = [name for name in document if name not in ("apiVersion", "kind", "metadata", "spec")]
    if unknown or "spec" not in document:
        raise ManifestError(f"{file}: unknown field {unknown[0]!r}" if unknown else f"{file}: spec is missing")
    spec = document["spec"]
    _typed(file, "spec", spec, FIELDS)
    if spec.get("nodes", 0) < 0:
        raise ManifestError(f"{file}: spec.nodes: at least 0 nodes, not {spec['nodes']}")
    for number, step in enumerate(spec.get("steps", ())):
        where = f"spec.steps.{number}"
        _typed(file, where, step, STEP_FIELDS)
        if "at" not in step:
            raise ManifestError(f"{file}: {where}: at is missing: when does the step happen?")
        if step.get("replicas", 0) < 0:
            raise ManifestError(f"{file}: {where}.replicas: at least 0, not {step['replicas']}")
    return dict(spec)


def _typed(file: Path, where: str, value: Any, fields: Mapping[str, tuple[type, ...]]) -> None:
    """Raise ManifestError unless a value is a mapping of known fields with values of their types."""
    if not isinstance(value, Mapping):
        raise ManifestError(f"{file}: {where}: a mapping is needed, not {value!r}")
    for name, each in value.items():
        if name not in fields:
            raise ManifestError(f"{file}: {where}: unknown field {name!r}; there are {', '.join(fields)}")
        if not isinstance(each, fields[name]) or isinstance(each, bool):
            wanted = " or ".join(dict.fromkeys(WORDS[type_] for type_ in fields[name]))
            raise ManifestError(f"{file}: {where}.{name}: {wanted} is needed, not {each!r}")


def _duration(file: Path, where: str, value: Any) -> float:
    try:
        seconds = parse_duration(value)
    except ValueError as problem:
        raise ManifestError(f"{file}: {where}: {problem}") from None
    if not 0 <= seconds < inf:
        raise ManifestError(f"{file}: {where}: {value!r} is no time from now on")
    return seconds


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
        if isinstance(value, str):
            value = read_manifests(file.parent / value)[0]
        else:
            try:
                value = read_manifests(value)[0]
            except ManifestError as problem:
                raise ManifestError(f"{file}: {where}.apply: {problem}") from None
    return Step(_duration(file, f"{where}.at", raw["at"]), action, value, raw.get("replicas", 0))
