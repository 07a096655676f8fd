"""Nodes as the scheduler and the controllers see them: where they are."""

from __future__ import annotations

from collections.abc import Mapping

from ..wellknown import BETA_REGION, BETA_ZONE, REGION, ZONE


def zone_key(labels: Mapping[str, str]) -> str:
    """Region and zone of a node as one text, by its labels; empty when it has neither. The older labels come first."""
    zone = labels.get(BETA_ZONE, labels.get(ZONE, ""))
    region = labels.get(BETA_REGION, labels.get(REGION, ""))
    return f"{region}:\0:{zone}" if region or zone else ""
