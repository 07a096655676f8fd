"""The pytest plugin, as a project that uses it meets it."""

import re

import pytest

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.slow


def outcome(pytester, text, *options):
    """(outcomes, output) of a run of pytest over a test file."""
    pytester.makepyfile(text)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)
    return result.parseoutcomes(), "\n".join(result.outlines)


def test_a_cluster_for_every_test(pytester):
    """The fixture is there without any set-up, fresh for each test, with the arguments of the nearest marker."""
    text = """
    import pytest

    @pytest.mark.parametrize("number", [1, 2])
    def test_fresh(cluster, number):
        assert not cluster.list("configmaps", label_selector="mine") and len(cluster.list("nodes")) == 3
        cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "labels": {"mine": "1"}}})

    @pytest.mark.kemu(nodes=3, seed=7, control_plane=1)
    def test_whatever_a_cluster_takes(cluster):
        assert (len(cluster.list("nodes")), cluster.seed) == (4, 7)

    @pytest.mark.kemu(nodes=1, seed=5)
    class TestMarked:
        def test_of_the_class(self, cluster):
            assert (len(cluster.list("nodes")), cluster.seed) == (1, 5)

        @pytest.mark.kemu(nodes=2)
        def test_of_its_own(self, cluster):
            assert (len(cluster.list("nodes")), cluster.seed) == (2, 5)

    def test_seed(cluster):
        assert cluster.seed == 0
    """
    outcomes, output = outcome(pytester, text, "--strict-markers")
    assert outcomes == {"passed": 6}, output


FAILING = """
def test_it(cluster):
    cluster.images.missing("nowhere")
    cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
                   "spec": {"containers": [{"name": "c", "image": "nowhere"}]}})
    cluster.advance("5s")
    assert cluster.get("pod/p").status.phase == "Running"
"""


def test_a_failure_shows_where_the_cluster_stood(pytester):
    """Seed, virtual time, the pods and the last events are a section of the report; the seed can be given again."""
    outcomes, output = outcome(pytester, FAILING, "--kemu-seed", "7")
    assert outcomes == {"failed": 1}
    for line in (
        r"-+ kemu -+",
        r"seed 7, virtual time 5s, revision \d+",
        r"run again with: pytest --kemu-seed 7",
        r"default +p +0/1 +ErrImagePull",
        r'Warning Failed pod/p: Failed to pull image "nowhere".*not found',
    ):
        assert re.search(line, output), (line, output)


def test_a_run_on_several_cores_tells_the_same(pytester):
    """With pytest-xdist each process makes its own clusters, and what is told of a failure arrives."""
    text = FAILING + "".join(f"\ndef test_{number}(cluster):\n    assert cluster.seed == 7\n" for number in range(3))
    outcomes, output = outcome(pytester, text, "-n", "2", "--kemu-seed", "7")
    assert outcomes == {"passed": 3, "failed": 1}, output
    assert re.search(r"-+ kemu -+\nseed 7, virtual time 5s, revision \d+", output), output


def test_a_fixture_that_fails_shows_it_as_well(pytester):
    """A cluster that was prepared by a fixture is told of if that fixture fails."""
    text = """
    import pytest

    @pytest.fixture
    def deployed(cluster):
        cluster.wait("deployment/web", "create", timeout="3s")

    def test_it(deployed):
        pass
    """
    outcomes, output = outcome(pytester, text)
    assert outcomes == {"errors": 1} and "seed 0, virtual time 3s" in output


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("kemu(5)", r"pytest\.mark\.kemu takes arguments by name, such as nodes=5, not \(5,\)"),
        ("kemu(nods=5)", r"unexpected keyword argument 'nods'"),
        ("kemu(nodes=-1)", r"nodes must be a whole number of at least 0, got -1"),
        ("kemu(control_plane=-1)", r"control_plane must be a whole number of at least 0, got -1"),
    ],
)
def test_a_bad_marker_is_an_error_that_says_why(pytester, marker, message):
    """Nothing of a marker is passed over."""
    text = f"import pytest\n\n@pytest.mark.{marker}\ndef test_it(cluster):\n    pass\n"
    outcomes, output = outcome(pytester, text)
    assert outcomes == {"errors": 1} and re.search(message, output), output


def test_tests_without_a_cluster_load_nothing_of_it(pytester):
    """The plugin costs a project nothing where it is not used."""
    text = "import sys\n\ndef test_it():\n    assert 'kemu.cluster' not in sys.modules\n"
    assert outcome(pytester, text)[0] == {"passed": 1}


def test_a_project_has_defaults_of_its_own(pytester):
    """In its ini file; a marker counts more, and the seed of the command line most."""
    pytester.makeini("[pytest]\nkemu_nodes = 1\nkemu_seed = 4\n")
    text = """
    import pytest

    def test_ini(cluster, kemu_cluster):
        assert (len(cluster.list("nodes")), cluster.seed) == (1, 4) and kemu_cluster is cluster

    @pytest.mark.kemu(nodes=2)
    def test_marker(kemu_cluster_factory):
        one, other = kemu_cluster_factory(), kemu_cluster_factory(seed=9)
        assert one is not other and len(one.list("nodes")) == 2 and (one.seed, other.seed) == (4, 9)
    """
    outcomes, output = outcome(pytester, text)
    assert outcomes == {"passed": 2}, output


def test_a_failure_leaves_its_timeline_and_no_frames_of_kemu(pytester):
    """The traceback ends in the test; what is not settled is told."""
    text = """
    def test_it(cluster):
        cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
                       "spec": {"nodeSelector": {"no": "where"}, "containers": [{"name": "c", "image": "x"}]}})
        cluster.assert_that("pod/p").becomes("Running", within="1m")
    """
    outcomes, output = outcome(pytester, text, "--kemu-timeline", "html")
    assert outcomes == {"failed": 1}
    assert "pod/p did not become Running within 1m" in output and "still scheduled" in output
    assert "claims.py" not in output and "driver.py" not in output
    assert "pod/p is Pending" in output and "timeline: kemu-timelines/" in output
    assert "timeline from 0s to 1m0s" in output
    (page,) = (pytester.path / "kemu-timelines").iterdir()
    assert page.suffix == ".html" and "<html" in page.read_text(encoding="utf-8")
    _, output = outcome(pytester, text, "--full-trace")
    assert "claims.py" in output
