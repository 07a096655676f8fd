"""Explorations with many seeds at once, in as many processes or on as many machines as an executor has.

    summary = campaign(setup, scenario, seeds=range(100), budget="10s")
    summary = campaign(setup, scenario, executor=dask_client.get_executor())

Setup and scenario are found by their names in each worker: they are functions at the top of a module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from typing import Any

from .report import Report
from .search import explore


def campaign(
    setup: Any,
    scenario: Any,
    seeds: Iterable[int] = range(8),
    *,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
    **more: Any,
) -> Report:
    """Explore once for each seed, in a pool of processes if no executor is given; the sum of all reports.

    `progress(done, all)` is called after each. Further arguments are those of `explore`. Raises what a worker raises.
    """
    wanted = list(seeds)
    summary = Report()
    pool = executor or ProcessPoolExecutor()
    try:
        waiting = {pool.submit(_one, setup, scenario, seed, more): seed for seed in wanted}
        reports: dict[int, Report] = {}
        for done in as_completed(waiting):
            reports[waiting[done]] = done.result()
            if progress is not None:
                progress(len(reports), len(wanted))
    finally:
        if executor is None:
            pool.shutdown(cancel_futures=True)
    for seed in wanted:
        summary.add(reports[seed])
    return summary


def _one(setup: Any, scenario: Any, seed: int, more: dict[str, Any]) -> Report:
    report = explore(setup, scenario, seed=seed, **more)
    report.search = None
    return report
