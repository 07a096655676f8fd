"""References to images, as container tools write them: `registry.example.com:5000/team/app:1.2@sha256:...`."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache

import attrs

from .names import KNOWN

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


HUB = "docker.io"
"""The registry of images that name none."""


@attrs.frozen
class Reference:
    """An image by its parts: `docker.io/library/busybox:1.36` is what `busybox:1.36` means."""

    registry: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """The last part of its path: `busybox`."""
        return self.path.rpartition("/")[2]

    @property
    def repository(self) -> str:
        """Where it is, as people write it: `busybox`, `kemu/script`, `ghcr.io/acme/app`."""
        if self.registry != HUB:
            return f"{self.registry}/{self.path}"
        return self.path.removeprefix("library/")

    @property
    def full(self) -> str:
        """All of it, as a runtime reports it; without a tag and a digest it is the latest."""
        tag = self.tag or ("" if self.digest else "latest")
        return f"{self.registry}/{self.path}" + (f":{tag}" if tag else "") + (f"@{self.digest}" if self.digest else "")


@lru_cache(KNOWN)
def read(image: str) -> Reference:
    """The parts of a reference; whether it is a good one is another question."""
    rest, _, digest = image.partition("@")
    registry, path = _placed(rest)
    folder, slash, last = path.rpartition("/")
    name, _, tag = last.partition(":")
    path = f"{folder}{slash}{name}"
    if registry == HUB and "/" not in path:
        path = f"library/{path}"
    return Reference(registry, path, tag, digest)


def _placed(image: str) -> tuple[str, str]:
    """The registry of an image, and what is left of its name."""
    first, slash, rest = image.partition("/")
    named = bool(slash) and ("." in first or ":" in first or first == "localhost" or first != first.lower())
    if not named:
        return HUB, image
    return (HUB if first == f"index.{HUB}" else first), rest


@lru_cache(KNOWN)
def matches(pattern: str, image: str) -> bool:
    """Whether an image pattern such as `myapp:*` names this image; a pattern without a tag names every tag."""
    found, written = read(image), image.partition("@")[0]
    names = [image, written, found.full]
    if ":" not in pattern.rpartition("/")[2] and "@" not in pattern:
        bare = written[: -len(found.tag) - 1] if found.tag else written
        names += [bare, found.repository, f"{found.registry}/{found.path}"]
    return any(fnmatchcase(name, pattern) for name in names)


@lru_cache(KNOWN)
def problem(image: str) -> str:
    """What is wrong with a reference, in the words of container tools; empty for a good one."""
    if _IDENTIFIER.fullmatch(image):
        return f"invalid repository name ({image}), cannot specify 64-byte hexadecimal strings"
    registry, rest = _placed(image)
    repository = rest.partition(":")[0]
    if repository != repository.lower():
        return f"invalid reference format: repository name ({repository}) must be lowercase"
    whole = f"{registry}/{'library/' if registry == HUB and '/' not in rest.partition('@')[0] else ''}{rest}"
    found = _REFERENCE.fullmatch(whole) if len(whole) <= LONGEST else None
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
