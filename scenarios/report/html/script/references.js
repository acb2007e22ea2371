// Published models as diamonds, if they have values for both axes and lie within them.

import { columns, data } from "./data.js";
import { draw } from "./elements.js";
import { addSpot } from "./spots.js";

export function drawReferences(svg, { x, y, xs, ys }) {
  for (const { name, values } of data.references) {
    const across = values[columns[x].key];
    const up = values[columns[y].key];
    if (!within(across, xs.ends) || !within(up, ys.ends)) continue;
    const px = xs.place(across);
    const py = ys.place(up);
    addSpot(px, py, name);
    svg.append(draw("path", { class: "reference", d: `M${px} ${py - 4}l4 4l-4 4l-4 -4z` }));
  }
}

function within(value, [least, most]) {
  return value !== undefined && value >= least && value <= most;
}
