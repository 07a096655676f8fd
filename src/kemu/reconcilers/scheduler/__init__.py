"""The scheduler: kube-scheduler's framework, queue and plugins.

`component.py` is attached to the loop; the rest is pure and can be used without a cluster: `nodes.Snapshot` follows
nodes and pods, `framework.Framework` runs the plugins of a profile, `algorithm.evaluate` decides for one pod.
"""

from ...values.late import late

late(__name__, "binding", "cycle", "explain", "ledger")

from .attempts import Attempt, Attempts  # noqa: E402
from .component import NAME, Scheduler  # noqa: E402
from .extenders import Extender, ExtenderFailed  # noqa: E402
from .framework import Code, CycleState, Handle, Plugin, PostFilterResult, Status, unresolvable, unschedulable  # noqa: E402
from .tallies import Depends, Place, Tally  # noqa: E402

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
