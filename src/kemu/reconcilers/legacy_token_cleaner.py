"""Mark tokens of ServiceAccounts that nobody has used for a year as invalid, and delete them a year later.

Imitates  the legacy service account token cleaner of Kubernetes 1.36
Wakes on  Secret of the type `kubernetes.io/service-account-token`; ServiceAccount; once a day
Writes    Secret: the label `kubernetes.io/legacy-token-invalid-since`, and delete
Differs   D-087: its looks are counted from the start of the cluster

Only tokens count that were made for an account in the old way, so that the account names their Secret, and that no pod
mounts. When a token was used last, the API server writes on its Secret; since when it does so, on a ConfigMap.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import errors
from ..apiserver.tokens import DATE, DAY, INVALID_SINCE, LAST_USED
from ..kit import DONE, Api, Cache, Result, Wiring, key_of
from ..kit.account_tokens import BY_ACCOUNT, account_of
from ..kit.looks import Looks
from ..objects import core
from ..objects.pod_references import references
from ..values.times import Time
from ..wellknown import ACCOUNT_UID

COMPONENT = "legacy-service-account-token-cleaner"
TRACKED = ("kube-apiserver-legacy-service-account-token-tracking", "kube-system", "since")
"""The ConfigMap that says since when uses are noted, its namespace, and where."""

PERIOD = 365 * DAY
"""Seconds for which a token may lie unused, and for which one that is marked is kept."""

LOOKS = Looks(DAY)


def _of_secret(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    if new is not None and account_of(new):
        yield key_of(new)


def _of_account(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    if new is not None and (old is None or old.secrets != new.secrets):
        for secret in cache.indexed(core.Secret, BY_ACCOUNT, key_of(new)):
            yield key_of(secret)


WIRING = Wiring(
    "legacy-serviceaccount-token-cleaner-controller",
    account="legacy-service-account-token-cleaner",
    watches=((core.Secret, _of_secret), (core.ServiceAccount, _of_account)),
    indexes=((core.Secret, BY_ACCOUNT),),
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Mark or delete one Secret if its time is over, or wait for the look at which it will be."""
    secret: Any = cache.get(core.Secret, key)
    if secret is None or secret.metadata.deletion_timestamp is not None or not _made_in_the_old_way(cache, secret):
        return DONE
    due = unused_until(secret, _tracked_since(api))
    if due is None:
        return DONE
    if due >= api.unix:
        return Result(after=LOOKS.wait(due - api.epoch, api.now))
    if not _is_mounted(cache, secret):
        _act(api, secret)
    return Result(after=LOOKS.wait(api.now, api.now))


def _made_in_the_old_way(cache: Cache, secret: Any) -> bool:
    """Whether the account of a Secret names it, as was done for tokens that nobody had asked for."""
    for key in account_of(secret):
        account: Any = cache.get(core.ServiceAccount, key)
        uid = secret.metadata.annotations.get(ACCOUNT_UID)
        if account is not None and uid in (None, "", account.metadata.uid):
            return any(each.name == secret.metadata.name for each in account.secrets)
    return False


def _tracked_since(api: Api) -> float | None:
    """The end of the day on which the API server began to note uses, in seconds since 1970."""
    name, namespace, key = TRACKED
    found: Any = api.find(core.ConfigMap, name, namespace)
    return None if found is None else _end_of(found.data.get(key, ""))


def _end_of(date: str) -> float | None:
    """The end of a day, in seconds since 1970; None of what is no day."""
    try:
        return float(Time.parse(f"{date}T00:00:00Z")) + DAY
    except ValueError:
        return None


def unused_until(secret: Any, tracked: float | None) -> float | None:
    """Pure: until when a token may stay as it is, in seconds since 1970; None if that cannot be told."""
    labels, times = secret.metadata.labels, [float(secret.metadata.creation_timestamp), tracked]
    if LAST_USED in labels:
        times.append(_end_of(labels[LAST_USED]))
    if (marked := _end_of(labels.get(INVALID_SINCE, ""))) is not None:
        times.append(marked)
    known = [each for each in times if each is not None]
    return max(known) + PERIOD if len(known) == len(times) else None


def _is_mounted(cache: Cache, secret: Any) -> bool:
    """Whether a pod of the namespace refers to a Secret. This looks at all of them, once a year for each Secret."""
    what = ("secrets", secret.metadata.name)
    return any(what in references(pod) for pod in cache.list(core.Pod, secret.metadata.namespace))


def _act(api: Api, secret: Any) -> None:
    """Mark a token, or delete it if it has been marked."""
    metadata = secret.metadata
    try:
        if _end_of(metadata.labels.get(INVALID_SINCE, "")) is None:
            api.patch(secret, {"metadata": {"labels": {INVALID_SINCE: str(api.stamp())[:DATE]}}})
        else:
            api.delete(core.Secret, metadata.name, metadata.namespace, resource_version=metadata.resource_version)
    except (errors.NotFound, errors.Conflict):
        return
