"""What an exploration has tried, and what broke."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from ... import __version__
from ...errors import UsageError
from ...values.durations import format_duration
from .offers import Plan

if TYPE_CHECKING:
    from .search import Search

CALM = 1800.0
"""Seconds of calm, where nothing else is said."""


@attrs.frozen
class Inputs:
    """All but its plan that a run needs to be made again, as plain data."""

    setup: str
    """How it is imported, as `module:name`; empty if it cannot be."""
    scenario: tuple[dict[str, Any], ...]
    """The steps that it takes, as JSON (`scenario.written`)."""
    checks: tuple[str, ...]
    """The user's own checks by their names; of one that cannot be imported the name is empty."""
    seed: int
    until: float
    processes: tuple[str, ...]
    """Those that were named; without any it is what `setup` has added."""


@attrs.frozen
class Broken:
    """One thing that broke: which guarantee, how, and the least that makes it happen."""

    guarantee: str
    text: str
    plan: Plan
    inputs: Inputs
    kept: tuple[int, ...]
    """Which steps of the scenario it takes."""
    timeline: str = ""
    number: int = 0
    """Which run it was."""

    @property
    def seed(self) -> int:
        """The seed of the exploration that has found it."""
        return self.inputs.seed

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps of the scenario that it takes, by their names."""
        return tuple([step["name"] for step in self.inputs.scenario])

    @property
    def script(self) -> str:
        """A Python program that makes it happen again, of at most ten lines."""
        inputs = self.inputs
        imported: dict[str, dict[str, None]] = {"kemu.testing.explore": {"replay": None}}

        def name(said: str) -> str:
            module, _, attribute = said.partition(":")
            imported.setdefault(module, {})[attribute.partition(".")[0]] = None
            return attribute

        setup = name(inputs.setup) if inputs.setup else "setup"
        steps = [text for step in inputs.scenario for text in _step(step, name)]
        more = [f"plan=[{', '.join(map(_choice, self.plan))}]"]
        if "" in steps:
            scenario, unsaid = "scenario", ["scenario = ...  # as in your test"]
            more.append(f"steps={list(self.kept)}")
        else:
            scenario, unsaid = f"[{', '.join(steps)}]", []
        if not inputs.setup:
            unsaid.append("setup = ...  # as in your test")
        checks = [name(each) for each in inputs.checks if each]
        more += [f"checks=[{', '.join(checks)}]"] if checks else []
        more += [f"until={inputs.until:g}"] if inputs.until != CALM else []
        more += [f"processes={list(inputs.processes)}"] if inputs.processes else []
        lines = [f"from {module} import {', '.join(names)}" for module, names in imported.items()]
        lines += [*unsaid, f"scenario = {scenario}"] if not unsaid or scenario != "scenario" else unsaid
        lines.append(f"replay({setup}, scenario, {', '.join(more)}, seed={inputs.seed})")
        return "\n".join(lines) + "\n"

    def record(self) -> dict[str, Any]:
        """It as JSON."""
        inputs = {**attrs.asdict(self.inputs), "kept": list(self.kept)}
        plan = [[each.offer, each.nth] for each in self.plan]
        broke = {"guarantee": self.guarantee, "text": self.text, "timeline": self.timeline, "number": self.number}
        return {"kemu": __version__, **inputs, "plan": plan, **broke}

    def save(self, path: str | Path) -> None:
        """Write it down for `kemu replay`."""
        Path(path).write_text(json.dumps(self.record(), indent=2) + "\n", encoding="utf-8")

    def __str__(self) -> str:
        lines = [f"{self.guarantee}: {self.text}", "the users:"]
        lines += [f"  {step}" for step in self.steps]
        lines.append("what happened:" if self.plan else "nothing went wrong on the way")
        lines += [f"  {choice}" for choice in self.plan]
        return "\n".join([*lines, "again with:", *(f"  {line}" for line in self.script.splitlines())])


def _choice(choice: Any) -> str:
    return repr(choice.offer) if choice.nth == 1 else repr((choice.offer, choice.nth))


def _step(step: dict[str, Any], name: Any) -> Iterator[str]:
    """A step of a scenario as Python: what is done, and the pause after it; empty if it cannot be said."""
    if "call" in step:
        yield name(step["call"]) if step["call"] else ""
    elif "apply" in step:
        yield "" if step["apply"] is None else repr(step["apply"])
    if step["pause"]:
        yield repr(format_duration(step["pause"]))


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
    dropped: int = 0
    """Plans that were not tried since too many others waited."""
    seconds: float = 0.0
    shrinking: float = 0.0
    """How much of that it took from failures to their shrunk scripts."""
    coverage: dict[tuple[str, str, str], int] = attrs.field(factory=dict)
    """How often what went wrong, by process or controller, kind and fault."""
    failures: list[Broken] = attrs.field(factory=list)
    search: Search | None = attrs.field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether nothing broke."""
        return not self.failures

    def check(self) -> Report:
        """Raise AssertionError with all that broke."""
        if self.failures:
            raise AssertionError("\n\n".join(map(str, self.failures)))
        return self

    def resume(self, budget: Any = "10s") -> Report:
        """Go on trying where this exploration has ended. Raises UsageError for a report that came from elsewhere."""
        if self.search is None:
            raise UsageError("only the process that has explored can go on with it: explore again, or use a campaign")
        return self.search.go(budget)

    def __str__(self) -> str:
        what = "nothing broke" if self.ok else f"{len(self.failures)} broke"
        everything = ", all there is" if self.exhausted else ""
        return (
            f"{what} in {self.runs} runs of {self.states} states ({self.units} steps, "
            f"all with {self.depth} deviations{everything}) in {self.seconds:.1f}s"
        )
