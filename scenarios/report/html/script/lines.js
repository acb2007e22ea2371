// The lines of the large plot: the band of the law's error, the diagonal, the front and its bound.

import { columnIndex, data, points } from "./data.js";
import { draw, drawPath } from "./elements.js";

// number of straight pieces in which the bound is drawn, since a linear axis bends it
const PIECES = 8;

export function drawBand(svg, { x, shown, band, xs, ys }) {
  const known = shown
    .map(([row]) => row)
    .sort((a, b) => a[x] - b[x])
    .filter((row) => band(row)[0] < band(row)[1]);
  const side = (end) => known.map((row) => [xs.place(row[x]), ys.place(band(row)[end])]);
  if (known.length > 1) svg.append(drawPath("band", [...side(1), ...side(0).reverse()]));
}

// Lines of equal training compute over parameters and tokens, 6 FLOP for each of both: where a plan
// lies between them says what it costs, and along one how its compute is divided.
export function drawIsoFlops(svg, { xs, ys }, of) {
  const [least, most] = [xs.ends[0] * ys.ends[0] * 6, xs.ends[1] * ys.ends[1] * 6];
  for (let power = Math.ceil(Math.log10(least)); 10 ** power < most; power++) {
    const inside = [];
    for (let k = 0; k <= PIECES * 4; k++) {
      const across = xs.ends[0] * (xs.ends[1] / xs.ends[0]) ** (k / (PIECES * 4));
      const up = 10 ** power / 6 / across;
      if (up >= ys.ends[0] && up <= ys.ends[1]) inside.push([xs.place(across), ys.place(up)]);
    }
    if (inside.length < 2) continue;
    const [x, y] = inside[0];
    svg.append(drawPath("iso", inside), draw("text", { x: x + 4, y: y + 14 }, `1e${power} ${of}`));
  }
}

// The line on which predicted equals reported, as far as both axes reach.
export function drawDiagonal(svg, { xs, ys }) {
  const [least, most] = data.diagonal;
  const low = Math.max(least, xs.ends[0], ys.ends[0]);
  const high = Math.min(most, xs.ends[1], ys.ends[1]);
  svg.append(drawPath("bound", [low, high].map((at) => [xs.place(at), ys.place(at)])));
}

// The front as stairs, since each plan is the best up to the cost of the next. Above it lies the
// bound, over which there is no plan: it is level after each plan, and then rises in a line that is
// straight over the logarithm of the cost.
export function drawFront(svg, { x, xs, ys }) {
  const score = columnIndex.score;
  const stairs = [];
  const line = [];
  data.bounds.forEach((bound, i) => {
    const at = points[i];
    const next = points[i + 1];
    const level = ys.place(at[score]);
    stairs.push([xs.place(at[x]), level], [xs.place(next[x]), level]);
    line.push([xs.place(at[x]), level], [xs.place(bound.flat), level]);
    for (let k = 0; k <= PIECES; k++) {
      const cost = bound.flat * (bound.meets / bound.flat) ** (k / PIECES);
      const height = bound.start + ((next[score] - bound.start) * k) / PIECES;
      line.push([xs.place(cost), ys.place(height)]);
    }
    line.push([xs.place(next[x]), ys.place(next[score])]);
  });
  const last = points[data.bounds.length];
  stairs.push([xs.place(last[x]), ys.place(last[score])]);
  svg.append(drawPath("bound", line), drawPath("front", stairs));
}
