"""Modules that are loaded when they are used, and what a new process does not load."""

import subprocess
import sys
from threading import Barrier, Thread
from types import ModuleType

import pytest

from kemu.values.late import late

BODY = """
loaded.append(__name__)
from time import sleep
sleep(0.02)
VALUE = 7
def double(): return VALUE * 2
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with a module that takes a while to load, and the list of what has been loaded."""
    folder = tmp_path / "sleepy"
    folder.mkdir()
    (folder / "__init__.py").write_text("from kemu.values.late import late\nlate(__name__, 'part', 'broken')\n")
    (folder / "part.py").write_text("from tests.unit.test_late import loaded\n" + BODY)
    (folder / "broken.py").write_text("raise ValueError('not now')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    loaded.clear()
    yield __import__("sleepy")
    for name in [each for each in sys.modules if each.partition(".")[0] == "sleepy"]:
        del sys.modules[name]


loaded: list[str] = []


def test_it_is_loaded_by_its_first_use_and_is_a_module_like_any_other_then(package):
    from sleepy import part

    assert not loaded and type(part) is not ModuleType
    assert part.double() == 14 and loaded == ["sleepy.part"]
    assert type(part) is ModuleType and part is sys.modules["sleepy.part"] is package.part
    from sleepy.part import VALUE

    assert VALUE == 7 and loaded == ["sleepy.part"]


def test_who_looks_through_all_modules_loads_none(package):
    for name in ("__warningregistry__", "__wrapped__"):
        assert getattr(package.part, name, None) is None
    assert package.part.__file__.endswith("part.py") and not loaded


def test_of_several_threads_each_finds_it_whole(package):
    found, together = [], Barrier(8)

    def ask():
        together.wait()
        found.append(package.part.VALUE)

    threads = [Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [7] * 8 and loaded == ["sleepy.part"]


def test_what_cannot_be_loaded_says_so_each_time(package):
    for _ in range(2):
        with pytest.raises(ValueError, match="not now"):
            package.broken.anything  # noqa: B018
    with pytest.raises(AttributeError, match=r"sleepy\.part"):
        package.part.missing  # noqa: B018


def test_what_is_loaded_stays_as_it_is(package):
    package.part.VALUE = 8
    before = sys.modules["sleepy.part"]
    late("sleepy", "part")
    assert sys.modules["sleepy.part"] is before and before.double() == 16


def test_a_first_cluster_loads_only_what_it_needs():
    """What is for single kinds, for expressions or for the insides of containers comes when it is asked for."""
    code = """
import sys, types
import kemu
kemu.Cluster(nodes=3)
print(*[name for name, module in sys.modules.items() if type(module) is types.ModuleType])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = done.stdout.split()
    parts = (
        "yaml",
        "kemu.cel",
        "kemu.values.regexes",
        "kemu.objects.openapi",
        "kemu.objects.schema_rules",
        "kemu.server",
    )
    parts += ("kemu.apiserver.kinds.pods.policies", "kemu.apiserver.policies", "kemu.apiserver.definitions.rules")
    parts += ("kemu.reconcilers.job.controller", "kemu.reconcilers.deployment.controller", "kemu.containers.machine")
    parts += ("kemu.reconcilers.kubelet.sync", "kemu.reconcilers.scheduler.cycle", "kemu.timeline", "html", "difflib")
    assert not [name for name in names for part in parts if name == part or name.startswith(f"{part}.")]
