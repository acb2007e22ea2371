"""The script of pages: the ES modules in the folder `script`, joined into one inline script.

A page is one file that loads nothing, so its script cannot import. This is no general bundler. It
reads modules line by line, understands only the forms in which they are written, and refuses
everything else:

- An import is one line, `import { a, b } from "./x.js";`, above all code. It is dropped. The
  live planner's modules may name those of reports, which stand in another folder.
- A declaration starts a line with `const x =`, `let x =` or `function f(`. A leading `export ` is
  dropped. A declaration ends on its line, or opens a bracket at the end of the line and ends with
  the line that starts with the closing bracket. The lines between are indented.
- Any other line at the margin is a call, `f();`.
- Comments have lines of their own. They are dropped, and so are empty lines.

All modules then share one scope, each after those that it imports, so no two may declare the same
name. A function around them keeps their names out of the page's global scope. Whether a module
imports all that it uses is checked by oxlint's rule no-undef, not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["ENTRY", "Module", "bundle", "page_script", "parsed", "script_sources"]

ENTRY = "main.js"
"""The module that starts the page."""

NAME = r"[A-Za-z_$][\w$]*"
OURS = r"\./|\.\./\.\./report/html/script/"
"""Where modules stand: in the same folder, or among those of reports."""
IMPORT = re.compile(rf'import \{{ ({NAME}(?:, {NAME})*) \}} from "(?:{OURS})([\w-]+\.js)";')
DECLARATION = re.compile(rf"(export )?(?:(?:const|let) ({NAME}) =|function ({NAME})\()")
CALL = re.compile(rf"{NAME}\([^;]*\);")
OPENED = re.compile(r".*[(\[{]")
CLOSED = re.compile(r"[)\]}]+;?")
ENCLOSED = re.compile(r'"[^"]*"|`[^`]*`|\([^()[\]{}]*\)|\[[^()[\]{}]*\]|\{[^()[\]{}]*\}')
"""A string, or a pair of brackets without further brackets inside."""

REFUSED = re.compile(r"\b(?:import|export|await|var)\b|/\*|<!--|</script|\\$", re.IGNORECASE)
"""What no kept line may contain: other module syntax, or anything that hides where code ends."""


@dataclass(frozen=True)
class Module:
    """One module, read.

    Attributes:
        name: its file name.
        imports: the names that it imports, by the module that they come from.
        declared: the names that it declares, in order.
        exported: the declared names that other modules may import.
        body: the lines that go into the script.
    """

    name: str
    imports: Mapping[str, tuple[str, ...]]
    declared: tuple[str, ...]
    exported: frozenset[str]
    body: tuple[str, ...]


@cache
def page_script() -> str:
    """The script that all pages share."""
    return bundle(script_sources(), ENTRY)


def script_sources() -> dict[str, str]:
    """The text of each module of the script, by file name."""
    folder = files("scenarios.report.html").joinpath("script")
    found = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    return {name: text for name, text in sorted(found.items()) if name.endswith(".js")}


def bundle(sources: Mapping[str, str], entry: str) -> str:
    """Join modules into one script that acts as if a browser loaded the entry module.

    Args:
        sources: the text of each module, by file name.
        entry: file name of the module to start with. Modules that it does not import, directly or
            through others, are left out.

    Raises:
        ValueError: if a line is not understood, an imported name does not exist, modules import
            each other in a circle, or two modules declare the same name.
    """
    lines: list[str] = []
    owners: dict[str, str] = {}
    for module in _in_order(sources, entry):
        for name in module.declared:
            if name in owners:
                raise ValueError(f"{module.name} declares {name}, as {owners[name]} does")
            owners[name] = module.name
        lines += [f"// {module.name}", *module.body]
    return "\n".join(('"use strict";', "(() => {", *lines, "})();", ""))


def _in_order(sources: Mapping[str, str], entry: str) -> list[Module]:
    """The entry module and all that it imports, each module after those that it imports."""
    done: dict[str, Module] = {}

    def visit(name: str, trail: tuple[str, ...]) -> Module:
        if name in trail:
            raise ValueError(f"modules import each other: {' → '.join((*trail, name))}")
        if name in done:
            return done[name]
        if name not in sources:
            raise ValueError(f"{trail[-1] if trail else 'the page'} imports {name}: no such module")
        module = parsed(name, sources[name])
        for other, wanted in module.imports.items():
            missing = set(wanted) - visit(other, (*trail, name)).exported
            if missing:
                raise ValueError(f"{name} imports {min(missing)}, which {other} does not export")
        done[name] = module
        return module

    visit(entry, ())
    return list(done.values())


def parsed(name: str, text: str) -> Module:
    """Read a module.

    Args:
        name: its file name.
        text: its text.

    Raises:
        ValueError: at the first line that is not understood.
    """
    imports: dict[str, tuple[str, ...]] = {}
    declared: list[str] = []
    exported: set[str] = set()
    body: list[str] = []
    inside = False  # whether a declaration from an earlier line is still open
    for number, line in _code(text):
        found = IMPORT.fullmatch(line)
        if found and found[2] not in imports and not body:
            imports[found[2]] = tuple(found[1].split(", "))
            continue
        declaration = None if inside else DECLARATION.match(line)
        kept = line
        if declaration:
            declared.append(declaration[2] or declaration[3])
            if declaration[1]:
                exported.add(declared[-1])
                kept = line.removeprefix("export ")
        if REFUSED.search(kept) or kept.count("`") % 2 or not _fits(kept, declaration, inside):
            raise ValueError(f"{name}, line {number}: not understood: {line}")
        body.append(kept)
        if not line.startswith(" "):
            inside = bool(declaration and OPENED.fullmatch(line))
    if inside:
        raise ValueError(f"{name}: not understood: {declared[-1]} has no end")
    return Module(name, imports, tuple(declared), frozenset(exported), tuple(body))


def _code(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are neither empty nor comments, with their line numbers."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("//"):
            yield number, line.rstrip()


def _fits(line: str, declaration: re.Match[str] | None, inside: bool) -> bool:
    """Whether a line has a form that is understood, inside a declaration or at the margin."""
    if inside:
        return line.startswith(" ") or bool(CLOSED.fullmatch(line))
    if declaration is None:
        return bool(CALL.fullmatch(line))
    if declaration[3]:
        return line.endswith("{")
    return bool(OPENED.fullmatch(line) or line.endswith(";")) and _is_single(line)


def _is_single(line: str) -> bool:
    """Whether a `const` or `let` declares one name; a comma or semicolon may precede another."""
    found = 1
    while found:
        line, found = ENCLOSED.subn("", line)
    return "," not in line and ";" not in line[:-1]
