// The filter of the table: words that a row must contain, and comparisons such as score>70.

import { columnIndex, columns, data, points } from "./data.js";
import { written } from "./numbers.js";

const COMPARISON = /^([\w-]+)(<=|>=|<|>|=)([\d.]+(?:e[+-]?\d+)?)([kmbtp]?)$/i;
const UNITS = { "": 1, k: 1e3, m: 1e6, b: 1e9, t: 1e12, p: 1e15 };
const HOLDS = {
  "<": (value, bound) => value < bound,
  ">": (value, bound) => value > bound,
  "<=": (value, bound) => value <= bound,
  ">=": (value, bound) => value >= bound,
  "=": (value, bound) => value === bound,
};

// the index of a column by its key, or by its heading with or without spaces and signs
const bare = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, "");

function columnOf(name) {
  const called = columns.findIndex(({ label }) => bare(label) === bare(name));
  return columnIndex[name] ?? (called < 0 ? undefined : called);
}

// the text of each row, in which words are searched for, and the points that they are of
let texts = [];
let textsOf = null;

function rowTexts() {
  if (textsOf !== data.points) {
    texts = points.map((row, i) => [data.names[i], ...row.map(written)].join(" ").toLowerCase());
    textsOf = data.points;
  }
  return texts;
}

// A function that tells whether the point with index i passes the filter as typed.
export function filterOf(typed) {
  const tests = typed.toLowerCase().split(/\s+/).filter(Boolean).map(testOf);
  return (i) => tests.every((test) => test(i));
}

// A term that looks like a comparison but names no column is searched for as a word.
function testOf(term) {
  const found = COMPARISON.exec(term);
  const at = found ? columnOf(found[1]) : undefined;
  if (at === undefined) return (i) => rowTexts()[i].includes(term);
  const [, , relation, number, unit] = found;
  const bound = Number(number) * UNITS[unit];
  return (i) => points[i][at] !== null && HOLDS[relation](points[i][at], bound);
}

// The name in the first comparison that names no column; an empty text if there is none.
export function unknownColumn(typed) {
  const found = typed.toLowerCase().split(/\s+/).map((term) => COMPARISON.exec(term));
  return found.find((match) => match && columnOf(match[1]) === undefined)?.[1] ?? "";
}
