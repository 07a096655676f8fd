"""What a request for a certificate may say, and what its approvers and its signer may say of it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from ...values import names, pem
from ..failures import FieldError, invalid_value, not_supported, too_long
from ..failures import duplicate as repeated
from ..failures import forbidden_field as forbidden
from ..failures import required as missing

USAGES = (
    *("any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment"),
    *("decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel"),
    *("ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime"),
    *("server auth", "signing", "timestamping"),
)
SHORTEST = 600
"""Seconds."""

LEGACY = "kubernetes.io/legacy-unknown"
DECIDED = ("Approved", "Denied")
LASTING = (*DECIDED, "Failed")
"""Conditions that are true where they are, and stay."""

SUBDOMAIN_MAX, LABEL_MAX = 253, 63


def _blocks(text: str | None) -> list[bytes]:
    """The types of the PEM blocks in some base64 text."""
    return pem.blocks(base64.b64decode(text or ""))


def requested(request: Any) -> Iterator[FieldError]:
    """What is asked for."""
    spec = request.spec
    if _blocks(spec.request)[:1] != [b"CERTIFICATE REQUEST"]:
        yield invalid_value("spec.request", spec.request, "PEM block type must be CERTIFICATE REQUEST")
    if not spec.usages:
        yield missing("spec.usages")
    for index, usage in enumerate(spec.usages):
        if usage not in USAGES:
            yield not_supported(f"spec.usages[{index}]", usage, USAGES)
    for index, usage in enumerate(spec.usages):
        if usage in spec.usages[:index]:
            yield repeated(f"spec.usages[{index}]", usage)
    if spec.signer_name == LEGACY:
        text = "the legacy signerName is not allowed via this API version"
        yield invalid_value("spec.signerName", spec.signer_name, text)
    else:
        yield from signer("spec.signerName", spec.signer_name)
    if spec.expiration_seconds is not None and spec.expiration_seconds < SHORTEST:
        text = "may not specify a duration less than 600 seconds (10 minutes)"
        yield invalid_value("spec.expirationSeconds", spec.expiration_seconds, text)


def signer(path: str, name: str) -> Iterator[FieldError]:
    """Who signs: a domain, a slash and the path of a signer there."""
    if not name:
        yield missing(path)
        return
    if name.count("/") != 1:
        text = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
        yield invalid_value(path, name, text)
        return
    domain, _, way = name.partition("/")
    if len(domain.encode()) > SUBDOMAIN_MAX:
        yield too_long(path, SUBDOMAIN_MAX)
    yield from _labels(path, domain, names.is_dns1123_label)
    if "." not in domain:
        yield invalid_value(path, domain, "should be a domain with at least two segments separated by dots")
    yield from _labels(path, way, names.is_dns1123_subdomain)
    longest = 2 * SUBDOMAIN_MAX + LABEL_MAX + 2
    if len(name.encode()) > longest:
        yield too_long(path, longest)


def _labels(path: str, part: str, check: Any) -> Iterator[FieldError]:
    """What is wrong with the first label of a part that is no name."""
    for label in part.split("."):
        problems = check(label)
        if problems:
            yield from [invalid_value(path, part, f'validating label "{label}": {text}') for text in problems]
            return


def _conditions(new: Sequence[Any], old: Sequence[Any]) -> Iterator[FieldError]:
    where = "status.conditions"
    before = [condition.type for condition in old]
    seen: list[str] = []
    for index, condition in enumerate(new):
        if not condition.type and "" not in before:
            yield missing(f"{where}[{index}].type")
        allowed = ("True",) if condition.type in LASTING else ("False", "True", "Unknown")
        if not condition.status:
            yield missing(f"{where}[{index}].status")
        elif condition.status not in allowed:
            yield not_supported(f"{where}[{index}].status", condition.status, allowed)
        opposite = {"Approved": "Denied", "Denied": "Approved"}.get(condition.type)
        if opposite in seen and not set(DECIDED) <= {*before}:
            yield invalid_value(where, condition.type, "Approved and Denied conditions are mutually exclusive")
        if condition.type in seen and len({*before}) == len(before):
            yield repeated(f"{where}[{index}].type", condition.type)
        seen.append(condition.type)


def _certificate(text: str | None) -> Iterator[FieldError]:
    blocks = _blocks(text)
    odd = [block for block in blocks if block != b"CERTIFICATE"]
    where, shown = "status.certificate", "<certificate data>"
    if odd:
        found = odd[0].decode("utf-8", "replace")
        yield invalid_value(where, shown, f'only CERTIFICATE PEM blocks are allowed, found "{found}"')
    elif text and not blocks:
        yield invalid_value(where, shown, "must contain at least one CERTIFICATE PEM block")


def _told(new: Any, old: Any, *, decides: bool, signs: bool) -> Iterator[FieldError]:
    """What may change in a status: who decides may add decisions, who signs adds the certificate, and nobody takes
    back what lasts."""
    now, was = new.status, old.status
    yield from _conditions(now.conditions, was.conditions)
    if now.certificate != was.certificate:
        yield from _certificate(now.certificate)
    counts = [(kind, _count(now, kind) - _count(was, kind)) for kind in LASTING]
    for kind, more in counts:
        if more < 0:
            text = f'updates may not remove a condition of type "{kind}"'
            yield forbidden("status.conditions", text)
    for kind, more in counts[:2]:
        if more > 0 and not decides:
            yield forbidden("status.conditions", f'updates may not add a condition of type "{kind}"')
    if now.certificate != was.certificate:
        if not signs:
            yield forbidden("status.certificate", "updates may not set certificate content")
        elif was.certificate:
            yield forbidden("status.certificate", "updates may not modify existing certificate content")


def _count(status: Any, kind: str) -> int:
    return len([condition for condition in status.conditions if condition.type == kind])


def decided(new: Any, old: Any) -> Iterator[FieldError]:
    """What an approver may say."""
    yield from _told(new, old, decides=True, signs=False)


def signed(new: Any, old: Any) -> Iterator[FieldError]:
    """What a signer may say."""
    yield from _told(new, old, decides=False, signs=True)
