"""What the binder looks up: volumes that nobody has by class, and volumes by the claim that they name."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from ...kit import Cache
from ...kit.indexes import Index
from ...kit.volumes import volume_class
from ...kit.wiring import key_of
from ...objects import core


def _offered(volume: Any) -> tuple[str, ...]:
    return (volume_class(volume),) if volume.spec.claim_ref is None else ()


def _by_claim(volume: Any) -> tuple[str, ...]:
    reference = volume.spec.claim_ref
    return () if reference is None else (f"{reference.namespace}/{reference.name}",)


OFFERED = Index("offered", _offered, attrgetter("spec", "metadata.annotations"))
BY_CLAIM = Index("claim", _by_claim, attrgetter("spec.claim_ref"))


def reserved(cache: Cache, claim: Any) -> list[Any]:
    """The volumes that name a claim. O(result)."""
    return list(cache.indexed(core.PersistentVolume, BY_CLAIM, key_of(claim)))


def offered(cache: Cache, class_name: str) -> list[Any]:
    """The volumes of a class that nobody has. O(result)."""
    return list(cache.indexed(core.PersistentVolume, OFFERED, class_name))
