// How flat the optimum is: the best score with some numbers of layers, everything else free.
//
// No line joins them: a number of layers that few layouts divide lies lower than its neighbours.

import { data } from "./data.js";
import { byId, draw } from "./elements.js";
import { LEFT, RIGHT, WIDTH } from "./frame.js";
import { scale } from "./scale.js";

const FLAT_HEIGHT = 230;
const FLAT_TOP = 26;
const FLAT_FOOT = 42;

export function drawFlat() {
  const svg = byId("flat");
  if (!svg || !data.flat) return;
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${FLAT_HEIGHT}`);
  const { across, up, rows } = data.flat;
  const xs = scale(rows.map(([x]) => x), false, LEFT, WIDTH - RIGHT);
  const ys = scale(rows.map(([, y]) => y), false, FLAT_HEIGHT - FLAT_FOOT, FLAT_TOP);
  for (const tick of xs.ticks) {
    const at = { x: xs.place(tick), y: FLAT_HEIGHT - FLAT_FOOT + 18, "text-anchor": "middle" };
    svg.append(draw("text", at, String(tick)));
  }
  for (const tick of ys.ticks) {
    const at = ys.place(tick);
    svg.append(draw("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: at, y2: at }));
    const where = { x: LEFT - 8, y: at + 4, "text-anchor": "end" };
    svg.append(draw("text", where, String(Number(tick.toPrecision(4)))));
  }
  for (const [x, y, name] of rows) {
    const best = x === data.flat.best;
    const look = { class: best ? "point marked" : "point", r: best ? 6 : 4 };
    const dot = draw("circle", { ...look, cx: xs.place(x), cy: ys.place(y) });
    dot.append(draw("title", {}, name));
    svg.append(dot);
  }
  const below = { x: (LEFT + WIDTH - RIGHT) / 2, y: FLAT_HEIGHT - 6, "text-anchor": "middle" };
  svg.append(draw("text", { class: "axis-name", ...below }, across));
  svg.append(draw("text", { class: "axis-name", x: LEFT + 6, y: FLAT_TOP - 10 }, up));
}
