"""The live planner in a real browser: the hand moves, and the proof moves with it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_page_in_chromium import browser, pytestmark
from tests.scenarios.live.server import Server, serving, stopped

__all__ = ["browser", "pytestmark"]

SOON = 20_000
"""How long an answer may take in tests [ms]: other tests run beside this one."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


class Planner:
    """The page, and all that it did without being asked."""

    def __init__(self, browser: Browser, server: Server, link: str = "", width: int = 1280) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900})
        self.server = server
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._requested(request.url))
        self.page.goto(server.url + link)
        self.page.set_default_timeout(SOON)

    def _requested(self, url: str) -> None:
        if not url.startswith((self.server.url, "blob:")):
            self.elsewhere.append(url)

    def slide(self, key: str, place: int) -> None:
        """Move a slider as a hand does."""
        self.page.evaluate(
            "([id, at]) => { const slider = document.getElementById(id); slider.value = at;"
            " slider.dispatchEvent(new Event('input', { bubbles: true })); }",
            [f"s-{key}", place],
        )

    def shows(self, id_: str, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator(f"#{id_}")).to_have_text(text, timeout=SOON)

    def settled(self) -> None:
        """Wait until all of the answer is there."""
        self.shows("status", re.compile("all of it in"))

    @property
    def quiet(self) -> bool:
        return not self.complaints and not self.elsewhere


@pytest.fixture
def planner(browser: Browser, server: Server) -> Iterator[Planner]:
    found = Planner(browser, server)
    found.settled()
    yield found
    found.page.close()


def test_a_slider_moves_the_plan_and_its_proof(planner: Planner) -> None:
    before = planner.page.locator("#lead").inner_text()
    assert planner.page.locator(".badge").inner_text() == "proved optimal"
    planner.slide("days", 900)
    days = planner.page.locator("#f-days").input_value()
    planner.shows("command", f"flopwise plan --gpus 1024 --gpu h100-sxm --days {days}")
    expect(planner.page.locator(".badge")).to_have_text("proved optimal")
    assert planner.page.locator("#lead").inner_text() != before
    planner.settled()
    assert f"days={days}" in planner.page.url
    assert planner.page.locator("#front circle.marked").count() == 1
    assert planner.page.locator("#rows tr").count() > 20
    assert planner.quiet


def test_two_hundred_changes_leave_the_answer_to_the_last(planner: Planner) -> None:
    for place in range(200):
        planner.slide("days", 300 + place * 2)
    days = planner.page.locator("#f-days").input_value()
    planner.shows("command", f"flopwise plan --gpus 1024 --gpu h100-sxm --days {days}")
    planner.settled()
    planner.shows("command", f"flopwise plan --gpus 1024 --gpu h100-sxm --days {days}")
    figures = planner.page.locator(".card .figures").inner_text()
    assert planner.server.steps({"gpus": "1024", "gpu": "h100-sxm", "days": days})[0]["figures"]
    assert planner.page.locator("#lead").inner_text().split(" on ")[0][6:11] in figures
    assert planner.quiet


def test_a_wrong_value_is_told_in_its_place(planner: Planner) -> None:
    planner.page.fill("#f-gpus", "many")
    wrong = planner.page.locator("#wrong-gpus")
    expect(wrong).to_contain_text("gpus must be a number")
    assert planner.page.get_attribute("#f-gpus", "aria-invalid") == "true"
    assert "stale" in (planner.page.get_attribute("#shown", "class") or "")
    planner.page.fill("#f-gpus", "512")
    expect(wrong).to_be_hidden()
    planner.shows("command", "flopwise plan --gpus 512 --gpu h100-sxm --days 30")
    assert planner.page.get_attribute("#f-gpus", "aria-invalid") is None
    assert planner.quiet


def test_what_has_no_field_is_told_above_the_answer(planner: Planner) -> None:
    planner.page.fill("#f-gpus", "")
    planner.page.fill("#f-days", "")
    expect(planner.page.locator("#trouble")).to_contain_text("budget")


def test_names_and_texts_do_no_harm(planner: Planner) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    planner.page.fill("#name-0", hostile)
    planner.page.fill("#f-gpu", hostile)
    expect(planner.page.locator("#wrong-gpu")).to_contain_text("must be a part")
    assert planner.page.locator("img").count() == 0
    assert planner.quiet


def test_scenarios_stand_side_by_side_and_the_link_keeps_all(
    browser: Browser, planner: Planner
) -> None:
    page = planner.page
    page.click("#another")
    page.fill("#f-gpu", "b200")
    page.fill("#name-1", "on b200")
    planner.shows("command", "flopwise plan --gpus 1024 --gpu b200 --days 30")
    planner.settled()
    assert page.locator(".card").count() == 2
    assert page.locator(".card dd.differs").count() > 3
    page.click("text=What would it take?")
    page.fill("#f-score", "80")
    expect(page.locator("#takes")).to_contain_text("What a score of 80 takes", timeout=SOON)
    page.wait_for_timeout(500)
    other = Planner(browser, planner.server, page.url.removeprefix(planner.server.url))
    other.shows("command", "flopwise plan --gpus 1024 --gpu b200 --days 30")
    expect(other.page.locator("#takes")).to_contain_text("What a score of 80 takes", timeout=SOON)
    assert other.page.locator("#name-1").input_value() == "on b200"
    other.page.click("#choose-0")
    other.shows("command", "flopwise plan --gpus 1024 --gpu h100-sxm --days 30")
    other.page.click("#remove-1")
    assert other.page.locator(".card").count() == 1
    assert planner.quiet
    assert other.quiet
    other.page.close()


def test_the_budget_may_be_given_in_another_way(planner: Planner) -> None:
    planner.page.select_option("#budget", "flops")
    planner.page.fill("#f-gpus", "")
    planner.shows("command", "flopwise plan --gpu h100-sxm --flops 4e23")
    expect(planner.page.locator("#field-days")).to_be_hidden()
    planner.page.select_option("#budget", "days")
    planner.page.fill("#f-gpus", "64")
    planner.shows("command", "flopwise plan --gpus 64 --gpu h100-sxm --days 30")
    assert planner.quiet


def test_each_scenario_keeps_its_own_budgets_and_its_own_answer(planner: Planner) -> None:
    page = planner.page
    page.click("#another")
    page.fill("#f-days", "77")
    page.select_option("#budget", "flops")
    page.click("#choose-0")
    page.select_option("#budget", "gpu-hours")
    page.select_option("#budget", "days")
    assert page.input_value("#f-days") == "30"
    page.fill("#f-gpus", "1000")
    page.fill("#f-gpus", "8")
    page.click("#choose-1")
    planner.settled()
    page.click("#choose-0")
    planner.shows("command", "flopwise plan --gpus 8 --gpu h100-sxm --days 30")
    page.click("#choose-1")
    page.fill("#f-gpu", "nonsense")
    expect(page.locator("#wrong-gpu")).to_be_visible(timeout=SOON)
    expect(page.locator("#front")).to_be_hidden(timeout=SOON)
    page.click("#choose-0")
    planner.shows("command", "flopwise plan --gpus 8 --gpu h100-sxm --days 30")
    assert planner.quiet


def test_a_wrong_score_leaves_the_plan_and_a_cleared_one_leaves_nothing(planner: Planner) -> None:
    page = planner.page
    page.click("text=What would it take?")
    page.fill("#f-score", "abc")
    expect(page.locator("#wrong-takes")).to_contain_text("score must be", timeout=SOON)
    expect(page.locator(".badge")).to_have_text("proved optimal")
    assert "stale" not in (page.get_attribute("#shown", "class") or "")
    page.fill("#f-score", "80")
    expect(page.locator("#takes")).to_contain_text("What a score of 80", timeout=SOON)
    expect(page.locator("#wrong-takes")).to_be_hidden(timeout=SOON)
    page.fill("#f-score", "")
    expect(page.locator("#takes")).to_be_empty(timeout=SOON)
    assert planner.quiet


@pytest.mark.parametrize("link", ["#answer", "#=", "#%zz", "#active=99", "#constructor=2"])
def test_a_link_that_says_nothing_leaves_the_usual_question(
    browser: Browser, server: Server, link: str
) -> None:
    found = Planner(browser, server, link)
    found.shows("command", "flopwise plan --gpus 1024 --gpu h100-sxm --days 30")
    found.page.evaluate("(link) => { location.hash = link; }", f"{link}&toString=1")
    found.settled()
    found.shows("command", "flopwise plan --gpus 1024 --gpu h100-sxm --days 30")
    assert found.quiet
    found.page.close()


def test_ranges_have_two_sliders(planner: Planner) -> None:
    planner.page.click("text=Region and law")
    planner.slide("layersleast", 300)
    assert re.fullmatch(r"\d+:", planner.page.locator("#f-layers").input_value())
    planner.slide("layersmost", 250)
    low, high = planner.page.locator("#f-layers").input_value().split(":")
    assert low == high
    planner.shows("command", re.compile(f"--layers {low}:{high}"))
    planner.slide("layersleast", 0)
    planner.slide("layersmost", 1000)
    assert planner.page.locator("#f-layers").input_value() == ""


def test_parts_are_compared_with_their_prices(planner: Planner) -> None:
    page = planner.page
    page.click("text=Accelerators and prices")
    assert page.is_checked('[data-part="h100-sxm-80gb"]')
    for part, price in (("gb200-per-gpu-nvl72", "6"), ("b200-sxm", "5"), ("h100-sxm-80gb", "2")):
        page.check(f'[data-part="{part}"]')
        page.fill(f'[data-price="{part}"]', price)
        page.press(f'[data-price="{part}"]', "Enter")
    expect(page.locator("#command")).to_contain_text("h100-sxm-80gb=2", timeout=SOON)
    for name in ("b200-sxm", "gb200-per-gpu-nvl72"):
        expect(page.locator("#said")).to_contain_text(name, timeout=SOON)
    assert planner.quiet


def test_two_tabs_ask_for_themselves(browser: Browser, planner: Planner) -> None:
    other = Planner(browser, planner.server)
    planner.page.fill("#f-gpus", "256")
    other.page.fill("#f-gpus", "2048")
    planner.shows("command", "flopwise plan --gpus 256 --gpu h100-sxm --days 30")
    other.shows("command", "flopwise plan --gpus 2048 --gpu h100-sxm --days 30")
    other.page.close()


def test_the_meetings_screen_follows(planner: Planner) -> None:
    with planner.page.context.expect_page() as opened:
        planner.page.click("#screen")
    screen = opened.value
    expect(screen.locator("#form")).to_be_hidden()
    first = "flopwise plan --gpus 1024 --gpu h100-sxm --days 30"  # it listens by then
    expect(screen.locator("#command")).to_have_text(first, timeout=SOON)
    planner.page.fill("#f-gpus", "768")
    expect(screen.locator("#command")).to_have_text(
        "flopwise plan --gpus 768 --gpu h100-sxm --days 30", timeout=SOON
    )
    screen.close()


def test_files_are_taken_away_and_loaded(planner: Planner, tmp_path: Path) -> None:
    page = planner.page
    with page.expect_download() as download:
        page.click("#take-json")
    document = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert document["given"] == {"--gpus": "1024", "--gpu": "h100-sxm", "--days": "30"}
    with page.expect_download() as download:
        page.select_option("#take-framework", "megatron")
    assert download.value.suggested_filename
    with page.expect_download() as download:
        page.click("#take-scenarios")
    text = Path(download.value.path()).read_text("utf-8")
    (tmp_path / "two.toml").write_text(text + '\n[[scenario]]\nname = "b"\nflops = "5e23"\n')
    page.set_input_files("#load", tmp_path / "two.toml")
    expect(page.locator(".card")).to_have_count(2, timeout=SOON)
    page.click("#choose-1")
    planner.shows("command", "flopwise plan --flops 5e23")
    (tmp_path / "bad.toml").write_text("[[scenario]]\nname = 'a'\ngpsu = 1\n")
    page.set_input_files("#load", tmp_path / "bad.toml")
    expect(page.locator("#trouble")).to_contain_text("must be a known field", timeout=SOON)
    assert planner.quiet


def test_the_keyboard_alone_suffices(planner: Planner) -> None:
    page = planner.page
    page.focus("#s-gpus")
    before = page.locator("#f-gpus").input_value()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator("#f-gpus").input_value() != before
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "f-gpu"
    page.focus(".skip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "answer"
    page.focus("#another")
    page.keyboard.press("Enter")
    expect(page.locator(".card")).to_have_count(2)
    page.focus("#remove-1")
    page.keyboard.press("Enter")
    expect(page.locator(".card")).to_have_count(1)


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_serious_and_nothing_sticks_out(
    browser: Browser, server: Server, width: int
) -> None:
    found = Planner(browser, server, width=width)
    found.settled()
    found.page.evaluate(
        "document.querySelectorAll('details').forEach((box) => { box.open = true; })"
    )
    violations = Axe().run(found.page)["violations"]
    serious = [x for x in violations if x["impact"] in ("serious", "critical")]
    assert [(x["id"], x["nodes"][0]["html"][:200]) for x in serious] == []
    wide = found.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    assert found.quiet
    found.page.close()


def test_a_server_that_is_gone_and_back_answers_the_last_question(browser: Browser) -> None:
    with serving() as running:
        port, found = running.port, Planner(browser, running)
        found.settled()
        stopped(running.process)
    found.page.fill("#f-gpus", "128")
    expect(found.page.locator("#trouble")).to_contain_text("does not answer", timeout=SOON)
    with serving("--port", str(port)):
        found.shows("command", "flopwise plan --gpus 128 --gpu h100-sxm --days 30")
        expect(found.page.locator("#trouble")).to_be_hidden(timeout=SOON)
    found.page.close()
