"""Conversations with a real API server of Kubernetes 1.36, replayed step by step.

`tests/data/api/gaps.txt` names what is known not to agree yet. Both directions count: a conversation that agreed and
does not any more is a mistake, and one that agrees now leaves the list
(`python -m tests.conformance.test_api` writes it anew).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .api_replay import World

DATA = Path(__file__).parents[1] / "data" / "api"
THEMES = sorted(path.name.partition(".")[0] for path in DATA.glob("*.jsonl.gz"))
GAPS = DATA / "gaps.txt"


def conversations(theme: str) -> Iterator[dict[str, Any]]:
    """The recorded cases of a theme."""
    with gzip.open(DATA / f"{theme}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def differing(theme: str) -> dict[str, str]:
    """The cases that do not agree, each with its first difference."""
    found = {}
    for case in conversations(theme):
        problems = World().play(case)
        if problems:
            found[f"{theme}/{case['name']}"] = "\n".join(problems)[:2000]
    return found


@pytest.mark.parametrize("theme", THEMES)
def test_the_server_answers_as_recorded(theme: str) -> None:
    """Every status, warning and body, but for the known gaps."""
    known = {line for line in GAPS.read_text(encoding="utf-8").splitlines() if line.startswith(f"{theme}/")}
    found = differing(theme)
    worse = {name: text for name, text in found.items() if name not in known}
    assert not worse, "\n\n".join(f"{name}: {text}" for name, text in worse.items())
    closed = sorted(known - set(found))
    assert not closed, f"these agree now, take them out of {GAPS.name}: {closed}"


if __name__ == "__main__":
    GAPS.write_text("".join(f"{name}\n" for theme in THEMES for name in differing(theme)), encoding="utf-8")
