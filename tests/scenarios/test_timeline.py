"""The timeline: what is to be seen in it, in text and as a picture, of short lives and long ones."""

import re
from xml.etree import ElementTree

import pytest

from kemu.timeline import Lane, Mark, Span, Timeline
from tests.scenarios.manifests import DEPLOYMENT, script_pod


def test_a_pod_of_two_namespaces_is_told_apart(cluster):
    """Names have their namespace as soon as there is more than one; a timeline of one namespace shows only that."""
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod"}})
    cluster.settle()
    for namespace in ("default", "prod"):
        cluster.apply(script_pod("twin"), namespace=namespace)
    cluster.advance("5s")
    text = str(cluster.timeline())
    assert "pod/default/twin" in text and "pod/prod/twin" in text and "pod/twin created in prod" in text
    only = str(cluster.timeline(namespace="prod"))
    assert "pod/twin  (on " in only and only.count("pod/twin") == 2


def test_a_deleted_pod_ends(cluster):
    """Its lane stops where it was gone, and the user's part in it is one mark."""
    cluster.apply(script_pod("p"))
    cluster.advance("10s")
    cluster.delete("pod/p")
    cluster.advance("90s")
    timeline = cluster.timeline()
    assert [mark.text for mark in timeline.marks] == ["pod/p created", "pod/p deleted"]
    assert timeline.lanes[0].spans[-1].end < 50


def test_trouble_is_never_too_short_to_be_seen(cluster):
    """A crash of a moment within an hour shows in the bar."""
    cluster.runtime.on("app:crashes", {"run": "20m", "exit": 1, "failures": 1})
    cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
                   "spec": {"containers": [{"name": "c", "image": "app:crashes"}]}})  # fmt: skip
    cluster.advance("39m")
    bar = re.search(r"\[(.*)\]", str(cluster.timeline()))[1]
    assert bar.strip("=").strip("!") == "" and bar.count("!") == 1 and len(bar) == 48


def test_a_long_life_is_told_in_a_few_lines(cluster):
    """Of hundreds of restarts the text shows the first and the last ones."""
    cluster.apply(script_pod("p", "--run=5s", "--exit=1"))
    cluster.advance("10h")
    text = str(cluster.timeline())
    assert len(text.splitlines()) < 35 and re.search(r"\.\.\.  \d\d+ more states", text)


def test_many_pods_are_one_lane_each(cluster):
    """A picture grows with its pods and stays well-formed; so does the page."""
    cluster.apply(DEPLOYMENT.replace("replicas: 3", "replicas: 40"))
    cluster.advance("1m")
    timeline = cluster.timeline()
    picture = ElementTree.fromstring(timeline.to_svg())
    assert int(picture.get("height")) > 40 * 24
    assert sum(lane.depth == 0 for lane in timeline.lanes) == 40
    assert timeline.to_html().count("<svg") == 1


SPANS = [0.05, 1, 7, 59, 61, 3600, 90_000, 40 * 86_400.0]


@pytest.mark.parametrize("seconds", SPANS)
def test_the_times_of_a_picture_are_round_and_inside(seconds):
    """From milliseconds to months: a few ticks at round moments, none outside of the picture."""
    lane = Lane("pod/p", "", (Span("Running", 0.0, seconds),))
    picture = ElementTree.fromstring(Timeline((lane,), (Mark(0.0, "a <b> & c"),), 0.0, seconds).to_svg())
    lines = [float(each.get("x1")) for each in picture.iter("{http://www.w3.org/2000/svg}line")]
    assert 1 <= len(lines) <= 9 and all(0 <= x <= 960 for x in lines)
    words = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert len(set(words)) == len(words)


def test_nothing_is_said_to_be_nothing(cluster):
    """A cluster in which nobody did anything has an empty timeline that says so."""
    assert str(cluster.timeline()).endswith("nothing has happened\n")
    ElementTree.fromstring(cluster.timeline().to_svg())
