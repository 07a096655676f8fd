"""Operators written with kopf, unmodified, on the clock of a cluster."""

import logging
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

import kemu
from kemu.errors import Invalid, UsageError

kopf = pytest.importorskip("kopf")
pytest.importorskip("time_machine")

EXAMPLE = Path(__file__).parents[2] / "examples" / "operators" / "backup_operator.py"

pytestmark = pytest.mark.filterwarnings("ignore::kemu.errors.KemuWarning")


def definition(plural="databases", kind="Database"):
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": anything, "status": anything}}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"},
            "versions": [version],
        },
    }


def database(name="a", **spec):
    body = {"size": "small", **spec}
    return {"apiVersion": "example.com/v1", "kind": "Database", "metadata": {"name": name}, "spec": body}


def store(region="eu"):
    metadata = {"name": f"store-{region}", "labels": {"role": "store"}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"region": region}}


@pytest.fixture
def served(cluster):
    """A cluster that knows databases."""
    cluster.apply(definition())
    cluster.settle()
    return cluster


def first(cluster):
    """Lets the operator work through the life of a database."""
    with kemu.kopf_operator(cluster, EXAMPLE):
        cluster.advance("10s")
        cluster.apply(database())
        cluster.advance("65s")
        cluster.apply(store())
        cluster.wait("configmap/a-backups", "create", timeout="1m")
        cluster.advance("1h")
        cluster.delete("databases.example.com/a")
        cluster.wait("databases.example.com/a", "delete", timeout="1h")
    return cluster.digest()


def test_an_operator_does_all_that_it_does_in_a_real_cluster(served):
    """Retries, indexes, children, timers, fields, finalizers: each at its very moment."""
    with kemu.kopf_operator(served, EXAMPLE):
        served.advance("10s")
        served.apply(database())
        served.advance("65s")
        assert not [each for each in served.list("configmaps") if each.metadata.name == "a-backups"]
        served.apply(store())
        served.wait("configmap/a-backups", "create", timeout="1m")
        child = served.get("configmap/a-backups")
        assert child.data == {"size": "1Gi", "tries": "4"} and child.metadata.owner_references[0].name == "a"
        assert 100 <= served.now < 102
        served.patch("databases.example.com/a", {"spec": {"size": "large"}}, type="merge")
        served.advance("10s")
        assert served.get("configmap/a-backups").data["size"] == "10Gi"
        served.advance("3h")
        status = served.get("databases.example.com/a").status
        assert status["backups"] == 3 and status["watched"] == "for an hour"
        assert datetime.fromisoformat(status["last"]).year == 2000
        served.delete("databases.example.com/a")
        at = served.now
        served.wait("databases.example.com/a", "delete", timeout="1h")
        assert 900 <= served.now - at < 910
        served.wait("configmap/a-backups", "delete", timeout="1m")


def test_two_runs_have_one_digest(kemu_cluster_factory):
    """The same operator and the same calls give the same history."""
    digests = set()
    for _ in range(2):
        cluster = kemu_cluster_factory()
        cluster.apply(definition())
        cluster.settle()
        digests.add(first(cluster))
    assert len(digests) == 1


def test_admission_handlers_answer_in_process(served):
    """Whatever server the operator would open: the cluster asks its handlers without a socket."""
    with kemu.kopf_operator(served, EXAMPLE):
        served.advance("10s")
        with pytest.raises(Invalid, match="there is no size huge"):
            served.apply(database(size="huge"))
        assert served.apply(database()).spec["region"] == "eu"


def registry_with(function, *args, on=None, **more):
    """A registry with one handler."""
    registry = kopf.OperatorRegistry()
    (on or kopf.on.create)("example.com", "v1", "databases", *args, registry=registry, **more)(function)
    return registry


def test_events_of_handlers_are_posted_at_whole_seconds_too(served):
    """kopf writes the time without a fraction where it has none, and a server does not read that."""

    def made(body, **_):
        kopf.event(body, type="Normal", reason="Greeting", message="hello")

    with kemu.kopf_operator(served, registry_with(made)):
        served.advance("10s")
        served.apply(database())
        served.advance("5s")
    assert "Greeting" in [each.reason for each in served.events("databases.example.com/a")]


def test_an_exception_of_a_handler_reaches_the_test(served):
    """It is raised where the test lets time pass; what kopf means for retries is not."""

    def broken(**_):
        raise ZeroDivisionError("this is wrong")

    with (
        pytest.raises(ZeroDivisionError, match="this is wrong"),
        kemu.kopf_operator(served, registry_with(broken)),
    ):
        served.apply(database())
        served.advance("1m")


def test_if_it_is_not_strict_kopf_deals_with_exceptions(served):
    """They are tried again as configured, and can be looked at."""
    moments = []

    async def broken(**_):
        moments.append(served.now)
        if len(moments) < 3:
            raise ZeroDivisionError("this is wrong")

    with kemu.kopf_operator(served, registry_with(broken, backoff=45), strict=False) as operator:
        served.apply(database())
        served.advance("5m")
    assert [type(each) for each in operator.exceptions] == [ZeroDivisionError] * 2
    assert [round(b - a) for a, b in pairwise(moments)] == [45, 45]


def test_an_operator_that_cannot_start_says_so(served):
    """What ends an operator is raised."""
    registry = kopf.OperatorRegistry()

    @kopf.on.startup(registry=registry)
    def wrong(**_):
        raise kopf.PermanentError("not today")

    with pytest.raises(Exception, match="handlers failed") as caught, kemu.kopf_operator(served, registry):
        served.advance("10s")
    assert "not today" in str(caught.value.__notes__)


def test_several_operators_run_beside_each_other(served):
    """Each with its handlers and its own loop."""
    told = []

    def handler(name):
        def tell(**_):
            told.append((served.now, name))

        return tell

    one = registry_with(handler("one"), on=kopf.timer, interval=20)
    two = registry_with(handler("two"), on=kopf.timer, interval=30)
    with kemu.kopf_operator(served, one), kemu.kopf_operator(served, two, namespaces=["default"]):
        served.apply(database())
        served.advance("100s")
    began = told[0][0]
    assert [(round(at - began), name) for at, name in told if at - began < 65] == [
        (0, "one"),
        (0, "two"),
        (20, "one"),
        (30, "two"),
        (40, "one"),
        (60, "one"),
        (60, "two"),
    ]


def test_what_is_no_operator_is_refused(served, tmp_path):
    """Files and modules that do not exist, and other things."""
    for source in (tmp_path / "none.py", "no_such_module_at_all", 5):
        with pytest.raises(UsageError), kemu.kopf_operator(served, source):
            pass
    with pytest.raises(UsageError, match="alone"), kemu.kopf_operator(served, kopf.OperatorRegistry(), "a.py"):
        pass


def test_modules_and_declared_handlers_are_operators(served, tmp_path, monkeypatch):
    """A module by its name, or what was declared already."""
    text = "import kopf\n\n@kopf.on.create('databases')\ndef f(patch, **_):\n    patch.status['by'] = 'module'\n"
    (tmp_path / "some_operator_module.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    for source in ("some_operator_module", __import__("some_operator_module")):
        with kemu.kopf_operator(served, source):
            served.apply(database())
            served.advance("5s")
            assert served.get("databases.example.com/a").status["by"] == "module"
            served.delete("databases.example.com/a")
            served.advance("5s")


def test_everything_is_put_back(served):
    """Real time, real clients, and no guest is left."""
    level = logging.getLogger("kopf").level
    with kemu.kopf_operator(served, EXAMPLE):
        served.advance("1s")
    assert datetime.now(UTC).year > 2020 and not served.parts.driver.visitors.guests
    assert logging.getLogger("kopf").level == level
    served.apply(database())
    served.advance("1h")
    assert not served.get("databases.example.com/a").status
