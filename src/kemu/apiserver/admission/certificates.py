"""Requests for certificates: who approves and signs them may do so for their signer, and nobody becomes a master."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from .. import failures
from ..rbac import Attempt, allowed
from ..request import MASTERS, Desk, Request
from .base import Plugin

REQUESTS = frozenset({"certificatesigningrequests.certificates.k8s.io"})
CLIENTS = "kubernetes.io/kube-apiserver-client"
"""Who signs the certificates that clients show to the API server."""

ORGANISATION = bytes.fromhex("060355040a")
"""What precedes an organisation in the subject of a request: its object identifier, as DER writes it."""


class CertificateApproval(Plugin):
    """Who approves a request may `approve` for its signer."""

    name = "CertificateApproval"
    resources = REQUESTS
    operations = frozenset({"UPDATE"})
    subresources = frozenset({"approval"})

    def validate(self, request: Request, desk: Desk) -> None:
        _check(request, desk, "approve")


class CertificateSigning(Plugin):
    """Who signs a request, or says that it failed, may `sign` for its signer."""

    name = "CertificateSigning"
    resources = REQUESTS
    operations = frozenset({"UPDATE"})
    subresources = frozenset({"status"})

    def validate(self, request: Request, desk: Desk) -> None:
        new, old = request.obj.status, request.old.status
        if new.certificate != old.certificate or new.conditions != old.conditions:
            _check(request, desk, "sign")


class CertificateSubjectRestriction(Plugin):
    """No client becomes a member of system:masters by its certificate."""

    name = "CertificateSubjectRestriction"
    resources = REQUESTS

    def validate(self, request: Request, desk: Desk) -> None:
        spec = request.obj.spec
        if spec.signer_name == CLIENTS and MASTERS in organisations(spec.request or ""):
            text = f"use of {CLIENTS} signer with {MASTERS} group is not allowed"
            raise failures.forbidden(request.resource.kind, request.obj.metadata.name or "", text)


def _check(request: Request, desk: Desk, verb: str) -> None:
    """Raise Forbidden unless the user may do this for the signer of a request, or for all of its domain."""
    signer = request.old.spec.signer_name
    for name in (signer, f"{signer.partition('/')[0]}/*"):
        if allowed(desk, request.user, Attempt(verb, "certificates.k8s.io", "signers", name=name)):
            return
    text = f'user not permitted to {verb} requests with signerName "{signer}"'
    raise failures.forbidden(request.resource.kind, request.old.metadata.name, text)


def organisations(text: str) -> list[str]:
    """The organisations in the subject of a request for a certificate: PEM, in base64. Nothing of what is no such."""
    try:
        pem = base64.b64decode(text, validate=True).decode("ascii")
        der = base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-----")))
    except (ValueError, binascii.Error):
        return []
    return list(_organisations(der))


def _organisations(der: bytes) -> Iterator[str]:
    """Each value that follows the identifier of an organisation: a byte for its type, one for its length, and it."""
    _, *found = der.split(ORGANISATION)
    for rest in found:
        if len(rest) > 1 and rest[1] < 128:
            yield rest[2 : 2 + rest[1]].decode("utf-8", "replace")
