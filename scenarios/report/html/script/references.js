// Published models as diamonds, and the plans of other laws as squares with their names, if they
// have values for both axes and lie within them.

import { columns, data } from "./data.js";
import { draw } from "./elements.js";
import { WIDTH } from "./frame.js";
import { addSpot } from "./spots.js";

// room for a name to the right of its square
const ROOM = 110;

export function drawReferences(svg, view) {
  for (const reference of data.references) drawReference(svg, view, reference, false);
}

export function drawRivals(svg, view) {
  for (const rival of data.rivals || []) drawReference(svg, view, rival, true);
}

function drawReference(svg, { x, y, xs, ys }, { name, values, label }, rival) {
  const across = values[columns[x].key];
  const up = values[columns[y].key];
  if (!within(across, xs.ends) || !within(up, ys.ends)) return;
  const px = xs.place(across);
  const py = ys.place(up);
  addSpot(px, py, name);
  const shape = rival ? `M${px - 5} ${py - 5}h10v10h-10z` : `M${px} ${py - 4}l4 4l-4 4l-4 -4z`;
  svg.append(draw("path", { class: rival ? "rival" : "reference", d: shape }));
  if (!rival) return;
  const left = px > WIDTH - ROOM; // the name must not run over the edge
  const where = left ? { x: px - 9, "text-anchor": "end" } : { x: px + 9 };
  svg.append(draw("text", { ...where, y: py + 4 }, label));
}

function within(value, [least, most]) {
  return value !== undefined && value >= least && value <= most;
}
