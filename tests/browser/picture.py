"""Makes the README's pictures: a report and the live planner in Chromium. Run by `make picture`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser.test_page_in_chromium import CHROMIUM, FLAGS
from tests.scenarios.command_line import flopwise
from tests.scenarios.live.server import serving

COMMAND = ("pareto", "--gpu", "h100-sxm", "--gpu-hours", "1e5:5e6", "--html")


PLANNER = (
    "#active=1/name=1,024 H100&gpus=1024&gpu=h100-sxm&days=30"
    "/name=512 B200&gpus=512&gpu=b200&days=30"
)


def main(front: str, planner: str) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        page_file = Path(folder) / "front.html"
        run = flopwise(*COMMAND, str(page_file))
        assert run.code == 0, run.err
        browser = player.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1200, "height": 1010})
        page.goto(page_file.as_uri())
        page.screenshot(path=front)
        page.set_viewport_size({"width": 1280, "height": 800})
        with serving() as server:
            page.goto(server.url + PLANNER)
            expect(page.locator("#status")).to_contain_text("all of it", timeout=60_000)
            page.screenshot(path=planner)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
