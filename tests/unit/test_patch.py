"""Patches of plain JSON: merge, JSON and strategic."""

import pytest

from kemu import errors
from kemu.apiserver import patch
from kemu.objects import core
from kemu.objects.schema import shape_of

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
