"""The architecture as tests: what may import what, and who may know the time or take a chance."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "kemu"
LAYERS = (
    ("errors", "clock", "entropy"),
    ("loop", "values"),
    ("objects", "mvcc", "store"),
    ("apiserver",),
    ("containers", "runtime_fake", "kit"),
    ("network",),
    ("bootstrap", "reconcilers"),
    ("checks", "names", "manifests", "history", "waiting"),
    ("cluster", "timeline", "describe"),
    ("narration", "scenario", "testing", "server"),
    ("cli", "__main__"),
)
"""From the bottom up: a module imports from its own row and from those above it in this list."""

RANK = {name: rank for rank, row in enumerate(LAYERS) for name in row}
FORBIDDEN = {"time", "random", "uuid", "secrets", "threading", "asyncio", "multiprocessing", "socket", "selectors"}
MAY_BE_REAL = ("server", "cli.py", "__main__.py")
"""What talks to the real world; everything else is simulated and knows neither its clock nor its chance."""

FILES = sorted(SOURCE.rglob("*.py"))


def _home(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def _imports(path: Path) -> list[tuple[int, str, bool]]:
    """(level, module, whether only for the type checker) of every import of a file, also inside of functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found += [(node.level, name, id(node) in for_types) for name in names]
        elif isinstance(node, ast.Import):
            found += [(0, alias.name, id(node) in for_types) for alias in node.names]
    return found


def _target(path: Path, level: int, module: str) -> str | None:
    """The top-level part of kemu that an import names, or None if it is somebody else's."""
    if level == 0:
        parts = module.split(".")
        return parts[1] if parts[0] == "kemu" and len(parts) > 1 else None
    package = path.relative_to(SOURCE).parts[:-1]
    depth = len(package) - (level - 1)
    full = (*package[:depth], *module.split("."))
    return full[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_down(path):
    """A module imports only from its own layer and the layers below it."""
    home = _home(path)
    if home == "__init__":
        return
    assert home in RANK, f"{home} has no layer: add it to LAYERS and to docs/architecture.md"
    for level, module, for_types in _imports(path):
        target = _target(path, level, module)
        if target is None or target == home or for_types or target.startswith("__"):
            continue
        assert RANK.get(target, -1) <= RANK[home], f"{path.relative_to(SOURCE)} imports {target}, which is above it"


RECONCILERS = sorted(
    {path.relative_to(SOURCE / "reconcilers").parts[0] for path in (SOURCE / "reconcilers").rglob("*.py")}
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_controllers_know_nothing_of_each_other(path):
    """A file or folder in `reconcilers/` imports from no sibling: what two of them need has its home in the kit."""
    parts = path.relative_to(SOURCE).parts
    if parts[0] != "reconcilers" or parts[1:] == ("__init__.py",):
        return
    own = parts[1].removesuffix(".py")
    siblings = {name.removesuffix(".py") for name in RECONCILERS} - {own, "__init__"}
    package = ("kemu", *parts[:-1])
    for level, module, _ in _imports(path):
        full = (*package[: len(package) - (level - 1)], *module.split(".")) if level else tuple(module.split("."))
        if full[:2] == ("kemu", "reconcilers") and len(full) > 2:
            assert full[2] not in siblings, f"{'/'.join(parts)} imports {full[2]}"


BEHIND_THE_DOOR = {"find", "page", "put", "delete", "store", "desk", "_create", "_update", "_patch"}
"""What of an `ApiServer` nobody but the server's own modules may touch; everybody else has `do`."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nobody_reaches_behind_the_door(path):
    """Outside of `apiserver/` nothing reads or writes but through `ApiServer.do`, and nothing touches the store."""
    parts = path.relative_to(SOURCE).parts
    if parts[0] in ("apiserver", "mvcc", "server", "objects") or parts[-1] in ("store.py", "checks.py"):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Attribute):
            continue
        held = node.value
        name = held.attr if isinstance(held, ast.Attribute) else held.id if isinstance(held, ast.Name) else ""
        where = f"{'/'.join(parts)}:{node.lineno}"
        if name in ("api", "_api", "server", "_server") and not _is_client(held):
            assert node.attr not in BEHIND_THE_DOOR, f"{where}: .{node.attr} of the API server"
        if name in ("store", "_store") and parts[-1] != "cluster.py":
            assert node.attr == "revision", f"{where}: .{node.attr} of the store"


def _is_client(held: ast.expr) -> bool:
    """Whether `api` is the typed client of a reconciler, which is what its parameter is called there."""
    return isinstance(held, ast.Name) and held.id == "api"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_simulated_world_knows_no_real_clock_chance_or_thread(path):
    """Time comes from clock.py, chance from entropy.py, order from loop.py, and from nowhere else."""
    relative = path.relative_to(SOURCE)
    if str(relative).startswith(MAY_BE_REAL):
        return
    used = {module.split(".")[0] for level, module, _ in _imports(path) if level == 0}
    assert not used & FORBIDDEN, f"{relative} imports {sorted(used & FORBIDDEN)}"
    text = path.read_text(encoding="utf-8")
    for call in ("datetime.now(", "datetime.utcnow(", "date.today(", "os.urandom("):
        assert call not in text, f"{relative} calls {call})"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_iterates_over_a_bare_set(path):
    """The order of a set depends on the process: no `for` goes over a set that is written out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        iterated = getattr(node, "iter", None)
        if iterated is None:
            continue
        is_set = isinstance(iterated, ast.Set | ast.SetComp) or (
            isinstance(iterated, ast.Call)
            and isinstance(iterated.func, ast.Name)
            and iterated.func.id in ("set", "frozenset")
        )
        assert not is_set, f"{path.relative_to(SOURCE)}:{iterated.lineno} iterates over a set"


def test_importing_kemu_loads_no_api_types():
    """`import kemu` stays light: the API types and the cluster are loaded when they are first used."""
    import subprocess
    import sys

    code = "import sys, kemu; print([name for name in sys.modules if name.startswith('kemu.')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "kemu.objects.core" not in loaded and "kemu.cluster" not in loaded
