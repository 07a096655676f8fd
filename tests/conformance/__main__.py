"""`python -m tests.conformance FOLDER`: replay a folder of recordings and print how many pass, theme by theme.

A folder holds `*.jsonl` or `*.jsonl.gz` files, one case a line: API conversations (a case has request steps with a
method and a path), scheduler decisions (a case has objects, pods and what was expected) and traces of what controllers
and kubelets did (a case has a script and a timeline). Folders are searched, too.

Where a trace says nothing, since pods were placed freely and not as in the recording, it counts on neither side.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from .api_replay import World
from .test_scheduler import replay
from .trace_replay import Verdict, replayed


@attrs.define
class Row:
    """How the cases of a theme ended."""

    passed: int = 0
    failed: int = 0
    silent: int = 0

    def __str__(self) -> str:
        silent = f" {self.silent:5} not comparable" if self.silent else ""
        return f"{self.passed:5} passed {self.failed:5} failed{silent}"


def cases(folder: Path) -> Iterator[dict[str, Any]]:
    """Every case of every recording below a folder."""
    for path in sorted(folder.rglob("*.jsonl*")):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())


def outcome(case: dict[str, Any]) -> tuple[bool | None, list[str]] | None:
    """Whether a case passed, and what differs; no verdict where it says nothing, None where it cannot be replayed."""
    steps = case.get("steps")
    if "objects" in case:
        found = _decisions(case)
    elif "timeline" in case:
        result = replayed(case)
        silent = result.verdict is Verdict.PLACED_OTHERWISE
        return (None if silent else result.verdict is Verdict.AGREES), list(result.problems)
    elif steps and "method" in steps[0]:
        found = World().play(case)
    else:
        return None
    return not found, found


def _decisions(case: dict[str, Any]) -> list[str]:
    try:
        replay(case)
    except AssertionError as problem:
        return [str(problem)]
    return []


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="say what differs")
    arguments = parser.parse_args()
    table: dict[str, Row] = {}
    for case in cases(arguments.folder):
        found = outcome(case)
        if found is None:
            continue
        passed, problems = found
        row = table.setdefault(case["theme"], Row())
        row.passed += passed is True
        row.failed += passed is False
        row.silent += passed is None
        if passed is False and arguments.verbose:
            print(f"FAIL {case['theme']}/{case['name']}", *problems[:8], sep="\n    ")
    for theme, row in table.items():
        print(f"{theme:32} {row}")
    passes, failures = (sum(getattr(row, name) for row in table.values()) for name in ("passed", "failed"))
    print(f"{passes} passed, {failures} failed")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
