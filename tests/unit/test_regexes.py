"""Go's regular expressions: they agree with Python's where the two are the same, and take linear time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kemu.values.regexes import RegexError, compiled

TEXTS = ("", "abc", "aab", "hello world", "foo bar", "12-34", "abcabc", "aaab", "a\nb", "123-abc", "x" * 30, "ab\nfoo")
LETTERS = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", "(a|b)", "(?:bc)", "(ab)", r"\bc", r"\w", r"\d"])
PIECES = st.tuples(LETTERS, st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,2}", "*?", "+?"])).map("".join)
PATTERNS = st.lists(PIECES, max_size=4).map("".join)


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z0-9]([-a-z0-9]*[a-z0-9])?",
        "a|ab",
        "[0-9]+",
        "x*",
        "(?i)HELLO",
        r"\bfoo\b",
        "^b",
        "a{2,3}",
        "(ab|a)(bc)?",
        "[^a-c]+",
        "a??b",
        "(?s)a.b",
        r"\d{3}-\w+",
        "a.*b",
        "(a|b)*c",
        "(?m)^foo",
    ],
)
def test_what_is_found(pattern: str) -> None:
    """Whether there is a match, and where the first one is."""
    ours, theirs = compiled(pattern), re.compile(pattern, re.ASCII)
    for text in TEXTS:
        match = theirs.search(text)
        assert ours.search(text) == (match is not None)
        assert ours.find(text) == (match.span() if match else None)


@given(PATTERNS, st.text("abc1 ", max_size=8))
def test_generated_patterns(pattern: str, text: str) -> None:
    """The same for patterns that nobody thought of."""
    match = re.compile(pattern, re.ASCII).search(text)
    assert compiled(pattern).search(text) == (match is not None)
    assert compiled(pattern).find(text) == (match.span() if match else None)


def test_the_end_is_the_very_end() -> None:
    """`$` is not before a last newline, as it is in Python; the classes are of ASCII, but for those of Unicode."""
    assert not compiled("a$").search("a\n") and compiled("(?m)a$").search("a\n")
    assert not compiled(r"\d").search("٣") and compiled(r"\p{Nd}").search("٣")
    assert compiled("[[:alpha:]]").search("1a") and not compiled("[[:^alpha:]]").search("a")
    assert list(compiled("[a-z]+").find_all("ab1c")) == ["ab", "c"]


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("[a", "missing closing ]: `[a`"),
        ("(a", "missing closing ): `(a`"),
        ("a)", "unexpected ): `a)`"),
        ("*a", "missing argument to repetition operator: `*`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("\\", "trailing backslash at end of expression"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("[b-a]", "invalid character class range: `b-a`"),
        (r"\8", r"invalid escape sequence: `\8`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        (r"\pX", r"invalid character class range: `\pX`"),
    ],
)
def test_what_is_refused(pattern: str, complaint: str) -> None:
    """A pattern that Go does not take is refused in its words."""
    with pytest.raises(RegexError, match=re.escape(complaint)):
        compiled(pattern)


def test_no_pattern_is_a_catastrophe() -> None:
    """What takes other engines longer than the age of the universe takes as long as the text is."""
    assert not compiled("(a+)+$").search("a" * 20_000 + "b")
    assert not compiled("(a|aa)+$").search("a" * 20_000 + "b")
    assert not compiled("(.*)(.*)(.*)(.*)x$").search("a" * 20_000)
    with pytest.raises(RegexError):
        compiled("((((a{100}){100}){100}){100})")
    with pytest.raises(RegexError):
        compiled("(" * 5000 + ")" * 5000)
