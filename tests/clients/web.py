"""A pod that clients talk to, and what they are."""

import shutil

KUBECTL = shutil.which("kubectl")
"""The real one, if this machine has it."""

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web"},
    "spec": {"containers": [{"name": "c", "image": "nginx"}]},
}
PATIENCE = 20.0
"""Real seconds after which nothing more is to be expected."""
