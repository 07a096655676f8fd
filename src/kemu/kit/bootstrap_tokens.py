"""Bootstrap tokens: Secrets in kube-system with which a machine joins the cluster, or trusts what is said of it."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from ..objects.secrets import text_of
from ..values.times import Time
from .cache import Cache
from .indexes import Index
from .wiring import key_of

SYSTEM = "kube-system"
TYPE = "bootstrap.kubernetes.io/token"
PREFIX = "bootstrap-token-"


def is_token(secret: Any) -> bool:
    """Whether a Secret is a bootstrap token: by its type, its namespace and its name."""
    metadata = secret.metadata
    named = metadata.name == PREFIX + text_of(secret, "token-id")
    return bool(secret.type == TYPE and metadata.namespace == SYSTEM and named)


def token_changed(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """The key of a Secret in kube-system that is, or was, of that type."""
    secret = new if new is not None else old
    return (key_of(secret),) if secret.metadata.namespace == SYSTEM and secret.type == TYPE else ()


def _tokens(secret: Any) -> tuple[str, ...]:
    return (SYSTEM,) if secret.type == TYPE and secret.metadata.namespace == SYSTEM else ()


BOOTSTRAP_TOKENS = Index("bootstrap tokens", _tokens, attrgetter("type"))
"""All of them, under `SYSTEM`."""


def expiration(secret: Any) -> float | None:
    """Until when a token is good, in seconds since 1970; None for ever. What cannot be read has expired long ago."""
    said = text_of(secret, "expiration")
    if not said:
        return None
    try:
        return float(Time.parse(said))
    except ValueError:
        return 0.0
