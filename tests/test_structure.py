"""The house: which way imports run, what is exported, what --help may load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from constraints.space.objectives import OBJECTIVES
from scenarios.options.options import COSTS

ROOT = Path(__file__).parents[1]
PACKAGES = ("constraints", "optimizer", "scenarios")  # each may import those before it
HEAVY = ("numpy", "scipy", "cvxpy", "pandas", "pydantic", "rich")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """Modules of the project that a file imports anywhere, in functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return {name for name in found if name.split(".")[0] in PACKAGES}


@pytest.mark.parametrize("path", FILES, ids=module)
def test_imports_run_from_scenarios_to_optimizer_to_constraints(path: Path) -> None:
    level = PACKAGES.index(module(path).split(".")[0])
    assert {PACKAGES.index(name.split(".")[0]) for name in imports(path)} <= set(range(level + 1))


def test_there_are_no_import_cycles() -> None:
    graph = {module(path): imports(path) for path in FILES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join([*trail, name])
        if name not in done:
            for other in graph.get(name, ()):
                visit(other, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("path", FILES, ids=module)
def test_what_a_file_exports_is_sorted_and_there(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    lists = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)
    ]
    if path.name == "__init__.py":
        assert not lists
        return
    (exported,) = lists
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    assert set(exported) <= defined | assigned
    assert len(set(exported)) == len(exported)
    public = {name for name in defined if not name.startswith("_")}
    assert public <= set(exported)


def test_the_costs_that_options_name_are_those_that_there_are() -> None:
    assert tuple(OBJECTIVES) == COSTS


@pytest.mark.parametrize("path", FILES, ids=module)
def test_a_file_holds_one_idea(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["plan", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom scenarios.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert run.stderr.strip() == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        ["gpus"],
        [
            "predict",
            "--layers",
            "9",
            "--hidden",
            "512",
            "--ffn",
            "1024",
            "--heads",
            "8",
            "--vocab",
            "999",
            "--tokens",
            "1T",
        ],
    ],
)
def test_what_does_not_solve_does_not_load_a_solver(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom scenarios.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        "print(sorted({'cvxpy', 'scipy', 'pandas'} & set(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert run.stderr.strip().splitlines()[-1] == "[]"
