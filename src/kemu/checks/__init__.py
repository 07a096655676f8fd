"""Named guarantees: what must hold of a cluster after every step, or once nothing goes wrong any more.

A check is a function of a cluster that raises an AssertionError, such as `GuaranteeBroken`, or gives back False. What
is here falls into two files: `watches.py`, what etcd guarantees of a watch, and `world.py`, what must hold of objects
and of who writes them.
"""

from .watches import WATCH_GUARANTEES, GuaranteeBroken, WatchRecord, check_watch
from .world import (
    always,
    budgets_kept,
    evaluate,
    no_double_binding,
    no_fight,
    no_lost_update,
    no_write_storm,
    observed_generation,
    outcome,
    owners_exist,
    quiet,
)

__all__ = [
    "WATCH_GUARANTEES",
    "GuaranteeBroken",
    "WatchRecord",
    "always",
    "budgets_kept",
    "check_watch",
    "evaluate",
    "no_double_binding",
    "no_fight",
    "no_lost_update",
    "no_write_storm",
    "observed_generation",
    "outcome",
    "owners_exist",
    "quiet",
]
