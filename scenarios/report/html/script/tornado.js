// What each limit does to the score. Each limit has a row with one bar for the looser and one for
// the tighter limit, and a stroke where its shadow price puts the end of the looser bar.

import { data } from "./data.js";
import { byId, draw } from "./elements.js";
import { NARROW, WIDTH } from "./frame.js";

// a narrow screen has the names above the bars
const ABOVE = NARROW ? 18 : 0;
const ROW = 30 + ABOVE;

// room for the names on the left, and for a number on the right
const START = NARROW ? 50 : 250;
const END = NARROW ? 50 : 70;

// length of the longest bar, and where all bars begin
const HALF = (WIDTH - START - END) / 2;
const MIDDLE = START + HALF;

export function drawTornado() {
  const svg = byId("tornado");
  if (!svg) return;
  const changes = data.swings.flatMap(({ looser, tighter }) => [looser, tighter]);
  const reach = HALF / Math.max(...changes.map((change) => Math.abs(change || 0)), 1e-9);
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${data.swings.length * ROW + 8}`);
  data.swings.forEach((swing, i) => drawSwing(svg, swing, i * ROW + 6, reach));
}

function drawSwing(svg, swing, y, reach) {
  const beside = { x: START - 70, y: y + 15, "text-anchor": "end" };
  const name = { class: "axis-name", ...(NARROW ? { x: 0, y: y + 8 } : beside) };
  const foretold = (swing.price || 0) * reach;
  svg.append(draw("text", name, swing.name));
  const top = y + ABOVE;
  if (swing.looser !== null) drawBar(svg, "looser", swing.looser, top, reach, foretold);
  if (swing.tighter !== null) drawBar(svg, "tighter", swing.tighter, top, reach, foretold);
  else {
    const where = { x: MIDDLE - 6, y: top + 15, "text-anchor": "end" };
    svg.append(draw("text", where, "no plan left"));
  }
  if (swing.price) {
    const at = MIDDLE + foretold;
    svg.append(draw("line", { class: "price", x1: at, x2: at, y1: top - 2, y2: y + ROW - 8 }));
  }
}

// The number stands beyond the end of its bar, and beyond the stroke of the shadow price; that of a
// tighter limit which changes nothing stands on the left, beside that of the looser one.
function drawBar(svg, side, change, y, reach, foretold) {
  const width = Math.abs(change) * reach;
  const left = change < 0 || (change === 0 && side === "tighter");
  const x = left ? MIDDLE - width : MIDDLE;
  svg.append(draw("rect", { class: side, x, y, width, height: ROW - ABOVE - 10 }));
  const past = change > 0 ? Math.max(x + width, MIDDLE + foretold) : x;
  const where = left ? { x: x - 5, anchor: "end" } : { x: past + 5, anchor: "start" };
  const text = { x: where.x, y: y + 15, "text-anchor": where.anchor };
  svg.append(draw("text", text, sign(change) + Math.abs(change).toFixed(2)));
}

function sign(change) {
  if (change > 0) return "+";
  return change < 0 ? "−" : "";
}
