"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Int64, Map, Time, always, field, required
from .model import Object, Struct
from . import meta
API_VERSION = 'authentication.k8s.io/v1'
PACKAGE = 'io.k8s.api.authentication.v1'
ExtraValue = tuple[str, ...]

class TokenReview(Object):
    spec: TokenReviewSpec
    status: TokenReviewStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: TokenReviewSpec | Mapping[str, Any] | None =
        ..., status: TokenReviewStatus | Mapping[str, Any] | None = ..., kind: Literal["TokenReview"] | None = ...,
        api_version: Literal["authentication.k8s.io/v1"] | None = ...
    ) -> None: ...

class TokenReviewSpec(Struct):
    token: str | None
    audiences: tuple[str, ...]
    def __init__(self, *, token: str | None = ..., audiences: list[str] | tuple[str, ...] | None = ...) -> None: ...

class TokenReviewStatus(Struct):
    authenticated: bool | None
    user: UserInfo
    audiences: tuple[str, ...]
    error: str | None
    def __init__(self, *,
        authenticated: bool | None = ..., user: UserInfo | Mapping[str, Any] | None = ...,
        audiences: list[str] | tuple[str, ...] | None = ..., error: str | None = ...
    ) -> None: ...

class UserInfo(Struct):
    username: str | None
    uid: str | None
    groups: tuple[str, ...]
    extra: Map[ExtraValue]
    def __init__(self, *,
        username: str | None = ..., uid: str | None = ..., groups: list[str] | tuple[str, ...] | None = ...,
        extra: Mapping[str, list[str] | tuple[str, ...]] | None = ...
    ) -> None: ...

class TokenRequest(Object):
    spec: TokenRequestSpec
    status: TokenRequestStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: TokenRequestSpec | Mapping[str, Any] | None =
        ..., status: TokenRequestStatus | Mapping[str, Any] | None = ..., kind: Literal["TokenRequest"] | None = ...,
        api_version: Literal["authentication.k8s.io/v1"] | None = ...
    ) -> None: ...

class TokenRequestSpec(Struct):
    audiences: tuple[str, ...]
    expiration_seconds: Int64 | None
    bound_object_ref: BoundObjectReference | None
    def __init__(self, *,
        audiences: list[str] | tuple[str, ...] | None = ..., expiration_seconds: Int64 | None = ...,
        bound_object_ref: BoundObjectReference | Mapping[str, Any] | None = ...
    ) -> None: ...

class BoundObjectReference(Struct):
    kind: str | None
    api_version: str | None
    name: str | None
    uid: meta.UID | None
    def __init__(self, *,
        kind: str | None = ..., api_version: str | None = ..., name: str | None = ..., uid: meta.UID | None = ...
    ) -> None: ...

class TokenRequestStatus(Struct):
    token: str
    expiration_timestamp: Time | None
    def __init__(self, *,
        token: str | None = ..., expiration_timestamp: Time | datetime | str | int | None = ...
    ) -> None: ...

class SelfSubjectReview(Object):
    status: SelfSubjectReviewStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        status: SelfSubjectReviewStatus | Mapping[str, Any] | None = ..., kind: Literal["SelfSubjectReview"] | None =
        ..., api_version: Literal["authentication.k8s.io/v1"] | None = ...
    ) -> None: ...

class SelfSubjectReviewStatus(Struct):
    user_info: UserInfo
    def __init__(self, *, user_info: UserInfo | Mapping[str, Any] | None = ...) -> None: ...
