"""Volumes and claims: who gets which, who makes them, and what becomes of them."""

import pickle

import pytest

import kemu


def volume(name, size="1Gi", path="/tmp/x", modes=("ReadWriteOnce",), policy="Retain", **more):
    """A volume of the class `by-hand`."""
    spec = {
        "capacity": {"storage": size},
        "accessModes": list(modes),
        "persistentVolumeReclaimPolicy": policy,
        "storageClassName": "by-hand",
        "hostPath": {"path": path},
        **more,
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


def claim(name="data", size="1Gi", storage_class="by-hand", modes=("ReadWriteOnce",), **more):
    """A claim of the class `by-hand`; of none with None."""
    spec = {"accessModes": list(modes), "resources": {"requests": {"storage": size}}, **more}
    if storage_class is not None:
        spec["storageClassName"] = storage_class
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def storage_class(name, provisioner="example.com/disk", **more):
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": provisioner,
        **more,
    }


def pod(name="p", claim_name="data"):
    mount = {"name": "v", "mountPath": "/v"}
    spec = {
        "containers": [{"name": "c", "image": "nginx", "volumeMounts": [mount]}],
        "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": claim_name}}],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def got(cluster, name="data"):
    """The phase of a claim, and its volume."""
    found = cluster.get(f"pvc/{name}")
    return found.status.phase, found.spec.volume_name


def phase(cluster, name):
    return cluster.get(f"pv/{name}").status.phase


def said(cluster, what):
    return [(event.reason, event.message) for event in cluster.events(what)]


@pytest.mark.parametrize(
    ("volumes", "wanted", "name"),
    [
        ([volume("a", "5Gi"), volume("b", "2Gi"), volume("c", "1Mi")], claim(), "b"),
        ([volume("a", modes=("ReadWriteOnce", "ReadOnlyMany")), volume("b", "9Gi")], claim(), "b"),
        ([volume("a"), volume("b", modes=("ReadWriteMany",))], claim(modes=("ReadWriteMany",)), "b"),
        ([volume("a", volumeMode="Block"), volume("b", "3Gi")], claim(), "b"),
        ([volume("a"), volume("b", storageClassName="other")], claim(storage_class="other"), "b"),
        ([volume("a"), volume("b", claimRef={"namespace": "default", "name": "data"})], claim(), "b"),
        ([volume("a", claimRef={"namespace": "default", "name": "else"}), volume("b", "2Gi")], claim(), "b"),
        ([volume("a"), volume("b")], claim(volumeName="b"), "b"),
    ],
)
def test_a_claim_gets_the_volume_that_fits_best(cluster, volumes, wanted, name):
    """What is reserved for it; else of those with the fewest access modes the smallest that is large enough."""
    cluster.apply(volumes)
    cluster.settle()
    cluster.apply(wanted)
    cluster.settle()
    assert got(cluster) == ("Bound", name)
    assert phase(cluster, name) == "Bound"
    others = [each["metadata"]["name"] for each in volumes if each["metadata"]["name"] != name]
    assert {phase(cluster, each) for each in others} == {"Available"}


def test_a_claim_that_waits_is_looked_at_every_15_seconds(cluster):
    """A volume that comes later is found then (D-083), and until then it is said what is missing."""
    cluster.apply(claim(storage_class=""))
    cluster.advance("16s")
    (event,) = cluster.events("pvc/data")
    assert (event.reason, event.count) == ("FailedBinding", 2)
    assert event.message == "no persistent volumes available for this claim and no storage class is set"
    cluster.apply(volume("late", storageClassName=""))
    cluster.advance("1s")
    assert got(cluster) == ("Pending", None)
    cluster.advance("14s")
    assert got(cluster) == ("Bound", "late")


def test_a_certain_volume_must_suit_the_claim(cluster):
    """The claim says why it cannot have it, or that somebody else has."""
    cluster.apply([volume("small", "1Mi"), volume("taken"), claim("first", volumeName="taken")])
    cluster.advance("1s")
    cluster.apply([claim("big", volumeName="small"), claim("second", volumeName="taken"), claim("odd", volumeName="x")])
    cluster.settle()
    assert said(cluster, "pvc/big") == [
        ("VolumeMismatch", 'Cannot bind to requested volume "small": requested PV is too small')
    ]
    assert said(cluster, "pvc/second") == [("FailedBinding", 'volume "taken" already bound to a different claim.')]
    assert said(cluster, "pvc/odd") == [] and got(cluster, "odd") == ("Pending", "x")


@pytest.mark.parametrize(
    ("made", "ends", "reason", "text"),
    [
        (volume("v"), "Released", None, None),
        (volume("v", policy="Recycle"), "Available", "VolumeRecycled", "Volume recycled"),
        (volume("v", policy="Delete"), None, None, None),
        (
            volume("v", policy="Delete", path="/data"),
            "Failed",
            "VolumeFailedDelete",
            "host_path deleter only supports /tmp/.+ but received provided /data",
        ),
        (
            volume("v", policy="Delete", hostPath=None, nfs={"server": "s", "path": "/"}),
            "Failed",
            "VolumeFailedDelete",
            'error getting deleter volume plugin for volume "v": no deletable volume plugin matched',
        ),
    ],
)
def test_what_becomes_of_a_volume_is_its_policy(cluster, made, ends, reason, text):
    """Kept, offered again (D-084) or deleted; what cannot be done is said once."""
    cluster.apply([made, claim()])
    cluster.settle()
    assert got(cluster) == ("Bound", "v")
    cluster.delete("pvc/data")
    cluster.advance("40s")
    found = [each.status.phase for each in cluster.list("pv")]
    assert found == ([] if ends is None else [ends])
    assert said(cluster, "pv/v") == ([] if reason is None else [(reason, text)])


def test_a_claim_whose_volume_is_gone_is_lost(cluster):
    """A bound volume goes only when its finalizer is taken away by force."""
    cluster.apply([volume("v"), claim()])
    cluster.settle()
    cluster.delete("pv/v")
    cluster.settle()
    assert phase(cluster, "v") == "Bound"
    cluster.patch("pv", "v", {"metadata": {"finalizers": None}}, type="merge")
    cluster.settle()
    assert got(cluster) == ("Lost", "v")
    assert said(cluster, "pvc/data")[-1] == (
        "ClaimLost",
        "Bound claim has lost its PersistentVolume. Data on the volume is lost!",
    )
    cluster.apply(volume("v"))
    cluster.advance("20s")
    assert got(cluster) == ("Bound", "v") and phase(cluster, "v") == "Bound"


def test_a_pod_that_waits_for_its_claim_says_the_same_in_every_attempt(cluster):
    """Whoever tries to make room has nothing to go by: the claim was in the way before."""
    cluster.apply(pod())
    cluster.settle()
    cluster.apply(claim())
    cluster.advance("10s")
    cluster.apply([volume("small", size="1Mi")])
    cluster.advance("10m")
    assert {text for reason, text in said(cluster, "pod/p") if reason == "FailedScheduling"} == {
        '0/3 nodes are available: persistentvolumeclaim "data" not found. not found',
        "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
    }


def test_a_volume_is_bound_before_its_claim_is(cluster):
    """Who waits for the claim is woken by its volume, and tries once in vain."""
    cluster.apply([volume("v")])
    cluster.settle()
    start = int(cluster.get("pv/v").metadata.resource_version)
    cluster.apply([claim(), pod()])
    cluster.settle()
    kinds = ("persistentvolumes", "persistentvolumeclaims", "pods")
    written = sorted((change.revision, kind) for kind in kinds for change in cluster.history(kind, since=start + 1))
    assert [kind for _, kind in written[:5]] == [
        "persistentvolumeclaims",
        "pods",
        "pods",  # it cannot be scheduled
        "persistentvolumes",
        "persistentvolumes",
    ]
    assert got(cluster) == ("Bound", "v") and cluster.get("pod/p").spec.node_name
    unbound = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
    assert [text for reason, text in said(cluster, "pod/p") if reason == "FailedScheduling"] == [unbound, unbound]


def test_a_claim_that_a_pod_uses_stays(cluster):
    """Until the pod is gone, and then its volume is released."""
    cluster.apply([volume("v"), claim(), pod()])
    cluster.advance("5s")
    cluster.delete("pvc/data")
    cluster.advance("5s")
    assert got(cluster) == ("Bound", "v") and cluster.get("pod/p").status.phase == "Running"
    cluster.delete("pod/p")
    cluster.advance("40s")
    assert cluster.list("pvc") == () and phase(cluster, "v") == "Released"


# Provisioners


def test_a_provisioner_makes_volumes_and_deletes_them(cluster):
    """It takes its time for both, and says what it does, as its process (D-085)."""
    cluster.storage.provisioner("example.com/disk", takes="3s", default_class="standard")
    cluster.apply(claim(storage_class=None))
    cluster.advance("2s")
    assert got(cluster) == ("Pending", None)
    cluster.advance("2s")
    name = f"pvc-{cluster.get('pvc/data').metadata.uid}"
    assert got(cluster) == ("Bound", name)
    assert [reason for reason, _ in said(cluster, "pvc/data")] == [
        "ExternalProvisioning",
        "Provisioning",
        "ProvisioningSucceeded",
    ]
    components = {event.source.component for event in cluster.events("pvc/data")}
    assert components == {"persistentvolume-controller", "example.com/disk_csi-provisioner/example.com/disk"}
    cluster.delete("pvc/data")
    cluster.advance("2s")
    assert phase(cluster, name) == "Released"
    cluster.advance("2s")
    assert cluster.list("pv") == ()


def test_a_provisioner_that_fails_tries_again(cluster):
    """After 1 s, 2 s, 4 s; when it works again the claim gets its volume."""
    cluster.storage.provisioner("example.com/disk", fails="out of disks")
    cluster.apply([storage_class("disk"), claim(storage_class="disk")])
    cluster.advance("10s")
    (failure,) = [event for event in cluster.events("pvc/data") if event.reason == "ProvisioningFailed"]
    assert failure.message == 'failed to provision volume with StorageClass "disk": out of disks'
    assert failure.count == 4
    cluster.storage.provisioner("example.com/disk")
    cluster.advance("10s")
    assert got(cluster)[0] == "Bound"


def test_a_late_claim_waits_for_the_scheduler(cluster):
    """The scheduler selects a node, the provisioner makes the volume, and the pod starts when it is bound."""
    cluster.storage.provisioner("example.com/disk", takes="2s")
    cluster.apply([storage_class("late", volumeBindingMode="WaitForFirstConsumer"), claim(storage_class="late")])
    cluster.advance("20s")
    assert said(cluster, "pvc/data") == [
        ("WaitForFirstConsumer", "waiting for first consumer to be created before binding")
    ]
    cluster.apply(pod())
    cluster.advance("10s")
    assert got(cluster)[0] == "Bound" and cluster.get("pod/p").status.phase == "Running"
    node = cluster.get("pod/p").spec.node_name
    assert cluster.get("pvc/data").metadata.annotations["volume.kubernetes.io/selected-node"] == node


@pytest.mark.parametrize(
    ("provisioner", "text"),
    [
        (None, 'storageclass.storage.k8s.io "c" not found'),
        ("kubernetes.io/no-provisioner", "no volume plugin matched name: kubernetes.io/no-provisioner"),
    ],
)
def test_a_class_that_nobody_provisions_is_said(cluster, provisioner, text):
    """A class that is not there, or has no provisioner."""
    if provisioner is not None:
        cluster.apply(storage_class("c", provisioner))
    cluster.apply(claim(storage_class="c"))
    cluster.settle()
    assert said(cluster, "pvc/data") == [("ProvisioningFailed", text)]


def test_a_default_class_that_comes_later_counts(cluster):
    """A claim without a class gets it at the next look."""
    cluster.apply(claim(storage_class=None))
    cluster.advance("1s")
    cluster.storage.provisioner("example.com/disk", default_class="standard")
    cluster.advance("15s")
    assert cluster.get("pvc/data").spec.storage_class_name == "standard" and got(cluster)[0] == "Bound"


def test_a_volume_that_is_being_made_forks_and_pickles():
    """In the middle of the driver's work."""
    cluster = kemu.Cluster(nodes=1)
    cluster.storage.provisioner("example.com/disk", takes="10s", default_class="standard")
    cluster.apply([claim(storage_class=None), claim("never", storage_class="none")])
    cluster.advance("5s")
    twins = [cluster.fork(), pickle.loads(pickle.dumps(cluster))]
    for each in (cluster, *twins):
        each.advance("30s")
    assert {each.digest() for each in twins} == {cluster.digest()}
    assert {each.state_hash() for each in twins} == {cluster.state_hash()}
    assert got(twins[1])[0] == "Bound"
