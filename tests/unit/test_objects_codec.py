"""JSON and YAML to objects and back: what is read, what is written, what is said about mistakes."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kemu.errors import ManifestError
from kemu.objects import ConfigMap, CustomObject, Deployment, Pod, Secret, StatefulSet, codec, core, policy, rbac
from kemu.objects.apiextensions import JSONSchemaProps
from kemu.objects.compiled import is_kind
from kemu.objects.text import read_yaml, syntax_error

from .object_strategies import all_types, instances

TYPES = all_types()


@given(st.data())
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_written_is_read_back(data: st.DataObject):
    """decode(encode(x)) == x for every type, also through JSON text, and encoding it again writes the same."""
    cls = data.draw(st.sampled_from(TYPES))
    value = data.draw(instances(cls))
    written = codec.encode(value)
    assert codec.decode(cls, written, field_validation="Strict") == value
    text = json.dumps(written)
    read = codec.decode(cls, codec.decode_bytes(text.encode()), field_validation="Strict")
    assert read == value
    assert codec.encode(read) == written


@given(st.data())
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
def test_text_is_written_as_the_encoded_object_would_be(data: st.DataObject):
    """For every type, character by character; and once more when parts of it were written before."""
    value = data.draw(instances(data.draw(st.sampled_from(TYPES))))
    encoded = codec.encode(value)
    if is_kind(type(value)):
        assert (encoded.pop("kind"), encoded.pop("apiVersion")) == (value.kind, value.api_version)
    wanted = json.dumps(encoded, separators=(",", ":"), ensure_ascii=False)
    assert codec.written(value) == wanted
    assert codec.written(value) == wanted


@pytest.mark.parametrize(
    ("obj", "written"),
    [
        (Pod(), {"metadata": {}, "spec": {"containers": None}, "status": {}}),
        (ConfigMap(metadata={"name": "a"}), {"metadata": {"name": "a"}}),
        (rbac.Role(), {"metadata": {}, "rules": None}),
        (
            core.PodCondition(type="Ready"),
            {"type": "Ready", "status": "", "lastProbeTime": None, "lastTransitionTime": None},
        ),
        (core.PodList(), {"metadata": {}, "items": []}),
        (core.Container(name="a", security_context={}), {"name": "a", "resources": {}, "securityContext": {}}),
        (core.PodSpec(priority=0, host_network=False), {"containers": None, "priority": 0}),
        (core.ResourceFieldSelector(resource="cpu"), {"resource": "cpu", "divisor": "0"}),
    ],
)
def test_what_survives_empty(obj: object, written: dict):
    """Struct values, required lists and moments are written even when they are empty, other things are left out."""
    encoded = codec.encode(obj)
    assert {name: value for name, value in encoded.items() if name not in ("kind", "apiVersion")} == written


def test_items_of_a_list_do_not_repeat_their_kind_but_claim_templates_do():
    """As a real API server writes them."""
    pods = codec.encode(core.PodList(items=[{"metadata": {"name": "a"}}]))
    assert pods["kind"] == "PodList" and "kind" not in pods["items"][0]
    claims = {"spec": {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}}
    template = codec.encode(codec.decode(StatefulSet, claims))["spec"]["volumeClaimTemplates"][0]
    assert (template["kind"], template["apiVersion"]) == ("PersistentVolumeClaim", "v1")


def test_null_means_not_set():
    """Everywhere, and in lists and maps it stands for the empty value."""
    pod = codec.decode(
        Pod, {"metadata": {"labels": None, "name": None}, "spec": {"containers": [None]}, "status": None}
    )
    assert pod == Pod(spec={"containers": [{}]})
    assert codec.decode(ConfigMap, {"data": {"a": None}}).data == {"a": ""}


@pytest.mark.parametrize(
    ("cls", "data", "complaint"),
    [
        (Pod, {"spec": "x"}, "json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec"),
        (
            Pod,
            {"spec": {"containers": [{"name": 5}]}},
            "json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string",
        ),
        (
            Pod,
            {"spec": {"containers": [{"resources": {"limits": ["a"]}}]}},
            "json: cannot unmarshal array into Go struct field ResourceRequirements.spec.containers.resources.limits "
            "of type v1.ResourceList",
        ),
        (
            Pod,
            {"spec": {"containers": [{"imagePullPolicy": True}]}},
            "json: cannot unmarshal bool into Go struct field Container.spec.containers.imagePullPolicy of type "
            "v1.PullPolicy",
        ),
        (
            Pod,
            {"metadata": {"uid": 1}},
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.uid of type types.UID",
        ),
        (
            Pod,
            {"metadata": {"creationTimestamp": 1}},
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string",
        ),
        (
            Deployment,
            {"spec": {"replicas": 3000000000}},
            "json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            core.Service,
            {"spec": {"ports": [{"targetPort": {}}]}},
            "json: cannot unmarshal object into Go struct field ServicePort.spec.ports.targetPort of type int32",
        ),
        (Secret, {"data": {"a": "%"}}, "illegal base64 data at input byte 0"),
        (Secret, {"data": {"a": "YWI"}}, "illegal base64 data at input byte 0"),
        (Secret, {"data": {"a": "YQ=a"}}, "illegal base64 data at input byte 2"),
        (Secret, {"data": {"a": "YWI=a"}}, "illegal base64 data at input byte 4"),
        (Secret, {"data": {"a": "YQ="}}, "illegal base64 data at input byte 3"),
        (
            Secret,
            {"data": {"a": [256]}},
            "json: cannot unmarshal number 256 into Go struct field Secret.data of type uint8",
        ),
        (
            Secret,
            {"data": {"a": ["a"]}},
            "json: cannot unmarshal string into Go struct field Secret.data of type uint8",
        ),
        (Pod, [], "json: cannot unmarshal array into Go value of type v1.Pod"),
    ],
)
def test_wrong_types_are_refused_in_go_words(cls: type, data: object, complaint: str):
    """The struct that has the field, the path of field names, and the Go type."""
    with pytest.raises(codec.DecodeError) as refused:
        codec.decode(cls, data)
    assert str(refused.value) == complaint


def test_the_first_wrong_value_counts():
    """Further ones, and unknown fields, are not reported when a value is wrong."""
    data = {"bogus": 1, "spec": {"nodeName": 1, "hostNetwork": "x"}}
    with pytest.raises(codec.DecodeError, match=r"PodSpec\.spec\.nodeName of type string"):
        codec.decode(Pod, data, field_validation="Strict")


def test_field_validation():
    """Strict refuses, Warn reports, Ignore drops; paths have the indexes of lists."""
    data = {"bogus": 1, "spec": {"containers": [{"name": "a", "imagee": "x"}]}, "metadata": {"Name": "a"}}
    known = Pod(spec={"containers": [{"name": "a"}]})
    complaints = ['unknown field "bogus"', 'unknown field "spec.containers[0].imagee"', 'unknown field "metadata.Name"']
    warnings: list[str] = []
    assert codec.decode(Pod, data, field_validation="Warn", on_warning=warnings.append) == known
    assert warnings == complaints
    assert codec.decode(Pod, data) == known
    with pytest.raises(codec.DecodeError) as refused:
        codec.decode(Pod, data, field_validation="Strict")
    assert str(refused.value) == "strict decoding error: " + ", ".join(complaints)


def test_a_strict_reader_gives_up_after_a_hundred_complaints():
    """As a real API server does."""
    warnings: list[str] = []
    codec.decode(Pod, {f"x{i}": 1 for i in range(150)}, field_validation="Warn", on_warning=warnings.append)
    assert len(warnings) == 100


def test_repeated_names():
    """They are reported with their path; repeated structs are merged, otherwise the last one counts."""
    body = b'{"metadata":{"name":"a","labels":{"x":"1","x":"2"}},"metadata":{"namespace":"b"},"data":{"k":"1","k":"2"}}'
    data = codec.decode_bytes(body)
    complaints = ['duplicate field "metadata.labels.x"', 'duplicate field "metadata"', 'duplicate field "data.k"']
    warnings: list[str] = []
    config = codec.decode(ConfigMap, data, field_validation="Warn", on_warning=warnings.append)
    assert warnings == complaints
    assert sorted(codec.duplicates(data)) == sorted(complaints)
    assert (config.metadata.name, config.metadata.namespace, config.data) == ("a", "b", {"k": "2"})
    assert config.metadata.labels == {"x": "2"}


def test_base64_is_written_without_line_breaks():
    """As Go's decoder and encoder leave it."""
    assert codec.decode(Secret, {"data": {"a": "YWJj\nZGVm"}}).data == {"a": "YWJjZGVm"}


@pytest.mark.parametrize("given", ["YR==", [97], [97, None]])
def test_bytes_are_written_as_base64(given: object):
    """Numbers are bytes, and bits that are left over are none."""
    wanted = "YQA=" if given == [97, None] else "YQ=="
    assert codec.decode(Secret, {"data": {"a": given}}).data["a"] == wanted
    assert codec.decode(Secret, {"data": {"a": given}}, unstructured=True).data["a"] == wanted


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "unexpected end of JSON input"),
        ("{", "unexpected end of JSON input"),
        ('{"a":1}x', "invalid character 'x' after top-level value"),
        ('{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a":1 "b":2}', "invalid character '\"' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ("nope", "invalid character 'o' in literal null (expecting 'u')"),
        ("'a'", "invalid character '\\'' looking for beginning of value"),
        ("\x00", "invalid character '\\x00' looking for beginning of value"),
        ("-x", "invalid character 'x' in numeric literal"),
        ("01", "invalid character '1' after top-level value"),
        ("1.x", "invalid character 'x' after decimal point in numeric literal"),
        ("1ex", "invalid character 'x' in exponent of numeric literal"),
        ('"a\nb"', "invalid character '\\n' in string literal"),
        ('"\\x"', "invalid character 'x' in string escape code"),
        ('"\\u12x4"', "invalid character 'x' in \\u hexadecimal character escape"),
        ("NaN", "invalid character 'N' looking for beginning of value"),
        ("tru", "unexpected end of JSON input"),
        ('"abc', "unexpected end of JSON input"),
        ("\u00e4", "invalid character '\u00c3' looking for beginning of value"),
        ("\ufeff{}", "invalid character '\u00ef' looking for beginning of value"),
    ],
)
def test_syntax_errors_are_described_in_go_words(text: str, complaint: str):
    """The character that cannot stand where it stands."""
    with pytest.raises(codec.DecodeError) as refused:
        codec.decode_bytes(text.encode())
    assert str(refused.value) == complaint


@given(st.text(alphabet='{}[]",:\\ntrue01.-e ', max_size=12))
@settings(max_examples=500)
def test_the_scanner_agrees_with_the_parser(text: str):
    """Whatever Python's parser refuses, the scanner has words for, and never for anything else."""
    try:
        json.loads(text)
    except ValueError:
        assert syntax_error(text)
    else:
        assert syntax_error(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("y", True),
        ("~", None),
        ("", None),
        ("0x1F", 31),
        ("017", 15),
        ("0o17", 15),
        ("0b11", 3),
        ("1_000", 1000),
        ("-5", -5),
        ("08", 8),
        ("1.5", 1.5),
        ("1e3", 1000),
        (".5", 0.5),
        ("1.2.3", "1.2.3"),
        ("2001-01-01", "2001-01-01"),
        ("12:30", "12:30"),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("{1: a, true: b}", {"1": "a", "true": "b"}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}}),
        ("[a, 'b']", ["a", "b"]),
        ("- a\n- b: |\n    text\n", ["a", {"b": "text\n"}]),
        ("a: 1\n---\nb: 2", {"a": 1}),
    ],
)
def test_yaml_is_read_as_kubernetes_tools_read_it(text: str, value: object):
    """YAML 1.1: yes and no are booleans, dates are text, keys become text; of several documents the first."""
    assert read_yaml(text) == value


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "yaml: line 1: did not find expected node content"),
        ("a: b: c", "yaml: mapping values are not allowed in this context"),
        ("\tkind: x", "yaml: found character that cannot start any token"),
        ("a: 1\nb: c: d", "yaml: line 2: mapping values are not allowed in this context"),
    ],
)
def test_bad_yaml_gets_the_real_complaint(text: str, complaint: str):
    """The words of the YAML reader, with the line where it counts lines."""
    with pytest.raises(codec.DecodeError) as refused:
        codec.decode_bytes(text.encode(), "application/yaml")
    assert str(refused.value) == complaint


def test_keys_set_twice_in_yaml():
    """A strict reader names the lines."""
    data = codec.decode_bytes(b"data:\n  a: '1'\n  a: '2'\n", "application/yaml")
    complaint = 'yaml: unmarshal errors:\n  line 3: key "a" already set in map'
    assert codec.duplicates(data) == [complaint]
    with pytest.raises(codec.DecodeError) as refused:
        codec.decode(ConfigMap, data, field_validation="Strict")
    assert str(refused.value) == f"strict decoding error: {complaint}"
    assert codec.decode(ConfigMap, data).data == {"a": "2"}


MANIFEST = """
# a comment
---
apiVersion: v1
kind: Pod
metadata: {name: a}
---
apiVersion: v1
kind: List
items:
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: b}}
- {apiVersion: example.com/v1, kind: Widget, metadata: {name: c}, spec: {size: 3}}
"""


def test_manifests_are_loaded():
    """Several documents, lists, and kinds that are not built in."""
    pod, deployment, widget = codec.load(MANIFEST)
    assert (pod, deployment) == (Pod(metadata={"name": "a"}), Deployment(metadata={"name": "b"}))
    assert isinstance(widget, CustomObject) and widget.spec.size == 3
    written = json.dumps(codec.encode(pod), indent="\t")
    assert codec.load(written) == codec.load(f"[{written}]") == [pod]
    assert codec.load(written + written) == [pod, pod]
    assert codec.load("") == codec.load("---\n---\n# nothing\n") == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: b: c", "yaml: mapping values are not allowed in this context"),
        ("just text", "not an object: no kind in 'just text'"),
        ("kind: Pod", "not an object: no apiVersion in {'kind': 'Pod'}"),
        (
            "{apiVersion: v1, kind: Pod, spec: 5}",
            "Pod: json: cannot unmarshal number into Go struct field Pod.spec of type v1.PodSpec",
        ),
    ],
)
def test_unreadable_manifests_are_refused(text: str, complaint: str):
    """With a text that says what is wrong."""
    with pytest.raises(ManifestError) as refused:
        codec.load(text)
    assert str(refused.value) == complaint


@pytest.mark.parametrize(
    ("cls", "data", "complaint"),
    [
        (Deployment, {"spec": {"replicas": "two"}}, "unrecognized type: int32"),
        (Deployment, {"spec": {"replicas": 1.5}}, "cannot convert float64 to int32"),
        (Deployment, {"spec": {"paused": "true"}}, "unrecognized type: bool"),
        (Deployment, {"spec": "x"}, "cannot restore struct from: string"),
        (Pod, {"spec": {"nodeName": 5}}, "cannot convert int64 to string"),
        (Pod, {"spec": {"nodeName": True}}, "unrecognized type: string"),
        (Pod, {"spec": {"containers": {}}}, "cannot restore slice from map"),
        (Pod, {"spec": {"nodeSelector": []}}, "cannot restore map from slice"),
        (Secret, {"data": {"x": "%%%"}}, "error decoding from json: illegal base64 data at input byte 0"),
        (Secret, {"data": {"x": True}}, "cannot restore slice from bool"),
        (Secret, {"data": {"x": ["a"]}}, "unrecognized type: uint8"),
        (
            Pod,
            {"metadata": {"creationTimestamp": 5}},
            "json: cannot unmarshal number into Go value of type string",
        ),
        (Pod, {"spec": {"nodeName": 5}, "metadata": {"name": True}}, "unrecognized type: string"),
    ],
)
def test_documents_that_were_put_together_get_other_texts(cls: type, data: object, complaint: str):
    """The first wrong field in the order of the type, in the words of the converter."""
    with pytest.raises(codec.DecodeError) as refused:
        codec.decode(cls, data, unstructured=True)
    assert str(refused.value) == complaint


def test_documents_that_were_put_together_may_have_whole_floats():
    """And their unknown fields are listed sorted."""
    warnings: list[str] = []
    data = {"z": 1, "spec": {"replicas": 5.0, "bogus": 1}, "a": 1}
    deployment = codec.decode(Deployment, data, unstructured=True, field_validation="Warn", on_warning=warnings.append)
    assert deployment.spec.replicas == 5
    assert warnings == ['unknown field "a"', 'unknown field "spec.bogus"', 'unknown field "z"']


def test_bodies_that_would_take_forever_are_refused():
    """Nesting without end, numbers without end, aliases of aliases."""
    with pytest.raises(codec.DecodeError, match="exceeded max depth"):
        codec.decode_bytes(b"[" * 100_000)
    with pytest.raises(codec.DecodeError, match="cannot unmarshal number 9"):
        codec.decode(Deployment, codec.decode_bytes(b'{"spec":{"replicas":' + b"9" * 5000 + b"}}"))
    laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    laughs += "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))
    with pytest.raises(codec.DecodeError, match="yaml: document contains excessive aliasing"):
        codec.decode_bytes(laughs.encode(), "application/yaml")


def test_schemas_in_schemas_are_read_as_schemas():
    """Where a schema or something else may stand, a schema loses what no schema has, and nobody is told."""
    schema = {
        "type": "object",
        "properties": {"a": {"items": {"type": "string", "bogus": 1}, "additionalProperties": {"x": 1, "title": "t"}}},
        "additionalProperties": False,
        "dependencies": {"a": ["b"], "c": {"title": "t", "bogus": 1}},
        "items": [{"title": "t"}, {"bogus": 1}],
    }
    warnings: list[str] = []
    read = codec.decode(JSONSchemaProps, schema, field_validation="Warn", on_warning=warnings.append)
    assert warnings == []
    assert codec.encode(read) == {
        "type": "object",
        "properties": {"a": {"items": {"type": "string"}, "additionalProperties": {"title": "t"}}},
        "additionalProperties": False,
        "dependencies": {"a": ["b"], "c": {"title": "t"}},
        "items": [{"title": "t"}, {}],
    }
    with pytest.raises(codec.DecodeError, match="boolean or JSON schema expected"):
        codec.decode(JSONSchemaProps, {"additionalProperties": "yes"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\ud83d"', "\ufffd"),
        (r'"\ude00x"', "\ufffdx"),
        (r'"\\ud83d"', r"\ud83d"),
        (r'"\u00e4"', "\u00e4"),
    ],
)
def test_half_characters_are_replaced(text: str, value: str):
    """As Go does; whole surrogate pairs and escaped backslashes stay what they are."""
    assert codec.decode_bytes(text.encode()) == value


def test_an_object_inside_of_another_says_its_kind():
    """Options that travel inside of an Eviction are an object of their own."""
    eviction = policy.Eviction(metadata={"name": "a"}, delete_options={"dry_run": ["All"]})
    options = {"kind": "DeleteOptions", "apiVersion": "v1", "dryRun": ["All"]}
    assert json.loads(codec.written(eviction)) == {"metadata": {"name": "a"}, "deleteOptions": options}


def test_parts_that_are_written_alike_are_shared():
    """What differs only in how a number is written is another value; other kinds share nothing."""
    spec = {"containers": [{"name": "c", "resources": {"requests": {"memory": "1Gi"}}}]}
    old = Pod(metadata={"name": "a"}, spec=spec, status={"phase": "Running"})
    again = Pod(metadata={"name": "b"}, spec=spec, status={"phase": "Failed"})
    shared = codec.sharing(again, old)
    assert shared == again and shared.spec is old.spec and shared.status is again.status
    assert codec.sharing(old, old) is old and codec.sharing(again, None) is again
    spec["containers"][0]["resources"]["requests"]["memory"] = "1073741824"
    other = Pod(metadata={"name": "b"}, spec=spec)
    assert other.spec == old.spec and codec.sharing(other, old).spec is other.spec
    assert codec.sharing(CustomObject({"kind": "A"}), CustomObject({"kind": "A"})).kind == "A"


@given(
    st.dictionaries(
        st.sampled_from(["aa", "spec", "status", "kind2", "metadatum"]),
        st.recursive(
            st.one_of(st.text(max_size=3), st.integers(), st.booleans()),
            lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=3),
        ),
    ),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3),
)
def test_the_text_of_a_custom_object_has_all_names_in_order(body, annotations):
    """What is typed of it, its metadata, is written as all the rest is."""
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u", "controller": True}
    fields = {"f:spec": {"f:b": {}, "f:a": {".": {}}}}
    entry = {"manager": "m", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields}
    metadata = {"name": "n", "annotations": annotations, "ownerReferences": [owner], "managedFields": [entry]}
    head = {"apiVersion": "example.com/v1", "kind": "Widget"}
    obj = codec.decode_object({**head, **body, "metadata": metadata})
    plain = {name: value for name, value in codec.encode(obj).items() if name not in head}
    assert codec.written(obj) == json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
