"""Delete requests for certificates that are done with, or that nobody has answered.

Imitates  the certificate signing request cleaner of Kubernetes 1.36
Wakes on  CertificateSigningRequest; once an hour
Writes    CertificateSigningRequest delete
Differs   D-087: its looks are counted from the start of the cluster; D-250: it reads no certificate
"""

from __future__ import annotations

from typing import Any

from .. import errors
from ..kit import DONE, Api, Cache, Result, Wiring
from ..kit.looks import Looks
from ..objects import certificates

COMPONENT = "certificate-controller"
HOUR = 3600.0
LOOKS = Looks(HOUR)

KEPT = {("Approved", True): HOUR, ("Denied", True): HOUR, ("Denied", False): HOUR, ("Failed", True): HOUR}
KEPT |= {("Failed", False): HOUR, ("Approved", False): 24 * HOUR}
"""Seconds for which a request is kept after a condition, by its type and by whether a certificate was issued."""

PENDING = 24 * HOUR
"""Seconds for which one without any is kept."""

WIRING = Wiring(
    "certificatesigningrequest-cleaner-controller",
    account="certificate-controller",
    reconciles=certificates.CertificateSigningRequest,
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Delete a request at the first look after its time, or wait for that look."""
    request: Any = cache.get(certificates.CertificateSigningRequest, key)
    if request is None:
        return DONE
    until = expires(request)
    if until is None:
        return DONE
    due = until - api.epoch
    left = LOOKS.wait(due, api.now)
    if left > 0:
        return Result(after=left)
    try:
        api.delete(certificates.CertificateSigningRequest, key, uid=request.metadata.uid)
    except errors.NotFound:
        return DONE
    return DONE


def expires(request: Any) -> float | None:
    """Pure: until when a request is kept, in seconds since 1970; None of one that stays."""
    conditions = request.status.conditions
    if not conditions:
        return float(request.metadata.creation_timestamp) + PENDING
    issued = bool(request.status.certificate)
    ends = [
        float(each.last_update_time) + KEPT[each.type, issued]
        for each in conditions
        if each.last_update_time is not None and (each.type, issued) in KEPT
    ]
    return min(ends, default=None)
