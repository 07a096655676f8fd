"""Fill Secrets that are to hold the token of a ServiceAccount, and delete them with it.

Imitates  the token controller of Kubernetes 1.36
Wakes on  Secret of the type `kubernetes.io/service-account-token`; ServiceAccount that goes or is another one
Writes    Secret data, annotations and delete; ServiceAccount: the Secrets that it names
Differs   D-003: the certificate is a placeholder; D-170: how tokens are signed

Its keys are `secret:NAMESPACE/NAME`, and `gone:NAMESPACE/ACCOUNT/NAME` for a Secret that an account may still name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import errors
from ..apiserver.tokens import legacy
from ..kit import DONE, Api, Cache, Result, Wiring, key_of
from ..kit.account_tokens import BY_ACCOUNT, account_of
from ..objects import core, evolve
from ..objects.secrets import held
from ..values.frozen import FrozenMap
from ..wellknown import ACCOUNT_NAME, ACCOUNT_UID, ROOT_CERTIFICATE

COMPONENT = "serviceaccount-token-controller"


def _of_secret(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    secret = new if new is not None else old
    for account in account_of(secret):
        yield f"gone:{account}/{secret.metadata.name}" if new is None else f"secret:{key_of(secret)}"


def _of_account(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    if old is None or new is None or old.metadata.uid != new.metadata.uid:
        account = key_of(new if new is not None else old)
        for secret in cache.indexed(core.Secret, BY_ACCOUNT, account):
            yield f"secret:{key_of(secret)}"


WIRING = Wiring(
    "serviceaccount-token-controller",
    account="system:kube-controller-manager",
    watches=((core.Secret, _of_secret), (core.ServiceAccount, _of_account)),
    indexes=((core.Secret, BY_ACCOUNT),),
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Look at one Secret, or at an account that may name one that is gone."""
    what, _, rest = key.partition(":")
    if what == "secret":
        secret: Any = cache.get(core.Secret, rest)
        if secret is not None and account_of(secret):
            _see_to(api, secret)
        return DONE
    namespace, account, name = rest.split("/")
    if cache.get(core.Secret, f"{namespace}/{name}") is None:
        _unname(api, cache.get(core.ServiceAccount, f"{namespace}/{account}"), name)
    return DONE


def _see_to(api: Api, secret: Any) -> None:
    """Fill a Secret, or delete it if there is no such account."""
    metadata = secret.metadata
    account = api.find(core.ServiceAccount, metadata.annotations[ACCOUNT_NAME], metadata.namespace)
    uid = metadata.annotations.get(ACCOUNT_UID)
    if account is None or (uid and uid != account.metadata.uid):
        try:
            api.delete(core.Secret, metadata.name, metadata.namespace, uid=metadata.uid)
        except (errors.NotFound, errors.Conflict):
            return
        return
    data = decide(api, secret, account)
    if data != secret.data:
        annotations = FrozenMap(
            {**metadata.annotations, ACCOUNT_NAME: account.metadata.name, ACCOUNT_UID: account.metadata.uid}
        )
        try:
            api.update(evolve(secret, {"metadata.annotations": annotations}, data=data))
        except (errors.NotFound, errors.Conflict):
            return  # whoever changed it will be heard of


def decide(api: Api, secret: Any, account: Any) -> FrozenMap[str, str]:
    """What a Secret is to hold. A token that it has stays."""
    data = dict(secret.data)
    data["ca.crt"] = held(ROOT_CERTIFICATE)
    data.setdefault("namespace", held(secret.metadata.namespace))
    if not data.get("token"):
        data["token"] = held(legacy(account, secret))
    return FrozenMap(data)


def _unname(api: Api, account: Any, name: str) -> None:
    if account is None or not any(each.name == name for each in account.secrets):
        return
    kept = tuple([each for each in account.secrets if each.name != name])
    try:
        api.update(evolve(account, secrets=kept))
    except errors.NotFound:
        return
