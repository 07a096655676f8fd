"""What could happen instead of what kemu does by itself, and who decides whether it does.

An offer is a text, such as `crash-after: create secrets default/a by copier`, which is the same in every run. A
`Choice` takes it when it is made for the n-th time, and a plan is a few choices: all else goes its usual way. So a plan
means the same when other choices are left out, and says in words what happens.

Who decides is a `Decider`: a function of the offers at one point that gives back one of them, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import attrs

from ...entropy import Entropy
from ...errors import UsageError

Decider = Callable[[Sequence[str]], str]
"""Which of the offers at a point is taken; an empty text for none of them."""

WRITES: dict[str, tuple[str, ...]] = {
    "update": ("crash-after", "conflict", "timeout-after", "error", "overtaken", "too-many", "webhook-denies",
               "webhook-fails"),
    "patch": ("crash-after", "timeout-after", "error", "overtaken", "too-many", "webhook-denies", "webhook-fails"),
    "create": ("crash-after", "timeout-after", "error", "too-many", "quota", "webhook-denies", "webhook-fails"),
    "delete": ("crash-after", "timeout-after", "error", "too-many"),
    "deletecollection": ("crash-after", "timeout-after", "error", "too-many"),
    "get": ("error", "overtaken", "too-many"),
    "list": ("error", "too-many"),
}  # fmt: skip
"""What a request can meet, by its verb."""

LAGS = (5.0, 120.0)
"""Seconds for which a kind may be withheld from a process."""

LAG = 3.0
"""Seconds by which all of a kind may reach a process, or a node, later than it should, from some moment on."""

NO_QUORUM = 10.0
"""Seconds for which the store may have no quorum."""

RELIST = 120.0
"""Seconds until a watch that tells too little has expired, so that its process lists anew."""

SKEWS = (120.0, -120.0)
"""Seconds by which the clock of a process may be ahead, for `SKEWED` seconds."""

SKEWED = 600.0

OUTAGES = {"node-crash": (120.0, 600.0), "partition": (120.0, 600.0), "kubelet-restart": (10.0,)}
"""Seconds for which a node may be out: short of the eviction of its pods, or long enough for it."""

KINDS = (
    *("crash-after", "conflict", "timeout-after", "error", "too-many", "quota", "webhook-denies", "webhook-fails"),
    *("overtaken", "meanwhile", "late", "lag", "expire", "drop", "duplicate", "next", "early", "tie", "restart"),
    *("past", "two-leaders", "skew", "no-quorum", *OUTAGES, "slow-node", "deleted", "unwatched", "recreated"),
)
"""The words with which offers begin."""


@attrs.frozen
class Sight:
    """A way in which the next changes of a kind may reach a process: the offer, its kind, and the fault that it is."""

    kind: str
    offer: str
    fault: str
    values: tuple[float, ...] = ()


@lru_cache(maxsize=1024)
def sights(seer: str, plural: str) -> tuple[Sight, ...]:
    """All of them, for one process and one kind."""
    late = [Sight("late", f"late: {seer} sees no {plural} for {lag:g}s", "stale", (lag,)) for lag in LAGS]
    return (
        *late,
        Sight("lag", f"lag: {seer} sees the {plural} {LAG:g}s late from now on", "late", (LAG,)),
        Sight("expire", f"expire: {seer} sees no {plural} until it lists anew", "unobserved", (RELIST,)),
        Sight("drop", f"drop: {seer} sees no {plural} once", "drop", (1, RELIST)),
        Sight("duplicate", f"duplicate: {seer} sees the {plural} twice", "duplicate"),
    )


RUDE = ("past", "two-leaders", "skew", "no-quorum", *OUTAGES, "slow-node", "deleted", "unwatched", "recreated")
"""What comes alone: hardly anybody puts up with it when something else goes wrong as well."""


@attrs.frozen
class Choice:
    """An offer that is taken when it is made for the n-th time, counted from 1."""

    offer: str
    nth: int = 1

    @property
    def rude(self) -> bool:
        """Whether it is more than a controller meets on an ordinary bad day, so that it comes alone."""
        return self.offer.startswith(RUDE)

    def __str__(self) -> str:
        return self.offer if self.nth == 1 else f"{self.offer} (time {self.nth})"


Plan = tuple[Choice, ...]


def plan_of(said: Iterable[Choice | str | tuple[str, int]]) -> Plan:
    """A plan from choices, texts, or pairs of a text and a number. Raises UsageError."""
    found = []
    for each in said:
        choice = each if isinstance(each, Choice) else Choice(each) if isinstance(each, str) else Choice(*each)
        if choice.offer.partition(":")[0] not in KINDS:
            raise UsageError(f"{choice.offer!r} is no offer: one begins with one of {', '.join(KINDS)}")
        found.append(choice)
    return tuple(found)


def faults_of(said: str | Iterable[str]) -> frozenset[str]:
    """Which kinds of offers are made: `all` of them, or some by their names. Raises UsageError."""
    names = KINDS if said == "all" else (said,) if isinstance(said, str) else tuple(said)
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        raise UsageError(f"there is nothing called {unknown[0]!r} to explore: there are {', '.join(KINDS)}")
    return frozenset(names)


def nothing(offers: Sequence[str]) -> str:
    """Take no offer."""
    return ""


class Walk:
    """Chance: at each point one of the offers is taken with a probability that is drawn for the whole run."""

    def __init__(self, chance: Entropy, number: int) -> None:
        self._chance, self._number, self._asked = chance, number, 0
        self._rate = (0.02, 0.08, 0.3)[chance.below(3, "rate", number)]

    def __call__(self, offers: Sequence[str]) -> str:
        self._asked += 1
        if self._chance.fraction("walk", self._number, self._asked) >= self._rate:
            return ""
        return self._chance.choice(offers, "which", self._number, self._asked)


class Priorities:
    """Whoever has the highest priority goes first; at a few points drawn in advance somebody gets the lowest one, and
    a fault happens. That finds with a known probability what needs no more than so many changes."""

    def __init__(self, chance: Entropy, number: int, length: int, changes: int = 3) -> None:
        self._chance, self._number, self._asked = chance, number, 0
        self._changes = {chance.below(max(length, 1), "change", number, each) + 1 for each in range(changes)}
        self._lowered: dict[str, int] = {}

    def _priority(self, offer: str) -> tuple[int, int]:
        who = offer.split(" ")[1]
        return (-self._lowered.get(who, 0), self._chance.below(1 << 20, "priority", self._number, who))

    def __call__(self, offers: Sequence[str]) -> str:
        self._asked += 1
        orders = [offer for offer in offers if offer.startswith("next:")]
        if self._asked in self._changes:
            taken = self._chance.choice(offers, "which", self._number, self._asked)
            if taken.startswith("next:"):
                self._lowered[taken.split(" ")[1]] = self._asked
            return taken
        best = max(orders, key=self._priority, default="")
        return best if best and self._priority(best) > (0, 1 << 19) else ""
