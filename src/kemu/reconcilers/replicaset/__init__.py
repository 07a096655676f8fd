"""The controllers of ReplicaSets and of ReplicationControllers.

They are one: `controller.py` reconciles, `plan.py` says what to create and which pods to delete. `replica_sets.py` and
`replication_controllers.py` say what the kinds are called.
"""

from . import replica_sets, replication_controllers

__all__ = ["replica_sets", "replication_controllers"]
