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
