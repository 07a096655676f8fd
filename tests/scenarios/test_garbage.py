"""What has lost its owners goes, in the right order and without waiting for itself."""

from typing import Any

import kemu

POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "spec": {"containers": [{"name": "c", "image": "nginx"}], "terminationGracePeriodSeconds": 1},
}


def test_a_circle_of_owners_goes_as_a_whole() -> None:
    """Three pods that own each other, each waiting for the next, do not wait for ever when one is deleted."""
    cluster = kemu.Cluster(nodes=1)
    uids = [cluster.create({**POD, "metadata": {"name": f"p{number}"}}).metadata.uid for number in range(3)]
    for number in range(3):
        owner = (number + 1) % 3
        reference = {"apiVersion": "v1", "kind": "Pod", "name": f"p{owner}", "uid": uids[owner]}
        metadata = {"ownerReferences": [{**reference, "controller": True, "blockOwnerDeletion": True}]}
        cluster.patch(f"pod/p{number}", {"metadata": metadata})
    cluster.delete("pod/p0", propagation="Foreground")
    cluster.advance("30s")
    assert not cluster.list("pods")


def test_what_an_owner_gets_while_it_waits_goes_with_its_next_dependent() -> None:
    """An owner that waits in the foreground looks at what it has when one of that has gone, and not before."""
    cluster = kemu.Cluster(nodes=1)
    uid = cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owner"}}).metadata.uid
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid, "blockOwnerDeletion": True}
    held = {"ownerReferences": [reference], "finalizers": ["example.com/hold"]}
    cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "first", **held}})
    cluster.delete("configmap/owner", propagation="Foreground")
    cluster.settle()
    assert cluster.get("secret/first").metadata.deletion_timestamp is not None
    late = {"name": "late", "ownerReferences": [reference]}
    cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": late})
    cluster.advance("1m")
    assert cluster.get("secret/late").metadata.deletion_timestamp is None
    cluster.patch("secret/first", {"metadata": {"finalizers": None}}, type="merge")
    cluster.settle()
    assert not cluster.list("secrets") and "owner" not in [each.metadata.name for each in cluster.list("configmaps")]


def test_a_new_object_is_looked_at_for_the_owner_that_is_not_there() -> None:
    """Nobody is there of that uid, or somebody of another name."""
    cluster = kemu.Cluster(nodes=1)
    uid = cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owner"}}).metadata.uid
    for name, owner, of in (("ghost", "owner", "no-such-uid"), ("mistaken", "other", uid), ("kept", "owner", uid)):
        reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": owner, "uid": of}
        cluster.create(
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "ownerReferences": [reference]}}
        )
    cluster.settle()
    assert [each.metadata.name for each in cluster.list("secrets")] == ["kept"]
