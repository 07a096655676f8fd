"""Bearer tokens: the static ones that a cluster was made with, and those that it issues to service accounts.

What is issued is a signed JSON web token: nothing is kept, and whoever shows it
is who it says as long as it has not run out and the account, and the object that it is bound to, are still there.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from .. import errors
from ..objects import authentication, core, evolve
from ..objects.secrets import text_of
from ..values.frozen import FrozenMap
from ..values.times import Time
from . import failures, managed, own_writes, sequence
from .rbac import ACCOUNT, account_groups
from .request import AUTHENTICATED, Answer, Request, User
from .signing import HEADER, decoded, encoded, is_signed, signature

if TYPE_CHECKING:
    from .server import ApiServer

ISSUER = "https://kubernetes.default.svc"
"""Who issues the tokens of service accounts, and for whom they are meant if nobody says otherwise."""

SHORTEST, LONGEST = 600, 1 << 32
"""Seconds that a token may be asked to last."""

UNSAID = 3600
"""Seconds that a token lasts if nobody says how long."""

MOUNTED, EXTENDED = 3607, 365 * 24 * 3600
"""Seconds: a token that is asked for so long, for a pod, lasts a year, so that nobody is cut off who never reads it
again."""

CLAIM = "kubernetes.io"
LEGACY = "kubernetes.io/serviceaccount/"
LEGACY_ISSUER = "kubernetes/serviceaccount"
"""Who issues the tokens that Secrets hold, and how what these say begins."""

EXTRA = "authentication.kubernetes.io/"
INVALID = "invalid bearer token"
LAST_USED = "kubernetes.io/legacy-token-last-used"
"""The label of a Secret that says on which day its token was used last."""

INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since"
"""The label of a Secret that says since which day its token is good for nothing."""

DATE, DAY = len("2000-01-01"), 24 * 3600
MARKED = (
    "the token in secret {secret} for service account {account} has been marked invalid. Use tokens from the "
    "TokenRequest API or manually created secret-based tokens, or remove the '{label}' label from the secret to "
    "temporarily allow use of this token"
)
GENERATED = (
    "Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated "
    "secret-based tokens."
)
"""What whoever shows the token of a Secret is told that its account names."""

BINDABLE: dict[tuple[str, str], Any] = {
    ("", "Pod"): core.Pod,
    ("", "Node"): core.Node,
    ("", "Secret"): core.Secret,
}
"""What a token can be bound to, by group and kind."""


class Unauthenticated(Exception):
    """Nobody is known by a token; the text says why."""


def users(tokens: Mapping[str, Sequence[Any]]) -> dict[str, User]:
    """The static token table: token -> (user, groups) or (user, groups, uid). Without a uid it is made of the name."""
    return {
        token: User(who[0], (*who[1], AUTHENTICATED), who[2] if len(who) > 2 else f"{who[0]}-uid")
        for token, who in tokens.items()
    }


@attrs.frozen
class Known:
    """Who is known by a token, for which audiences it is meant, and what whoever shows it is told."""

    user: User
    audiences: tuple[str, ...] = (ISSUER,)
    warning: str = ""


def authenticated(server: ApiServer, token: str, audiences: tuple[str, ...] = (ISSUER,)) -> Known:
    """Whose token it is, and for which of the audiences it is meant. Raises Unauthenticated.

    Of the token of a Secret is noted when it was used last.
    """
    known = server.tokens.get(token)
    if known is not None:
        if ISSUER not in audiences:
            raise Unauthenticated(INVALID)
        return Known(known)
    claims = _claims(server, token)
    held = claims["iss"] == LEGACY_ISSUER
    said = [ISSUER] if held else claims["aud"]
    meant = tuple(each for each in audiences if each in said)
    if not meant:
        shown = [" ".join(map(failures.shown, each)) for each in (said, audiences)]
        text = f"token audiences [{shown[0]}] is invalid for the target audiences [{shown[1]}]"
        raise Unauthenticated(f"[{INVALID}, {text}]")
    return _holder(server, claims, token, meant) if held else Known(_account(server, claims), meant)


def _claims(server: ApiServer, token: str) -> dict[str, Any]:
    """What a token says that was signed here. Raises Unauthenticated."""
    signed, _, given = token.rpartition(".")
    if not is_signed(signed, given):
        raise Unauthenticated(INVALID)
    try:
        claims: dict[str, Any] = json.loads(decoded(signed.partition(".")[2]))
    except (ValueError, binascii.Error):
        raise Unauthenticated(INVALID) from None
    return claims


def _holder(server: ApiServer, claims: Mapping[str, Any], token: str, audiences: tuple[str, ...]) -> Known:
    """The service account whose token a Secret still holds. Raises Unauthenticated."""
    names = ("namespace", "secret.name", "service-account.name", "service-account.uid")
    namespace, secret, name, uid = [claims[f"{LEGACY}{each}"] for each in names]
    held: Any = server.desk.find(core.Secret, namespace, secret)
    if held is None or held.metadata.deletion_timestamp is not None:
        raise Unauthenticated(f"[{INVALID}, Token has been invalidated]")
    if text_of(held, "token") != token:
        raise Unauthenticated(f"[{INVALID}, Token does not match server's copy]")
    found: Any = server.desk.find(core.ServiceAccount, namespace, name)
    if found is None:
        raise Unauthenticated(f'[{INVALID}, serviceaccounts "{name}" not found]')
    if found.metadata.deletion_timestamp is not None:
        raise Unauthenticated(f"[{INVALID}, ServiceAccount {namespace}/{name} has been deleted]")
    if found.metadata.uid != uid:
        text = f"ServiceAccount UID ({found.metadata.uid}) does not match claim ({uid})"
        raise Unauthenticated(f"[{INVALID}, {text}]")
    _note_use(server, held)
    if held.metadata.labels.get(INVALID_SINCE):
        text = MARKED.format(secret=f"{namespace}/{secret}", account=f"{namespace}/{name}", label=INVALID_SINCE)
        raise Unauthenticated(f"[{INVALID}, {text}]")
    user = User(f"{ACCOUNT}{namespace}:{name}", (*account_groups(namespace), AUTHENTICATED), uid)
    made_by_itself = any(each.name == secret for each in found.secrets)
    return Known(user, audiences, GENERATED if made_by_itself else "")


def _note_use(server: ApiServer, secret: Any) -> None:
    """Write on a Secret on which day its token was used last. One that says tomorrow is right somewhere else."""
    days = [str(Time.at(server.clock.unix + after))[:DATE] for after in (0, DAY)]
    if secret.metadata.labels.get(LAST_USED) not in days:
        labels = FrozenMap({**secret.metadata.labels, LAST_USED: days[0]})
        own_writes.updated(server, server.resources.of(core.Secret), evolve(secret, {"metadata.labels": labels}))


def _account(server: ApiServer, claims: Mapping[str, Any]) -> User:
    """The service account of a token that is still good. Raises Unauthenticated."""
    now, said = server.clock.unix, claims[CLAIM]
    namespace, account = said["namespace"], said["serviceaccount"]
    if now >= claims["exp"]:
        raise Unauthenticated(f"[{INVALID}, service account token has expired]")
    if now < claims["nbf"]:
        raise Unauthenticated(f"[{INVALID}, service account token is not valid yet]")
    found = server.desk.find(core.ServiceAccount, namespace, account["name"])
    if found is None:
        raise Unauthenticated(f'[{INVALID}, serviceaccounts "{account["name"]}" not found]')
    if found.metadata.uid != account["uid"]:
        text = f"service account UID ({found.metadata.uid}) does not match claim ({account['uid']})"
        raise Unauthenticated(f"[{INVALID}, {text}]")
    extra = {f"{EXTRA}credential-id": (f"JTI={claims['jti']}",)}
    for kind, cls in (("pod", core.Pod), ("node", core.Node), ("secret", core.Secret)):
        bound = said.get(kind)
        if bound is None:
            continue
        owner = server.desk.find(cls, None if kind == "node" else namespace, bound["name"])
        if (owner is None or owner.metadata.uid != bound["uid"]) and not (kind == "node" and "pod" in said):
            raise Unauthenticated(f"[{INVALID}, service account token has been invalidated]")
        if kind != "secret":
            extra[f"{EXTRA}{kind}-name"] = (bound["name"],)
            if bound["uid"]:
                extra[f"{EXTRA}{kind}-uid"] = (bound["uid"],)
    groups = (*account_groups(namespace), AUTHENTICATED)
    return User(f"{ACCOUNT}{namespace}:{account['name']}", groups, account["uid"], FrozenMap(extra))


# Issuing


def issued(server: ApiServer, request: Request) -> Answer:
    """The token of a service account that somebody asks for. Raises NotFound, Invalid, Conflict or BadRequest."""
    asked, name, namespace = request.obj, request.name, request.namespace or ""
    _check_metadata(asked, name, namespace)
    account: Any = server.desk.find(core.ServiceAccount, namespace, name)
    if account is None:
        raise failures.not_found(server.resources.of(core.ServiceAccount).kind, name)
    uid = asked.metadata.uid
    if uid and uid != account.metadata.uid:
        text = f"the UID in the token request ({uid}) does not match the UID of the service account"
        raise _conflict(name, "TokenRequest", f"{text} ({account.metadata.uid})", "authentication.k8s.io")
    if asked.spec.expiration_seconds is None:
        asked = evolve(asked, {"spec.expiration_seconds": UNSAID})
    metadata = {
        "metadata.name": name,
        "metadata.namespace": namespace,
        "metadata.uid": account.metadata.uid,
        "metadata.creation_timestamp": server.stamp(),
        "metadata.managed_fields": managed.of_sent(request.with_obj(asked), server.stamp()),
        "spec.audiences": asked.spec.audiences or (ISSUER,),
        "status": authentication.TokenRequestStatus(),
    }
    asked = evolve(asked, metadata)
    _check_duration(asked.spec.expiration_seconds)
    judged = sequence.run((sequence.mutated, sequence.admitted), attrs.evolve(request, obj=asked), server.desk)
    asked = judged.obj
    said = _said(server, account, asked)
    token = token_of(server, request, asked, said)
    expires = Time.at(int(server.clock.unix) + asked.spec.expiration_seconds)
    return Answer(evolve(asked, {"status.token": token, "status.expiration_timestamp": expires}), created=True)


def token_of(server: ApiServer, request: Request, asked: Any, said: Mapping[str, Any]) -> str:
    """A signed token with what is said of its account and what it is bound to."""
    now, seconds = int(server.clock.unix), asked.spec.expiration_seconds
    if "pod" in said and seconds == MOUNTED and asked.spec.audiences == (ISSUER,):
        said, seconds = {**said, "warnafter": now + seconds}, EXTENDED
    what = f"tokens/{said['namespace']}/{said['serviceaccount']['name']}"
    claims = {
        "aud": list(asked.spec.audiences),
        "exp": now + seconds,
        "iat": now,
        "iss": ISSUER,
        "jti": server.entropy.uid(what, *server.desk.occasion(request, what)),
        CLAIM: said,
        "nbf": now,
        "sub": f"{ACCOUNT}{said['namespace']}:{said['serviceaccount']['name']}",
    }
    server.drew(what)
    return signed(claims)


def legacy(account: Any, secret: Any) -> str:
    """The token that a Secret holds for an account: it never expires, and is good as long as the Secret holds it."""
    claims = {
        "iss": LEGACY_ISSUER,
        f"{LEGACY}namespace": account.metadata.namespace,
        f"{LEGACY}secret.name": secret.metadata.name,
        f"{LEGACY}service-account.name": account.metadata.name,
        f"{LEGACY}service-account.uid": account.metadata.uid,
        "sub": f"{ACCOUNT}{account.metadata.namespace}:{account.metadata.name}",
    }
    return signed(claims)


def signed(claims: Mapping[str, Any]) -> str:
    """Claims as a JSON web token."""
    text = ".".join(encoded(json.dumps(each, separators=(",", ":")).encode()) for each in (HEADER, claims))
    return f"{text}.{signature(text)}"


def _check_metadata(asked: Any, name: str, namespace: str) -> None:
    """Whatever the request says of itself is what its path says."""
    if asked.metadata.namespace and asked.metadata.namespace != namespace:
        raise failures.bad_request(failures.ELSEWHERE)
    given = asked.metadata.name
    if given and given != name:
        text = "must match the service account name if specified"
        raise _invalid([failures.invalid_value("metadata.name", given, text)], name)


def _check_duration(seconds: int) -> None:
    where = "spec.expirationSeconds"
    problems = []
    if seconds < SHORTEST:
        problems.append(failures.invalid_value(where, seconds, "may not specify a duration less than 10 minutes"))
    if seconds > LONGEST:
        problems.append(failures.invalid_value(where, seconds, "may not specify a duration larger than 2^32 seconds"))
    if problems:
        raise _invalid(problems, "")


def _invalid(problems: list[failures.FieldError], name: str) -> errors.Invalid:
    return failures.invalid_options("TokenRequest", problems, group="authentication.k8s.io", name=name)


def _conflict(name: str, kind: str, why: str, group: str = "") -> errors.Conflict:
    details = {"name": name, **({"group": group} if group else {}), "kind": kind}
    qualified = f"{kind}.{group}" if group else kind
    return errors.Conflict(f'Operation cannot be fulfilled on {qualified} "{name}": {why}', details=details)


def _said(server: ApiServer, account: Any, asked: Any) -> dict[str, Any]:
    """What a token says of its account, and of the object that it is bound to. Raises Conflict and others."""
    metadata, reference = account.metadata, asked.spec.bound_object_ref
    said = {"namespace": metadata.namespace, "serviceaccount": {"name": metadata.name, "uid": metadata.uid}}
    if reference is None:
        return said
    group, _, version = (reference.api_version or "").rpartition("/")
    cls = BINDABLE.get((group, reference.kind or ""))
    if cls is None:
        raise errors.BadRequest(f"cannot bind token to object of type {group}/{version}, Kind={reference.kind or ''}")
    row = server.resources.of(cls)
    bound: Any = server.desk.find(cls, metadata.namespace if row.namespaced else None, reference.name or "")
    if bound is None:
        raise failures.not_found(row.kind, reference.name or "")
    if cls is core.Pod and bound.spec.service_account_name != metadata.name:
        text = (
            f'cannot bind token for serviceaccount "{metadata.name}" to pod running with different serviceaccount name.'
        )
        raise errors.BadRequest(text)
    if reference.uid and reference.uid != bound.metadata.uid:
        text = f"the UID in the bound object reference ({reference.uid}) does not match the UID in record. "
        raise _conflict(reference.name, reference.kind, text + "The object might have been deleted and then recreated")
    said[row.kind.singular] = {"name": bound.metadata.name, "uid": bound.metadata.uid}
    if cls is core.Pod and bound.spec.node_name:
        node: Any = server.desk.find(core.Node, None, bound.spec.node_name)
        said["node"] = {"name": bound.spec.node_name, "uid": node.metadata.uid if node is not None else ""}
    return said
