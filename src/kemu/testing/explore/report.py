"""What an exploration has tried, and what broke."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from ... import __version__
from .offers import Plan

if TYPE_CHECKING:
    from .search import Search


@attrs.frozen
class Broken:
    """One thing that broke: which guarantee, how, and the least that makes it happen."""

    guarantee: str
    text: str
    plan: Plan
    steps: tuple[str, ...]
    """The steps of the scenario that it takes."""
    seed: int
    names: tuple[str, str]
    """How setup and scenario are imported, as `module:name`; empty if they cannot be."""
    kept: tuple[int, ...]
    until: float
    processes: tuple[str, ...]
    timeline: str = ""
    number: int = 0
    """Which run it was."""

    @property
    def script(self) -> str:
        """A Python program that makes it happen again."""
        lines = ["from kemu.testing.explore import replay"]
        for name, what in zip(self.names, ("setup", "scenario"), strict=True):
            module, _, attribute = name.partition(":")
            lines.append(f"from {module} import {attribute}" if name else f"{what} = ...  # as in your test")
        words = [name.rpartition(":")[2] or what for name, what in zip(self.names, ("setup", "scenario"), strict=True)]
        plan = ", ".join(repr(each.offer) if each.nth == 1 else repr((each.offer, each.nth)) for each in self.plan)
        lines.append(f"replay({', '.join(words)}, plan=[{plan}], steps={list(self.kept)}, seed={self.seed})")
        return "\n".join(lines) + "\n"

    def save(self, path: str | Path) -> None:
        """Write it down for `kemu replay`."""
        record = {
            "kemu": __version__,
            "setup": self.names[0],
            "scenario": self.names[1],
            "seed": self.seed,
            "until": self.until,
            "processes": list(self.processes),
            "steps": list(self.kept),
            "plan": [[each.offer, each.nth] for each in self.plan],
            "broke": f"{self.guarantee}: {self.text}",
        }
        Path(path).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")

    def __str__(self) -> str:
        lines = [f"{self.guarantee}: {self.text}", "the users:"]
        lines += [f"  {step}" for step in self.steps]
        lines.append("what happened:" if self.plan else "nothing went wrong on the way")
        lines += [f"  {choice}" for choice in self.plan]
        return "\n".join([*lines, "again with:", *(f"  {line}" for line in self.script.splitlines())])


@attrs.define
class Report:
    """What was tried. `runs` are whole or joined ones, `states` those that were told apart."""

    runs: int = 0
    states: int = 0
    units: int = 0
    depth: int = 0
    """The most deviations of which every single combination was tried."""
    exhausted: bool = False
    """Whether nothing was left to try within the bounds."""
    seconds: float = 0.0
    coverage: dict[tuple[str, str, str], int] = attrs.field(factory=dict)
    """How often what went wrong, by process or controller, kind and fault."""
    failures: list[Broken] = attrs.field(factory=list)
    search: Search | None = attrs.field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether nothing broke."""
        return not self.failures

    def add(self, other: Report) -> None:
        """Count what another exploration has tried, and take over what broke in it."""
        self.runs, self.states, self.units = (
            self.runs + other.runs,
            self.states + other.states,
            self.units + other.units,
        )
        self.depth, self.seconds = max(self.depth, other.depth), self.seconds + other.seconds
        for key, count in other.coverage.items():
            self.coverage[key] = self.coverage.get(key, 0) + count
        self.failures += other.failures

    def check(self) -> Report:
        """Raise AssertionError with all that broke."""
        if self.failures:
            raise AssertionError("\n\n".join(map(str, self.failures)))
        return self

    def resume(self, budget: Any = "10s") -> Report:
        """Go on trying where this exploration has ended."""
        assert self.search is not None
        return self.search.go(budget)

    def __str__(self) -> str:
        what = "nothing broke" if self.ok else f"{len(self.failures)} broke"
        everything = ", all there is" if self.exhausted else ""
        return (
            f"{what} in {self.runs} runs of {self.states} states ({self.units} steps, "
            f"all with {self.depth} deviations{everything}) in {self.seconds:.1f}s"
        )
