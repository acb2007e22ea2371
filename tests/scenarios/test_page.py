"""The page as text: its policy, its size, and what no name can do to it."""

import base64
import hashlib
import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from scenarios.report.document import Report
from scenarios.report.html.page import Page
from tests.pages import HOSTILE, front_html, hostile_page, wide_page


def digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_policy_admits_just_the_script_and_the_style(tmp_path: Path) -> None:
    page = front_html(tmp_path)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert "default-src 'none'" in policy
    assert [digest(script) for script in scripts] == re.findall(r"script-src '([^']*)'", policy)
    assert f"style-src '{digest(style)}'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\b(?:src|href)=", page)
    assert " style=" not in page


def test_it_says_what_it_takes_to_make_it_again(tmp_path: Path) -> None:
    page = front_html(tmp_path)
    for said in ("flopwise pareto", "performance-law", "SHA-256", "arXiv 2408.09895"):
        assert said in page
    assert f"flopwise {version('flopwise')}" in re.sub(r"<[^>]*>", " ", page).replace("  ", " ")


def test_a_thousand_points_take_less_than_a_megabyte() -> None:
    assert len(wide_page(1000).html().encode()) < 10**6


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leaves_its_place(name: str) -> None:
    page = hostile_page(name).html()
    harmless = hostile_page("harmless").html()
    for tag in ("<script", "</script", "<img", "<svg", "<iframe", "<!--", "<style"):
        assert page.lower().count(tag) == harmless.lower().count(tag)
    data = page.split('id="data">')[1].split("</script>")[0]
    assert json.loads(data)["names"][0] == name


def test_a_notebook_shows_it_in_a_frame_of_its_own() -> None:
    shown = hostile_page('"></iframe><script>alert(1)</script>')._repr_html_()
    assert shown.count("<iframe") == shown.count("</iframe>") == 1
    assert "<script" not in shown
    assert 'sandbox="allow-scripts"' in shown


def test_a_page_refuses_what_is_no_number() -> None:
    page = Page(Report("x", ()), "x", {"swings": [], "points": [[float("nan")]]}, "x")
    with pytest.raises(ValueError, match="JSON"):
        page.html()
