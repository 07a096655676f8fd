"""Chance by purpose: what is drawn depends on what it is for, not on what else happened before."""

import pytest

import kemu

MAPS = "/api/v1/namespaces/default/configmaps"
JSON = {"Content-Type": "application/json"}


def config(name):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def pod(**metadata):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    }


@pytest.fixture
def forks():
    cluster = kemu.Cluster(nodes=2, seed=1)
    return cluster.fork(), cluster.fork()


def test_independent_creates_commute(forks):
    """Two objects get the same uids and names in whatever order they are created."""
    one, two = forks
    for cluster, order in ((one, (0, 1, 2)), (two, (2, 1, 0))):
        steps = [
            lambda c: c.create(config("x")),
            lambda c: c.create(pod(generateName="a-")),
            lambda c: c.create(pod(generateName="b-")),
        ]
        for number in order:
            steps[number](cluster)
    for kind in ("configmaps", "pods"):
        assert {(each.metadata.name, each.metadata.uid) for each in one.list(kind)} == {
            (each.metadata.name, each.metadata.uid) for each in two.list(kind)
        }


@pytest.mark.parametrize(
    "target, body, status",
    [
        (MAPS + "?dryRun=All", config("d"), 201),
        (MAPS + "?dryRun=All", {**config(""), "metadata": {"generateName": "g-"}}, 201),
        (MAPS, config("BAD NAME"), 422),
        ("/api/v1/namespaces/default/pods", pod(generateName="p-", labels={"a": "-"}), 422),
        ("/api/v1/namespaces/nowhere/configmaps", config("x"), 404),
    ],
)
def test_a_dry_run_or_a_refusal_leaves_no_trace(forks, target, body, status):
    """Digest and later draws are those of a cluster that was never asked."""
    one, two = forks
    assert one.request("POST", target, JSON, body).status == status
    assert one.digest() == two.digest()
    for cluster in forks:
        cluster.create({**config(""), "metadata": {"generateName": "g-"}})
        cluster.create(pod(generateName="p-"))
    assert one.digest() == two.digest()


def test_a_look_draws_nothing(forks):
    """Asking the network, explaining and fetching do not move chance."""
    one, two = forks
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"selector": {"a": "b"}, "ports": [{"port": 80}]},
    }
    for cluster in forks:
        cluster.apply([service, pod(name="p", labels={"a": "b"}), pod(name="q", labels={"a": "b"})])
        cluster.advance("5s")
    for number in range(5):
        one.network.fetch("s", 80, "/", "default", attempt=number)
    one.explain("pod/p")
    for cluster in forks:
        cluster.apply(pod(name="r"))
        cluster.advance("5s")
    assert one.digest() == two.digest()


def test_the_same_name_again_is_another_object():
    """An object that is deleted and created again has a new uid, at the same moment as at a later one."""
    cluster = kemu.Cluster(nodes=0)
    uids = []
    for wait in (0, 0, 5):
        uids.append(cluster.create(config("x")).metadata.uid)
        cluster.delete("configmap/x")
        cluster.advance(wait)
    uids.append(cluster.create(config("x")).metadata.uid)
    assert len(set(uids)) == 4


def test_events_of_one_moment_all_have_names_of_their_own():
    """However many there are of one object in one moment, from however many components: none is lost."""
    cluster = kemu.Cluster(nodes=1)
    client = cluster.admin
    cluster.apply(pod(name="p"))
    target = cluster.get("pod/p")
    from kemu.kit import EventRecorder

    recorders = [EventRecorder(client, f"c{number}") for number in range(3)]
    before = len(cluster.events("pod/p"))
    for number in range(9):
        for recorder in recorders:
            recorder.event(target, "Normal", f"R{number}", "text")
    found = cluster.events("pod/p")
    assert len(found) - before == 27 and len({event.metadata.name for event in found}) == len(found)


def test_seed_zero_is_a_seed_like_any_other():
    """Ties are drawn for every seed; `ties="heap"` takes what the heap of the recorded scheduler has on top."""

    def placed(**options):
        cluster = kemu.Cluster(nodes=4, **options)
        for number in range(8):
            cluster.create(pod(name=f"p{number}"))
        cluster.settle()
        return tuple(each.spec.node_name for each in cluster.list("pods"))

    assert len({placed(seed=seed) for seed in range(5)}) > 3
    assert placed(seed=0) == placed(seed=0)
    assert placed(seed=0, ties="heap") == placed(seed=7, ties="heap")
    with pytest.raises(kemu.errors.UsageError, match="ties must be"):
        kemu.Cluster(ties="first")
