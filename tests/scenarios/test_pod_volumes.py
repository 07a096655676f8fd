"""What containers find in their volumes, and what becomes of what they write there."""

import pickle
from itertools import accumulate

import pytest

import kemu
from kemu.reconcilers.kubelet.environment import value_in

TICKS = "while true; do sleep 1; done"


def pod(volumes, mounts, script=TICKS, name="p", **more):
    """A shell pod with volumes (name -> source) at folders (folder -> volume, or a mount)."""
    mounted = [
        {"mountPath": path, **({"name": each} if isinstance(each, str) else each)} for path, each in mounts.items()
    ]
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", script], "volumeMounts": mounted}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "x"}, "annotations": {"a": 'say "hi"'}},
        "spec": {
            "containers": [{**container, **more.pop("container", {})}],
            "volumes": [{"name": each, **source} for each, source in volumes.items()],
            **more,
        },
    }


def holder(kind="ConfigMap", name="conf", **data):
    field = "data" if kind == "ConfigMap" else "stringData"
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, field: data}


def shell(cluster, text, name="p"):
    return cluster.exec(name, ["sh", "-c", text]).output


def waiting(cluster, name="p"):
    waits = cluster.get("pod", name).status.container_statuses[0].state.waiting
    return waits.reason, waits.message


@pytest.mark.parametrize(
    ("source", "path", "text"),
    [
        ({"configMap": {"name": "conf"}}, "key", "value"),
        ({"configMap": {"name": "conf", "items": [{"key": "key", "path": "a/b"}]}}, "a/b", "value"),
        ({"configMap": {"name": "none", "optional": True}}, "", ""),
        ({"secret": {"secretName": "hidden"}}, "word", "sesame"),
        ({"downwardAPI": {"items": [{"path": "n", "fieldRef": {"fieldPath": "metadata.name"}}]}}, "n", "p"),
        (
            {"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.annotations"}}]}},
            "a",
            'a="say \\"hi\\""',
        ),
        (
            {
                "downwardAPI": {
                    "items": [{"path": "c", "resourceFieldRef": {"containerName": "c", "resource": "limits.cpu"}}]
                }
            },
            "c",
            "4",
        ),
        (
            {"projected": {"sources": [{"configMap": {"name": "conf"}}, {"secret": {"name": "hidden"}}]}},
            "word",
            "sesame",
        ),
    ],
)
def test_a_volume_has_in_it_what_its_source_says(cluster, source, path, text):
    """ConfigMaps, Secrets, the downward API and what is projected from them stand in files, which nobody changes."""
    cluster.apply([holder(key="value"), holder("Secret", "hidden", word="sesame"), pod({"v": source}, {"/v": "v"})])
    cluster.wait("pod/p", "condition=Ready", timeout="10s")
    assert shell(cluster, f"cat /v/{path}" if path else "ls /v") == text
    assert "Read-only file system" in shell(cluster, "echo x > /v/new")


def test_what_is_mounted_changes_with_its_source(cluster):
    """Each time its kubelet looks at the pod, which it does at once when the pod changes; a part of a volume stays."""
    told = {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}}
    volumes = {"v": {"configMap": {"name": "conf"}}, "d": told}
    mounts = {"/v": "v", "/part": {"name": "v", "subPath": "key"}, "/d": "d"}
    cluster.apply([holder(key="old"), pod(volumes, mounts)])
    cluster.wait("pod/p", "condition=Ready", timeout="10s")
    cluster.patch("configmap", "conf", {"data": {"key": "new"}}, type="merge")
    cluster.advance("1s")
    assert shell(cluster, "cat /v/key") == "old"
    branch = pickle.loads(pickle.dumps(cluster)).fork()
    branch.advance("90s")
    assert shell(branch, "cat /v/key /part") == "newold"
    cluster.patch("pod", "p", {"metadata": {"labels": {"app": "y"}}}, type="merge")
    cluster.advance("1s")
    assert shell(cluster, "cat /v/key /d/labels") == 'newapp="y"', "then everything is brought up to date"


def test_what_is_missing_holds_a_pod_back_and_all_of_it_is_said(cluster):
    """Of each volume that cannot be mounted there is an event, and of one with several sources all that lack."""
    both = {"projected": {"sources": [{"configMap": {"name": "conf"}}, {"secret": {"name": "hidden"}}]}}
    cluster.apply(pod({"v": both, "w": {"configMap": {"name": "conf"}}}, {"/v": "v", "/w": "w"}))
    cluster.advance("5s")
    said = {event.message for event in cluster.events("pod/p") if event.reason == "FailedMount"}
    assert said == {
        'MountVolume.SetUp failed for volume "v" : [configmap "conf" not found, secret "hidden" not found]',
        'MountVolume.SetUp failed for volume "w" : configmap "conf" not found',
    }
    cluster.apply([holder(key="value"), holder("Secret", "hidden", word="sesame")])
    cluster.wait("pod/p", "condition=Ready", timeout="10s")


def failures(cluster, name="p"):
    """What is said of volumes that cannot be mounted, and how often."""
    return {each.message: each.count for each in cluster.events(f"pod/{name}") if each.reason == "FailedMount"}


def test_a_volume_that_no_container_mounts_holds_nobody_back(cluster):
    cluster.apply(
        pod(
            {"v": {"configMap": {"name": "conf"}}, "d": {"persistentVolumeClaim": {"claimName": "data"}}},
            {},
            nodeName="node-0",
        )
    )
    cluster.wait("pod/p", "condition=Ready", timeout="10s")
    assert not failures(cluster)


def test_what_is_missing_for_long_is_tried_less_and_less_often(cluster):
    """After half a second, then after twice as long each time, up to two minutes and two seconds; no more is said."""
    cluster.apply(pod({"v": {"configMap": {"name": "conf"}}}, {"/v": "v"}))
    text = 'MountVolume.SetUp failed for volume "v" : configmap "conf" not found'
    for tries, moment in enumerate(accumulate((0.3, 0.5, 1, 2, 4, 8, 16, 32, 64, *[122] * 5)), start=1):
        cluster.advance(moment - 0.1 - cluster.now)
        assert sum(failures(cluster).values()) == tries - 1
        cluster.advance("0.2s")
        assert failures(cluster) == {text: tries}
    cluster.apply(holder(key="value"))
    cluster.wait("pod/p", "condition=Ready", timeout="123s")


CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
DATA = {"d": {"persistentVolumeClaim": {"claimName": "data"}}, "conf": {"configMap": {"name": "conf"}}}


def unprocessed(*why, unmounted="d", names="d"):
    listed = f"unmounted volumes=[{unmounted}], unattached volumes=[], failed to process volumes=[{names}]"
    return f"Unable to attach or mount volumes: {listed}: {'; '.join(why)}"


def test_a_pod_that_is_put_on_a_node_waits_for_its_claim(cluster):
    """It is in error until the claim is bound, which its kubelet sees when it looks again, after ten to 15 seconds."""
    cluster.apply([holder(key="value"), pod(DATA, {"/d": "d", "/conf": "conf"}, nodeName="node-0")])
    cluster.advance("1s")
    missing = 'failed to fetch PVC from API server: persistentvolumeclaims "data" not found'
    assert failures(cluster) == {unprocessed(f"error processing PVC default/data: {missing}"): 1}
    cluster.apply(CLAIM)
    cluster.advance("1m")
    found = failures(cluster)
    assert 4 <= found[unprocessed("error processing PVC default/data: PVC is not bound")] <= 6
    pod_ = cluster.get("pod/p")
    assert pod_.status.container_statuses[0].state.waiting.reason == "ContainerCreating"
    branch = pickle.loads(pickle.dumps(cluster)).fork()
    branch.advance("1m")
    assert sum(failures(branch).values()) >= sum(found.values()) + 4
    cluster.storage.provisioner("example.com/disk", default_class="standard")
    cluster.patch("pvc", "data", {"spec": {"storageClassName": "standard"}}, type="merge")
    cluster.wait("pvc/data", "jsonpath={.status.phase}=Bound", timeout="1m")
    cluster.wait("pod/p", "condition=Ready", timeout="16s")


def test_all_that_is_wrong_with_volumes_is_said_at_once(cluster):
    """Of those that are not known one after the other, in one event; of those that cannot be set up in their own."""
    cluster.apply(
        pod(
            {**DATA, "a": {"persistentVolumeClaim": {"claimName": "other"}}},
            {"/d": "d", "/a": "a", "/conf": "conf"},
            nodeName="node-0",
        )
    )
    cluster.advance("1s")
    missing = (
        'error processing PVC default/{0}: failed to fetch PVC from API server: persistentvolumeclaims "{0}" not found'
    )
    text = unprocessed(missing.format("data"), missing.format("other"), unmounted="a conf d", names="a d")
    assert set(failures(cluster)) == {text, 'MountVolume.SetUp failed for volume "conf" : configmap "conf" not found'}


def test_a_claim_is_of_whom_it_was_made_for(cluster):
    """A volume of another claim is not this one's, and a claim that somebody else made is not the pod's."""
    volume = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/srv"}}
    volume["claimRef"] = {"namespace": "default", "name": "data", "uid": "another"}
    cluster = kemu.Cluster(nodes=1, controllers="serviceaccount-controller,root-ca-certificate-publisher-controller")
    made = cluster.apply({**CLAIM, "spec": {**CLAIM["spec"], "volumeName": "pv", "storageClassName": ""}})
    cluster.apply({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv"}, "spec": volume})
    cluster.patch("pvc", "data", {"status": {"phase": "Bound"}}, type="merge", subresource="status")
    cluster.apply(pod({"d": DATA["d"]}, {"/d": "d"}, nodeName="node-0"))
    cluster.advance("1s")
    why = f"found PV object pv but its pv.Spec.ClaimRef.UID another does not point to claim.UID {made.metadata.uid}"
    assert list(failures(cluster)) == [unprocessed(f"error processing PVC default/data: {why}")]
    ephemeral = {"ephemeral": {"volumeClaimTemplate": {"spec": CLAIM["spec"]}}}
    cluster.apply(
        [{**CLAIM, "metadata": {"name": "q-d"}}, pod({"d": ephemeral}, {"/d": "d"}, name="q", nodeName="node-0")]
    )
    cluster.patch("pvc", "q-d", {"spec": {"volumeName": "pv"}}, type="merge")
    cluster.patch("pvc", "q-d", {"status": {"phase": "Bound"}}, type="merge", subresource="status")
    cluster.advance("20s")
    assert unprocessed("PVC default/q-d was not created for pod default/q (pod is not owner)") in failures(cluster, "q")


def test_a_driver_that_a_pod_names_has_to_be_there(cluster):
    """And it has to make volumes for single pods; then the pod has an empty one of its own."""
    cluster.apply(
        pod({"v": {"csi": {"driver": "inline.example.com"}}}, {"/v": "v"}, "echo x > /v/f; cat /v/f; " + TICKS)
    )
    cluster.advance("2s")
    said = 'MountVolume.SetUp failed for volume "v" : kubernetes.io/csi: mounter.'
    missing = "driver name inline.example.com not found in the list of registered CSI drivers"
    assert list(failures(cluster)) == [f"{said}SetUpAt failed to get CSI client: {missing}"]
    cluster.storage.provisioner("disk.example.com", attaches="1s")
    cluster.apply(pod({"v": {"csi": {"driver": "disk.example.com"}}}, {"/v": "v"}, name="q"))
    cluster.advance("2s")
    mode = 'volume mode "Ephemeral" not supported by driver disk.example.com (only supports ["Persistent"])'
    assert list(failures(cluster, "q")) == [f"{said}SetupAt failed to check volume lifecycle mode: {mode}"]
    cluster.storage.provisioner("inline.example.com", ephemeral=True)
    cluster.wait("pod/p", "condition=Ready", timeout="10s")
    cluster.advance("1s")
    assert cluster.logs("p") == "x\n"


def test_volumes_outlive_containers_and_those_of_a_machine_outlive_pods(cluster):
    """An emptyDir is there for the next attempt, a folder of the machine for the next pod on it."""
    volumes = {"e": {"emptyDir": {}}, "h": {"hostPath": {"path": "/srv", "type": "DirectoryOrCreate"}}}
    script = "echo x >> /e/f; echo y >> /h/f; cat /e/f /h/f; sleep 5"
    cluster.apply(pod(volumes, {"/e": "e", "/h": "h"}, script, nodeName="node-0"))
    cluster.advance("9s")
    assert "".join(cluster.logs("p")) == "x\nx\ny\ny\n"
    cluster.delete("pod/p", grace_seconds=0)
    cluster.apply(pod(volumes, {"/h": "h"}, name="q", nodeName="node-0"))
    cluster.apply(pod(volumes, {"/h": "h"}, name="r", nodeName="node-1"))
    cluster.advance("5s")
    assert (shell(cluster, "cat /h/f", "q"), shell(cluster, "ls /h", "r")) == ("y\ny\n", "")


@pytest.mark.parametrize(
    ("path", "kind", "problem"),
    [
        ("/none", "Directory", "/none is not a directory"),
        ("/etc/os-release", "File", ""),
        ("/var", "File", "/var is not a file"),
        ("/run/containerd/containerd.sock", "Socket", ""),
        ("/dev/null", "CharDevice", ""),
        ("/dev/sda", "BlockDevice", "/dev/sda is not a block device"),
        ("/new/file", "FileOrCreate", ""),
    ],
)
def test_what_is_on_the_machine_is_checked(cluster, path, kind, problem):
    """A hostPath volume that is not what it is said to be is not mounted."""
    cluster.apply(pod({"h": {"hostPath": {"path": path, "type": kind}}}, {"/h": "h"}))
    cluster.advance("5s")
    said = [event.message for event in cluster.events("pod/p") if event.reason == "FailedMount"]
    assert said == (
        [f'MountVolume.SetUp failed for volume "h" : hostPath type check failed: {problem}'] if problem else []
    )


def test_a_claim_keeps_what_is_written(cluster):
    """Pods that mount the same claim, one after the other, find the same files."""
    cluster.storage.provisioner("example.com/disk", default_class="standard")
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    source = {"d": {"persistentVolumeClaim": {"claimName": "data"}}}
    cluster.apply([claim, pod(source, {"/d": "d"}, f"echo kept > /d/f; {TICKS}")])
    cluster.wait("pod/p", "condition=Ready", timeout="1m")
    cluster.delete("pod/p", grace_seconds=0)
    fixed = {"d": {"persistentVolumeClaim": {"claimName": "data", "readOnly": True}}}
    cluster.apply(pod(fixed, {"/d": "d"}, name="q"))
    cluster.wait("pod/q", "condition=Ready", timeout="1m")
    assert shell(cluster, "cat /d/f", "q") == "kept\n"
    assert "Read-only file system" in shell(cluster, "rm /d/f", "q")


@pytest.mark.parametrize(
    ("mount", "problem"),
    [
        ({"subPath": "deep/er"}, ""),
        ({"subPathExpr": "$(NAME)-x"}, ""),
        ({"subPathExpr": "$(NONE)/$(LESS)"}, "missing value for LESS, NONE"),
        ({"subPathExpr": "$(ROOTED)"}, "error SubPath `/tmp` must not be an absolute path"),
        ({"subPathExpr": "$(UP)"}, "unable to provision SubPath `../x`: must not contain '..'"),
    ],
)
def test_a_part_of_a_volume_can_be_mounted(cluster, mount, problem):
    """A folder is made if it is not there; what the variables of the container cannot say holds it back."""
    env = [
        {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "UP", "value": "../x"},
        {"name": "ROOTED", "value": "/tmp"},
    ]
    mounts = {"/part": {"name": "e", **mount}, "/all": "e"}
    cluster.apply(pod({"e": {"emptyDir": {}}}, mounts, container={"env": env}))
    cluster.advance("5s")
    if problem:
        assert waiting(cluster) == ("CreateContainerConfigError", problem)
    else:
        where = mount.get("subPath", "p-x")
        shell(cluster, "echo here > /part/f")
        assert shell(cluster, f"cat /all/{where}/f") == "here\n"


def test_a_volume_that_is_too_full_costs_its_pod(cluster):
    """A pod is evicted when its kubelet finds more in an emptyDir than there may be."""
    cluster.apply(pod({"e": {"emptyDir": {"sizeLimit": "1k"}}}, {"/e": "e"}))
    cluster.wait("pod/p", "condition=Ready", timeout="10s")
    shell(cluster, "seq 1 1000 > /e/f")
    cluster.advance("20s")
    status = cluster.get("pod/p").status
    assert (status.phase, status.reason) == ("Failed", "Evicted")
    assert status.message == 'Usage of EmptyDir volume "e" exceeds the limit "1k". '


def test_who_runs_as_somebody_else_may_not_do_everything(cluster):
    """Modes, owners and groups decide what a process may do with files, as in every Linux."""
    volumes = {"s": {"secret": {"secretName": "hidden", "defaultMode": 0o400}}, "e": {"emptyDir": {}}}
    security = {"runAsUser": 1000, "runAsGroup": 3000}
    script = "cat /s/word; echo x > /etc/new; echo mine > /e/f; cat /e/f"
    cluster.apply(holder("Secret", "hidden", word="sesame"))
    cluster.apply(pod(volumes, {"/s": "s", "/e": "e"}, f"{script}; {TICKS}", securityContext=security))
    cluster.apply(pod(volumes, {"/s": "s", "/e": "e"}, name="q", securityContext={**security, "fsGroup": 2000}))
    cluster.apply(pod(volumes, {"/e": "e"}, name="r", container={"securityContext": {"readOnlyRootFilesystem": True}}))
    cluster.advance("5s")
    assert "".join(cluster.logs("p")).splitlines() == [
        "cat: /s/word: Permission denied",
        "sh: can't create /etc/new: Permission denied",
        "mine",
    ]
    assert shell(cluster, "cat /s/word", "q") == "sesame", "its group may read"
    assert (
        shell(cluster, "echo x > /f; echo y > /e/f; cat /e/f", "r") == "sh: can't create /f: Read-only file system\ny\n"
    )


def test_a_pod_that_must_not_run_as_root_does_not(cluster):
    """Nothing is known of the users of images: where no user is named, it is root."""
    cluster.apply(pod({}, {}, securityContext={"runAsNonRoot": True}))
    cluster.advance("5s")
    reason, message = waiting(cluster)
    assert reason == "CreateContainerConfigError"
    assert message.startswith('container has runAsNonRoot and image will run as root (pod: "p_default(')


def test_the_token_of_a_pod_is_good(cluster):
    """Who shows it is the service account of the pod, as long as the pod is there."""
    cluster.apply(pod({}, {}))
    cluster.wait("pod/p", "condition=Ready", timeout="10s")
    token = shell(cluster, "cat /var/run/secrets/kubernetes.io/serviceaccount/token")
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    path = "/apis/authentication.k8s.io/v1/tokenreviews"

    def status():
        return cluster.request("POST", path, body=review).json()["status"]

    assert status()["user"]["username"] == "system:serviceaccount:default:default"
    cluster.delete("pod/p", grace_seconds=0)
    cluster.settle()
    assert not status().get("authenticated")


def test_variables_come_from_files_and_from_the_node(cluster):
    """An init container can write the variables of those after it; a limit that is not set is what the node has."""
    env = [
        {"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "e", "path": "env", "key": "A"}}},
        {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
    ]
    init = {
        "name": "i",
        "image": "busybox",
        "command": ["sh", "-c", "echo \"A='from file'\" > /e/env"],
        "volumeMounts": [{"name": "e", "mountPath": "/e"}],
    }
    cluster.apply(pod({"e": {"emptyDir": {}}}, {}, container={"env": env}, initContainers=[init]))
    cluster.wait("pod/p", "condition=Ready", timeout="10s")
    assert shell(cluster, "echo $A $CPU") == "from file 4\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A='x'\n", "x"),
        ("# A='c'\n\n  A='two\nlines' # end\n", "two\nlines"),
        ("B='y'\n", ""),
        ("A= 'x'", ""),
        ("A=x", None),
        ("A = 'x'", None),
        ("A='x", None),
        ("A='x' y", None),
    ],
)
def test_a_file_of_variables_is_strict(text, value):
    """Values stand in single quotes, over several lines if need be; nothing else is understood."""
    assert value_in(text, "A") == value


def test_names_are_those_that_the_pod_asks_for():
    """Aliases, the subdomain, the policy for names and its options stand in the files under /etc."""
    cluster = kemu.Cluster(nodes=1)
    cluster.apply(
        pod(
            {},
            {},
            hostAliases=[{"ip": "1.2.3.4", "hostnames": ["foo", "bar"]}],
            subdomain="sub",
            dnsPolicy="None",
            dnsConfig={
                "nameservers": ["1.1.1.1"],
                "searches": ["my.org"],
                "options": [{"name": "ndots", "value": "2"}],
            },
            container={"workingDir": "/work"},
        )
    )
    cluster.wait("pod/p", "condition=Ready", timeout="10s")
    hosts = shell(cluster, "cat /etc/hosts")
    assert hosts.startswith("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n")
    assert "\tp.sub.default.svc.cluster.local\tp\n" in hosts and hosts.endswith("1.2.3.4\tfoo\tbar\n")
    assert shell(cluster, "cat /etc/resolv.conf; pwd") == (
        "search my.org\nnameserver 1.1.1.1\noptions ndots:2\n/work\n"
    )
