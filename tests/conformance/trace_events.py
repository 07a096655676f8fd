"""The events of a recording beside those that were seen: what was said, how often, and in which order.

Who is spoken of by a generated name may be any of its set. Scaling a ReplicaSet from 5 to 4 and from 4 to 2 is as good
as from 5 to 2: how many pods become ready in one moment decides in how many steps it is done.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set

import attrs

from .trace_form import EventRow
from .trace_names import Json
from .trace_stories import Story, blurred

SCALING = re.compile(r"(?:\(combined from similar events\): )?(Scaled (?:up|down) replica set \S+) from (\d+) to (\d+)")
APART = 0.5
"""Seconds between two events of an object from which on their order counts."""

Said = tuple[str, str | None, str | None, str, str | None, str | None]


def said(row: EventRow) -> Said:
    """What an event says, of whom, and who says so; equal for events that may stand for each other."""
    kind = row.involved.partition("/")[0]
    return (
        blurred(row.involved, kind),
        row.type,
        row.reason,
        blurred(row.message, kind),
        row.source,
        row.field_path,
    )


def recorded_events(case: Json) -> list[EventRow]:
    """The events of a recording, in order."""
    return [
        EventRow(
            time=row["t"],
            involved=row["involved"],
            type=row["type"],
            reason=row["reason"],
            message=row["message"],
            count=row["count"],
            source=row["source"],
            field_path=row.get("fieldPath"),
            stable=bool(row.get("stable")),
        )
        for row in case["events"]
    ]


def merged(events: Iterable[EventRow]) -> list[EventRow]:
    """The events with the scalings of one ReplicaSet that go on from each other as one."""
    rest: list[EventRow] = []
    chains: list[list[EventRow]] = []
    open_chains: dict[tuple[str, str], list[EventRow]] = {}
    ends: dict[tuple[str, str], str] = {}
    for row in sorted(events, key=lambda row: row.time):
        scaling = SCALING.fullmatch(row.message) if row.reason == "ScalingReplicaSet" else None
        if scaling is None:
            rest.append(row)
            continue
        key = (row.involved, scaling[1])
        if ends.get(key) == scaling[2]:
            open_chains[key].append(row)
        else:
            open_chains[key] = [row]
            chains.append(open_chains[key])
        ends[key] = scaling[3]
    return rest + [_as_one(chain) for chain in chains]


def _as_one(chain: Sequence[EventRow]) -> EventRow:
    first, last = (SCALING.fullmatch(row.message) for row in (chain[0], chain[-1]))
    assert first is not None and last is not None
    return attrs.evolve(
        chain[0],
        message=f"{first[1]} from {first[2]} to {last[3]}",
        count=1,
        stable=all(row.stable for row in chain),
    )


def _by_content(events: Iterable[EventRow]) -> dict[Said, list[EventRow]]:
    """The events since the start by what they say."""
    table: dict[Said, list[EventRow]] = {}
    for row in events:
        if row.time >= 0:
            table.setdefault(said(row), []).append(row)
    return table


def _told(key: Said) -> str:
    involved, type_, reason, message, source, field_path = key
    return f"event {reason} of {involved}{f' {field_path}' if field_path else ''} ({type_}, {source}: {message[:160]})"


def _at_most(rows: Sequence[EventRow]) -> int:
    """How often an event may be seen. What repeats (a probe, a retry) may do so a little more often than recorded."""
    return len(rows) if all(row.count == 1 for row in rows) else math.ceil(1.25 * len(rows)) + 1


@attrs.frozen
class EventsComparison:
    """The events of both sides."""

    wanted: Sequence[EventRow]
    seen: Sequence[EventRow]

    def counts(self, runs: int, unsure: Set[str], end: float) -> Iterator[str]:
        """What was recorded and not seen, or not so often; and what was seen up to `end` and not recorded.

        Of an event that was not the same in both recordings, and of an object in `unsure`, there may be more.
        """
        wanted, seen = _by_content(merged(self.wanted)), _by_content(merged(self.seen))
        varied = {key[:3] for key, rows in wanted.items() if runs != 2 or not all(row.stable for row in rows)}

        def free(key: Said) -> bool:
            return key[:3] in varied or key[0] in unsure

        for key, rows in wanted.items():
            got = seen.get(key, [])
            lacking = _lacking(rows, got) if runs == 2 else None if got else rows[0]
            if lacking is not None:
                counts = [row.count for row in got]
                yield f"{_told(key)}: count {lacking.count} recorded at {lacking.time} s, seen are {counts}"
            elif not free(key) and sum(row.time <= end for row in got) > _at_most(rows):
                yield f"{_told(key)}: recorded {len(rows)} times, seen at {[row.time for row in got]}"
        for key, rows in seen.items():
            if key not in wanted and not free(key) and rows[0].time <= end:
                yield f"{_told(key)}: seen at {rows[0].time} s, not in the recording"

    def order(self, want: Story, got: Story) -> Iterator[str]:
        """Two first events of an object that were recorded well apart, and seen the other way round."""
        matched = self._first_events(want, got)
        for number, (first, first_seen) in enumerate(matched):
            for second, second_seen in matched[number + 1 :]:
                apart = second.time - first.time > APART and said(first) != said(second)
                if apart and second_seen.time < first_seen.time:
                    yield f"{_told(said(first))}: recorded before {second.reason}, seen after it"
                    return

    def _first_events(self, want: Story, got: Story) -> list[tuple[EventRow, EventRow]]:
        """The stable recorded events of an object that said something for the first time, and their nearest twins."""
        ours, theirs = f"{got.kind}/{got.name}", f"{want.kind}/{want.name}"
        pools = _by_content(row for row in self.seen if row.count == 1 and row.involved == ours)
        matched = []
        for row in self.wanted:
            pool = pools.get(said(row))
            if pool and row.stable and row.count == 1 and row.involved == theirs:
                twin = min(pool, key=lambda other: abs(other.time - row.time))
                pool.remove(twin)
                matched.append((row, twin))
        return matched


def _lacking(rows: Sequence[EventRow], got: Sequence[EventRow]) -> EventRow | None:
    """The first stable recorded event of which there is none with its count among those that were seen."""
    left = Counter(row.count for row in got)
    for row in rows:
        if row.stable:
            left[row.count] -= 1
            if left[row.count] < 0:
                return row
    return None
