"""The driver: the policy of the clock, whose turn it is, and waits that can never end."""

import pickle
import threading
import warnings
from math import inf

import pytest

import kemu
from kemu import errors
from kemu.clock import Clock
from kemu.driver import FRUITLESS, WORD_AFTER, Driver, MuchWork, Pace, pace_of
from kemu.entropy import Entropy
from kemu.loop import Loop
from kemu.streams import ENDED, Given, Polled, Stream
from kemu.turns import Turns, Wall


class Watch(Wall):
    """A clock for tests, which only a pause moves. `acts` is what somebody else does at a moment, in a pause."""

    def __init__(self):
        self.time = 100.0
        self.acts = {}

    def now(self):
        return self.time

    def pause(self, turns, seconds):
        due = min([moment for moment in self.acts if moment > self.time], default=inf)
        self.time = min(self.time + seconds, due)
        self.acts.get(self.time, lambda: None)()


class Ticker:
    """A component that notes when it was run."""

    def __init__(self, loop):
        self.loop, self.ran = loop, []
        loop.attach("ticker", self)

    def run(self, item):
        self.ran.append(self.loop.clock.now)


class Until:
    """A source that ends at a moment, and has what was put into it."""

    def __init__(self, loop, until=inf):
        self.loop, self.until, self.items = loop, until, ()

    def poll(self):
        items, self.items = self.items, ()
        if items:
            return Polled(items)
        return ENDED if self.loop.clock.now >= self.until else Polled(until=self.until)


def made(speed=inf, *dues):
    """A driver with a test's clock, and something that runs at these moments."""
    loop, wall = Loop(Clock(), Entropy(0)), Watch()
    ticker = Ticker(loop)
    for due in dues:
        loop.schedule_at("ticker", (), due)
    driver = Driver(loop, lambda: len(ticker.ran), lambda: "the ticker", Pace(speed, wall))
    driver.follow()
    return driver, ticker, wall


@pytest.mark.parametrize(
    ("clock", "speed"),
    [("auto", inf), ("real", 1.0), (10, 10.0), (0.5, 0.5), (Pace(3.0), 3.0)],
    ids=["auto", "real", "ten", "half", "pace"],
)
def test_a_clock_has_three_policies(clock, speed):
    """It jumps, follows the clock on the wall, or goes so many times faster."""
    assert pace_of(clock).speed == speed


@pytest.mark.parametrize("clock", ["fast", 0, -1, float("nan"), None, True, "10"])
def test_any_other_policy_is_refused(clock):
    """The error says what there is."""
    with pytest.raises(errors.UsageError, match='clock must be "auto", "real", or how many times'):
        kemu.Cluster(nodes=0, clock=clock)


@pytest.mark.parametrize(("speed", "passed"), [(inf, 0.0), (1.0, 20.0), (4.0, 5.0)])
def test_time_passes_as_the_policy_says(speed, passed):
    """Twenty virtual seconds last no time at all, twenty real seconds, or a fraction of them; the work is the same."""
    driver, ticker, wall = made(speed, 3, 7, 30)
    driver.run_to(20)
    assert ticker.ran == [3, 7] and driver.now == 20
    assert wall.time - 100 == pytest.approx(passed)


def test_a_wait_by_the_clock_on_the_wall_ends_when_it_is_ready():
    """No more real time passes than is needed."""
    driver, ticker, wall = made(2.0, 3, 7, 30)
    assert driver.wait_until(lambda: len(ticker.ran) == 2, 20)
    assert (driver.now, wall.time) == (7, 103.5)


def test_who_takes_hold_of_the_world_finds_it_where_the_wall_says():
    """What has become due in real time is done before anybody looks."""
    driver, ticker, wall = made(1.0, 3, 7)
    wall.time += 5
    with driver.turns:
        assert (driver.now, ticker.ran) == (5, [3])


def test_what_others_do_in_a_pause_is_noticed():
    """While a reader waits by the wall, somebody else may act; the reader has it at that moment."""
    driver, _, wall = made(1.0)
    source = Until(driver.loop)
    wall.acts[104.0] = lambda: setattr(source, "items", ("news",))
    driver.loop.schedule_at("ticker", (), 60)
    assert driver.read(source).items == ("news",) and wall.time == 104


def test_a_stream_says_until_when_there_is_nothing():
    """Its own next moment or the world's next work, whichever is first; looking moves nothing."""
    driver, ticker, _ = made(inf, 3)
    for end, until in ((5, 3), (2, 2), (inf, 3)):
        assert Stream(Until(driver.loop, end), driver).poll() == Polled(until=until)
    assert driver.now == 0 and ticker.ran == []


def test_a_stream_is_an_iterator_and_can_be_polled_in_between():
    """No item is lost or seen twice, however it is read."""
    driver, _, _ = made()
    stream = Stream(Given("a", "b", "c"), driver)
    assert next(stream) == "a"
    assert stream.poll() == Polled(("b", "c"), ended=True)
    assert stream.ended and stream.poll() == ENDED and list(stream) == []
    closed = Stream(Given("a"), driver)
    closed.close()
    assert list(closed) == []
    with pytest.raises(errors.UsageError, match="belongs to its reader"):
        pickle.dumps(stream)


def test_a_wait_for_what_cannot_come_is_an_error_at_once():
    """Nothing is due and the stream has no end of its own."""
    driver, ticker, _ = made(inf, 3)
    with pytest.raises(errors.NeverEnds, match=r"never ends: nothing is due in the cluster any more.*the ticker"):
        next(Stream(Until(driver.loop), driver))
    assert ticker.ran == [3], "all that could happen did"
    with pytest.raises(errors.NeverEnds):
        driver.wait_until(lambda: False, inf)


def test_a_reader_who_only_comes_back_is_told_so():
    """Each wait ends by itself, in a world where nothing happens; after many of them that is an error."""
    driver, ticker, _ = made(inf, 3)
    for _ in range(FRUITLESS + 1):  # the first one sees the ticker
        assert list(Stream(Until(driver.loop, driver.now + 5), driver)) == []
    with pytest.raises(errors.NeverEnds, match=r"10,000 waits in a row.*nobody writes"):
        list(Stream(Until(driver.loop, driver.now + 5), driver))
    assert ticker.ran == [3]


def test_a_reader_who_finds_something_now_and_then_may_come_back_for_ever():
    """What counts are waits in a row: work that is due, and anything that changes, begins a new count."""
    driver, ticker, _ = made()
    for number in range(3 * FRUITLESS):
        if number % 1000 == 0:
            driver.loop.schedule("ticker", delay=1)
        assert not driver.wait_until(lambda: False, driver.now + 5)
    assert len(ticker.ran) == 30


def test_many_calls_at_one_moment_do_not_add_up():
    """Only a single call that goes on and on at one moment is taken for one without end."""
    driver, ticker, _ = made()
    with warnings.catch_warnings():
        warnings.simplefilter("error", MuchWork)
        for _ in range(11):
            for _ in range(WORD_AFTER // 10):
                driver.loop.schedule("ticker")
            driver.run_to(driver.now)
    assert len(ticker.ran) == 11 * WORD_AFTER // 10 and driver.now == 0
    for _ in range(WORD_AFTER):
        driver.loop.schedule("ticker")
    with pytest.warns(MuchWork, match=r"100,000 units of work at 0s.*the ticker"):
        driver.wait_until(lambda: False, 1)


def test_housekeeping_is_nothing_to_wait_for():
    """A history that is compacted every five minutes keeps no wait alive."""
    cluster = kemu.Cluster(nodes=0, controllers="", scheduler=False, compaction="5m")
    with pytest.raises(errors.NeverEnds):
        cluster.wait_until(lambda: False, inf)
    with pytest.raises(errors.NeverEnds, match="waits in a row"):
        for _ in range(FRUITLESS + 1):
            cluster.sleep("10m")


def test_turns_are_handed_on_in_the_order_of_arrival():
    """Who comes later waits longer, whatever the holder does meanwhile; nobody gets in twice."""
    turns, order, arrived = Turns(), [], []

    def worker(number):
        arrived.append(number)
        with turns:
            order.append(number)
            turns.give_way()
            order.append(number)

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(4)]
    with turns:
        for number, thread in enumerate(threads):
            thread.start()
            while turns.waiting <= number:
                threading.Event().wait(0.001)
        with turns:
            pass
        assert order == []
        turns.give_way()
        assert order == [0, 1, 2, 3], "each has had its first turn, and waits behind the holder"
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 0, 1, 2, 3]


def test_a_kept_turn_is_not_given_up():
    """Whoever waits within it lets nobody in."""
    turns, order = Turns(), []

    def worker():
        with turns:
            order.append("worker")

    thread = threading.Thread(target=worker)
    with turns.kept():
        thread.start()
        while not turns.waiting:
            threading.Event().wait(0.001)
        turns.give_way()
        turns.pause(0.001)
        order.append("holder")
    thread.join()
    assert order == ["holder", "worker"]


# Guests


class Visitor:
    """A guest who wants to run at some moments, and does something each time."""

    def __init__(self, loop, *moments, does=lambda: None):
        self.loop, self.moments, self.does, self.ran = loop, list(moments), does, []

    def due(self):
        return self.moments[0] if self.moments else inf

    def run(self):
        self.ran.append(self.loop.clock.now)
        del self.moments[:1]
        self.does()


def with_guest(*moments, dues=(), does=lambda: None):
    """A driver with a guest, and work of its own."""
    loop = Loop(Clock(), Entropy(0))
    ticker = Ticker(loop)
    for due in dues:
        loop.schedule_at("ticker", (), due)
    driver = Driver(loop, lambda: loop.state.serial, lambda: "", Pace())
    guest = Visitor(loop, *moments, does=does)
    driver.visitors.guests.append(guest)
    return driver, guest, ticker


def test_no_moment_passes_at_which_a_guest_wants_to_run():
    """Whether the world has work before, then, or after it; also at the very end."""
    driver, guest, ticker = with_guest(2, 3, 10, dues=(1, 3, 7))
    driver.run_to(10)
    assert guest.ran == [2, 3, 10] and ticker.ran == [1, 3, 7] and driver.now == 10


def test_a_guest_that_can_go_on_goes_first():
    """Code reacts at once; then the world goes on."""
    order = []
    driver, _, ticker = with_guest(-inf, dues=(0,), does=lambda: order.append(list(ticker.ran)))
    driver.run_to(0)
    assert order == [[]] and ticker.ran == [0]


def test_what_a_guest_does_may_be_what_somebody_waits_for():
    """A wait is over as soon as a guest has made it so."""
    done = []
    driver, _, _ = with_guest(5, does=lambda: done.append(True))
    assert driver.wait_until(lambda: done, 100) and driver.now == 5


def test_a_guest_may_let_time_pass_itself():
    """It is not asked again while it runs."""
    driver, guest, _ = with_guest(1, 2)
    guest.does = lambda: driver.run_to(driver.now + 5)
    driver.run_to(3)
    assert guest.ran == [1, 6] and driver.now == 11


def test_guests_that_come_back_for_ever_are_an_endless_wait():
    """Nobody writes, nothing is due, and they only look again and again."""
    driver, guest, _ = with_guest(1)
    guest.does = lambda: guest.moments.append(driver.now + 1)
    with pytest.raises(errors.NeverEnds):
        driver.wait_until(lambda: False, inf)
    assert len(guest.ran) >= FRUITLESS


def test_a_nudge_lets_one_thing_happen():
    """And says whether there was anything."""
    driver, guest, ticker = with_guest(2, dues=(1,))
    assert driver.nudge(inf) and ticker.ran == [1] and not guest.ran
    assert driver.nudge(inf) and driver.nudge(inf) and guest.ran == [2]
    assert not driver.nudge(inf)
