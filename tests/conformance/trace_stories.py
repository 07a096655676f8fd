"""Two timelines side by side: which object is which, and which step of one is which step of the other.

Names behind `<gen:N>` and nodes are blurred: which of a set's pods something happens to is not part of the comparison.
Objects of a kind and blurred name are paired by how much of their stories is alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

import attrs

from .trace_form import Entry
from .trace_names import Json
from .trace_states import dumps

BRIEF = 0.35
"""A step that is over sooner may be merged into the next one (0.3 s, and times are rounded to 0.1 s)."""

LONG = 1.0
"""What was recorded once tells only by steps that last at least as long what had to happen."""

GENERATED = re.compile(r"<gen:\d+>")
NEVER_CREATED = re.compile(r'(?<=-)[bcdfghjklmnpqrstvwxz2456789]{5}(?=" is forbidden)')
NODE = re.compile(r"\bnode-\d+")


def blurred(text: str, kind: str = "") -> str:
    """A text about an object of a kind without which pod of a set, and which node it is about."""
    text = NEVER_CREATED.sub("<gen>", GENERATED.sub("<gen>", text))
    return text if kind == "Node" else NODE.sub("node-N", text)


@attrs.frozen
class Step:
    """A state and when it came; `other` is when it came in the second recording.

    `text` is equal for states that are alike, `stable` says that it came in both recordings.
    """

    number: int
    time: float
    other: float
    state: Json
    text: str
    stable: bool
    lasts: float

    @property
    def required(self) -> bool:
        """Whether it has to be seen."""
        return self.stable and self.lasts >= BRIEF


@attrs.frozen(eq=False)
class Story:
    """One object of a timeline, ready to be compared."""

    kind: str
    name: str
    incarnation: int
    node: str | None
    steps: Sequence[Step]

    @property
    def label(self) -> str:
        again = f" (no. {self.incarnation} of that name)" if self.incarnation > 1 else ""
        return f"{self.kind} {self.name}{again}"

    @property
    def group(self) -> tuple[str, str, int]:
        """Equal for objects that may stand for each other."""
        return self.kind, blurred(self.name, self.kind), 0 if "<gen" in self.name else self.incarnation

    @property
    def required(self) -> list[Step]:
        """The steps that have to be seen."""
        return [step for step in self.steps if step.required]


@attrs.frozen
class Pair:
    """Two objects that are taken for the same one, and the positions of steps that are."""

    want: Story
    got: Story
    steps: Sequence[tuple[int, int]]

    def matched(self) -> Iterator[tuple[Step, Step]]:
        """The recorded and the seen step of every match."""
        return ((self.want.steps[i], self.got.steps[k]) for i, k in self.steps)


def as_text(kind: str, state: Json) -> str:
    """A state as it is compared.

    In how many writes a ReplicaSet is scaled depends on which pods become ready in one moment, so only whether it was
    observed counts. The endpoints of a slice have no order once their names are blurred.
    """
    if kind == "ReplicaSet" and "generation" in state:
        status = dict(state.get("status") or {})
        observed = status.pop("observedGeneration", None)
        rest = {name: value for name, value in state.items() if name != "generation"}
        state = {**rest, "status": status, "behind": observed not in (None, state["generation"])}
    if kind == "EndpointSlice" and state.get("endpoints"):
        endpoints = sorted(state["endpoints"], key=lambda each: blurred(dumps(each)))
        state = {**state, "endpoints": endpoints}
    return blurred(dumps(state), kind)


def outside(value: float, one: float, other: float) -> float:
    """How far a value is from the range between two others."""
    return max(min(one, other) - value, value - max(one, other), 0.0)


def _weight(want: Step, got: Step) -> float:
    """What it is worth to take two alike steps for the same one: stable ones and those close in time count most."""
    closeness = 1 / (1 + outside(got.time, want.time, want.other))
    return (4 if want.stable else 1) * (1 + closeness)


def aligned(wants: Sequence[Step], gots: Sequence[Step]) -> tuple[float, list[tuple[int, int]]]:
    """The most valuable way to find alike steps in the same order in both: its value, and the positions."""
    rows, columns = len(wants), len(gots)
    value = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in reversed(range(rows)):
        for k in reversed(range(columns)):
            best = max(value[i + 1][k], value[i][k + 1])
            if wants[i].text == gots[k].text:
                best = max(best, value[i + 1][k + 1] + _weight(wants[i], gots[k]))
            value[i][k] = best
    pairs, i, k = [], 0, 0
    while i < rows and k < columns:
        if value[i][k] == value[i + 1][k]:
            i += 1
        elif value[i][k] == value[i][k + 1]:
            k += 1
        else:
            pairs.append((i, k))
            i, k = i + 1, k + 1
    return value[0][0], pairs


def paired(wants: Sequence[Story], gots: Sequence[Story]) -> tuple[list[Pair], list[Story], list[Story]]:
    """The objects of one group in pairs, the most alike first; and those that are left on either side."""

    def rank(option: tuple[float, Pair]) -> tuple[float, bool]:
        value, pair = option
        return value + 0.5 * (pair.want.node == pair.got.node), pair.want.name == pair.got.name

    options = []
    for want in wants:
        for got in gots:
            value, steps = aligned(want.steps, got.steps)
            options.append((value, Pair(want, got, steps)))
    pairs: list[Pair] = []
    taken: set[Story] = set()
    for _, pair in sorted(options, key=rank, reverse=True):
        if taken.isdisjoint((pair.want, pair.got)):
            taken.update((pair.want, pair.got))
            pairs.append(pair)
    return pairs, [each for each in wants if each not in taken], [each for each in gots if each not in taken]


def recorded_story(entry: Json, *, runs: int, until: float) -> Story:
    """A recorded entry. Its stable steps are marked if it was recorded twice, else they are those that last."""
    kind, rows = entry["kind"], entry["steps"]
    steps = []
    for number, (row, end) in enumerate(zip(rows, _ends([row["t"] for row in rows]), strict=True), 1):
        time, state = row["t"], row["s"]
        stable = row.get("stable", False) if runs == 2 else min(end, until) - time >= LONG
        other = row.get("t2", time)
        steps.append(Step(number, time, other, state, as_text(kind, state), stable, end - time))
    return Story(kind, entry["name"], entry["incarnation"], entry.get("node"), steps)


def seen_story(entry: Entry) -> Story:
    """The story of an object that was watched, of which nothing is required."""
    ends = _ends([time for time, _ in entry.steps])
    steps = [
        Step(number, time, time, state, as_text(entry.kind, state), False, end - time)
        for number, ((time, state), end) in enumerate(zip(entry.steps, ends, strict=True), 1)
    ]
    return Story(entry.kind, entry.name, entry.incarnation, entry.node, steps)


def _ends(times: Sequence[float]) -> list[float]:
    """When each step is over, which the last one never is."""
    return [*times[1:], math.inf]
