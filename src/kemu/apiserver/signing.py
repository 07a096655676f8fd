"""How tokens of service accounts are signed, as everybody may check: RS256 with one key of all clusters.

The key is no secret: what it signs is good in a simulation alone, and there only for an account whose uid follows from
the seed. Making one from each seed would take longer than making a cluster.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

PRIMES = (
    int(
        "e2086a0d06e43d1d8e8b226ce5c075f03885661f3fe6e127b73a7f1fe36410cd89fee6ee5651eef64d4377ef107a2cef2caae897c769aa"
        "aeddbc7541b36fb8b76f315eb5c818783b15a5e56e8432386540f8d6a3fe2cc4c3fd5cdd0840129c2a4948aa5bdb8fb6e0bcee3366cc60"
        "3d54742b733796558cb02bc4d2d74f4e3179",
        16,
    ),
    int(
        "ce597560b42ecac25b54e5a36669880c0549f37b25f9ae5b17ff392f91e478ae1e1c2674bad71317bc706d002aa042ac6ddbe466ac5a93"
        "076e2245c4a6aa17af9536a41c33e5be2c1523e49f3b2ab69c255bf376215e59ee9ea7512a031e2bab6e4d95acfd821d2f2e5897aa063c"
        "1326c0defb2c2503dc6ea00ebe05bf7acd1f",
        16,
    ),
)
MODULUS, EXPONENT, LENGTH = PRIMES[0] * PRIMES[1], 65537, 256
SECRETS = tuple([pow(EXPONENT, -1, prime - 1) for prime in PRIMES])
CROSS = pow(PRIMES[1], -1, PRIMES[0])
SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before a SHA-256 that is signed, as PKCS #1 has it."""


def encoded(data: bytes) -> str:
    """Bytes as they stand in a JSON web token."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of a part of a token. Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


KEY_ID = encoded(hashlib.sha256(MODULUS.to_bytes(LENGTH, "big")).digest())
HEADER = {"alg": "RS256", "kid": KEY_ID}
KEYS = {
    "keys": [
        {
            "use": "sig",
            "kty": "RSA",
            "kid": KEY_ID,
            "alg": "RS256",
            "n": encoded(MODULUS.to_bytes(LENGTH, "big")),
            "e": encoded(EXPONENT.to_bytes(3, "big")),
        }
    ]
}
"""What `/openid/v1/jwks` says."""


def _padded(text: str) -> int:
    digest = SHA256 + hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return int.from_bytes(b"\0\1" + b"\xff" * (LENGTH - 3 - len(digest)) + b"\0" + digest, "big")


def signature(text: str) -> str:
    """The signature of a text. Some milliseconds."""
    message = _padded(text)
    first, second = [pow(message % prime, secret, prime) for prime, secret in zip(PRIMES, SECRETS, strict=True)]
    whole = second + (first - second) * CROSS % PRIMES[0] * PRIMES[1]
    return encoded(whole.to_bytes(LENGTH, "big"))


def is_signed(text: str, given: str) -> bool:
    """Whether a signature is that of a text."""
    try:
        data = decoded(given)
    except (ValueError, binascii.Error):
        return False
    return len(data) == LENGTH and pow(int.from_bytes(data, "big"), EXPONENT, MODULUS) == _padded(text)
