"""Exploration: it finds what breaks, says how in few words, and can be had again and resumed."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest

import kemu
from kemu import checks, errors
from kemu.apiserver.resources import row
from kemu.assembly import Assembly
from kemu.cli import main
from kemu.kit import Wiring
from kemu.objects import core
from kemu.testing.explore import Report, Summary, campaign, replay, search
from kemu.testing.explore.campaign import bar
from kemu.testing.explore.offers import Choice, plan_of
from tests.zoo import WIDGET, made_twice, marks_newer, old_generation, status_first, widget

SPECIES = status_first.SPECIES
setup, right, scenario = SPECIES.with_bug, SPECIES.without, SPECIES.scenario


TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE},
}
GROW = {**WEB, "spec": {**WEB["spec"], "replicas": 2}}


def broken_setup() -> kemu.Cluster:
    return SPECIES.with_bug()


def one_widget(cluster: kemu.Cluster) -> None:
    """A scenario that lets time pass by itself."""
    cluster.apply(scenario[0])
    cluster.advance("10s")


@pytest.mark.parametrize("strategy", ["auto", "exhaustive", "random", "pct"])
def test_every_strategy_finds_a_crash_between_two_writes(strategy):
    report = kemu.explore(setup, scenario, strategy=strategy, budget="1m")
    assert not report.ok and isinstance(report, Report)
    with pytest.raises(AssertionError, match="again with"):
        report.check()


def test_what_broke_is_the_least_that_breaks():
    """With a script, a file and the same end in another process."""
    (broken,) = kemu.explore(broken_setup, one_widget, strategy="random", budget="1m").failures
    assert len(broken.plan) == 1 and broken.kept == (0,) and broken.guarantee == "converges"
    assert broken.plan[0].offer.startswith(("crash-after", "error", "webhook-", "timeout-after", "past"))
    lines = broken.script.splitlines()
    assert len(lines) <= 10 and lines[1].startswith("from tests.unit.test_explore import broken_setup")
    with pytest.raises(checks.GuaranteeBroken, match="converges"):
        exec(compile(broken.script, "script", "exec"), {})
    assert "Widget" in broken.timeline or broken.timeline


def test_a_user_comes_between_a_read_and_a_write():
    """One deviation is enough to see what is read anew."""
    one = marks_newer.SPECIES
    report = kemu.explore(one.with_bug, one.scenario, faults="meanwhile", budget="1m")
    (broken,) = report.failures
    assert len(broken.plan) == 1 and broken.guarantee == "converges"
    assert str(broken.plan[0]).startswith("meanwhile: grow, just before ")
    with pytest.raises(AssertionError, match="converges"):
        replay(one.with_bug, one.scenario, broken.plan, steps=broken.kept)


@pytest.mark.parametrize("kind", ["meanwhile", "lag", "no-quorum", "webhook-fails"])
def test_a_controller_may_meet_it_and_get_on(kind):
    report = kemu.explore(
        right, [*scenario, "1m", {**scenario[0], "spec": {"size": 9}}], faults=kind, runs=30, budget="1h"
    )
    report.check()
    assert kind in {offered for _, _, offered in report.coverage}


def test_a_node_may_be_slow():
    """All that its kubelet does comes late, and all is well in the end."""
    report = kemu.explore(
        lambda: kemu.Cluster(nodes=1), [WEB, "20s", GROW, "20s"], faults="slow-node", runs=20, budget="1h"
    )
    report.check()
    assert "slow-node" in {offered for _, _, offered in report.coverage}


def test_a_file_is_replayed(tmp_path, capsys):
    (broken,) = kemu.explore(broken_setup, one_widget, budget="1m").failures
    broken.save(tmp_path / "broken.json")
    assert main(["replay", "--list", str(tmp_path / "broken.json")]) == 0
    told = capsys.readouterr().out
    assert "it broke: converges" in told and "ADDED    Widget default/a by user" in told
    (tmp_path / "other.json").write_text("{}")
    assert main(["replay", str(tmp_path / "other.json")]) == 1
    assert "is no file that kemu has recorded" in capsys.readouterr().err


def test_an_exploration_is_the_same_each_time():
    found = [kemu.explore(right, scenario, runs=40, budget="1h") for _ in range(2)]
    assert found[0].coverage == found[1].coverage and found[0].states == found[1].states
    assert found[0].runs == 40 and found[0].ok and "nothing broke in 40 runs" in str(found[0])


def test_it_goes_on_where_it_ended_until_nothing_is_left():
    """All single deviations of one kind, and none twice."""
    report = kemu.explore(right, scenario, strategy="exhaustive", faults=["crash-after"], runs=1, budget="1h")
    assert report.runs == 1 and not report.exhausted
    report.search.most_runs = 1000
    report.resume("1h")
    assert report.exhausted and report.ok and report.runs > 3
    assert {fault for _, _, fault in report.coverage} == {"crash-after"}


def test_what_waits_to_be_tried_takes_no_more_memory_than_it_may(monkeypatch):
    """Then it is said that not all was tried."""
    monkeypatch.setattr(search, "WAITING", 3)
    monkeypatch.setattr(search, "STATES", 5)
    monkeypatch.setattr(search, "SORTS", 5)
    report = kemu.explore(right, scenario, strategy="exhaustive", runs=200, budget="1h")
    assert report.dropped > 0 and not report.exhausted and report.ok
    assert len(report.search._waiting) <= 3


def test_what_a_run_remembers_is_free_when_it_is_over():
    """Nobody looks for garbage meanwhile. A cluster that somebody else has as well stays whole."""
    held: list[kemu.Cluster] = []

    def assemblies() -> int:
        return sum(isinstance(each, Assembly) for each in gc.get_objects())

    cluster = right()
    gc.collect()
    gc.disable()
    try:
        before = assemblies()
        kemu.explore(cluster, scenario, budget="60s", runs=30)
        assert assemblies() <= before + 5  # it and the last run are still there, and what was compared with
        kemu.explore(cluster, scenario, checks=[lambda cluster: held.append(cluster)], budget="60s", runs=3)
    finally:
        gc.enable()
    assert len(held) >= 3 and all(each.list("pods") is not None and each.now > 0 for each in held)


def test_many_pods_at_one_moment_are_no_storm():
    """The scheduler looks at each of them once."""
    many = {**WEB, "spec": {**WEB["spec"], "replicas": 90}}
    report = kemu.explore(lambda: kemu.Cluster(nodes=1), [many], budget="60s", runs=1)
    assert report.ok, report.failures[0].text


def test_a_check_of_ones_own():
    """In calm, or after every step; it raises, or gives back False."""

    def one_config(cluster):
        return len([each for each in cluster.list("configmaps") if each.metadata.name == "a"]) == 1

    @checks.always
    def no_config(cluster):
        assert not [each for each in cluster.list("configmaps") if each.metadata.name == "a"], "there is one"

    assert kemu.explore(right, scenario, checks=[one_config], runs=1).ok
    (broken,) = kemu.explore(right, scenario, checks=[lambda cluster: not one_config(cluster)], runs=1).failures
    assert "it gave back False" in broken.text
    (broken,) = kemu.explore(right, scenario, checks=[no_config], runs=1).failures
    assert broken.text.startswith("there is one")


def test_a_run_without_deviations_is_what_kemu_does_by_itself():
    cluster = right()
    twin = replay(cluster, scenario, until="10m")
    cluster.apply(scenario[0])
    cluster.advance("1m")
    alone = list(map(str, cluster.history("configmaps")))
    assert list(map(str, twin.history("configmaps")))[: len(alone)] == alone


def test_plans_are_read_and_mistakes_are_told():
    assert plan_of(["late: op sees no pods for 5s", ("restart: op", 2)]) == (
        Choice("late: op sees no pods for 5s"),
        Choice("restart: op", 2),
    )
    with pytest.raises(errors.UsageError, match="is no offer"):
        replay(right, scenario, ["nothing"])
    with pytest.raises(errors.UsageError, match="a strategy is one of"):
        kemu.explore(right, scenario, strategy="clever")
    with pytest.raises(errors.UsageError, match="nothing called 'floods'"):
        kemu.explore(right, scenario, faults=["floods"])
    with pytest.raises(errors.UsageError, match="at least one step"):
        kemu.explore(right, [])
    with pytest.raises(errors.UsageError, match="gave back"):
        kemu.explore(lambda: 7, scenario)


def kept(cluster: kemu.Cluster) -> None:
    """A controller that makes a ConfigMap, and leaves it to users."""
    cluster.api.resources.add(row(WIDGET))

    @cluster.controller("widgets.example.com/v1", owns=["configmaps"])
    def keep(request, client):
        found = client.get("widgets")
        if found is not None and client.get("configmaps") is None:
            client.create(core.ConfigMap(metadata={"name": request.name}, data={"size": "1"}), owner=found)


def grown(cluster: kemu.Cluster) -> None:
    cluster.patch("configmap", "a", {"data": {"size": "2"}}, type="merge")


def test_what_users_have_changed_of_what_was_made_is_theirs():
    """A fresh cluster that is told the last wishes cannot know of it."""
    kemu.explore(kept, [widget(), "5s", grown], runs=1).check()


def test_what_the_scenario_raises_by_itself_is_raised():
    with pytest.raises(errors.NotFound):
        kemu.explore(right, [lambda cluster: cluster.get("widgets/nothing")])


def test_an_exception_of_a_reconcile_is_a_failure():
    def setup_of(cluster):
        def reconcile(api, cache, key):
            if key == "default/a":
                raise KeyError("title")

        cluster.process("op").add(Wiring("op", reconciles="configmaps"), reconcile)

    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    (broken,) = kemu.explore(setup_of, [config], runs=1).failures
    assert broken.guarantee == "no exception" and "KeyError" in broken.text


def test_few_runs_are_enough():
    """The first of each sort of deviation comes before the second of any."""
    for species in (status_first, made_twice, old_generation):
        one = species.SPECIES
        assert kemu.explore(one.with_bug, one.scenario, budget="1m").runs < 30


def test_a_campaign_is_the_sum_of_its_explorations():
    """By any executor; what broke keeps its seed."""
    told = []
    with ThreadPoolExecutor(1) as executor:
        more = {"runs": 12, "budget": "1h", "progress": lambda so_far, of: told.append((len(so_far.reports), of))}
        summary = campaign(broken_setup, one_widget, range(2), executor=executor, **more)
    assert {broken.seed for broken in summary.failures} == {0, 1} and told == [(1, 2), (2, 2)]
    assert "2 times converges, first with seed 0: " in str(summary)
    with pytest.raises(AssertionError, match="again with"):
        summary.check()
    assert summary.total.runs == sum(kemu.explore(broken_setup, one_widget, runs=12, budget="1h", seed=seed).runs
                               for seed in range(2))  # fmt: skip


def test_a_campaign_goes_on_where_it_ended(tmp_path):
    """What is kept is not tried again, by a pool of processes as by any executor."""
    path, told = tmp_path / "campaign.jsonl", []
    more = {"runs": 12, "budget": "1h", "kept": path}
    with ThreadPoolExecutor(1) as executor:
        first = campaign(broken_setup, one_widget, range(2), executor=executor, **more)
    whole = campaign(
        broken_setup, one_widget, range(3), progress=lambda so_far, of: told.append(len(so_far.reports)), **more
    )
    assert told == [3] and sorted(whole.reports) == [0, 1, 2]
    assert whole.failures[:2] == first.failures and whole.total.coverage.keys() >= first.total.coverage.keys()
    again = campaign(broken_setup, one_widget, range(3), **more)
    assert str(again) == str(whole) and len(path.read_text(encoding="utf-8").splitlines()) == 3
    (tmp_path / "other").write_text("{}\n")
    with pytest.raises(errors.UsageError, match="no file that a campaign has kept"):
        campaign(broken_setup, one_widget, range(1), kept=tmp_path / "other")
    with pytest.raises(errors.UsageError, match="at the top of a module"):
        campaign(lambda: None, one_widget)


def test_a_terminal_has_a_bar():
    """And nothing else does."""

    class Terminal(StringIO):
        def isatty(self):
            return True

    plain, terminal = StringIO(), Terminal()
    for screen in (plain, terminal):
        tell = bar(screen)
        tell(Summary({0: Report()}), 2)
        tell(Summary({0: Report(), 1: Report()}), 2)
    assert plain.getvalue() == ""
    assert terminal.getvalue().splitlines() == [
        "",
        "[###############               ] 1/2 seeds, 0 broke",
        "[##############################] 2/2 seeds, 0 broke",
    ]


def two_replicas() -> kemu.Cluster:
    cluster = kemu.Cluster(nodes=1)
    cluster.api.resources.add(row(WIDGET))
    cluster.process("op", replicas=2).add(SPECIES.wiring, SPECIES.right)
    cluster.advance("10s")
    return cluster


def test_two_may_lead_for_a_moment():
    report = kemu.explore(two_replicas, scenario, faults=["two-leaders"], strategy="exhaustive", until="5m", runs=4)
    assert report.ok and any(fault == "two-leaders" for _, _, fault in report.coverage)


@pytest.mark.slow
@pytest.mark.parametrize("manifest", ["rollout", "job"])
def test_the_built_in_controllers_are_clean(manifest):
    from tests.scenarios.test_processes import JOBS, deployment

    def scale(cluster):
        cluster.scale("deployment/web", 2)

    steps = {"rollout": [deployment(replicas=1), "20s", scale], "job": [JOBS.split("---")[0], "10s"]}[manifest]
    kemu.explore(lambda: kemu.Cluster(nodes=1), steps, runs=30, budget="1h").check()
