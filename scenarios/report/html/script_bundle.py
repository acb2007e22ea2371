"""The script of the page: the ES modules of the folder script, put together as one inline script.

A page is one file that loads nothing, so its script cannot import. This is no general bundler: it
reads modules line by line, in the few forms in which they are written, and refuses all else.

- An import is one line, `import { a, b } from "./x.js";`, above all code. It is left out.
- A declaration begins a line with `const x =`, `let x =` or `function f(`, after `export ` or not;
  that word is left out. The declaration either ends on its line or opens a bracket at the end of
  it, and lasts until the line that begins with the closing bracket; lines between are indented.
- What else begins a line is a call, `f();`.
- Comments fill their lines and are left out, as are empty lines.

The modules come to share one scope, each after those that it imports, so no two may declare the
same name. A function around them keeps their names from the page's global scope. That a module
imports all that it uses cannot be seen here; oxlint sees it, by its rule no-undef.
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
IMPORT = re.compile(rf'import \{{ ({NAME}(?:, {NAME})*) \}} from "\./([\w-]+\.js)";')
DECLARATION = re.compile(rf"(export )?(?:(?:const|let) ({NAME}) =|function ({NAME})\()")
CALL = re.compile(rf"{NAME}\([^;]*\);")
OPENED = re.compile(r".*[(\[{]")
CLOSED = re.compile(r"[)\]}]+;?")
ENCLOSED = re.compile(r'"[^"]*"|`[^`]*`|\([^()[\]{}]*\)|\[[^()[\]{}]*\]|\{[^()[\]{}]*\}')
"""A string, or a bracket without further brackets in it."""

REFUSED = re.compile(r"\b(?:import|export|await|var)\b|/\*|<!--|</script|\\$", re.IGNORECASE)
"""In code that is kept: other forms of modules, and what would end a line or the script unseen."""


@dataclass(frozen=True)
class Module:
    """One module as it was read.

    imports: the names taken from each other module. declared: names of its own, in order.
    exported: those that others may import. body: the lines that go into the script.
    """

    name: str
    imports: Mapping[str, tuple[str, ...]]
    declared: tuple[str, ...]
    exported: frozenset[str]
    body: tuple[str, ...]


@cache
def page_script() -> str:
    """The script of the page."""
    return bundle(script_sources(), ENTRY)


def script_sources() -> dict[str, str]:
    """The text of each module of the page by its name."""
    folder = files("scenarios.report.html").joinpath("script")
    found = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    return {name: text for name, text in sorted(found.items()) if name.endswith(".js")}


def bundle(sources: Mapping[str, str], entry: str) -> str:
    """One script that does what a browser does when it loads the module called entry.

    Args:
        sources: The text of each module by its name.
        entry: The name of the module to start with; what it does not reach is left out.

    Raises:
        ValueError: If a module holds what is not understood, an import names what is not there,
            modules import each other in a circle, or two declare the same name.
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
    """The modules that entry reaches, each after those that it imports."""
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
    """Reads a module. Raises ValueError at the first line that is not understood."""
    imports: dict[str, tuple[str, ...]] = {}
    declared: list[str] = []
    exported: set[str] = set()
    body: list[str] = []
    inside = False  # of a declaration that began on an earlier line
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
    """Lines that are neither empty nor a comment, with their numbers."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("//"):
            yield number, line.rstrip()


def _fits(line: str, declaration: re.Match[str] | None, inside: bool) -> bool:
    """Whether a line may stand where it does: inside a declaration, or outside of all."""
    if inside:
        return line.startswith(" ") or bool(CLOSED.fullmatch(line))
    if declaration is None:
        return bool(CALL.fullmatch(line))
    if declaration[3]:
        return line.endswith("{")
    return bool(OPENED.fullmatch(line) or line.endswith(";")) and _is_single(line)


def _is_single(line: str) -> bool:
    """Whether `const` or `let` declares one name: a second follows a comma or a semicolon."""
    found = 1
    while found:
        line, found = ENCLOSED.subn("", line)
    return "," not in line and ";" not in line[:-1]
