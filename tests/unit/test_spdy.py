"""SPDY/3.1 as bytes: what comes whole, in pieces, or means nothing."""

import zlib
from struct import pack

import pytest

from kemu.server.spdy import CONTROL, DICTIONARY, Data, Opened, Ping, Reset, Spdy, pong


def control(kind, content, flags=0, version=3):
    return pack(">II", CONTROL | version << 16 | kind, flags << 24 | len(content)) + content


def opening(stream, *, packer=None, flags=0, **headers):
    """The frame with which a client opens a stream."""
    packer = packer or zlib.compressobj(zdict=DICTIONARY)
    words = [word.encode() for pair in headers.items() for word in pair]
    text = pack(">I", len(headers)) + b"".join(pack(">I", len(word)) + word for word in words)
    packed = packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH)
    return control(1, pack(">IIH", stream, 0, 0) + packed, flags)


def data(stream, content, flags=0):
    return pack(">II", stream, flags << 24 | len(content)) + content


def test_the_dictionary_is_the_one_of_the_protocol():
    """Its checksum is in every compressed stream."""
    assert len(DICTIONARY) == 1423 and zlib.adler32(DICTIONARY) == 0xE3C6A7C2


def test_frames_are_read_however_they_come():
    """Byte by byte, or all at once."""
    packer = zlib.compressobj(zdict=DICTIONARY)
    sent = (
        opening(1, packer=packer, flags=1, streamtype="error", port="80")
        + opening(3, packer=packer, streamtype="data", port="80")
        + control(4, bytes(12))
        + data(3, b"hello", 1)
        + control(6, pack(">I", 7))
        + control(3, pack(">II", 3, 5))
    )
    events = [
        Opened(1, {"streamtype": "error", "port": "80"}, True),
        Opened(3, {"streamtype": "data", "port": "80"}, False),
        Data(3, b"hello", True),
        Ping(7),
        Reset(3),
    ]
    assert list(Spdy().receive(sent)) == events
    side = Spdy()
    assert [event for byte in sent for event in side.receive(bytes((byte,)))] == events


def test_what_is_sent_can_be_read():
    """Replies without headers, data in pieces of which the last one ends the stream."""
    side, unpacker = Spdy(), zlib.decompressobj(zdict=DICTIONARY)
    for stream in (1, 3):
        frame = side.accepted(stream)
        assert frame[:4] == bytes.fromhex("80030002") and frame[8:12] == pack(">I", stream)
        assert unpacker.decompress(frame[12:]) == bytes(4)
    large = bytes(70_000)
    assert [(len(each.data), each.ended) for each in Spdy().receive(side.data(3, large, ended=True))] == [
        (32768, False),
        (32768, False),
        (4464, True),
    ]
    assert list(Spdy().receive(side.data(3, b"", ended=True))) == [Data(3, b"", True)]
    assert list(Spdy().receive(pong(9))) == [Ping(9)]


@pytest.mark.parametrize(
    "sent",
    [
        control(1, bytes(4)),
        control(99, b""),
        control(6, pack(">I", 7), version=2),
        control(1, bytes(10) + b"no zlib"),
        control(6, b"")[:4] + b"\x00\xff\xff\xff",
        opening(1, a="b" * 9)[:-12] + b"\x00" * 12,
    ],
)
def test_what_means_nothing_is_refused(sent):
    """With a ValueError, whatever it is."""
    with pytest.raises(ValueError):  # the words are for people
        list(Spdy().receive(sent))


def test_headers_that_are_cut_off_are_refused():
    """They say that there is more than there is."""
    packer = zlib.compressobj(zdict=DICTIONARY)
    packed = packer.compress(pack(">II", 5, 100) + b"x") + packer.flush(zlib.Z_SYNC_FLUSH)
    with pytest.raises(ValueError, match="cut off"):
        list(Spdy().receive(control(1, bytes(10) + packed)))
