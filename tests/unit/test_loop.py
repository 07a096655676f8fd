"""The clock, the source of chance, and the loop."""

import pickle
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kemu.clock import Clock, exact
from kemu.entropy import SUFFIX_ALPHABET, Entropy
from kemu.loop import Loop


class Recorder:
    """A component that remembers what it was asked to do."""

    def __init__(self, loop):
        self.loop = loop
        self.done = []

    def run(self, item):
        self.done.append((self.loop.clock.now, *item))


def run_all(loop, until=float("inf")):
    while (work := loop.pop(until)) is not None:
        loop.run(work)


@pytest.fixture
def loop():
    made = Loop(Clock(), Entropy(0))
    made.attach("r", Recorder(made))
    return made


def test_work_runs_in_order_of_time_then_of_coming(loop):
    """The heap is ordered by (due, serial); the clock jumps to what runs."""
    for delay, name in ((2, "b"), (1, "a"), (2, "c"), (0, "now")):
        loop.schedule("r", (name,), delay=delay)
    run_all(loop)
    assert loop._components["r"].done == [(0.0, "now"), (1.0, "a"), (2.0, "b"), (2.0, "c")]


def test_batched_work_comes_after_everything_else_of_its_moment(loop):
    """A controller's queue is looked at when no other work is due."""
    loop.schedule("r", ("batched",), batched=True)
    loop.schedule("r", ("plain",))
    run_all(loop)
    assert [item for _, item in loop._components["r"].done] == ["plain", "batched"]


def test_cancelled_work_never_runs(loop):
    """What was cancelled leaves the heap when it comes up, and is not among what waits."""
    kept = loop.schedule("r", ("kept",), delay=1)
    gone = loop.schedule("r", ("gone",), delay=1)
    loop.cancel(gone)
    assert [work.serial for work in loop.waiting()] == [kept]
    run_all(loop)
    assert [item for _, item in loop._components["r"].done] == ["kept"]


def test_cancelling_what_ran_or_was_cancelled_is_harmless(loop):
    """Nothing is kept of it, and nothing that comes later is taken for it."""
    ran = loop.schedule("r", ("ran",))
    gone = loop.schedule("r", ("gone",), delay=1)
    run_all(loop, until=0)
    for serial in (ran, gone, gone):
        loop.cancel(serial)
    kept = loop.schedule("r", ("kept",), delay=1)
    assert [work.serial for work in loop.waiting()] == [kept]
    run_all(loop)
    loop.cancel(kept)
    assert [item for _, item in loop._components["r"].done] == ["ran", "kept"]
    assert not loop._pending and not loop._heap


def test_the_past_means_now(loop):
    """Work that should have been done already is done next; time never goes back."""
    loop.clock.jump(10)
    loop.schedule_at("r", ("late",), 3)
    run_all(loop)
    assert loop._components["r"].done == [(10.0, "late")]
    loop.clock.jump(5)
    assert loop.clock.now == 10


def test_a_fork_runs_the_same_work_and_leaves_the_original_alone(loop):
    """Two futures from one heap do not see each other."""
    loop.schedule("r", ("shared",), delay=1)
    clock = loop.clock.fork()
    twin = Loop(clock, loop.entropy, state=loop.state.fork())
    twin.attach("r", Recorder(twin))
    twin.schedule("r", ("only here",), delay=0.5)
    run_all(twin)
    assert [item for _, item in twin._components["r"].done] == ["only here", "shared"]
    assert loop.clock.now == 0 and [work.item for work in loop.waiting()] == [("shared",)]


def test_shuffled_order_is_decided_by_the_seed():
    """In shuffled mode simultaneous work has an order of its own for every seed, and the same for one seed."""

    def order(seed):
        made = Loop(Clock(), Entropy(seed), shuffle=True)
        made.attach("r", Recorder(made))
        for number in range(8):
            made.schedule("r", (number,))
        run_all(made)
        return [item for _, item in made._components["r"].done]

    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(5)}) > 1
    assert sorted(order(3)) == list(range(8))


def test_a_draw_depends_on_the_seed_and_its_purpose_alone():
    """Asking twice gives the same, in whatever order; another purpose, or another order of its words, another value."""
    one, two = Entropy(7), Entropy(7)
    assert [one.uid("a"), one.uid("b")] == [two.uid("b"), two.uid("a")][::-1]
    assert len({one.bits(*purpose) for purpose in [("a", "b"), ("b", "a"), ("ab",), ("a", "b", 1), ("a", "b", 2)]}) == 5
    assert Entropy(8).uid("a") != one.uid("a")


def test_uids_are_version_4_and_suffixes_use_the_safe_alphabet():
    """Generated values look like those of a real API server."""
    entropy = Entropy(0)
    uid = entropy.uid("pods", "default/web")
    assert uid[14] == "4" and uid[19] in "89ab" and len(uid) == 36
    suffix = entropy.suffix("name", "web-")
    assert len(suffix) == 5 and set(suffix) <= set(SUFFIX_ALPHABET)


def test_draws_stay_in_their_range():
    """No draw leaves its range, and every value of it comes up."""
    entropy = Entropy(3)
    assert {entropy.below(7, "b", number) for number in range(200)} == set(range(7))
    assert {entropy.choice("xyz", "c", number) for number in range(100)} == set("xyz")
    assert all(0 <= entropy.fraction("f", number) < 1 for number in range(100))
    with pytest.raises(ValueError, match="must be positive"):
        entropy.below(0, "b")


def test_a_source_of_chance_pickles():
    """What comes back draws the same."""
    entropy = Entropy(5)
    assert pickle.loads(pickle.dumps(entropy)).uid("x") == entropy.uid("x")


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 10)), max_size=20), st.floats(0, 1e6))
def test_no_moment_is_off_the_grid(times, end):
    """Whatever is scheduled and wherever one goes, the clock shows whole microseconds, and nothing is left behind."""
    loop = Loop(Clock(), Entropy(0))
    recorder = Recorder(loop)
    loop.attach("r", recorder)
    for due, delay in times:
        loop.schedule_at("r", ("at",), due)
        loop.schedule("r", ("in",), delay=delay)
        loop.clock.jump(loop.clock.now + delay)
        assert loop.clock.now == exact(loop.clock.now)
    run_all(loop, end)
    assert all(moment == exact(moment) for moment, _ in recorder.done)
    assert all(work.due == exact(work.due) > exact(end) for work in loop.waiting())


def test_what_is_due_in_infinity_is_never_done(loop):
    """It is not waited for either: a loop with nothing else to do has nothing to do."""
    serial = loop.schedule_at("r", ("never",), inf)
    assert loop.next() is None and loop.pop(inf) is None and loop.clock.now == 0.0
    loop.cancel(serial)
