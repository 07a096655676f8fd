"""How fast and how small the API types are::

    python bench/objects.py [--pods 1000,10000,100000]

Decoding and encoding a pod with 1, 10 and 50 containers, beside `json.loads` and the official client's deserialiser
(if it is installed); memory of pods that were stamped from one template; time to import. Times are the best of
several rounds, with the garbage collector at rest.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

SOURCE = str(Path(__file__).parents[1] / "src")
sys.path.pop(0)  # this folder, whose http.py is not the one of Python
sys.path.insert(0, SOURCE)

from kemu.objects import Pod, codec, core, evolve, meta  # noqa: E402


def container(number: int) -> dict[str, Any]:
    """A container with what most containers have."""
    return {
        "name": f"c{number}",
        "image": "nginx:1.25",
        "command": ["nginx", "-g"],
        "args": ["--x=1", "--y"],
        "env": [
            {"name": "A", "value": "1"},
            {"name": "B", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
        ],
        "ports": [{"containerPort": 80, "protocol": "TCP", "name": "http"}],
        "resources": {"limits": {"cpu": "100m", "memory": "128Mi"}, "requests": {"cpu": "50m", "memory": "64Mi"}},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "livenessProbe": {"httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}, "timeoutSeconds": 1},
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {"runAsUser": 1000},
    }


def status(number: int) -> dict[str, Any]:
    """The status of a running container."""
    return {
        "name": f"c{number}",
        "state": {"running": {"startedAt": "2000-01-01T00:00:00Z"}},
        "lastState": {},
        "ready": True,
        "restartCount": 0,
        "image": "nginx:1.25",
        "imageID": "sha256:0",
        "containerID": "kemu://1",
        "started": True,
    }


def pod_json(containers: int) -> dict[str, Any]:
    """A running pod as a server writes it."""
    conditions = [
        {"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": "2000-01-01T00:00:00Z"}
        for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
    ]
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": "web-0", "namespace": "default", "uid": "0", "labels": {"app": "web"}},
        "spec": {
            "volumes": [{"name": "data", "emptyDir": {}}],
            "containers": [container(number) for number in range(containers)],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "nodeName": "n1",
            "tolerations": [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}],
        },
        "status": {
            "phase": "Running",
            "conditions": conditions,
            "podIP": "10.0.0.1",
            "podIPs": [{"ip": "10.0.0.1"}],
            "containerStatuses": [status(number) for number in range(containers)],
        },
    }


def best(work: Callable[[], object], rounds: int = 7) -> float:
    """Microseconds of the fastest round."""
    gc.collect()
    gc.disable()
    found = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(20):
            work()
        found = min(found, (time.perf_counter() - began) / 20)
    gc.enable()
    return found * 1e6


def official_client() -> Any:
    """The official client, or None."""
    try:
        import kubernetes.client
    except ImportError:
        return None
    return kubernetes.client.ApiClient()


def codec_rows() -> None:
    """Decoding and encoding at three sizes."""
    client = official_client()
    names = (
        "json.loads",
        "decode",
        "encode",
        "official decode",
        "official encode",
        "x official",
        "==",
        "hash",
        "evolve",
    )
    print("microseconds per pod".ljust(22) + "".join(name.rjust(16) for name in names))
    for containers in (1, 10, 50):
        document = pod_json(containers)
        text = json.dumps(document)
        pod, same = codec.decode(Pod, document), codec.decode(Pod, document)
        assert codec.encode(pod) == document
        decode = best(lambda document=document: codec.decode(Pod, document))
        row = [best(lambda text=text: json.loads(text)), decode, best(lambda pod=pod: codec.encode(pod))]
        if client is None:
            row += ["not installed", "not installed", ""]
        else:
            read = client._ApiClient__deserialize
            model = read(document, "V1Pod")
            slow = best(lambda document=document, read=read: read(document, "V1Pod"))
            row += [slow, best(lambda model=model: client.sanitize_for_serialization(model)), slow / decode]
        row += [best(lambda pod=pod, same=same: pod == same), best(lambda pod=pod: hash(pod.metadata))]
        row.append(best(lambda pod=pod, same=same: evolve(pod, status=same.status)))
        print(f"{containers} containers".ljust(22) + "".join(shown(value).rjust(16) for value in row))


def shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.1f}"


def stamp(template: core.Pod, number: int) -> core.Pod:
    """One running pod of a template: its own name, uid, times, node, address, and statuses; the spec's parts shared."""
    name = f"web-{number:06d}"
    metadata = evolve(
        template.metadata,
        name=name,
        uid=f"{number:08x}-0000-4000-8000-000000000000",
        resource_version=str(number),
        creation_timestamp=meta.Time(946_684_800 + number),
    )
    ip = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    statuses = [
        core.ContainerStatus(
            name=each.name,
            image=each.image or "",
            ready=True,
            started=True,
            state={"running": {"started_at": 946_684_800 + number}},
            container_id=f"kemu://{number:016x}",
        )
        for each in template.spec.containers
    ]
    conditions = [
        core.PodCondition(type=kind, status="True", last_transition_time=946_684_800 + number)
        for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")
    ]
    state = core.PodStatus(
        phase="Running", pod_ip=ip, pod_ips=[core.PodIP(ip=ip)], conditions=conditions, container_statuses=statuses
    )
    return core.Pod(metadata=metadata, spec=evolve(template.spec, node_name=f"node-{number % 5000}"), status=state)


def memory_rows(sizes: list[int]) -> None:
    """Bytes per pod beyond what the pods share, with one container and with ten."""
    print("\n" + "stamped from a template".ljust(26) + "bytes per pod".rjust(16) + "microseconds".rjust(16))
    for containers in (1, 10):
        template = codec.decode(Pod, pod_json(containers))
        stamp(template, 0)
        for size in sizes if containers == 1 else sizes[:1]:
            gc.collect()
            tracemalloc.start()
            pods = [stamp(template, number) for number in range(size)]
            used = tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
            began = time.perf_counter()
            for number in range(min(size, 2000)):
                stamp(template, number)
            each = (time.perf_counter() - began) / min(size, 2000) * 1e6
            name = f"{size:,} x {containers} container" + "s" * (containers > 1)
            print(name.ljust(26) + f"{used / len(pods):,.0f}".rjust(16) + f"{each:,.1f}".rjust(16))
            del pods


def import_rows() -> None:
    """Milliseconds to import, in a fresh process each, beyond what Python itself needs."""
    print("\n" + "import".ljust(38) + "milliseconds".rjust(14))
    for statement in (
        "import attrs, yaml",
        "import kemu.objects",
        "from kemu.objects import Pod",
        "from kemu.objects import codec, Pod, Deployment",
    ):
        code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
        runs = [
            float(
                subprocess.run(
                    [sys.executable, "-c", code], env={"PYTHONPATH": SOURCE}, capture_output=True, text=True, check=True
                ).stdout
            )
            for _ in range(5)
        ]
        print(statement.ljust(38) + f"{min(runs) * 1000:14.1f}")


def main() -> None:
    """Print the three tables."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--pods", default="1000,10000,100000", help="numbers of stamped pods")
    sizes = [int(size) for size in arguments.parse_args().pods.split(",")]
    codec_rows()
    memory_rows(sizes)
    import_rows()


if __name__ == "__main__":
    main()
