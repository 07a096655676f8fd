"""One HTTP request and its answer, apart from any server: what the modules of this package work on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from ...errors import RequestEntityTooLarge
from ...streams import Given, Polled, Source, Stream, World
from ...values.frozen import EMPTY_MAP
from ..request import ANONYMOUS, User
from .negotiation import PLAIN, Form
from .options import Query
from .places import NOWHERE, Place

if TYPE_CHECKING:
    from ..audit import Entry
    from ..resources import Resource
    from ..server import ApiServer

T = TypeVar("T")
MAX_BODY = 3 * 1024 * 1024
"""Bytes: what a real server reads of a body, and lets JSON patches copy."""


class Nobody:
    """The world of an answer that is whole: there is nothing to wait for."""

    now = 0.0

    def look(self, source: Source[T]) -> Polled[T]:
        return source.poll()

    read = look


NOBODY = Nobody()


@attrs.define(eq=False)
class Response:
    """An answer: `status`, `headers` as pairs, and the body whole (`body`), in pieces (`stream`) or parsed (`json`)."""

    status: int
    headers: list[tuple[str, str]]
    _chunks: Stream[bytes] | None = None
    _whole: bytes | None = None
    about: bytes = b""
    """Of a watch: the collection in which something has to happen for there to be more."""
    session: Any = None
    """Of a 101, after which a websocket carries frames: from where and to where (`containers.sessions.Session`)."""

    @property
    def lazy(self) -> bool:
        """Whether the body is made while it is read."""
        return self._chunks is not None

    @property
    def body(self) -> bytes:
        """All of the body. Of a watch or a followed log: what comes until it ends, letting virtual time pass."""
        if self._whole is None:
            self._whole = b"".join(self._chunks or ())
        return self._whole

    def stream(self) -> Stream[bytes]:
        """The body piece by piece; of a watch, one line an event. Going over it lets virtual time pass."""
        return Stream(Given(self.body), NOBODY) if self._chunks is None else self._chunks

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@attrs.frozen
class Asked:
    """What was asked: one line of the log of requests."""

    method: str
    path: str
    """With its query, as it was sent."""
    status: int
    agent: str
    """Who asks, by their own words."""

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status} {self.agent or '-'}"


@attrs.define(eq=False)
class Call:
    """One request as it is being answered."""

    server: ApiServer
    world: World
    method: str
    path: str
    query: Query
    headers: Mapping[str, tuple[str, ...]]
    body: bytes
    target_uri: str = ""
    """The path with its query, as it was sent."""
    guarded: bool = True
    """Whether an exception that escapes from kemu itself becomes a part of the answer."""
    warnings: list[str] = attrs.field(factory=list)
    user: User = ANONYMOUS
    place: Place = NOWHERE
    verb: str = ""
    told: Mapping[str, str] = EMPTY_MAP
    """What is noted of the credentials, by key."""
    note: Entry | None = None
    """What is noted of it for an audit; None if there is none."""
    form: Form = PLAIN
    resource: Resource | None = None
    travels: Resource | None = None
    """The row of what travels through the path: of a subresource often another than that of the resource."""

    def header(self, name: str) -> str:
        """The first value of a header, or nothing."""
        values = self.headers.get(name)
        return values[0] if values else ""

    @property
    def target(self) -> Resource:
        """The row of the resource that the path names."""
        assert self.resource is not None
        return self.resource

    @property
    def carried(self) -> Resource:
        """The row of what the body holds, and the answer."""
        return self.travels or self.target

    @property
    def validation(self) -> str:
        """What becomes of fields that the kind does not have: by default a warning."""
        return self.query.first("fieldValidation") or "Warn"

    def content(self) -> bytes:
        """The body. Raises RequestEntityTooLarge."""
        if len(self.body) > MAX_BODY:
            raise RequestEntityTooLarge(f"Request entity too large: limit is {MAX_BODY}")
        return self.body
