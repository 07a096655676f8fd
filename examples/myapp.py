"""A pod that waits for two services, as a program: apply, look, let time pass, branch off."""

from pathlib import Path

import kemu

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {{name: {}}}\nspec: {{ports: [{{port: 80}}]}}\n"

cluster = kemu.Cluster(nodes=3, seed=0)
cluster.apply(Path(__file__).parent / "myapp" / "pod.yaml")
cluster.advance("1s")
print(cluster.table("pods"))

without_db = cluster.fork()  # an independent future in which the database never comes

for name in ("myservice", "mydb"):
    cluster.advance("10s")
    cluster.apply(SERVICE.format(name))
cluster.wait("pod/myapp-pod", "condition=Ready", timeout="1m")
print(f"ready after {cluster.now:g} s:", cluster.logs("myapp-pod"), end="")

cluster.advance("61m")
print("restarts after an hour:", cluster.get("pod", "myapp-pod").status.container_statuses[0].restart_count)
without_db.advance("1h")
print("without the services:", without_db.get("pod", "myapp-pod").status.phase)
print("same history:", cluster.digest() == without_db.digest())
print(cluster.timeline())
