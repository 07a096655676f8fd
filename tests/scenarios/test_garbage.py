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
