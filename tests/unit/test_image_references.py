"""References to images: what a container tool takes, and what it says of the rest."""

import pytest

from kemu.containers import references


@pytest.mark.parametrize(
    "image",
    [
        "nginx",
        "nginx:1.27",
        "library/nginx",
        "localhost/app",
        "localhost:5000/team/app:v1",
        "registry.example.com/a/b/c:1.2-rc.1_x",
        "example.com:443/app@sha256:" + "0" * 64,
        "app:1@sha256:" + "a" * 64,
        "[2001:db8::1]:5000/app",
        "a__b/c-d",
    ],
)
def test_good_references(image):
    """Names, tags, digests, registries with ports."""
    assert references.problem(image) == ""


@pytest.mark.parametrize(
    ("image", "text"),
    [
        ("<your-image>", "invalid reference format"),
        ("", "invalid reference format"),
        ("nginx:", "invalid reference format"),
        ("nginx::1", "invalid reference format"),
        ("a//b", "invalid reference format"),
        ("nginx:1.27 ", "invalid reference format"),
        ("nginx:" + "x" * 129, "invalid reference format"),
        ("Nginx", "invalid reference format: repository name (Nginx) must be lowercase"),
        ("Kemu/UPPER:1", "invalid reference format: repository name (UPPER) must be lowercase"),
        ("app@sha256:" + "0" * 63, "invalid checksum digest length"),
        ("app@md5:" + "0" * 32, "unsupported digest algorithm"),
        ("example.com/" + "a" * 256, "repository name must not be longer than 255 characters"),
        ("b" * 64, f"invalid repository name ({'b' * 64}), cannot specify 64-byte hexadecimal strings"),
    ],
)
def test_what_is_wrong_with_others(image, text):
    """In the words of container tools."""
    assert references.problem(image) == text


def test_a_hostile_reference_is_judged_at_once():
    """Nothing in the pattern goes back over what it has read."""
    for image in ("a-" * 100_000, "a." * 100_000 + "/", "a/" * 100_000, "a__" * 1300 + "!"):
        assert references.problem(image)
