// The view: the points that have values for the chosen axes, and the scales of the large plot.

import { columnIndex, columns, data, points } from "./data.js";
import { BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH } from "./frame.js";
import { scale } from "./scale.js";
import { state } from "./state.js";

// The view, or null if no point can be shown. x and y are indexes of columns, shown holds pairs of
// a row and its index, and spread gives how far the score of a row may be off, 0 if not known.
export function currentView() {
  const x = columnIndex[state.x];
  const y = columnIndex[state.y];
  const xlog = isLog(x);
  const ylog = isLog(y);
  const shown = points
    .map((row, i) => [row, i])
    .filter(([row]) => usable(row[x], xlog) && usable(row[y], ylog));
  if (!shown.length) return null;
  const error = state.y === "score" ? columnIndex.error : undefined;
  const spread = (row) => (error === undefined || row[error] === null ? 0 : row[error]);
  const across = shown.map(([row]) => row[x]);
  const up = ylog
    ? shown.map(([row]) => row[y])
    : shown.flatMap(([row]) => [row[y] - spread(row), row[y] + spread(row)]);
  return {
    x,
    y,
    xlog,
    ylog,
    shown,
    spread,
    xs: scale(across, xlog, LEFT, WIDTH - RIGHT),
    ys: scale(up, ylog, HEIGHT - BOTTOM, TOP),
  };
}

// Whether the axes are those for which Python computed the front, its bound and the diagonal.
export const isFirstView = () => state.x === data.x && state.y === "score";

// scores have a linear axis, as differences of scores may be negative
const isLog = (i) => state.log && columns[i].format !== "score";
const usable = (value, log) => value !== null && (!log || value > 0);
