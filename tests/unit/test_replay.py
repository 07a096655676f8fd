"""A run that broke is looked at again, forwards and backwards, without any terminal."""

from __future__ import annotations

import json
from io import StringIO

import pytest

import kemu
from kemu import checks, errors
from kemu.apiserver.resources import row
from kemu.cli import main
from kemu.objects import core
from kemu.testing.explore import replay
from kemu.testing.explore.files import again, load, story
from kemu.testing.explore.terminal import show
from kemu.testing.explore.viewer import View, text
from tests.zoo import WIDGET, status_first, widget

SCENARIO = [widget(title="one"), "10s"]


def setup() -> kemu.Cluster:
    """A controller that is done before it has begun."""
    return status_first.SPECIES.with_bug()


def retitled(cluster: kemu.Cluster) -> None:
    """The user changes its mind."""
    cluster.patch("widgets", "a", {"spec": {"title": "two"}}, type="merge")


def no_config(cluster: kemu.Cluster) -> bool:
    """A check that does not hold."""
    return not [each for each in cluster.list("configmaps") if each.metadata.owner_references]


def refused(cluster: kemu.Cluster) -> None:
    """A controller whose first creation meets an error."""
    cluster.api.resources.add(row(WIDGET))

    @cluster.controller("widgets.example.com/v1", owns=["configmaps"])
    def keep(request, client):
        found = client.get("widgets")
        if found is not None and client.get("configmaps") is None:
            client.create(core.ConfigMap(metadata={"name": request.name}), owner=found)

    cluster.faults.error(on="create configmaps", by="keep")


@pytest.fixture(scope="module")
def broken():
    (found,) = kemu.explore(setup, SCENARIO, budget="1m").failures
    return found


@pytest.fixture(scope="module")
def tape(broken):
    return again(broken)


def test_a_file_has_all_that_it_takes(broken, tmp_path):
    """Seed, choices, inputs, and the version, which is told if it is another one."""
    path = tmp_path / "broken.json"
    broken.save(path)
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["scenario"][0]["apply"] == SCENARIO[0] and record["scenario"][0]["pause"] == 10
    assert (record["seed"], record["kemu"], len(record["plan"])) == (0, kemu.__version__, 1)
    read, version = load(path)
    assert read == broken and "made again by" not in "".join(again(read, version).about)
    path.write_text(json.dumps({**record, "kemu": "0.0.1"}), encoding="utf-8")
    lines = list(story(again(*load(path))))
    assert lines[0] == f"seed 0, recorded by kemu 0.0.1, made again by {kemu.__version__}: it may go another way"
    assert lines[-1].startswith(("it broke: converges", "  missing"))


def test_a_script_says_what_the_users_do(broken):
    """It runs by itself, whatever the scenario was called."""
    lines = broken.script.splitlines()
    assert len(lines) <= 10 and "scenario = ..." not in broken.script
    with pytest.raises(checks.GuaranteeBroken, match="converges"):
        exec(compile(broken.script, "script", "exec"), {})


def test_checks_of_ones_own_are_made_again(tmp_path):
    (found,) = kemu.explore(refused, [widget(), retitled], checks=[no_config], runs=1, until="5m").failures
    assert found.guarantee == "no_config" and found.steps == ("apply widget a",)
    assert "checks=[no_config], until=300" in found.script
    found.save(tmp_path / "broken.json")
    assert again(*load(tmp_path / "broken.json")).broke.startswith("no_config")
    unnamed = kemu.explore(refused, [widget()], checks=[lambda cluster: no_config(cluster)], runs=1).failures[0]
    retold = again(unnamed)
    assert "1 checks of your own cannot be imported" in "".join(retold.about) and not retold.broke


def test_what_cannot_be_had_again_is_said(tmp_path):
    def hidden(cluster):
        return refused(cluster)

    (found,) = kemu.explore(hidden, [lambda cluster: cluster.apply(widget())], checks=[no_config], runs=1).failures
    assert "setup = ...  # as in your test" in found.script and "scenario = ...  # as in your test" in found.script
    with pytest.raises(errors.UsageError, match="the setup cannot be imported by a name"):
        again(found)


def test_each_step_knows_what_it_came_of(tape):
    """Up to what the user did; and all that was written was written in one of them."""
    crash = next(number for number, frame in enumerate(tape.frames) if frame.instead)
    causes = [str(tape.frames[each]) for each in tape.causes(crash)]
    assert causes == ["op/informers deliver widgets", "user apply widget a"]
    written = [change for number in range(len(tape.frames)) for change in tape.wrote(number)]
    assert tuple(written) == tape.changes and tape.changes


def test_keys_lead_through_it(tape):
    """Forwards, backwards, to a number, to what was written or went another way; never beyond the ends."""
    view, last = View(tape), len(tape.frames) - 1
    places = []
    for key in ("n", "n", "p", "p", "p", "G", "n", "g", "d", "D", "4", "g", "w", "W", "x"):
        view = view.step(key)
        places.append(view.at)
    crash = next(number for number, frame in enumerate(tape.frames) if frame.instead)
    assert places[:8] == [1, 2, 1, 0, 0, last, last, 0]
    assert places[8:10] == [crash, crash] and places[11] == 4
    assert tape.wrote(places[12]) and tape.wrote(places[13]) and places[14] == places[13]
    assert view.step("q").over and not view.over
    assert text(view.step("1")).startswith(f"step {view.at} of {last}, ") and "going to 1" in text(view.step("1"))


def test_a_page_shows_time_queues_reason_and_object(tape):
    crash = next(number for number, frame in enumerate(tape.frames) if frame.instead)
    page = text(View(tape).to(crash))
    for line in (
        "it broke: converges",
        f"> {crash:5}        0.000s  widgets key default/a",
        "  came of step 0, user apply widget a at 0.000s",
        "what happened here: crash-after: update widgets.example.com/status default/a by widgets",
        "  op: does not run",
        "MODIFIED by widgets in this step",
        "  +  phase: Ready",
    ):
        assert line in page, page
    before = text(View(tape).to(crash).step("p"))
    assert "  op: widgets default/a" in before and "phase: Ready" not in before
    whole = text(View(tape).to(crash).step("y"))
    assert "    phase: Ready" in whole and "+" not in whole.partition("Widget default/a, revision")[2]


def test_any_object_can_be_followed(tape):
    """Over all steps, or again whatever is written."""
    view = View(tape).step("G")
    other = view.step("O")
    assert other.shown().key != view.shown().key and other.step("f").shown() is view.shown()
    assert other.step("g").shown().name == "default/a" and len(tape.objects(view.at)) >= 2


def test_a_failed_key_is_in_the_queues():
    """With how often, and why."""
    (found,) = kemu.explore(refused, [widget()], checks=[no_config], runs=1).failures
    pages = [text(View(again(found)).to(number)) for number in range(8)]
    assert any("keep default/a has failed 1 times (Internal error occurred: a fault)" in page for page in pages), pages


def test_keys_come_from_any_stream(tape):
    """Without a terminal those of a line count together, and a page follows."""
    screen = StringIO()
    view = show(View(tape), StringIO("nn\n3g\n\np\n"), screen)
    assert view.at == 2 and screen.getvalue().count("why this step") == 4
    assert show(View(tape), StringIO("G\nq\nn\n"), StringIO()).over


def test_the_command_tells_and_shows(broken, tmp_path, capsys, monkeypatch):
    broken.save(tmp_path / "broken.json")
    monkeypatch.setattr("sys.stdin", StringIO("d\n"))
    assert main(["replay", str(tmp_path / "broken.json")]) == 0
    told = capsys.readouterr().out
    assert "what was written:" in told and "what happened here: crash-after" in told


def test_a_run_on_tape_is_the_same_run(broken, tape):
    """Taking it down changes nothing."""
    with pytest.raises(AssertionError) as raised:
        replay(setup, SCENARIO, broken.plan, steps=broken.kept)
    assert tape.broke == f"converges: {str(raised.value).removeprefix('converges: ')}"
