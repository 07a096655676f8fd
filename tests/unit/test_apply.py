"""Server-side apply: ownership of fields as set arithmetic."""

import pytest

from kemu import errors
from kemu.apiserver.apply import apply
from kemu.apiserver.differences import difference, fields_of
from kemu.apiserver.field_sets import shown_path
from kemu.apiserver.ownership import Manager, take
from kemu.apiserver.schema_check import mistakes
from kemu.objects import apps, codec, core
from kemu.objects.schema import shape_of

ALICE = Manager("alice", "Apply", "v1")
BOB = Manager("bob", "Apply", "v1")
EDITOR = Manager("editor", "Update", "v1")


def config_map(**data):
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    return {**document, "data": data} if data else document


def applied(live, config, managers, manager, *, force=False, cls=core.ConfigMap):
    return apply(live, config, fields_of(config, shape_of(cls)), shape_of(cls), managers, manager, force=force)


def test_the_fields_of_a_document_follow_its_list_types():
    """Keyed lists are owned item by item, sets value by value, maps key by key; names and times by nobody."""
    pod = {
        "metadata": {"name": "x", "labels": {"a": "b"}, "finalizers": ["e.x/f"]},
        "spec": {"containers": [{"name": "c", "ports": [{"containerPort": 80}], "args": ["x"]}]},
    }
    shown = {shown_path(path) for path in fields_of(pod, shape_of(core.Pod))}
    assert shown == {
        ".metadata.labels.a",
        '.metadata.finalizers[="e.x/f"]',
        '.spec.containers[name="c"]',
        '.spec.containers[name="c"].name',
        '.spec.containers[name="c"].args',
        '.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"]',
        '.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"].containerPort',
    }


def test_what_is_no_longer_applied_is_removed_unless_somebody_else_wants_it():
    """A field goes when its last owner stops naming it."""
    first = applied(config_map(), config_map(a="1", b="2"), {}, ALICE)
    both = applied(first.document, config_map(b="2"), first.managers, BOB)
    left = applied(both.document, config_map(), both.managers, ALICE)
    assert left.document["data"] == {"b": "2"}
    assert ALICE not in left.managers or not left.managers[ALICE]


def test_another_value_for_an_owned_field_is_a_conflict():
    """The 409 names the owner and the field; forcing takes the field over."""
    first = applied(config_map(), config_map(a="1"), {}, ALICE)
    with pytest.raises(errors.Conflict) as caught:
        applied(first.document, config_map(a="2"), first.managers, BOB)
    assert str(caught.value) == 'Apply failed with 1 conflict: conflict with "alice": .data.a'
    assert caught.value.causes[0]["field"] == ".data.a"
    forced = applied(first.document, config_map(a="2"), first.managers, BOB, force=True)
    assert forced.document["data"] == {"a": "2"} and ALICE not in forced.managers


def test_the_same_value_is_shared():
    """Two managers may own one field as long as they agree."""
    first = applied(config_map(), config_map(a="1"), {}, ALICE)
    second = applied(first.document, config_map(a="1"), first.managers, BOB)
    assert set(second.managers) == {ALICE, BOB}


def test_a_write_that_is_no_apply_owns_what_it_changed():
    """An update takes the fields that it changed from everybody, and those it removed from everybody."""
    first = applied(config_map(), config_map(a="1", b="2", c="3"), {}, ALICE)
    old, new = (codec.decode(core.ConfigMap, each) for each in (first.document, config_map(a="1", b="9")))
    after = take(first.managers, difference(old, new, shape_of(core.ConfigMap)), EDITOR)
    shown = {m.name: sorted(shown_path(p) for p in fields) for m, fields in after.items()}
    assert shown == {"alice": [".data.a"], "editor": [".data.b"]}


def test_items_of_a_keyed_list_belong_to_those_who_named_them():
    """Two managers can each have a container in one template."""

    def deployment(*names):
        containers = [{"name": name, "image": name} for name in names]
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "d"},
            "spec": {"template": {"spec": {"containers": containers}}},
        }

    first = applied({}, deployment("a"), {}, ALICE, cls=apps.Deployment)
    second = applied(first.document, deployment("b"), first.managers, BOB, cls=apps.Deployment)
    names = [c["name"] for c in second.document["spec"]["template"]["spec"]["containers"]]
    assert names == ["a", "b"]
    third = applied(second.document, deployment("c"), second.managers, BOB, cls=apps.Deployment)
    names = [c["name"] for c in third.document["spec"]["template"]["spec"]["containers"]]
    assert names == ["a", "c"]


def test_a_map_that_loses_all_its_entries_goes():
    """What becomes empty when fields are given up does not stay behind as an empty map."""
    first = applied(config_map(), config_map(a="1"), {}, ALICE)
    after = applied(first.document, config_map(), first.managers, ALICE)
    assert "data" not in after.document and not after.managers


def test_with_the_last_owned_field_of_a_struct_goes_what_nobody_owns_in_it():
    """A default beside a value that was given up: the strategy of a Deployment that rolls no more."""

    def strategy(**more):
        return {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"strategy": more}}

    rolling = strategy(type="RollingUpdate", rollingUpdate={"maxSurge": 1})
    first = applied({}, rolling, {}, ALICE, cls=apps.Deployment)
    live = strategy(type="RollingUpdate", rollingUpdate={"maxSurge": 1, "maxUnavailable": "25%"})
    after = applied(live, strategy(type="Recreate"), first.managers, ALICE, cls=apps.Deployment)
    assert after.document["spec"]["strategy"] == {"type": "Recreate"}


def test_an_apply_that_changes_nothing_gives_back_the_document():
    """So that whoever compares has nothing to look at; its entry keeps its time."""
    first = applied(config_map(), config_map(a="1"), {}, ALICE)
    again = applied(first.document, config_map(a="1"), first.managers, ALICE)
    assert again.document is first.document and again.managers == first.managers


POD = shape_of(core.Pod)


@pytest.mark.parametrize(
    ("spec", "path", "text"),
    [
        ({"odd": 1}, ".spec.odd", "field not declared in schema"),
        ({"containers": {}}, ".spec.containers", "expected list, got &{map[]}"),
        ({"nodeName": 5}, ".spec.nodeName", "expected string, got &value.valueUnstructured{Value:5}"),
        ({"hostNetwork": "yes"}, ".spec.hostNetwork", "expected boolean, got &{yes}"),
        ({"priority": "high"}, ".spec.priority", "expected numeric (int or float), got string"),
        ({"containers": [{"name": "c", "odd": 1}]}, '.spec.containers[name="c"].odd', "field not declared in schema"),
        ({"tolerations": [{"odd": 1}]}, ".spec.tolerations[0].odd", "field not declared in schema"),
        (
            {"containers": [{"name": "c"}, {"name": "c"}]},
            ".spec.containers",
            'duplicate entries for key [name="c"]',
        ),
        (
            {"containers": ["c"]},
            ".spec.containers",
            "element 0: associative list with keys may not have non-map elements",
        ),
        (
            {"containers": [{"name": ["c"]}]},
            '.spec.containers[name=["c"]].name',
            'expected string, got &value.valueUnstructured{Value:[]interface {}{"c"}}',
        ),
    ],
)
def test_a_configuration_must_fit_its_type(spec, path, text):
    """The complaints name the place as an apply does: items of keyed lists by their key."""
    assert mistakes({"spec": spec}, POD) == [(path, text)]


@pytest.mark.parametrize(
    ("live", "config", "merged"),
    [
        (["a/1", "b/1"], ["b/1", "a/1"], ["b/1", "a/1"]),
        (["a/1", "x/1", "b/1"], ["b/1", "a/1"], ["x/1", "b/1", "a/1"]),
        (["a/1", "x/1"], ["n/1", "a/1"], ["n/1", "a/1", "x/1"]),
        (["a/1"], [], ["a/1"]),
    ],
)
def test_members_come_in_the_order_of_the_configuration(live, config, merged):
    """Others stay where they were among them."""
    before = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "finalizers": live}}
    wanted = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "finalizers": config}}
    assert applied(before, wanted, {EDITOR: frozenset()}, ALICE).document["metadata"]["finalizers"] == merged


def test_null_leaves_a_map_that_has_something():
    """It is nothing that could be merged into the entries."""
    before = config_map(a="1")
    assert applied(before, {**config_map(), "data": None}, {EDITOR: frozenset()}, ALICE).document["data"] == {"a": "1"}
