"""`python -m tests.conformance FOLDER`: replay a folder of recordings and print how many pass, theme by theme.

A folder holds `*.jsonl` or `*.jsonl.gz` files, one case a line: API conversations (a case has request steps with a
method and a path) and scheduler decisions (a case has objects, pods and what was expected). Folders are searched, too.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .api_replay import World
from .test_scheduler import replay


def cases(folder: Path) -> Iterator[dict[str, Any]]:
    """Every case of every recording below a folder."""
    for path in sorted(folder.rglob("*.jsonl*")):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())


def problems(case: dict[str, Any]) -> list[str] | None:
    """What differs from the recording; None for a recording of a kind that is not replayed here."""
    if "objects" in case:
        try:
            replay(case)
        except AssertionError as problem:
            return [str(problem)]
        return []
    steps = case.get("steps")
    if steps and "method" in steps[0]:
        return World().play(case)
    return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="say what differs")
    arguments = parser.parse_args()
    table: dict[str, list[int]] = {}
    for case in cases(arguments.folder):
        found = problems(case)
        if found is None:
            continue
        row = table.setdefault(case["theme"], [0, 0])
        row[bool(found)] += 1
        if found and arguments.verbose:
            print(f"FAIL {case['theme']}/{case['name']}", *found[:8], sep="\n    ")
    for theme, (passed, failed) in table.items():
        print(f"{theme:32} {passed:5} passed {failed:5} failed")
    total = [sum(column) for column in zip(*table.values(), strict=True)] if table else [0, 0]
    print(f"{total[0]} passed, {total[1]} failed")
    return int(total[1] > 0)


if __name__ == "__main__":
    sys.exit(main())
