"""Who holds what must not be held twice: addresses, ports, numbers that the server gives out.

What is held is a function of the stored objects. It is worked out once, and then kept in step with the log of changes,
so that an allocation costs what has happened since the last one, and not all objects there are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Set
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .changes import ChangeLog
    from .resources import Resource

Held = Callable[[Any], Iterable[Hashable]]
"""What an object holds."""


class Holders:
    """The holders of every value, as far as the log has been read. Derived from what is stored; a fork starts anew."""

    __slots__ = ("_held", "_revision", "_uids")

    def __init__(self, held: Held) -> None:
        self._held = held
        self._revision = -1
        self._uids: dict[Hashable, set[str]] = {}

    def seen(
        self, log: ChangeLog, resource: Resource, stored: Callable[[], Iterable[Any]]
    ) -> Mapping[Hashable, Set[str]]:
        """By value the uids of who holds it now: of what is `stored`, or by what the log says has changed since."""
        last = log.last(resource.prefix)
        if self._revision < log.compacted:
            self._uids.clear()
            for obj in stored():
                self._take(obj)
        elif self._revision < last:
            for change in log.since(self._revision + 1, resource.prefix):
                self._let_go(change.old)
                self._take(change.new)
        self._revision = max(last, log.compacted)
        return self._uids

    def _take(self, obj: Any) -> None:
        for value in () if obj is None else self._held(obj):
            self._uids.setdefault(value, set()).add(obj.metadata.uid)

    def _let_go(self, obj: Any) -> None:
        for value in () if obj is None else self._held(obj):
            uids = self._uids.get(value)
            if uids is not None:
                uids.discard(obj.metadata.uid)
                if not uids:
                    del self._uids[value]
