// What the reader has chosen so far; every change is followed by drawing what depends on it.

import { data } from "./data.js";

export const state = {
  // the keys of the columns across and upwards
  x: data.x,
  y: "score",
  // whether axes are logarithmic, and whether published models are shown
  log: true,
  references: true,
  // the index of the point that the panel tells of, or null
  chosen: data.chosen,
  // the index of the column that the table is sorted by, or null; falling: the largest value first
  sort: null,
  falling: false,
};
