"""The page's script: its modules are clean, and are put together or refused as they should be."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios.live.page import START, live_script, live_sources
from scenarios.report.html.script_bundle import (
    ENTRY,
    bundle,
    page_script,
    parsed,
    script_sources,
)
from tests.pages import hostile_page

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "scenarios/report/html/script", ROOT / "scenarios/live/script")
SOURCES = {**script_sources(), **live_sources()}
STARTS = {ENTRY: page_script, START: live_script}
"""The modules that start the page of a report and the live planner, each with its script."""
MODULES = {name: parsed(name, text) for name, text in SOURCES.items()}
OXLINT = shutil.which("oxlint", path=str(Path(sys.executable).parent)) or shutil.which("oxlint")

needs_oxlint = pytest.mark.skipif(OXLINT is None, reason="needs oxlint: pip install oxlint")


def oxlint(*paths: Path) -> tuple[int, int, list[str]]:
    """Runs it by the rules of the repository: its exit code, files read, rules broken."""
    assert OXLINT
    config = ROOT / ".oxlintrc.json"
    run = subprocess.run(
        [OXLINT, "--config", str(config), "--deny-warnings", "--format", "json", *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(run.stdout)
    return run.returncode, found["number_of_files"], [x["code"] for x in found["diagnostics"]]


def reached(start: str) -> set[str]:
    """The modules that one imports, directly or through others."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += MODULES[name].imports
    return found


def test_the_scripts_are_made_of_the_modules_in_their_folders() -> None:
    assert sorted(SOURCES) == sorted(path.name for folder in FOLDERS for path in folder.iterdir())


def test_every_module_is_reached_from_one_that_starts_a_page() -> None:
    assert reached(ENTRY) == set(script_sources())
    assert reached(ENTRY) | reached(START) == set(MODULES)


@pytest.mark.parametrize("start", STARTS)
def test_a_script_declares_each_name_once(start: str) -> None:
    script = STARTS[start]()
    names = [name for module in reached(start) for name in MODULES[module].declared]
    assert len(set(names)) == len(names)
    for name in names:
        declarations = re.findall(rf"^(?:const|let|function) {re.escape(name)}\b", script, re.M)
        assert len(declarations) == 1, name


def test_what_a_module_exports_is_imported_somewhere() -> None:
    exported = {name for module in MODULES.values() for name in module.exported}
    wanted = {
        name for module in MODULES.values() for names in module.imports.values() for name in names
    }
    assert exported == wanted


@pytest.mark.parametrize("start", STARTS)
def test_a_script_holds_every_line_of_code_and_no_word_of_modules(start: str) -> None:
    script = STARTS[start]()
    for name in reached(start):
        assert "\n".join((f"// {name}", *MODULES[name].body)) in script
    assert not re.search(r"\b(?:import|export)\b", script)


@pytest.mark.parametrize("start", STARTS)
def test_a_module_comes_after_those_that_it_imports(start: str) -> None:
    order = re.findall(r"^// (\S+\.js)$", STARTS[start](), re.M)
    assert set(order) == reached(start)
    for name in order:
        assert all(order.index(other) < order.index(name) for other in MODULES[name].imports)


@pytest.mark.parametrize("start", STARTS)
def test_a_script_keeps_its_names_to_itself(start: str) -> None:
    first, second, *_, last = STARTS[start]().splitlines()
    assert (first, second, last) == ('"use strict";', "(() => {", "})();")


@pytest.mark.parametrize("name", SOURCES)
def test_a_module_says_what_it_is_for_and_is_short(name: str) -> None:
    lines = SOURCES[name].splitlines()
    assert lines[0].startswith("// ")
    assert len(lines) <= 150
    assert max(map(len, lines)) <= 100


def test_the_policy_admits_the_script_by_its_hash() -> None:
    page = hostile_page("harmless").html()
    digest = base64.b64encode(hashlib.sha256(page_script().encode()).digest()).decode()
    assert f"<script>{page_script()}</script>" in page
    assert f"script-src 'sha256-{digest}';" in page


@needs_oxlint
def test_oxlint_finds_nothing_in_the_modules() -> None:
    assert oxlint(*FOLDERS) == (0, len(MODULES), [])


@needs_oxlint
@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("export const same = (a, b) => a == b;\n", "eslint(eqeqeq)"),
        ("const unused = 1;\n", "eslint(no-unused-vars)"),
        ("export const shown = nowhere + 1;\n", "eslint(no-undef)"),
        ("export default 1;\n", "import(no-default-export)"),
    ],
)
def test_oxlint_would_find_what_its_rules_are_for(code: str, rule: str, tmp_path: Path) -> None:
    (tmp_path / "x.js").write_text(code, "utf-8")
    code_of_exit, _, broken = oxlint(tmp_path)
    assert code_of_exit == 1
    assert rule in broken


PAIR = {
    "main.js": 'import { one, two } from "./sums.js";\n\nshow(one + two());\n\n'
    "function show(sum) {\n  // on the console\n  console.log(sum);\n}\n",
    "sums.js": "// Sums.\n\nexport const one = 1;\n"
    "export function two() {\n  return one + one;\n}\n",
    "other.js": "export const other = 3;\n",
}


def test_imports_exports_and_comments_are_left_out_and_all_else_is_kept() -> None:
    assert bundle(PAIR, "main.js") == (
        '"use strict";\n(() => {\n'
        "// sums.js\nconst one = 1;\nfunction two() {\n  return one + one;\n}\n"
        "// main.js\nshow(one + two());\nfunction show(sum) {\n  console.log(sum);\n}\n"
        "})();\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        "export default one;",
        "export default function one() {",
        "export { one };",
        'export * from "./x.js";',
        'export { one } from "./x.js";',
        "export async function one() {",
        'import "./x.js";',
        'import one from "./x.js";',
        'import * as all from "./x.js";',
        'import { one as first } from "./x.js";',
        'import { one } from "./x.js"; f();',
        'import { one } from "https://example.org/x.js";',
        'import { one } from "../x.js";',
        "import {",
        'const late = import("./x.js");',
        "const here = import.meta.url;",
        "const waited = await f();",
        "var one = 1;",
        "const one = 1, two = 2;",
        "const one = [1, 2], [two] = [3];",
        "let one = 1, two;",
        "let one;",
        "const one = 1; const two = 2;",
        "const one = 1,",
        "const one =",
        "const one = (x) =>",
        "const { one, two } = f();",
        "function one() { return 1; }",
        "f(); const two = 2;",
        "one = 2;",
        "if (one) f();",
        "  f();",
        "};",
        "/* a comment",
        "const open = `",
        'const long = "one \\',
        'const end = "</script>";',
        'const start = "<!--";',
    ],
)
def test_a_line_that_is_not_understood_is_refused(line: str) -> None:
    text = f"// A module.\n\n{line}\n"
    with pytest.raises(ValueError, match=r"^x\.js, line 3: not understood: ") as refused:
        parsed("x.js", text)
    assert str(refused.value).endswith(line)


@pytest.mark.parametrize(
    "line", ["export const two = 2;", 'import { two } from "./x.js";', "} f();"]
)
def test_inside_a_declaration_lines_are_indented(line: str) -> None:
    parsed("x.js", "function one() {\n  f();\n}\n")
    with pytest.raises(ValueError, match="line 2: not understood"):
        parsed("x.js", f"function one() {{\n{line}\n}}\n")


def test_an_import_below_code_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2: not understood"):
        parsed("x.js", 'f();\nimport { one } from "./y.js";\n')


def test_a_declaration_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="one has no end"):
        parsed("x.js", "function one() {\n  f();\n")


def test_a_name_that_two_modules_declare_is_refused() -> None:
    main = PAIR["main.js"] + "const one = 1;\n"
    with pytest.raises(ValueError, match=r"^main\.js declares one, as sums\.js does$"):
        bundle({**PAIR, "main.js": main}, "main.js")


def test_a_name_that_one_module_declares_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^x\.js declares one, as x\.js does$"):
        bundle({"x.js": "const one = 1;\nconst one = 2;\n"}, "x.js")


def test_an_import_of_what_is_not_exported_is_refused() -> None:
    sums = PAIR["sums.js"].replace("export function", "function")
    with pytest.raises(ValueError, match=r"^main\.js imports two, which sums\.js does not export$"):
        bundle({**PAIR, "sums.js": sums}, "main.js")


def test_an_import_of_a_module_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^main\.js imports sums\.js: no such module$"):
        bundle({"main.js": PAIR["main.js"]}, "main.js")


def test_modules_that_import_each_other_are_refused() -> None:
    circle = {
        "a.js": 'import { b } from "./b.js";\nexport const a = () => b;\n',
        "b.js": 'import { a } from "./a.js";\nexport const b = () => a;\n',
    }
    with pytest.raises(ValueError, match=r"a\.js → b\.js → a\.js"):
        bundle(circle, "a.js")
