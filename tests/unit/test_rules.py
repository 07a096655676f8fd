"""The words in which validation is said: what each of them refuses, and in which words of a real server."""

import pytest

from kemu.apiserver.rows import Rows, also, choice, declared, each, first, struct
from kemu.apiserver.rules import (
    at_least,
    between,
    count_or_percent,
    demand,
    dns_label,
    dns_subdomain,
    exactly_one_of,
    ip_address,
    label_selector,
    labels,
    nonzero,
    one_of,
    path_segment,
    port,
    port_name,
    port_number,
    quantity_not_negative,
    refused,
    required,
)
from kemu.apiserver.updates import comparisons, immutable, only
from kemu.objects import apps, core, evolve, meta, scheduling
from kemu.values.frozen import FrozenMap
from kemu.values.memo import SIZE, Memo, joined

LABEL = "a lowercase RFC 1123 label must consist of"
TWO_PORTS = {"ports": [{"name": "a", "containerPort": 1}, {"name": "a", "containerPort": 0}]}


def texts(problems):
    """Errors as a user reads them."""
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("path", "rule", "spec", "found"),
    [
        ("hostname", required, {}, ["hostname: Required value"]),
        ("hostname", required, {"hostname": "a"}, []),
        ("hostname", demand("why"), {}, ["hostname: Required value: why"]),
        ("hostname", dns_label, {}, []),
        ("hostname", (required, dns_label), {}, ["hostname: Required value"]),
        ("hostname", dns_label, {"hostname": "a.b"}, ['hostname: Invalid value: "a.b": must not contain dots']),
        ("hostname", one_of("a", "b"), {"hostname": "c"}, ['supported values: "a", "b"']),
        ("hostname", refused("not here"), {"hostname": "c"}, ["hostname: Forbidden: not here"]),
        ("hostname", port_name, {"hostname": "a--b"}, ["must not contain consecutive hyphens"]),
        ("hostname", path_segment, {"hostname": "a/b"}, ["may not contain '/'"]),
        ("hostname", ip_address, {"hostname": "1.2.3"}, ["must be a valid IP address"]),
        ("hostname", ip_address, {"hostname": "fd00::1"}, []),
        ("nodeName", dns_subdomain, {"nodeName": "A"}, ["a lowercase RFC 1123 subdomain"]),
        ("restartPolicy", choice, {}, []),
        ("restartPolicy", choice, {"restartPolicy": "X"}, ['supported values: "Always", "OnFailure", "Never"']),
        ("activeDeadlineSeconds", at_least(0), {"activeDeadlineSeconds": -1}, ["must be greater than or equal to 0"]),
        ("activeDeadlineSeconds", at_least(1), {"activeDeadlineSeconds": 0}, ["must be greater than or equal to 1"]),
        ("activeDeadlineSeconds", at_least(1), {}, []),
        ("activeDeadlineSeconds", required, {"activeDeadlineSeconds": 0}, []),
        ("activeDeadlineSeconds", nonzero, {"activeDeadlineSeconds": 0}, ["activeDeadlineSeconds: Required value"]),
        ("activeDeadlineSeconds", between(1, 9), {"activeDeadlineSeconds": 10}, ["must be between 1 and 9, inclusive"]),
        ("activeDeadlineSeconds", port_number, {"activeDeadlineSeconds": 70000}, ["must be between 1 and 65535"]),
        ("nodeSelector", labels, {"nodeSelector": {"a b": "c d"}}, ["name part must consist", "a valid label must be"]),
        ("overhead", quantity_not_negative, {"overhead": {"cpu": "-1"}}, ["overhead[cpu]: Invalid value"]),
        ("containers", required, {}, ["containers: Required value"]),
        ("containers[*].name", required, {"containers": [{}, {"name": "b"}]}, ["containers[0].name: Required value"]),
        (
            "containers",
            each({"name": dns_label}, unique="name"),
            {"containers": [{"name": "a"}, {"name": "a"}]},
            ['containers[1].name: Duplicate value: "a"'],
        ),
        ("dnsConfig.nameservers", required, {}, []),
        ("dnsConfig.nameservers", required, {"dnsConfig": {}}, ["dnsConfig.nameservers: Required value"]),
        (
            "containers[*].livenessProbe",
            exactly_one_of("exec", "httpGet", none="none", several="several"),
            {"containers": [{"livenessProbe": {}}, {"livenessProbe": {"exec": {}, "httpGet": {"port": 1}}}]},
            ["containers[0].livenessProbe: Required value: none", "[1].livenessProbe.httpGet: Forbidden: several"],
        ),
        (
            "containers",
            each((first({"name": required}), also({"image": required}))),
            {"containers": [{}, {"name": "a"}]},
            ["containers[0].name: Required value", "containers[1].image: Required value"],
        ),
        ("containers", struct({}), {}, LookupError),
        ("containers", each(declared), {"containers": [{"imagePullPolicy": "X"}]}, ["Policy: Unsupported value"]),
        ("hostname", choice, {}, LookupError),
        ("hostnames", required, {}, LookupError),
    ],
)  # fmt: skip
def test_a_word_says_what_a_real_server_says(path, rule, spec, found):
    """Each word refuses what it must, accepts the rest, and cannot be put where it means nothing."""
    if found is LookupError:
        with pytest.raises(LookupError):
            Rows(core.PodSpec, {path: rule}, declared=False)
        return
    problems = texts(Rows(core.PodSpec, {path: rule}, declared=False)(core.PodSpec(**spec)))
    assert len(problems) == len(found), problems
    for problem, text in zip(problems, found, strict=True):
        assert text in problem and problem.startswith(path.partition("[")[0])


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ({"matchLabels": {"a": "b"}}, []),
        ({"matchExpressions": [{"key": "a", "operator": "In"}]}, ["matchExpressions[0].values: Required value"]),
        ({"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}, ["values: Forbidden"]),
        ({"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}, ["not a valid selector operator"]),
        ({"matchLabels": {"a": "b c"}}, ["s.matchLabels: Invalid value"]),
    ],
)
def test_a_selector_can_be_read(selector, found):
    """What is wrong with a selector of labels."""
    rows = Rows(apps.ReplicaSetSpec, {"selector": label_selector}, declared=False)
    problems = texts(rows(apps.ReplicaSetSpec(selector=selector)))
    assert len(problems) == len(found)
    assert all(text.removeprefix("s.") in problem for text, problem in zip(found, problems, strict=True))


@pytest.mark.parametrize(("value", "good"), [(0, True), ("25%", True), (-1, False), ("x", False), ("1.5%", False)])
def test_a_count_or_percentage(value, good):
    """A count is not negative, and a percentage is one."""
    assert (list(count_or_percent(value)) == []) is good


@pytest.mark.parametrize(("value", "good"), [(1, True), ("http", True), (0, False), (70000, False), ("A_b", False)])
def test_a_port_by_number_or_name(value, good):
    """A port is a number in range, or a name."""
    assert (list(port(value)) == []) is good


def test_rows_speak_in_their_order():
    """Complaints come in the order of the rows, whatever the order of the fields."""
    spec = core.PodSpec(hostname="a.b", restart_policy="X")
    for paths in (("hostname", "restartPolicy"), ("restartPolicy", "hostname")):
        rules = {"hostname": dns_label, "restartPolicy": choice}
        rows = Rows(core.PodSpec, {path: rules[path] for path in paths})
        assert [problem.field for problem in rows(spec)] == list(paths)


def test_what_a_type_declares_is_asked_everywhere_but_once():
    """A table asks for the declared words of all fields below it; a row of one's own takes the field over."""
    spec = {"ports": [{"containerPort": 1, "protocol": "X"}], "imagePullPolicy": "Y"}
    wrong = core.PodSpec(containers=[spec], dns_policy="Z")
    fields = ["containers[0].imagePullPolicy", "containers[0].ports[0].protocol", "dnsPolicy"]
    assert sorted(problem.field for problem in Rows(core.PodSpec, {})(wrong)) == fields
    own = Rows(core.PodSpec, {"dnsPolicy": one_of("Z"), "containers[*].imagePullPolicy": one_of("Y")})
    assert [problem.field for problem in own(wrong)] == ["containers[0].ports[0].protocol"]
    status = core.Pod(status={"phase": "Dancing"})
    assert Rows(core.Pod, {})(status) == []


def test_what_is_the_very_same_value_is_not_asked_again():
    """A row looks at what changed; the rest was accepted before."""
    rows = Rows(core.PodSpec, {"containers": each({"name": dns_label}), "hostname": dns_label})
    old = core.PodSpec(containers=[{"name": "A_b"}], hostname="fine")
    assert [problem.field for problem in rows(old)] == ["containers[0].name"]
    assert rows(evolve(old, hostname="also-fine"), old) == []
    assert [problem.field for problem in rows(evolve(old, hostname="A.b"), old)] == ["hostname"]


def test_one_value_is_walked_once():
    """A memo answers for the same value at once, forgets the oldest, and never takes one value for another."""
    walked = []
    memo = Memo(lambda spec: walked.append(spec) or len(walked))
    specs = [core.PodSpec(hostname=f"h{number}") for number in range(2 * SIZE + 1)]
    for spec in specs:
        assert memo(spec) == memo(spec)
    assert len(walked) == len(specs)
    memo(specs[-1])
    assert len(walked) == len(specs)
    assert memo(specs[0]) == len(specs) + 1


def test_two_maps_make_one():
    """What the second says goes first; the first is left as it is if there is nothing new, and so is who was joined."""
    one, other = FrozenMap({"a": "1", "b": "2"}), FrozenMap({"b": "3"})
    assert joined(one, other) == {"a": "1", "b": "3"}
    assert joined(one, other) is joined(one, other)
    assert joined(one, FrozenMap({"b": "2"})) is one
    assert joined(FrozenMap(), other) is other
    assert (one, other) == ({"a": "1", "b": "2"}, {"b": "3"})


def test_fields_that_never_change():
    """What the type declares immutable is so without a word, and a word changes what is said."""
    old = scheduling.PriorityClass(value=1, preemption_policy="Never")
    new = scheduling.PriorityClass(value=2, preemption_policy="PreemptLowerPriority")
    said = [str(p) for compare in comparisons(scheduling.PriorityClass, ()) for p in compare(new, old)]
    assert said == [
        "value: Invalid value: 2: field is immutable",
        'preemptionPolicy: Invalid value: "PreemptLowerPriority": field is immutable',
    ]
    words = immutable("value", text="no", forbidden=True)
    said = [str(p) for compare in comparisons(scheduling.PriorityClass, words) for p in compare(new, old)]
    assert said[0] == "value: Forbidden: no" and len(said) == 2
    assert [p for compare in comparisons(scheduling.PriorityClass, ()) for p in compare(old, old)] == []


def test_a_field_that_is_set_once():
    """What is not there yet may come, and then stays."""
    (once,) = immutable("spec.storageClassName", once=True)
    compare = once.bind(core.PersistentVolumeClaim)
    none, fast, slow = (core.PersistentVolumeClaim(spec={"storageClassName": name}) for name in (None, "fast", "slow"))
    assert list(compare(fast, none)) == []
    assert [problem.field for problem in compare(slow, fast)] == ["spec.storageClassName"]
    assert [problem.field for problem in compare(none, fast)] == ["spec.storageClassName"]


def test_the_only_fields_that_change():
    """Any other change below the path is refused, in one sentence."""
    compare = only("replicas", text="only replicas").bind(apps.StatefulSet)
    old = apps.StatefulSet(spec={"replicas": 1, "serviceName": "a"})
    assert list(compare(evolve(old, {"spec.replicas": 2}), old)) == []
    refusal = list(compare(evolve(old, {"spec.service_name": "b"}), old))
    assert [str(problem) for problem in refusal] == ["spec: Forbidden: only replicas"]
    with pytest.raises(LookupError):
        only("replica", text="").bind(apps.StatefulSet)


def test_a_path_reads_what_may_be_missing():
    """A path through something absent is nobody's mistake."""
    rows = Rows(apps.Deployment, {"spec.strategy.rollingUpdate.maxSurge": count_or_percent})
    assert rows(apps.Deployment()) == []
    wrong = apps.Deployment(spec={"strategy": {"rollingUpdate": {"maxSurge": -1}}})
    assert [problem.field for problem in rows(wrong)] == ["spec.strategy.rollingUpdate.maxSurge"]
    assert list(labels(meta.ObjectMeta(labels={"a": "b"}).labels)) == []
