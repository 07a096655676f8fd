"""Descriptions that another package brings along: how they are found, and how they were before they were wrapped."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from kemu.objects import borrowed, core, openapi
from kemu.objects.descriptions import describe_type

MODULE = '''
from ._schema import dataclass, DictMixin


@dataclass
class Pod(DictMixin):
    r"""A pod, in the words of somebody else, who takes a line that is too long for
      it.

      And a second paragraph.

      **parameters**

      * **spec** ``PodSpec`` - What is wanted of the pod, said at such a length that it has to be wrapped
        here.
        - a list
          that goes on
        - and ends
      * **status** ``Optional[PodStatus]`` -@
      * **kind** ``str`` - The first sentence ends.  And the next one begins, up to a sentence.
        Which is the last.
        Or not.
    """
    spec: 'PodSpec'


@dataclass
class PodList(DictMixin):
    r"""Pods.

      **parameters**

      * **continue_** ``str`` - A word of Python.
      * **d_ref** ``str`` - A sign that is none of Python.
      * **x_kubernetes_a** ``str`` - Another.
    """


Anything = Any
'''
CACHES = (borrowed.folder, borrowed._module, openapi.v2, openapi.v3_index, openapi._v3)


@pytest.fixture
def lent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a module, in the place of the package."""
    (tmp_path / "core_v1.py").write_text(MODULE.replace("-@", "- "))
    forget()
    monkeypatch.setattr(borrowed, "folder", lambda: tmp_path)
    yield tmp_path
    monkeypatch.undo()
    forget()


def forget() -> None:
    for each in CACHES:
        each.cache_clear()


def test_descriptions_are_as_they_were_before_they_were_wrapped(lent: Path) -> None:
    """A line goes on where the next word had no room; paragraphs are told apart by what stands around them."""
    said = borrowed.words("io.k8s.api.core.v1.Pod")
    assert said is not None
    assert said[""] == (
        "A pod, in the words of somebody else, who takes a line that is too long for it.\n\nAnd a second paragraph."
    )
    assert borrowed.word(said, "spec") == (
        "What is wanted of the pod, said at such a length that it has to be wrapped here.\n\n"
        "- a list\n  that goes on\n- and ends"
    )
    assert borrowed.word(said, "status") is None and borrowed.word(said, "metadata") is None
    assert borrowed.word(said, "kind") == (
        "The first sentence ends.  And the next one begins, up to a sentence.\n\nWhich is the last.\n\nOr not."
    )


def test_fields_are_found_by_the_names_that_python_can_spell(lent: Path) -> None:
    said = borrowed.words("io.k8s.api.core.v1.PodList")
    assert said is not None
    assert [borrowed.word(said, name) for name in ("continue", "$ref", "x-kubernetes-a")] == [
        "A word of Python.",
        "A sign that is none of Python.",
        "Another.",
    ]


def test_what_is_not_there_is_not_said(lent: Path) -> None:
    """Neither of a type that the module lacks, nor of one in a module that is not there."""
    assert borrowed.words("io.k8s.api.core.v1.Anything") is None
    assert borrowed.words("io.k8s.api.apps.v1.Deployment") is None


def test_documents_take_these_words_and_describe_the_rest(lent: Path) -> None:
    """A field of which nothing is said has no description then, and no need of `allOf`."""
    schemas = openapi.v3("v1")["components"]["schemas"]
    pod = schemas["io.k8s.api.core.v1.Pod"]
    assert pod["description"].startswith("A pod, in the words of somebody else")
    assert pod["properties"]["metadata"] == {
        "allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}],
        "default": {},
    }
    assert schemas["io.k8s.api.core.v1.Node"]["description"] == describe_type(core.Node)


@pytest.mark.parametrize(("version", "found"), [("1.36.3.8", True), ("1.37.0.8", False), (None, False)])
def test_only_the_words_of_the_same_release_are_taken(
    version: str | None, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Installed:
        def __init__(self) -> None:
            self.version = version

        def locate_file(self, path: str) -> Path:
            return Path("/somewhere") / path

    def distribution(name: str) -> Any:
        if version is None:
            raise metadata.PackageNotFoundError(name)
        return Installed()

    monkeypatch.setattr(metadata, "distribution", distribution)
    borrowed.folder.cache_clear()
    assert (borrowed.folder() == Path("/somewhere/lightkube/models")) is found
    borrowed.folder.cache_clear()
