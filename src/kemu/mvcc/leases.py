"""Leases: a time to live, in virtual seconds, that keys can share."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import NamedTuple

from ..clock import exact
from ..errors import LeaseExists, LeaseNotFound, LeaseTtlTooLarge

MIN_TTL = 2
"""What etcd makes of a shorter TTL: one and a half election timeouts (1 s by default), in whole seconds."""

MAX_TTL = 9_000_000_000

FIRST_ID = 0x6B656D7500000001
"""Where the ids begin that the store chooses."""


class Lease(NamedTuple):
    """A lease. `expiry` is in virtual seconds since the start."""

    id: int
    ttl: int
    expiry: float


class Leases:
    """All leases, which keys are attached to them, and which one expires next. `l` is the number of leases."""

    __slots__ = ("_by_id", "_heap", "_keys", "_mine", "next_id")

    def __init__(self, next_id: int = FIRST_ID) -> None:
        self._by_id: dict[int, Lease] = {}
        self._keys: dict[int, dict[bytes, None]] = {}
        self._mine: dict[int, None] = {}
        self._heap: list[tuple[float, int]] = []
        self.next_id = next_id

    def __contains__(self, lease_id: object) -> bool:
        return lease_id in self._by_id

    def __len__(self) -> int:
        return len(self._by_id)

    def grant(self, ttl: int, lease_id: int, now: float) -> Lease:
        """A new lease; id 0 lets the store choose one. O(log l)."""
        if ttl > MAX_TTL:
            raise LeaseTtlTooLarge
        if not lease_id:
            while self.next_id in self._by_id:
                self.next_id += 1
            lease_id = self.next_id
            self.next_id += 1
        if lease_id in self._by_id:
            raise LeaseExists
        ttl = max(ttl, MIN_TTL)
        return self.restore(lease_id, ttl, exact(now + ttl))

    def restore(self, lease_id: int, ttl: int, expiry: float) -> Lease:
        """A lease as it was. O(log l)."""
        lease = Lease(lease_id, ttl, expiry)
        self._by_id[lease_id] = lease
        self._keys[lease_id] = {}
        self._mine[lease_id] = None
        heappush(self._heap, (lease.expiry, lease_id))
        return lease

    def renew(self, lease_id: int, now: float) -> Lease | None:
        """Start the time to live again; None if there is no such lease. O(log l)."""
        lease = self._by_id.get(lease_id)
        if lease is None:
            return None
        expiry = exact(now + lease.ttl)
        if expiry != lease.expiry:
            lease = lease._replace(expiry=expiry)
            self._by_id[lease_id] = lease
            heappush(self._heap, (lease.expiry, lease_id))
            if len(self._heap) > 64 + 4 * len(self._by_id):
                self._heap = [(each.expiry, each.id) for each in self._by_id.values()]
                heapify(self._heap)
        return lease

    def remove(self, lease_id: int) -> list[bytes]:
        """Forget a lease; returns its keys in order. Raises LeaseNotFound. O(r log r)."""
        if self._by_id.pop(lease_id, None) is None:
            raise LeaseNotFound
        self._mine.pop(lease_id, None)
        return sorted(self._keys.pop(lease_id))

    def find(self, lease_id: int) -> Lease | None:
        """The lease of this id. O(1)."""
        return self._by_id.get(lease_id)

    def keys(self, lease_id: int) -> list[bytes]:
        """The keys attached to a lease, in order. O(r log r)."""
        return sorted(self._keys[lease_id])

    def all(self) -> list[Lease]:
        """Every lease, the one that expires first coming first. O(l log l)."""
        return sorted(self._by_id.values(), key=lambda lease: (lease.expiry, lease.id))

    def move(self, key: bytes, old: int, new: int) -> None:
        """Attach a key to `new` instead of `old`; 0 is no lease. O(1), and O(keys) once per lease after a fork."""
        if old and old in self._by_id:
            self._own(old).pop(key, None)
        if new:
            self._own(new)[key] = None

    def due(self, now: float) -> list[int]:
        """The leases that expire at or before `now`, in the order in which they do. O(r log l)."""
        found: list[int] = []
        while self._heap and self._heap[0][0] <= now:
            expiry, lease_id = heappop(self._heap)
            lease = self._by_id.get(lease_id)
            if lease is not None and lease.expiry == expiry and lease_id not in found[-1:]:
                found.append(lease_id)
        return found

    def next_expiry(self) -> float | None:
        """When the next lease expires. O(log l) amortised."""
        heap = self._heap
        while heap:
            lease = self._by_id.get(heap[0][1])
            if lease is not None and lease.expiry == heap[0][0]:
                return heap[0][0]
            heappop(heap)
        return None

    def _own(self, lease_id: int) -> dict[bytes, None]:
        if lease_id not in self._mine:
            self._keys[lease_id] = dict(self._keys[lease_id])
            self._mine[lease_id] = None
        return self._keys[lease_id]

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self._by_id)

    def fork(self) -> Leases:
        """Independent leases with the same time left; the lists of keys are shared until written to. O(l)."""
        twin = Leases()
        twin._by_id = self._by_id.copy()
        twin._keys = self._keys.copy()
        twin._heap = self._heap.copy()
        twin.next_id = self.next_id
        self._mine = {}
        return twin

    def check(self, attached: dict[bytes, int]) -> None:
        """Raise AssertionError unless exactly these keys are attached to these leases. O(keys + l log l)."""
        known = {key: lease_id for lease_id, keys in self._keys.items() for key in keys}
        assert known == attached, f"attached are {known}, but the pairs say {attached}"
        assert self._by_id.keys() == self._keys.keys(), "every lease has a list of keys"
        assert {(each.expiry, each.id) for each in self._by_id.values()} <= set(self._heap), (
            "every lease is on the heap"
        )
