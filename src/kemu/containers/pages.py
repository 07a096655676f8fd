"""What images serve: web servers one page, which is a file, and those of the update demo who they are."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from ..values.image_references import read
from .records import Container

FOLDERS: Mapping[str, str] = {"httpd": "/usr/local/apache2/htdocs", "nginx": "/usr/share/nginx/html"}
"""Where images have what they serve, by the last part of their name."""

PAGE = "<html><body><h1>It works!</h1></body></html>\n"
NOT_FOUND = "404 Not Found\n"


PICTURES = ("nautilus", "kitten")
"""Images that say which picture they have."""


def said(container: Container, path: str) -> str | None:
    """What an image of which something is known answers to a request."""
    name = read(container.image).name
    if name in PICTURES and urlsplit(path).path == "/data.json":
        return f'{{\n"image": "{name}.jpg"\n}}\n'
    return None


def files_of(image: str) -> dict[str, str]:
    """The files of an image of which something is known."""
    folder = FOLDERS.get(read(image).name)
    return {} if folder is None else {f"{folder}/index.html": PAGE}


def is_gone(container: Container, path: str = "/") -> bool:
    """Whether a request is for the page of a web server that somebody has taken away. Nobody has who never looked."""
    if "/etc/hostname" not in container.files or urlsplit(path).path not in ("/", "/index.html"):
        return False
    folder = FOLDERS.get(read(container.image).name)
    return folder is not None and f"{folder}/index.html" not in container.files
