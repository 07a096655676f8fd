"""API types as Python values: building, comparing, changing, showing."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kemu import objects
from kemu.objects import Deployment, Pod, Service, core, evolve, meta, scheme
from kemu.values.frozen import FrozenMap
from kemu.values.quantity import Quantity
from kemu.values.times import Time

from .object_strategies import all_types, instances

POD = Pod(
    metadata={"name": "web", "labels": {"app": "web"}, "creationTimestamp": "2000-01-01T00:00:00Z"},
    spec={
        "containers": [{"name": "main", "image": "nginx", "resources": {"limits": {"cpu": "100m"}}}],
        "node_name": "n1",
        "terminationGracePeriodSeconds": 0,
    },
)


def test_plain_dicts_and_lists_are_converted():
    """JSON names and Python names are both understood, all the way down."""
    assert type(POD.metadata) is meta.ObjectMeta
    assert type(POD.metadata.labels) is FrozenMap
    assert POD.metadata.creation_timestamp == Time(946_684_800)
    assert POD.spec.containers == (core.Container(name="main", image="nginx", resources={"limits": {"cpu": "100m"}}),)
    assert POD.spec.containers[0].resources.limits["cpu"] == Quantity("100m")
    assert POD.spec.node_name == "n1"


def test_unset_fields_are_empty():
    """Lists and maps are empty, struct values are there, pointers and optional scalars are None."""
    pod = Pod()
    assert (pod.metadata.name, pod.metadata.labels, pod.spec.containers, pod.status.phase) == (None, {}, (), None)
    assert pod.spec.security_context is None
    assert core.Container().name == ""
    assert Deployment().spec.template.spec.containers == ()
    assert Pod(metadata=None, spec=None) == pod


def test_zero_is_unset_where_it_cannot_be_told_apart():
    """An omitted scalar and its zero are the same on the wire; behind a pointer they are not."""
    assert core.PodSpec(node_name="").node_name is None
    assert core.PodSpec(host_network=False) == core.PodSpec()
    assert core.PodSpec(termination_grace_period_seconds=0).termination_grace_period_seconds == 0


@pytest.mark.parametrize(
    ("build", "error", "text"),
    [
        (lambda: Pod(speck={}), TypeError, "Pod has no field 'speck'; did you mean 'spec'?"),
        (lambda: Pod(kind="Node"), TypeError, "Pod has kind 'Pod', not 'Node'"),
        (lambda: Pod(spec=5), TypeError, "Pod.spec: expected a PodSpec or a dict, got int"),
        (lambda: Pod(spec={"nodeName": 5}), TypeError, "Pod.spec: PodSpec.node_name: expected text, got int"),
        (lambda: core.PodSpec(containers="x"), TypeError, "PodSpec.containers: expected a list, got str"),
        (lambda: core.PodSpec(priority=True), TypeError, "PodSpec.priority: expected a whole number, got bool"),
        (lambda: meta.ObjectMeta(labels=["a"]), TypeError, "ObjectMeta.labels: expected a dict, got list"),
        (lambda: meta.ObjectMeta(labels={"a": 1}), TypeError, "ObjectMeta.labels: expected text, got int"),
        (lambda: evolve(POD, speck={}), TypeError, "Pod has no field 'speck'; did you mean 'spec'?"),
    ],
)
def test_mistakes_are_named(build, error: type[Exception], text: str):
    """A field that does not exist, a value of the wrong type, a kind that is another's."""
    with pytest.raises(error) as refused:
        build()
    assert str(refused.value) == text


def test_kind_and_api_version_belong_to_the_class():
    """They may be given, if they are right."""
    assert (Pod.kind, Pod.api_version, POD.kind) == ("Pod", "v1", "Pod")
    assert (Deployment.api_version, objects.PodList.kind) == ("apps/v1", "PodList")
    assert Pod(kind="Pod", apiVersion="v1") == Pod()


def test_objects_cannot_be_changed():
    """Neither fields, nor lists, nor maps; and there is no room for anything else."""
    for change in (
        lambda: setattr(POD, "spec", None),
        lambda: delattr(POD, "spec"),
        lambda: setattr(POD, "other", 1),
        lambda: setattr(POD.spec, "node_name", "n2"),
    ):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            change()
    with pytest.raises(TypeError):
        POD.metadata.labels["x"] = "y"
    assert not hasattr(POD, "__dict__")


def test_types_are_attrs_classes():
    """attrs' own functions work on them."""
    assert [field.name for field in attrs.fields(Pod)] == ["metadata", "spec", "status"]
    assert attrs.evolve(POD, metadata={"name": "other"}).metadata.name == "other"
    assert attrs.asdict(core.EnvVar(name="a", value="b")) == {"name": "a", "value": "b", "value_from": None}
    assert attrs.fields(Pod).spec.metadata["kemu"].json == "spec"


def test_types_can_be_explored():
    """Signature, annotations and docstring are there for editors and for help()."""
    assert str(inspect.signature(core.EnvVar)) == (
        "(*, name: 'str' = None, value: 'str | None' = None, value_from: 'EnvVarSource | None' = None)"
    )
    assert core.EnvVar.__annotations__["value"] == "str | None"
    assert core.EnvVar.__doc__ == "An environment variable."


def test_evolve_shares_what_does_not_change():
    """A copy with other fields, converted like a constructor's."""
    moved = evolve(POD, spec=evolve(POD.spec, node_name="n2"), metadata={"name": "other"})
    assert moved.spec.containers is POD.spec.containers
    assert (moved.spec.node_name, moved.metadata.name, POD.spec.node_name) == ("n2", "other", "n1")
    assert evolve(POD) == POD


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("spec.node_name", "n2", lambda pod: pod.spec.node_name),
        ("spec.nodeName", "n2", lambda pod: pod.spec.node_name),
        ("spec.containers[0].image", "apache", lambda pod: pod.spec.containers[0].image),
        ("metadata.labels.app", "api", lambda pod: pod.metadata.labels["app"]),
        ("metadata.labels[app.kubernetes.io/name]", "x", lambda pod: pod.metadata.labels["app.kubernetes.io/name"]),
        ("metadata.labels", {"a": "b"}, lambda pod: pod.metadata.labels),
        ("spec.security_context.run_as_user", 5, lambda pod: pod.spec.security_context.run_as_user),
        ("spec.tolerations[0].key", "gpu", lambda pod: pod.spec.tolerations[0].key),
        ("spec.containers[-1].name", "last", lambda pod: pod.spec.containers[-1].name),
    ],
)
def test_evolve_follows_paths(path: str, value: object, read):
    """Fields by either name, items by number, entries by key; what is missing on the way is made."""
    changed = evolve(POD, {path: value})
    assert read(changed) == value
    assert read(evolve(changed, {path: value})) == value


def test_evolve_by_path_removes_and_refuses():
    """None removes an entry or unsets a field; a path that leads nowhere is refused."""
    assert evolve(POD, {"metadata.labels.app": None}).metadata.labels == {}
    assert evolve(POD, {"spec.node_name": None}).spec.node_name is None
    assert type(evolve(POD, {"spec.containers[0].resources.limits.memory": "1Gi"}).spec.containers[0]) is core.Container
    for path in ("speck", "spec.containers[7].image", "spec.containers[x]", "spec..name", "spec[", "spec.node_name.x"):
        with pytest.raises((TypeError, AttributeError)):
            evolve(POD, {path: 1})


def test_equality_and_hash():
    """By content, with the same type."""
    spec = {"containers": POD.spec.containers, "node_name": "n1", "termination_grace_period_seconds": 0}
    same = Pod(metadata=POD.metadata, spec=spec)
    assert same == POD and hash(same) == hash(POD) and same is not POD
    assert evolve(POD, spec={}) != POD
    assert core.ConfigMapEnvSource(name="a") != core.SecretEnvSource(name="a")
    assert POD != "web"
    assert hash(POD.spec) == hash(same.spec) == hash(POD.spec)


def test_copies_and_pickles():
    """A copy is the object itself; a pickle is an equal one."""
    assert copy.copy(POD) is POD and copy.deepcopy(POD) is POD
    restored = pickle.loads(pickle.dumps(POD))
    assert restored == POD and hash(restored) == hash(POD)
    assert restored.metadata.creation_timestamp == POD.metadata.creation_timestamp


def test_repr_shows_what_is_set():
    """Only fields that differ from being empty, readable as a constructor call."""
    assert repr(POD) == (
        "Pod(metadata=ObjectMeta(name='web', creation_timestamp='2000-01-01T00:00:00Z', labels={'app': 'web'}), "
        "spec=PodSpec(containers=[Container(name='main', image='nginx', resources=ResourceRequirements("
        "limits={'cpu': Quantity('100m')}))], termination_grace_period_seconds=0, node_name='n1'))"
    )
    assert repr(Pod()) == "Pod()"


def test_former_spellings_of_the_official_client_work():
    """`cluster_i_ps` was the name of `cluster_ips` before version 36 of that client."""
    spec = core.ServiceSpec(cluster_i_ps=["10.0.0.1"])
    assert spec == core.ServiceSpec(cluster_ips=["10.0.0.1"])
    assert spec.cluster_i_ps == ("10.0.0.1",)
    assert evolve(spec, cluster_i_ps=("10.0.0.2",)).cluster_ips == ("10.0.0.2",)
    assert Service(spec=spec).spec.cluster_ips == ("10.0.0.1",)


TYPES = all_types()


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_type_is_a_value(data: st.DataObject):
    """Pickled, shown, hashed and rebuilt from its fields, whatever it holds."""
    cls = data.draw(st.sampled_from(TYPES))
    value = data.draw(instances(cls))
    assert pickle.loads(pickle.dumps(value)) == value
    assert hash(evolve(value)) == hash(value)
    assert cls.__name__ in repr(value)
    assert cls(**{name: getattr(value, name) for name in cls._names}) == value


def test_kinds_are_found_where_people_look():
    """Top-level kinds by name; of two, the older one; type checkers see the same names."""
    assert objects.Event is core.Event
    assert objects.HorizontalPodAutoscaler.api_version == "autoscaling/v2"
    for kind in scheme.KINDS:
        assert getattr(objects, kind.kind).kind == kind.kind
    with pytest.raises(AttributeError):
        objects.Nothing  # noqa: B018


def test_modules_are_imported_when_they_are_needed():
    """Importing the package brings no type; asking for Pod brings the core group and nothing else."""
    code = (
        "import sys, kemu.objects; before = [m for m in sys.modules if m.startswith('kemu.objects.')];"
        "kemu.objects.Pod; after = [m for m in sys.modules if m.startswith('kemu.objects.')];"
        "print(before, 'kemu.objects.core.pod' in after, 'kemu.objects.apps' in after)"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.split() == ["[]", "True", "False"]


def test_the_package_lists_what_it_has():
    """`dir` names every kind, every list of a kind that can be listed, and the modules; all of them are there."""
    listed = dir(objects)
    kinds = {name for kind in scheme.KINDS for name in (kind.kind, kind.list_kind if kind.list_type else kind.kind)}
    assert kinds <= set(listed) and {"core", "meta", "evolve"} <= set(listed)
    assert all(getattr(objects, name) is not None for name in listed)
