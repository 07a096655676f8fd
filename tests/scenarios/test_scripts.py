"""Pods of the Kubernetes documentation, whose containers are shell scripts."""

from tests.scenarios.manifests import shell_pod


def pod(name, volume, *containers, init=()):
    """A pod of shell containers (name, script, folder) that share one volume."""

    def made(each, script, folder, **more):
        mounts = [{"name": "shared", "mountPath": folder}]
        return {"name": each, "image": "busybox", "command": ["sh", "-c", script], "volumeMounts": mounts, **more}

    spec = {"containers": [made(*each) for each in containers], "volumes": [{"name": "shared", **volume}]}
    spec["initContainers"] = [made(*each[:3], **each[3]) for each in init]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def test_a_sidecar_streams_what_another_container_logs(cluster):
    """Containers of a pod share an emptyDir; what is written there is followed at once, and survives a restart."""
    count = 'i=0; while [ $i -lt 5 ]; do echo "$i: $(date +%S)" >> /var/log/1.log; i=$((i+1)); sleep 1; done'
    cluster.apply(
        pod(
            "counter",
            {"emptyDir": {}},
            ("count", count, "/var/log"),
            init=[("ship", "tail -n+1 -F /logs/1.log", "/logs", {"restartPolicy": "Always"})],
        )
    )
    cluster.advance("4500ms")
    lines = cluster.logs("counter", container="ship").splitlines()
    assert lines[0].startswith("tail: can't open") and [line[:2] for line in lines[1:]] == [
        "0:",
        "1:",
        "2:",
        "3:",
        "4:",
    ]
    cluster.advance("10s")
    assert cluster.get("pod/counter").status.container_statuses[0].restart_count == 1
    assert len(cluster.logs("counter", container="ship").splitlines()) > 6


def test_an_init_container_prepares_what_the_pod_needs(cluster):
    """The work folder of an init container is there when the containers start."""
    init = [("install", "echo '<h1>hello</h1>' > /work-dir/index.html", "/work-dir", {})]
    web = ("web", "cat /usr/share/index.html; sleep 1h", "/usr/share")
    cluster.apply(pod("init-demo", {"emptyDir": {}}, web, init=init))
    cluster.advance("5s")
    assert cluster.logs("init-demo") == "<h1>hello</h1>\n"


def test_a_pod_that_handles_sigterm_leaves_in_time(cluster):
    """A shell with a trap and `wait` ends at once; one with its sleep in the foreground only after the grace period."""
    polite = "trap 'echo bye; exit 0' TERM; while true; do sleep 3600 & wait $!; done"
    deaf = "trap 'echo bye; exit 0' TERM; while true; do sleep 3600; done"
    for name, script in (("polite", polite), ("deaf", deaf)):
        cluster.apply(shell_pod(name, script, terminationGracePeriodSeconds=10))
    cluster.advance("5s")
    for name in ("polite", "deaf"):
        cluster.delete(f"pod/{name}")
    cluster.advance("3s")
    assert [pod.metadata.name for pod in cluster.list("pods")] == ["deaf"]
    cluster.advance("10s")
    assert not cluster.list("pods")


def test_a_thousand_ticking_pods_can_be_forked(cluster):
    """Many processes are many small values: a fork goes on exactly as the original would."""
    cluster.apply([shell_pod(f"p{number}", "while true; do date; sleep 7; done") for number in range(100)])
    cluster.advance("10s")
    branch = cluster.fork()
    cluster.advance("1m")
    assert len(branch.logs("p0").splitlines()) == 2
    branch.advance("1m")
    assert branch.digest() == cluster.digest() and branch.logs("p99") == cluster.logs("p99")
