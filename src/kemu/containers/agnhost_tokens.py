"""agnhost's `test-service-account-issuer-discovery`: whether a token can be checked with what its issuer publishes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .calls import Call

if TYPE_CHECKING:
    from .processes import Task

WELL_KNOWN = "/.well-known/openid-configuration"
OWN_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"


def discover(task: Task, flags: Mapping[str, str]) -> int:
    """Read a token, ask its issuer for keys, and check the token with them: 0 if it is good."""
    from ..apiserver.signing import decoded, is_signed

    token = task.files.get(flags.get("token-path", ""))
    if token is None:
        task.complain(f"open {flags.get('token-path', '')}: no such file or directory")
        return 1
    task.complain("OK: Got token\nvalidating with in-cluster discovery")
    signed, _, signature = token.rpartition(".")
    claims = json.loads(decoded(signed.partition(".")[2]))
    task.complain(f"OK: got issuer {claims['iss']}")
    found = _published(task, claims["iss"])
    if isinstance(found, str):
        task.complain(f"failed to validate with in-cluster discovery: {found}")
        return 1
    task.complain(f"OK: Constructed OIDC provider for issuer {claims['iss']}")
    kid = json.loads(decoded(signed.partition(".")[0]))["kid"]
    wrong = _wrong(claims, flags.get("audience", ""), task.host.unix)
    if all(each["kid"] != kid for each in found["keys"]) or not is_signed(signed, signature):
        wrong = "failed to verify id token signature"
    if wrong:
        task.complain(f"failed to validate with in-cluster discovery: oidc: {wrong}")
        return 1
    task.complain("OK: Validated signature on JWT\nOK: Got valid claims from token!")
    return 0


def _wrong(claims: Mapping[str, Any], audience: str, now: float) -> str:
    if audience not in claims["aud"]:
        return f"expected audience {json.dumps(audience)} got {json.dumps(claims['aud'])}"
    return "token is expired" if now >= claims["exp"] else ""


def _published(task: Task, issuer: str) -> Any:
    """The keys that an issuer publishes, or why there are none."""
    where, token = urlsplit(issuer), task.files.get(OWN_TOKEN, "")
    host, port = where.hostname or "", where.port or 443
    document = _document(task, host, port, WELL_KNOWN, token)
    if isinstance(document, str):
        return document
    if document["issuer"] != issuer:
        return f'oidc: issuer did not match the issuer returned by provider, expected "{issuer}"'
    return _document(task, host, port, urlsplit(document["jwks_uri"]).path, token)


def _document(task: Task, host: str, port: int, path: str, token: str) -> Any:
    answer = task.host.ask(host, port, Call(path, token=token))
    if isinstance(answer, str):
        return f'Get "https://{host}{path}": {answer}'
    return json.loads(answer[1]) if answer[0] == 200 else f"{answer[0]}: {answer[1]}"
