"""Secrets that are to hold the token of a ServiceAccount, and what is told of these on them."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from ..wellknown import ACCOUNT_NAME
from .indexes import Index

TYPE = "kubernetes.io/service-account-token"


def account_of(secret: Any) -> tuple[str, ...]:
    """The account whose token a Secret is to hold, as `namespace/name`; none of another Secret."""
    name = secret.metadata.annotations.get(ACCOUNT_NAME)
    return (f"{secret.metadata.namespace}/{name}",) if secret.type == TYPE and name else ()


BY_ACCOUNT = Index("account", account_of, attrgetter("metadata.annotations", "type"))
