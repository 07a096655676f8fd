"""The tokens that pods find in their volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import errors
from ...apiserver.rbac import ACCOUNT
from ...apiserver.tokens import CLAIM, EXTENDED, ISSUER, MOUNTED, signed
from ...clock import exact
from ...containers.files import Issued
from ...objects import core

if TYPE_CHECKING:
    from .fleet import Kubelets


def mounted_token(kubelets: Kubelets, asked: Issued) -> str:
    """The token that a pod finds in one of its volumes now.

    Nobody has asked for it by a request: it follows from the seed and from what it is for, and nothing is kept.
    """
    start = int(exact(kubelets.unix - kubelets.now + asked.moment(kubelets.now)))
    seconds, audience = asked.seconds, asked.audience or ISSUER
    said: dict[str, Any] = {
        "namespace": asked.namespace,
        "node": {"name": asked.node, "uid": _uid(kubelets, asked, core.Node, asked.node, None)},
        "pod": {"name": asked.pod, "uid": asked.pod_uid},
        "serviceaccount": {
            "name": asked.account,
            "uid": _uid(kubelets, asked, core.ServiceAccount, asked.account, asked.namespace),
        },
    }
    if seconds == MOUNTED and audience == ISSUER:
        said, seconds = {**said, "warnafter": start + seconds}, EXTENDED
    claims = {
        "aud": [audience],
        "exp": start + seconds,
        "iat": start,
        "iss": ISSUER,
        "jti": kubelets.loop.entropy.uid("mounted tokens", asked.pod_uid, audience, start),
        CLAIM: said,
        "nbf": start,
        "sub": f"{ACCOUNT}{asked.namespace}:{asked.account}",
    }
    return signed(claims)


def _uid(kubelets: Kubelets, asked: Issued, cls: Any, name: str, namespace: str | None) -> str:
    """The uid of an object; empty if it is not there."""
    try:
        return str(kubelets.control(asked.node).get(cls, name, namespace).metadata.uid)
    except errors.NotFound:
        return ""
