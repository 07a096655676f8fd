"""References to images, as container tools write them: `registry.example.com:5000/team/app:1.2@sha256:...`."""

from __future__ import annotations

import re

_DOMAIN_PART = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_DOMAIN_PART}(?:\.{_DOMAIN_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = rf"{_PART}(?:/{_PART})*"
_TAG = r"[\w][\w.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE = re.compile(rf"(?:(?:{_DOMAIN})/)?(?P<path>{_PATH})(?::{_TAG})?(?:@(?P<digest>{_DIGEST}))?", re.ASCII)
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")

LONGEST_PATH = 255
LONGEST = 4096
"""Characters of a reference that is looked at at all."""

DIGESTS = {"sha256": 64, "sha384": 96, "sha512": 128}
"""The hexadecimal digits of the digests that are known."""


def problem(image: str) -> str:
    """What is wrong with a reference, in the words of container tools; empty for a good one."""
    if _IDENTIFIER.fullmatch(image):
        return f"invalid repository name ({image}), cannot specify 64-byte hexadecimal strings"
    first, slash, rest = image.partition("/")
    is_domain = bool(slash) and ("." in first or ":" in first or first == "localhost" or first != first.lower())
    remainder = rest if is_domain else image
    repository = remainder.partition(":")[0]
    if repository != repository.lower():
        return f"invalid reference format: repository name ({repository}) must be lowercase"
    if not is_domain:
        remainder = f"docker.io/{'' if slash else 'library/'}{image}"
    else:
        remainder = image
    found = _REFERENCE.fullmatch(remainder) if len(remainder) <= LONGEST else None
    if found is None:
        return "invalid reference format"
    if len(found["path"]) > LONGEST_PATH:
        return f"repository name must not be longer than {LONGEST_PATH} characters"
    return _of_digest(found["digest"] or "")


def _of_digest(digest: str) -> str:
    algorithm, _, digits = digest.partition(":")
    if not digest:
        return ""
    if algorithm not in DIGESTS:
        return "unsupported digest algorithm"
    if len(digits) != DIGESTS[algorithm]:
        return "invalid checksum digest length"
    return "" if digits == digits.lower() else "invalid checksum digest format"
