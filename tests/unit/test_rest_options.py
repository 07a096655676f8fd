"""Queries as typed options: Go's words for what is no number, and 422 for what does not go together."""

from __future__ import annotations

import pytest

from kemu import errors
from kemu.apiserver.rest import options
from kemu.apiserver.rest.options import parse_query
from kemu.objects import meta


@pytest.mark.parametrize(
    ("text", "value"),
    [("", False), ("a", True), ("a=", True), ("a=0", False), ("a=FALSE", False), ("a=no", True), ("b=1", False)],
)
def test_a_flag_is_true_unless_it_says_otherwise(text, value):
    """Absent, "0" and "false" in any case are false; everything else is true, even nothing."""
    assert parse_query(text).flag("a") is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=1&a=2", ("1", "2")),
        ("a=b+c%20d%2B", ("b c d+",)),
        ("a=%zz&a=1", ("1",)),
        ("a=1;b=2", ()),
        ("&&a", ("",)),
        ("%61=x", ("x",)),
    ],
)
def test_a_query_is_read_as_go_reads_it(text, value):
    """Every value is kept, in order; a pair with a bad escape or a semicolon is dropped."""
    assert parse_query(text).all("a") == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "invalid syntax"),
        ("x", "invalid syntax"),
        ("1_0", "invalid syntax"),
        (" 1", "invalid syntax"),
        ("1e3", "invalid syntax"),
        ("9223372036854775808", "value out of range"),
        ("-" + "9" * 5000, "value out of range"),
    ],
)
def test_what_is_no_integer_is_a_bad_request(text, problem):
    """In the words of Go's parser."""
    with pytest.raises(errors.BadRequest) as refused:
        options.list_options(parse_query(f"limit={text.replace(' ', '+')}"))
    assert refused.value.message == f'strconv.ParseInt: parsing "{text}": {problem}'


@pytest.mark.parametrize("text", ["0", "-1", "+7", "9223372036854775807"])
def test_integers_have_64_bits(text):
    """With a sign, as Go reads them."""
    assert parse_query(f"a={text.replace('+', '%2B')}").integer("a") == int(text)


FORBIDDEN, UNSUPPORTED = "Forbidden: ", "Unsupported value: "


@pytest.mark.parametrize(
    ("query", "causes"),
    [
        (
            "resourceVersionMatch=Exact",
            [
                (
                    "resourceVersionMatch",
                    f"{FORBIDDEN}resourceVersionMatch is forbidden unless resourceVersion is provided",
                )
            ],
        ),
        (
            "resourceVersionMatch=Foo&resourceVersion=1",
            [("resourceVersionMatch", f'{UNSUPPORTED}"Foo": supported values: "Exact", "NotOlderThan", ""')],
        ),
        (
            "resourceVersionMatch=Exact&resourceVersion=0",
            [
                (
                    "resourceVersionMatch",
                    f'{FORBIDDEN}resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
                )
            ],
        ),
        ("sendInitialEvents=false", [("sendInitialEvents", f"{FORBIDDEN}sendInitialEvents is forbidden for list")]),
        (
            "resourceVersionMatch=NotOlderThan&resourceVersion=1&continue=x",
            [("resourceVersionMatch", f"{FORBIDDEN}resourceVersionMatch is forbidden when continue is provided")],
        ),
    ],
)
def test_options_of_a_list_that_do_not_go_together(query, causes):
    """All complaints, with the field that each is about."""
    with pytest.raises(errors.Invalid) as refused:
        options.list_options(parse_query(query))
    assert [(cause["field"], cause["message"]) for cause in refused.value.causes] == causes


@pytest.mark.parametrize(
    ("query", "causes"),
    [
        (
            "sendInitialEvents=true",
            [f"{FORBIDDEN}sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"],
        ),
        (
            "resourceVersionMatch=Exact&resourceVersion=5",
            [
                f"{FORBIDDEN}resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
                f'{UNSUPPORTED}"Exact": supported values: "NotOlderThan"',
            ],
        ),
        ("continue=x", [f"{FORBIDDEN}resourceVersionMatch is forbidden when continue is provided"]),
    ],
)
def test_options_of_a_watch_that_do_not_go_together(query, causes):
    """A watch has rules of its own."""
    with pytest.raises(errors.Invalid) as refused:
        options.watch_options(parse_query(query))
    assert [cause["message"] for cause in refused.value.causes] == causes


@pytest.mark.parametrize(
    ("query", "revision", "at_least", "limit"),
    [
        ("", 0, 0, 0),
        ("resourceVersion=7", 0, 7, 0),
        ("resourceVersion=7&resourceVersionMatch=Exact&limit=2", 7, 7, 2),
        ("resourceVersion=0&limit=2", 0, 0, 0),
        ("limit=-3", 0, 0, 0),
    ],
)
def test_what_a_list_reads(query, revision, at_least, limit):
    """A version is one that must have been reached, or with Exact the one to read; a negative limit is none."""
    found = options.list_options(parse_query(query))
    assert (found.revision, found.at_least, found.limit) == (revision, at_least, limit)


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ("zzz", ": invalid character 'Ï' looking for beginning of value"),
        ("a", ": illegal base64 data at input byte 0"),
        ("ab=", ": illegal base64 data at input byte 2"),
        ("bnVsbA", ": server does not recognize this encoded version "),
        ("NQ", ": json: cannot unmarshal number into Go value of type storage.continueToken"),
        ("eyJydiI6IngifQ", ": json: cannot unmarshal string into Go struct field continueToken.rv of type int64"),
        (
            "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ",
            ": incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
        ),
        ("eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MX0", ": encoded start key empty (version meta.k8s.io/v1)"),
        ("eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIuLi94In0", ": ../x"),
    ],
)
def test_a_continue_that_nobody_gave_out(token, problem):
    """Each way of not being one has its own words."""
    with pytest.raises(errors.BadRequest) as refused:
        options.list_options(parse_query(f"continue={token}"))
    assert refused.value.message == f"invalid continue token: continue key is not valid{problem}"


def test_a_continue_goes_on_where_the_page_ended():
    """The token holds the last key and the revision."""
    assert options.read_token(options.write_token("default/ü", 7)) == ("default/ü", 7)


@pytest.mark.parametrize(
    ("query", "causes"),
    [
        ("dryRun=Some", ['Unsupported value: ["Some"]: supported values: "All"']),
        ("fieldValidation=Loud", ['Unsupported value: "Loud": supported values: "", "Ignore", "Strict", "Warn"']),
        ("fieldManager=" + "x" * 129, ["Too long: may not be more than 128 bytes"]),
        (
            "fieldManager=%C3%BC%0A%07",
            [
                'Invalid value: "ü\\n\\a": invalid character U+000A (at position 2)',
                'Invalid value: "ü\\n\\a": invalid character U+0007 (at position 3)',
            ],
        ),
        ("dryRun=", ['Unsupported value: [""]: supported values: "All"']),
    ],
)
def test_options_of_a_write(query, causes):
    """What does not exist is a 422 about CreateOptions."""
    with pytest.raises(errors.Invalid, match=r"CreateOptions\.meta\.k8s\.io") as refused:
        options.write_options(parse_query(query), "CreateOptions")
    assert [cause["message"] for cause in refused.value.causes] == causes


@pytest.mark.parametrize(
    ("form", "query", "message"),
    [
        ("apply", "", "Required value: is required for apply patch"),
        ("merge", "force=false", "Forbidden: may not be specified for non-apply patch"),
    ],
)
def test_options_of_a_patch(form, query, message):
    """An apply has an owner, and only an apply can be forced."""
    with pytest.raises(errors.Invalid) as refused:
        options.write_options(parse_query(query), "PatchOptions", form)
    assert [cause["message"] for cause in refused.value.causes] == [message]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            meta.DeleteOptions(propagation_policy="Sideways"),
            'Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"',
        ),
        (
            meta.DeleteOptions(propagation_policy="Orphan", orphan_dependents=True),
            'Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
        ),
        (meta.DeleteOptions(dry_run=("x",)), 'Unsupported value: ["x"]: supported values: "All"'),
    ],
)
def test_options_of_a_deletion(given, message):
    """The same whether they come in a body, in a query or in an Eviction."""
    with pytest.raises(errors.Invalid, match=r"DeleteOptions\.meta\.k8s\.io") as refused:
        options.checked_delete_options(given)
    assert [cause["message"] for cause in refused.value.causes] == [message]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("tailLines=-1&limitBytes=0&sinceSeconds=0", ["tailLines", "limitBytes", "sinceSeconds"]),
        ("sinceSeconds=5&sinceTime=2000-01-01T00:00:00Z", ["[]"]),
        ("stream=All&tailLines=1", ["stream"]),
    ],
)
def test_options_of_a_log(query, fields):
    """Counts are not negative, and since when is said once."""
    with pytest.raises(errors.Invalid, match='PodLogOptions "p" is invalid') as refused:
        options.log_options(parse_query(query), "p")
    assert [cause["field"] for cause in refused.value.causes] == fields


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", 1800), ("timeoutSeconds=0", 1800), ("timeoutSeconds=-5", 0), ("timeoutSeconds=9223372036854775807", 0)],
)
def test_how_long_a_watch_lasts(text, seconds):
    """Half an hour unless it says so; what overflows a Go duration is over at once."""
    assert options.watch_seconds(parse_query(text)) == seconds


@pytest.mark.parametrize(
    ("agent", "manager"),
    [("kubectl/v1.36 (linux)", "kubectl"), ("", "unknown"), ("a\x07b/1", "ab"), ("ü" * 100, "ü" * 64)],
)
def test_who_owns_the_fields_of_a_write(agent, manager):
    """Who the client says, or the first part of its user agent, as far as it can be printed."""
    assert options.field_manager(options.NO_QUERY, agent) == manager
    assert options.field_manager(parse_query("fieldManager=m"), agent) == "m"
