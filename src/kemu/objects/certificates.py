"""Certificate signing requests (`certificates.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declare import Base64, Map, Time, always, field, keyed, pointer
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core

API_VERSION = "certificates.k8s.io/v1"
PACKAGE = "io.k8s.api.certificates.v1"

ExtraValue = tuple[str, ...]
KeyUsage = str
RequestConditionType = str


class CertificateSigningRequest(Object):
    """TODO"""

    spec: CertificateSigningRequestSpec = field(required=True)
    status: CertificateSigningRequestStatus


class CertificateSigningRequestSpec(Struct):
    """TODO"""

    request: Base64 | None = always
    signer_name: str
    expiration_seconds: int | None = pointer
    usages: tuple[KeyUsage, ...]
    username: str | None
    uid: str | None
    groups: tuple[str, ...]
    extra: Map[ExtraValue]


class CertificateSigningRequestStatus(Struct):
    """TODO"""

    conditions: tuple[CertificateSigningRequestCondition, ...] = keyed("type")
    certificate: Base64 | None


class CertificateSigningRequestCondition(Struct):
    """TODO"""

    type: RequestConditionType
    status: core.ConditionStatus
    reason: str | None
    message: str | None
    last_update_time: Time | None = field(always=True, required=False)
    last_transition_time: Time | None = field(always=True, required=False)


class CertificateSigningRequestList(ObjectList):
    """A page of certificate signing requests."""

    items: tuple[CertificateSigningRequest, ...] = field(required=True)
