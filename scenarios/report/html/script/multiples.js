// One small plot for each group of points, all on the same axes: the group's points over the rest.

import { columnIndex, columns, data, points } from "./data.js";
import { byId, draw, make } from "./elements.js";
import { tickText } from "./numbers.js";
import { scale } from "./scale.js";

const WIDE = 260;
const HIGH = 176;
const MARGIN = 8;
const HEAD = 20;
const FOOT = 34;
const SIDE = 44;

// most points of other groups in each plot, since browsers draw more of them too slowly
const MOST_OTHERS = 300;

export function drawMultiples({ x, y, xlog, ylog, shown }) {
  const box = byId("multiples");
  if (!box) return;
  box.replaceChildren();
  const by = columnIndex[data.group];
  const across = shown.map(([row]) => row[x]);
  const up = shown.map(([row]) => row[y]);
  const xs = scale(across, xlog, SIDE, WIDE - MARGIN);
  const ys = scale(up, ylog, HIGH - FOOT, HEAD);
  const dot = (kind, row) =>
    draw("circle", { class: kind, cx: xs.place(row[x]), cy: ys.place(row[y]), r: 3 });
  const every = Math.ceil(shown.length / MOST_OTHERS);
  for (const group of [...new Set(points.map((row) => row[by]))].sort()) {
    const svg = draw("svg", {
      viewBox: `0 0 ${WIDE} ${HIGH}`,
      role: "img",
      "aria-label": `Plans of ${group}`,
    });
    shown.forEach(([row], i) => {
      if (i % every === 0) svg.append(dot("other", row));
    });
    for (const [row] of shown) if (row[by] === group) svg.append(dot("point", row));
    drawEnds(svg, xs, ys, x, y);
    box.append(make("figure", {}, svg, make("figcaption", {}, group || "unnamed")));
  }
}

// The first and the last tick of both axes, and their names.
function drawEnds(svg, xs, ys, x, y) {
  const middle = { x: (SIDE + WIDE - MARGIN) / 2, y: HIGH - 4, "text-anchor": "middle" };
  svg.append(draw("text", { class: "axis-name", ...middle }, columns[x].label));
  svg.append(draw("text", { class: "axis-name", x: MARGIN, y: 12 }, columns[y].label));
  for (const tick of [xs.ticks[0], xs.ticks.at(-1)]) {
    const at = { x: xs.place(tick), y: HIGH - 18, "text-anchor": "middle" };
    svg.append(draw("text", at, tickText(tick, x)));
  }
  for (const tick of [ys.ticks[0], ys.ticks.at(-1)]) {
    const at = { x: SIDE - 6, y: ys.place(tick) + 4, "text-anchor": "end" };
    svg.append(draw("text", at, tickText(tick, y)));
  }
}
