"""What a container finds of itself: limits, settings, its file for last words, what is in images, and its log."""

import base64

import pytest

import kemu

BUSYBOX = "busybox:1.37"


def pod(name, script, *, spec=(), **container):
    """A pod that runs a script, once."""
    made = {"name": "c", "image": BUSYBOX, "command": ["/bin/sh", "-c", script], **container}
    whole = {"containers": [made], "restartPolicy": "Never", **dict(spec)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": whole}


def said(cluster, manifest):
    """What a pod has printed."""
    cluster.apply(manifest)
    cluster.advance("5s")
    return cluster.logs(manifest["metadata"]["name"])


CGROUP = "cd /sys/fs/cgroup; head -n 1 memory.max; head -n 1 cpu.max; head -n 1 cpu.weight; cat /proc/1/oom_score_adj"


def test_limits_are_those_of_the_control_group_and_follow_a_resize(cluster):
    """Weight follows what is requested; what is not limited is `max`."""
    asked = {"requests": {"cpu": "100m", "memory": "100Mi"}, "limits": {"memory": "200Mi"}}
    cluster.apply(pod("p", "sleep 1h", resources=asked))
    cluster.advance("5s")
    look = ["sh", "-c", CGROUP]
    assert cluster.exec("p", look).output.split() == [str(200 << 20), "max", "100000", "4", "994"]
    more = {"requests": {"cpu": "200m"}, "limits": {"cpu": "500m", "memory": "400Mi"}}
    resize = "/api/v1/namespaces/default/pods/p/resize"
    change = {"spec": {"containers": [{"name": "c", "resources": more}]}}
    cluster.request("PATCH", resize, {"Content-Type": "application/strategic-merge-patch+json"}, change)
    cluster.advance("5s")
    assert cluster.exec("p", look).output.split() == [str(400 << 20), "50000", "100000", "8", "994"]


def test_settings_of_the_kernel_are_the_pods(cluster):
    sysctls = {"securityContext": {"sysctls": [{"name": "kernel.shm_rmid_forced", "value": "1"}]}}
    script = "sysctl kernel.shm_rmid_forced; sysctl -n net.core.somaxconn; sysctl none"
    text = said(cluster, pod("p", script, spec=sysctls))
    assert text.splitlines()[:2] == ["kernel.shm_rmid_forced = 1", "4096"] and "No such file" in text


def test_nobody_changes_interfaces(cluster):
    text = said(cluster, pod("p", "ip addr show eth0; ip link add dummy0 type dummy"))
    assert f"inet {cluster.get('pod/p').status.pod_ip}/24" in text and text.endswith("Operation not permitted\n")


@pytest.mark.parametrize(("escalates", "uid"), [(False, 1000), (True, 0)])
def test_who_may_become_root(cluster, escalates, uid):
    manifest = pod("p", "", securityContext={"runAsUser": 1000, "allowPrivilegeEscalation": escalates})
    manifest["spec"]["containers"][0] |= {"image": "registry.k8s.io/e2e-test-images/nonewprivs:1.4", "command": []}
    assert said(cluster, manifest) == f"Effective uid: {uid}\n"


def test_last_words_can_be_written_by_anybody_anywhere(cluster):
    said(
        cluster,
        pod(
            "p",
            "/bin/echo -n DONE > /dev/my-log",
            terminationMessagePath="/dev/my-log",
            securityContext={"runAsUser": 10000},
        ),
    )
    assert cluster.get("pod/p").status.container_statuses[0].state.terminated.message == "DONE"


def test_a_line_that_was_never_ended_has_no_end(cluster):
    """In the log, and where its end is told as the last words."""
    assert said(
        cluster, pod("p", "echo one; echo -n two; exit 1", terminationMessagePolicy="FallbackToLogsOnError")
    ) == ("one\ntwo")
    assert cluster.get("pod/p").status.container_statuses[0].state.terminated.message == "one\ntwo"


def test_bytes_that_are_no_text_are_what_they_were(cluster):
    data = bytes([0xDE, 0xCA, 0xFE, 0xBA, 0xD0, 0xFE, 0xFF])
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"},
                   "binaryData": {"dump": base64.b64encode(data).decode()}})  # fmt: skip
    volume = {"volumes": [{"name": "v", "configMap": {"name": "m"}}]}
    mounts = [{"name": "v", "mountPath": "/v"}]
    text = said(cluster, pod("p", "hexdump -C /v/dump; base64 /v/dump", spec=volume, volumeMounts=mounts))
    assert text.splitlines() == [
        "00000000  de ca fe ba d0 fe ff                              |.......|",
        "00000007",
        base64.b64encode(data).decode(),
    ]


def test_a_shell_complains_in_the_name_it_was_called_by(cluster):
    text = said(cluster, pod("p", "echo > /file; nothing", securityContext={"readOnlyRootFilesystem": True}))
    assert text == "/bin/sh: can't create /file: Read-only file system\n/bin/sh: nothing: not found\n"


def test_what_is_known_of_an_image_is_in_its_volume(cluster):
    volume = {"volumes": [{"name": "v", "image": {"reference": "registry.k8s.io/e2e-test-images/kitten:1.8"}}]}
    mounts = [{"name": "v", "mountPath": "/v"}]
    text = said(cluster, pod("p", "cat /v/data.json /v/etc/os-release", spec=volume, volumeMounts=mounts))
    assert "kitten.jpg" in text and "Alpine Linux" in text


def test_the_hosts_of_a_node_are_on_its_disk(cluster):
    volume = {"volumes": [{"name": "v", "hostPath": {"path": "/etc/hosts", "type": "FileOrCreate"}}]}
    mounts = [{"name": "v", "mountPath": "/etc/hosts-original"}]
    text = said(
        cluster, pod("p", "head -n 1 /etc/hosts-original; head -n 1 /etc/hosts", spec=volume, volumeMounts=mounts)
    )
    assert "127.0.0.1\tlocalhost" in text and "# Kubernetes-managed hosts file." in text


def test_services_are_in_the_environment_port_by_port(cluster):
    cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "foo-bar"},
                   "spec": {"ports": [{"port": 8765, "protocol": "UDP"}]}})  # fmt: skip
    cluster.advance("1s")
    address = cluster.get("service/foo-bar").spec.cluster_ip
    lines = said(cluster, pod("p", "env")).splitlines()
    assert {
        f"FOO_BAR_PORT_8765_UDP=udp://{address}:8765",
        "FOO_BAR_PORT_8765_UDP_PROTO=udp",
        "FOO_BAR_PORT_8765_UDP_PORT=8765",
        f"FOO_BAR_PORT_8765_UDP_ADDR={address}",
    } <= set(lines)


def test_what_is_mounted_is_shown_by_its_kind(cluster):
    """Which version of control groups there is can be seen by that."""
    volume = {"volumes": [{"name": "v", "emptyDir": {}}], "automountServiceAccountToken": False}
    mount = {"name": "v", "mountPath": "/v", "readOnly": True}
    text = said(cluster, pod("p", "mount -t cgroup2; mount | grep ' /v '", spec=volume, volumeMounts=[mount]))
    assert text == "cgroup2 on /sys/fs/cgroup type cgroup2 (ro,relatime)\next4 on /v type ext4 (ro,relatime)\n"


def test_a_pod_of_which_nobody_has_heard_yet_is_explained():
    """Right after it was made, before any time has passed."""
    cluster = kemu.Cluster(nodes=1)
    pod = {"containers": [{"name": "c", "image": "nginx"}]}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": pod})
    assert "the scheduler has not heard of it yet" in cluster.explain("pod/p").reasons
    cluster.settle()
    assert "scheduled on node-0" in str(cluster.explain("pod/p"))


FULL = "web.group.default.svc.cluster.local"


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        pytest.param({}, ["p", "p", "p"], id="its own"),
        pytest.param({"hostname": "web", "subdomain": "group"}, ["web", "web", FULL], id="with a domain"),
        pytest.param(
            {"hostname": "web", "subdomain": "group", "setHostnameAsFQDN": True}, [FULL, "web", FULL], id="in full"
        ),
        pytest.param({"hostname": "web", "setHostnameAsFQDN": True}, ["web", "web", "web"], id="in full without one"),
        pytest.param(
            {"hostname": "web", "subdomain": "group", "hostnameOverride": "my.own"},
            ["my.own", "my", "my.own"],
            id="another one",
        ),
    ],
)
def test_a_pod_has_the_host_name_that_it_asks_for(spec, names):
    """What the kernel says, and the hosts file."""
    cluster = kemu.Cluster(nodes=1)
    assert said(cluster, pod("p", "hostname; hostname -s; hostname -f", spec=spec.items())).split() == names


def test_a_pod_whose_full_host_name_is_too_long_does_not_start():
    """Its kubelet says so, and tries again."""
    cluster = kemu.Cluster(nodes=1)
    spec = {"hostname": "x" * 33, "subdomain": "group", "setHostnameAsFQDN": True}
    cluster.apply(pod("p", "true", spec=spec.items()))
    cluster.advance("30s")
    [status] = cluster.get("pod/p").status.container_statuses
    assert status.state.waiting.reason == "ContainerCreating"
    [event] = [event for event in cluster.events("pod/p") if event.reason == "FailedCreatePodSandBox"]
    assert event.count == 3 and event.message.endswith(
        "local is too long (64 characters is the max, 65 characters requested)"
    )
