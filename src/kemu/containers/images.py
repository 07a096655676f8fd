"""The registries that nodes pull from: images exist, and come at once, unless something else is declared.

Those do not exist whose name says so, as it is written where a pull is meant to fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ..values.frozen import EMPTY_MAP
from ..values.image_references import matches, read


class PullRefused(Exception):
    """An image cannot be pulled; the text is what a runtime says."""


@attrs.frozen
class Rule:
    """What is declared of the images that a pattern names; None where nothing is."""

    pattern: str
    missing: bool | None = None
    unauthorized: bool | None = None
    platform: str | None = None
    """The only platform that there is an image for, such as `linux/arm64`; empty for all."""
    seconds: float | None = None
    """How long a pull takes."""


ABSENT = ("*:404", "*:does-not-exist", "*:doesnotexist", "*:non-existent", "*:nonexistent", "invalid.registry.k8s.io/*")
UNDECLARED = tuple([Rule(pattern, missing=True) for pattern in ABSENT])
"""What holds unless something else is declared."""


def seconds_of_pull(rules: tuple[Rule, ...], image: str, platform: str) -> float:
    """How long a pull takes. Of several rules for an image the first that says something of a thing counts.

    `platform` is the node's. Raises PullRefused.
    """
    found = [rule for rule in (*rules, *UNDECLARED) if matches(rule.pattern, image)]

    def said(name: str) -> Any:
        return next((value for rule in found if (value := getattr(rule, name)) is not None), None)

    if said("missing"):
        raise PullRefused(f'failed to resolve reference "{image}": not found')
    if said("unauthorized"):
        raise PullRefused(
            f'failed to resolve reference "{image}": pull access denied, repository does not exist or may require '
            "authorization: server message: insufficient_scope: authorization failed"
        )
    if (said("platform") or platform) != platform:
        raise PullRefused(f'failed to pull and unpack image "{image}": no match for platform in manifest: not found')
    return float(said("seconds") or 0.0)


ALPINE = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.0\nPRETTY_NAME="Alpine Linux v3.22"\n'
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nc2ltdWxhdGVk\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\nc2ltdWxhdGVk\n-----END PRIVATE KEY-----\n"
FILES: Mapping[str, Mapping[str, str]] = {
    "agnhost": {"localhost.crt": CERTIFICATE, "localhost.key": KEY},
    "alpine": {"etc/os-release": ALPINE},
    "kitten": {"data.json": '{\n"image": "kitten.jpg"\n}\n', "etc/os-release": ALPINE},
    "perl": {"usr/bin/perl": ""},
    "nautilus": {"data.json": '{\n"image": "nautilus.jpg"\n}\n', "etc/os-release": ALPINE},
}
"""What is known of what is in images, by their names: the texts of files, by paths from the root."""


def files_of(image: str) -> Mapping[str, str]:
    """What is known of what is in an image."""
    return FILES.get(read(image).name, EMPTY_MAP)
