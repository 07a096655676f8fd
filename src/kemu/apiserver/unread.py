"""New objects of which nobody has read yet what they say.

Of every ten writes in the life of a pod five are events, and hardly anybody looks at one. So what a component reports
is stored unread: its place and its revision, who wrote it and when are known, and it takes the steps of a create when
one of its fields is first read. What comes of that is the same whenever it is done, since only objects are kept so of
which nothing at the door has a say: no plugin but those that look where an object is, no wrapper, no fault, no audit.
Whoever writes one answers for it that no step would refuse it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import attrs

from ..entropy import Entropy, Purpose
from ..objects.model import unread
from ..values.times import Time
from . import admission, managed, rbac, sequence
from .request import Desk, Request

if TYPE_CHECKING:
    from .server import ApiServer

LATER = tuple(step for step in sequence.CREATE if step not in (sequence.mutated, sequence.admitted))
"""The steps of a create without those that look at anything but the object and the moment."""


@attrs.frozen(eq=False)
class Unread:
    """How to find out what an object says. It is the desk of the steps, and knows no more than the moment."""

    request: Request
    make: Callable[[], Any]
    entropy: Entropy
    now: tuple[Purpose, ...]
    """What tells a draw at that moment apart from others."""
    written: Time
    revision: int

    def occasion(self, request: Request, what: str) -> tuple[Purpose, ...]:
        return self.now

    def stamp(self) -> Time:
        return self.written

    def __call__(self) -> Any:
        """The object as it was stored."""
        done = sequence.run(LATER, self.request.with_obj(self.make()), cast(Desk, self))
        return managed.stored(done, self.revision, self.written)


def create_unread(server: ApiServer, request: Request, make: Callable[[], Any]) -> bool:
    """Store a new object of which only the place is looked at; False if it has to be created like any other.

    `make` gives the object, the same whenever it is called. Raises what a create raises because of place and user.
    """
    resource, desk = request.resource, server.desk
    chosen = admission.plugins_for(request, desk)
    if not (server.open and chosen.places and resource.exact):
        return False
    rbac.authorise(desk, request)
    for plugin in chosen.mutating:
        plugin.admit(request, desk)
    key = resource.path(request.namespace, request.name)
    what = f"{resource.key}/{request.namespace or ''}/{request.name}"
    revision, now = server.store.revision + 1, desk.occasion(request, what)
    obj = unread(resource.shape.cls, Unread(request, make, server.entropy, now, server.stamp(), revision))
    if server.store.put_if(key, obj, 0) is None:
        return False
    server.committed(request, revision, key, obj, obj)
    server.drew(what)
    return True
