"""The ledgers in use: one per profile and pod shape, the least recently used are dropped.

A fork shares them. Whoever finds a ledger that is not its own yet makes it its own by a copy, which is far less than to
compute it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...values.fork_map import ForkMap
from . import ledger as ledgers
from .framework import Framework
from .nodes import Snapshot
from .nominations import Nominations
from .shapes import PodInfo, Shape

if TYPE_CHECKING:
    from .ledger import Ledger

_ENTRIES = 500_000
"""How many (shape, node) results are kept at most, about 200 bytes each."""

_REMEMBERED = 4096

Key = tuple[str, Shape]


class Ledgers:
    """Finds an up-to-date ledger for a pod. `context` counts changes of services, controllers and namespaces.

    A ledger is made for the second pod of a shape: the first one alone would not earn it back.
    """

    def __init__(self, snapshot: Snapshot, nominations: Nominations) -> None:
        self._snapshot, self._nominations = snapshot, nominations
        self._owner: object = [0]
        self._ledgers: dict[Key, Ledger] = {}
        self._once: ForkMap[Key, bool] = ForkMap()
        self.context = 0

    def fork(self, snapshot: Snapshot, nominations: Nominations) -> Ledgers:
        """The same ledgers over a fork of the snapshot. O(ledgers), by pointer."""
        twin = Ledgers(snapshot, nominations)
        self._owner = [0]
        twin._ledgers, twin._once = dict(self._ledgers), self._once.fork()
        twin.context = self.context
        return twin

    def __len__(self) -> int:
        return len(self._ledgers)

    def clear(self) -> None:
        """Forget everything."""
        self._ledgers.clear()
        self._once.clear()

    def find(self, framework: Framework, pod: PodInfo) -> Ledger | None:
        """A ledger that is up to date, or None when the pod needs the plain computation."""
        if pod.pod.status.nominated_node_name:
            return None
        key = (framework.name, pod.shape)
        ledger = self._ledgers.pop(key, None)
        if ledger is not None:
            ledger = self._own(ledger)
            if (ledger.context != self.context and ledger.topology.stale()) or not ledger.update():
                ledger = None
        if ledger is None:
            if not self._worth_it(key):
                return None
            ledger = ledgers.Ledger.of(framework, self._snapshot, pod)
            if ledger is None:
                self._once[key] = False
                return None
            ledger.owner = self._owner
        ledger.context = self.context
        self._ledgers[key] = ledger
        self._shrink()
        return None if ledger.nominations_matter(self._nominations.shapes()) else ledger

    def _own(self, ledger: Ledger) -> Ledger:
        """A ledger that may be changed here."""
        if ledger.owner is not self._owner:
            ledger = ledger.fork(self._snapshot)
            ledger.owner = self._owner
        return ledger

    def _worth_it(self, key: Key) -> bool:
        """Whether the shape was seen before and is not known to need the plain computation."""
        if key in self._once:
            return self._once[key]
        if len(self._once) >= _REMEMBERED:
            del self._once[next(iter(self._once))]
        self._once[key] = True
        return False

    def _shrink(self) -> None:
        most = max(_ENTRIES // max(len(self._snapshot), 1), 2)
        while len(self._ledgers) > most:
            del self._ledgers[next(iter(self._ledgers))]

    def check(self) -> None:
        """Compare every ledger with one made from scratch; raises AssertionError where they differ."""
        for key, held in list(self._ledgers.items()):
            ledger = self._ledgers[key] = self._own(held)
            if (ledger.context != self.context and ledger.topology.stale()) or not ledger.update():
                del self._ledgers[key]
            else:
                ledger.check()
