"""The scheduler: kube-scheduler's framework, queue and plugins.

`component.py` is attached to the loop; the rest is pure and can be used without a cluster: `nodes.Snapshot` follows
nodes and pods, `framework.Framework` runs the plugins of a profile, `algorithm.evaluate` decides for one pod.
"""

from .attempts import Attempt, Attempts
from .component import NAME, Scheduler
from .extenders import Extender, ExtenderFailed
from .framework import Code, CycleState, Handle, Plugin, PostFilterResult, Status, unresolvable, unschedulable
from .tallies import Depends, Place, Tally

__all__ = [
    "NAME",
    "Attempt",
    "Attempts",
    "Code",
    "CycleState",
    "Depends",
    "Extender",
    "ExtenderFailed",
    "Handle",
    "Place",
    "Plugin",
    "PostFilterResult",
    "Scheduler",
    "Status",
    "Tally",
    "unresolvable",
    "unschedulable",
]
