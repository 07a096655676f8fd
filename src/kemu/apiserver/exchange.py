"""One request and its answer, apart from any server: what `rest.py` works on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import attrs

from . import rbac
from .resources import Resource
from .server import Context

JSON = "application/json"
YAML = "application/yaml"


class World(Protocol):
    """Who lets time pass while a request waits."""

    def wait_until(self, ready: Callable[[], bool], deadline: float) -> bool: ...

    def pod_logs(self, namespace: str, name: str, options: Mapping[str, str]) -> Iterator[bytes]: ...


@attrs.define(eq=False)
class Response:
    """An answer: `status`, `headers` as pairs, and the body whole (`body`), in pieces (`stream`) or parsed (`json`)."""

    status: int
    headers: list[tuple[str, str]]
    _chunks: Iterator[bytes] = attrs.field(factory=lambda: iter(()))
    _whole: bytes | None = None

    @property
    def body(self) -> bytes:
        """All of the body. Of a watch or a followed log: what comes until it ends, letting virtual time pass."""
        if self._whole is None:
            self._whole = b"".join(self._chunks)
        return self._whole

    def stream(self) -> Iterator[bytes]:
        """The body piece by piece; of a watch, one line an event. Reading on lets virtual time pass."""
        return iter((self._whole,)) if self._whole is not None else self._chunks

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@attrs.define(eq=False)
class Call:
    """One request as it is being answered."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    user: rbac.User
    warnings: list[str]
    resource: Resource | None = None
    namespace: str | None = None
    name: str = ""
    subresource: str = ""

    def context(self) -> Context:
        agent = self.headers.get("user-agent", "").partition("/")[0].strip()
        return Context(
            user=self.user.name,
            groups=self.user.groups,
            actor=self.user.name,
            dry_run=bool(self.query.get("dryRun")),
            manager=self.query.get("fieldManager") or agent[:128] or "unknown",
            warn=self.warnings.append,
        )

    @property
    def target(self) -> Resource:
        assert self.resource is not None
        return self.resource
