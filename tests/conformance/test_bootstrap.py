"""A cluster with a control plane contains what a recorded one does, but for what depends on the machine."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import kemu

RECORDED = json.loads(gzip.decompress((Path(__file__).parent.parent / "data" / "bootstrap.json.gz").read_bytes()))

NOT_SHOWN = ("leases",)
"""What components that are told of, and do not run, would write (D-280)."""

OF_THE_MOMENT = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "lastTransitionTime", "since")
OF_THE_MACHINE = ("ca.crt", "client-ca-file", "requestheader-client-ca-file", "ip", "addresses", "targetPort")


@pytest.fixture(scope="module")
def fresh() -> kemu.Cluster:
    """A control plane half a minute old, before any other node or user."""
    cluster = kemu.Cluster(nodes=0, control_plane=1, service_cidr="10.96.0.0/16")
    cluster.advance("30s")
    return cluster


def told(value: Any) -> Any:
    """An object without what depends on the moment or the machine."""
    if isinstance(value, dict):
        kept = {key: told(each) for key, each in value.items() if key not in (*OF_THE_MOMENT, *OF_THE_MACHINE)}
        return {key: each for key, each in kept.items() if (key, each) not in (("port", 6443), ("port", 26443))}
    return [told(each) for each in value] if isinstance(value, list) else value


def place(obj: dict[str, Any]) -> str:
    metadata = obj["metadata"]
    return f"{metadata.get('namespace', '')}/{metadata['name']}"


@pytest.mark.parametrize("resource", [each for each in RECORDED if each not in NOT_SHOWN])
def test_a_control_plane_has_what_a_recorded_one_has(fresh: kemu.Cluster, resource: str) -> None:
    """Every recorded object is there, and is the same."""
    have = {place(obj): obj for obj in map(kemu.to_dict, fresh.list(resource, namespace=None))}
    for obj in RECORDED[resource]:
        assert told(have[place(obj)]) == told(obj), place(obj)


@pytest.mark.parametrize("resource", NOT_SHOWN)
def test_what_is_not_shown_is_not_there(fresh: kemu.Cluster, resource: str) -> None:
    """The list of what is left out says the truth."""
    have = {place(obj) for obj in map(kemu.to_dict, fresh.list(resource, namespace=None))}
    assert RECORDED[resource]
    assert not have & {place(obj) for obj in RECORDED[resource]}
