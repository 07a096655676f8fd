"""Parts of documents that were read before are the very same values, and nothing else is."""

from __future__ import annotations

from kemu.objects import codec, core
from kemu.objects.recall import LARGEST, SIZE, Recall

POD = {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "c", "image": "i"}], "priority": 1}}


def test_equal_parts_of_two_documents_are_one_value() -> None:
    one = codec.decode(core.Pod, POD)
    other = codec.decode(core.Pod, {**POD, "metadata": {"name": "b"}})
    assert one.spec is other.spec
    assert one.metadata.name != other.metadata.name


def test_what_looks_alike_to_python_alone_is_kept_apart() -> None:
    seen: list[object] = []
    recall = Recall(lambda data: seen.append(data) or repr(data))
    assert [recall({"a": value}) for value in (1, True, 1.0, 1)] == [
        "{'a': 1}",
        "{'a': True}",
        "{'a': 1.0}",
        "{'a': 1}",
    ]
    assert len(seen) == 3


def test_the_order_of_names_counts() -> None:
    recall = Recall(lambda data: list(data))
    assert recall({"a": 1, "b": 2}) == ["a", "b"]
    assert recall({"b": 2, "a": 1}) == ["b", "a"]


def test_strings_that_are_shared_or_interned_make_no_difference() -> None:
    seen: list[object] = []
    recall = Recall(lambda data: seen.append(data) or len(seen))
    text = "".join(["ab", "c d"])
    assert recall([text, text]) == recall(["abc d", "".join(["abc", " d"])]) == 1


def test_what_is_no_plain_json_is_computed_each_time() -> None:
    recall = Recall(lambda data: [data])
    thing = object()
    assert recall(thing) == [thing]
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert recall(deep) is not recall(deep)


def test_memory_is_bounded() -> None:
    recall = Recall(lambda data: data)
    for number in range(5 * SIZE):
        recall({"n": number})
    recall("x" * (LARGEST + 1))
    assert len(recall._known) <= 2 * SIZE
    assert max(map(len, recall._known._recent)) <= LARGEST
