"""How fast the live planner answers, from a slider that moves to the plan on the screen.

Chromium, the server and its processes share the machine. Each move waits until the answer before is
whole. Needs Chromium.
"""

from __future__ import annotations

import statistics

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.test_page_in_chromium import CHROMIUM, FLAGS
from tests.scenarios.live.server import serving

LINK = "#gpus=1024&gpu=h100-sxm&days=30"
QUESTIONS = {"dense": (LINK, 60), "--moe": (f"{LINK}&moe=true", 12)}
"""The links of the questions, and how often the slider moves."""
SOON = 60_000
MOVED = """(place) => new Promise((done) => {
  const command = document.getElementById("command");
  const slider = document.getElementById("s-days");
  const before = command.textContent;
  const start = performance.now();
  const painted = () => done(performance.now() - start);
  const watch = new MutationObserver(() => {
    if (command.textContent === before) return;
    watch.disconnect();
    const after = new MessageChannel();
    after.port1.onmessage = painted;
    requestAnimationFrame(() => after.port2.postMessage(0));
  });
  watch.observe(command, { childList: true, characterData: true, subtree: true });
  slider.value = place;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
})"""
"""Moves the slider of days; the time until the frame after the new plan is in the page [ms]."""


def measured(page: Page, link: str, moves: int) -> list[float]:
    """Times from slider to picture [ms], sorted."""
    page.goto("about:blank")
    page.goto(link)
    found = []
    for k in range(moves):
        expect(page.locator("#status")).to_contain_text("all of it", timeout=SOON)
        found.append(float(page.evaluate(MOVED, 300 + k * 37 % 500)))
    return sorted(found)


def main() -> None:
    with serving() as server, sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        print("from slider to painted plan [ms]   median   95th")
        for name, (link, moves) in QUESTIONS.items():
            times = measured(page, server.url + link, moves)
            worst = times[int(0.95 * len(times))]
            print(f"{name:35}{statistics.median(times):6.0f} {worst:6.0f}")
        browser.close()


if __name__ == "__main__":
    main()
