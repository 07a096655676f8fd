"""Certificate signing requests (`certificates.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declare import Base64, Map, Time, always, field, immutable, keyed, required
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core

API_VERSION = "certificates.k8s.io/v1"
PACKAGE = "io.k8s.api.certificates.v1"

ExtraValue = tuple[str, ...]
KeyUsage = str
RequestConditionType = str


class CertificateSigningRequest(Object):
    """Asks for a certificate to be signed."""

    spec: CertificateSigningRequestSpec = required
    status: CertificateSigningRequestStatus


class CertificateSigningRequestSpec(Struct):
    """The request, who should sign it, for which uses, and who asks."""

    request: Base64 | None = field(always=True, immutable=True)
    signer_name: str = immutable
    expiration_seconds: int | None = field(pointer=True, immutable=True)
    usages: tuple[KeyUsage, ...] = immutable
    username: str | None = immutable
    uid: str | None = immutable
    groups: tuple[str, ...] = immutable
    extra: Map[ExtraValue] = immutable


class CertificateSigningRequestStatus(Struct):
    """Whether the request was approved, and the certificate."""

    conditions: tuple[CertificateSigningRequestCondition, ...] = keyed("type")
    certificate: Base64 | None


class CertificateSigningRequestCondition(Struct):
    """One decision or observation about a signing request."""

    type: RequestConditionType
    status: core.ConditionStatus
    reason: str | None
    message: str | None
    last_update_time: Time | None = always
    last_transition_time: Time | None = always


class CertificateSigningRequestList(ObjectList):
    """A page of certificate signing requests."""

    items: tuple[CertificateSigningRequest, ...] = required
