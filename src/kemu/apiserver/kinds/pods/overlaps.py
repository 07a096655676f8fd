"""Files of a volume that get into each other's way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...failures import shown

Place = tuple[str, str]
"""A path, and from where it comes if there are several sources."""


def overlapping(volumes: Iterable[Any]) -> Iterator[str]:
    """What is odd about the paths in volumes: one is there twice, or is a folder of another."""
    for volume in volumes:
        name, settings, secret, downward = shown(volume.name), volume.config_map, volume.secret, volume.downward_api
        if settings is not None:
            what = f"ConfigMap {shown(settings.name or '')}"
            yield from _overlaps(name, what, [(each.path, "") for each in settings.items])
        if secret is not None:
            what = f"Secret {shown(secret.secret_name or '')}"
            yield from _overlaps(name, what, [(each.path, "") for each in secret.items])
        if downward is not None:
            yield from _overlaps(name, "DownwardAPI", [(each.path, "") for each in downward.items])
        if volume.projected is not None:
            yield from _projected(name, volume.projected.sources)


def _projected(name: str, sources: Iterable[Any]) -> Iterator[str]:
    seen: list[Place] = []
    for source in sources:
        if source == type(source)():
            yield f"volume {name} (Projected) has no sources provided"
            continue
        for place in _places(source):
            yield from _clashes(name, "Projected", place, seen)


def _places(source: Any) -> list[Place]:
    """The paths of one source of a projected volume."""
    if source.config_map is not None and source.config_map.items:
        what = f"ConfigMap {shown(source.config_map.name or '')}"
        return [(each.path, what) for each in source.config_map.items]
    if source.secret is not None and source.secret.items:
        what = f"Secret {shown(source.secret.name or '')}"
        return [(each.path, what) for each in source.secret.items]
    if source.downward_api is not None and source.downward_api.items:
        return [(each.path, "DownwardAPI") for each in source.downward_api.items]
    if source.service_account_token is not None:
        return [(source.service_account_token.path, "ServiceAccountToken")]
    return []


def _overlaps(name: str, what: str, places: Iterable[Place]) -> Iterator[str]:
    seen: list[Place] = []
    for place in places:
        yield from _clashes(name, what, place, seen)


def _clashes(name: str, what: str, place: Place, seen: list[Place]) -> Iterator[str]:
    """What a path clashes with; it is among those that are seen from here on."""
    path, source = place[0].rstrip("/"), place[1]
    for other in seen if path else ():
        if other[0] and (f"{other[0]}/".startswith(f"{path}/") or f"{path}/".startswith(f"{other[0]}/")):
            yield f"volume {name} ({what}): overlapping paths: {_told((path, source))} with {_told(other)}"
    seen.append((path, source))


def _told(place: Place) -> str:
    return f"{shown(place[0])} ({place[1]})" if place[1] else shown(place[0])
