"""When the time of a served cluster leaps, and when it waits."""

import pytest

from kemu.loop import Work
from kemu.server.tempo import EARNED, FAR, IN_VAIN, LONG, OFTEN, QUIET, SAVED, SETTLED, Leaps


def work(due, target="runtime", item=("resume", "container", 1)):
    return Work(due, 0, 0, target, item)


@pytest.fixture
def leaps():
    found = Leaps(lambda container: container == "forever")
    found.begin(0.0)
    return found


@pytest.mark.parametrize(
    ("target", "item", "ahead", "wanted"),
    [
        ("etcd", ("expire",), 1.0, False),
        ("kube-controller-manager", (), FAR, True),
        ("kube-controller-manager", (), FAR + 1, False),
        ("kubelet", ("wake", "uid"), 300.0, True),
        ("runtime", ("resume", "once", 1), 300.0, True),
        ("runtime", ("resume", "forever", 1), LONG, True),
        ("runtime", ("resume", "forever", 1), LONG + 1, False),
    ],
)
def test_time_leaps_to_what_somebody_waits_for(leaps, target, item, ahead, wanted):
    """Not to deadlines and upkeep, and not to the end of a long sleep that only begins again."""
    assert leaps.is_wanted(work(10.0 + ahead, target, item), 10.0) == wanted


@pytest.mark.parametrize(("ahead", "wait"), [(1.0, 0.0), (10.0, QUIET), (LONG + 1, SETTLED)])
def test_the_further_a_leap_the_longer_it_waits_for_peace(leaps, ahead, wait):
    """It counts from the last write."""
    leaps.wrote(5.0)
    assert leaps.wait(work(ahead), 0.0, 5.0) == wait
    assert leaps.wait(work(ahead), 0.0, 6.0 + wait) == 0.0


def test_who_polls_makes_time_leap_so_often(leaps):
    """However it counts its own rounds; others go on."""
    for number in range(OFTEN):
        polling = work(number + 1.0, item=("resume", "polls", number))
        assert leaps.is_wanted(polling, float(number))
        leaps.made(polling, float(number), True)
        leaps.comes(polling)
    assert not leaps.is_wanted(work(OFTEN + 1.0, item=("resume", "polls", OFTEN)), float(OFTEN))
    assert leaps.is_wanted(work(OFTEN + 1.0, item=("resume", "other", 1)), float(OFTEN))
    assert leaps.is_wanted(work(OFTEN + 30.0, item=("kill", "polls")), float(OFTEN))


def test_who_polls_at_one_moment_does_so_together(leaps):
    """One leap is for all of them: three loops do not make time leap three times as often."""
    loops = ("a", "b", "c")
    for number in range(OFTEN):
        together = [work(number + 1.0, item=("resume", each, number)) for each in loops]
        leaps.made(together[0], float(number), True)
        for each in together:
            leaps.comes(each)
    assert not any(leaps.is_wanted(work(OFTEN + 1.0, item=("resume", each, OFTEN)), float(OFTEN)) for each in loops)


def test_a_controller_that_always_has_something_to_say_makes_time_leap_so_often(leaps):
    """Such as one that counts up an event at each look; others go on."""

    def look(moment, name):
        return work(moment, "kube-controller-manager", ("timer", 0, "horizontalpodautoscaler", name))

    for number in range(OFTEN):
        assert leaps.is_wanted(look(number + 1.0, "a"), float(number))
        leaps.made(look(number + 1.0, "a"), float(number), True)
        leaps.wrote(float(number))
    assert not leaps.is_wanted(look(OFTEN + 1.0, "a"), float(OFTEN))
    assert leaps.is_wanted(look(OFTEN + 1.0, "b"), float(OFTEN))


def test_nobody_waits_for_a_controller_that_finds_nothing_to_do(leaps):
    """Time leaps to its next look a few times, and again once it has written something."""

    def look(moment):
        return work(moment, "kube-controller-manager", ("timer", 0, "pod-gc", "finished/"))

    for number in range(IN_VAIN):
        assert leaps.is_wanted(look(number + 1.0), float(number))
        leaps.made(look(number + 1.0), float(number), True)
    assert not leaps.is_wanted(look(10.0), 9.0)
    other = work(10.0, "kube-controller-manager", ("timer", 0, "pod-gc", "another"))
    assert leaps.is_wanted(other, 9.0)
    leaps.made(other, 9.0, True)
    leaps.wrote(1.0)
    for _ in range(IN_VAIN):
        assert leaps.is_wanted(other, 9.0)
        leaps.made(other, 9.0, True)
    assert not leaps.is_wanted(other, 9.0)


def test_leaps_are_paid_for(leaps):
    """The purse is empty after so many seconds, and fills with real ones."""
    leaps.made(work(SAVED, "kubelet"), 0.0, False)
    assert leaps.wait(work(EARNED, "kubelet"), 0.0, 0.0) == 1.0
    assert leaps.wait(work(EARNED, "kubelet"), 0.0, 1.0) == 0.0
