"""The manifests that several tests use."""

from pathlib import Path

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
MYAPP = EXAMPLES / "myapp" / "pod.yaml"

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "kemu/script:1"}]
"""


def service(name, **selector):
    """A Service that exists, and selects pods if it is told which."""
    spec = {"ports": [{"port": 80}], **({"selector": selector} if selector else {})}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def script_pod(name, *args, restart="Always", **spec):
    """A pod of one container `c` that does what the arguments say."""
    container = {"name": "c", "image": "kemu/script:1", "args": list(args), **spec.pop("container", {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"restartPolicy": restart, "containers": [container], **spec},
    }


def shell_pod(name, script, **spec):
    """A pod of one busybox container `c` that runs a script."""
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", script]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container], **spec}}
