"""The signatures of tokens are what any JSON web token library can check."""

import pytest

from kemu.apiserver.signing import KEYS, decoded, is_signed, signature


def test_what_was_signed_is_known_and_nothing_else():
    """A signature is that of one text; what is no signature is none."""
    given = signature("some text")
    assert is_signed("some text", given)
    assert not is_signed("another text", given)
    assert not any(is_signed("some text", each) for each in ("", "x", "ä", given[:-4], given + "AAAA"))


def test_a_library_agrees():
    """With the key that is published."""
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    key = KEYS["keys"][0]
    modulus, exponent = [int.from_bytes(decoded(key[name]), "big") for name in ("n", "e")]
    public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    public.verify(decoded(signature("some text")), b"some text", PKCS1v15(), SHA256())
