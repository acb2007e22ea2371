// The axes of the large plot: grid lines, the numbers beside them, and the names of the axes.

import { columns } from "./data.js";
import { draw } from "./elements.js";
import { BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH } from "./frame.js";
import { tickText } from "./numbers.js";

export function drawAxes(svg, { x, y, xs, ys }) {
  for (const tick of xs.ticks) {
    const at = xs.place(tick);
    svg.append(draw("line", { class: "grid", x1: at, x2: at, y1: TOP, y2: HEIGHT - BOTTOM }));
    const where = { x: at, y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" };
    svg.append(draw("text", where, tickText(tick, x)));
  }
  for (const tick of ys.ticks) {
    const at = ys.place(tick);
    svg.append(draw("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: at, y2: at }));
    const where = { x: LEFT - 8, y: at + 4, "text-anchor": "end" };
    svg.append(draw("text", where, tickText(tick, y)));
  }
  const below = { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 8, "text-anchor": "middle" };
  svg.append(draw("text", { class: "axis-name", ...below }, columns[x].label));
  svg.append(draw("text", { class: "axis-name", x: LEFT + 6, y: TOP + 12 }, columns[y].label));
}
