"""Files of a volume that get into each other's way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ....values.memo import Memo
from ...failures import shown

Place = tuple[str, str]
"""A path, and from where it comes if there are several sources."""


def overlapping(volumes: Iterable[Any]) -> Iterator[str]:
    """What is odd about the paths in volumes: one is there twice, or is a folder of another."""
    for volume in volumes:
        settings, secret, downward = volume.config_map, volume.secret, volume.downward_api
        found: Iterable[str] = ()
        if settings is not None and settings.items:
            found = _overlaps(f"ConfigMap {shown(settings.name or '')}", [(each.path, "") for each in settings.items])
        elif secret is not None and secret.items:
            found = _overlaps(f"Secret {shown(secret.secret_name or '')}", [(each.path, "") for each in secret.items])
        elif downward is not None:
            found = _overlaps("DownwardAPI", [(each.path, "") for each in downward.items])
        elif volume.projected is not None:
            found = _of_projected(volume.projected)
        for text in found:
            yield f"volume {shown(volume.name)} {text}"


def _projected(projected: Any) -> tuple[str, ...]:
    found, seen = list[str](), list[Place]()
    for source in projected.sources:
        if source == type(source)():
            found.append("(Projected) has no sources provided")
            continue
        for place in _places(source):
            found += _clashes("Projected", place, seen)
    return tuple(found)


_of_projected = Memo(_projected, 64)
"""Most pods have the same volume for their tokens."""


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


def _overlaps(what: str, places: Iterable[Place]) -> Iterator[str]:
    seen: list[Place] = []
    for place in places:
        yield from _clashes(what, place, seen)


def _clashes(what: str, place: Place, seen: list[Place]) -> Iterator[str]:
    """What a path clashes with; it is among those that are seen from here on."""
    path, source = place[0].rstrip("/"), place[1]
    for other in seen if path else ():
        if other[0] and (f"{other[0]}/".startswith(f"{path}/") or f"{path}/".startswith(f"{other[0]}/")):
            yield f"({what}): overlapping paths: {_told((path, source))} with {_told(other)}"
    seen.append((path, source))


def _told(place: Place) -> str:
    return f"{shown(place[0])} ({place[1]})" if place[1] else shown(place[0])
