"""The variables of processes: what all of a container have in common is kept once.

A container's environment names every Service of its namespace, and so do its processes, whatever they are about. A
process keeps what it has beside these `links`, in place of them, or has lost of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping

import attrs

from ..values.frozen import FrozenMap

EXPORTED = "exported"
"""What stands behind the name of an exported variable."""


@attrs.frozen
class Names:
    """Variables, or the names of those that are exported, between two moments at which their process does something."""

    own: FrozenMap[str, str] = FrozenMap()
    lost: FrozenMap[str, None] = FrozenMap()
    """Which of the links it does not have, or has something else for."""

    def with_(self, name: str, value: str) -> Names:
        """With one variable more that no link has the name of."""
        return Names(self.own.with_({name: value}), self.lost)


NO_NAMES = Names()


class Variables(MutableMapping[str, str]):
    """The same while the process is at work: a dict with first what is its own, then what is linked."""

    __slots__ = ("_links", "_lost", "_own")

    def __init__(self, names: Names, links: Mapping[str, str]) -> None:
        self._own = dict(names.own)
        self._lost = dict(names.lost)
        self._links = links

    def frozen(self) -> Names:
        """The variables as they are now. O(those that are not linked)."""
        return Names(FrozenMap(self._own), FrozenMap(self._lost))

    def only(self, chosen: Variables) -> Names:
        """These variables, but for those whose names are not among the chosen ones."""
        own = {name: value for name, value in self._own.items() if name in chosen}
        lost = {name: None for name in chosen._lost if name not in chosen}
        return Names(FrozenMap(own), FrozenMap({**self._lost, **lost}))

    def __contains__(self, name: object) -> bool:
        return name in self._own or (name in self._links and name not in self._lost)

    def __getitem__(self, name: str) -> str:
        return self._own[name] if name in self._own or name in self._lost else self._links[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from (name for name in self._links if name not in self._lost)

    def __len__(self) -> int:
        return len(self._own) + len(self._links) - len(self._lost)

    def __setitem__(self, name: str, value: str) -> None:
        self._own[name] = value
        self._lose(name)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self._own.pop(name, None)
        self._lose(name)

    def _lose(self, name: str) -> None:
        if name in self._links:
            self._lost[name] = None
