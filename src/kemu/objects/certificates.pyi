"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Base64, Map, Time, always, field, immutable, keyed, required
from .model import Object, ObjectList, Struct
from . import core
API_VERSION = 'certificates.k8s.io/v1'
PACKAGE = 'io.k8s.api.certificates.v1'
ExtraValue = tuple[str, ...]
KeyUsage = str
RequestConditionType = str

class CertificateSigningRequest(Object):
    spec: CertificateSigningRequestSpec
    status: CertificateSigningRequestStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: CertificateSigningRequestSpec | Mapping[str, Any] | None = ...,
        status: CertificateSigningRequestStatus | Mapping[str, Any] | None = ...,
        kind: Literal["CertificateSigningRequest"] | None = ...,
        api_version: Literal["certificates.k8s.io/v1"] | None = ...
    ) -> None: ...

class CertificateSigningRequestSpec(Struct):
    request: Base64 | None
    signer_name: str
    expiration_seconds: int | None
    usages: tuple[KeyUsage, ...]
    username: str | None
    uid: str | None
    groups: tuple[str, ...]
    extra: Map[ExtraValue]
    def __init__(self, *,
        request: Base64 | None = ..., signer_name: str | None = ..., expiration_seconds: int | None = ...,
        usages: list[KeyUsage] | tuple[KeyUsage, ...] | None = ..., username: str | None = ..., uid: str | None = ...,
        groups: list[str] | tuple[str, ...] | None = ..., extra: Mapping[str, list[str] | tuple[str, ...]] | None = ...
    ) -> None: ...

class CertificateSigningRequestStatus(Struct):
    conditions: tuple[CertificateSigningRequestCondition, ...]
    certificate: Base64 | None
    def __init__(self, *,
        conditions: Sequence[CertificateSigningRequestCondition | Mapping[str, Any]] | None = ...,
        certificate: Base64 | None = ...
    ) -> None: ...

class CertificateSigningRequestCondition(Struct):
    type: RequestConditionType
    status: core.ConditionStatus
    reason: str | None
    message: str | None
    last_update_time: Time | None
    last_transition_time: Time | None
    def __init__(self, *,
        type: RequestConditionType | None = ..., status: core.ConditionStatus | None = ..., reason: str | None = ...,
        message: str | None = ..., last_update_time: Time | datetime | str | int | None = ...,
        last_transition_time: Time | datetime | str | int | None = ...
    ) -> None: ...

class CertificateSigningRequestList(ObjectList):
    items: tuple[CertificateSigningRequest, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[CertificateSigningRequest | Mapping[str, Any]] | None = ...,
        kind: Literal["CertificateSigningRequestList"] | None = ...,
        api_version: Literal["certificates.k8s.io/v1"] | None = ...
    ) -> None: ...
