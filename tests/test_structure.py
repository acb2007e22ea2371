"""The house: which way imports run, what is exported, what --help may load."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from scenarios.cli import PLACES, cli

ROOT = Path(__file__).parents[1]
PACKAGES = ("constraints", "optimizer", "scenarios", "flopwise")
"""Each may import those before it."""
ROOMS = {
    "constraints": (
        "",
        *("algebra", "models", "layouts", "configs", "published", "hardware"),
        *("clock", "resources", "space"),
    ),
    "optimizer": (
        *("laws", "calibration", "problem", "bounding", "searching", "plans", "questions"),
        "proving",
    ),
    "scenarios": (
        *("vocabulary", "questions", "answers", "exports", "report", "launch", "front_door"),
        *("scenario_file", "batch", "live", "measuring", "options", "verifying", "commands"),
        "",
    ),
    "flopwise": ("",),
}
"""The rooms of each package in the way of the data: each may import itself and those before it."""
HEAVY = ("numpy", "scipy", "cvxpy", "pandas", "pydantic", "rich")
CHECKER = ROOT / "scenarios" / "verifying" / "proof_checker.py"
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
def test_imports_run_from_flopwise_to_scenarios_to_optimizer_to_constraints(path: Path) -> None:
    level = PACKAGES.index(module(path).split(".")[0])
    assert {PACKAGES.index(name.split(".")[0]) for name in imports(path)} <= set(range(level + 1))


def room(name: str) -> str:
    """The folder of a package that a module stands in; empty for the package's own files."""
    parts = name.split(".")
    inside = len(parts) > 2 or (ROOT / parts[0] / "/".join(parts[1:])).is_dir()
    return parts[1] if len(parts) > 1 and inside else ""


@pytest.mark.parametrize("path", FILES, ids=module)
def test_no_arrow_runs_back_between_the_rooms_of_a_package(path: Path) -> None:
    name = module(path)
    package = name.split(".")[0]
    order = ROOMS[package]
    allowed = order[: order.index(room(name)) + 1] if path.name != "__init__.py" else order
    own = {other for other in imports(path) if other.split(".")[0] == package}
    assert {room(other) for other in own} <= set(allowed)


def test_the_rooms_are_the_folders_there_are() -> None:
    for package, order in ROOMS.items():
        folders = {
            path.name
            for path in (ROOT / package).iterdir()
            if path.is_dir() and (path / "__init__.py").exists()
        }
        assert folders == set(order) - {""}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_no_flat_list(package: str) -> None:
    for folder in [ROOT / package, *(ROOT / package).rglob("*/")]:
        files = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(files) <= (12 if folder == ROOT / package else 14), folder


@pytest.mark.parametrize(
    "path", [x for x in FILES if x.relative_to(ROOT).parts[0] in PACKAGES[:2]], ids=module
)
def test_constraints_and_optimizer_name_no_option(path: Path) -> None:
    """How a quantity was typed is known to the outer layer alone."""
    texts = [
        node.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert not [text for text in texts if re.search(r"(?<![\w-])--[a-z]", text)]


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
def test_a_file_exports_what_is_public_in_it_and_nothing_else(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    lists = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)
    ]
    if path.name == "__main__.py":
        return
    if path.name == "__init__.py":
        assert not lists or path.parent.name == "flopwise"
        return
    (exported,) = lists
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    defined = {node.name for node in tree.body if isinstance(node, kinds)}
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


@pytest.mark.parametrize("path", FILES, ids=module)
def test_a_file_is_at_most_400_lines_long(path: Path) -> None:
    """The checker of proofs has to be one file, which can be copied elsewhere."""
    most = 499 if path == CHECKER else 400
    assert len(path.read_text("utf-8").splitlines()) <= most


def test_the_checker_of_proofs_imports_the_standard_library_alone() -> None:
    tree = ast.parse(CHECKER.read_text("utf-8"))
    names = {alias.name for x in ast.walk(tree) if isinstance(x, ast.Import) for alias in x.names}
    names |= {x.module or "." for x in ast.walk(tree) if isinstance(x, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names
    assert imports(CHECKER) == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["plan", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nimport flopwise\nfrom scenarios.cli import main\n"
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


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    """It is written down so that `--help` need not import them."""
    context = click.Context(cli)
    for name, (_, said) in PLACES.items():
        command = cli.get_command(context, name)
        assert command is not None
        assert command.get_short_help_str(limit=90) == said


def test_help_imports_no_command() -> None:
    code = (
        "import sys\nfrom scenarios.cli import main\ntry: main(['--help'])\n"
        "except SystemExit: pass\nprint([x for x in sys.modules if x.startswith('scenarios.c')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "['scenarios.cli']"
