"""Code that waits, on the clock of a cluster: sleeping, locks, threads, event loops."""

import asyncio
import queue
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from time import monotonic as clock
from time import sleep as nap

import pytest

import kemu
from kemu.errors import MissingExtra, NeverEnds, UsageError

pytest.importorskip("time_machine")

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web"},
    "spec": {"containers": [{"name": "c", "image": "nginx", "startupProbe": None}]},
}


def is_running(cluster):
    return cluster.get("pod/web").status.phase == "Running"


def test_a_loop_that_sleeps_ends_at_once(cluster):
    """Sleeping lets the cluster work, and the clock shows how long it took."""
    with kemu.virtual_time(cluster):
        began = clock()
        cluster.apply(POD)
        while not is_running(cluster):
            time.sleep(5)
        assert 0 < clock() - began <= 10 and cluster.now == time.monotonic()
        nap(3600.25)
        assert cluster.now == clock() >= 3600.25


def test_all_clocks_show_the_time_of_the_cluster(cluster):
    """Seconds since 1970 are those of the objects' timestamps, and all clocks go alike."""
    cluster.advance("90s")
    with kemu.virtual_time(cluster):
        stamp = cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
        shown = datetime(2000, 1, 1, 0, 1, 30, 1, tzinfo=UTC)  # a microsecond past: no clock is met at a whole second
        assert datetime.now(UTC) == datetime.fromtimestamp(time.time(), UTC) == shown
        cluster.advance("0.25s")
        assert datetime.now(UTC) == datetime.fromtimestamp(time.time(), UTC) == shown.replace(microsecond=250_000)
        assert str(stamp.metadata.creation_timestamp) == "2000-01-01T00:01:30Z"
        assert time.monotonic() == time.perf_counter() == 90.25 and time.monotonic_ns() == 90_250_000_000
    assert datetime.now(UTC).year > 2020 and time.monotonic() != 90.25


def test_who_sleeps_for_what_never_comes_is_told(cluster):
    """A loop that only sleeps, while nothing can happen any more, is an error."""
    with kemu.virtual_time(cluster), pytest.raises(NeverEnds):
        while not cluster.list("pods"):
            time.sleep(5)


def test_who_waits_for_what_never_comes_is_told_at_once(cluster):
    """So is a wait without an end."""
    with kemu.virtual_time(cluster):
        with pytest.raises(queue.Empty):
            queue.Queue().get(timeout=60)
        assert cluster.now == 60
        with pytest.raises(NeverEnds):
            threading.Event().wait()


def test_one_clock_at_a_time(cluster):
    """Another cluster's time inside of it is refused; the same one again is the same."""
    with kemu.virtual_time(cluster), kemu.virtual_time(cluster):
        with pytest.raises(UsageError, match="another cluster's already"), kemu.virtual_time(kemu.Cluster(nodes=0)):
            pass
        time.sleep(1)
    assert cluster.now == 1
    with pytest.raises(UsageError, match="clock on the wall"), kemu.virtual_time(kemu.Cluster(nodes=0, clock="real")):
        pass


def test_what_is_imported_inside_lives_by_the_next_clock_too(cluster, tmp_path, monkeypatch):
    """A module keeps what it has imported: that is the time of whichever cluster there is, or the real one."""
    (tmp_path / "napping_module.py").write_text("from time import monotonic, sleep\n")
    monkeypatch.syspath_prepend(tmp_path)
    other = kemu.Cluster(nodes=0)
    for each in (cluster, other):
        with kemu.virtual_time(each):
            napping = __import__("napping_module")
            napping.sleep(1000)
            assert napping.monotonic() == each.now == 1000
    before = time.monotonic()
    napping.sleep(0)
    assert napping.monotonic() - before < 10


def test_it_decorates_a_function(cluster):
    """As a decorator it does the same for a function."""

    @kemu.virtual_time(cluster)
    def wait():
        time.sleep(10)
        return time.monotonic()

    assert (wait(), wait()) == (10.0, 20.0)


# Threads


def test_threads_run_one_at_a_time_and_no_moment_is_missed(cluster):
    """Each thread wakes at its own moment, whoever moves the time, in an order that is always the same."""
    told = []

    def tick(name, seconds, times):
        for _ in range(times):
            time.sleep(seconds)
            told.append((time.monotonic(), name))

    with kemu.virtual_time(cluster):
        threads = [threading.Thread(target=tick, args=each) for each in (("a", 3, 3), ("b", 2, 4))]
        for thread in threads:
            thread.start()
        cluster.advance(5)
        assert told == [(2, "b"), (3, "a"), (4, "b")]
        for thread in threads:
            thread.join()
            assert not thread.is_alive()
    assert told == [(2, "b"), (3, "a"), (4, "b"), (6, "a"), (6, "b"), (8, "b"), (9, "a")]


def test_threads_wait_for_each_other_in_virtual_time(cluster):
    """Events, queues, locks and futures pass the turn on."""
    with kemu.virtual_time(cluster):
        work, done, lock = queue.Queue(), [], threading.Lock()

        def worker():
            while (item := work.get()) is not None:
                with lock:
                    time.sleep(item)
                    done.append((item, time.monotonic()))

        threads = [threading.Thread(target=worker) for _ in range(2)]
        for thread in threads:
            thread.start()
        for item in (10, 5, None, None):
            work.put(item)
        for thread in threads:
            thread.join()
        assert done == [(10, 10), (5, 15)]
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(lambda n: (time.sleep(n), time.monotonic())[1], (4, 3))) == [19, 18]


def test_a_thread_that_waits_for_ever_is_the_error_of_who_waits_for_it(cluster):
    """A deadlock among threads is told to the one that moves the world; the thread itself ends with the time."""
    with kemu.virtual_time(cluster):
        thread = threading.Thread(target=time.sleep, args=(1e9,), daemon=True)
        stuck = threading.Thread(target=threading.Event().wait, daemon=True)
        stuck.start()
        with pytest.raises(NeverEnds):
            stuck.join()
        thread.start()
        cluster.advance(1)
    thread.join(10)
    assert not thread.is_alive()


def test_a_thread_that_watches_shares_the_time(cluster):
    """What a thread waits for in the cluster, it waits for by the same rules."""
    seen = []

    def follow():
        for event in cluster.request("GET", "/api/v1/pods?watch=true&timeoutSeconds=30").stream():
            seen.append((cluster.now, event[:15]))

    with kemu.virtual_time(cluster):
        thread = threading.Thread(target=follow)
        thread.start()
        time.sleep(10)
        cluster.apply(POD)
        thread.join()
        assert cluster.now == 30
    assert seen[0] == (10, b'{"type":"ADDED"') and len(seen) > 2


# Event loops


def test_a_coroutine_runs_on_the_clock_of_the_cluster(cluster):
    """Sleeping, time-outs and gathering take virtual time and none of the real one."""

    async def main():
        async with asyncio.timeout(7200):
            await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(60))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 30)
        return asyncio.get_running_loop().time(), time.monotonic(), datetime.now(UTC).hour

    assert kemu.run(cluster, main()) == (3630, 3630, 1)


@pytest.mark.filterwarnings("ignore:There is no current event loop:DeprecationWarning")
def test_a_loop_that_is_asked_for_is_the_cluster_s(cluster):
    """As scripts do it; what was the loop of the thread before is that again, with its own time."""
    if sys.version_info >= (3, 14):
        pytest.skip("since Python 3.14 nobody has a loop that was not made")
    before = asyncio.new_event_loop()
    asyncio.set_event_loop(before)
    try:
        with kemu.virtual_time(cluster):
            loop = asyncio.get_event_loop()
            assert loop is not before and asyncio.get_event_loop() is loop
            loop.run_until_complete(asyncio.sleep(3600))
            assert cluster.now >= 3600
            loop.close()
        assert asyncio.get_event_loop() is before
        before.run_until_complete(asyncio.sleep(0))
    finally:
        asyncio.set_event_loop(None)
        before.close()


def test_while_coroutines_wait_the_cluster_works(cluster):
    """An idle loop means the next unit of work; also for who only lets others have their turns."""

    async def main():
        cluster.apply(POD)
        while not is_running(cluster):
            await asyncio.sleep(0)
        return cluster.now

    assert 0 < kemu.run(cluster, main()) < 10


def test_a_coroutine_that_waits_for_ever_is_told(cluster):
    """Nothing is due for anybody: that is an error, and no endless wait."""

    async def main():
        await asyncio.get_running_loop().create_future()

    with pytest.raises(NeverEnds):
        kemu.run(cluster, main())
    with pytest.raises(UsageError, match="a coroutine"):
        kemu.run(cluster, main)


def test_threads_of_a_coroutine_share_its_time(cluster):
    """`to_thread` runs beside other coroutines, and sleeps as long as they do."""
    told = []

    async def tick():
        while True:
            await asyncio.sleep(4)
            told.append(time.monotonic())

    async def main():
        ticking = asyncio.create_task(tick())
        await asyncio.to_thread(time.sleep, 10)
        ticking.cancel()
        return time.monotonic()

    assert kemu.run(cluster, main()) == 10 and told == [4, 8]


def test_two_runs_are_the_same(kemu_cluster_factory):
    """Whatever a coroutine does in whatever order: the next run does the same."""

    async def one(cluster, number):
        await asyncio.sleep(number % 3)
        cluster.apply({**POD, "metadata": {"name": f"p{number}"}})
        await asyncio.wait({asyncio.create_task(asyncio.sleep(n % 2)) for n in range(number)} or {asyncio.sleep(0)})
        cluster.delete(f"pod/p{number}")

    async def main(cluster):
        await asyncio.gather(*[asyncio.create_task(one(cluster, number)) for number in range(1, 12)])

    digests = set()
    for _ in range(2):
        cluster = kemu_cluster_factory()
        kemu.run(cluster, main(cluster))
        digests.add(cluster.digest())
    assert len(digests) == 1


def test_what_is_not_installed_is_named(cluster, monkeypatch):
    """The extra that brings it is in the message, and nothing is left behind."""
    for missing, extra, begin in (
        ("time_machine", "time", kemu.virtual_time),
        ("kopf", "kopf", kemu.kopf_operator),
    ):
        monkeypatch.setitem(__import__("sys").modules, missing, None)
        with pytest.raises(MissingExtra, match=rf"kemu\[{extra}\]"), begin(cluster):
            pass
    assert time.monotonic() != cluster.now


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_kr8s_without_asyncio_shares_the_time(mock_kubernetes):
    """Whether it was in use before or not; also in a coroutine, which waits meanwhile."""
    objects = pytest.importorskip("kr8s.objects")
    pytest.importorskip("kr8s").get("pods")

    async def main():
        pod = objects.Pod({**POD, "metadata": {"name": "other"}})
        pod.create()
        await asyncio.sleep(30)
        return pod.ready()

    with kemu.virtual_time(mock_kubernetes):
        pod = objects.Pod(POD)
        pod.create()
        pod.wait("condition=Ready")
        assert 0 < time.monotonic() < 10
        assert kemu.run(mock_kubernetes, main())
        assert not [thread for thread in threading.enumerate() if "Kr8s" in thread.name]
