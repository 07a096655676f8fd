"""Maps that fork: what simulated state is kept in.

A `ForkMap` is a dict that can be forked in a moment, whatever its size: both sides go on with the same entries, and
each pays only for what it changes. A `ForkIndex` is a map of such maps. Both keep the order of a dict.

        before          after fork, one write on each side

        base            base (shared, never written again)
        a b c           a b c
                       /     \\
                 over: b'     over: d     gone: a

Complexity, for n entries of which m were changed since the last fork: reading and writing O(1); `fork` O(m), with m
never more than n/4 + 32, beyond which a side makes all entries its own. A sum over all entries (`summed`) costs what
has changed since it was taken last. `seal` gives a fork that is only read and forked: O(1), and the same one as last
time, if nothing was written since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
D = TypeVar("D")

SPARE = 32
"""How many entries may be changed on top of those that are shared, beside a quarter of them."""

MISSING: Any = object()
"""What stands for no value."""
_NOTHING: dict[Any, Any] = {}
"""What nobody writes to: it stands for a table that is made when something is to be put into it."""


_new = object.__new__


class ForkMap(Generic[K, V]):
    """A dict whose fork shares what neither side changes. Values are frozen: a fork does not copy them."""

    __slots__ = ("_base", "_gone", "_noted", "_over", "_sealed", "_size", "_sum")

    _base: dict[K, V]
    """The entries; never written to while a fork shares them."""
    _over: dict[K, V] | None
    """What was set since the base is shared: in place of what it has, or, if that has gone, behind it. None if it is
    not shared."""
    _gone: dict[K, None]
    """What was taken out of the base since it is shared."""
    _sum: tuple[Any, int] | None
    """The last sum over the entries: who asked for it, and what it came to."""
    _noted: dict[K, V]
    """What entries that have changed since were when it was taken (`MISSING` where there was none)."""
    _sealed: ForkMap[K, V] | None
    """A fork with the entries as they are, if one was asked for since the last write."""

    def __init__(self, entries: Iterable[tuple[K, V]] = ()) -> None:
        self._base = dict(entries)
        self._over = None
        self._gone = _NOTHING
        self._size = len(self._base)
        self._sum = self._sealed = None
        self._noted = _NOTHING

    def fork(self) -> ForkMap[K, V]:
        """An independent map with the same entries."""
        twin: ForkMap[K, V] = _new(ForkMap)
        twin._base = self._base
        over, gone, noted = self._over, self._gone, self._noted
        if over is None:
            self._over = over = _NOTHING
        twin._over = over.copy() if over else _NOTHING
        twin._gone = gone.copy() if gone else _NOTHING
        twin._size = self._size
        twin._sum = self._sum
        twin._noted = noted.copy() if noted else _NOTHING
        twin._sealed = None
        return twin

    def seal(self) -> ForkMap[K, V]:
        """A fork that nobody may write to: the same one until something is written here."""
        sealed = self._sealed
        if sealed is None:
            self._sealed = sealed = self.fork()
        return sealed

    def summed(self, who: Any, of: Callable[[K, V], int], modulus: int) -> int:
        """The sum of a function of all entries. O(what has changed since the same one asked last, or O(n))."""
        known, noted = self._sum, self._noted
        if known is None or known[0] is not who:
            total = sum([of(key, value) for key, value in self.items()])
        elif not noted:
            return known[1]
        else:
            total = known[1]
            for key, before in noted.items():
                if before is not MISSING:
                    total -= of(key, before)
                now = self.get(key, MISSING)
                if now is not MISSING:
                    total += of(key, now)
        self._sum, self._noted = (who, total % modulus), _NOTHING
        return total % modulus

    def _note(self, key: K) -> None:
        """Remember what an entry was when the sum was taken; the sum is not worth it if most of them have changed."""
        noted = self._noted
        if key in noted:
            return
        if len(noted) > SPARE + self._size:
            self._sum, self._noted = None, _NOTHING
            return
        if noted is _NOTHING:
            self._noted = noted = {}
        noted[key] = self.get(key, MISSING)

    def _settle(self) -> None:
        """Make all entries this side's own, once the changed ones are many."""
        if len(self._over or ()) + len(self._gone) > SPARE + (len(self._base) >> 2):
            self._base = dict(self.items())
            self._over, self._gone = None, _NOTHING

    # Reading

    def __len__(self) -> int:
        return self._size

    def __bool__(self) -> bool:
        return self._size > 0

    def __contains__(self, key: K) -> bool:
        over = self._over
        if over is None:
            return key in self._base
        return key in over or (key not in self._gone and key in self._base)

    def __getitem__(self, key: K) -> V:
        if self._over is None:
            return self._base[key]
        found = self.get(key, MISSING)
        if found is MISSING:
            raise KeyError(key)
        return found

    @overload
    def get(self, key: K) -> V | None: ...
    @overload
    def get(self, key: K, default: D) -> V | D: ...
    def get(self, key: K, default: Any = None) -> Any:
        over = self._over
        if over is None:
            return self._base.get(key, default)
        if key in over:
            return over[key]
        return default if key in self._gone else self._base.get(key, default)

    def items(self) -> Iterable[tuple[K, V]]:
        """The entries, in the order in which their keys came. Do not change the map meanwhile."""
        return self._base.items() if self._over is None else self._changed_items(self._over)

    def _changed_items(self, over: dict[K, V]) -> Iterator[tuple[K, V]]:
        gone, base = self._gone, self._base
        for key, value in base.items():
            if key not in gone:
                yield key, over.get(key, value)
        for key, value in over.items():
            if key in gone or key not in base:
                yield key, value

    def __iter__(self) -> Iterator[K]:
        return iter(self._base) if self._over is None else (key for key, _ in self._changed_items(self._over))

    def keys(self) -> Iterable[K]:
        """The keys, in the order in which they came."""
        return self

    def values(self) -> Iterable[V]:
        """The values, in the order of their keys."""
        over = self._over
        return self._base.values() if over is None else [value for _, value in self._changed_items(over)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ForkMap) and dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ForkMap({dict(self.items())!r})"

    # Writing

    def __setitem__(self, key: K, value: V) -> None:
        self._sealed = None
        if self._sum is not None:
            self._note(key)
        over = self._over
        if over is None:
            self._size += key not in self._base
            self._base[key] = value
            return
        if key not in over and (key not in self._base or key in self._gone):
            self._size += 1
        if over is _NOTHING:
            self._over = over = {}
        over[key] = value
        self._settle()

    def put_last(self, key: K, value: V) -> int:
        """Set an entry and have it be the last; how many there are then."""
        if self._over is None and self._sum is None:
            base = self._base
            self._sealed = None
            if base.pop(key, MISSING) is MISSING:
                self._size += 1
            base[key] = value
        else:
            self.pop(key, None)
            self[key] = value
        return self._size

    def setdefault(self, key: K, value: V) -> V:
        """The value of a key, which is this one if it had none."""
        found = self.get(key, MISSING)
        if found is MISSING:
            self[key] = value
            return value
        return found

    def update(self, entries: Iterable[tuple[K, V]]) -> None:
        """Set several entries."""
        for key, value in entries:
            self[key] = value

    @overload
    def pop(self, key: K) -> V: ...
    @overload
    def pop(self, key: K, default: D) -> V | D: ...
    def pop(self, key: K, default: Any = MISSING) -> Any:
        """Take an entry out. Raises KeyError if there is none and no default."""
        over = self._over
        if over is None and self._sum is None and key in self._base:
            self._sealed = None
            self._size -= 1
            return self._base.pop(key)
        found = self.get(key, MISSING)
        if found is MISSING:
            if default is MISSING:
                raise KeyError(key)
            return default
        self._sealed = None
        if self._sum is not None:
            self._note(key)
        self._size -= 1
        if over is None:
            del self._base[key]
            return found
        over.pop(key, None)
        if key in self._base:
            if self._gone is _NOTHING:
                self._gone = {}
            self._gone[key] = None
        self._settle()
        return found

    def __delitem__(self, key: K) -> None:
        if self._over is None and self._sum is None:
            del self._base[key]
            self._sealed = None
            self._size -= 1
        else:
            self.pop(key)

    def clear(self) -> None:
        """Take everything out."""
        self.__init__()  # type: ignore[misc]

    def __reduce__(self) -> tuple[Any, ...]:
        return (ForkMap, (list(self.items()),))

    def check(self) -> None:
        """Raise AssertionError unless what is counted is there, and nothing is changed that is shared. O(n)."""
        assert self._size == sum(1 for _ in self.items())
        assert self._over is not None or self._gone is _NOTHING
        assert not _NOTHING
        assert all(key in self._base for key in self._gone)


class ForkIndex(Generic[K, V]):
    """Entries in buckets: for every value of an index, the objects under it by their key. Empty buckets go away.

    A fork costs as much as one of a `ForkMap` of the buckets; the first write to a bucket after it, one fork of that
    bucket.
    """

    __slots__ = ("_buckets", "_own_buckets", "_owns_printed", "_printed", "_sealed", "_touched")

    def __init__(self) -> None:
        self._buckets: ForkMap[K, ForkMap[Any, V]] = ForkMap()
        self._own_buckets: dict[K, None] = _NOTHING
        """The values whose bucket nobody else has: it may be written to as it is."""
        self._printed: tuple[Any, ForkMap[K, int]] | None = None
        """Who last summed up the buckets, and what each of them came to."""
        self._owns_printed = False
        """Whether nobody else has that."""
        self._touched: dict[K, None] = _NOTHING
        """The values whose bucket has changed since."""
        self._sealed: ForkIndex[K, V] | None = None
        """A fork with the entries as they are, if one was asked for since the last write."""

    def fork(self) -> ForkIndex[K, V]:
        """An independent index with the same entries."""
        twin: ForkIndex[K, V] = _new(ForkIndex)
        twin._buckets = self._buckets.fork()
        self._own_buckets = twin._own_buckets = _NOTHING
        touched = self._touched
        twin._printed = self._printed
        self._owns_printed = twin._owns_printed = False
        twin._touched = touched.copy() if touched else _NOTHING
        twin._sealed = None
        return twin

    def seal(self) -> ForkIndex[K, V]:
        """A fork that nobody may write to: the same one until something is written here."""
        sealed = self._sealed
        if sealed is None:
            self._sealed = sealed = self.fork()
        return sealed

    def summed(self, who: Any, of: Callable[[K, ForkMap[Any, V]], int], modulus: int) -> int:
        """The sum of a function of all buckets. O(buckets changed since the same one asked last, or all of them)."""
        buckets, printed = self._buckets, self._printed
        changed: Iterable[K] = self._touched
        if printed is None or printed[0] is not who:
            printed = self._printed = (who, ForkMap())
            self._owns_printed = True
            changed = buckets
        elif not self._touched:
            return printed[1].summed(who, _itself, modulus)
        elif not self._owns_printed:
            printed = self._printed = (who, printed[1].fork())
            self._owns_printed = True
        sums = printed[1]
        for value in changed:
            bucket = buckets.get(value)
            if bucket is None:
                sums.pop(value, None)
            else:
                sums[value] = of(value, bucket)
        self._touched = _NOTHING
        return sums.summed(who, _itself, modulus)

    def bucket(self, value: K) -> ForkMap[Any, V] | None:
        """What is under a value of the index, by key, for reading; None if nothing is. O(1)."""
        buckets = self._buckets
        return buckets._base.get(value) if buckets._over is None else buckets.get(value)

    def find(self, value: K, key: Any) -> V | None:
        """One entry, or None. O(1)."""
        buckets = self._buckets
        bucket = buckets._base.get(value) if buckets._over is None else buckets.get(value)
        if bucket is None:
            return None
        return bucket._base.get(key) if bucket._over is None else bucket.get(key)

    def under(self, value: K) -> tuple[V, ...]:
        """Everything under a value of the index, in the order in which it came. O(result)."""
        bucket = self._buckets.get(value)
        return () if bucket is None else tuple(bucket.values())

    def set(self, value: K, key: Any, entry: V) -> None:
        """Put an entry under a value of the index. O(1)."""
        if self._printed is None and value in self._own_buckets:
            self._sealed = None
            buckets = self._buckets
            bucket = buckets._base.get(value) if buckets._over is None else buckets.get(value)
            if bucket is not None:
                bucket[key] = entry
                return
        self._own(value)[key] = entry

    def discard(self, value: K, key: Any) -> None:
        """Take an entry away, if it is there. O(1)."""
        bucket = self._buckets.get(value)
        if bucket is None or key not in bucket:
            return
        self._sealed = None
        if len(bucket) == 1:
            if self._printed is not None:
                self._touch(value)
            del self._buckets[value]
            self._own_buckets.pop(value, None)
            return
        del self._own(value)[key]

    def _own(self, value: K) -> ForkMap[Any, V]:
        """The bucket of a value, to write to."""
        self._sealed = None
        if self._printed is not None:
            self._touch(value)
        buckets = self._buckets
        bucket = buckets._base.get(value) if buckets._over is None else buckets.get(value)
        if bucket is not None and value in self._own_buckets:
            return bucket
        bucket = self._buckets[value] = ForkMap() if bucket is None else bucket.fork()
        if self._own_buckets is _NOTHING:
            self._own_buckets = {}
        self._own_buckets[value] = None
        return bucket

    def _touch(self, value: K) -> None:
        if value in self._touched:
            return
        if len(self._touched) > SPARE + len(self._buckets):
            self._printed, self._touched = None, _NOTHING
            return
        if self._touched is _NOTHING:
            self._touched = {}
        self._touched[value] = None

    def items(self) -> Iterable[tuple[K, ForkMap[Any, V]]]:
        """The buckets by their value."""
        return self._buckets.items()

    def __len__(self) -> int:
        """How many values there are."""
        return len(self._buckets)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ForkIndex) and self._buckets == other._buckets

    __hash__ = None  # type: ignore[assignment]

    def clear(self) -> None:
        """Take everything out."""
        self.__init__()  # type: ignore[misc]

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restored, ([(value, bucket) for value, bucket in self.items()],))

    def check(self) -> None:
        """Raise AssertionError unless every bucket is sound and has something in it. O(n)."""
        self._buckets.check()
        for _, bucket in self.items():
            bucket.check()
            assert bucket


def _itself(value: Any, total: int) -> int:
    return total


def _restored(buckets: list[tuple[Any, ForkMap[Any, Any]]]) -> ForkIndex[Any, Any]:
    index: ForkIndex[Any, Any] = ForkIndex()
    index._buckets.update(buckets)
    return index
