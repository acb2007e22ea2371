// What the reader has chosen so far. Whoever changes it also redraws what depends on it.

import { data } from "./data.js";

export const state = {
  // the keys of the columns across and upwards
  x: data.x,
  y: "score",
  // whether axes are logarithmic, and whether published models are shown
  log: true,
  references: true,
  // the index of the point that the panel shows, or null
  chosen: data.chosen,
  // the index of the column that sorts the table, or null, and whether the largest value is first
  sort: null,
  falling: false,
};
