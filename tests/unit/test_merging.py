"""What a typed client says of two versions of an object, and what it makes, are the same patch."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from kemu import Cluster
from kemu.apiserver import merging
from kemu.apiserver.patching import Difference
from kemu.kit import Client
from kemu.objects import codec, core, evolve

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p", "labels": {"a": "1"}},
    "spec": {
        "containers": [{"name": "c", "image": "busybox", "command": ["sh", "-c", "exit 1"]}],
        "initContainers": [{"name": "i", "image": "busybox", "command": ["sleep", "1"]}],
    },
}


def _versions() -> list[Any]:
    """What a pod that crashes again and again looks like in its life."""
    cluster = Cluster()
    cluster.create(POD)
    cluster.advance("2m")
    found = [change.object for change in cluster.history("pods", since=0)]
    return [*found, evolve(found[-1], {"metadata.labels": {"b": "2"}, "metadata.finalizers": ("x/y",)})]


def test_a_difference_makes_what_its_document_says() -> None:
    versions = _versions()
    assert len(versions) > 8
    for old, other in permutations(versions, 2):
        kept = {"metadata.labels": other.metadata.labels, "metadata.finalizers": other.metadata.finalizers}
        new = evolve(old, {**kept, "status": other.status})
        change = Difference(old, new, ("metadata", "status"))
        assert bool(change) == (old != new)
        assert change.made == merging.merged(old, change.document) == new


def test_a_difference_finds_what_others_have_written_meanwhile() -> None:
    """A patch that was made from what is no longer stored says only what its sender changed."""
    cluster = Cluster(controllers="")
    old = cluster.create(core.Node(metadata={"name": "n"}))
    client = Client(cluster.api, "kubelet")
    cluster.patch("node/n", {"metadata": {"labels": {"by": "another"}}})
    new = evolve(old, {"status.conditions": ({"type": "Mine", "status": "True"},)})
    stored = client.patch_to(old, new, "status", subresource="status")
    assert stored.metadata.labels == {"by": "another"}
    assert [each.type for each in stored.status.conditions] == ["Mine"]


def test_a_typed_item_of_a_list_that_merges_is_what_its_document_says() -> None:
    """A new one is put in as it is; what one leaves unset that is there already is not said, so that it stays."""
    cluster = Cluster(controllers="")
    cluster.create(core.Node(metadata={"name": "n"}, status={"conditions": [{"type": "A", "status": "True"}]}))
    client = Client(cluster.api, "kubelet")
    old = client.get(core.Node, "n")
    fresh = core.NodeCondition(type="B", status="True", reason="New")
    again = core.NodeCondition(type="A", status="False")
    for name, item in (("typed", lambda each: each), ("document", codec.encode)):
        made = cluster.create(core.Node(metadata={"name": name}, status=old.status))
        made = client.patch(
            made, {"status": {"conditions": [{"type": "A", "reason": "Old"}]}}, type="strategic", subresource="status"
        )
        client.patch(
            made, {"status": {"conditions": [item(again), item(fresh)]}}, type="strategic", subresource="status"
        )
    typed, document = (client.get(core.Node, name).status.conditions for name in ("typed", "document"))
    assert typed == document
    assert {(each.type, each.status, each.reason) for each in typed} == {("A", "False", "Old"), ("B", "True", "New")}
