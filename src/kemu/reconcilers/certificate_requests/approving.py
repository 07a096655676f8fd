"""Approve the requests of kubelets for the certificates by which they show who they are.

Imitates  the certificate signing request approver of Kubernetes 1.36
Wakes on  CertificateSigningRequest
Writes    CertificateSigningRequest approval
Differs   D-281: it needs the package cryptography; without it requests stay pending
"""

from __future__ import annotations

from typing import Any

from ...kit import DONE, Api, Cache, Result, Wiring
from ...objects import authorization, certificates, evolve
from . import papers

COMPONENT = "certificate-controller"
SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"

WIRING = Wiring(
    "certificatesigningrequest-approving-controller",
    account="certificate-controller",
    reconciles=certificates.CertificateSigningRequest,
    retry=papers.RETRY,
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Approve a request if its sender may have such a certificate."""
    request: Any = cache.get(certificates.CertificateSigningRequest, key)
    if request is None or request.status.certificate or request.spec.signer_name != SIGNER:
        return DONE
    if any(each.type in ("Approved", "Denied") for each in request.status.conditions):
        return DONE
    asked = papers.read(request.spec.request or "")
    if asked is None or papers.of_node_client(asked, request.spec.usages):
        return DONE
    for grant, what in grants(asked, request.spec.username or ""):
        if _may(api, request.spec, grant):
            stamp = api.stamp()
            condition = certificates.CertificateSigningRequestCondition(
                type="Approved",
                status="True",
                reason="AutoApproved",
                message=f"Auto approving {what} certificate after SubjectAccessReview.",
                last_update_time=stamp,
                last_transition_time=stamp,
            )
            conditions = (*request.status.conditions, condition)
            api.update(evolve(request, {"status.conditions": conditions}), subresource="approval")
            return DONE
    return DONE


def grants(asked: papers.Asked, username: str) -> tuple[tuple[str, str], ...]:
    """Pure: the rights by which a request may be approved, and what it is called then; its own renewal comes first."""
    other = (("nodeclient", "kubelet client"),)
    return (("selfnodeclient", "self kubelet client"), *other) if asked.name == username else other


def _may(api: Api, spec: Any, grant: str) -> bool:
    """Whether the sender of a request may create such a certificate."""
    place: dict[str, Any] = {
        "group": "certificates.k8s.io",
        "resource": "certificatesigningrequests",
        "subresource": grant,
    }
    wanted = authorization.ResourceAttributes(verb="create", version="*", **place)
    review = authorization.SubjectAccessReview(
        spec={"user": spec.username, "uid": spec.uid, "groups": spec.groups, "resourceAttributes": wanted}
    )
    return bool(api.create(review).status.allowed)
