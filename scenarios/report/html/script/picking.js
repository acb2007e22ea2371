// Picking rows of the table, and making more rows when the reader scrolls down.

import { choose } from "./choice.js";
import { points } from "./data.js";
import { byId } from "./elements.js";
import { showMoreRows } from "./table.js";

export function wireTable() {
  const body = byId("rows");
  body.addEventListener("click", pick);
  body.addEventListener("keydown", (event) => {
    if (event.key === "Enter") pick(event);
  });
  const frame = byId("rows").closest(".scroll");
  frame.addEventListener("scroll", () => {
    if (frame.scrollTop + 2 * frame.clientHeight > frame.scrollHeight) showMoreRows();
  });
  // a printed page can't be scrolled, so it needs all rows
  window.addEventListener("beforeprint", () => showMoreRows(points.length));
}

function pick(event) {
  const row = event.target.closest("tr");
  if (row) choose(Number(row.dataset.point), false);
}
