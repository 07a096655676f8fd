"""Explorations with many seeds at once, in as many processes or on as many machines as an executor has.

    summary = campaign(setup, scenario, seeds=range(100), budget="10s")
    summary = campaign(setup, scenario, executor=dask_client.get_executor(), kept="campaign.jsonl")

Setup and scenario are found by their names in each worker: they are functions at the top of a module. What is `kept` in
a file need not be tried again: a campaign that was interrupted, or that is to have more seeds, goes on where it ended.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, TextIO

import attrs

from ...errors import UsageError
from .files import broken_of
from .report import Broken, Report
from .search import explore

Progress = Callable[["Summary", int], None]
"""Is told after each exploration what there is so far, and of how many."""

BAR = 30
"""Columns of a progress bar."""

COUNTED = ("runs", "states", "units", "seconds", "shrinking")


@attrs.define
class Summary:
    """What a campaign has tried, by seed, and what broke."""

    reports: dict[int, Report] = attrs.field(factory=dict)

    @property
    def failures(self) -> list[Broken]:
        """All that broke, by seed."""
        return [broken for _, report in sorted(self.reports.items()) for broken in report.failures]

    @property
    def distinct(self) -> dict[tuple[str, ...], list[Broken]]:
        """What broke, by the guarantee and what happened: several seeds find the same."""
        found: dict[tuple[str, ...], list[Broken]] = {}
        for broken in self.failures:
            found.setdefault((broken.guarantee, *map(str, broken.plan)), []).append(broken)
        return found

    @property
    def ok(self) -> bool:
        """Whether nothing broke."""
        return not self.failures

    @property
    def total(self) -> Report:
        """The sum of all reports."""
        total = Report(failures=self.failures)
        for _, report in sorted(self.reports.items()):
            for name in COUNTED:
                setattr(total, name, getattr(total, name) + getattr(report, name))
            total.depth = max(total.depth, report.depth)
            for key, count in report.coverage.items():
                total.coverage[key] = total.coverage.get(key, 0) + count
        return total

    def check(self) -> Summary:
        """Raise AssertionError with all that broke, each once."""
        if not self.ok:
            raise AssertionError("\n\n".join([str(self), *(str(found[0]) for found in self.distinct.values())]))
        return self

    def __str__(self) -> str:
        lines = [f"{len(self.reports)} seeds: {self.total}"]
        for (guarantee, *plan), found in self.distinct.items():
            happened = " and ".join(plan) or "nothing went wrong on the way"
            lines.append(f"  {len(found)} times {guarantee}, first with seed {found[0].seed}: {happened}")
        return "\n".join(lines)


def campaign(
    setup: Any,
    scenario: Any,
    seeds: Iterable[int] = range(8),
    *,
    executor: Executor | None = None,
    kept: str | Path | None = None,
    progress: Progress | None = None,
    **more: Any,
) -> Summary:
    """Explore once for each seed, in a pool of processes if no executor is given.

    The reports are `kept` in a file, if there is a path for it, as they come; seeds that are in it already are not
    tried again. `progress` is told after each; if nothing is said a terminal shows a bar. Further arguments are those
    of `explore`. Raises UsageError for what no other process can be given, and what a worker raises.
    """
    wanted = list(dict.fromkeys(seeds))
    summary = Summary(_read(kept, wanted))
    left = [seed for seed in wanted if seed not in summary.reports]
    told = progress or bar(sys.stderr)
    if executor is None:
        _check_sendable(setup, scenario, more)
    pool = executor or ProcessPoolExecutor()
    try:
        waiting = {pool.submit(_one, setup, scenario, seed, more): seed for seed in left}
        for done in as_completed(waiting):
            seed = waiting[done]
            summary.reports[seed] = done.result()
            _keep(kept, seed, summary.reports[seed])
            told(summary, len(wanted))
    finally:
        if executor is None:
            pool.shutdown(cancel_futures=True)
    return summary


def bar(screen: TextIO) -> Progress:
    """A bar that grows on a terminal; elsewhere nothing is shown."""

    def show(summary: Summary, of: int) -> None:
        done = len(summary.reports)
        grown = "#" * (BAR * done // of)
        text = f"\r[{grown:{BAR}}] {done}/{of} seeds, {len(summary.distinct)} broke"
        screen.write(text + ("\n" if done == of else ""))
        screen.flush()

    return show if screen.isatty() else lambda summary, of: None


def _one(setup: Any, scenario: Any, seed: int, more: dict[str, Any]) -> Report:
    report = explore(setup, scenario, seed=seed, **more)
    report.search = None
    return report


def _check_sendable(*what: Any) -> None:
    """Raise UsageError for what cannot be given to another process."""
    try:
        pickle.dumps(what)
    except (pickle.PicklingError, AttributeError, TypeError) as problem:
        raise UsageError(
            f"a pool of processes finds setup, scenario and checks by their names, at the top of a module: {problem}"
        ) from None


def _keep(path: str | Path | None, seed: int, report: Report) -> None:
    """Add the report of a seed to a file, as a line."""
    if path is None:
        return
    record = {name: getattr(report, name) for name in (*COUNTED, "depth", "exhausted")}
    record |= {"seed": seed, "coverage": [[*key, count] for key, count in report.coverage.items()]}
    record["failures"] = [broken.record() for broken in report.failures]
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def _read(path: str | Path | None, wanted: list[int]) -> dict[int, Report]:
    """The reports in a file of the seeds that are wanted. Raises UsageError for a file of something else."""
    if path is None or not Path(path).exists():
        return {}
    found = {}
    try:
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            counts = {name: record[name] for name in (*COUNTED, "depth", "exhausted")}
            coverage = {(who, kind, what): count for who, kind, what, count in record["coverage"]}
            failures = [broken_of(each) for each in record["failures"]]
            found[int(record["seed"])] = Report(**counts, coverage=coverage, failures=failures)
    except (ValueError, TypeError, KeyError) as problem:
        raise UsageError(f"{path} is no file that a campaign has kept: {problem!r}") from None
    return {seed: found[seed] for seed in wanted if seed in found}
