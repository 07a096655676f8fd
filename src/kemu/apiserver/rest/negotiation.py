"""Accept and Content-Type: in which form an answer goes out, and which forms are read.

A real server negotiates twice: its router compares bare media types, its handlers then look at the parameters, of
which `as`, `g` and `v` ask for another shape of the answer (a Table, metadata alone).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import attrs

from ... import errors
from ...objects import protobuf
from .. import patching

JSON = "application/json"
YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"
OFFERED = (JSON, YAML, PROTOBUF)
"""What a real server reads and writes, of built-in kinds."""

TEXTS = (JSON, YAML)
"""What is served in any case: of custom resources and documents, and of all else where `protobuf` is not installed."""

STREAMED = (f"{JSON};stream=watch", f"{PROTOBUF};stream=watch")
SHAPES = ("Table", "PartialObjectMetadata", "PartialObjectMetadataList")
META_VERSIONS = ("v1", "v1beta1")
HUMANS = ("curl", "Wget", "Mozilla/5.0")
"""User agents that read with their eyes get indented JSON."""


@attrs.frozen
class Form:
    """How an answer is written: the media type, the shape, and whether it is indented."""

    media: str = JSON
    shape: str = ""
    """One of SHAPES, or nothing for the object itself."""
    version: str = "v1"
    """The version of meta.k8s.io in which a shape is written."""
    pretty: bool = False


PLAIN = Form()


@attrs.frozen
class Clause:
    """One of the media types that a client accepts."""

    type: str
    subtype: str
    quality: float
    parameters: tuple[tuple[str, str], ...]

    def takes(self, media: str) -> bool:
        """Whether a media type is meant."""
        type_, _, subtype = media.partition("/")
        return (
            self.type in (type_, "*") and self.subtype in (subtype, "*") and (self.type != "*" or self.subtype == "*")
        )


@lru_cache(maxsize=256)
def clauses(accept: str) -> tuple[Clause, ...]:
    """The clauses of an Accept header, the most wanted first, wildcards last among equals."""
    found = [clause for clause in map(_clause, accept.split(",")) if clause is not None]
    return tuple(sorted(found, key=lambda each: (-each.quality, each.type == "*", each.subtype == "*")))


def _clause(text: str) -> Clause | None:
    media, *settings = text.split(";")
    type_, slash, subtype = media.strip().partition("/")
    if not slash:
        subtype = "*" if type_ == "*" else ""
    if not subtype or "/" in subtype:
        return None
    quality, parameters = 1.0, []
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not value or "=" in value:
            continue
        if name.strip() == "q":
            quality = _quality(value)
        else:
            parameters.append((name.strip(), value.strip()))
    return Clause(type_.strip(), subtype.strip(), quality, tuple(parameters))


def _quality(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if value == value else 0.0


@lru_cache(maxsize=256)
def negotiated(
    accept: str, offered: tuple[str, ...] = OFFERED, served: tuple[str, ...] = TEXTS, *, tables: bool = True
) -> Form:
    """The form that a client wants of those that are served. `offered` is what the router of a real server compares
    with (nothing where it does not look), and `tables` whether what is asked for has a Table.

    Raises NotAcceptable where nothing that is served will do.
    """
    if not accept:
        return PLAIN
    bare = [part.partition(";")[0].strip() for part in accept.split(",")]
    if offered and not any(media == "*/*" or media in offered for media in bare):
        raise _unavailable(offered)
    for clause in clauses(accept):
        for media in served:
            form = _form(clause, media) if clause.takes(media) else None
            if form is not None and (tables or form.shape != "Table"):
                return form
    raise errors.NotAcceptable(f"only the following media types are accepted: {', '.join(served)}")


def of_kind(api_version: str, kind: str) -> tuple[str, ...]:
    """In which media types the objects of a kind are served."""
    return OFFERED if protobuf.available() and protobuf.message_of(api_version, kind) else TEXTS


def streamed(form: Form) -> None:
    """Refuse a watch in a form that cannot be streamed. Raises NotAcceptable."""
    if form.media == YAML:
        raise errors.NotAcceptable(f"only the following media types are accepted: {', '.join(STREAMED)}")


def check_takes(accept: str, media: str = JSON) -> None:
    """Raise NotAcceptable to who does not take the only form in which something is."""
    bare = [part.partition(";")[0].strip() for part in accept.split(",")]
    if accept and not any(each in ("*/*", media) for each in bare):
        raise _unavailable((media,))


def of_refusal(accept: str) -> Form:
    """The form of a Status that refuses: what is wanted, if nothing else is asked of it, or JSON."""
    for clause in clauses(accept):
        for media in of_kind("v1", "Status"):
            form = _form(clause, media) if clause.takes(media) else None
            if form is not None and not form.shape:
                return form
    return PLAIN


def _unavailable(offered: tuple[str, ...]) -> errors.NotAcceptable:
    return errors.NotAcceptable(f"406: Not Acceptable\n\nAvailable representations: {', '.join(offered)}", details={})


def _form(clause: Clause, media: str) -> Form | None:
    """What a clause asks of a media type; None if that is not to be had."""
    settings = dict(clause.parameters)
    if settings.get("stream", "watch") != "watch" or settings.get("sv", "v1") not in ("v1", ""):
        return None
    shape = settings.get("as", "")
    if shape or "g" in settings or "v" in settings:
        version = settings.get("v", "")
        if shape == "Table" and media == PROTOBUF:
            return None
        if shape not in SHAPES or settings.get("g") != "meta.k8s.io" or version not in META_VERSIONS:
            return None
        return Form(media, shape, version, pretty=settings.get("pretty") == "1")
    return Form(media, pretty=settings.get("pretty") == "1")


def indented(wish: str, agent: str) -> bool:
    """Whether an answer is indented, by the `pretty` of the query or by who asks."""
    if wish:
        return wish in ("1", "t", "T", "true", "True", "TRUE")
    return agent.startswith(HUMANS)


def media_of(content_type: str) -> str:
    """The media type of a body, JSON if it has none. Raises UnsupportedMediaType."""
    media = content_type.partition(";")[0].strip().lower() if content_type else JSON
    if media not in (OFFERED if protobuf.available() else TEXTS):
        raise errors.UnsupportedMediaType(
            f"the body of the request was in an unknown format - accepted media types include: {', '.join(OFFERED)}"
        )
    return media


def patch_form(content_type: str, accepted: Sequence[str]) -> str:
    """Which of the four patches a body is; a kind may know fewer. Raises UnsupportedMediaType."""
    form = patching.PATCHES.get(content_type.partition(";")[0].strip())
    if form is not None and form in accepted:
        return form
    if len(accepted) == len(patching.PATCHES):
        raise errors.UnsupportedMediaType("415: Unsupported Media Type", details={})
    raise patching.unaccepted(accepted)
