"""Frames of websockets, as bytes."""

import pytest

from kemu.adapters.frames import BINARY, PING, TEXT, Frames, accepted, frame


def sent(payload, kind, *, last=True, mask=b"abcd"):
    """A frame as a client sends it."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else bytes((0x80 | 126,)) + size.to_bytes(2)
    head = bytes((kind | (0x80 if last else 0),)) + length + mask
    return head + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def test_a_key_is_answered_as_the_standard_says():
    """With the example of RFC 6455."""
    assert accepted("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize("size", [0, 5, 125, 126, 1000])
def test_messages_come_whole(size):
    """However the bytes come."""
    frames, data = Frames(), sent(b"x" * size, BINARY) + sent(b"y", TEXT)
    found = [message for at in range(len(data)) for message in frames.receive(data[at : at + 1])]
    assert found == [(BINARY, b"x" * size), (TEXT, b"y")]


def test_a_message_may_come_in_several_frames():
    """With a ping between them."""
    frames = Frames()
    data = sent(b"ab", TEXT, last=False) + sent(b"?", PING) + sent(b"cd", 0)
    assert list(frames.receive(data)) == [(PING, b"?"), (TEXT, b"abcd")]


@pytest.mark.parametrize(("size", "head"), [(5, 2), (126, 4), (70_000, 10)])
def test_a_server_does_not_mask(size, head):
    data = frame(b"x" * size)
    assert len(data) == head + size and data[0] == 0x82 and data[head:] == b"x" * size
