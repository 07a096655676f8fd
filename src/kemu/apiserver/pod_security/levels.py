"""Levels and versions: what the labels of a namespace ask for, and what a pod violates of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs

from ..failures import FieldError, invalid_value

if TYPE_CHECKING:
    from .checks import Check

PREFIX = "pod-security.kubernetes.io/"
LEVELS = ("privileged", "baseline", "restricted")
"""From the one that allows everything to the strictest."""

_VERSION = re.compile(r"v1\.([0-9]|[1-9][0-9]*)", re.ASCII)


@attrs.frozen
class LevelVersion:
    """A level as it was in a version of Kubernetes; None is the latest."""

    level: str = "privileged"
    minor: int | None = None

    def __str__(self) -> str:
        return f"{self.level}:{'latest' if self.minor is None else f'v1.{self.minor}'}"


@attrs.frozen
class Policy:
    """What a namespace asks for: what is refused, noted and warned of."""

    enforce: LevelVersion = LevelVersion()
    audit: LevelVersion = LevelVersion()
    warn: LevelVersion = LevelVersion()
    problems: tuple[FieldError, ...] = ()
    """What is wrong with the labels."""


def labelled(namespace: Any) -> bool:
    """Whether a namespace asks for anything."""
    return any(key.startswith(PREFIX) for key in namespace.metadata.labels)


@lru_cache(maxsize=1024)
def policy_of(labels: Mapping[str, str]) -> Policy:
    """What labels ask for. What cannot be read is enforced as restricted, and neither noted nor warned of."""
    found: dict[str, LevelVersion] = {}
    problems: list[FieldError] = []
    for mode in ("enforce", "audit", "warn"):
        level, minor = "privileged", None
        given = labels.get(PREFIX + mode)
        if given is not None:
            level = given if given in LEVELS else "restricted" if mode == "enforce" else "privileged"
            if given not in LEVELS:
                problems.append(_wrong(mode, given, f"must be one of {', '.join(LEVELS)}"))
        version = labels.get(f"{PREFIX}{mode}-version")
        if version not in (None, "latest"):
            read = _VERSION.fullmatch(version)
            minor = int(read[1]) if read is not None else None
            if read is None:
                problems.append(_wrong(f"{mode}-version", version, 'must be "latest" or "v1.x"'))
        found[mode] = LevelVersion(level, minor)
    enforce = found["enforce"]
    if PREFIX + "warn" not in labels and labels.get(PREFIX + "enforce") in LEVELS[1:]:
        minor = found["warn"].minor if f"{PREFIX}warn-version" in labels else enforce.minor
        found["warn"] = LevelVersion(enforce.level, minor)
    return Policy(**found, problems=tuple(problems))


def _wrong(name: str, value: str, text: str) -> FieldError:
    return invalid_value(f"metadata.labels[{PREFIX}{name}]", value, text)


@lru_cache(maxsize=256)
def _checks(wanted: LevelVersion) -> tuple[Check, ...]:
    if wanted.level == "privileged":
        return ()
    from .checks import LATEST, checks_of

    return checks_of(wanted.level, LATEST if wanted.minor is None else min(wanted.minor, LATEST))


def violation(wanted: LevelVersion, annotations: Mapping[str, str], spec: Any) -> tuple[str, str]:
    """What a pod violates of a level: in short, and in detail; empty if nothing. O(checks * containers)."""
    found = [each for check in _checks(wanted) if (each := check(annotations, spec)) is not None]
    details = [f"{reason} ({detail})" if detail else reason for reason, detail in found]
    return ", ".join(reason for reason, _ in found), ", ".join(details)
