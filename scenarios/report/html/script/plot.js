// The large plot, drawn from the grid at the back to the points in front.

import { drawAxes } from "./axes.js";
import { columnIndex, data, points } from "./data.js";
import { byId, draw } from "./elements.js";
import { drawBand, drawDiagonal, drawFront, drawIsoFlops } from "./lines.js";
import { writeLink } from "./link.js";
import { drawMultiples } from "./multiples.js";
import { drawReferences, drawRivals } from "./references.js";
import { scale } from "./scale.js";
import { addSpot, clearSpots } from "./spots.js";
import { state } from "./state.js";
import { currentView, isFirstView, isOfCompute } from "./view.js";

// Draws the large plot anew, and the small plots, which show the same points on the same axes.
export function drawPlot() {
  const svg = byId("plot");
  svg.replaceChildren();
  clearSpots();
  writeLink();
  const view = currentView();
  if (view === null) return;
  drawAxes(svg, view);
  if (isOfCompute()) drawIsoFlops(svg, view, "FLOP");
  showCaption();
  drawMultiples(view);
  if (isFirstView()) drawBand(svg, view);
  if (state.references) drawReferences(svg, view);
  drawRivals(svg, view);
  if (isFirstView() && data.diagonal) drawDiagonal(svg, view);
  if (isFirstView() && data.bounds?.length) drawFront(svg, view);
  drawPoints(svg, view);
}

// The caption says what is shown over these axes.
function showCaption() {
  const captions = data.captions;
  if (!captions) return;
  const further = isOfCompute() ? captions.compute : captions.other;
  byId("caption").textContent = isFirstView() ? captions.first : further;
}

function drawPoints(svg, { x, y, shown, xs, ys }) {
  const opacity = opacities();
  for (const [row, i] of shown) {
    const at = { cx: xs.place(row[x]), cy: ys.place(row[y]) };
    addSpot(at.cx, at.cy, i);
    const look = i === data.marked ? { class: "point marked", r: 7 } : { class: "point", r: 4.5 };
    const dot = draw("circle", { class: look.class, ...at, r: look.r });
    if (opacity) dot.setAttribute("fill-opacity", opacity(row));
    svg.append(dot);
    if (i === state.chosen) svg.append(draw("circle", { class: "chosen", ...at, r: 9 }));
  }
}

// A function that gives the opacity of a point, which shows a second cost without an axis of its
// own; null if there is no second cost.
function opacities() {
  const depth = columnIndex[data.depth];
  if (depth === undefined) return null;
  const costs = points.map((row) => row[depth]);
  const near = scale(costs, true, 0.3, 1);
  return (row) => near.place(row[depth]).toFixed(2);
}
