"""What controllers are made of: the queue's rules, the cache, and the barrier that keeps them from deciding twice."""

import attrs
import pytest

import kemu
from kemu import errors
from kemu.kit import DONE, Later, Result, Wiring, key_of, split
from kemu.kit.queue import Bucket, WorkQueue
from kemu.loop import Loop
from kemu.objects import core, meta
from tests.scenarios.manifests import MYAPP


def config_map(name, **data):
    return core.ConfigMap(metadata=meta.ObjectMeta(name=name, namespace="default"), data=data)


def queue(seed=0):
    from kemu.clock import Clock
    from kemu.entropy import Entropy

    loop = Loop(Clock(), Entropy(seed))
    taken = []

    class Taker:
        def run(self, item):
            key = made.take(item)
            if key is not None:
                taken.append((loop.clock.now, key[1]))

    made = WorkQueue("q", loop)
    loop.attach("q", Taker())

    def drain():
        while (work := loop.pop(1e9)) is not None:
            loop.run(work)
        return taken

    return made, drain


def test_a_key_that_waits_is_queued_once():
    """However often it is added."""
    made, drain = queue()
    made.add_all([("c", "a"), ("c", "b"), ("c", "a"), ("d", "a")])
    assert made.waiting() == (("c", "a"), ("c", "b"), ("d", "a"))
    assert [key for _, key in drain()] == ["a", "b", "a"]


def test_the_earliest_of_several_wishes_counts():
    """A later timer for the same key does not add a second run, an earlier one replaces it."""
    made, drain = queue()
    made.add_after(("c", "a"), 10)
    made.add_after(("c", "a"), 20)
    made.add_after(("c", "a"), 5)
    assert drain() == [(5.0, "a")]


def test_failures_back_off_and_are_forgotten():
    """5 ms, 10 ms, 20 ms ... up to 1000 s; success starts over."""
    made, _ = queue()
    assert [made.retry(("c", "a")) for _ in range(4)] == [0.005, 0.01, 0.02, 0.04]
    for _ in range(30):
        last = made.retry(("c", "a"))
    assert last == 1000.0
    made.forget(("c", "a"))
    assert made.retry(("c", "a")) == 0.005


def test_the_earliest_retry_counts():
    """Who was woken and fails again before it is due waits for that one, and has no second."""
    made, drain = queue()
    for _ in range(3):
        made.retry(("c", "a"))
    assert drain() == [(0.005, "a")]
    made.retry(("c", "a"))
    assert drain()[1:] == [(0.045, "a")]


def test_a_controller_may_have_a_back_off_of_its_own():
    """The first wait and the longest one are what the wiring says."""
    made, _ = queue()
    assert [made.retry(("c", "a"), 1.0, 60.0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_all_retries_of_a_controller_share_a_bucket():
    """Ten a second, with a burst of a hundred, beside the back-off of each key; other controllers have their own."""
    made, _ = queue()
    bucket = Bucket()
    waits = [made.retry(("c", f"{number}"), bucket=bucket) for number in range(120)]
    assert waits[:100] == [0.005] * 100
    assert waits[100:103] == pytest.approx([0.1, 0.2, 0.3]) and waits[-1] == pytest.approx(2.0)
    assert made.retry(("other", "0"), bucket=bucket) == 0.005
    assert made.retry(("c", "0")) == 0.01  # one without a bucket waits for no token


def test_a_bucket_fills_again():
    """A second brings ten tokens; one that is full is not remembered."""
    made, drain = queue()
    for number in range(120):
        made.retry(("c", f"{number}"), bucket=Bucket())
    drain()
    assert made.retry(("c", "more"), bucket=Bucket()) == pytest.approx(0.1, abs=0.02)
    made._loop.clock.jump(60.0)
    made.forget(("c", "more"))
    assert not made.state.buckets
    assert made.retry(("c", "new"), bucket=Bucket()) == 0.005


def test_a_controller_that_fails_everywhere_is_slowed_down(cluster):
    """A hundred and fifty objects that are refused: in ten seconds not all of them can be tried eleven times."""
    tries = []

    @cluster.controller("configmaps", name="fails")
    def fails(request, client):
        if request.name.startswith("c-"):
            tries.append(client.now)
            raise errors.Conflict("no")

    for number in range(150):
        cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c-{number}"}})
    cluster.advance("10s")
    assert 150 + 100 + 10 * 10 >= len(tries) > 300


def test_keys_and_names_belong_together():
    """`namespace/name` for what has a namespace, the name alone otherwise."""
    assert key_of(config_map("x")) == "default/x" and split("default/x") == ("default", "x")
    assert key_of(core.Node(metadata={"name": "n"})) == "n" and split("n") == (None, "n")


def counting(seen, *, fail=0):
    """A controller that makes one ConfigMap `made` whenever it does not see one, and notes what it saw."""

    def reconcile(api, cache, key):
        seen.append(key)
        if len(seen) <= fail:
            raise errors.Conflict("not yet")
        if cache.get(core.ConfigMap, "default/made") is None and key == "default/wanted":
            api.create(config_map("made"))
        return DONE

    return reconcile


WIRING = Wiring("counter", reconciles=core.ConfigMap)


@attrs.frozen
class Count:
    """How often something was done."""

    times: int = 0


def test_a_controller_is_woken_for_what_exists_and_for_what_comes(cluster):
    """First a key for everything there is, then one for every change; caught up, it rests."""
    cluster.create(config_map("wanted"))
    seen = []
    cluster.add_controller(WIRING, counting(seen))
    cluster.settle()
    assert "default/wanted" in seen and cluster.get("configmap/made")
    seen.clear()
    cluster.advance("1h")
    assert seen == []
    cluster.delete("configmap/made")
    cluster.settle()
    assert seen == ["default/made"]


def test_a_stale_cache_never_leads_to_a_second_decision(cluster):
    """While its cache has not seen its own write, a key is not reconciled again."""
    seen = []
    cluster.add_controller(WIRING, counting(seen))
    cluster.settle()
    cluster.create(config_map("wanted"))
    cache = cluster.parts.processes["counter"].cache
    while cluster.store.get(b"/registry/configmaps/default/made") is None:
        cluster.step()
    cache.hold(core.ConfigMap)
    seen.clear()
    cluster.parts.processes["counter"].queue.add(("counter", "default/wanted"))
    cluster.advance("5s")
    assert seen == []
    cache.release(core.ConfigMap)
    cluster.settle()
    cluster.advance("1s")
    assert "default/wanted" in seen and len(cluster.list("configmaps", namespace="default")) == 3


def test_a_refused_reconcile_comes_back(cluster):
    """A conflict puts the key back, says why to whoever asks, and is forgotten on success."""
    cluster.create(config_map("wanted"))
    seen = []
    cluster.add_controller(WIRING, counting(seen, fail=3))
    cluster.settle()
    assert "not yet" in cluster.process("counter").refusals.values()
    cluster.advance("1s")
    assert cluster.get("configmap/made") and cluster.process("counter").refusals == {}


def test_a_result_is_a_timer(cluster):
    """`Result(after=...)` looks again after that time, in virtual time."""
    times = []

    def reconcile(api, cache, key):
        times.append(api.now)
        return Result(after=30.0 if len(times) < 4 else None)

    cluster.add_controller(Wiring("ticker", reconciles=core.Secret), reconcile)
    cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "c"}})
    cluster.advance("10m")
    assert times == [0.0, 30.0, 60.0, 90.0]


def test_what_wakes_later_is_answered_once(cluster):
    """A controller says whom a change of its own kind wakes, and may collect changes for some time."""
    times = []

    def changed(cache, old, new):
        return (Later(key_of(new), 2.0),) if old is not None else ()

    def reconcile(api, cache, key):
        times.append((api.now, cache.get(core.ConfigMap, key).data["n"]))

    cluster.create(config_map("wanted", n="0"))
    cluster.add_controller(Wiring("slow", reconciles=core.ConfigMap, changed=changed), reconcile)
    for number in range(1, 5):
        cluster.patch("configmap", "wanted", {"data": {"n": str(number)}})
        cluster.advance("1.5s")
    cluster.advance("1m")
    assert times == [(2.0, "2"), (5.0, "4")]


def test_a_record_that_says_nothing_is_not_kept(cluster):
    """Remembering the blank record is forgetting."""

    def reconcile(api, cache, memory, key):
        api.remember(Count(memory.times + 1) if memory.times < 1 else Count())

    cluster.create(config_map("wanted"))
    cluster.add_controller(Wiring("counts", reconciles=core.ConfigMap, memory=Count), reconcile)
    cluster.settle()
    memory = cluster.parts.processes["counts"].state.memory
    assert memory["counts", "default/wanted"] == Count(1)
    cluster.patch("configmap", "wanted", {"data": {"n": "1"}})
    cluster.settle()
    assert ("counts", "default/wanted") not in memory


def test_a_name_that_is_taken_is_refused(cluster):
    """Two controllers of one name would share a queue."""
    with pytest.raises(errors.UsageError, match="there is a controller 'replicaset-controller' already"):
        cluster.add_controller(Wiring("replicaset-controller", reconciles=core.Pod), lambda api, cache, key: DONE)


def test_a_controller_goes_on_in_a_fork(cluster):
    """What a controller has to do is done in both futures, each for itself."""
    cluster.add_controller(WIRING, counting([]))
    cluster.create(config_map("wanted"))
    branch = cluster.fork()
    branch.settle()
    assert branch.get("configmap/made")
    with pytest.raises(errors.NotFound):
        cluster.get("configmap/made")


@pytest.mark.parametrize("seed", range(3))
def test_the_cache_keeps_its_indexes_true(seed):
    """After a busy history every index says what the objects say, in the original and in a fork."""
    cluster = kemu.Cluster(nodes=3, seed=seed)
    cluster.apply(MYAPP)
    for replicas in (5, 2, 7):
        cluster.apply(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "web"},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": {"app": "web"}},
                    "template": {
                        "metadata": {"labels": {"app": "web"}},
                        "spec": {"containers": [{"name": "c", "image": "kemu/script:1"}]},
                    },
                },
            }
        )
        cluster.advance("7s")
        for each in (cluster, cluster.fork()):
            for cache in each.parts.caches.values():
                cache.check()
            each.runtime.check()
            each.store.check()


def built_in(cluster):
    return cluster.parts.processes["kube-controller-manager"].program.specs


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("replicaset-controller", ["replicaset-controller"]),
        ("deployment,replicaset", ["replicaset-controller", "deployment-controller"]),
        ("-job", []),
    ],
)
def test_controllers_are_chosen_as_on_the_command_line(text, names):
    """The grammar of kube-controller-manager's --controllers; an empty string means none."""
    assert list(built_in(kemu.Cluster(nodes=0, controllers=text))) == names


def test_all_but_one_and_an_unknown_name():
    """`*,-name` leaves one out; a name that does not exist is refused."""
    assert "namespace-controller" not in built_in(kemu.Cluster(nodes=0, controllers="*,-namespace-controller"))
    with pytest.raises(errors.UsageError, match='"nope" is not in the list of known controllers'):
        kemu.Cluster(controllers="nope")
