"""The documents: files and names that they point to exist, tables in them are up to date."""

import re
from pathlib import Path

import pytest

from tests.glossary import filled
from tests.recipe_table import lines
from tests.recipe_table import sentence as how_far

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*sorted(ROOT.glob("docs/*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
PACKAGES = ("constraints/", "optimizer/", "scenarios/", "flopwise/", "tests/", "docs/")


def code(text: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`\n]+)`", text)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)
    named = {word for word in code(text) if word.startswith(PACKAGES)}
    linked = set(re.findall(r"\]\(([^)#:]+)\)", text))
    assert [word for word in sorted(named) if not (ROOT / word).exists()] == []
    assert [link for link in sorted(linked) if not (document.parent / link).exists()] == []


def implementations() -> list[tuple[str, str]]:
    """Pairs of a file and a name in it, from the theory's sentences on implementation."""
    text = (ROOT / "docs" / "theory.md").read_text("utf-8")
    found = []
    for sentence in re.findall(r"^Implemented in (.*?)\.$", text, re.DOTALL | re.MULTILINE):
        for path, names in re.findall(r"`([a-z_/]+\.py)`\s+\(([^)]*)\)", sentence):
            found += [(path, name) for name in code(names)]
    return found


def test_the_theory_names_an_implementation_of_every_section() -> None:
    assert len(implementations()) >= 30


@pytest.mark.parametrize(("path", "name"), implementations())
def test_what_implements_a_statement_is_in_the_file_that_the_theory_names(
    path: str, name: str
) -> None:
    last = re.escape(name.split(".")[-1])
    assert re.search(rf"(?m)^\s*(?:def|class) {last}\b|^{last}\b.* = ", (ROOT / path).read_text())


def test_the_glossary_lists_every_quantity_as_the_vocabulary_has_it() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    assert filled(page) == page


def test_the_table_of_published_recipes_is_what_the_laws_give() -> None:
    page = (ROOT / "docs" / "recipes.md").read_text("utf-8")
    assert "\n".join(lines()) in page
    assert how_far() in " ".join(page.split())
    assert len(list(lines())) >= 12  # ten runs at least


def test_the_table_of_dependencies_is_that_of_the_lock_file() -> None:
    page = (ROOT / "docs/security.md").read_text("utf-8")
    rows = re.findall(r"^\| ([\w.-]+) \| ([\w.]+) \| ([^|]+) \| ([^|]+) \|$", page, re.M)
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = dict(
        re.findall(r"^([\w.-]+)==([\w.]+) (?:\\|; (?!sys_platform == 'win32'))", lock, re.M)
    )
    told = {name: version for name, version, _, _ in rows[1:]}
    assert told.keys() == locked.keys() | {"setuptools"} - {"colorama"}
    assert all(f"{name}=={version}" in lock for name, version in told.items())
    assert not [
        name for name, _, licence, _ in rows[1:] if "GPL" in licence or "not stated" in licence
    ]
