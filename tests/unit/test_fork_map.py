"""Maps that fork are dicts in every way, whatever their relatives do."""

from __future__ import annotations

import pickle
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kemu.values.fork_map import SPARE, ForkIndex, ForkMap
from kemu.values.frozen import FrozenMap
from kemu.values.prints import fingerprint
from kemu.values.state import State, differences, foreign

KEYS = st.integers(0, 60)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["set", "pop", "del", "last", "fork", "seal", "setdefault", "clear", "sum"]),
        st.integers(0, 3),
        KEYS,
        st.integers(),
    ),
    max_size=120,
)


def _entry_sum(key: int, value: int) -> int:
    return hash((key, value))


def _sum(entries: Any) -> int:
    return sum(_entry_sum(key, value) for key, value in entries.items()) % (1 << 64)


@given(ACTS, st.integers(0, 60))
def test_a_family_of_maps_is_a_family_of_dicts(acts: list[Any], start: int) -> None:
    maps: list[ForkMap[int, int]] = [ForkMap((key, -key) for key in range(start))]
    dicts: list[dict[int, int]] = [{key: -key for key in range(start)}]
    sealed: list[tuple[ForkMap[int, int], dict[int, int]]] = []
    for what, who, key, value in acts:
        who %= len(maps)
        mapping, plain = maps[who], dicts[who]
        if what == "set":
            mapping[key] = plain[key] = value
        elif what == "pop":
            assert mapping.pop(key, None) == plain.pop(key, None)
        elif what == "del" and key in plain:
            del mapping[key], plain[key]
        elif what == "last":
            plain.pop(key, None)
            plain[key] = value
            assert mapping.put_last(key, value) == len(plain)
        elif what == "setdefault":
            assert mapping.setdefault(key, value) == plain.setdefault(key, value)
        elif what == "fork":
            maps.append(mapping.fork())
            dicts.append(dict(plain))
        elif what == "seal":
            sealed.append((mapping.seal(), dict(plain)))
            assert mapping.seal() is sealed[-1][0]
            if key < 20:
                maps.append(mapping.seal().fork())
                dicts.append(dict(plain))
        elif what == "sum":
            assert mapping.summed(value % 2, _entry_sum, 1 << 64) == _sum(plain)
        elif key < 3:
            mapping.clear()
            plain.clear()
    for mapping, plain in (*zip(maps, dicts, strict=True), *sealed):
        mapping.check()
        assert list(mapping.items()) == list(plain.items())
        assert list(mapping) == list(plain) and list(mapping.values()) == list(plain.values())
        assert len(mapping) == len(plain) and bool(mapping) == bool(plain)
        assert all(mapping.get(key, "none") == plain.get(key, "none") for key in range(61))
        assert all((key in mapping) == (key in plain) for key in range(61))
        assert pickle.loads(pickle.dumps(mapping)) == mapping


@given(
    st.lists(
        st.tuples(st.sampled_from(["set", "discard", "fork", "seal", "sum"]), st.integers(0, 3), KEYS, KEYS),
        max_size=100,
    ),
)
def test_a_family_of_indexes_is_a_family_of_dicts_of_dicts(acts: list[Any]) -> None:
    indexes: list[ForkIndex[int, int]] = [ForkIndex()]
    dicts: list[dict[int, dict[int, int]]] = [{}]
    sealed: list[tuple[ForkIndex[int, int], dict[int, dict[int, int]]]] = []
    for number, (what, who, value, key) in enumerate(acts):
        who %= len(indexes)
        index, plain, value = indexes[who], dicts[who], value % 5
        if what == "set":
            index.set(value, key, number)
            plain.setdefault(value, {})[key] = number
        elif what == "discard":
            index.discard(value, key)
            plain.get(value, {}).pop(key, None)
            if not plain.get(value, True):
                del plain[value]
        elif what == "sum":
            of = lambda value, bucket: _entry_sum(value, _sum(bucket))  # noqa: E731
            expected = sum(_entry_sum(value, _sum(inner)) for value, inner in plain.items())
            assert index.summed("who", of, 1 << 64) == expected % (1 << 64)
        else:
            if what == "seal":
                sealed.append((index.seal(), {value: dict(inner) for value, inner in plain.items()}))
                assert index.seal() is sealed[-1][0]
            indexes.append(index.fork() if what == "fork" else index.seal().fork())
            dicts.append({value: dict(inner) for value, inner in plain.items()})
    for index, plain in (*zip(indexes, dicts, strict=True), *sealed):
        index.check()
        assert {value: dict(bucket.items()) for value, bucket in index.items()} == plain
        assert len(index) == len(plain)
        for value in range(6):
            assert index.under(value) == tuple(plain.get(value, {}).values())
            assert all(index.find(value, key) == plain.get(value, {}).get(key) for key in range(61))
        assert pickle.loads(pickle.dumps(index)) == index


def test_a_sum_is_kept_up_to_date_by_what_has_changed() -> None:
    """Only entries that were written to are looked at again, on either side of a fork."""
    mapping: ForkMap[int, int] = ForkMap((key, key) for key in range(1000))
    index: ForkIndex[int, int] = ForkIndex()
    for key in range(1000):
        index.set(key // 10, key, key)
    looked: list[int] = []

    def of(key: int, value: Any) -> int:
        looked.append(key)
        return _entry_sum(key, value if isinstance(value, int) else _sum(value))

    for table in (mapping, index):
        table.summed("who", of, 1 << 64)
    twins = mapping.fork(), index.fork()
    looked.clear()
    mapping[5] = 6
    index.set(7, 70, -1)
    index.discard(8, 83)
    for table in (mapping, index, *twins):
        table.summed("who", of, 1 << 64)
    assert looked == [5, 5, 7, 8], "the entry as it was, as it is, and the two buckets"


def test_missing_keys_are_errors_as_those_of_a_dict() -> None:
    mapping: ForkMap[str, int] = ForkMap([("a", 1)])
    for each in (mapping, mapping.fork()):
        with pytest.raises(KeyError):
            each["b"]
        with pytest.raises(KeyError):
            each.pop("b")
        with pytest.raises(KeyError):
            del each["b"]


def test_a_fork_copies_no_entries() -> None:
    mapping: ForkMap[int, int] = ForkMap((key, key) for key in range(10_000))
    twin = mapping.fork()
    assert twin._base is mapping._base
    twin[1] = 0
    assert twin._base is mapping._base and mapping[1] == 1
    for key in range(2_501 + SPARE):
        twin[key] = 0
    assert twin._base is not mapping._base and twin._over is None, "by now most of it is its own"


@attrs.define(eq=False)
class _Inner(State):
    numbers: ForkMap[str, int] = attrs.field(factory=ForkMap)


@attrs.define(eq=False)
class _Outer(State):
    count: int = 0
    inner: _Inner = attrs.field(factory=_Inner)
    index: ForkIndex[str, Any] = attrs.field(factory=ForkIndex)
    words: tuple[str, ...] = ()


def test_records_fork_pickle_and_compare() -> None:
    one = _Outer(words=("a",))
    one.inner.numbers["x"] = 1
    one.inner.numbers["y"] = 2
    one.index.set("v", "k", FrozenMap({"a": 1}))
    other = one.fork()
    assert fingerprint(one) == fingerprint(other) == fingerprint(pickle.loads(pickle.dumps(one)))
    assert list(differences(one, other)) == []
    other.inner.numbers["x"] = 3
    other.count = 7
    assert one.count == 0 and one.inner.numbers["x"] == 1
    assert list(differences(one, other)) == [("count", 0, 7), ("inner.numbers['x']", 1, 3)]
    assert fingerprint(one) != fingerprint(other)


def test_the_order_in_which_entries_came_does_not_count() -> None:
    one, other = _Inner(ForkMap([("a", 1), ("b", 2)])), _Inner(ForkMap([("b", 2), ("a", 1)]))
    assert fingerprint(one) == fingerprint(other)
    assert fingerprint(_Inner(ForkMap([("a", 2), ("b", 1)]))) != fingerprint(one)


def test_what_may_not_stand_in_a_state_is_named() -> None:
    state = _Outer(words=("a", [1]))  # type: ignore[arg-type]
    state.inner.numbers["f"] = print  # type: ignore[assignment]
    assert [path for path, _ in foreign(state)] == ["inner.numbers['f']", "words[1]"]
    with pytest.raises(TypeError, match="cannot stand in a state"):
        fingerprint(state)
