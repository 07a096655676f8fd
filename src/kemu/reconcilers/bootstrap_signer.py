"""Sign the public description of the cluster with every bootstrap token, so that who has one can trust it.

Imitates  the bootstrap signer of Kubernetes 1.36
Wakes on  ConfigMap `cluster-info` in kube-public; Secret in kube-system that is a bootstrap token
Writes    ConfigMap: a signature for each token
Differs   nothing known
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any

from ..kit import DONE, Api, Cache, Result, Wiring
from ..kit.bootstrap_tokens import BOOTSTRAP_TOKENS, SYSTEM, expiration, is_token, token_changed
from ..objects import core, evolve
from ..objects.secrets import text_of
from ..values.frozen import FrozenMap

COMPONENT = "bootstrap-signer"
INFO = "kube-public/cluster-info"
SIGNED = "kubeconfig"
SIGNATURE = "jws-kubeconfig-"


def _info(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    metadata = (new if new is not None else old).metadata
    return (INFO,) if f"{metadata.namespace}/{metadata.name}" == INFO else ()


def _any_token(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    return (INFO,) if token_changed(cache, old, new) else ()


WIRING = Wiring(
    "bootstrap-signer-controller",
    account="bootstrap-signer",
    watches=((core.ConfigMap, _info), (core.Secret, _any_token)),
    indexes=((core.Secret, BOOTSTRAP_TOKENS),),
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Write the signatures that there should be, if they differ."""
    info: Any = cache.get(core.ConfigMap, INFO)
    if info is None or SIGNED not in info.data:
        return DONE
    data = decide(info.data, cache.indexed(core.Secret, BOOTSTRAP_TOKENS, SYSTEM), api.unix)
    if data != info.data:
        api.update(evolve(info, data=data))
    return DONE


def decide(data: FrozenMap[str, str], secrets: Iterable[Any], unix: float) -> FrozenMap[str, str]:
    """Pure: the data with one signature for each token that is good for signing."""
    kept = {key: value for key, value in data.items() if not key.startswith(SIGNATURE)}
    for secret in secrets:
        name, word = text_of(secret, "token-id"), text_of(secret, "token-secret")
        until = expiration(secret)
        good = is_token(secret) and name and word and (until is None or until > unix)
        if good and text_of(secret, "usage-bootstrap-signing") == "true":
            kept[f"{SIGNATURE}{name}"] = signature(data[SIGNED], name, word)
    return FrozenMap(kept)


def signature(content: str, token: str, secret: str) -> str:
    """A JSON web signature of a text by a token, without the text."""
    header = _encoded(json.dumps({"alg": "HS256", "kid": token}, separators=(",", ":")).encode())
    signed = f"{header}.{_encoded(content.encode())}"
    return f"{header}..{_encoded(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
