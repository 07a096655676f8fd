"""The libraries that Kubernetes adds to the language: quantities, addresses, URLs, versions, formats and texts."""

from __future__ import annotations

from typing import Any

import pytest

from kemu.cel import DYN, CompileError, Environment, EvaluationError

ENVIRONMENT = Environment({"x": DYN})


def value(expression: str) -> Any:
    return ENVIRONMENT.compile(expression).evaluate({"x": {"q": "1Gi", "l": (3, 1, 2), "s": "a,b"}})


@pytest.mark.parametrize(
    "truth",
    [
        "quantity('1Gi').isGreaterThan(quantity('1000Mi'))",
        "quantity(x.q).compareTo(quantity('1024Mi')) == 0",
        "quantity('50k').add(20).sub(quantity('20')) == quantity('50000')",
        "quantity('50').asInteger() == 50 && quantity('0.5').asApproximateFloat() == 0.5",
        "isQuantity('1.3Gi') && !isQuantity('10 Mo') && quantity('0.1').isInteger() == false",
        "quantity('-5').sign() == -1",
        "ip('127.0.0.1').isLoopback() && ip('fe80::1').family() == 6 && !isIP('1.2.3')",
        "ip('10.0.0.1') == ip('10.0.0.1') && string(ip('2001:db8::0')) == '2001:db8::'",
        "ip('224.0.0.1').isLinkLocalMulticast() && ip('0.0.0.0').isUnspecified() && ip('8.8.8.8').isGlobalUnicast()",
        "ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')",
        "cidr('192.168.0.0/24').containsIP('192.168.0.7') && !cidr('192.168.0.0/24').containsIP(ip('10.0.0.1'))",
        "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !isCIDR('10.0.0.0') && cidr('::1/24').prefixLength() == 24",
        "cidr('192.168.0.5/24').masked() == cidr('192.168.0.0/24') && cidr('10.0.0.0/8').ip() == ip('10.0.0.0')",
        "url('https://user:p@example.com:80/path?k=a&k=b#f').getHost() == 'example.com:80'",
        "url('https://example.com:80/').getHostname() == 'example.com' && url('https://a:80/').getPort() == '80'",
        "url('https://e.com/with space/').getEscapedPath() == '/with%20space/'",
        "url('https://e.com/?k=a&k=b').getQuery() == {'k': ['a', 'b']} && url('https://e.com').getScheme() == 'https'",
        "isURL('https://example.com') && isURL('/absolute') && !isURL('relative')",
        "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-rc.1').compareTo(semver('1.0.0')) == -1",
        "semver('v1.0', true).minor() == 0 && isSemver('01.2', true) && !isSemver('01.2')",
        "!format.dns1123Label().validate('my-name').hasValue()",
        "format.dns1123Label().validate('my_name').value()[0].contains('a lowercase RFC 1123 label')",
        "!format.named('uuid').value().validate('123e4567-e89b-12d3-a456-426614174000').hasValue()",
        "!format.named('nope').hasValue()",
        "sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && !sets.intersects([1], [2])",
        "x.l.sort() == [1, 2, 3] && [3, 1].min() == 1 && [3, 1].max() == 3 && [1, 2].sum() == 3",
        "[1, 2, 2].isSorted() && [1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2",
        "[1, 2, 3].slice(1, 3) == [2, 3] && [[1], [2]].flatten() == [1, 2] && [1, 1, 2].distinct() == [1, 2]",
        "[1, 2].reverse() == [2, 1] && lists.range(3) == [0, 1, 2] && [{'a': 2}, {'a': 1}].sortBy(e, e.a)[0].a == 1",
        "[1, 2].first().value() == 1 && ![].last().hasValue()",
        "'abc'.find('b+') == 'b' && 'a1b22'.findAll('[0-9]+') == ['1', '22'] && 'a1b2'.findAll('[0-9]', 1) == ['1']",
        "'abc'.matches('^a.*c$') && !'abc'.matches('^b')",
        "'Hello'.lowerAscii() == 'hello' && 'a'.upperAscii() == 'A' && ' a '.trim() == 'a'",
        "x.s.split(',') == ['a', 'b'] && 'a,b,c'.split(',', 2) == ['a', 'b,c'] && ['a', 'b'].join('-') == 'a-b'",
        "'abcabc'.replace('b', 'x') == 'axcaxc' && 'abcabc'.replace('b', 'x', 1) == 'axcabc'",
        "'hello'.substring(1, 3) == 'el' && 'hello'.charAt(4) == 'o' && 'hello'.indexOf('l') == 2",
        "'hello'.lastIndexOf('l') == 3 && strings.quote('a\"b') == '\"a\\\\\"b\"'",
        "'%s is %d, %.2f, %x, %b, %e'.format(['it', 5, 1.5, 255, 5, 1000.0]) == 'it is 5, 1.50, ff, 101, 1.000000e+03'",
        "'%s'.format([[1, 'a', {'k': true}]]) == '[1, \"a\", {\"k\":true}]'",
    ],
)
def test_what_is_true(truth: str) -> None:
    """Each function does what Kubernetes documents of it."""
    assert value(truth) is True


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("quantity('1 Gi')", "quantities must match the regular expression"),
        ("quantity('0.5').asInteger()", "cannot convert value to integer"),
        ("ip('1.2.3')", 'IP Address "1.2.3" parse error'),
        ("cidr('10.0.0.0')", "network address parse error during conversion from string"),
        ("url('nope')", "URL parse error during conversion from string"),
        ("semver('1.2')", "No Major.Minor.Patch elements found"),
        ("'abc'.substring(2, 1)", "invalid substring range"),
        ("'abc'.charAt(9)", "index out of range: 9"),
        ("x.l.slice(2, 1)", "start index must be less than or equal to end index"),
        ("[].min()", "min called on empty list"),
        ("'%d'.format(['a'])", "decimal clause can only be used on integers, was given string"),
    ],
)
def test_what_fails(expression: str, complaint: str) -> None:
    """A value that a function cannot read fails with the reason, some already when the expression is compiled."""
    with pytest.raises((EvaluationError, CompileError)) as raised:
        value(expression)
    assert complaint in str(raised.value)
