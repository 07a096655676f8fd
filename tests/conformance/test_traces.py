"""What a real cluster of Kubernetes 1.36 did, done again: its controllers, scheduler and kubelets beside kemu's.

`tests/data/trace/gaps.txt` names the recordings that kemu does not follow, each with the row of `docs/divergences.md`
that says why. Both directions count, as for the API: one that was followed and is not any more is a mistake, and one
that is followed now leaves the list (`python -m tests.conformance.test_traces` writes it anew).
"""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .trace_replay import Verdict, as_observed, compared, replayed

DATA = Path(__file__).parents[1] / "data" / "trace"
THEMES = sorted(path.name.partition(".")[0] for path in DATA.glob("*.jsonl.gz"))
GAPS = DATA / "gaps.txt"

pytestmark = pytest.mark.slow


def recordings(theme: str) -> Iterator[dict[str, Any]]:
    """The recorded cases of a theme."""
    with gzip.open(DATA / f"{theme}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def differing(theme: str) -> dict[str, str]:
    """The cases in which kemu does something else, each with the first differences."""
    found = {}
    for case in recordings(theme):
        result = replayed(case)
        if result.verdict is Verdict.DIFFERS:
            found[f"{theme}/{case['name']}"] = "\n".join(result.problems)[:2000]
    return found


def gaps() -> dict[str, str]:
    """The recordings that are not followed, and the divergence that each is owed to."""
    lines = (line.partition(" ") for line in GAPS.read_text(encoding="utf-8").splitlines())
    return {name: row for name, _, row in lines}


def test_every_gap_is_a_divergence() -> None:
    """Each has its row."""
    page = (Path(__file__).parents[2] / "docs" / "divergences.md").read_text(encoding="utf-8")
    unknown = {name: row for name, row in gaps().items() if not row or f"| {row} |" not in page}
    assert not unknown, f"say why, as a row of docs/divergences.md: {unknown}"


@pytest.mark.parametrize("theme", THEMES)
def test_the_cluster_does_as_recorded(theme: str) -> None:
    """Every answer, object, step and event, but for the known gaps."""
    known = {name for name in gaps() if name.startswith(f"{theme}/")}
    found = differing(theme)
    worse = {name: text for name, text in found.items() if name not in known}
    assert not worse, "\n\n".join(f"{name}: {text}" for name, text in worse.items())
    closed = sorted(known - set(found))
    assert not closed, f"these agree now, take them out of {GAPS.name}: {closed}"


@pytest.mark.parametrize("theme", THEMES)
def test_a_recording_agrees_with_itself(theme: str) -> None:
    """Condensing the recorded watch stream gives the recorded timeline, and no rule of the comparison is too strict."""
    wrong = {case["name"]: compared(case, as_observed(case)).problems for case in recordings(theme)}
    assert not {name: problems for name, problems in wrong.items() if problems}


def _another_answer(case: Any) -> None:
    case["responses"][0]["code"] = 409


def _an_object_less(case: Any) -> None:
    case["timeline"].pop()


def _another_state(case: Any) -> None:
    case["timeline"][0]["steps"][-1]["s"]["status"]["replicas"] = 7


def _a_state_less(case: Any) -> None:
    steps = case["timeline"][0]["steps"]
    longest = max(range(len(steps) - 1), key=lambda number: steps[number + 1]["t"] - steps[number]["t"])
    del steps[longest]


def _another_time(case: Any) -> None:
    step = case["timeline"][0]["steps"][-1]
    step["t"] = step["t2"] = step["t"] + 30


def _an_event_less(case: Any) -> None:
    case["events"] = [event for event in case["events"] if event["reason"] != "SuccessfulDelete"]


def _an_event_more_often(case: Any) -> None:
    case["events"][0]["count"] = 2


def _another_order(case: Any) -> None:
    started, killed = (
        next(event for event in case["events"] if (event["involved"], event["reason"]) == ("Pod/rs-<gen:1>", reason))
        for reason in ("Started", "Killing")
    )
    case["events"].remove(killed)
    case["events"].insert(0, killed)
    killed["t"], started["t"] = 0.0, 5.0


WRONG = {
    _another_answer: "create at 0 s: code: expected 409, got 201",
    _an_object_less: "Pod rs-<gen",
    _another_state: "ReplicaSet rs: step 20 of ",
    _a_state_less: "ReplicaSet rs: unexpected at ",
    _another_time: "ReplicaSet rs: step 20 of ",
    _an_event_less: "event SuccessfulDelete of ReplicaSet/rs",
    _an_event_more_often: "event SuccessfulCreate of ReplicaSet/rs",
    _another_order: "event Killing of Pod/rs-<gen> spec.containers{c}",
}


@pytest.mark.parametrize("change", WRONG, ids=lambda change: change.__name__.strip("_"))
def test_what_is_not_as_recorded_is_found(change: Callable[[Any], None]) -> None:
    """One thing changed in a recording is one difference, and the message says where."""
    case = next(case for case in recordings("replicaset") if case["name"] == "rs-scale")
    other = copy.deepcopy(case)
    change(other)
    result = compared(other, as_observed(case))
    assert result.verdict is Verdict.DIFFERS and WRONG[change] in "\n".join(result.problems), result.problems


if __name__ == "__main__":
    rows = gaps()
    names = [name for theme in THEMES for name in differing(theme)]
    GAPS.write_text("".join(f"{name} {rows.get(name, '')}".rstrip() + "\n" for name in names), encoding="utf-8")
