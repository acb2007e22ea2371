"""The page's script in a real browser: its modules as such and put together do the same."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, Route

from scenarios.report.html.script_bundle import ENTRY, page_script, parsed, script_sources
from tests.browser.test_page_in_chromium import browser, opened, pytestmark
from tests.pages import hostile_page

__all__ = ["browser", "pytestmark"]

SITE = "https://page.test"
"""Nothing is there: the browser gets all that it asks for from this test."""

DRAWN = """() => {
    const body = document.body.cloneNode(true);
    for (const script of body.querySelectorAll("script")) script.remove();
    return body.innerHTML;
}"""


def with_modules(page: Page, html: str) -> list[str]:
    """Opens a page whose script is loaded module by module; returns the modules asked for."""
    sources = script_sources()
    asked: list[str] = []
    served = html.replace(
        f"<script>{page_script()}</script>",
        f'<script type="module" src="{SITE}/{ENTRY}"></script>',
    )
    served = re.sub(r"<meta http-equiv[^>]*>", "", served)

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(f"{SITE}/")
        if name in sources:
            asked.append(name)
            route.fulfill(body=sources[name], content_type="text/javascript")
        else:
            route.fulfill(body=served if name == "page.html" else "", content_type="text/html")

    page.route("**/*", answer)
    page.goto(f"{SITE}/page.html")
    return asked


def used(page: Page) -> list[str]:
    """What a page shows at first, and after each of some things that a reader does."""
    shown = [page.evaluate(DRAWN)]
    for action in (
        "document.querySelectorAll('#head button')[1].click()",
        "document.getElementById('log').click()",
        "document.getElementById('rows').children[2].click()",
        "document.getElementById('filter').value = 'score>61';"
        "document.getElementById('filter').dispatchEvent(new Event('input'))",
    ):
        page.evaluate(action)
        shown.append(page.evaluate(DRAWN))
    return shown


def test_the_modules_do_the_same_before_they_are_put_together(
    browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    path.write_text(hostile_page("harmless").html(), "utf-8")
    bundled = opened(browser, path)
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    asked = with_modules(page, path.read_text("utf-8"))
    shown = used(bundled.page)
    assert used(page) == shown
    assert len(set(shown)) == len(shown)  # each thing that was done changed something
    assert sorted(asked) == sorted(script_sources())
    assert bundled.quiet
    assert not errors
    page.close()


def test_no_name_of_the_script_is_global(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(hostile_page("harmless").html(), "utf-8")
    found = opened(browser, path)
    for name, text in script_sources().items():
        for own in parsed(name, text).declared:
            # the browser itself makes globals of the ids of elements, such as data
            kind = f"typeof {own} === 'undefined' || {own} instanceof Element"
            assert found.page.evaluate(kind), own
    assert found.quiet
