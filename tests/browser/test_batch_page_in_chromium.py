"""The page of a season of scenarios in a real browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.test_page_in_chromium import browser, opened, pytestmark, rows
from tests.pages import HOSTILE
from tests.scenarios.command_line import flopwise

__all__ = ["browser", "pytestmark"]

FILE = """
[defaults]
gpu = "h100-sxm"
price = 2

[[scenario]]
name = "season"
sweep = { gpus = [64, 128], days = [20, 30, 40] }

[[scenario]]
name = "nothing"
gpus = 64
days = 30
params = "100:200"
"""


def season(folder: Path, text: str) -> Path:
    path, store = folder / "s.toml", folder / "s.sqlite"
    path.write_text(text, "utf-8")
    flopwise("batch", "run", str(path), "--store", str(store), "--workers", "1")
    page = folder / "season.html"
    run = flopwise("batch", "report", str(store), "--html", str(page))
    assert run.code == 0, run.err
    return page


def test_a_season_shows_every_scenario_and_each_cluster(browser: Browser, tmp_path: Path) -> None:
    found = opened(browser, season(tmp_path, FILE))
    page = found.page
    assert len(rows(page)) == 7
    assert page.locator("#plot circle.point").count() == 6
    assert page.locator("#multiples figure").count() == 2
    assert page.locator("#multiples svg").first.locator("circle.point").count() == 3
    assert "1 infeasible, 6 optimal" in page.inner_text("body")
    assert "The best of cluster 128 × h100-sxm: season gpus=128 days=40" in page.inner_text("body")
    page.fill("#filter", "infeasible")
    assert len(rows(page)) == 1
    page.locator("#rows tr").first.click()
    assert page.locator("#detail pre").inner_text().startswith("flopwise plan --gpus 64")
    page.select_option("#x", "cost")
    assert page.locator("#multiples figure").count() == 2
    assert found.quiet, (found.complaints, found.dialogs, found.requests)


def test_hostile_scenario_names_stay_text(browser: Browser, tmp_path: Path) -> None:
    tables = "".join(
        f"[[scenario]]\nname = {name!r}\ngpu = 'h100-sxm'\ngpus = {8 + i % 2}\ndays = 30\n"
        if "'" not in name
        else ""
        for i, name in enumerate(HOSTILE)
    )
    found = opened(browser, season(tmp_path, tables))
    assert len(rows(found.page)) > 30
    found.page.locator("#plot circle.point").first.hover(force=True)
    assert found.quiet, (found.complaints, found.dialogs, found.requests)
