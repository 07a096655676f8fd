"""Random requests, good ones and what becomes of them: always an answer, and a refusal leaves no trace."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kemu

from . import hostile

TABLE = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
LISTS = ("/api/v1/pods", "/api/v1/configmaps", "/apis/apps/v1/deployments", "/apis/batch/v1/jobs", "/api/v1/secrets")


@cache
def base() -> kemu.Cluster:
    """A cluster with a pod, a Deployment and a ConfigMap, of which every example gets a fork."""
    cluster = kemu.Cluster(nodes=1)
    cluster.apply([hostile.POD, hostile.DEPLOYMENT, hostile.CONFIG_MAP])
    cluster.advance("5s")
    return cluster


def state(cluster: kemu.Cluster) -> tuple[int, str]:
    """What a refusal must leave as it is."""
    return cluster.store.revision, cluster.digest()


def ask(cluster: kemu.Cluster, request: tuple[str, str, Any, Any]) -> None:
    """Send one request, and check that there is an answer, and no trace of a refusal."""
    before = state(cluster)
    response = cluster.request(*request)
    assert 200 <= response.status < 600
    if response.status >= 400:
        assert state(cluster) == before, response.body
    if response.status < 300 and "watch" in request[1]:
        next(response.stream(), b"")
    else:
        assert isinstance(response.body, bytes)


def check(requests: list[tuple[str, str, Any, Any]]) -> None:
    """Send some requests to a fresh fork; whatever was stored, it goes on as if nothing had happened."""
    cluster = base().fork()
    for request in requests:
        ask(cluster, request)
    cluster.settle()
    cluster.advance("5s")
    for path in LISTS:
        for headers in ({}, TABLE):
            assert cluster.request("GET", path, headers).status == 200
    assert cluster.digest() == cluster.fork().digest()


CAMPAIGN = int(os.environ.get("KEMU_CAMPAIGN_EXAMPLES", "5000"))
"""Examples of a campaign: each takes 20 to 40 ms, so that all of them are done within five minutes."""

MACHINE: dict[str, Any] = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=120, derandomize=True, **MACHINE)
@given(st.lists(hostile.REQUESTS, min_size=1, max_size=6))
def test_whatever_is_sent_gets_an_answer(requests):
    """No exception, no change by a refusal, and a cluster that still works."""
    check(requests)


@pytest.mark.campaign
@pytest.mark.slow
@settings(max_examples=CAMPAIGN, **MACHINE)
@given(st.lists(hostile.REQUESTS, min_size=1, max_size=12))
def test_whatever_is_sent_gets_an_answer_time_and_again(requests):
    """The same, many times over and differently each time."""
    check(requests)
