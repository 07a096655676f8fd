"""What broke, as a small file: written by `Broken.save`, run again by `kemu replay`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs

from ...errors import UsageError
from .offers import Choice, Plan, faults_of
from .search import Search

FIELDS = ("kemu", "setup", "scenario", "seed", "until", "processes", "steps", "plan", "broke")


@attrs.frozen
class Recorded:
    """One run that broke: how to make it again, and what it broke then."""

    kemu: str
    """The version that has recorded it."""
    setup: str
    scenario: str
    seed: int
    until: float
    processes: tuple[str, ...]
    steps: tuple[int, ...]
    plan: Plan
    broke: str

    def again(self) -> Iterator[str]:
        """Make the run again; line by line what was done, at which time, and in the end what broke.

        Raises UsageError if setup and scenario cannot be imported.
        """
        setup, scenario = _found(self.setup, "setup"), _found(self.scenario, "scenario")
        search = Search(setup, scenario, (), faults_of("all"), self.until, "auto", self.seed, self.processes)
        search.keep(self.steps)
        broken = search.judged(self.plan)
        yield "the users:"
        yield from (f"  {search.acts[each].name}" for each in self.steps)
        yield "what happened:"
        yield from (f"  {choice}" for choice in self.plan)
        cluster = search.last.cluster
        yield "what was written:"
        for change in cluster.history(since=cluster.first_revision + 1):
            yield f"  {change.time:10.3f}s {change.type:8} {change.kind} {change.name} by {change.actor}"
        yield f"it broke: {broken[0]}: {broken[1]}" if broken else f"nothing broke; it was {self.broke}"


def load(path: str | Path) -> Recorded:
    """Read a file that `Broken.save` has written. Raises UsageError for another one, OSError if there is none."""
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        plan = tuple([Choice(str(offer), int(nth)) for offer, nth in record["plan"]])
        steps, processes = tuple(map(int, record["steps"])), tuple(map(str, record["processes"]))
        given = {name: record[name] for name in FIELDS}
        return Recorded(**{**given, "plan": plan, "steps": steps, "processes": processes})
    except (ValueError, TypeError, KeyError) as problem:
        raise UsageError(f"{path} is no file that kemu has recorded: {problem!r}") from None


def _found(name: str, what: str) -> Any:
    module, _, attribute = name.partition(":")
    if not module:
        raise UsageError(f"the {what} cannot be imported by a name: define it at the top of a module, and record again")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as problem:
        raise UsageError(f"there is no {what} {name}: {problem}") from None
