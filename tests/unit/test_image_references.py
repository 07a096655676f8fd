"""References to images: what a container tool takes, and what it says of the rest."""

import pytest

import kemu
from kemu.values import image_references as references


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


@pytest.mark.parametrize(
    ("image", "repository", "name", "full"),
    [
        ("busybox", "busybox", "busybox", "docker.io/library/busybox:latest"),
        ("busybox:1.36", "busybox", "busybox", "docker.io/library/busybox:1.36"),
        ("docker.io/library/busybox", "busybox", "busybox", "docker.io/library/busybox:latest"),
        ("index.docker.io/kemu/script:1", "kemu/script", "script", "docker.io/kemu/script:1"),
        ("localhost:5000/app:v1", "localhost:5000/app", "app", "localhost:5000/app:v1"),
        ("ghcr.io/acme/app@sha256:ab", "ghcr.io/acme/app", "app", "ghcr.io/acme/app@sha256:ab"),
        ("app:1@sha256:ab", "app", "app", "docker.io/library/app:1@sha256:ab"),
        ("team/app", "team/app", "app", "docker.io/team/app:latest"),
    ],
)
def test_a_reference_has_parts(image, repository, name, full):
    """A registry with a port is no tag, and a digest does not hide one."""
    found = references.read(image)
    assert (found.repository, found.name, found.full) == (repository, name, full)


@pytest.mark.parametrize(
    ("pattern", "image", "meant"),
    [
        ("myapp:*", "myapp:1", True),
        ("myapp", "myapp:1@sha256:ab", True),
        ("myapp", "myapp", True),
        ("myapp:1", "myapp:2", False),
        ("localhost:5000/*", "localhost:5000/app:1", True),
        ("docker.io/library/nginx", "nginx:1.27", True),
        ("nginx", "docker.io/library/nginx:1.27", True),
        ("*/app", "ghcr.io/acme/app:3", True),
        ("app", "ghcr.io/acme/app", False),
    ],
)
def test_a_pattern_names_images(pattern, image, meant):
    """Without a tag it means every tag, however the image is written."""
    assert references.matches(pattern, image) is meant


def test_a_hostile_reference_is_judged_at_once():
    """Nothing in the pattern goes back over what it has read."""
    for image in ("a-" * 100_000, "a." * 100_000 + "/", "a/" * 100_000, "a__" * 1300 + "!"):
        assert references.problem(image)


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("localhost:5000/app", "Always"),
        ("nginx:1", "IfNotPresent"),
        ("app:latest@sha256:" + "0" * 64, "IfNotPresent"),
        ("Nginx", "IfNotPresent"),
        ("ab" * 32, "IfNotPresent"),
    ],
)
def test_the_pull_policy_follows_from_the_reference(image, policy):
    """What names no version is pulled each time; what is no reference, or names one image for ever, is not."""
    cluster = kemu.Cluster(nodes=0)
    containers = [{"name": "c", "image": image}]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": containers}}
    assert cluster.create(pod).spec.containers[0].image_pull_policy == policy
