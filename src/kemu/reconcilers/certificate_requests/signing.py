"""Sign the requests for certificates that are approved.

Imitates  the certificate signing request signers of Kubernetes 1.36
Wakes on  CertificateSigningRequest
Writes    CertificateSigningRequest status
Differs   D-281: the certificates are of an authority that nobody is told of; without the package cryptography nothing
          is signed, and an event says so
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...kit import DONE, Api, Cache, Result, Wiring
from ...objects import certificates, evolve
from . import papers

COMPONENT = "certificate-controller"

RULES: Mapping[str, Callable[[papers.Asked, tuple[str, ...]], str]] = {
    "kubernetes.io/kube-apiserver-client": papers.of_client,
    "kubernetes.io/kube-apiserver-client-kubelet": papers.of_node_client,
    "kubernetes.io/kubelet-serving": papers.of_node_server,
    "kubernetes.io/legacy-unknown": lambda asked, usages: "",
}
"""By signer: why it does not sign a request, empty if it does."""

WIRING = Wiring(
    "certificatesigningrequest-signing-controller",
    account="certificate-controller",
    reconciles=certificates.CertificateSigningRequest,
    retry=papers.RETRY,
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Sign a request, or say why it is not signed."""
    request: Any = cache.get(certificates.CertificateSigningRequest, key)
    if request is None or not is_due(request):
        return DONE
    if papers.package("x509") is None:
        api.event(request, "Warning", "NotSigned", papers.MISSING)
        return DONE
    spec = request.spec
    asked = papers.read(spec.request or "")
    problem = "unable to parse csr" if asked is None else RULES[spec.signer_name](asked, spec.usages)
    if asked is None or problem:
        _fail(api, request, problem)
        return DONE
    seconds = min(spec.expiration_seconds or papers.YEAR, papers.YEAR)
    seed = api.entropy.bits("authority").to_bytes(16, "big")
    serial = api.entropy.bits("certificate", request.metadata.uid)
    signed = papers.issued(asked, spec.usages, api.unix, seconds, seed, serial)
    api.update_status(evolve(request, {"status.certificate": signed}))
    return DONE


def is_due(request: Any) -> bool:
    """Pure: whether a request is approved, not denied, neither signed nor given up, and for a signer of the cluster."""
    types = [each.type for each in request.status.conditions]
    decided = "Approved" in types and "Denied" not in types and "Failed" not in types
    return decided and not request.status.certificate and request.spec.signer_name in RULES


def _fail(api: Api, request: Any, problem: str) -> None:
    stamp = api.stamp()
    condition = certificates.CertificateSigningRequestCondition(
        type="Failed",
        status="True",
        reason="SignerValidationFailure",
        message=problem,
        last_update_time=stamp,
        last_transition_time=stamp,
    )
    api.update_status(evolve(request, {"status.conditions": (*request.status.conditions, condition)}))
