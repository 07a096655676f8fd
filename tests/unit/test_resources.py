"""The table of what a server serves: every question about a kind is one look-up."""

import pickle

import pytest

from kemu.apiserver.resources import Resources, row, version_rank
from kemu.objects import CustomObject, apps, autoscaling_v1, autoscaling_v2, core, custom_kind
from kemu.objects.scheme import UnknownResource

WIDGET = custom_kind("example.com", "v1", "widgets", "Widget", short_names=["wd", "po"])
BETA = custom_kind("example.com", "v1beta1", "widgets", "Widget")
OTHER = custom_kind("another.example.com", "v1", "widgets", "Widget")


@pytest.fixture
def resources():
    found = Resources()
    for kind in (BETA, WIDGET):
        found.add(row(kind))
    return found


@pytest.mark.parametrize(
    ("text", "key", "version"),
    [
        ("po", "pods", "v1"),
        ("Pods", "pods", "v1"),
        ("v1/Pod", "pods", "v1"),
        ("deploy", "deployments.apps", "v1"),
        ("deployments.apps", "deployments.apps", "v1"),
        ("deploy.v1.apps", "deployments.apps", "v1"),
        ("apps/v1/Deployment", "deployments.apps", "v1"),
        ("events", "events", "v1"),
        ("events.events.k8s.io", "events.events.k8s.io", "v1"),
        ("hpa", "horizontalpodautoscalers.autoscaling", "v2"),
        ("hpa.v1.autoscaling", "horizontalpodautoscalers.autoscaling", "v1"),
        ("wd", "widgets.example.com", "v1"),
        ("widget", "widgets.example.com", "v1"),
        ("widgets.example.com", "widgets.example.com", "v1"),
        ("widgets.v1beta1.example.com", "widgets.example.com", "v1beta1"),
    ],
)
def test_names_that_a_person_types(resources, text, key, version):
    """Plural, singular, short, with group, with version; a custom kind never hides a built-in one."""
    found = resources.by_name(text)
    assert (found.key, found.kind.version) == (key, version) and resources.of(text) is found


def test_unknown_names_are_refused_in_the_words_of_kubectl(resources):
    """`of` raises, `by_name` does not."""
    assert resources.by_name("gadgets") is None and resources.by_name("pods.apps") is None
    with pytest.raises(UnknownResource, match='the server doesn\'t have a resource type "gadgets"'):
        resources.of("gadgets")
    with pytest.raises(UnknownResource):
        resources.of(CustomObject({"apiVersion": "example.com/v9", "kind": "Widget"}))


def test_classes_objects_references_and_keys(resources):
    """All lead to the row."""
    pods = resources.find("", "v1", "pods")
    assert resources.of(core.Pod) is resources.of(core.Pod()) is resources.of(pods) is pods
    assert resources.of(autoscaling_v1.HorizontalPodAutoscaler).kind.version == "v1"
    assert resources.of(autoscaling_v2.HorizontalPodAutoscaler).kind.version == "v2"
    widget = CustomObject({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}})
    assert resources.of(widget).kind is WIDGET and resources.by_kind("example.com/v1", "Widget").kind is WIDGET
    deployments = resources.of(apps.Deployment)
    assert resources.at(deployments.path("default", "web")) is deployments
    assert resources.at(b"/registry/example.com/widgets/default/w").kind is WIDGET


def test_groups_and_versions(resources):
    """Of a group the most stable version first; custom groups after the built-in ones."""
    assert list(resources.groups())[-1] == "example.com" and next(iter(resources.groups())) == ""
    assert [each.kind for each in resources.of_group("example.com")] == [WIDGET, BETA]
    assert [each.kind for each in resources.of_version("example.com", "v1beta1")] == [BETA]
    assert resources.of_group("no.such") == ()
    versions = ["foo1", "v1alpha1", "v1", "v2beta1", "v10", "v1beta2", "v2", "bar"]
    assert sorted(versions, key=version_rank) == ["v10", "v2", "v1", "v2beta1", "v1beta2", "v1alpha1", "bar", "foo1"]


def test_rows_survive_pickling(resources):
    """Those of built-in kinds are the same rows again; those of custom kinds know their schema."""
    twin = pickle.loads(pickle.dumps(resources))
    assert twin.of(core.Pod) is resources.of(core.Pod) and twin.of(core.Pod).kind is resources.of(core.Pod).kind
    widgets = twin.by_name("wd")
    given = {"metadata": {"name": "w"}, "spec": {"size": 1}}
    assert widgets.kind.decode(given) == WIDGET.decode(given) and widgets.key == "widgets.example.com"


def test_a_fork_serves_its_own(resources):
    """What one serves afterwards the other does not; what is no longer served leaves no trace."""
    fork = resources.fork()
    fork.add(row(OTHER))
    assert fork.by_name("widgets").kind is OTHER and resources.by_name("widgets").kind is WIDGET
    fork.remove(fork.by_name("widgets"))
    assert fork.by_name("widgets").kind is WIDGET and not fork.of_group("another.example.com")
