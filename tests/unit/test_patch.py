"""Patches of plain JSON: merge, JSON and strategic."""

import gzip
import json
import random
from pathlib import Path

import pytest

from kemu import errors
from kemu.apiserver import merging, patch
from kemu.objects import codec, core, meta, scheme
from kemu.objects.schema import shape_of
from kemu.values.frozen import FrozenMap
from kemu.values.quantity import parse_quantity

RECORDED = Path(__file__).parents[1] / "data" / "objects.jsonl.gz"
POD = {"containers": [{"name": "a", "image": "1", "ports": [{"containerPort": 80}]}, {"name": "b", "image": "2"}]}


@pytest.mark.parametrize(
    ("target", "change", "result"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": None}}, {"a": {"y": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}),
        ({}, {"a": {"b": None}}, {"a": {}}),
    ],
)
def test_merge_patch_follows_its_rfc(target, change, result):
    """Objects merge, null removes, everything else replaces."""
    assert patch.merge(target, change) == result


@pytest.mark.parametrize(
    ("operations", "result"),
    [
        ([{"op": "add", "path": "/b", "value": 2}], {"a": [1, 2], "b": 2}),
        ([{"op": "add", "path": "/a/-", "value": 3}], {"a": [1, 2, 3]}),
        ([{"op": "add", "path": "/a/0", "value": 0}], {"a": [0, 1, 2]}),
        ([{"op": "remove", "path": "/a/0"}], {"a": [2]}),
        ([{"op": "replace", "path": "/a/1", "value": 9}], {"a": [1, 9]}),
        (
            [{"op": "test", "path": "/a/0", "value": 1}, {"op": "move", "from": "/a/0", "path": "/c"}],
            {"a": [2], "c": 1},
        ),
        ([{"op": "copy", "from": "/a", "path": "/b"}], {"a": [1, 2], "b": [1, 2]}),
        ([{"op": "copy", "from": "/none", "path": "/b"}], {"a": [1, 2], "b": None}),
        ([{"op": "replace", "path": "/b", "value": 1}], {"a": [1, 2], "b": 1}),
    ],
)
def test_json_patch_follows_its_rfc(operations, result):
    """Each operation does what it says, in order."""
    document = {"a": [1, 2]}
    assert patch.json_patch(document, operations) == result
    assert document == {"a": [1, 2]}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/a/0", "value": 2},
        {"op": "remove", "path": "/nope"},
        {"op": "replace", "path": "/nope/deep", "value": 1},
        {"op": "add", "path": "/a/9", "value": 1},
        {"op": "jump", "path": "/a"},
    ],
)
def test_a_json_patch_that_cannot_be_done_is_refused(operation):
    """A failed test and a path that leads nowhere refuse the whole patch."""
    with pytest.raises(patch.PatchFailed):
        patch.json_patch({"a": [1]}, [operation])


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"containers": [{"name": "a", "image": "9"}]}, {"a": "9", "b": "2"}),
        ({"containers": [{"name": "c", "image": "3"}]}, {"c": "3", "a": "1", "b": "2"}),
        ({"containers": [{"name": "a", "$patch": "delete"}]}, {"b": "2"}),
        ({"containers": [{"$patch": "replace"}, {"name": "z", "image": "0"}]}, {"z": "0"}),
        ({"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}, {"b": "2", "a": "1"}),
    ],
)
def test_strategic_patches_merge_lists_by_their_key(change, result):
    """Containers are merged by name, new ones come first; directives delete, replace and reorder."""
    merged = patch.strategic(POD, change, shape_of(core.PodSpec))
    assert [(each["name"], each["image"]) for each in merged["containers"]] == list(result.items())
    assert POD["containers"][0]["image"] == "1"


def test_a_strategic_patch_without_its_merge_key_is_an_error():
    """An element that does not say which one it is cannot be merged."""
    with pytest.raises(errors.InternalError, match="does not contain declared merge key: name"):
        patch.strategic(POD, {"containers": [{"image": "9"}]}, shape_of(core.PodSpec))


def recorded():
    """Recorded objects of every built-in kind, typed."""
    with gzip.open(RECORDED, "rt") as lines:
        documents = [json.loads(line) for line in lines]
    rows = [(scheme.by_gvk(each.get("apiVersion"), each.get("kind")), each) for each in documents]
    return [codec.decode(row.type, each) for row, each in rows if row is not None and "metadata" in each]


def some_of(value, chance):
    """A patch made of parts of a document: some of its names, values and items, a few of them changed or null."""
    if isinstance(value, dict):
        names = [name for name in value if chance.random() < 0.4]
        return {name: None if chance.random() < 0.1 else some_of(value[name], chance) for name in names}
    if isinstance(value, list):
        items = [keyed(some_of(each, chance), each) for each in value if chance.random() < 0.7]
        chance.shuffle(items)
        return items
    if chance.random() < 0.8:
        return value
    return chance.choice([value, "other", 7, "", 0, True, [], {}, "x" + str(value), {"$patch": "replace"}])


def keyed(part, item):
    names = ("name", "type", "mountPath", "containerPort", "port", "ip")
    return {**part, **{name: item[name] for name in names if name in item}} if isinstance(part, dict) else part


@pytest.mark.parametrize("form", ["merge", "strategic"])
def test_an_object_is_patched_as_its_document_is(form):
    """Whatever the short way over the object takes on, it ends where the long way over the document ends."""
    chance = random.Random(11)
    taken = 0
    for old in recorded():
        document, shape = codec.encode(old), shape_of(type(old))
        for _ in range(80):
            name = chance.choice(sorted(document))
            change = {name: some_of(document[name], chance)}
            try:
                found = merging.merged(old, change, form == "strategic")
            except merging.Unfit:
                continue
            by_hand = patch.merge(document, change) if form == "merge" else patch.strategic(document, change, shape)
            assert found == codec.decode(type(old), by_hand, field_validation="Strict"), change
            taken += found is not old
    assert taken > 1000


def test_amounts_of_a_typed_patch_need_no_way_through_json():
    """What kubelets write of resources is merged as it stands; what is the same already changes nothing."""
    amounts = FrozenMap({"cpu": parse_quantity("1m")})
    old = core.Pod(metadata=meta.ObjectMeta(name="p"), status={"allocatedResources": {"memory": "1Mi"}})
    new = merging.merged(old, {"status": {"allocatedResources": amounts}})
    assert {name: str(each) for name, each in new.status.allocated_resources.items()} == {"memory": "1Mi", "cpu": "1m"}
    assert merging.merged(new, {"status": {"allocatedResources": amounts}}) is new
