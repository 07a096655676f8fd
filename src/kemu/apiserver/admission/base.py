"""What an admission plugin is."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from ... import errors
from .. import failures
from ..request import Desk, Request


def refused(request: Request, why: str) -> errors.Forbidden:
    """The refusal of an object that may have no name yet: what its name is drawn after stands in its place."""
    name = request.name
    if not name and request.obj is not None:
        name = request.obj.metadata.name or request.obj.metadata.generate_name
    return failures.forbidden(request.resource.kind, name or "Unknown", why)


def switch(name: str, on: bool = True) -> str:
    """What stands among what has a say (`Desk.guarded`) if a plugin was switched on, or off."""
    return f"{'+' if on else '-'}{name}"


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
    """The kinds whose objects it goes by, if it has nothing to say where there are none, or its own switch if it has
    nothing to say unless it is told to: see `Desk.guarded`."""

    places: ClassVar[bool] = False
    """Whether it looks at nothing of a new object but where it is."""

    @classmethod
    def admits(cls, key: str, operation: str, subresource: str, guarded: frozenset[str]) -> bool:
        """Whether this plugin looks at such requests, in a cluster where these kinds have a say."""
        return (
            operation in cls.operations
            and (not cls.resources or key in cls.resources)
            and (not cls.subresources or subresource in cls.subresources)
            and (not cls.guards or not cls.guards.isdisjoint(guarded))
            and switch(cls.name, on=False) not in guarded
        )

    def admit(self, request: Request, desk: Desk) -> Any:
        """The object as this plugin changes it, or the same; raises an ApiError to refuse the request."""
        return request.obj

    def validate(self, request: Request, desk: Desk) -> None:
        """Raise an ApiError if the finished object must be refused."""


@attrs.define(eq=False)
class Round:
    """How often the plugins have been asked to change an object: a second time, if what users added has changed it."""

    again: bool = False
    outputs: dict[tuple[str, ...], Any] = attrs.field(factory=dict)
    """By what has changed it: the object as it was then."""

    def passes(self, key: tuple[str, ...], if_needed: bool, obj: Any) -> bool:
        """Whether something has its turn: the second time only who wants to, when others have changed its result."""
        if not self.again:
            return True
        return if_needed and key in self.outputs and self.outputs[key] != obj


class Dynamic(Plugin):
    """A plugin that asks what users have added to the cluster."""

    def admit(self, request: Request, desk: Desk) -> Any:
        return self.changed(request, desk, Round())

    def changed(self, request: Request, desk: Desk, turn: Round) -> Any:
        """The object as what users have added changes it; raises an ApiError to refuse the request."""
        return request.obj
