"""Who a client is: token requests and reviews (`authentication.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declare import Int64, Map, Time, always, field, pointer
from .model import Object, Struct

if TYPE_CHECKING:
    from . import meta

API_VERSION = "authentication.k8s.io/v1"
PACKAGE = "io.k8s.api.authentication.v1"

ExtraValue = tuple[str, ...]


class TokenReview(Object):
    """TODO"""

    spec: TokenReviewSpec = field(required=True)
    status: TokenReviewStatus


class TokenReviewSpec(Struct):
    """TODO"""

    token: str | None = field(required=True)
    audiences: tuple[str, ...]


class TokenReviewStatus(Struct):
    """TODO"""

    authenticated: bool | None
    user: UserInfo
    audiences: tuple[str, ...]
    error: str | None


class UserInfo(Struct):
    """TODO"""

    username: str | None
    uid: str | None
    groups: tuple[str, ...]
    extra: Map[ExtraValue]


class TokenRequest(Object):
    """TODO"""

    spec: TokenRequestSpec
    status: TokenRequestStatus


class TokenRequestSpec(Struct):
    """TODO"""

    audiences: tuple[str, ...] = field(always=True, required=False)
    expiration_seconds: Int64 | None = field(pointer=True, always=True, required=False)
    bound_object_ref: BoundObjectReference | None = always


class TokenRequestStatus(Struct):
    """TODO"""

    token: str = field(required=False)
    expiration_timestamp: Time | None = field(always=True, required=False)


class BoundObjectReference(Struct):
    """TODO"""

    kind: str | None
    api_version: str | None
    name: str | None
    uid: meta.UID | None


class SelfSubjectReview(Object):
    """TODO"""

    status: SelfSubjectReviewStatus


class SelfSubjectReviewStatus(Struct):
    """TODO"""

    user_info: UserInfo
