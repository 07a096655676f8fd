"""When Python's garbage collector looks while a world goes on, and what it finds then."""

import gc

import pytest

import kemu
from kemu.values.garbage import SELDOM, emptied, seldom


def deployment(name, replicas):
    """A Deployment of small pods."""
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


@pytest.fixture(autouse=True)
def usual():
    """The thresholds as they were."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_it_looks_seldom_while_a_world_goes_on_and_as_before_then():
    gc.set_threshold(700, 10, 10)
    seen = []
    cluster = kemu.Cluster(nodes=0)
    cluster.create(deployment("web", replicas=1))
    cluster.api.wrap(lambda request, following: seen.append(gc.get_threshold()) or following(request))
    cluster.advance(60)
    assert gc.get_threshold() == (700, 10, 10) and {*seen} == {(SELDOM, 10, 10)}
    with pytest.raises(ZeroDivisionError), seldom:
        with seldom:
            pass
        assert gc.get_threshold()[0] == SELDOM
        _ = 1 / 0
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("wanted", [0, 10 * SELDOM])
def test_who_has_it_look_more_seldom_still_is_left_alone(wanted):
    gc.set_threshold(wanted, 5, 5)
    with seldom:
        assert gc.get_threshold() == (wanted, 5, 5)
    assert gc.get_threshold() == (wanted, 5, 5)


def test_a_world_drops_nothing_that_waits_for_the_collector():
    """What is created, scheduled, run and deleted is in no cycles."""
    cluster = kemu.Cluster(nodes=3)
    cluster.create(deployment("warm", replicas=2))
    cluster.advance(60)
    gc.collect()
    gc.disable()
    try:
        for number in range(4):
            cluster.create(deployment(f"web-{number}", replicas=3))
        cluster.advance(60)
        cluster.delete("deployment/web-0")
        cluster.advance(60)
        assert gc.collect() < 100
    finally:
        gc.enable()


def test_what_is_emptied_holds_nothing():
    class Slotted:
        __slots__ = ("held", "never")

    class Both(Slotted):
        def __init__(self):
            self.held, self.other = [], []

    part = Both()
    emptied(part)
    assert not hasattr(part, "held") and vars(part) == {}
