"""What images serve: web servers one page, which is a file; the update demo's who they are; the sample API server's
which kinds it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from ..values.image_references import read
from . import images
from .records import Container

FOLDERS: Mapping[str, str] = {"httpd": "/usr/local/apache2/htdocs", "nginx": "/usr/share/nginx/html"}
"""Where images have what they serve, by the last part of their name."""

PAGE = "<html><body><h1>It works!</h1></body></html>\n"
NOT_FOUND = "404 Not Found\n"


SAMPLE = "/apis/wardle.example.com/"
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


def _sample(path: str) -> str | None:
    """What the sample API server has: of both its versions the flunders, and of the first one the fischers."""
    version = path.removeprefix(SAMPLE)
    if version not in ("v1alpha1", "v1beta1"):
        return "ok" if path in ("/healthz", "/livez", "/readyz") else None
    found = {"flunders": ("Flunder", True)} | ({"fischers": ("Fischer", False)} if version == "v1alpha1" else {})
    resources = [
        {"name": name, "singularName": kind.lower(), "namespaced": inside, "kind": kind, "verbs": VERBS}
        for name, (kind, inside) in sorted(found.items())
    ]
    group_version = path.removeprefix("/apis/")
    head = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version}
    return json.dumps({**head, "resources": resources})


PICTURES = ("nautilus", "kitten")
"""Images that say which picture they have."""


def said(container: Container, path: str) -> str | None:
    """What an image of which something is known answers to a request."""
    name, path = read(container.image).name, urlsplit(path).path
    if name == "sample-apiserver":
        return _sample(path)
    if name in PICTURES and path == "/data.json":
        return f'{{\n"image": "{name}.jpg"\n}}\n'
    return None


def files_of(image: str) -> dict[str, str]:
    """The files of an image of which something is known."""
    found, folder = {f"/{path}": text for path, text in images.files_of(image).items()}, FOLDERS.get(read(image).name)
    return found if folder is None else {**found, f"{folder}/index.html": PAGE}


def is_gone(container: Container, path: str = "/") -> bool:
    """Whether a request is for the page of a web server that somebody has taken away. Nobody has who never looked."""
    if "/etc/hostname" not in container.files or urlsplit(path).path not in ("/", "/index.html"):
        return False
    folder = FOLDERS.get(read(container.image).name)
    return folder is not None and f"{folder}/index.html" not in container.files
