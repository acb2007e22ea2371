// The order of the table's rows: by a column if one is chosen. Otherwise the marked plan and the
// points after it come first.

import { data, points } from "./data.js";
import { state } from "./state.js";

// Sorts indexes of points in place.
export function sortPoints(order) {
  const { marked } = data;
  if (marked !== null) order.sort((a, b) => Number(a < marked) - Number(b < marked));
  if (state.sort === null) return;
  const sign = state.falling ? -1 : 1;
  order.sort((a, b) => sign * compared(worth(a), worth(b)) || a - b);
}

// A value that is not known counts as the least.
function worth(i) {
  return points[i][state.sort] ?? -Infinity;
}

function compared(a, b) {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}
