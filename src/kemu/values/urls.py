"""URLs as Go's `net/url` reads them, and its complaints."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, unquote, unquote_to_bytes

import attrs


@attrs.frozen
class Url:
    """The parts of a URL. `host` is as it was written, with a port and brackets if it had them."""

    scheme: str = ""
    user: str = ""
    """With a password, if there is one."""
    host: str = ""
    path: str = ""
    query: str = ""
    fragment: str = ""

    @property
    def hostname(self) -> str:
        """The host without its port and without brackets."""
        if self.host.startswith("["):
            return self.host[1:].partition("]")[0]
        return self.host.rpartition(":")[0] if _PORT.search(self.host) else self.host

    @property
    def port(self) -> str:
        """The port as text, or nothing."""
        match = _PORT.search(self.host)
        return match[1] if match is not None else ""

    @property
    def escaped_path(self) -> str:
        """The path as it was written, or escaped anew if a character in it should have been."""
        if _ESCAPED.fullmatch(self.path) is not None:
            return self.path
        return quote(unquote_to_bytes(self.path), safe="$&+,/:;=@")

    @property
    def queries(self) -> dict[str, tuple[str, ...]]:
        """The values of each name in the query, names in order; what is not readable is left out."""
        found: dict[str, tuple[str, ...]] = {}
        for part in self.query.split("&"):
            if not part or ";" in part or _BAD_ESCAPE.search(part):
                continue
            name, _, value = part.replace("+", " ").partition("=")
            found[unquote(name)] = (*found.get(unquote(name), ()), unquote(value))
        return dict(sorted(found.items()))


_ESCAPED = re.compile(r"[A-Za-z0-9\-_.~$&+,/:;=@!'()*\[\]%]*", re.ASCII)
_PORT = re.compile(r":([0-9]*)$", re.ASCII)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):", re.ASCII)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BAD_HOST = re.compile(r"[ \"<>\\^`{|}]")


def parse_request_uri(text: str) -> Url:
    """An absolute URL or an absolute path. Raises ValueError with Go's text."""
    try:
        return _parse(text, request=True)
    except ValueError as problem:
        raise ValueError(f"parse {json.dumps(text, ensure_ascii=False)}: {problem}") from None


def parse_url(text: str) -> Url:
    """Any URL, its fragment apart. Raises ValueError with Go's text."""
    try:
        rest, _, fragment = text.partition("#")
        return attrs.evolve(_parse(rest, request=False), fragment=unquote(fragment))
    except ValueError as problem:
        raise ValueError(f"parse {json.dumps(text, ensure_ascii=False)}: {problem}") from None


def _parse(text: str, *, request: bool) -> Url:
    if _CONTROL.search(text):
        raise ValueError("net/url: invalid control character in URL")
    if not text and request:
        raise ValueError("empty url")
    match = _SCHEME.match(text)
    if match is None and text.startswith(":"):
        raise ValueError("missing protocol scheme")
    scheme = match[1].lower() if match is not None else ""
    rest, _, query = text[match.end() if match is not None else 0 :].partition("?")
    if not rest.startswith("/"):
        if scheme:
            return Url(scheme=scheme, path="", query=query)
        if request:
            raise ValueError("invalid URI for request")
        if ":" in rest.partition("/")[0]:
            raise ValueError("first path segment in URL cannot contain colon")
    user = host = ""
    if rest.startswith("//") and (scheme or not request):
        authority, slash, path = rest[2:].partition("/")
        user, _, host = authority.rpartition("@")
        host = _host(host)
        rest = slash + path
    _escapes(rest)
    return Url(scheme=scheme, user=user, host=host, path=rest, query=query)


def _escapes(text: str) -> None:
    match = _BAD_ESCAPE.search(text)
    if match is not None:
        raise ValueError(f"invalid URL escape {json.dumps(text[match.start() : match.start() + 3])}")


def _host(host: str) -> str:
    if host.startswith("["):
        _, closing, port = host.partition("]")
        if not closing:
            raise ValueError("missing ']' in host")
        if port and _PORT.fullmatch(port) is None:
            raise ValueError(f"invalid port {json.dumps(port)} after host")
        return host
    _, colon, port = host.rpartition(":")
    if colon and not (port == "" or (port.isascii() and port.isdigit())):
        raise ValueError(f"invalid port {json.dumps(':' + port)} after host")
    match = _BAD_HOST.search(host)
    if match is not None:
        raise ValueError(f"invalid character {json.dumps(match.group())} in host name")
    _escapes(host)
    return host
