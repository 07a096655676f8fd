"""Conditions: found by type, and written so that times move only with what they are about."""

from kemu.objects import core
from kemu.objects.conditions import find_condition, is_true, with_condition, without_condition
from kemu.values.times import Time


def condition(type_, status, at, reason=None):
    return core.PodCondition(type=type_, status=status, reason=reason, last_transition_time=Time(at))


READY = condition("Ready", "False", 1)
SCHEDULED = condition("PodScheduled", "True", 1)
BOTH = (READY, SCHEDULED)


def test_a_condition_is_found_by_its_type():
    assert find_condition(BOTH, "PodScheduled") is SCHEDULED
    assert find_condition(BOTH, "Initialized") is None
    assert is_true(BOTH, "PodScheduled")
    assert not is_true(BOTH, "Ready")
    assert not is_true(BOTH, "Initialized")


def test_what_says_nothing_new_changes_nothing():
    assert with_condition(BOTH, condition("Ready", "False", 9)) is BOTH
    assert with_condition(BOTH, condition("PodScheduled", "True", 9), last=True) is BOTH
    assert without_condition(BOTH, "Initialized") is BOTH


def test_the_transition_time_moves_only_with_the_status():
    assert with_condition(BOTH, condition("Ready", "False", 9, "Why")) == (
        condition("Ready", "False", 1, "Why"),
        SCHEDULED,
    )
    assert with_condition(BOTH, condition("Ready", "True", 9)) == (condition("Ready", "True", 9), SCHEDULED)


def test_a_condition_can_be_put_at_the_end():
    assert with_condition(BOTH, condition("Ready", "False", 9), last=True) == (SCHEDULED, READY)
    assert with_condition((), READY) == (READY,)
    assert without_condition(BOTH, "Ready") == (SCHEDULED,)
