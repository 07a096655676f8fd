"""The documentation is true: every code block of the pages runs, every example prints what is stored."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def blocks(page):
    """The Python blocks of a page, in order."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.name)
def test_the_code_blocks_of_a_page_run_from_top_to_bottom(page, cluster, monkeypatch):
    """The blocks of one page are one program; functions in them that are tests are run as such."""
    monkeypatch.chdir(ROOT)
    names = {"__name__": "__page__"}
    for number, block in enumerate(blocks(page), 1):
        exec(compile(block, f"{page.name}, block {number}", "exec"), names)
    for name, function in list(names.items()):
        if name.startswith("test_"):
            function(cluster)


@pytest.mark.parametrize("program", EXAMPLES, ids=lambda program: program.name)
def test_an_example_prints_what_is_stored_beside_it(program):
    """The output of an example never changes unless somebody means it to."""
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == program.with_suffix(".out").read_text(encoding="utf-8")


def test_the_readme_holds_exactly_the_two_commands():
    """One pasted line runs the main job, one runs the tests; CI takes the latter from the README itself.

    What is run between two changes is the same command for a part of the tests.
    """
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    run, tests, check = (
        re.search(rf"<!-- {name} -->\n```sh\n(.*?)\n```\n<!-- end -->", text, re.DOTALL)[1]
        for name in ("run", "tests", "check")
    )
    assert run.endswith("kemu run examples/myapp/") and "\n" not in run
    assert tests.endswith(" && .venv/bin/python -m pytest -n auto --dist worksteal") and "\n" not in tests
    command, _, chosen = check.partition(' -m "not slow" ')
    assert command == tests.rpartition(" && ")[2]
    assert chosen and all((ROOT / name).is_file() for name in chosen.split())


def divergences():
    """(number, the whole row) of every difference that is listed."""
    text = (ROOT / "docs" / "divergences.md").read_text(encoding="utf-8")
    return re.findall(r"^\| (D-\d{3}) (\|.*\|)$", text, re.MULTILINE)


def test_every_divergence_that_the_code_names_has_its_row():
    """A `D-012` in a docstring is a row of docs/divergences.md, and the numbers there are unique and in order."""
    numbers = [number for number, _ in divergences()]
    assert numbers == sorted(set(numbers)) and len(numbers) > 30
    named = {
        number
        for path in (ROOT / "src").rglob("*.py")
        for number in re.findall(r"\bD-\d{3}\b", path.read_text(encoding="utf-8"))
    }
    assert named <= set(numbers), f"no row for {sorted(named - set(numbers))}"


@pytest.mark.parametrize(("number", "row"), divergences(), ids=[number for number, _ in divergences()])
def test_a_divergence_is_held_by_the_test_that_it_names(number, row):
    """A row says what differs and why; its last column names a test that exists, or nothing while there is none."""
    what, why, test, _ = row.split(" |")
    assert what.strip() and why.strip()
    for path in re.findall(r"`(tests/[^`]*)`", row):
        assert (ROOT / path).is_file(), f"{number}: there is no {path}"
    assert not test.strip() or re.fullmatch(r"`tests/[\w/]+\.py`", test.strip()), f"{number}: {test}"
