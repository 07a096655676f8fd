"""Delete bootstrap tokens that have expired.

Imitates  the token cleaner of Kubernetes 1.36
Wakes on  Secret in kube-system that is a bootstrap token; the time at which it expires
Writes    Secret delete
Differs   nothing known
"""

from __future__ import annotations

from typing import Any

from .. import errors
from ..kit import DONE, Api, Cache, Result, Wiring, split
from ..kit.bootstrap_tokens import expiration, is_token, token_changed
from ..objects import core

COMPONENT = "token-cleaner"
WIRING = Wiring("token-cleaner-controller", account="token-cleaner", watches=((core.Secret, token_changed),))


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Delete one token whose time is over, or look again when it will be."""
    secret: Any = cache.get(core.Secret, key)
    until = None if secret is None or not is_token(secret) else expiration(secret)
    if until is None:
        return DONE
    if until > api.unix:
        return Result(after=until - api.unix)
    namespace, name = split(key)
    try:
        api.delete(core.Secret, name, namespace, uid=secret.metadata.uid)
    except errors.NotFound:
        return DONE
    return DONE
