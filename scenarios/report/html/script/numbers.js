// Writing values as text: each column names the format of its values.

import { columns } from "./data.js";

const SUFFIXES = [
  [1e15, "P"],
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "k"],
];
const FORMATS = {
  text: (value) => value,
  whole: (value) => String(value),
  score: (value) => value.toFixed(2),
  ratio: (value) => significant(value, 3),
  count: suffixed,
  flops: (value) => value.toExponential(2).replace("e+", "e"),
  dollars: (value) => "$" + suffixed(value),
  bytes: (value) => significant(value / 1e9, 3) + " GB",
};

function significant(value, digits) {
  return Number(value.toPrecision(digits)).toString();
}

function suffixed(value) {
  for (const [unit, suffix] of SUFFIXES) {
    // a little less than the unit already rounds to it: 999.6 is written 1k, not 1000
    if (Math.abs(value) >= unit * 0.9995) return significant(value / unit, 3) + suffix;
  }
  return significant(value, 3);
}

// A value of the column with index i as text; null stands for a value that is not known.
export function written(value, i) {
  return value === null ? "" : FORMATS[columns[i].format](value);
}

// A number beside an axis as text; scores lose the trailing zeros that the table shows.
export function tickText(tick, i) {
  return columns[i].format === "score" ? significant(tick, 4) : written(tick, i);
}
