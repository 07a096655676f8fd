"""What the server looks up by a value: who holds an address, a port or a subject.

What an object holds is a function of it. It is worked out once, and then kept in step with the log of changes, so that
a look costs what has happened since the last one, and not all objects there are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any

import attrs

from ..values.fork_map import ForkIndex
from ..values.state import State

if TYPE_CHECKING:
    from .changes import ChangeLog
    from .resources import Resource

Held = Callable[[Any], Iterable[Hashable]]
"""What an object holds."""


@attrs.define(eq=False)
class Holders(State):
    """The holders of every value, as far as the log has been read. Derived from what is stored."""

    _held: Held
    _revision: int = -1
    _by_value: ForkIndex[Hashable, Any] = attrs.field(factory=ForkIndex)

    def seen(self, log: ChangeLog, resource: Resource, stored: Callable[[], Iterable[Any]]) -> ForkIndex[Hashable, Any]:
        """By value, the objects that hold it now by their uid: those `stored`, or by what the log says has changed."""
        last = log.last(resource.prefix)
        if self._revision < log.compacted:
            self._by_value.clear()
            for obj in stored():
                self._take(obj)
        elif self._revision < last:
            for change in log.since(self._revision + 1, resource.prefix):
                if change.old is not None:
                    for value in self._held(change.old):
                        self._by_value.discard(value, change.old.metadata.uid)
                if change.new is not None:
                    self._take(change.new)
        self._revision = max(last, log.compacted)
        return self._by_value

    def _take(self, obj: Any) -> None:
        for value in self._held(obj):
            self._by_value.set(value, obj.metadata.uid, obj)
