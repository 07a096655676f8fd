"""Pages that come through a proxy: what is one, and how its links lead through the proxy as well."""

from __future__ import annotations

import posixpath
import re

_BEGINS = re.compile(
    r"\s*<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--)[\s>]", re.IGNORECASE
)
"""How a body begins that a server in Go takes for a page, if nobody has said what it is."""

_LINK = re.compile(
    r"(?<=\s)((?:action|background|cite|codebase|data|formaction|href|icon|longdesc|manifest|poster|profile|src|usemap)"
    r'="?)(/(?!/)[^"\s>]*)',
    re.IGNORECASE,
)


def is_page(body: str) -> bool:
    """Whether a body is a page."""
    return _BEGINS.match(body) is not None


def led_through(page: str, prefix: str) -> str:
    """A page whose links to the root of its own server go on behind a prefix."""

    def led(link: re.Match[str]) -> str:
        path = link[2]
        if path.startswith(prefix):
            return link[0]
        return f"{link[1]}{posixpath.normpath(prefix + path)}{'/' if path.endswith('/') and path != '/' else ''}"

    return _LINK.sub(led, page)
