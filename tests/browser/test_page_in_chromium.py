"""Reports in a real browser: opened, hovered, clicked, sorted; nothing asked of the network."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import axe_core_python
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.pages import HOSTILE, front_html, hostile_page, wide_page
from tests.scenarios.command_line import flopwise

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
REQUIRED = os.environ.get("FLOPWISE_BROWSER") == "required"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and not REQUIRED, reason="needs Chromium: apt-get install chromium"
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "FLOPWISE_BROWSER=required, and there is no Chromium"
    with sync_playwright() as player:
        started = player.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@dataclass
class Opened:
    """A page and everything that it did without being asked."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    @property
    def quiet(self) -> bool:
        return not self.complaints and not self.dialogs and len(self.requests) == 1


def opened(browser: Browser, path: Path) -> Opened:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    found = Opened(page)
    page.on("request", lambda request: found.requests.append(request.url))
    page.on("console", lambda message: found.complaints.append(message.text))
    page.on("pageerror", lambda error: found.complaints.append(str(error)))

    def dismiss(dialog: object) -> None:
        found.dialogs.append(str(dialog))
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", dismiss)
    page.goto(path.as_uri())
    return found


@pytest.fixture
def front(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    front_html(tmp_path)
    found = opened(browser, tmp_path / "front.html")
    yield found
    assert found.quiet, (found.complaints, found.dialogs, found.requests)
    found.page.close()


def rows(page: Page) -> list[list[str]]:
    found: list[list[str]] = page.eval_on_selector_all(
        "#rows tr", "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )
    return found


def test_it_opens_with_a_point_for_every_row(front: Opened) -> None:
    page = front.page
    assert page.locator("#plot circle.point").count() == 12
    assert len(rows(page)) == 12
    assert page.locator("#plot path.front").count() == 1
    assert page.locator("#plot path.bound").count() == 1
    assert page.locator("#plot path.band").count() == 1
    assert page.locator("#plot path.reference").count() > 10


def test_hovering_names_a_plan_and_a_model(front: Opened) -> None:
    page = front.page
    page.locator("#plot circle.point").nth(3).hover(force=True)
    tip = page.locator("#tip")
    assert tip.is_visible()
    assert " × " in tip.inner_text()
    page.mouse.move(5, 5)
    assert tip.is_hidden()


def test_clicking_shows_the_plan_and_its_command(front: Opened) -> None:
    page = front.page
    page.locator("#plot circle.point").nth(2).click(force=True)
    assert page.locator("#detail h2").inner_text() == page.evaluate(
        "JSON.parse(document.getElementById('data').textContent).names[2]"
    )
    assert page.locator("#detail pre").inner_text().startswith("flopwise plan --gpu h100-sxm")
    assert page.locator("#rows tr.chosen").count() == 1


def test_clicking_a_row_chooses_its_point(front: Opened) -> None:
    page = front.page
    page.locator("#rows tr").nth(5).click()
    assert page.locator("#rows tr.chosen").get_attribute("data-point") == "5"
    assert page.locator("#plot circle.chosen").count() == 1


def test_a_heading_sorts_either_way(front: Opened) -> None:
    page = front.page
    heading = page.locator("#head th", has_text="parameters").first
    for expected in ("descending", "ascending"):
        heading.locator("button").click()
        assert heading.get_attribute("aria-sort") == expected
        index = page.locator("#head th").all_inner_texts().index(heading.inner_text())
        sizes = [float(row[index].rstrip("B")) for row in rows(page)]
        assert sizes == sorted(sizes, reverse=expected == "descending")


def test_the_filter_reads_words_and_comparisons(front: Opened) -> None:
    page = front.page
    page.fill("#filter", "score>70 params<20B")
    kept = rows(page)
    assert 0 < len(kept) < 12
    assert all(float(row[0]) > 70 for row in kept)
    page.fill("#filter", "5120")
    assert all("5120" in row for row in rows(page))
    assert page.locator("#count").inner_text().endswith("of 12")
    page.fill("#filter", "")
    assert len(rows(page)) == 12


def test_axes_switch_between_objectives(front: Opened) -> None:
    page = front.page
    for x, y in (("params", "score"), ("tokens", "params"), ("gpu-hours", "score")):
        page.select_option("#x", x)
        page.select_option("#y", y)
        names = page.locator("#plot text.axis-name").all_text_contents()
        chosen = [page.locator(f"#{axis} option:checked").text_content() for axis in ("x", "y")]
        assert names == chosen
        assert page.locator("#plot circle.point").count() == 12
    page.uncheck("#log")
    page.uncheck("#references")
    assert page.locator("#plot path.reference").count() == 0
    assert page.locator("#plot circle.point").count() == 12


def test_the_keyboard_goes_from_plan_to_plan(front: Opened) -> None:
    page = front.page
    page.focus("#plot")
    before = page.locator("#rows tr.chosen").get_attribute("data-point")
    page.keyboard.press("ArrowLeft")
    after = page.locator("#rows tr.chosen").get_attribute("data-point")
    assert int(after or -1) == int(before or -1) - 1
    page.locator("#rows tr").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#rows tr.chosen").get_attribute("data-point") == "0"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_either_scheme(front: Opened, scheme: str) -> None:
    page = front.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    ink, ground = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert contrast(ink, ground) > 7


def test_on_paper_the_controls_are_gone_and_all_rows_there(front: Opened) -> None:
    page = front.page
    page.emulate_media(media="print")
    assert page.locator(".controls").first.is_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('.scroll')).maxHeight") == "none"


def test_a_plan_has_its_tornado(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "plan.html"
    flopwise("plan", "--gpus", "64", "--gpu", "h100-sxm", "--days", "30", "--html", str(path))
    found = opened(browser, path)
    assert found.page.locator("#tornado rect.looser").count() >= 2
    assert found.page.locator("#plot circle.marked").count() == 1
    assert "Train " in found.page.inner_text("body")
    assert found.quiet, found.complaints


def test_hostile_names_open_no_dialog_and_ask_for_nothing(browser: Browser, tmp_path: Path) -> None:
    for number, name in enumerate(HOSTILE):
        path = tmp_path / f"{number}.html"
        path.write_text(hostile_page(name).html(), "utf-8")
        found = opened(browser, path)
        found.page.locator("#plot circle.point").first.hover(force=True)
        found.page.locator("#plot circle.point").first.click(force=True)
        found.page.fill("#filter", name)
        assert found.page.locator("h1").inner_text() == " ".join(name.split())
        assert found.quiet, (name, found.complaints, found.dialogs, found.requests)
        found.page.close()


def test_a_thousand_points_react_within_a_tenth_of_a_second(
    browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "wide.html"
    path.write_text(wide_page(1000).html(), "utf-8")
    found = opened(browser, path)
    actions = {
        "axes": "document.getElementById('x').value = 'params';"
        "document.getElementById('x').dispatchEvent(new Event('change'))",
        "sort": "document.querySelector('#head button').click()",
        "filter": "document.getElementById('filter').dispatchEvent(new Event('input'))",
        "choose": "document.querySelector('#rows tr').click()",
    }
    for what, action in actions.items():
        took = found.page.evaluate(
            f"""() => {{
                const times = [];
                for (let k = 0; k < 5; k++) {{
                    const start = performance.now();
                    {action};
                    document.body.offsetHeight;
                    times.push(performance.now() - start);
                }}
                return Math.min(...times);  // the machine may be busy with others
            }}"""
        )
        assert took <= 100, f"{what} took {took} ms"
    assert found.quiet


def contrast(first: str, second: str) -> float:
    """The ratio of luminances of two `rgb(…)` colours (WCAG 2.1)."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in colour[4:-1].split(",")]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One page of each kind, by name."""
    folder = tmp_path_factory.mktemp("pages")
    cluster = ("plan", "--gpus", "64", "--gpu", "h100-sxm", "--days", "30", "--layers", "24:40")
    plan = folder / "plan.json"
    plan.write_text(flopwise(*cluster, "--json").out, "utf-8")
    (folder / "scenarios.toml").write_text(
        '[[scenario]]\nname = "a"\nflops = 1e22\n[[scenario]]\nname = "b"\nflops = 1e23\n', "utf-8"
    )
    flopwise(*cluster, "--sensitivity", "--html", str(folder / "plan.html"))
    front_html(folder)
    flopwise("laws", "validate", "calibrated", "--html", str(folder / "law.html"))
    flopwise("batch", "run", str(folder / "scenarios.toml"), "--workers", "1")
    store = str(folder / "scenarios.sqlite")
    flopwise("batch", "report", store, "--html", str(folder / "batch.html"))
    flopwise("export", str(plan), "--to", "sheet", "--out", str(folder))
    return {name: folder / f"{name}.html" for name in KINDS}


KINDS = ("plan", "front", "law", "batch", "sheet")
AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    browser: Browser, pages: dict[str, Path], kind: str, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 900}
    page = browser.new_page(viewport=size, color_scheme=scheme, bypass_csp=True)
    page.goto(pages[kind].as_uri())
    page.evaluate(AXE)
    broken = page.evaluate("axe.run().then(found => found.violations.map(each => each.id))")
    assert broken == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.fixture
def planned(browser: Browser, pages: dict[str, Path]) -> Iterator[Opened]:
    found = opened(browser, pages["plan"])
    yield found
    assert not found.complaints
    found.page.close()


def test_a_plan_page_says_the_answer_and_folds_the_rest(planned: Opened) -> None:
    page = planned.page
    lead = page.inner_text(".lead")
    assert lead.startswith("Train ")
    assert "MMLU (5-shot)" in lead
    assert "calibrated" in lead
    chips = page.inner_text(".chips")
    for name in ("budget", "cluster", "layout", "law", "proof"):
        assert name in chips
    folded = page.eval_on_selector_all("summary", "all => all.map(each => each.innerText)")
    assert {"What holds it back", "How it was proved", "How sure"} <= set(folded)
    assert not page.is_visible("text=Proved optimal, gap 0")
    page.click("text=How it was proved")
    assert page.is_visible("text=Proved optimal, gap 0")


def test_the_chart_is_above_the_fold_and_its_text_is_readable_on_a_phone(
    browser: Browser, pages: dict[str, Path]
) -> None:
    for width, height, least in ((1280, 900, 11), (390, 844, 10)):
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(pages["plan"].as_uri())
        box = page.locator("#plot").bounding_box()
        assert box
        if width == 1280:
            assert box["y"] + box["height"] <= height
        sizes = page.eval_on_selector_all(
            "#plot text, #flat text, #tornado text",
            "all => all.map(each => each.getBoundingClientRect().height)",
        )
        assert min(sizes) >= least
        page.close()


def test_tokens_over_parameters_shows_equal_compute_and_other_laws(planned: Opened) -> None:
    page = planned.page
    first = page.inner_text("#caption")
    page.click("#compute")
    assert page.locator("#plot .iso").count() >= 1
    assert page.locator("#plot .rival").count() == 2
    assert page.inner_text("#caption") != first
    assert "equal training compute" in page.inner_text("#caption")
    assert "x=params&y=tokens" in page.url
    page.click("#first")
    assert page.inner_text("#caption") == first


def test_a_link_keeps_what_was_chosen(
    browser: Browser, pages: dict[str, Path], planned: Opened
) -> None:
    planned.page.click("#compute")
    planned.page.focus("#plot")
    planned.page.keyboard.press("ArrowRight")
    shown = planned.page.inner_text("#detail h2")
    again = browser.new_page()
    again.goto(planned.page.url)
    assert again.inner_text("#detail h2") == shown
    assert again.input_value("#x") == "params"
    assert again.locator("#plot .iso").count() >= 1
    again.close()
    for bad in ("#x=nothing&y=held&point=9999", "#point=-1", "#%%%"):
        strange = opened(browser, pages["plan"])
        strange.page.goto(f"{pages['plan'].as_uri()}{bad}")
        strange.page.reload()
        assert not strange.complaints
        assert strange.page.locator("#plot circle").count() > 5
        strange.page.close()


def test_the_table_and_the_plot_can_be_taken_away(planned: Opened) -> None:
    page = planned.page
    with page.expect_download() as taken:
        page.click("#csv")
    rows = Path(taken.value.path()).read_text("utf-8").splitlines()
    assert rows[0].startswith('"plan","score, MMLU (5-shot)"')
    assert len(rows) == 1 + int(page.inner_text("#count").split()[-1])
    with page.expect_download() as taken:
        page.click("#svg")
    drawn = Path(taken.value.path()).read_text("utf-8")
    assert drawn.startswith("<svg")
    assert 'class="point marked"' in drawn


def test_the_optimum_is_shown_against_depth_with_axes(planned: Opened) -> None:
    page = planned.page
    assert page.locator("#flat circle").count() >= 3
    assert page.locator("#flat .marked").count() == 1
    told = page.text_content("#flat") or ""
    assert "layers" in told
    assert "score" in told


def test_a_plan_page_prints_on_two_pages(planned: Opened) -> None:
    printed = planned.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) <= 2


def test_a_page_of_a_thousand_points_is_small() -> None:
    assert len(wide_page(1000).html().encode()) <= 1_000_000
