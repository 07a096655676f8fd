"""Who a client is: token requests and reviews (`authentication.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declare import Int64, Map, Time, always, field, required
from .model import Object, Struct

if TYPE_CHECKING:
    from . import meta

API_VERSION = "authentication.k8s.io/v1"
PACKAGE = "io.k8s.api.authentication.v1"

ExtraValue = tuple[str, ...]


class TokenReview(Object):
    """Asks whose token this is."""

    spec: TokenReviewSpec = required
    status: TokenReviewStatus


class TokenReviewSpec(Struct):
    """The token in question, and for whom it should be meant."""

    token: str | None = required
    audiences: tuple[str, ...]


class TokenReviewStatus(Struct):
    """Whether the token is good, and whose it is."""

    authenticated: bool | None
    user: UserInfo
    audiences: tuple[str, ...]
    error: str | None


class UserInfo(Struct):
    """Who somebody is: name, identity, groups."""

    username: str | None
    uid: str | None
    groups: tuple[str, ...]
    extra: Map[ExtraValue]


class TokenRequest(Object):
    """Asks for a token of a service account."""

    spec: TokenRequestSpec
    status: TokenRequestStatus


class TokenRequestSpec(Struct):
    """For whom a token is meant, how long it lasts, and what it is bound to."""

    audiences: tuple[str, ...] = field(always=True, required=False)
    expiration_seconds: Int64 | None = field(pointer=True, always=True, required=False)
    bound_object_ref: BoundObjectReference | None = field(always=True, required=False)


class BoundObjectReference(Struct):
    """The object whose end is also the end of a token."""

    kind: str | None
    api_version: str | None
    name: str | None
    uid: meta.UID | None


class TokenRequestStatus(Struct):
    """The token that was issued, and when it expires."""

    token: str = field(required=False)
    expiration_timestamp: Time | None = always


class SelfSubjectReview(Object):
    """Asks who I am."""

    status: SelfSubjectReviewStatus


class SelfSubjectReviewStatus(Struct):
    """Who the asking client is."""

    user_info: UserInfo
