"""Months of virtual time: what is remembered of what has gone does not grow."""

from __future__ import annotations

import gc
from collections import Counter

import pytest

import kemu


def pod(name, *args, restart="Always"):
    container = {"name": "c", "image": "kemu/script:1", "args": list(args)}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"restartPolicy": restart, "containers": [container]},
    }


def objects():
    """How many objects of which class there are."""
    gc.collect()
    return Counter(type(each).__name__ for each in gc.get_objects())


@pytest.mark.slow
def test_pods_that_come_and_go_leave_nothing_behind():
    """A pod every ten seconds beside one that crashes: once all tables are full nothing is added to them."""
    cluster = kemu.Cluster(compaction="5m")
    cluster.apply(pod("crash", "--run=1s", "--exit=1"))
    number = 0

    def hours(count):
        nonlocal number
        for _ in range(count * 360):
            cluster.create(pod(f"p{number}", "--run=1s", restart="Never"))
            number += 1
            if number > 5:
                cluster.delete("pod", f"p{number - 5}")
            cluster.advance("10s")

    hours(7)
    before = objects()
    hours(2)
    after = objects()
    for name in ("Pod", "PodInfo", "Event", "Container", "Sandbox", "Worker", "Change", "KeyValue", "Managed"):
        assert after[name] <= before[name] * 1.2 + 300, (name, before[name], after[name])
