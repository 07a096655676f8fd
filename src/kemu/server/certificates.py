"""Certificates for one server: an authority made for it, the server's own, and one for its administrator."""

from __future__ import annotations

import base64
import ssl
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import attrs

from .extra import needed

LIFETIME = timedelta(days=365)
SERVICE = "kubernetes.default.svc.cluster.local"
NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", SERVICE)


@attrs.frozen
class Pair:
    """A certificate and its key, as PEM."""

    certificate: bytes
    key: bytes


@attrs.frozen
class Papers:
    """What a server and the clients of its kubeconfig show each other."""

    authority: bytes
    server: Pair
    client: Pair

    def context(self) -> ssl.SSLContext:
        """For the server: certificates of clients are read where they show one."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=self.authority.decode())
        with tempfile.TemporaryDirectory() as folder:
            both = Path(folder, "server.pem")
            both.touch(mode=0o600)
            both.write_bytes(self.server.certificate + self.server.key)
            context.load_cert_chain(both)
        return context

    def for_client(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """For a kubeconfig: what its user shows, and whom it trusts."""
        user = {"client-certificate-data": _text(self.client.certificate), "client-key-data": _text(self.client.key)}
        return user, {"certificate-authority-data": _text(self.authority)}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Authority:
    """Who signs."""

    def __init__(self) -> None:
        self._x509 = needed("cryptography.x509", "TLS")
        self._hashes = needed("cryptography.hazmat.primitives.hashes", "TLS")
        self._ec = needed("cryptography.hazmat.primitives.asymmetric.ec", "TLS")
        self._serialization = needed("cryptography.hazmat.primitives.serialization", "TLS")
        self._key = self._ec.generate_private_key(self._ec.SECP256R1())
        self._name = self._named("kemu")
        basic = self._x509.BasicConstraints(ca=True, path_length=0)
        self._own = self._certificate(self._name, self._key.public_key(), (basic, True))
        self.pem = self._pem(self._own)

    def _named(self, name: str, *groups: str) -> Any:
        oid = self._x509.oid.NameOID
        fields = [self._x509.NameAttribute(oid.ORGANIZATION_NAME, group) for group in groups]
        return self._x509.Name([*fields, self._x509.NameAttribute(oid.COMMON_NAME, name)])

    def _certificate(self, subject: Any, key: Any, *extensions: tuple[Any, bool]) -> Any:
        now = datetime.now(UTC)
        builder = self._x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        builder = builder.serial_number(self._x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(minutes=5)).not_valid_after(now + LIFETIME)
        issuer = self._x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        subject_key = self._x509.SubjectKeyIdentifier.from_public_key(key)
        for extension, critical in (*extensions, (issuer, False), (subject_key, False)):
            builder = builder.add_extension(extension, critical)
        return builder.sign(self._key, self._hashes.SHA256())

    def _pem(self, certificate: Any) -> bytes:
        found: bytes = certificate.public_bytes(self._serialization.Encoding.PEM)
        return found

    def _pair(self, subject: Any, *extensions: tuple[Any, bool]) -> Pair:
        key = self._ec.generate_private_key(self._ec.SECP256R1())
        text = key.private_bytes(
            self._serialization.Encoding.PEM,
            self._serialization.PrivateFormat.PKCS8,
            self._serialization.NoEncryption(),
        )
        return Pair(self._pem(self._certificate(subject, key.public_key(), *extensions)), text)

    def for_server(self, host: str) -> Pair:
        """A certificate for a server that is reached at `host`, at its loopback addresses, or by its cluster's."""
        x509 = self._x509
        names: list[Any] = [x509.DNSName(name) for name in NAMES]
        for address in dict.fromkeys((host, "127.0.0.1", "::1")):
            try:
                names.append(x509.IPAddress(ip_address(address)))
            except ValueError:
                names.append(x509.DNSName(address))
        usage = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH])
        return self._pair(self._named("kube-apiserver"), (x509.SubjectAlternativeName(names), False), (usage, False))

    def for_client(self, name: str, *groups: str) -> Pair:
        """A certificate by which a client shows that it is a user."""
        usage = self._x509.ExtendedKeyUsage([self._x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH])
        return self._pair(self._named(name, *groups), (usage, False))


def issue(host: str) -> Papers:
    """The papers for a server that listens at `host`. Raises UsageError without the packages of the extra."""
    authority = Authority()
    return Papers(authority.pem, authority.for_server(host), authority.for_client("kubernetes-admin", "system:masters"))
