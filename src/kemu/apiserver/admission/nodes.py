"""Nodes: a new one takes no pods until it has been seen to be ready."""

from __future__ import annotations

from typing import Any

from ...objects import core, evolve
from ...wellknown import NOT_READY
from ..request import Desk, Request
from .base import Plugin


class TaintNodesByCondition(Plugin):
    """Every new Node starts with the not-ready taint, which the node lifecycle controller lifts."""

    name = "TaintNodesByCondition"
    resources = frozenset({"nodes"})

    def admit(self, request: Request, desk: Desk) -> Any:
        obj = request.obj
        taints = obj.spec.taints
        if any(taint.key == NOT_READY and taint.effect == "NoSchedule" for taint in taints):
            return obj
        taint = core.Taint(key=NOT_READY, effect="NoSchedule")
        return evolve(obj, {"spec.taints": (*taints, taint)})
