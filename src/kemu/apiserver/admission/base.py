"""What an admission plugin is."""

from __future__ import annotations

from typing import Any, ClassVar

from ..request import Desk, Request


class Plugin:
    """One admission plugin. It has no state: what it needs, it asks the desk.

    `resources` empty means all; `operations` are CREATE, UPDATE, DELETE and CONNECT. The object of a request is what
    travels through its subresource: of `pods/binding` the Binding, of a scale the Scale; `request.old` is the stored
    one, and of a deletion the only one.
    """

    name: ClassVar[str]
    resources: ClassVar[frozenset[str]] = frozenset()
    operations: ClassVar[frozenset[str]] = frozenset({"CREATE"})
    subresources: ClassVar[frozenset[str]] = frozenset({""})
    """Those that it looks at; empty means all."""
    guards: ClassVar[frozenset[str]] = frozenset()
    """The kinds whose objects it goes by, if it has nothing to say where there are none: see `Desk.guarded`."""

    @classmethod
    def admits(cls, key: str, operation: str, subresource: str, guarded: frozenset[str]) -> bool:
        """Whether this plugin looks at such requests, in a cluster where these kinds have a say."""
        return (
            operation in cls.operations
            and (not cls.resources or key in cls.resources)
            and (not cls.subresources or subresource in cls.subresources)
            and (not cls.guards or not cls.guards.isdisjoint(guarded))
        )

    def admit(self, request: Request, desk: Desk) -> Any:
        """The object as this plugin changes it, or the same; raises an ApiError to refuse the request."""
        return request.obj

    def validate(self, request: Request, desk: Desk) -> None:
        """Raise an ApiError if the finished object must be refused."""
