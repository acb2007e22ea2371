"""Makes the README's picture: a report as Chromium shows it. Run by `make picture`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.test_page_in_chromium import CHROMIUM, FLAGS
from tests.scenarios.command_line import flopwise

COMMAND = ("pareto", "--gpu", "h100-sxm", "--gpu-hours", "1e5:5e6", "--html")


def main(target: str) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        page_file = Path(folder) / "front.html"
        run = flopwise(*COMMAND, str(page_file))
        assert run.code == 0, run.err
        browser = player.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1200, "height": 1010})
        page.goto(page_file.as_uri())
        page.screenshot(path=target)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
