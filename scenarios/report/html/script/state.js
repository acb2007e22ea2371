// What the reader has chosen so far. Whoever changes it also redraws what depends on it.

import { columnIndex, data } from "./data.js";

export const state = {
  // the keys of the columns across and upwards
  x: null,
  y: "score",
  // whether axes are logarithmic, and whether published models are shown
  log: true,
  references: true,
  // the index of the point that the panel shows, or null
  chosen: null,
  // the index of the column that sorts the table, or null, and whether the largest value is first
  sort: null,
  falling: false,
};

// Keeps what still has a meaning for new data.
export function renewState() {
  if (!(state.x in columnIndex)) state.x = data.x;
  if (!(state.y in columnIndex)) state.y = "score";
  state.chosen = data.chosen;
  if (state.sort !== null && state.sort >= data.columns.length) state.sort = null;
}
