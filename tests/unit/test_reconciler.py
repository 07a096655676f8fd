"""Controllers as plain functions: what wakes them, what they see, and what becomes of what they return."""

from __future__ import annotations

import pickle

import attrs
import pytest

import kemu
from kemu import errors
from kemu.apiserver.resources import row
from kemu.objects import core
from tests.zoo import WIDGET, widget

FINALIZER = "example.com/hold"


@pytest.fixture
def served(cluster):
    cluster.api.resources.add(row(WIDGET))
    return cluster


def keep(request, client):
    """Keeps a ConfigMap of the title of each widget, and holds the widget until the ConfigMap is gone."""
    found = client.get("widgets")
    if found is None:
        return
    had = client.get("configmaps")
    if found.metadata.deletion_timestamp is not None:
        if had is not None:
            client.delete(had)
        client.remove_finalizer(found, FINALIZER)
        return
    found = client.add_finalizer(found, FINALIZER)
    if had is None:
        metadata = {"name": request.name}
        client.create(core.ConfigMap(metadata=metadata, data={"title": found.spec["title"]}), owner=found)
    elif had.data["title"] != found.spec["title"]:
        client.patch(had, {"data": {"title": found.spec["title"]}})
    client.update_status(found, phase="Kept")
    return


def test_a_function_keeps_what_is_wished_for(served):
    served.controller("widgets.example.com/v1", owns=["configmaps"])(keep)
    served.create(widget(title="one"))
    served.advance("1m")
    assert served.get("configmap/a").data["title"] == "one"
    assert served.get("widgets/a").status["phase"] == "Kept"
    served.delete("configmap/a")
    served.patch("widgets", "a", {"spec": {"title": "two"}}, type="merge")
    twin = pickle.loads(pickle.dumps(served))
    for cluster in (served, twin):
        cluster.advance("1m")
        assert cluster.get("configmap/a").data["title"] == "two"
        revision = cluster.store.revision
        cluster.advance("10m")
        assert cluster.store.revision == revision
        cluster.delete("widgets/a")
        cluster.advance("1m")
        assert not [each for each in cluster.list("configmaps") if each.metadata.name == "a"]
        assert cluster.list("widgets") == ()


@attrs.frozen
class Seen:
    times: int = 0


def test_requeue_memory_watches_and_replicas(served):
    looks = []

    @served.controller(
        "widgets",
        watches=[("secrets", lambda secret: [f"default/{secret.metadata.labels.get('for', 'nobody')}"]), "services"],
        memory=Seen,
        name="watcher",
        replicas=2,
    )
    def look(request, client):
        client.remember(Seen(client.memory.times + 1))
        looks.append((round(client.now), request.key, client.memory.times))
        return kemu.Requeue("10s") if client.memory.times == 1 else None

    served.create(widget())
    served.advance("15s")
    first = [each for each in looks if each[1] == "default/a"]
    assert [times for _, _, times in first] == [1, 2] and first[1][0] - first[0][0] == 10
    looks.clear()
    served.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "labels": {"for": "a"}}})
    served.settle()
    assert [(key, times) for _, key, times in looks] == [("default/a", 3)]
    with pytest.raises(errors.UsageError):
        served.controller("nothings")(look)


def test_it_decides_on_what_its_informers_show(served):
    """Own writes are not waited for: who counts makes too many, as one that is built with controller-runtime does."""

    @served.controller("widgets", owns=["configmaps"])
    def count(request, client):
        found = client.get("widgets")
        had = () if found is None else client.owned("configmaps", by=found)
        if found is not None and len(had) < 1:
            client.create(core.ConfigMap(metadata={"generate_name": "part-"}), owner=found)

    served.settle()
    served.faults.late("count", "configmaps", by="5s")
    served.create(widget())
    served.settle()
    served.patch("widgets", "a", {"spec": {"size": 2}}, type="merge")
    served.advance("1m")
    assert len([each for each in served.list("configmaps") if each.metadata.generate_name]) == 2


def test_a_condition_says_since_when_it_is_so(served):
    """It is written when it changes, beside those of others, and never over a newer object."""
    seen = []

    @served.controller("widgets", name="judge")
    def judge(request, client):
        found = client.get("widgets")
        if found is not None:
            client.set_condition(found, "Big", found.spec["size"] > 1, "Measured", f"{found.spec['size']} pieces")
            found = client.live("widgets")
            client.set_condition(found, "Seen", True, "Looked")
            seen.append(client.now)

    def told():
        return {each["type"]: each for each in served.get("widgets/a").status["conditions"]}

    served.create(widget(size=1))
    served.advance("10s")
    first = told()
    assert {name: each["status"] for name, each in first.items()} == {"Big": "False", "Seen": "True"}
    served.patch("widgets", "a", {"spec": {"size": 2}}, type="merge")
    served.advance("10s")
    second = told()
    assert second["Big"]["status"] == "True" and second["Big"]["message"] == "2 pieces"
    assert second["Big"]["lastTransitionTime"] > first["Big"]["lastTransitionTime"]
    assert second["Seen"]["lastTransitionTime"] == first["Seen"]["lastTransitionTime"]
    assert second["Seen"]["observedGeneration"] == 2
    revision = served.store.revision
    served.process("judge").crash()
    served.process("judge").start()
    served.advance("1m")
    assert served.store.revision == revision
    stale = []

    @served.controller("widgets", name="late")
    def late(request, client):
        found = client.get("widgets")
        if len(stale) < 3:
            client.patch(found, {"metadata": {"labels": {"x": str(len(stale))}}})
            stale.append(client.now)
            client.set_condition(found, "Late", True, "Stale")

    served.advance("1m")
    assert "Late" not in told() and len(stale) == 3


def counted(cluster):
    """Two replicas of a controller that makes one ConfigMap with a name of its own for each widget; who has worked."""
    worked = []

    @cluster.controller("widgets.example.com/v1", owns=["configmaps"], name="maker", replicas=2)
    def maker(request, client):
        found = client.get("widgets")
        if found is not None and not client.owned("configmaps", by=found):
            worked.append(request.name)
            client.create(core.ConfigMap(metadata={"generate_name": f"{request.name}-"}), owner=found)

    cluster.advance("10s")
    return worked


def test_when_a_leader_crashes_another_one_goes_on(served):
    """Once its lease has run out, and only one of them works at any time."""
    worked = counted(served)
    served.create(widget("a"))
    served.advance("10s")
    one, other = served.process("maker")[0], served.process("maker")[1]
    leader, heir = (one, other) if one.leader else (other, one)
    assert worked == ["a"]
    leader.crash()
    served.create(widget("b"))
    served.advance("5s")
    assert worked == ["a"]  # the lease counts still
    served.advance("30s")
    assert worked == ["a", "b"]
    lease = served.get("lease", "maker", namespace="kube-system")
    assert lease.spec.holder_identity == heir.name and lease.spec.lease_transitions == 1
    leader.start()
    served.create(widget("c"))
    served.advance("1m")
    assert worked == ["a", "b", "c"]


def test_two_lead_for_a_moment(served):
    """Then both work, each with a view of its own, until one finds that the lease is not its own."""
    worked = counted(served)
    served.faults.two_leaders("maker")
    served.process("maker").informer("configmaps").delay("1s")
    served.create(widget("a"))
    served.advance("5s")
    assert worked == ["a", "a"]
    served.advance("1m")
    served.create(widget("b"))
    served.advance("1m")
    assert worked == ["a", "a", "b"]
