"""KubeSchedulerConfiguration: what a profile comes to, and what is refused in kube-scheduler's words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kemu.errors import UsageError
from kemu.reconcilers.scheduler import config
from kemu.reconcilers.scheduler.framework import Framework
from kemu.reconcilers.scheduler.plugins import REGISTRY


def build(**profile: Any) -> Framework:
    made = config.Configuration({"profiles": [profile]}).profiles[0]
    return config.build(made, REGISTRY)


def names(framework: Framework, point: str) -> list[str]:
    return [plugin.name for plugin in framework.plugins[point]]


def test_the_default_profile() -> None:
    """All plugins of 1.36 that are on by default, with their weights."""
    framework = build()
    assert framework.name == "default-scheduler"
    assert names(framework, "post_filter") == ["DynamicResources", "DefaultPreemption"]
    assert {n: framework.weights[n] for n in names(framework, "score")} == {
        "TaintToleration": 3,
        "NodeAffinity": 2,
        "NodeResourcesFit": 1,
        "PodTopologySpread": 2,
        "InterPodAffinity": 2,
        "DynamicResources": 2,
        "NodeResourcesBalancedAllocation": 1,
        "ImageLocality": 1,
    }


def test_a_star_disables_everything_at_a_point() -> None:
    """And what is enabled beside it remains."""
    score = {"disabled": [{"name": "*"}], "enabled": [{"name": "ImageLocality", "weight": 7}]}
    framework = build(plugins={"score": score})
    assert names(framework, "score") == ["ImageLocality"]
    assert framework.weights["ImageLocality"] == 7


def test_a_plugin_disabled_for_all_points_is_gone() -> None:
    """multiPoint.disabled."""
    framework = build(plugins={"multiPoint": {"disabled": [{"name": "TaintToleration"}]}})
    assert "TaintToleration" not in [plugin.name for plugin in framework.all_plugins()]


def test_a_reconfigured_plugin_comes_first() -> None:
    """A point's own settings for a multiPoint plugin override it and put it in front."""
    framework = build(plugins={"score": {"enabled": [{"name": "ImageLocality", "weight": 4}]}})
    assert names(framework, "score")[0] == "ImageLocality"
    assert framework.weights["ImageLocality"] == 4


def args(name: str, **arguments: Any) -> dict[str, Any]:
    return {"profiles": [{"pluginConfig": [{"name": name, "args": arguments}]}]}


ARGS = "profiles[0].pluginConfig[0].args"
REFUSED = [
    ({"percentageOfNodesToScore": 101}, "percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]"),
    ({"podInitialBackoffSeconds": 0}, "podInitialBackoffSeconds: Invalid value: 0: must be greater than 0"),
    ({"parallelism": 0}, "parallelism: Invalid value: 0: should be an integer value greater than zero"),
    ({"profiles": [{}, {"schedulerName": "b"}]}, "profiles[0].schedulerName: Required value"),
    (
        {"profiles": [{"schedulerName": "a"}, {"schedulerName": "a"}]},
        'profiles[1].schedulerName: Duplicate value: "profiles[0].schedulerName"',
    ),
    (
        args("InterPodAffinity", hardPodAffinityWeight=101),
        f"{ARGS}.hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]",
    ),
    (
        args(
            "PodTopologySpread",
            defaultConstraints=[{"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"}],
        ),
        f'{ARGS}.defaultingType: Invalid value: "System": when .defaultConstraints are not empty',
    ),
    (
        args("NodeResourcesFit", scoringStrategy={"type": "Best"}),
        f'{ARGS}.scoringStrategy.type: Unsupported value: "Best": supported values: '
        '"LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"',
    ),
    (
        args("NodeResourcesBalancedAllocation", resources=[{"name": "cpu", "weight": 2}]),
        f"{ARGS}.resources[0].weight: Invalid value: 2: must be 1",
    ),
    (
        args("DefaultPreemption", minCandidateNodesPercentage=200),
        f"{ARGS}.minCandidateNodesPercentage: Invalid value: 200: not in valid range [0, 100]",
    ),
    ({"apiVersion": "kubescheduler.config.k8s.io/v1beta3"}, 'no kind "KubeSchedulerConfiguration" is registered'),
]


@pytest.mark.parametrize(("source", "message"), REFUSED, ids=[case[1][:50] for case in REFUSED])
def test_what_is_refused(source: dict[str, Any], message: str) -> None:
    """The path of the field, the kind of complaint and its text."""
    with pytest.raises(UsageError) as refusal:
        config.Configuration(source)
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("plugins", "message"),
    [
        ({"filter": {"enabled": [{"name": "Nope"}]}}, 'FilterPlugin "Nope" does not exist'),
        ({"score": {"enabled": [{"name": "NodeName"}]}}, 'plugin "NodeName" does not extend ScorePlugin plugin'),
        ({"queueSort": {"disabled": [{"name": "*"}]}}, "only one queue sort plugin required"),
        ({"bind": {"disabled": [{"name": "*"}]}}, "at least one bind plugin is needed"),
    ],
)
def test_profiles_that_cannot_run(plugins: dict[str, Any], message: str) -> None:
    """Found when the plugins are put together."""
    with pytest.raises(UsageError, match=message.replace("(", r"\(")):
        build(plugins=plugins)


def test_yaml_text_and_files(tmp_path: Path) -> None:
    """The configuration is read from a dict, YAML text or a path."""
    text = (
        "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\npercentageOfNodesToScore: 30\n"
    )
    path = tmp_path / "scheduler.yaml"
    path.write_text(text)
    assert config.Configuration(text).percentage == config.Configuration(path).percentage == 30
    with pytest.raises(UsageError, match="no such file"):
        config.Configuration(tmp_path / "absent.yaml")
