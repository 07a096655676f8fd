"""What is in a request for a certificate, and the certificate: by the `cryptography` package, if it is there."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib import import_module
from typing import Any

import attrs

from ...wellknown import NODE_USER, NODES

MISSING = "certificates are signed with the package cryptography, which is not installed: pip install kemu[server]"

RETRY = (0.2, 1000.0)
"""Seconds until a request is looked at again that could not be dealt with, at first and at most."""

BACKDATED = timedelta(minutes=5)
"""How long before it is signed a certificate is valid already, for clocks that are behind."""

YEAR = 365 * 24 * 3600
"""Seconds for which one is valid at most, and if nobody asked for less."""

KEY_USAGES = {
    "signing": "digital_signature",
    "digital signature": "digital_signature",
    "content commitment": "content_commitment",
    "key encipherment": "key_encipherment",
    "key agreement": "key_agreement",
    "data encipherment": "data_encipherment",
    "cert sign": "key_cert_sign",
    "crl sign": "crl_sign",
}
PURPOSES = {"server auth": "SERVER_AUTH", "client auth": "CLIENT_AUTH", "code signing": "CODE_SIGNING"}
EVERY_USE = (*dict.fromkeys(KEY_USAGES.values()), "encipher_only", "decipher_only")


@attrs.frozen
class Asked:
    """Whom a request is about: the name, the organisations, and the other names by their sort (`dns`, `ip`, `more`)."""

    name: str
    organisations: tuple[str, ...]
    names: tuple[str, ...]
    """The sorts of other names."""
    request: Any = attrs.field(eq=False)


def package(part: str) -> Any | None:
    """A part of the package, or None if it is not installed."""
    try:
        return import_module(f"cryptography.{part}")
    except ImportError:
        return None


def read(text: str) -> Asked | None:
    """What is in a request, which is base64 of PEM; None if it cannot be read, or there is nothing to read it with."""
    x509 = package("x509")
    if x509 is None:
        return None
    try:
        request = x509.load_pem_x509_csr(base64.b64decode(text))
        subject, extensions = request.subject, request.extensions
    except ValueError:
        return None
    oid, sorts = x509.oid.NameOID, {x509.DNSName: "dns", x509.IPAddress: "ip"}
    names = [each.value for each in subject.get_attributes_for_oid(oid.COMMON_NAME)]
    organisations = [each.value for each in subject.get_attributes_for_oid(oid.ORGANIZATION_NAME)]
    others = [each.value for each in extensions if isinstance(each.value, x509.SubjectAlternativeName)]
    kinds = tuple(dict.fromkeys([sorts.get(type(each), "more") for some in others for each in some]))
    return Asked(names[0] if names else "", tuple(organisations), kinds, request)


def issued(asked: Asked, usages: tuple[str, ...], unix: float, seconds: int, seed: bytes, serial: int) -> str:
    """The certificate for a request, as base64 of PEM. The same arguments give the same certificate."""
    x509, ed25519 = package("x509"), package("hazmat.primitives.asymmetric.ed25519")
    serialization = package("hazmat.primitives.serialization")
    assert x509 is not None and ed25519 is not None and serialization is not None
    authority = ed25519.Ed25519PrivateKey.from_private_bytes(sha256(seed).digest())
    now = datetime.fromtimestamp(unix, UTC)
    issuer = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "kubernetes")])
    builder = x509.CertificateBuilder().subject_name(asked.request.subject).issuer_name(issuer)
    builder = builder.public_key(asked.request.public_key()).serial_number(serial)
    builder = builder.not_valid_before(now - BACKDATED).not_valid_after(now + timedelta(seconds=seconds))
    allowed = [KEY_USAGES[each] for each in usages if each in KEY_USAGES]
    if allowed:
        builder = builder.add_extension(x509.KeyUsage(**{each: each in allowed for each in EVERY_USE}), critical=True)
    purposes = [getattr(x509.oid.ExtendedKeyUsageOID, PURPOSES[each]) for each in usages if each in PURPOSES]
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    for each in asked.request.extensions:
        if isinstance(each.value, x509.SubjectAlternativeName):
            builder = builder.add_extension(each.value, critical=each.critical)
    signed = builder.sign(authority, None).public_bytes(serialization.Encoding.PEM)
    return base64.b64encode(signed).decode()


def of_node_client(asked: Asked, usages: tuple[str, ...]) -> str:
    """Why a request is none for the certificate by which a kubelet shows who it is; empty if it is one."""
    if asked.organisations != (NODES,):
        return "subject organization is not system:nodes"
    if asked.names:
        return "subject alternative names are not allowed"
    if not asked.name.startswith(NODE_USER):
        return "subject common name does not begin with system:node:"
    return _uses(usages, "client auth")


def of_node_server(asked: Asked, usages: tuple[str, ...]) -> str:
    """Why a request is none for the certificate by which a kubelet serves; empty if it is one."""
    if asked.organisations != (NODES,):
        return "subject organization is not system:nodes"
    if not {"dns", "ip"} & set(asked.names):
        return "DNS or IP subjectAltName is required"
    if "more" in asked.names:
        return "only DNS and IP subjectAltNames are allowed"
    if not asked.name.startswith(NODE_USER):
        return "subject common name does not begin with system:node:"
    return _uses(usages, "server auth")


def of_client(asked: Asked, usages: tuple[str, ...]) -> str:
    """Why a request is none for the certificate of a client; empty if it is one."""
    more = set(usages) - {"key encipherment", "digital signature", "client auth"}
    return f"usages did not match {sorted(more)}" if more or "client auth" not in usages else ""


def _uses(usages: tuple[str, ...], purpose: str) -> str:
    wanted = {"digital signature", purpose}
    return "" if set(usages) in (wanted, wanted | {"key encipherment"}) else "usages did not match"
