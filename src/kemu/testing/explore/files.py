"""What broke, as a small file: written by `Broken.save`, run again by `kemu replay`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import UsageError
from .offers import Choice, faults_of
from .report import Broken, Inputs
from .scenario import named, read
from .search import Search
from .tape import Recorder, Tape


def load(path: str | Path) -> tuple[Broken, str]:
    """What broke, from a file that `Broken.save` has written, and the version of kemu that has written it.

    Raises UsageError for another file, OSError if there is none.
    """
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        return broken_of(record), str(record["kemu"])
    except (ValueError, TypeError, KeyError) as problem:
        raise UsageError(f"{path} is no file that kemu has recorded: {problem!r}") from None


def broken_of(record: Mapping[str, Any]) -> Broken:
    """What `Broken.record` has given. Raises KeyError, TypeError, ValueError for anything else."""
    inputs = Inputs(
        setup=str(record["setup"]),
        scenario=tuple([dict(step) for step in record["scenario"]]),
        checks=tuple(map(str, record["checks"])),
        seed=int(record["seed"]),
        until=float(record["until"]),
        processes=tuple(map(str, record["processes"])),
    )
    plan = tuple([Choice(str(offer), int(nth)) for offer, nth in record["plan"]])
    kept, told = tuple(map(int, record["kept"])), (str(record["guarantee"]), str(record["text"]))
    return Broken(*told, plan, inputs, kept, str(record["timeline"]), int(record["number"]))


def again(broken: Broken, version: str = __version__) -> Tape:
    """Make the run again that broke, and take it down.

    Raises UsageError if its setup, or a step of its scenario, cannot be imported.
    """
    inputs = broken.inputs
    checks = tuple([named(name, "check") for name in inputs.checks if name])
    search = Search(
        named(inputs.setup, "setup"),
        [read(step) for step in inputs.scenario],
        checks,
        faults_of("all"),
        inputs.until,
        "auto",
        inputs.seed,
        inputs.processes,
    )
    search.record = Recorder
    found = search.judged(broken.plan)
    recorder = search.last.recorder
    assert recorder is not None
    return recorder.tape(tuple(_about(broken, version)), ": ".join(found) if found else "")


def _about(broken: Broken, version: str) -> Iterator[str]:
    other = f", made again by {__version__}: it may go another way" if version != __version__ else ""
    yield f"seed {broken.seed}, recorded by kemu {version}{other}"
    yield f"it broke then: {broken.guarantee}: {broken.text}"
    unknown = broken.inputs.checks.count("")
    if unknown:
        yield f"{unknown} checks of your own cannot be imported by a name, and are left out"
    yield "the users:"
    yield from (f"  {step}" for step in broken.steps)
    yield "what happened:" if broken.plan else "nothing went wrong on the way"
    yield from (f"  {choice}" for choice in broken.plan)


def story(tape: Tape) -> Iterator[str]:
    """A tape in lines: what it is, what was written when and by whom, and what broke."""
    yield from tape.about
    yield "what was written:"
    for change in tape.changes:
        yield f"  {change.time:10.3f}s {change.type:8} {change.kind} {change.name} by {change.actor}"
    yield f"it broke: {tape.broke}" if tape.broke else "nothing broke"
