"""The default campaign finds every bug of the zoo, and nothing in the twins."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import kemu
import tests.zoo
from kemu.testing.explore import explore, replay

NAMES = [module.name for module in pkgutil.iter_modules(tests.zoo.__path__) if not module.name.startswith("test_")]


def species(name):
    return importlib.import_module(f"tests.zoo.{name}").SPECIES


@pytest.mark.parametrize("name", NAMES)
def test_every_bug_is_found(name):
    """And it can be had again by its plan."""
    one = species(name)
    report = explore(one.with_bug, one.scenario, budget="1m")
    assert not report.ok, report
    broken = report.failures[0]
    with pytest.raises(AssertionError, match=broken.guarantee):
        replay(one.with_bug, one.scenario, broken.plan, steps=broken.kept)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_found_in_a_twin(name):
    one = species(name)
    explore(one.without, one.scenario, runs=60, budget="1h").check()


def test_every_species_has_a_twin_that_works():
    """The twin does what its users want when nothing goes wrong."""
    for name in NAMES:
        one = species(name)
        assert isinstance(one.without(), kemu.Cluster) and one.name == name
        explore(one.without, one.scenario, runs=1).check()
