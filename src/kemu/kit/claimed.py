"""Which pods use a claim."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from ..objects import core
from .cache import Cache
from .indexes import Index
from .volumes import claim_name
from .wiring import key_of


def claims_of(pod: Any) -> tuple[str, ...]:
    """The keys of the claims behind a pod's volumes."""
    names = [claim_name(pod, volume) for volume in pod.spec.volumes]
    return tuple([f"{pod.metadata.namespace}/{name}" for name in names if name is not None])


BY_CLAIM = Index("claim", claims_of, attrgetter("spec.volumes"))


def users(cache: Cache, claim: Any) -> list[Any]:
    """The pods that name a claim, by name; needs `BY_CLAIM`. O(result)."""
    return list(cache.indexed(core.Pod, BY_CLAIM, key_of(claim)))
