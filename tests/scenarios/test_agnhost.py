"""The image of the conformance suite, as its tests use it."""

import json

import pytest

IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.53"


def pod(name, *args, volumes=(), mounts=(), spec=(), restart="Never", **container):
    """A pod that runs a subcommand."""
    made = {"name": "c", "image": IMAGE, "args": list(args), "volumeMounts": list(mounts), **container}
    whole = {"containers": [made], "volumes": list(volumes), "restartPolicy": restart, **dict(spec)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": whole}


def said(cluster, manifest, seconds=10):
    """What a pod has printed, and its phase."""
    cluster.apply(manifest)
    cluster.advance(seconds)
    name = manifest["metadata"]["name"]
    return cluster.logs(name), cluster.get("pod", name).status.phase


@pytest.mark.parametrize(
    ("args", "more", "text"),
    [
        (["entrypoint-tester"], {}, "[/agnhost entrypoint-tester]\n"),
        (["entrypoint-tester", "a", "b"], {}, "[/agnhost entrypoint-tester a b]\n"),
        (["x"], {"command": ["/agnhost-2", "entrypoint-tester"]}, "[/agnhost-2 entrypoint-tester x]\n"),
        (["dns-suffix"], {}, "default.svc.cluster.local,svc.cluster.local,cluster.local\n"),
    ],
)
def test_programs_print_and_end(cluster, args, more, text):
    """With the command line that a container gives, and what it finds."""
    assert said(cluster, pod("p", *args, **more)) == (text, "Succeeded")


@pytest.mark.parametrize(
    ("volume", "security", "args", "lines"),
    [
        ({"emptyDir": {}}, {}, ["--file_perm=/v"], ['perms of file "/v": -rwxrwxrwx']),
        ({"emptyDir": {}}, {}, ["--fs_type=/v"], ['mount type of "/v": 61267']),
        ({"emptyDir": {"medium": "Memory"}}, {}, ["--fs_type=/v"], ['mount type of "/v": tmpfs']),
        (
            {"emptyDir": {}},
            {"runAsUser": 1001},
            ["--new_file_0644=/v/f", "--file_perm=/v/f", "--file_owner=/v/f"],
            [
                'content of file "/v/f": mount-tester new file',
                "",
                'perms of file "/v/f": -rw-r--r--',
                'owner UID of "/v/f": 1001',
                'owner GID of "/v/f": 0',
            ],
        ),
        (
            {"secret": {"secretName": "s", "defaultMode": 0o440}},
            {"runAsUser": 1000, "fsGroup": 1001},
            ["--file_content=/v/key", "--file_mode=/v/key"],
            ['mode of file "/v/key": -r--r-----', 'content of file "/v/key": value'],
        ),
    ],
)  # fmt: skip
def test_volumes_are_what_the_suite_expects(cluster, volume, security, args, lines):
    """Types, modes, owners and contents, in the words of `mounttest`."""
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"key": "value"}})
    manifest = pod(
        "p",
        "mounttest",
        *args,
        volumes=[{"name": "v", **volume}],
        mounts=[{"name": "v", "mountPath": "/v"}],
        spec={"securityContext": security},
    )
    text, phase = said(cluster, manifest)
    assert (text.splitlines(), phase) == (lines, "Succeeded")


def test_a_change_is_seen_by_who_reads_in_a_loop(cluster):
    """A ConfigMap that is mounted shows its new text within a look of the kubelet."""
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"k": "one"}}
    args = ["mounttest", "--break_on_expected_content=false", "--retry_time=200", "--file_content_in_loop=/v/k"]
    volume = [{"name": "v", "configMap": {"name": "c"}}]
    cluster.apply([config, pod("p", *args, volumes=volume, mounts=[{"name": "v", "mountPath": "/v"}])])
    cluster.advance("10s")
    assert cluster.logs("p").splitlines()[0] == 'content of file "/v/k": one'
    cluster.patch("configmap", "c", {"data": {"k": "two"}}, type="merge")
    cluster.advance("95s")
    assert cluster.logs("p").splitlines()[-1] == 'content of file "/v/k": two'


def test_servers_answer_by_path_and_say_so(cluster):
    """A dial from one server reaches another, whose log has the request; `/exit` ends it."""
    cluster.apply([pod("web", "netexec", restart="Always"), pod("test", "netexec", restart="Always")])
    cluster.wait("pod/web", "condition=Ready")
    cluster.wait("pod/test", "condition=Ready")
    address, asking = (cluster.get("pod", name).status.pod_ip for name in ("web", "test"))

    def ask(url):
        return cluster.exec("test", ["curl", "-g", "-q", "-s", f"http://{url}"]).output

    query = f"request=hostname&protocol=http&host={address}&port=8080&tries=2"
    assert json.loads(ask(f"{asking}:8080/dial?{query}")) == {"responses": ["web", "web"]}
    assert ask(f"{address}:8080/echo?msg=hi") == "hi" and ask(f"{address}:8080/clientip").startswith(f"{asking}:")
    assert cluster.logs("web").splitlines()[:3] == ["GET /hostname", "GET /hostname", "GET /echo?msg=hi&code="]
    assert json.loads(ask(f"{address}:8080/shell?shellCommand=echo%20hi")) == {"output": "hi\n"}
    ask(f"{address}:8080/exit?code=3")
    cluster.advance("5s")
    assert cluster.get("pod/web").status.container_statuses[0].last_state.terminated.exit_code == 3


@pytest.mark.parametrize("kind", ["postStart", "preStop"])
@pytest.mark.parametrize("by", ["httpGet", "exec"])
def test_hooks_reach_other_pods(cluster, kind, by):
    """The log of who handles them has the request, at the start or before the end of a container."""
    cluster.apply(pod("handler", "netexec", restart="Always"))
    cluster.wait("pod/handler", "condition=Ready")
    address = cluster.get("pod/handler").status.pod_ip
    action = {
        "httpGet": {"host": address, "port": 8080, "path": f"/echo?msg={kind}"},
        "exec": {"command": ["sh", "-c", f"curl http://{address}:8080/echo?msg={kind}"]},
    }
    cluster.apply(pod("p", "pause", lifecycle={kind: {by: action[by]}}))
    cluster.wait("pod/p", "condition=Ready")
    assert (f"GET /echo?msg={kind}" in cluster.logs("handler")) == (kind == "postStart")
    cluster.delete("pod/p")
    cluster.advance("5s")
    assert f"GET /echo?msg={kind}" in cluster.logs("handler")


def test_ports_serve_what_variables_say(cluster):
    """`porter` listens on the ports in its environment, and nowhere else."""
    env = [{"name": "SERVE_PORT_80", "value": "first"}, {"name": "SERVE_PORT_1080", "value": "second"}]
    cluster.apply(pod("p", "porter", env=env, restart="Always"))
    cluster.wait("pod/p", "condition=Ready")
    address = cluster.get("pod/p").status.pod_ip
    answers = [cluster.exec("p", ["wget", "-q", "-O", "-", f"http://{address}:{port}/"]) for port in (80, 1080, 81)]
    assert [each.output for each in answers[:2]] == ["first", "second"] and answers[2].exit_code == 1


@pytest.mark.parametrize(("target", "answer"), [("web:8080", ""), ("web:81", "REFUSED\n"), ("none:80", "DNS: ")])
def test_connections_fail_with_a_word(cluster, target, answer):
    """What the tests of network policies look for."""
    cluster.apply(pod("web", "netexec", restart="Always"))
    cluster.wait("pod/web", "condition=Ready")
    place = target.replace("web", cluster.get("pod/web").status.pod_ip)
    result = cluster.exec("web", ["/agnhost", "connect", place, "--timeout=5s", "--protocol=tcp"])
    assert result.output.startswith(answer) and result.exit_code == int(bool(answer))


def test_logs_come_evenly(cluster):
    """So many lines in so long a time."""
    cluster.apply(pod("p", "logs-generator", "--log-lines-total", "100", "--run-duration", "20s"))
    cluster.advance("11.0s")
    assert 45 <= len(cluster.logs("p").splitlines()) <= 60
    cluster.advance("15s")
    lines = cluster.logs("p").splitlines()
    assert len(lines) == 100 and "logs_generator.go:76] 99 " in lines[-1]
    assert cluster.get("pod/p").status.phase == "Succeeded"


@pytest.fixture
def servers(cluster):
    """A pod for each of some servers, and one that asks them."""
    commands = {
        "web": ["test-webserver"],
        "exec": ["netexec", "--http-port=80", "--udp-port=81"],
        "net": ["nettest", "--port=80"],
        "box": ["pause"],
    }
    cluster.apply([pod(name, *words, restart="Always") for name, words in commands.items()])
    cluster.advance("5s")
    return cluster, {name: cluster.get("pod", name).status.pod_ip for name in commands}


def asked(cluster, script):
    """What a command prints in the pod that asks."""
    return cluster.exec("box", ["sh", "-c", script]).output


def test_a_web_server_serves_the_files_of_its_container(servers):
    """Those that are not there are not found, and of a folder it says what is in it."""
    cluster, ips = servers
    cluster.exec("web", ["sh", "-c", "mkdir /results; echo OK > /results/it"])
    assert asked(cluster, f"curl -s http://{ips['web']}/results/it") == "OK\n"
    assert '<a href="it">it</a>' in asked(cluster, f"curl -s http://{ips['web']}/results/")
    assert asked(cluster, f"curl -s http://{ips['web']}/results/none") == "404 page not found\n"


def test_datagrams_and_connections_are_two_things(servers):
    """A port is one of TCP or of UDP; what is no HTTP gets the answer of a server of HTTP."""
    cluster, ips = servers
    assert asked(cluster, f"echo hostName | nc -u -w 2 {ips['exec']} 81") == "exec"
    assert asked(cluster, f"echo echo me | nc -u -w 2 {ips['exec']} 81") == "me"
    assert asked(cluster, f"echo hostName | nc -u -w 2 {ips['exec']} 80; echo $?") == "1\n"
    assert "refused" in asked(cluster, f"echo hostName | nc -w 2 {ips['exec']} 81")
    assert asked(cluster, f"echo hostName | nc -w 2 {ips['exec']} 80").startswith("HTTP/1.1 400 Bad Request\r\n")
    dial = f"http://{ips['exec']}/dial?host={ips['exec']}&port=81&protocol=udp&request=hostname"
    assert asked(cluster, f"curl -s '{dial}'") == '{"responses":["exec"]}'


def test_a_server_counts_who_has_written_to_it(servers):
    cluster, ips = servers
    for _ in range(2):
        asked(cluster, f"""wget -qO- --post-data='{{"Source": "me"}}' http://{ips["net"]}/write""")
    assert json.loads(asked(cluster, f"curl -s http://{ips['net']}/read"))["Received"] == {"me": 2}


def test_a_container_without_a_command_pauses(servers):
    cluster, _ = servers
    assert cluster.logs("box") == "Paused\n"


def test_a_guestbook_keeps_entries_and_its_replicas_have_them(cluster):
    """The front end writes to the primary and reads from the replicas, each behind its Service."""
    servers = {
        "agnhost-primary": ["--http-port", "6379"],
        "agnhost-replica": ["--replicaof", "agnhost-primary", "--http-port", "6379"],
        "frontend": ["--backend-port", "6379"],
    }
    for name, args in servers.items():
        port = 80 if name == "frontend" else 6379
        container = {"name": "c", "image": "agnhost:2.63.0", "args": ["guestbook", *args]}
        labels = {"app": name}
        cluster.apply(
            [
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "metadata": {"name": name, "labels": labels},
                    "spec": {"containers": [{**container, "ports": [{"containerPort": port}]}]},
                },
                {
                    "apiVersion": "v1",
                    "kind": "Service",
                    "metadata": {"name": name},
                    "spec": {"selector": labels, "ports": [{"port": port}]},
                },
            ]
        )
        cluster.wait(f"pod/{name}", "condition=Ready")
    cluster.settle()

    def asked(query):
        return cluster.request("GET", f"/api/v1/namespaces/default/services/frontend/proxy/guestbook?{query}").body

    assert asked("cmd=get&key=messages&value=") == b'{"data":""}'
    assert asked("cmd=set&key=messages&value=it's here") == b'{"message":"Updated"}'
    assert asked("cmd=get&key=messages&value=") == b'{"data":"it\'s here"}'
    assert cluster.fork().request("GET", "/api/v1/namespaces/default/pods/agnhost-replica/proxy/get").status == 200
    assert asked("cmd=drop") == b"unsupported cmd: 'drop'\n"


@pytest.mark.parametrize(("audience", "phase"), [("mine", "Succeeded"), ("theirs", "Failed")])
def test_a_token_is_checked_with_what_its_issuer_publishes(cluster, audience, phase):
    """A pod reads its token, asks the API server at its Service for the keys, and checks signature and audience."""
    volume = {
        "name": "t",
        "projected": {
            "sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 600, "audience": "mine"}}]
        },
    }
    mount = {"name": "t", "mountPath": "/tokens"}
    args = ["test-service-account-issuer-discovery", "--token-path", "/tokens/t", "--audience", audience]
    text, found = said(cluster, pod("p", *args, volumes=[volume], mounts=[mount]))
    assert found == phase, text
    assert ("OK: Validated signature on JWT" in text) == (phase == "Succeeded")


def test_a_probe_asks_for_the_file_that_a_web_server_has(cluster):
    """The image has a certificate at its root: without it the pod is not ready, and with it it is again."""
    probe = {"httpGet": {"path": "/localhost.crt", "port": 80}, "periodSeconds": 1, "failureThreshold": 1}
    manifest = pod("p", "test-webserver")
    manifest["spec"]["containers"][0]["readinessProbe"] = probe
    cluster.apply(manifest)
    cluster.wait("pod/p", "condition=Ready")
    for way, ready in (("/localhost.crt /tmp/", False), ("/tmp/localhost.crt /", True)):
        assert cluster.exec("p", ["sh", "-c", f"mv {way}"]).exit_code == 0
        cluster.advance("3s")
        assert cluster.get("pod/p").status.container_statuses[0].ready == ready
