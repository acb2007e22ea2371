// The view: the points that have values for the chosen axes, and the scales of the large plot.

import { columnIndex, columns, data, points } from "./data.js";
import { BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH } from "./frame.js";
import { scale } from "./scale.js";
import { state } from "./state.js";

// The view, or null if no point can be shown. x and y are indexes of columns, shown holds pairs of
// a row and its index, and band gives the ends between which the score of a row lies by the law in
// 90 % of cases, which are the score itself where that is not known.
export function currentView() {
  const x = columnIndex[state.x];
  const y = columnIndex[state.y];
  const xlog = isLog(x);
  const ylog = isLog(y);
  const shown = points
    .map((row, i) => [row, i])
    .filter(([row]) => usable(row[x], xlog) && usable(row[y], ylog));
  if (!shown.length) return null;
  const { low, high } = columnIndex;
  const known = (row) => state.y === "score" && low !== undefined && row[low] !== null;
  const band = (row) => (known(row) ? [row[low], row[high]] : [row[y], row[y]]);
  const rivals = (data.rivals || [])
    .map(({ values }) => values)
    .filter((values) => columns[x].key in values && columns[y].key in values);
  const across = [...shown.map(([row]) => row[x]), ...beside(rivals, x)];
  const up = ylog ? shown.map(([row]) => row[y]) : shown.flatMap(([row]) => band(row));
  up.push(...beside(rivals, y));
  return {
    x,
    y,
    xlog,
    ylog,
    shown,
    band,
    xs: scale(across, xlog, LEFT, WIDTH - RIGHT),
    ys: scale(up, ylog, HEIGHT - BOTTOM, TOP),
  };
}

// The values of the plans of other laws for an axis, which it has to reach.
function beside(rivals, axis) {
  return rivals.map((values) => values[columns[axis].key]);
}

// Whether the axes are those for which Python computed the front, its bound and the diagonal.
export const isFirstView = () => state.x === data.x && state.y === "score";

// scores have a linear axis, as differences of scores may be negative
const isLog = (i) => state.log && columns[i].format !== "score";
const usable = (value, log) => value !== null && (!log || value > 0);

// Whether tokens are shown over parameters, where compute makes straight lines.
export const isOfCompute = () => state.x === "params" && state.y === "tokens" && state.log;
