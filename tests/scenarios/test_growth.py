"""What a history costs is proportional to its size: counted in calls of functions, which no machine changes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "bench" / "growth.py"


def growth():
    """The benchmark, as a module."""
    spec = importlib.util.spec_from_file_location("growth", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BENCH = growth()


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCH.SCENARIOS)
def test_calls_are_proportional_to_the_pods(name):
    """Four times the pods, Deployments, Services and nodes cost four times as much."""
    _, exponent = BENCH.exponent(BENCH.SCENARIOS[name], [200, 800], "calls")
    assert exponent < 1.05
